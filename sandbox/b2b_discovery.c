/* SPDX-License-Identifier: BSD-2-Clause */
/* Discovery: which organizations an address may enter, and entering one. */
#include "config.h"

#include "sandbox/b2b_discovery.h"

#include "sandbox/b2b_join.h"
#include "sandbox/b2b_login.h"
#include "sandbox/b2b_rbac.h"
#include "sandbox/lock.h"

#include <string.h>

/* Who asks: an address, and what the intermediate or member session holds. */
struct asker {
	const char *address;
	const cJSON *factors;
	const struct tenant *tenant; /* of an OAuth provider; may be NULL */
	const char *organization_id; /* of a member session; NULL: none */
};

static const char *
membership_type(const struct member *member)
{
	if (member_is(member, "active"))
		return "active_member";
	return member_is(member, "invited") ? "invited_member"
					    : "pending_member";
}

/* How somebody who is no member may become one. */
static const char *
eligibility(const struct party *party, const struct asker *asker,
    cJSON *details)
{
	const struct tenant *tenant = asker->tenant;

	if (tenant != NULL && policy_tenant_jit(&party->organization, tenant)) {
		json_set_string(details, "provider", tenant->provider);
		json_set_string(details, "tenant_id", tenant->id);
		return "eligible_to_join_by_oauth_tenant";
	}
	json_set_string(details, "domain", address_domain(asker->address));
	return "eligible_to_join_by_email_domain";
}

static cJSON *
membership(struct request *rq, const struct party *party,
    const struct asker *asker)
{
	bool is_member = party->member.body != NULL;
	cJSON *shown = json_object();
	cJSON *details = json_object();

	json_set_string(shown, "type",
	    is_member ? membership_type(&party->member)
		      : eligibility(party, asker, details));
	if (is_member)
		json_set(shown, "member",
		    member_json(rq, &party->organization, &party->member));
	else
		json_set_null(shown, "member");
	json_set(shown, "details", details);
	return shown;
}

/* One organization as discovery shows it to the asker. */
static cJSON *
discovered(struct request *rq, const struct party *party,
    const struct asker *asker)
{
	cJSON *shown = json_object();
	bool is_here = asker->organization_id != NULL &&
	    strcmp(asker->organization_id, party->organization.id.text) == 0;
	bool primary = login_has_primary(party, asker->factors);
	bool second = is_here ||
	    !policy_mfa_required(&party->organization, &party->member);

	json_set(shown, "organization", json_copy(party->organization.body));
	json_set(shown, "membership", membership(rq, party, asker));
	json_set_bool(shown, "member_authenticated", primary && second);
	json_set_null(shown, "primary_required");
	json_set_null(shown, "mfa_required");
	if (!primary)
		json_set(shown, "primary_required",
		    login_primary_required(party));
	if (!second && party->member.body != NULL)
		json_set(shown, "mfa_required",
		    login_mfa_required(rq, party, false));
	return shown;
}

/*
 * Organizations with a member of that address, or which let its domain in (if
 * somebody of that domain is a verified member there), or its tenant at an
 * OAuth provider; retired addresses do not count.
 */
static cJSON *
organizations_of(struct request *rq, const struct asker *asker)
{
	static const struct tenant none;
	const struct tenant *tenant =
	    asker->tenant != NULL ? asker->tenant : &none;
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();

	query_open(&query, rq->store,
	    "SELECT o.organization_id FROM organizations o WHERE o.project_id "
	    "= ?1 AND (EXISTS (SELECT 1 FROM members m WHERE m.organization_id "
	    "= o.organization_id AND m.email_address = ?2 AND m.status <> "
	    "'deleted') OR (?4 AND NOT EXISTS (SELECT 1 FROM members m WHERE "
	    "m.organization_id = o.organization_id AND m.email_address = ?2) "
	    "AND (json_extract(o.body, '$.oauth_tenant_jit_provisioning') = "
	    "'RESTRICTED' AND EXISTS (SELECT 1 FROM json_each(o.body, "
	    "'$.allowed_oauth_tenants.' || ?5) t WHERE t.value = ?6) OR "
	    "json_extract(o.body, "
	    "'$.email_jit_provisioning') = 'RESTRICTED' AND EXISTS (SELECT 1 "
	    "FROM json_each(o.body, '$.email_allowed_domains') d WHERE "
	    "lower(d.value) = lower(?3)) AND EXISTS (SELECT 1 FROM members m "
	    "WHERE m.organization_id = o.organization_id AND m.status = "
	    "'active' AND lower(m.email_address) LIKE '%@' || lower(?3) AND "
	    "json_extract(m.body, '$.email_address_verified') <> 0)))) "
	    "ORDER BY o.number",
	    "sssdss", rq->project->id, asker->address,
	    address_domain(asker->address),
	    (int)(asker->organization_id == NULL),
	    tenant->provider[0] != '\0' ? tenant->provider : "none",
	    tenant->id);
	while (query_next(&query)) {
		CLEANUP(party_clear) struct party party = PARTY_INIT;

		if (organization_find(rq, query_text(&query, 0),
			&party.organization) != API_OK)
			continue;
		if (member_by_email(rq, &party.organization, asker->address,
			&party.member) &&
		    member_is(&party.member, "deleted"))
			continue;
		json_push(list, discovered(rq, &party, asker));
	}
	return list;
}

static void
reply_discovered(struct request *rq, const struct asker *asker)
{
	json_set_string(rq->reply, "email_address", asker->address);
	json_set(rq->reply, "discovered_organizations",
	    organizations_of(rq, asker));
}

enum api_error
discovery_begin(struct request *rq, const char *address, cJSON *factor)
{
	CLEANUP(intermediate_clear)
	struct intermediate intermediate = INTERMEDIATE_INIT;

	intermediate.factors = json_array();
	json_push(intermediate.factors, factor);
	return discovery_begin_with(rq, address, &intermediate);
}

enum api_error
discovery_begin_with(struct request *rq, const char *address,
    struct intermediate *intermediate)
{
	const struct asker asker = {
		.address = address,
		.factors = intermediate->factors,
		.tenant = &intermediate->tenant,
	};

	memcpy(intermediate->email, address,
	    strnlen(address, sizeof(intermediate->email) - 1));
	intermediate_save(rq, intermediate);
	reply_discovered(rq, &asker);
	intermediate_reply(rq, intermediate);
	return API_OK;
}

static enum api_error
list_for_session(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	struct asker asker = { .tenant = NULL };
	bool given;
	enum api_error error = session_from_params(rq, &session, &given);

	if (error == API_OK)
		error = party_by_member(rq, session.owner_id, &party);
	if (error != API_OK)
		return error;
	asker.address = member_text(&party.member, "email_address");
	asker.factors = session.factors;
	asker.organization_id = session.organization_id;
	reply_discovered(rq, &asker);
	json_set_null(rq->reply, "organization_id_hint");
	return API_OK;
}

enum api_error
b2b_discovery_organizations_list(struct request *rq)
{
	CLEANUP(intermediate_clear)
	struct intermediate intermediate = INTERMEDIATE_INIT;
	struct asker asker = { .organization_id = NULL };
	const char *token = param_string(rq, "intermediate_session_token");
	enum api_error error;

	if (token == NULL)
		return list_for_session(rq);
	error = intermediate_find(rq, token, &intermediate);
	if (error != API_OK)
		return error;
	asker.address = intermediate.email;
	asker.factors = intermediate.factors;
	asker.tenant = &intermediate.tenant;
	reply_discovered(rq, &asker);
	json_set_null(rq->reply, "organization_id_hint");
	return API_OK;
}

/* With the party's member there: go on with the intermediate session. */
static enum api_error
enter(struct request *rq, struct party *party)
{
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	enum api_error error = login_begin(rq, party, &login);

	if (error == API_OK)
		error = lock_check(rq, party->member.id.text);
	if (error != API_OK)
		return error;
	if (factors_prove_email(login.session.factors))
		login_prove_email(rq, party);
	return login_primary(rq, party, &login, NULL);
}

enum api_error
b2b_discovery_exchange(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(intermediate_clear)
	struct intermediate intermediate = INTERMEDIATE_INIT;
	enum api_error error = intermediate_find(rq,
	    param_string(rq, "intermediate_session_token"), &intermediate);

	if (error == API_OK)
		error = organization_param(rq, &party.organization);
	if (error == API_OK)
		error = join_discovered(rq, &party.organization, &intermediate,
		    &party.member);
	return error != API_OK ? error : enter(rq, &party);
}

enum api_error
b2b_discovery_organizations_create(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(intermediate_clear)
	struct intermediate intermediate = INTERMEDIATE_INIT;
	const char *name = param_string(rq, "organization_name");
	enum api_error error = intermediate_find(rq,
	    param_string(rq, "intermediate_session_token"), &intermediate);

	if (error != API_OK)
		return error;
	if (intermediate.member_id[0] != '\0')
		return API_INVALID_INTERMEDIATE_SESSION_TOKEN_FOR_ORGANIZATION;
	if (!factors_prove_email(intermediate.factors))
		return API_EMAIL_VERIFICATION_REQUIRED;
	organization_init(rq,
	    name != NULL ? name : address_domain(intermediate.email),
	    &party.organization);
	error = organization_apply(rq, &party.organization, rq->params, true);
	if (error == API_OK)
		error = policy_domain_free(rq, &party.organization,
		    intermediate.email);
	if (error != API_OK)
		return error;
	member_init(rq, &party.organization, intermediate.email, "active",
	    &party.member);
	json_push_string(party.member.roles, ROLE_ADMIN);
	member_save(rq, &party.member);
	return enter(rq, &party);
}
