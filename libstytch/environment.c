/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing of the caller's environment reaches libcurl; see environment.h. */
#include "config.h"

#include "libstytch/environment.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 64

extern char **environ;

/* clang-format off */
static const struct {
	const char *name; /* a pattern of fnmatch() */
	bool is_word;	  /* the value must be a plain word: no path, no format */
} kept[] = {
	{ "LISTEN_PID",            false },
	{ "LISTEN_FDS",            false },
	{ "LISTEN_FDNAMES",        false },
	{ "NOTIFY_SOCKET",         false },
	{ "WATCHDOG_PID",          false },
	{ "WATCHDOG_USEC",         false },
	{ "CREDENTIALS_DIRECTORY", false },
	{ "JOURNAL_STREAM",        false },
	{ "INVOCATION_ID",         false },
	{ "TERM",                  true },
	{ "LANG",                  true },
	{ "LC_[A-Z]*",             true },
};
/* clang-format on */

static bool
is_word(const char *value)
{
	size_t len = strspn(value,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789._@+-");

	return value[len] == '\0' && len <= WORD_MAX;
}

static bool
is_kept(const char *name, const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (fnmatch(kept[i].name, name, 0) == 0)
			return !kept[i].is_word || is_word(value);
	return false;
}

static void
list_free(char ***list)
{
	for (size_t i = 0; *list != NULL && (*list)[i] != NULL; i++)
		free((*list)[i]);
	free(*list);
	*list = NULL;
}

/* Copies of all "NAME=value", with the '=' a NUL; NULL where memory is out. */
static char **
copy_all(void)
{
	CLEANUP(list_free) char **list = NULL;
	size_t count = 0;

	while (environ != NULL && environ[count] != NULL)
		count++;
	list = calloc(count + 1, sizeof(*list));
	for (size_t i = 0; list != NULL && i < count; i++) {
		list[i] = strdup(environ[i]);
		if (list[i] == NULL)
			return NULL;
	}
	return STEAL(list);
}

int
environment_clear(void)
{
	CLEANUP(list_free) char **list = copy_all();
	int error = list == NULL ? -ENOMEM : 0;

	if (clearenv() != 0)
		error = -ENOMEM;
	for (size_t i = 0; error == 0 && list[i] != NULL; i++) {
		char *equals = strchr(list[i], '=');

		if (equals == NULL)
			continue;
		*equals = '\0';
		if (is_kept(list[i], equals + 1) &&
		    setenv(list[i], equals + 1, 1) != 0)
			error = -ENOMEM;
	}
	if (error != 0)
		(void)clearenv();
	return error;
}
