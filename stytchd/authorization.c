/* SPDX-License-Identifier: BSD-2-Clause */
/* [service] authorization: Stytch's RBAC; see login_internal.h. */
#include "config.h"

#include "stytchd/login_internal.h"

#include "common/buf.h"

#include <cjson/cJSON.h>
#include <string.h>

/* RESOURCE:ACTION; the last colon parts them, as resources may hold some. */
static int
split(const char *authorization, struct buf *resource, const char **out_action)
{
	const char *colon = strrchr(authorization, ':');

	if (colon == NULL)
		return -1;
	buf_add(resource, authorization, (size_t)(colon - authorization));
	*out_action = colon + 1;
	return buf_error(resource);
}

enum stytch_class
authorization_by_session(struct stytch_client *client,
    const struct configuration_service *service, const struct person *person,
    const struct secret *session_token, struct stytch_error *error)
{
	CLEANUP(buf_clear) struct buf resource = BUF_INIT(256);
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	bool is_b2b = person->kind == PROJECT_B2B;
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(client,
	    is_b2b ? STYTCH_B2B_SESSIONS_AUTHENTICATE
		   : STYTCH_SESSIONS_AUTHENTICATE);
	enum stytch_class class_;
	const char *action = NULL;

	if (call == NULL ||
	    split(service->authorization, &resource, &action) != 0)
		return STYTCH_UNAVAILABLE;
	stytch_call_set(call, "session_token", secret_reveal(session_token));
	stytch_call_set(call, "authorization_check.resource_id",
	    buf_text(&resource));
	stytch_call_set(call, "authorization_check.action", action);
	if (is_b2b)
		stytch_call_set(call, "authorization_check.organization_id",
		    person->organization);
	class_ = stytch_call_perform(call, &reply, error);
	if (class_ != STYTCH_OK)
		return class_;
	/* A check that was not made must not pass for one that was. */
	return stytch_reply_bool(reply, "verdict.authorized", false)
	    ? STYTCH_OK
	    : STYTCH_DENIED;
}

static bool
array_has(const cJSON *array, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, array)
		if (cJSON_IsString(item) &&
		    strcmp(item->valuestring, text) == 0)
			return true;
	return false;
}

static bool
text_is(const cJSON *object, const char *key, const char *text)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);

	return cJSON_IsString(value) && strcmp(value->valuestring, text) == 0;
}

/* Everybody has the built-in role of their kind. */
static bool
has_role(const struct person *person, const cJSON *role)
{
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(role, "role_id");

	return cJSON_IsString(id) &&
	    (text_list_has(&person->roles, id->valuestring) ||
		text_is(role, "role_id",
		    person->kind == PROJECT_B2B ? "stytch_member"
						: "stytch_user"));
}

/* Exactly the resource; the action or "*" (semantics of the API's check). */
static bool
role_grants(const cJSON *role, const char *resource, const char *action)
{
	const cJSON *permission;

	cJSON_ArrayForEach (permission,
	    cJSON_GetObjectItemCaseSensitive(role, "permissions")) {
		const cJSON *actions =
		    cJSON_GetObjectItemCaseSensitive(permission, "actions");

		if (text_is(permission, "resource_id", resource) &&
		    (array_has(actions, action) || array_has(actions, "*")))
			return true;
	}
	return false;
}

static bool
policy_grants(const struct person *person, const cJSON *roles,
    const char *resource, const char *action)
{
	const cJSON *role;

	cJSON_ArrayForEach (role, roles)
		if (has_role(person, role) &&
		    role_grants(role, resource, action))
			return true;
	return false;
}

enum stytch_class
authorization_by_roles(struct stytch_client *client,
    const struct configuration_service *service, const struct person *person,
    struct stytch_error *error)
{
	CLEANUP(buf_clear) struct buf resource = BUF_INIT(256);
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(client,
	    person->kind == PROJECT_B2B ? STYTCH_B2B_RBAC_POLICY
					: STYTCH_RBAC_POLICY);
	enum stytch_class class_;
	const cJSON *policy;
	const char *action = NULL;

	if (call == NULL ||
	    split(service->authorization, &resource, &action) != 0)
		return STYTCH_UNAVAILABLE;
	class_ = stytch_call_perform(call, &reply, error);
	if (class_ != STYTCH_OK)
		return class_;
	policy = cJSON_GetObjectItemCaseSensitive(stytch_reply_json(reply),
	    "policy");
	return policy_grants(person,
		   cJSON_GetObjectItemCaseSensitive(policy, "roles"),
		   buf_text(&resource), action)
	    ? STYTCH_OK
	    : STYTCH_DENIED;
}
