/* SPDX-License-Identifier: BSD-2-Clause */
/* The endpoints of member sessions. */
#include "config.h"

#include "sandbox/b2b_join.h"
#include "sandbox/b2b_login.h"
#include "sandbox/b2b_rbac.h"
#include "sandbox/lock.h"

#include <string.h>

/* What b2b_sessions_get() collects. */
struct listing {
	const struct party *party;
	cJSON *sessions;
};

static void
list_one(struct request *rq, const struct session *session, void *data)
{
	struct listing *listing = data;
	const struct organization *organization = &listing->party->organization;
	CLEANUP(json_free)
	cJSON *roles = member_role_ids(rq, organization,
	    &listing->party->member, session->factors);
	const struct session_view view = {
		.roles = roles,
		.organization_slug =
		    organization_text(organization, "organization_slug"),
	};

	json_push(listing->sessions, session_json(rq, session, &view));
}

enum api_error
b2b_sessions_get(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	struct listing listing = { .party = &party };
	enum api_error error = party_params(rq, &party);

	if (error != API_OK)
		return error;
	listing.sessions = json_array();
	session_each(rq, party.member.id.text, list_one, &listing);
	json_set(rq->reply, "member_sessions", listing.sessions);
	return API_OK;
}

/* The parameter authorization_check against the session's member. */
static enum api_error
check_authorization(struct request *rq, const struct party *party,
    const struct session *session)
{
	CLEANUP(organization_clear)
	struct organization asked = ORGANIZATION_INIT;
	CLEANUP(json_free)
	cJSON *roles = member_role_ids(rq, &party->organization, &party->member,
	    session->factors);
	const cJSON *check = param_json(rq, "authorization_check");
	const char *resource = json_string(check, "resource_id");
	const char *action = json_string(check, "action");
	const char *organization = json_string(check, "organization_id");
	cJSON *granting, *verdict;
	bool authorized;

	if (check == NULL)
		return API_OK;
	if (resource == NULL || action == NULL || organization == NULL)
		return request_refuse(rq, API_BAD_REQUEST,
		    "authorization_check needs organization_id, resource_id "
		    "and action.");
	if (organization_find(rq, organization, &asked) != API_OK ||
	    strcmp(asked.id.text, party->organization.id.text) != 0)
		return API_SESSION_AUTHORIZATION_TENANCY_ERROR;
	granting =
	    rbac_granting(rq, &party->organization, roles, resource, action);
	authorized = cJSON_GetArraySize(granting) > 0;
	verdict = json_object();
	json_set_bool(verdict, "authorized", authorized);
	json_set(verdict, "granting_roles", granting);
	json_set(rq->reply, "verdict", verdict);
	return authorized ? API_OK : API_SESSION_AUTHORIZATION_ERROR;
}

enum api_error
b2b_sessions_authenticate(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	int64_t minutes = param_int(rq, "session_duration_minutes", 0);
	bool given;
	enum api_error error = session_from_params(rq, &session, &given);

	if (error == API_OK && !given)
		error = API_NO_SESSION_ARGUMENTS;
	if (error == API_OK)
		error = party_by_member(rq, session.owner_id, &party);
	if (error == API_OK)
		error = check_authorization(rq, &party, &session);
	if (error == API_OK)
		error = session_merge_claims(rq, &session);
	if (error == API_OK && minutes != 0)
		error = session_extend(rq, &session, minutes);
	if (error != API_OK)
		return error;
	session.last_accessed_at = rq->now_us;
	session_save(rq, &session);
	json_set(rq->reply, "member",
	    member_json(rq, &party.organization, &party.member));
	json_set(rq->reply, "organization", json_copy(party.organization.body));
	login_session_reply(rq, &party, &session);
	return API_OK;
}

/* Whether a calling member may end sessions of that one. */
static enum api_error
may_revoke(struct request *rq, const char *member_id)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = party_by_member(rq, member_id, &party);

	return error != API_OK
	    ? error
	    : rbac_check_caller(rq, &party.organization, &party.member);
}

static enum api_error
revoke_by_id(struct request *rq, const char *session_id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	CLEANUP(string_free) char *owner = NULL;
	enum api_error error;

	query_open(&query, rq->store,
	    "SELECT owner_id FROM sessions WHERE session_id = ? AND "
	    "project_id = ? AND expires_at > ?",
	    "ssi", session_id, rq->project->id, rq->now_us);
	if (!query_next(&query))
		return API_SESSION_NOT_FOUND;
	owner = strdup(query_text(&query, 0));
	query_close(&query);
	if (owner == NULL)
		return API_INTERNAL_SERVER_ERROR;
	error = may_revoke(rq, owner);
	if (error == API_OK)
		session_revoke(rq, session_id);
	return error;
}

enum api_error
b2b_sessions_revoke(struct request *rq)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	const char *session_id = param_string(rq, "member_session_id");
	const char *member_id = param_string(rq, "member_id");
	bool given;
	enum api_error error;

	if (session_id != NULL)
		return revoke_by_id(rq, session_id);
	if (member_id != NULL) {
		error = may_revoke(rq, member_id);
		if (error == API_OK)
			session_revoke_owner(rq, member_id, NULL);
		return error;
	}
	error = session_from_params(rq, &session, &given);
	if (error == API_OK)
		error = may_revoke(rq, session.owner_id);
	if (error == API_OK)
		session_revoke(rq, session.session_id);
	return error;
}

/* The factors that go along into another organization. */
static bool
carry_factors(struct request *rq, const struct session *from,
    struct session *to)
{
	const cJSON *factor;
	bool carried = false;

	cJSON_ArrayForEach (factor, from->factors) {
		if (!factor_proves_email(factor))
			continue;
		json_push(to->factors, json_copy(factor));
		carried = true;
	}
	(void)rq;
	return carried;
}

enum api_error
b2b_sessions_exchange(struct request *rq)
{
	CLEANUP(party_clear) struct party from = PARTY_INIT;
	CLEANUP(party_clear) struct party to = PARTY_INIT;
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	bool given;
	enum api_error error = session_from_params(rq, &session, &given);

	if (error == API_OK)
		error = party_by_member(rq, session.owner_id, &from);
	if (error == API_OK)
		error = organization_param(rq, &to.organization);
	if (error != API_OK)
		return error;
	if (!member_by_email(rq, &to.organization,
		member_text(&from.member, "email_address"), &to.member) ||
	    member_is(&to.member, "deleted"))
		return API_MEMBER_NOT_FOUND;
	error = lock_check(rq, to.member.id.text);
	if (error != API_OK)
		return error;
	session_begin(rq, to.member.id.text, to.organization.id.text,
	    &login.session);
	if (!carry_factors(rq, &session, &login.session))
		return API_INSUFFICIENT_FACTORS_FOR_SESSION_EXCHANGE;
	login_prove_email(rq, &to);
	return login_primary(rq, &to, &login, NULL);
}
