/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an administrator sets in the vendor's dashboard, for each project; the
 * table in settings.c names every setting, its default and its limits.
 */
#ifndef SANDBOX_SETTINGS_H
#define SANDBOX_SETTINGS_H

#include "sandbox/sandbox.h"

/* The value of a setting, of that type; the default where none was set. */
int64_t settings_int(struct request *rq, const char *name);
bool settings_bool(struct request *rq, const char *name);
/* The same as JSON; freed by the caller.  NULL only without memory. */
cJSON *settings_json(struct request *rq, const char *name) MUST_CHECK;

/*
 * Set each member of values, an object.  API_OK, or API_BAD_REQUEST: there is
 * no such setting, or the value is not allowed (rq->detail says which).
 */
enum api_error settings_apply(struct request *rq, const cJSON *values)
    MUST_CHECK;

/*
 * The project's RBAC policy: the built-in roles and resources and the setting
 * rbac_policy; freed by the caller.
 */
cJSON *project_policy(struct request *rq) MUST_CHECK;

/* Every setting as an object; freed by the caller. */
cJSON *settings_all(struct request *rq) MUST_CHECK;

/* Add a setting's row here: name, default as JSON, and the least and largest
 * of an integer, or the check of anything else. */
struct setting {
	const char *name;
	const char *fallback;
	int64_t min, max;
	bool (*holds)(const cJSON *value); /* NULL: type as the default's */
	bool is_fixed; /* while a B2B project has passwords */
};

#endif
