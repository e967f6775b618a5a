/* SPDX-License-Identifier: BSD-2-Clause */
/* RBAC policies that the client keeps, and what they grant. */
#ifndef LIBSTYTCH_POLICY_H
#define LIBSTYTCH_POLICY_H

#include "common/attr.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define POLICY_OWNER_MAX 128
/* The project's, and those of organizations with roles of their own. */
#define POLICIES_MAX 16

struct policies {
	pthread_mutex_t lock;
	struct policy {
		char owner[POLICY_OWNER_MAX + 1]; /* "" is free */
		cJSON *json;
		int64_t fetched_ms; /* on the monotonic clock */
	} kept[POLICIES_MAX];
};

/* Returns 0 or -ENOMEM. */
int policies_init(struct policies *policies) MUST_CHECK;
void policies_clear(struct policies *policies);

/*
 * Whether one of roles (an array of role ids) has, in a policy
 * ({"roles": [...]}), the action or "*" on exactly this resource.
 * *out_unknown tells whether the policy lacks one of the roles.  Pure.
 */
bool policy_grants(const cJSON *policy, const cJSON *roles,
    const char *resource_id, const char *action, bool *out_unknown);

#endif
