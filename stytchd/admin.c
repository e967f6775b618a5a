/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of administration verbs; see admin.h. */
#include "config.h"

#include "stytchd/admin.h"

#include "stytchd/admin_verbs.h"

#include <stdio.h>
#include <string.h>

#define ARGUMENTS_MAX 8192

static enum wire_status
admin_locks_list(struct admin_request *request)
{
	const struct admin_logins *logins = request->admin->logins;

	return logins == NULL
	    ? WIRE_STATUS_UNREACHABLE
	    : logins->list_locks(request->admin->logins_context, request);
}

static enum wire_status
admin_locks_clear(struct admin_request *request)
{
	const struct admin_logins *logins = request->admin->logins;

	return logins == NULL
	    ? WIRE_STATUS_UNREACHABLE
	    : logins->clear_locks(request->admin->logins_context, request);
}

/* clang-format off */
static const struct admin_verb {
	const char *name;
	size_t min_arguments;
	size_t max_arguments;
	enum wire_status (*run)(struct admin_request *request);
} verbs[] = {
	{ "status",		0, 0, admin_status },
	{ "sync",		0, 1, admin_sync },
	{ "accounts-list",	0, 0, admin_accounts_list },
	{ "accounts-show",	1, 1, admin_accounts_show },
	{ "locks-list",		0, 0, admin_locks_list },
	{ "locks-clear",	0, 1, admin_locks_clear },
};
/* clang-format on */

void
admin_say(struct admin_request *request, const char *text)
{
	(void)snprintf(request->answer->text, request->answer->text_size, "%s",
	    text);
}

enum wire_status
admin_row(struct admin_request *request, struct cJSON **row)
{
	const struct admin_answer *answer = request->answer;
	int result = *row == NULL ? -1 : answer->emit(answer->context, *row);

	if (*row == NULL)
		admin_say(request, "out of memory");
	json_free(row);
	return result == 0 ? WIRE_STATUS_OK : WIRE_STATUS_UNREACHABLE;
}

/* Part the lines; false where there are too many. */
static bool
take_arguments(struct admin_request *request, char *lines)
{
	while (lines[0] != '\0') {
		size_t len = strcspn(lines, "\n");

		if (request->argument_count == ADMIN_ARGUMENTS_MAX)
			return false;
		request->arguments[request->argument_count++] = lines;
		lines += len;
		if (lines[0] == '\n')
			*lines++ = '\0';
	}
	return true;
}

static enum wire_status
run_verb(struct admin_request *request, const struct admin_verb *verb,
    const char *arguments)
{
	char lines[ARGUMENTS_MAX] = "";
	int len = snprintf(lines, sizeof(lines), "%s",
	    arguments == NULL ? "" : arguments);
	enum wire_status status;

	if (len < 0 || (size_t)len >= sizeof(lines) ||
	    !take_arguments(request, lines) ||
	    request->argument_count < verb->min_arguments ||
	    request->argument_count > verb->max_arguments) {
		admin_say(request, "wrong arguments");
		status = WIRE_STATUS_USAGE;
	} else {
		status = verb->run(request);
	}
	/* They point into lines. */
	memset(request->arguments, 0, sizeof(request->arguments));
	return status;
}

enum wire_status
admin_run(struct admin *admin, const char *verb, const char *arguments,
    const struct admin_answer *answer)
{
	struct admin_request request = { .admin = admin, .answer = answer };

	admin_say(&request, "");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].name, verb) == 0)
			return run_verb(&request, &verbs[i], arguments);
	admin_say(&request, "no such verb");
	return WIRE_STATUS_USAGE;
}
