/* SPDX-License-Identifier: BSD-2-Clause */
/* impersonation.authenticate and b2b.impersonation.authenticate. */
#include "config.h"

#include "sandbox/impersonation.h"

#include "sandbox/b2b_login.h"
#include "sandbox/user.h"

#include <string.h>

#define TOKEN_MINUTES 5

/* The user or member that the wish names. */
static enum api_error
find_owner(struct request *rq, const cJSON *wish, struct id *out_id)
{
	bool b2b = rq->project->vertical == VERTICAL_B2B;
	const char *key = json_string(wish, b2b ? "member_id" : "user_id");
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error;

	if (key == NULL)
		return b2b ? API_MEMBER_NOT_FOUND : API_USER_NOT_FOUND;
	if (!b2b)
		return user_find(rq, key, out_id);
	error = party_by_member(rq, key, &party);
	if (error == API_OK)
		*out_id = party.member.id;
	return error;
}

enum api_error
impersonation_make_token(struct request *rq, const cJSON *wish, cJSON *reply)
{
	const char *email = json_string(wish, "impersonator_email_address");
	struct id owner, impersonator;
	enum api_error error = find_owner(rq, wish, &owner);
	struct token token;

	if (error != API_OK)
		return error;
	token_make(TOKEN_LEN, &token);
	id_make("impersonator", rq->project->environment, &impersonator);
	store_run(rq->store,
	    "INSERT INTO impersonations VALUES (?, ?, ?, ?, ?, ?)", "sssssi",
	    token.text, rq->project->id, owner.text, impersonator.text,
	    email != NULL ? email : "admin@example.com",
	    rq->now_us + TOKEN_MINUTES * MINUTE_US);
	json_set_string(reply, "impersonation_token", token.text);
	return API_OK;
}

bool
impersonation_is(const cJSON *factors)
{
	const cJSON *factor;

	cJSON_ArrayForEach (factor, factors) {
		const char *type = json_string(factor, "type");

		if (type != NULL && strcmp(type, "impersonated") == 0)
			return true;
	}
	return false;
}

/* Use up the parameter impersonation_token: whose it is, and the factor. */
static enum api_error
take_token(struct request *rq, struct id *out_owner, cJSON **out_factor)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	const char *token = param_string(rq, "impersonation_token");
	cJSON *detail;

	query_open(&query, rq->store,
	    "SELECT owner_id, impersonator_id, impersonator_email FROM "
	    "impersonations WHERE token = ? AND project_id = ? AND expires_at "
	    "> ?",
	    "ssi", token, rq->project->id, rq->now_us);
	if (!query_next(&query))
		return API_UNABLE_TO_AUTH_IMPERSONATION_TOKEN;
	query_copy(&query, 0, out_owner->text, sizeof(out_owner->text));
	detail = json_object();
	json_set_string(detail, "impersonator_id", query_text(&query, 1));
	json_set_string(detail, "impersonator_email_address",
	    query_text(&query, 2));
	*out_factor = factor_make(rq, "impersonated", "impersonation");
	json_set(*out_factor, "impersonated_factor", detail);
	query_close(&query);
	store_run(rq->store, "DELETE FROM impersonations WHERE token = ?", "s",
	    token);
	return API_OK;
}

/* The session of an hour that such a token gives. */
static void
begin(struct request *rq, const char *owner_id, const char *organization_id,
    cJSON *factor, struct session *session)
{
	session_begin(rq, owner_id, organization_id, session);
	session_add_factor(rq, session, factor);
	session->expires_at = rq->now_us + SESSION_MINUTES * MINUTE_US;
	session_save(rq, session);
}

enum api_error
impersonation_authenticate(struct request *rq)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	CLEANUP(json_free) cJSON *roles = NULL;
	CLEANUP(json_free) cJSON *factor = NULL;
	struct session_view view = { .roles = NULL };
	struct id owner, user;
	enum api_error error = take_token(rq, &owner, &factor);

	if (error == API_OK)
		error = user_find(rq, owner.text, &user);
	if (error != API_OK)
		return error;
	begin(rq, user.text, NULL, STEAL(factor), &session);
	roles = user_session_roles(rq, user.text);
	view.roles = roles;
	json_set_string(rq->reply, "user_id", user.text);
	json_set(rq->reply, "user", user_json(rq, user.text));
	session_reply(rq, &session, &view, "session");
	return API_OK;
}

enum api_error
b2b_impersonation_authenticate(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	CLEANUP(json_free) cJSON *factor = NULL;
	struct id owner;
	enum api_error error = take_token(rq, &owner, &factor);

	if (error == API_OK)
		error = party_by_member(rq, owner.text, &party);
	if (error != API_OK)
		return error;
	begin(rq, party.member.id.text, party.organization.id.text,
	    STEAL(factor), &session);
	party_reply(rq, &party);
	json_set_string(rq->reply, "organization_id",
	    party.organization.id.text);
	login_session_reply(rq, &party, &session);
	intermediate_reply(rq, NULL);
	json_set_bool(rq->reply, "member_authenticated", true);
	json_set_null(rq->reply, "mfa_required");
	return API_OK;
}
