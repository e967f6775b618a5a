/* SPDX-License-Identifier: BSD-2-Clause */
/* Roles and what they grant; the policy endpoints; sessions as callers. */
#include "config.h"

#include "sandbox/b2b_rbac.h"

#include "sandbox/b2b_login.h"
#include "sandbox/settings.h"

#include <errno.h>
#include <string.h>

#define ORG_ROLES_MAX 100

static const cJSON *
find_role(const cJSON *roles, const char *role_id)
{
	const cJSON *role;

	cJSON_ArrayForEach (role, roles) {
		const char *id = json_string(role, "role_id");

		if (id != NULL && role_id != NULL && strcmp(id, role_id) == 0)
			return role;
	}
	return NULL;
}

static const cJSON *
own_roles(const struct organization *organization)
{
	return organization != NULL
	    ? json_get(organization->body, "custom_roles")
	    : NULL;
}

bool
rbac_has_role(struct request *rq, const struct organization *organization,
    const char *role_id)
{
	CLEANUP(json_free) cJSON *policy = project_policy(rq);

	return find_role(json_get(policy, "roles"), role_id) != NULL ||
	    find_role(own_roles(organization), role_id) != NULL;
}

void
rbac_add_role(struct request *rq, const char *role_id)
{
	CLEANUP(json_free) cJSON *values = json_object();
	cJSON *policy, *role;

	if (rbac_has_role(rq, NULL, role_id))
		return;
	policy = settings_json(rq, "rbac_policy");
	role = json_object();
	json_set_string(role, "role_id", role_id);
	json_set_string(role, "description", "");
	json_set(role, "permissions", json_array());
	json_push(cJSON_GetObjectItemCaseSensitive(policy, "roles"), role);
	json_set(values, "rbac_policy", policy);
	if (settings_apply(rq, values) != API_OK)
		store_fail(rq->store, -EINVAL);
}

/* Whether a role grants the action on exactly that resource. */
static bool
role_grants(const cJSON *role, const char *resource_id, const char *action)
{
	const cJSON *permission;

	cJSON_ArrayForEach (permission, json_get(role, "permissions")) {
		const char *id = json_string(permission, "resource_id");
		const cJSON *actions = json_get(permission, "actions");

		if (id != NULL && strcmp(id, resource_id) == 0 &&
		    (json_has_string(actions, "*") ||
			json_has_string(actions, action)))
			return true;
	}
	return false;
}

cJSON *
rbac_granting(struct request *rq, const struct organization *organization,
    const cJSON *role_ids, const char *resource_id, const char *action)
{
	CLEANUP(json_free) cJSON *policy = project_policy(rq);
	cJSON *granting = json_array();
	const cJSON *item;

	cJSON_ArrayForEach (item, role_ids) {
		const char *id = cJSON_GetStringValue(item);

		if (role_grants(find_role(json_get(policy, "roles"), id),
			resource_id, action) ||
		    role_grants(find_role(own_roles(organization), id),
			resource_id, action))
			json_push_string(granting, id);
	}
	return granting;
}

/* ---- Sessions as callers ---- */

/*
 * The permission that an endpoint needs as a whole; where it depends on the
 * parameters, the endpoint table has it.
 */
/* clang-format off */
static const struct {
	enum stytch_endpoint endpoint;
	const char *permissions; /* "resource:action|..", one is enough */
} needs[] = {
	{ STYTCH_B2B_ORGANIZATIONS_DELETE, "stytch.organization:delete" },
	{ STYTCH_B2B_ORGANIZATIONS_EXTERNAL_ID_DELETE, "stytch.organization:update.info.external-id" },
	{ STYTCH_B2B_ORGANIZATIONS_CONNECTED_APPS, "stytch.organization:get.connected-apps" },
	{ STYTCH_B2B_ORGANIZATIONS_CONNECTED_APPS_GET, "stytch.organization:get.connected-apps" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_CREATE, "stytch.member:create" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_SEARCH, "stytch.member:search" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_DELETE, "stytch.member:delete|stytch.self:delete" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_REACTIVATE, "stytch.member:create" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_MFA_PHONE_NUMBERS_DELETE,
	    "stytch.member:update.info.delete.mfa-phone|stytch.self:update.info.delete.mfa-phone" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_TOTP_DELETE,
	    "stytch.member:update.info.delete.mfa-totp|stytch.self:update.info.delete.mfa-totp" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_PASSWORDS_DELETE,
	    "stytch.member:update.info.delete.password|stytch.self:update.info.delete.password" },
	{ STYTCH_B2B_PASSWORDS_EMAIL_REQUIRE_RESET,
	    "stytch.member:update.info.delete.password|stytch.self:update.info.delete.password" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_UNLINK_RETIRED_EMAIL,
	    "stytch.member:update.info.unlink-retired-email|stytch.self:update.info.unlink-retired-email" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_START_EMAIL_UPDATE,
	    "stytch.member:update.info.email|stytch.self:update.info.email" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_EXTERNAL_ID_DELETE, "stytch.member:update.info.external-id" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_CONNECTED_APPS_GET,
	    "stytch.member:get.connected-apps|stytch.self:get.connected-apps" },
	{ STYTCH_B2B_ORGANIZATIONS_MEMBERS_CONNECTED_APPS_REVOKE,
	    "stytch.member:revoke.connected-app|stytch.self:revoke.connected-app" },
	{ STYTCH_B2B_SESSIONS_REVOKE, "stytch.member:revoke-sessions|stytch.self:revoke-sessions" },
	{ STYTCH_B2B_MAGIC_LINKS_EMAIL_INVITE, "stytch.member:create" },
	{ STYTCH_B2B_SCIM_CONNECTION_CREATE, "stytch.scim:create" },
	{ STYTCH_B2B_SCIM_CONNECTION_GET, "stytch.scim:get" },
	{ STYTCH_B2B_SCIM_CONNECTION_UPDATE, "stytch.scim:update" },
	{ STYTCH_B2B_SCIM_CONNECTION_DELETE, "stytch.scim:delete" },
	{ STYTCH_B2B_SCIM_CONNECTION_GET_GROUPS, "stytch.scim:get" },
	{ STYTCH_B2B_SCIM_CONNECTION_ROTATE_START, "stytch.scim:update" },
	{ STYTCH_B2B_SCIM_CONNECTION_ROTATE_COMPLETE, "stytch.scim:update" },
	{ STYTCH_B2B_SCIM_CONNECTION_ROTATE_CANCEL, "stytch.scim:update" },
	{ STYTCH_B2B_SSO_GET_CONNECTIONS, "stytch.sso:get" },
	{ STYTCH_B2B_SSO_CONNECTIONS_DELETE, "stytch.sso:delete" },
	{ STYTCH_B2B_SSO_OIDC_CREATE_CONNECTION, "stytch.sso:create" },
	{ STYTCH_B2B_SSO_OIDC_CONNECTIONS_UPDATE, "stytch.sso:update" },
	{ STYTCH_B2B_SSO_SAML_CREATE_CONNECTION, "stytch.sso:create" },
	{ STYTCH_B2B_SSO_SAML_CONNECTIONS_UPDATE, "stytch.sso:update" },
	{ STYTCH_B2B_SSO_SAML_CONNECTIONS_URL_UPDATE, "stytch.sso:update" },
	{ STYTCH_B2B_SSO_SAML_CONNECTIONS_VERIFICATION_CERTIFICATES_DELETE, "stytch.sso:update" },
	{ STYTCH_B2B_SSO_SAML_CONNECTIONS_ENCRYPTION_PRIVATE_KEYS_DELETE, "stytch.sso:update" },
	{ STYTCH_B2B_SSO_EXTERNAL_CREATE_CONNECTION, "stytch.sso:create" },
	{ STYTCH_B2B_SSO_EXTERNAL_CONNECTIONS_UPDATE, "stytch.sso:update" },
};
/* clang-format on */

/* Whether the roles grant one of "resource:action|..". */
static bool
grants_one(struct request *rq, const struct organization *organization,
    const cJSON *roles, const char *permissions, bool is_self)
{
	for (const char *item = permissions; *item != '\0';) {
		size_t len = strcspn(item, "|");
		const char *colon = memchr(item, ':', len);
		char resource[64], action[128];
		size_t resource_len =
		    colon != NULL ? (size_t)(colon - item) : 0;

		if (resource_len > 0 && resource_len < sizeof(resource) &&
		    len - resource_len <= sizeof(action)) {
			CLEANUP(json_free) cJSON *granting = NULL;

			memcpy(resource, item, resource_len);
			resource[resource_len] = '\0';
			memcpy(action, colon + 1, len - resource_len - 1);
			action[len - resource_len - 1] = '\0';
			granting = rbac_granting(rq, organization, roles,
			    resource, action);
			if (cJSON_GetArraySize(granting) > 0 &&
			    (is_self || strcmp(resource, "stytch.self") != 0))
				return true;
		}
		item += len + (item[len] == '|');
	}
	return false;
}

/* Whether the roles grant each parameter that the request gives. */
static enum api_error
check_params(struct request *rq, const struct organization *organization,
    const cJSON *roles, bool is_self)
{
	const struct endpoint_param *param;

	for (param = rq->endpoint->params; param->name != NULL; param++) {
		if (!param_has(rq, param->name))
			continue;
		if ((param->flags & ENDPOINT_NO_MEMBER_SESSION) != 0)
			return API_CANNOT_UPDATE_TRUSTED_METADATA;
		if (param->rbac != NULL &&
		    !grants_one(rq, organization, roles, param->rbac, is_self))
			return API_SESSION_AUTHORIZATION_ERROR;
	}
	for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
		if (needs[i].endpoint == rq->endpoint->id &&
		    !grants_one(rq, organization, roles, needs[i].permissions,
			is_self))
			return API_SESSION_AUTHORIZATION_ERROR;
	}
	return API_OK;
}

enum api_error
rbac_check_caller(struct request *rq, const struct organization *organization,
    const struct member *target)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	CLEANUP(member_clear) struct member caller = MEMBER_INIT;
	CLEANUP(json_free) cJSON *roles = NULL;
	enum api_error error;

	if (rq->member_session == NULL && rq->member_jwt == NULL)
		return API_OK;
	if (rq->member_session != NULL && rq->member_jwt != NULL)
		return API_TOO_MANY_SESSION_ARGUMENTS;
	error = session_find(rq, rq->member_session, rq->member_jwt, &session);
	if (error != API_OK)
		return error;
	if (strcmp(session.organization_id, organization->id.text) != 0)
		return API_SESSION_AUTHORIZATION_TENANCY_ERROR;
	if (!member_by_id(rq, session.owner_id, &caller))
		return API_SESSION_NOT_FOUND;
	roles = member_role_ids(rq, organization, &caller, session.factors);
	return check_params(rq, organization, roles,
	    target != NULL && strcmp(target->id.text, caller.id.text) == 0);
}

/* ---- Policies of organizations ---- */

static void
reply_org_policy(struct request *rq, const struct organization *organization)
{
	cJSON *policy = json_object();

	json_set(policy, "roles", json_copy(own_roles(organization)));
	json_set(rq->reply, "org_policy", policy);
}

enum api_error
b2b_rbac_get_org_policy(struct request *rq)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	enum api_error error = organization_param(rq, &organization);

	if (error == API_OK)
		reply_org_policy(rq, &organization);
	return error;
}

static bool
is_reserved(const char *name)
{
	return strncmp(name, "stytch", 6) == 0;
}

/* A resource that the project has, with actions that it has. */
static enum api_error
check_permission(const cJSON *policy, const cJSON *permission)
{
	const char *id = json_string(permission, "resource_id");
	const cJSON *actions = json_get(permission, "actions");
	const cJSON *resource;
	const cJSON *action;

	if (id == NULL || cJSON_GetArraySize(actions) == 0)
		return API_RBAC_PERMISSION_MISSING_ACTIONS;
	cJSON_ArrayForEach (resource, json_get(policy, "resources")) {
		const char *name = json_string(resource, "resource_id");

		if (name != NULL && strcmp(name, id) == 0)
			break;
	}
	if (resource == NULL)
		return API_INVALID_RBAC_CUSTOM_ROLE;
	cJSON_ArrayForEach (action, actions) {
		const char *text = cJSON_GetStringValue(action);
		const cJSON *known = json_get(resource, "actions");

		if (text == NULL)
			return API_INVALID_RBAC_CUSTOM_ROLE;
		if (strcmp(text, "*") == 0 ? cJSON_GetArraySize(actions) > 1
					   : !json_has_string(known, text) &&
			    !json_has_string(known, "*"))
			return API_INVALID_RBAC_CUSTOM_ROLE;
	}
	return API_OK;
}

static enum api_error
check_role(const cJSON *policy, const cJSON *role)
{
	const char *id = json_string(role, "role_id");
	const cJSON *permission;

	if (id == NULL)
		return API_EMPTY_RBAC_ROLE_ID;
	if (is_reserved(id))
		return API_INVALID_RBAC_STYTCH_ROLE_EDIT;
	if (find_role(json_get(policy, "roles"), id) != NULL)
		return API_RBAC_ROLE_DUPLICATE;
	for (const cJSON *other = role->next; other != NULL;
	     other = other->next) {
		const char *text = json_string(other, "role_id");

		if (text != NULL && strcmp(text, id) == 0)
			return API_RBAC_ROLE_DUPLICATE;
	}
	cJSON_ArrayForEach (permission, json_get(role, "permissions")) {
		enum api_error error = check_permission(policy, permission);

		if (error != API_OK)
			return error;
	}
	return API_OK;
}

enum api_error
b2b_rbac_set_org_policy(struct request *rq)
{
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	CLEANUP(json_free) cJSON *policy = project_policy(rq);
	const cJSON *roles = json_get(param_json(rq, "org_policy"), "roles");
	const cJSON *role;
	enum api_error error = organization_param(rq, &organization);

	if (error == API_OK && cJSON_GetArraySize(roles) > ORG_ROLES_MAX)
		error = API_TOO_MANY_ROLES;
	if (error != API_OK)
		return error;
	cJSON_ArrayForEach (role, roles) {
		error = check_role(policy, role);
		if (error != API_OK)
			return error;
	}
	json_set(organization.body, "custom_roles", json_copy(roles));
	organization_save(rq, &organization);
	reply_org_policy(rq, &organization);
	return API_OK;
}
