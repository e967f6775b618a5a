/* SPDX-License-Identifier: BSD-2-Clause */
/* sessions.*: of users; and those that begin with a token from elsewhere. */
#include "config.h"

#include "sandbox/contact.h"
#include "sandbox/foreign.h"
#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/session.h"
#include "sandbox/user.h"

#include <string.h>

static void
list_one(struct request *rq, const struct session *session, void *data)
{
	CLEANUP(json_free)
	cJSON *roles = user_session_roles(rq, session->owner_id);
	const struct session_view view = { .roles = roles };

	json_push(data, session_json(rq, session, &view));
}

enum api_error
sessions_get(struct request *rq)
{
	cJSON *list = json_array();
	struct id user_id;
	enum api_error error;

	json_set(rq->reply, "sessions", list);
	error = user_find(rq, param_string(rq, "user_id"), &user_id);
	if (error == API_OK)
		session_each(rq, user_id.text, list_one, list);
	return error;
}

/* ---- Authenticate. ---- */

static enum api_error
check_authorization(struct request *rq, const cJSON *roles)
{
	const cJSON *check = param_json(rq, "authorization_check");
	cJSON *verdict, *granting;
	bool allowed;

	if (check == NULL)
		return API_OK;
	granting = json_array();
	allowed = roles_allow(rq, roles, json_string(check, "resource_id"),
	    json_string(check, "action"), granting);
	verdict = json_object();
	json_set_bool(verdict, "authorized", true);
	json_set(verdict, "granting_roles", granting);
	json_set(rq->reply, "verdict", verdict);
	return allowed ? API_OK : API_CONSUMER_SESSION_AUTHORIZATION_ERROR;
}

static void
answer_session(struct request *rq, const struct session *session,
    const cJSON *roles)
{
	const struct session_view view = { .roles = roles };

	session_reply(rq, session, &view, "session");
	json_set(rq->reply, "user", user_json(rq, session->owner_id));
}

/* The session that every test project has; it is nowhere kept. */
static enum api_error
authenticate_magic(struct request *rq)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	CLEANUP(json_free) cJSON *roles = user_session_roles(rq, MAGIC_USER);

	session_begin(rq, MAGIC_USER, NULL, &session);
	memcpy(session.session_id, MAGIC_SESSION_ID, sizeof(MAGIC_SESSION_ID));
	memcpy(session.token, MAGIC_SESSION, sizeof(MAGIC_SESSION));
	if (time_parse("2021-08-28T00:41:58.935673Z", &session.started_at) != 0)
		return API_INTERNAL_SERVER_ERROR;
	session.expires_at = rq->now_us + 60 * MINUTE_US;
	session_add_factor(rq, &session,
	    factor_email(rq, "magic_link", MAGIC_EMAIL_ID, MAGIC_EMAIL));
	answer_session(rq, &session, roles);
	return API_OK;
}

enum api_error
sessions_authenticate(struct request *rq)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	CLEANUP(json_free) cJSON *roles = NULL;
	const char *token = param_string(rq, "session_token");
	int64_t minutes = param_int(rq, "session_duration_minutes", 0);
	enum api_error error;
	bool given;

	if (magic_is(rq, token, MAGIC_SESSION))
		return authenticate_magic(rq);
	error = session_from_params(rq, &session, &given);
	if (error != API_OK)
		return error;
	roles = user_session_roles(rq, session.owner_id);
	error = check_authorization(rq, roles);
	if (error == API_OK && minutes != 0)
		error = session_extend(rq, &session, minutes);
	if (error == API_OK)
		error = session_merge_claims(rq, &session);
	if (error != API_OK)
		return error;
	session.last_accessed_at = rq->now_us;
	session_save(rq, &session);
	answer_session(rq, &session, roles);
	return API_OK;
}

enum api_error
sessions_revoke(struct request *rq)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	const char *id = param_string(rq, "session_id");
	enum api_error error;
	bool given;

	if (id == NULL) {
		error = session_from_params(rq, &session, &given);
		if (error != API_OK)
			return error;
		id = session.session_id;
	}
	session_revoke(rq, id);
	return store_changes(rq->store) > 0 ? API_OK : API_SESSION_NOT_FOUND;
}

/* ---- Tokens from elsewhere. ---- */

/* Log in the user with that address, who must be there. */
static enum api_error
login_by_email(struct request *rq, const char *email, cJSON *factor)
{
	CLEANUP(json_free) cJSON *owned = factor;
	struct contact contact;
	enum api_error error;

	if (email == NULL || !contact_find(rq, CONTACT_EMAIL, email, &contact))
		return API_MIGRATE_FROM_EXTERNAL_EMAIL_DOES_NOT_EXIST;
	error = lock_check(rq, contact.user_id);
	if (error != API_OK)
		return error;
	return user_login(rq, contact.user_id, STEAL(owned));
}

enum api_error
sessions_migrate(struct request *rq)
{
	CLEANUP(json_free) cJSON *person = NULL;
	enum api_error error = foreign_userinfo(rq, &person);

	return error != API_OK
	    ? error
	    : login_by_email(rq, json_string(person, "email"),
		  factor_make(rq, "imported", "imported_auth0"));
}

enum api_error
sessions_attest(struct request *rq)
{
	CLEANUP(json_free) cJSON *claims = NULL;
	enum api_error error = foreign_attest(rq, &claims);

	return error != API_OK
	    ? error
	    : login_by_email(rq, json_string(claims, "email"),
		  factor_detail(rq, &factor_trusted_token,
		      json_string(claims, "jti")));
}

enum api_error
sessions_exchange_access_token(struct request *rq)
{
	CLEANUP(json_free) cJSON *claims = NULL;
	enum api_error error = foreign_access_token(rq, &claims);
	struct id user_id;

	if (error != API_OK)
		return error;
	if (user_find(rq, json_string(claims, "sub"), &user_id) != API_OK)
		return API_IDP_ACCESS_TOKEN_NOT_FOUND;
	return user_login(rq, user_id.text,
	    factor_detail(rq, &factor_access_token,
		json_string(claims, "client_id")));
}
