/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether glibc asks libnss_stytch, and at the right point. */
#include "config.h"

#include "stytchctl/check.h"
#include "stytchctl/file.h"

#include <dlfcn.h>
#include <string.h>

#define NAME "nsswitch"
#define CHANGE "passwd: files stytch systemd (and group: alike)"

/* What follows "database:" on its line, or NULL. */
static const char *
find_database(const char *text, const char *database)
{
	size_t len = strlen(database);

	while (*text != '\0') {
		text += strspn(text, " \t");
		if (strncmp(text, database, len) == 0) {
			const char *at = text + len;

			at += strspn(at, " \t");
			if (*at == ':')
				return at + 1;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return NULL;
}

/* Whether the word of len bytes is name. */
static bool
is_word(const char *at, size_t len, const char *name)
{
	return strlen(name) == len && strncmp(at, name, len) == 0;
}

/* Judge a service that stands before stytch. */
static const char *
fault_before(const char *at, size_t len, bool *files)
{
	if (is_word(at, len, "files") || is_word(at, len, "compat"))
		*files = true;
	if (is_word(at, len, "systemd"))
		return "stytch stands behind systemd, whose look-ups are slow";
	return NULL;
}

const char *
nsswitch_fault(const char *text, const char *database)
{
	const char *at = find_database(text, database);
	const char *fault = NULL;
	bool files = false;

	if (at == NULL)
		return "the line is missing";
	for (;;) {
		size_t len;

		at += strspn(at, " \t");
		len = strcspn(at, " \t\n#[");
		if (*at == '[') {
			len = strcspn(at, "]\n");
			len += at[len] == ']';
			if (strncasecmp(at, "[NOTFOUND=return", 16) == 0)
				fault = "[NOTFOUND=return] stands before "
					"stytch";
		} else if (len == 0) {
			return "stytch is missing";
		} else if (is_word(at, len, "stytch")) {
			break;
		} else if (fault == NULL) {
			fault = fault_before(at, len, &files);
		}
		at += len;
	}
	if (!files)
		return "stytch stands before files: local accounts must win";
	return fault;
}

static void
check_library(struct check *check)
{
	void *library = dlopen(check->nss_library, RTLD_LAZY | RTLD_LOCAL);

	if (library == NULL)
		check_add(check, FINDING_FAIL, NAME,
		    "install it where ldconfig looks, then run ldconfig",
		    "%s cannot be loaded", check->nss_library);
	else
		(void)dlclose(library);
}

void
check_nsswitch(struct check *check)
{
	static const char *const databases[] = { "passwd", "group" };
	char path[4096];
	CLEANUP(string_free) char *text = NULL;
	unsigned failures = check->failures;
	int len = snprintf(path, sizeof(path), "%s/nsswitch.conf", check->etc);
	int result = len < 0 || (size_t)len >= sizeof(path)
	    ? -1
	    : file_read(path, 65536, &text);

	check_library(check);
	if (result != 0) {
		check_add(check, FINDING_FAIL, NAME, CHANGE,
		    "%s cannot be read", path);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(databases); i++) {
		const char *fault = nsswitch_fault(text, databases[i]);

		if (fault != NULL)
			check_add(check, FINDING_FAIL, NAME, CHANGE,
			    "%s, %s: %s", path, databases[i], fault);
	}
	if (find_database(text, "initgroups") != NULL &&
	    nsswitch_fault(text, "initgroups") != NULL)
		check_add(check, FINDING_FAIL, NAME,
		    "remove the initgroups line, or add stytch to it",
		    "%s, initgroups: %s", path,
		    nsswitch_fault(text, "initgroups"));
	if (check->failures == failures)
		check_add(check, FINDING_OK, NAME, NULL,
		    "passwd and group ask stytch behind the local files");
}
