/* SPDX-License-Identifier: BSD-2-Clause */
/* sessions.*: of users; and those that begin with a token from elsewhere. */
#include "config.h"

#include "sandbox/contact.h"
#include "sandbox/key.h"
#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/session.h"
#include "sandbox/settings.h"
#include "sandbox/user.h"

#include <string.h>

#define EXCHANGE_SECONDS 300 /* how old an access token may be */

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

/* The setting userinfo says what the project's userinfo URL would. */
enum api_error
sessions_migrate(struct request *rq)
{
	CLEANUP(json_free) cJSON *userinfo = settings_json(rq, "userinfo");
	const cJSON *person;

	if (!cJSON_IsObject(userinfo))
		return API_MIGRATE_FROM_EXTERNAL_MISSING_USERINFO;
	person = json_get(userinfo, param_string(rq, "session_token"));
	if (!cJSON_IsObject(person))
		return API_MIGRATE_FROM_EXTERNAL_UNEXPECTED_RESPONSE;
	return login_by_email(rq, json_string(person, "email"),
	    factor_make(rq, "imported", "imported_auth0"));
}

/* Whether a member of claims, a string or an array of them, has value. */
static bool
claim_has(const cJSON *claims, const char *name, const char *value)
{
	const cJSON *claim = json_get(claims, name);

	if (value == NULL)
		return false;
	return cJSON_IsString(claim) ? strcmp(claim->valuestring, value) == 0
				     : json_has_string(claim, value);
}

enum api_error
sessions_attest(struct request *rq)
{
	CLEANUP(json_free)
	cJSON *profiles = settings_json(rq, "trusted_auth_profiles");
	const cJSON *profile =
	    json_get(profiles, param_string(rq, "profile_id"));
	CLEANUP(json_free) cJSON *claims = NULL;
	const char *id;

	if (profile == NULL)
		return API_INVALID_ID;
	claims = key_verify_with(json_get(profile, "jwks"),
	    param_string(rq, "token"));
	if (claims == NULL)
		return API_INVALID_TOKEN;
	if (!claim_has(claims, "iss", json_string(profile, "issuer")))
		return API_JWT_INVALID_ISSUER;
	if (!claim_has(claims, "aud", json_string(profile, "audience")))
		return API_JWT_INVALID_AUDIENCE;
	if (json_int(claims, "exp", 0) * SECOND_US <= rq->now_us)
		return API_JWT_INVALID_CLAIMS;
	id = json_string(claims, "jti");
	return login_by_email(rq, json_string(claims, "email"),
	    factor_detail(rq, "trusted_auth_token", "trusted_token_exchange",
		"trusted_auth_token_factor", "token_id", id));
}

/* Whether a list by blanks has word. */
static bool
has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, word, len) == 0)
			return true;
		list += n + strspn(list + n, " ");
	}
	return false;
}

/* An access token of a connected app: fresh, of full access, used once. */
enum api_error
sessions_exchange_access_token(struct request *rq)
{
	CLEANUP(json_free)
	cJSON *claims = key_verify(rq, param_string(rq, "access_token"));
	const char *id = json_string(claims, "jti");
	const char *subject = json_string(claims, "sub");
	int64_t now = rq->now_us / SECOND_US;
	struct id user_id;

	if (id == NULL || subject == NULL ||
	    user_find(rq, subject, &user_id) != API_OK)
		return API_IDP_ACCESS_TOKEN_NOT_FOUND;
	if (json_int(claims, "exp", 0) <= now)
		return API_IDP_ACCESS_TOKEN_EXPIRED;
	if (!has_word(json_string(claims, "scope"), "full_access"))
		return API_OAUTH_ACCESS_TOKEN_EXCHANGE_MISSING_FULL_ACCESS;
	if (json_int(claims, "iat", 0) + EXCHANGE_SECONDS < now)
		return API_OAUTH_ACCESS_TOKEN_EXCHANGE_TOKEN_TOO_OLD;
	store_run(rq->store, "INSERT OR IGNORE INTO used_tokens VALUES (?)",
	    "s", id);
	if (store_changes(rq->store) == 0)
		return API_OAUTH_ACCESS_TOKEN_EXCHANGE_TOKEN_INVALID_GRANT;
	return user_login(rq, user_id.text,
	    factor_make(rq, "oauth", "oauth_access_token_exchange"));
}
