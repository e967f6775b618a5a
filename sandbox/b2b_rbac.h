/* SPDX-License-Identifier: BSD-2-Clause */
/* Roles of B2B projects: the project's policy and the organizations' own. */
#ifndef SANDBOX_B2B_RBAC_H
#define SANDBOX_B2B_RBAC_H

#include "sandbox/b2b.h"

#define ROLE_MEMBER "stytch_member" /* of everyone */
#define ROLE_ADMIN "stytch_admin"

/* Whether the project, or the organization (NULL: none), has the role. */
bool rbac_has_role(struct request *rq, const struct organization *organization,
    const char *role_id);

/* Add a role without permissions to the project, if it has none of that id. */
void rbac_add_role(struct request *rq, const char *role_id);

/*
 * The ids of those roles (an array of texts) that grant the action on the
 * resource; by an exact name or the action "*".
 */
cJSON *rbac_granting(struct request *rq,
    const struct organization *organization, const cJSON *role_ids,
    const char *resource_id, const char *action);

/*
 * Where a request carries a member's session: whether that member may do what
 * the endpoint does to the organization and, if it is not NULL, the target.
 * API_OK without such a session.
 */
enum api_error rbac_check_caller(struct request *rq,
    const struct organization *organization, const struct member *target)
    MUST_CHECK;

#endif
