/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The administration verbs of root.sock (PROTOCOL.md, stytchctl(8)): a table of
 * verbs, one handler each, whose rows are JSON objects.
 */
#ifndef STYTCHD_ADMIN_H
#define STYTCHD_ADMIN_H

#include "common/attr.h"
#include "common/wire.h"

#include <stdbool.h>
#include <stddef.h>

struct cJSON;
struct directory;
struct store;
struct sync_report;

/* What the verbs act on; all borrowed; report may be NULL. */
struct admin {
	struct directory *directory;
	struct store *store;
	/* removed() of it is told of persons that a sync removed. */
	const struct sync_report *report;
	/* What the login half adds; NULL where it is not there. */
	const struct admin_logins *logins;
	void *logins_context;
};

struct admin_request;

struct admin_logins {
	/* Add to the status row; false: out of memory. */
	bool (*add_status)(void *context, struct cJSON *row);
	enum wire_status (
	    *list_locks)(void *context, struct admin_request *request);
	enum wire_status (
	    *clear_locks)(void *context, struct admin_request *request);
};

/* Take one row; anything but 0 (the client is gone) ends the verb. */
typedef int admin_emit(void *context, const struct cJSON *row);

/* Where a verb's answer goes. */
struct admin_answer {
	admin_emit *emit; /* its rows */
	void *context;
	char *text; /* a sentence for END, or "" */
	size_t text_size;
};

/*
 * Run a verb.  arguments: one a line, "" or NULL for none.
 * WIRE_STATUS_USAGE for an unknown verb or wrong arguments.
 */
enum wire_status admin_run(struct admin *admin, const char *verb,
    const char *arguments, const struct admin_answer *answer);

#endif
