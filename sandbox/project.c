/* SPDX-License-Identifier: BSD-2-Clause */
/* What a project says of itself: whoami, public keys, roles. */
#include "config.h"

#include "sandbox/key.h"
#include "sandbox/settings.h"

#include <string.h>

enum api_error
debug_whoami(struct request *rq)
{
	json_set_string(rq->reply, "project_id", rq->project->id);
	json_set_string(rq->reply, "name",
	    rq->project->vertical == VERTICAL_B2B ? "Sandbox B2B"
						  : "Sandbox Consumer");
	return API_OK;
}

static void
add_metric(cJSON *list, const char *type, int64_t count)
{
	cJSON *metric = json_object();

	json_set_string(metric, "metric_type", type);
	json_set_int(metric, "count", count);
	json_push(list, metric);
}

enum api_error
projects_metrics(struct request *rq)
{
	const char *id = rq->project->id;
	cJSON *list = json_array();

	json_set_string(rq->reply, "project_id", id);
	json_set(rq->reply, "metrics", list);
	if (rq->project->vertical == VERTICAL_CONSUMER) {
		add_metric(list, "USER_COUNT",
		    store_int(rq->store, 0,
			"SELECT count(*) FROM users WHERE project_id = ?", "s",
			id));
	} else {
		add_metric(list, "ORGANIZATION_COUNT",
		    store_int(rq->store, 0,
			"SELECT count(*) FROM organizations WHERE project_id "
			"= ?",
			"s", id));
		add_metric(list, "MEMBER_COUNT",
		    store_int(rq->store, 0,
			"SELECT count(*) FROM members JOIN organizations "
			"USING (organization_id) WHERE project_id = ? "
			"AND status <> 'deleted'",
			"s", id));
	}
	add_metric(list, "M2M_CLIENT_COUNT",
	    store_int(rq->store, 0,
		"SELECT count(*) FROM clients WHERE project_id = ? AND kind = "
		"'m2m'",
		"s", id));
	return API_OK;
}

static enum api_error
jwks(struct request *rq, enum vertical vertical)
{
	const struct project *project = sandbox_project(rq->sandbox, vertical);

	if (strcmp(param_string(rq, "project_id"), project->id) != 0)
		return API_PROJECT_NOT_FOUND;
	rq->project = project;
	json_set(rq->reply, "keys", key_set(rq));
	return API_OK;
}

enum api_error
sessions_jwks_get(struct request *rq)
{
	return jwks(rq, VERTICAL_CONSUMER);
}

enum api_error
b2b_sessions_jwks_get(struct request *rq)
{
	return jwks(rq, VERTICAL_B2B);
}

/*
 * The stytch_ resources and roles that every project has, before those that
 * the project's own policy adds.
 */
static cJSON *
built_in_policy(enum vertical vertical)
{
	static const char *const policies[VERTICALS] = {
		[VERTICAL_CONSUMER] =
		    "{\"roles\":[{\"role_id\":\"stytch_user\",\"description\":"
		    "\"Every user\",\"permissions\":[{\"resource_id\":"
		    "\"stytch.self\",\"actions\":[\"*\"]}]}],\"resources\":"
		    "[{\"resource_id\":\"stytch.self\",\"description\":\"The "
		    "user\",\"actions\":[\"*\"]}],\"scopes\":[]}",
		[VERTICAL_B2B] =
		    "{\"roles\":[{\"role_id\":\"stytch_member\","
		    "\"description\":\"Every member\",\"permissions\":"
		    "[{\"resource_id\":\"stytch.self\",\"actions\":[\"*\"]}]},"
		    "{\"role_id\":\"stytch_admin\",\"description\":"
		    "\"Administrators\",\"permissions\":[{\"resource_id\":"
		    "\"stytch.organization\",\"actions\":[\"*\"]},"
		    "{\"resource_id\":\"stytch.member\",\"actions\":[\"*\"]},"
		    "{\"resource_id\":\"stytch.sso\",\"actions\":[\"*\"]},"
		    "{\"resource_id\":\"stytch.scim\",\"actions\":[\"*\"]}]}],"
		    "\"resources\":[{\"resource_id\":\"stytch.self\","
		    "\"description\":\"The member\",\"actions\":[\"*\"]},"
		    "{\"resource_id\":\"stytch.organization\",\"description\":"
		    "\"The organization\",\"actions\":[\"*\"]},"
		    "{\"resource_id\":\"stytch.member\",\"description\":"
		    "\"Other members\",\"actions\":[\"*\"]},{\"resource_id\":"
		    "\"stytch.sso\",\"description\":\"SSO\",\"actions\":"
		    "[\"*\"]},{\"resource_id\":\"stytch.scim\","
		    "\"description\":\"SCIM\",\"actions\":[\"*\"]}],"
		    "\"scopes\":[]}",
	};

	return json_parse_stored(policies[vertical], "{}");
}

cJSON *
project_policy(struct request *rq)
{
	CLEANUP(json_free) cJSON *own = settings_json(rq, "rbac_policy");
	cJSON *policy = built_in_policy(rq->project->vertical);
	cJSON *list;

	cJSON_ArrayForEach (list, policy) {
		const cJSON *item;

		cJSON_ArrayForEach (item, json_get(own, list->string))
			json_push(list, json_copy(item));
	}
	return policy;
}

enum api_error
rbac_policy(struct request *rq)
{
	json_set(rq->reply, "policy", project_policy(rq));
	return API_OK;
}
