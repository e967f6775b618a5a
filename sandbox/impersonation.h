/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions of an administrator in a user's or member's name. */
#ifndef SANDBOX_IMPERSONATION_H
#define SANDBOX_IMPERSONATION_H

#include "sandbox/sandbox.h"

/*
 * Make a token, as POST /sandbox/impersonation describes one; reply gets it.
 * API_OK, or API_USER_NOT_FOUND or API_MEMBER_NOT_FOUND.
 */
enum api_error impersonation_make_token(struct request *rq, const cJSON *wish,
    cJSON *reply) MUST_CHECK;

/* Whether factors are those of such a session, which no one may extend. */
bool impersonation_is(const cJSON *factors);

#endif
