/* SPDX-License-Identifier: BSD-2-Clause */
/* What an organization's settings allow: pure questions about its body. */
#include "config.h"

#include "sandbox/b2b.h"
#include "sandbox/metadata.h"

#include <string.h>
#include <strings.h>

const char *
address_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : "";
}

static bool
setting_is(const struct organization *organization, const char *name,
    const char *value)
{
	return strcmp(organization_text(organization, name), value) == 0;
}

bool
policy_auth_allowed(const struct organization *organization,
    const struct member *member, const char *method)
{
	return member_flag(member, "is_breakglass") ||
	    setting_is(organization, "auth_methods", "ALL_ALLOWED") ||
	    organization_lists(organization, "allowed_auth_methods", method);
}

bool
policy_mfa_allowed(const struct organization *organization,
    const struct member *member, const char *method)
{
	return member_flag(member, "is_breakglass") ||
	    setting_is(organization, "mfa_methods", "ALL_ALLOWED") ||
	    organization_lists(organization, "allowed_mfa_methods", method);
}

bool
policy_mfa_required(const struct organization *organization,
    const struct member *member)
{
	return setting_is(organization, "mfa_policy", "REQUIRED_FOR_ALL") ||
	    member_flag(member, "mfa_enrolled");
}

/* Whether the list of domains has the address's, in any case of letters. */
static bool
lists_domain(const struct organization *organization, const char *list,
    const char *address)
{
	const char *domain = address_domain(address);
	const cJSON *item;

	cJSON_ArrayForEach (item, json_get(organization->body, list)) {
		if (cJSON_IsString(item) &&
		    strcasecmp(item->valuestring, domain) == 0)
			return true;
	}
	return false;
}

/* Tell the caller which address and organization a refusal is about. */
static void
explain(struct request *rq, const struct organization *organization,
    const char *address)
{
	json_free(&rq->error_details);
	rq->error_details = json_object();
	json_set_string(rq->error_details, "email_address", address);
	json_set_string(rq->error_details, "organization_id",
	    organization->id.text);
}

enum api_error
policy_domain_free(struct request *rq, const struct organization *organization,
    const char *address)
{
	int64_t claims = store_int(rq->store, 0,
	    "SELECT count(*) FROM organizations o, "
	    "json_each(o.body, '$.claimed_email_domains') d WHERE "
	    "o.project_id = ? AND o.organization_id <> ? AND lower(d.value) = "
	    "lower(?)",
	    "sss", rq->project->id, organization->id.text,
	    address_domain(address));

	return claims > 0 ? API_ACTION_NOT_ALLOWED_EMAIL_DOMAIN_IS_CLAIMED
			  : API_OK;
}

enum api_error
policy_email_jit(struct request *rq, const struct organization *organization,
    const char *address)
{
	if (!setting_is(organization, "email_jit_provisioning", "RESTRICTED"))
		return API_EMAIL_JIT_PROVISIONING_NOT_ALLOWED;
	if (!lists_domain(organization, "email_allowed_domains", address)) {
		explain(rq, organization, address);
		return API_INVALID_EMAIL_FOR_JIT_PROVISIONING;
	}
	return policy_domain_free(rq, organization, address);
}

bool
tenant_set(struct tenant *tenant, const char *provider, const char *id)
{
	size_t provider_len = strlen(provider), len = strlen(id);

	if (provider_len >= sizeof(tenant->provider) ||
	    len >= sizeof(tenant->id))
		return false;
	memcpy(tenant->provider, provider, provider_len + 1);
	memcpy(tenant->id, id, len + 1);
	return true;
}

bool
policy_tenant_jit(const struct organization *organization,
    const struct tenant *tenant)
{
	const cJSON *allowed =
	    json_get(json_get(organization->body, "allowed_oauth_tenants"),
		tenant->provider);

	return setting_is(organization, "oauth_tenant_jit_provisioning",
		   "RESTRICTED") &&
	    json_has_string(allowed, tenant->id);
}

enum api_error
policy_invite(struct request *rq, const struct organization *organization,
    const char *address)
{
	bool allowed =
	    setting_is(organization, "email_invites", "ALL_ALLOWED") ||
	    (setting_is(organization, "email_invites", "RESTRICTED") &&
		lists_domain(organization, "email_allowed_domains", address));

	if (!allowed) {
		explain(rq, organization, address);
		return API_INVALID_EMAIL_FOR_INVITES;
	}
	return policy_domain_free(rq, organization, address);
}

enum api_error
metadata_apply(cJSON *body, const char *name, const cJSON *changes)
{
	CLEANUP(string_free) char *current = json_text(json_get(body, name));
	CLEANUP(string_free) char *merged = NULL;
	enum api_error error;

	if (changes == NULL)
		return API_OK;
	error = metadata_merge(current, changes, &merged);
	if (error == API_OK)
		json_set(body, name, json_parse_stored(merged, "{}"));
	return error;
}
