/* SPDX-License-Identifier: BSD-2-Clause */
/* Members' logins by OAuth, and the tokens that stay of them. */
#include "config.h"

#include "sandbox/b2b_discovery.h"
#include "sandbox/b2b_join.h"
#include "sandbox/b2b_login.h"
#include "sandbox/b2b_rbac.h"
#include "sandbox/idp.h"
#include "sandbox/link.h"
#include "sandbox/lock.h"
#include "sandbox/registration.h"

#include <stdio.h>
#include <string.h>

/* A start that came to its end. */
struct arrival {
	struct link link;
	const struct idp_provider *provider;
	cJSON *claims;
};

#define ARRIVAL_INIT \
	{ \
		.link = { .kind = "" }, .provider = NULL, .claims = NULL \
	}

static void
arrival_clear(struct arrival *arrival)
{
	link_clear(&arrival->link);
	json_free(&arrival->claims);
}

static enum api_error
arrival_open(struct request *rq, const char *token, const char *kind,
    struct arrival *out)
{
	const char *name;

	if (link_find(rq, token, kind, &out->link) != LINK_GOOD)
		return API_MEMBER_OAUTH_TOKEN_NOT_FOUND;
	out->claims = idp_claims(out->link.details);
	name = json_string(out->claims, "provider");
	out->provider = name != NULL ? idp_provider(name, VERTICAL_B2B) : NULL;
	if (out->provider == NULL)
		return API_OAUTH_CONFIG_NOT_FOUND;
	return link_check_pkce(&out->link,
	    param_string(rq, "pkce_code_verifier"));
}

static cJSON *
oauth_factor(struct request *rq, const struct arrival *arrival, const char *id,
    const char *email_id)
{
	cJSON *factor = factor_make(rq, "oauth", arrival->provider->delivery);
	cJSON *detail = json_object();

	json_set_string(detail, "id", id);
	json_set_string(detail, "provider_subject",
	    json_string(arrival->claims, "subject"));
	json_set_string(detail, "email_id", email_id);
	json_set(factor, arrival->provider->factor, detail);
	return factor;
}

/* The provider's tenant; one without room lets nobody in. */
static struct tenant
tenant_of(const struct arrival *arrival)
{
	const char *id = json_string(arrival->claims, "tenant_id");
	struct tenant tenant = { .provider = "" };

	if (id == NULL || !tenant_set(&tenant, arrival->provider->name, id))
		tenant.provider[0] = '\0';
	return tenant;
}

/* The provider's address as a member, by its domain or the tenant. */
static enum api_error
join(struct request *rq, const struct arrival *arrival, struct party *party)
{
	const char *address = arrival->link.email;
	const struct tenant tenant = tenant_of(arrival);
	enum api_error error = API_OK;

	if (!policy_tenant_jit(&party->organization, &tenant))
		error = policy_email_jit(rq, &party->organization, address);
	if (error == API_OK)
		error =
		    join_new(rq, &party->organization, address, &party->member);
	if (error != API_OK)
		return error;
	json_set_string(party->member.body, "name",
	    json_string(arrival->claims, "name"));
	member_save(rq, &party->member);
	return API_OK;
}

static enum api_error
find_member(struct request *rq, const struct arrival *arrival,
    struct party *party)
{
	enum api_error error = organization_find(rq,
	    arrival->link.organization_id, &party->organization);

	if (error != API_OK)
		return error;
	if (!member_by_email(rq, &party->organization, arrival->link.email,
		&party->member))
		return join(rq, arrival, party);
	return member_is(&party->member, "deleted") ? API_MEMBER_NOT_FOUND
						    : API_OK;
}

/* The member's registration with the provider, made at the first login. */
static const char *
keep_registration(struct request *rq, struct member *member,
    const struct arrival *arrival)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(member->body,
	    "oauth_registrations");
	const char *subject = json_string(arrival->claims, "subject");
	cJSON *item;
	struct id id;

	cJSON_ArrayForEach (item, list) {
		if (strcmp(json_string(item, "provider_type"),
			arrival->provider->shown) == 0 &&
		    strcmp(json_string(item, "provider_subject"), subject) == 0)
			return json_string(item,
			    "member_oauth_registration_id");
	}
	item = json_object();
	request_id_make(rq, "member-oauth-registration", &id);
	json_set_string(item, "provider_type", arrival->provider->shown);
	json_set_string(item, "provider_subject", subject);
	json_set_string(item, "member_oauth_registration_id", id.text);
	json_set_string(item, "profile_picture_url", "");
	json_set_string(item, "locale", "");
	json_push(list, item);
	member_save(rq, member);
	return json_string(item, "member_oauth_registration_id");
}

/* Keep the provider's tokens with what the provider-specific views add. */
static void
keep_tokens(struct request *rq, const struct member *member,
    const struct arrival *arrival, const char *id, const cJSON *values)
{
	const char *tenant = json_string(arrival->claims, "tenant_id");
	CLEANUP(json_free) cJSON *kept = json_copy(values);
	cJSON *tenants = json_array();

	json_push_string(tenants, tenant);
	json_set_string(kept, "provider_type", arrival->provider->shown);
	json_set_string(kept, "provider_subject",
	    json_string(arrival->claims, "subject"));
	json_set_string(kept, "provider_tenant_id", tenant);
	json_set(kept, "provider_tenant_ids", tenants);
	json_set_string(kept, "bot_access_token", "");
	json_set(kept, "bot_scopes", json_array());
	registration_keep(rq, member->id.text, "oauth_tokens", id, kept);
}

static enum api_error
check_policy(const struct party *party, const struct arrival *arrival)
{
	char method[64];
	int n = snprintf(method, sizeof(method), "%s_oauth",
	    arrival->provider->name);

	return n > 0 && (size_t)n < sizeof(method) &&
		policy_auth_allowed(&party->organization, &party->member,
		    method)
	    ? API_OK
	    : API_OPERATION_RESTRICTED_BY_ORGANIZATION_AUTH_METHODS;
}

static enum api_error
log_in(struct request *rq, struct party *party, struct login *login,
    const struct arrival *arrival)
{
	CLEANUP(json_free) cJSON *values = idp_values(rq, arrival->claims);
	struct member *member = &party->member;
	const char *id = keep_registration(rq, member, arrival);
	cJSON *factor = oauth_factor(rq, arrival, id, member->email_id.text);

	lock_forget(rq, member->id.text);
	if (factor_proves_email(factor))
		login_prove_email(rq, party);
	keep_tokens(rq, member, arrival, id, values);
	json_set(rq->reply, "provider_values", STEAL(values));
	json_set_string(rq->reply, "provider_type", arrival->provider->shown);
	json_set_string(rq->reply, "provider_subject",
	    json_string(arrival->claims, "subject"));
	json_set_bool(rq->reply, "reset_sessions", false);
	return login_primary(rq, party, login, factor);
}

enum api_error
b2b_oauth_authenticate(struct request *rq)
{
	CLEANUP(arrival_clear) struct arrival arrival = ARRIVAL_INIT;
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	const char *token = param_string(rq, "oauth_token");
	enum api_error error = arrival_open(rq, token, "oauth", &arrival);

	if (error == API_OK)
		error = find_member(rq, &arrival, &party);
	if (error == API_OK)
		error = login_begin(rq, &party, &login);
	if (error == API_OK)
		error = check_policy(&party, &arrival);
	if (error == API_OK)
		error = lock_check(rq, party.member.id.text);
	if (error != API_OK)
		return error;
	link_use(rq, token);
	return log_in(rq, &party, &login, &arrival);
}

enum api_error
b2b_oauth_discovery_authenticate(struct request *rq)
{
	CLEANUP(arrival_clear) struct arrival arrival = ARRIVAL_INIT;
	CLEANUP(intermediate_clear)
	struct intermediate intermediate = INTERMEDIATE_INIT;
	const char *token = param_string(rq, "discovery_oauth_token");
	cJSON *tenants = json_array();
	enum api_error error =
	    arrival_open(rq, token, "oauth_discovery", &arrival);

	if (error != API_OK) {
		json_free(&tenants);
		return error;
	}
	link_use(rq, token);
	json_push_string(tenants, json_string(arrival.claims, "tenant_id"));
	json_set(rq->reply, "provider_tenant_ids", tenants);
	json_set_string(rq->reply, "provider_tenant_id",
	    json_string(arrival.claims, "tenant_id"));
	json_set_string(rq->reply, "provider_type", arrival.provider->shown);
	json_set_string(rq->reply, "full_name",
	    json_string(arrival.claims, "name"));
	intermediate.tenant = tenant_of(&arrival);
	intermediate.factors = json_array();
	json_push(intermediate.factors, oauth_factor(rq, &arrival, "", ""));
	return discovery_begin_with(rq, arrival.link.email, &intermediate);
}

/* ---- Stored tokens ---- */

/* A provider and what is shown of its tokens. */
struct view {
	const char *provider; /* as it is shown */
	const char *names;    /* "name|name" */
};

/* Take away what the view does not show. */
static void
cut(cJSON *tokens, const struct view *view)
{
	cJSON *next;

	for (cJSON *item = tokens->child; item != NULL; item = next) {
		next = item->next;
		if (!endpoint_list_has(view->names, item->string))
			cJSON_Delete(cJSON_DetachItemViaPointer(tokens, item));
	}
}

/* The member's tokens of one provider; NULL and *out_error: refused. */
static cJSON *
stored(struct request *rq, const struct view *view, enum api_error *out_error)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	cJSON *list, *item;

	*out_error = party_params(rq, &party);
	if (*out_error == API_OK)
		*out_error =
		    rbac_check_caller(rq, &party.organization, &party.member);
	if (*out_error != API_OK)
		return NULL;
	list = registration_tokens(rq, party.member.id.text, "oauth_tokens",
	    view->provider);
	cJSON_ArrayForEach (item, list)
		cut(item, view);
	return list;
}

/* One registration is answered itself, the newest. */
static enum api_error
reply_one(struct request *rq, const struct view *view)
{
	enum api_error error;
	CLEANUP(json_free) cJSON *list = stored(rq, view, &error);
	const cJSON *last, *item;

	if (error != API_OK)
		return error;
	last = cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
	if (last == NULL)
		return API_OAUTH_USER_REGISTRATION_NOT_FOUND;
	cJSON_ArrayForEach (item, last)
		json_set(rq->reply, item->string, json_copy(item));
	return API_OK;
}

static enum api_error
reply_list(struct request *rq, const struct view *view)
{
	enum api_error error;
	CLEANUP(json_free) cJSON *list = stored(rq, view, &error);

	if (error != API_OK)
		return error;
	json_set_string(rq->reply, "provider_type", view->provider);
	json_set(rq->reply, "registrations", STEAL(list));
	return API_OK;
}

#define ONE_ACCOUNT \
	"provider_type|provider_subject|access_token|access_token_expires_in|" \
	"id_token|scopes|refresh_token"

enum api_error
b2b_oauth_providers_google(struct request *rq)
{
	static const struct view view = { "Google", ONE_ACCOUNT };

	return reply_one(rq, &view);
}

enum api_error
b2b_oauth_providers_microsoft(struct request *rq)
{
	static const struct view view = { "Microsoft", ONE_ACCOUNT };

	return reply_one(rq, &view);
}

enum api_error
b2b_oauth_providers_slack(struct request *rq)
{
	static const struct view view = { "Slack",
		"provider_subject|provider_tenant_id|access_token|scopes|"
		"bot_access_token|bot_scopes" };

	return reply_list(rq, &view);
}

enum api_error
b2b_oauth_providers_hubspot(struct request *rq)
{
	static const struct view view = { "Hubspot",
		"provider_subject|provider_tenant_id|access_token|"
		"access_token_expires_in|scopes|refresh_token" };

	return reply_list(rq, &view);
}

enum api_error
b2b_oauth_providers_github(struct request *rq)
{
	static const struct view view = { "Github",
		"provider_subject|provider_tenant_ids|access_token|scopes" };

	return reply_list(rq, &view);
}
