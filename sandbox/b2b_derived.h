/* SPDX-License-Identifier: BSD-2-Clause */
/* Roles that members have by how they log in. */
#ifndef SANDBOX_B2B_DERIVED_H
#define SANDBOX_B2B_DERIVED_H

#include "sandbox/b2b.h"

/*
 * The roles that the member's registrations give, as an array of role_id,
 * type and details (a role's source); freed by the caller.  With factors of a
 * session only those of connections that the session logged in by.
 */
cJSON *derived_roles(struct request *rq, const struct member *member,
    const cJSON *factors) MUST_CHECK;

#endif
