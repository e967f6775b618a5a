/* SPDX-License-Identifier: BSD-2-Clause */
/* Who there is: users, and organizations with their members, in short. */
#ifndef SANDBOX_PEOPLE_H
#define SANDBOX_PEOPLE_H

#include "sandbox/sandbox.h"

/*
 * The object of GET /sandbox/people, newest first: at most limit users, as
 * many organizations, and as many members in all of these.  No secret is in
 * it.  Inside a transaction; freed by the caller.
 */
cJSON *people_json(struct sandbox *sandbox, int limit) MUST_CHECK;

#endif
