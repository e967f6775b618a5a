/* SPDX-License-Identifier: BSD-2-Clause */
/* Authorization without asking, by policies that are kept; see stytch.h. */
#include "config.h"

#include "libstytch/policy.h"

#include "libstytch/client.h"
#include "libstytch/error.h"
#include "libstytch/json.h"

#include <stytch/stytch.h>

#include <errno.h>
#include <string.h>

#define POLICY_MAX_AGE_MS (5 * 60 * 1000)

int
policies_init(struct policies *policies)
{
	memset(policies->kept, 0, sizeof(policies->kept));
	return pthread_mutex_init(&policies->lock, NULL) == 0 ? 0 : -ENOMEM;
}

void
policies_clear(struct policies *policies)
{
	for (size_t i = 0; i < ARRAY_LEN(policies->kept); i++)
		json_free(&policies->kept[i].json);
	(void)pthread_mutex_destroy(&policies->lock);
}

static bool
has_text(const cJSON *list, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list)
		if (cJSON_IsString(item) &&
		    strcmp(item->valuestring, text) == 0)
			return true;
	return false;
}

static bool
role_grants(const cJSON *role, const char *resource_id, const char *action)
{
	const cJSON *permission;

	cJSON_ArrayForEach (permission, json_at(role, "permissions")) {
		const char *resource =
		    cJSON_GetStringValue(json_at(permission, "resource_id"));
		const cJSON *actions = json_at(permission, "actions");

		if (resource != NULL && strcmp(resource, resource_id) == 0 &&
		    (has_text(actions, action) || has_text(actions, "*")))
			return true;
	}
	return false;
}

bool
policy_grants(const cJSON *policy, const cJSON *roles, const char *resource_id,
    const char *action, bool *out_unknown)
{
	const cJSON *role;
	int known = 0;

	cJSON_ArrayForEach (role, json_at(policy, "roles")) {
		const char *id = cJSON_GetStringValue(json_at(role, "role_id"));

		if (id == NULL || !has_text(roles, id))
			continue;
		known++;
		if (role_grants(role, resource_id, action))
			return true;
	}
	*out_unknown = known < cJSON_GetArraySize(roles);
	return false;
}

/* The kept policy of owner, or a place for it: a free one, or the oldest. */
static struct policy *
find_kept(struct policies *policies, const char *owner)
{
	struct policy *oldest = &policies->kept[0];

	for (size_t i = 0; i < ARRAY_LEN(policies->kept); i++) {
		struct policy *policy = &policies->kept[i];

		if (strcmp(policy->owner, owner) == 0)
			return policy;
		if (policy->fetched_ms < oldest->fetched_ms)
			oldest = policy;
	}
	return oldest;
}

/* What is asked: whose policy, where it is in the answer. */
struct source {
	const char *owner;
	enum stytch_endpoint endpoint;
	const char *organization_id; /* NULL: the project's */
	const char *member;          /* "policy" */
};

static bool
is_kept(struct stytch_client *client, const char *owner)
{
	struct policies *policies = &client->policies;
	const struct policy *policy;
	bool is_fresh;

	(void)pthread_mutex_lock(&policies->lock);
	policy = find_kept(policies, owner);
	is_fresh = policy->json != NULL && strcmp(policy->owner, owner) == 0 &&
	    transport_now_ms() - policy->fetched_ms < POLICY_MAX_AGE_MS;
	(void)pthread_mutex_unlock(&policies->lock);
	return is_fresh;
}

static void
keep(struct stytch_client *client, const char *owner, cJSON **json)
{
	struct policies *policies = &client->policies;
	struct policy *policy;
	size_t len = strlen(owner);

	(void)pthread_mutex_lock(&policies->lock);
	policy = find_kept(policies, owner);
	json_free(&policy->json);
	policy->json = STEAL(*json);
	policy->fetched_ms = transport_now_ms();
	memcpy(policy->owner, owner, len + 1);
	(void)pthread_mutex_unlock(&policies->lock);
}

static enum stytch_class
fetch(struct stytch_client *client, const struct source *source,
    struct stytch_error *error)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(client, source->endpoint);
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	CLEANUP(json_free) cJSON *json = NULL;
	const cJSON *policy;
	enum stytch_class class_;

	stytch_call_set(call, "organization_id", source->organization_id);
	class_ = stytch_call_perform(call, &reply, error);
	if (class_ != STYTCH_OK)
		return class_;
	policy = json_at(stytch_reply_json(reply), source->member);
	if (!cJSON_IsArray(json_at(policy, "roles")))
		return error_set(error, STYTCH_PROTOCOL, source->member,
		    "is not a policy");
	json = cJSON_Duplicate(policy, true);
	if (json == NULL)
		return error_set(error, STYTCH_UNAVAILABLE, "",
		    "out of memory");
	keep(client, source->owner, &json);
	return STYTCH_OK;
}

/* What is asked of a policy, and its answer. */
struct question {
	const cJSON *roles;
	const struct stytch_permission *permission;
	bool is_granted;
	bool has_unknown; /* roles that the policy does not know */
};

/* Ask one policy, fetched where it is not kept. */
static enum stytch_class
ask(struct stytch_client *client, const struct source *source,
    struct question *question, struct stytch_error *error)
{
	const struct policy *policy;

	if (!is_kept(client, source->owner)) {
		enum stytch_class class_ = fetch(client, source, error);

		if (class_ != STYTCH_OK)
			return class_;
	}
	(void)pthread_mutex_lock(&client->policies.lock);
	policy = find_kept(&client->policies, source->owner);
	question->has_unknown = false;
	question->is_granted = strcmp(policy->owner, source->owner) == 0 &&
	    policy_grants(policy->json, question->roles,
		question->permission->resource_id, question->permission->action,
		&question->has_unknown);
	(void)pthread_mutex_unlock(&client->policies.lock);
	return STYTCH_OK;
}

static enum stytch_class
deny(struct stytch_error *error, const char *error_type, const char *message)
{
	(void)error_set(error, STYTCH_DENIED, "", message);
	error_text(error->error_type, sizeof(error->error_type), error_type);
	return STYTCH_DENIED;
}

/* Whether claims and permission have what is needed. */
static enum stytch_class
check(bool is_b2b, const cJSON *claims,
    const struct stytch_permission *permission, struct stytch_error *error)
{
	const char *organization = cJSON_GetStringValue(
	    json_at(cJSON_GetObjectItemCaseSensitive(claims,
			ORGANIZATION_CLAIM),
		"organization_id"));

	if (permission->resource_id == NULL || permission->action == NULL ||
	    is_b2b != (permission->organization_id != NULL))
		return error_set(error, STYTCH_MISCONFIGURED, "permission",
		    "is incomplete, or not of this kind of project");
	if (!is_b2b)
		return STYTCH_OK;
	if (strlen(permission->organization_id) > POLICY_OWNER_MAX)
		return error_set(error, STYTCH_MISCONFIGURED, "permission",
		    "has an organization_id that is too long");
	if (organization == NULL ||
	    strcmp(organization, permission->organization_id) != 0)
		return deny(error, "session_authorization_tenancy_error",
		    "the session is of another organization");
	return STYTCH_OK;
}

static enum stytch_class
authorize(struct stytch_client *client, bool is_b2b, const cJSON *claims,
    const struct stytch_permission *permission, struct stytch_error *error)
{
	struct question question = {
		.roles = json_at(cJSON_GetObjectItemCaseSensitive(claims,
				     SESSION_CLAIM),
		    "roles"),
		.permission = permission,
	};
	struct source project = {
		.owner = is_b2b ? "b2b" : "consumer",
		.endpoint =
		    is_b2b ? STYTCH_B2B_RBAC_POLICY : STYTCH_RBAC_POLICY,
		.member = "policy",
	};
	struct source organization = {
		.owner = permission->organization_id,
		.endpoint = STYTCH_B2B_RBAC_ORGANIZATIONS_GET_ORG_POLICY,
		.organization_id = permission->organization_id,
		.member = "org_policy",
	};
	enum stytch_class class_ = check(is_b2b, claims, permission, error);

	if (class_ == STYTCH_OK)
		class_ = ask(client, &project, &question, error);
	if (class_ == STYTCH_OK && !question.is_granted &&
	    question.has_unknown && is_b2b)
		class_ = ask(client, &organization, &question, error);
	if (class_ != STYTCH_OK)
		return class_;
	if (!question.is_granted)
		return deny(error,
		    is_b2b ? "session_authorization_error"
			   : "consumer_session_authorization_error",
		    "no role of the session grants it");
	return STYTCH_OK;
}

enum stytch_class
stytch_session_authorize(struct stytch_client *client, bool is_b2b,
    const struct stytch_reply *claims,
    const struct stytch_permission *permission, struct stytch_error *error)
{
	struct stytch_error failure;
	enum stytch_class class_;

	if (client == NULL || claims == NULL || permission == NULL)
		class_ = error_set(&failure, STYTCH_MISCONFIGURED, "permission",
		    "is missing, or claims or client are");
	else
		class_ = authorize(client, is_b2b, stytch_reply_json(claims),
		    permission, &failure);
	if (class_ != STYTCH_OK && error != NULL)
		*error = failure;
	return class_;
}
