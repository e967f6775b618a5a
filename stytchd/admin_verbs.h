/* SPDX-License-Identifier: BSD-2-Clause */
/* The handlers of the administration verbs; for admin.c and their files. */
#ifndef STYTCHD_ADMIN_VERBS_H
#define STYTCHD_ADMIN_VERBS_H

#include "stytchd/admin.h"
#include "stytchd/person_json.h"

#define ADMIN_ARGUMENTS_MAX 16

/* One verb under way. */
struct admin_request {
	struct admin *admin;
	const char *arguments[ADMIN_ARGUMENTS_MAX];
	size_t argument_count;
	const struct admin_answer *answer;
};

/* The sentence of END. */
void admin_say(struct admin_request *request, const char *text);

/*
 * Send a row and free it.  A NULL row is one that memory did not suffice for.
 * Anything but OK (the client is gone, memory is out) is to be returned.
 */
enum wire_status admin_row(struct admin_request *request, struct cJSON **row)
    MUST_CHECK;

/* admin_accounts.c */
enum wire_status admin_status(struct admin_request *request);
enum wire_status admin_sync(struct admin_request *request);
enum wire_status admin_accounts_list(struct admin_request *request);
enum wire_status admin_accounts_show(struct admin_request *request);

#endif
