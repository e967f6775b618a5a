/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions: state, factors, claims, JSON and JWT. */
#include "config.h"

#include "sandbox/session.h"

#include "sandbox/impersonation.h"
#include "sandbox/key.h"
#include "sandbox/settings.h"

#include <stdlib.h>
#include <string.h>

#define CLAIMS_MAX 4096
#define JWT_SECONDS 300
#define CLAIM_SESSION "https://stytch.com/session"
#define CLAIM_ORGANIZATION "https://stytch.com/organization"

#define SESSION_COLUMNS \
	"session_id, owner_id, coalesce(organization_id, ''), token, " \
	"coalesce(ip_address, ''), coalesce(user_agent, ''), factors, " \
	"claims, started_at, last_accessed_at, expires_at"

void
session_clear(struct session *session)
{
	json_free(&session->factors);
	json_free(&session->claims);
	memset(session, 0, sizeof(*session));
}

static void
copy_text(char *out, size_t size, const char *text)
{
	size_t len = text != NULL ? strnlen(text, size - 1) : 0;

	if (len > 0)
		memcpy(out, text, len);
	out[len] = '\0';
}

static void
read_row(struct query *query, struct session *out)
{
	query_copy(query, 0, out->session_id, sizeof(out->session_id));
	query_copy(query, 1, out->owner_id, sizeof(out->owner_id));
	query_copy(query, 2, out->organization_id,
	    sizeof(out->organization_id));
	query_copy(query, 3, out->token, sizeof(out->token));
	query_copy(query, 4, out->ip_address, sizeof(out->ip_address));
	query_copy(query, 5, out->user_agent, sizeof(out->user_agent));
	out->factors = json_parse_stored(query_text(query, 6), "[]");
	out->claims = json_parse_stored(query_text(query, 7), "{}");
	out->started_at = query_int(query, 8);
	out->last_accessed_at = query_int(query, 9);
	out->expires_at = query_int(query, 10);
}

/* ---- Finding. ---- */

static enum api_error
find_by_token(struct request *rq, const char *token, struct session *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	if (!token_is_wellformed(token, TOKEN_LEN))
		return API_INVALID_SESSION_TOKEN;
	query_open(&query, rq->store,
	    "SELECT " SESSION_COLUMNS " FROM sessions WHERE token = ? AND "
	    "project_id = ? AND expires_at > ?",
	    "ssi", token, rq->project->id, rq->now_us);
	if (!query_next(&query))
		return API_SESSION_NOT_FOUND;
	read_row(&query, out);
	return API_OK;
}

static enum api_error
find_by_jwt(struct request *rq, const char *jwt, struct session *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	CLEANUP(json_free) cJSON *claims = key_verify(rq, jwt);
	const char *id = json_string(json_get(claims, CLAIM_SESSION), "id");

	if (id == NULL)
		return API_UNABLE_TO_PARSE_SESSION_JWT;
	query_open(&query, rq->store,
	    "SELECT " SESSION_COLUMNS " FROM sessions WHERE session_id = ? "
	    "AND project_id = ? AND expires_at > ?",
	    "ssi", id, rq->project->id, rq->now_us);
	if (!query_next(&query))
		return API_SESSION_NOT_FOUND;
	read_row(&query, out);
	return API_OK;
}

enum api_error
session_find(struct request *rq, const char *token, const char *jwt,
    struct session *out_session)
{
	if (token != NULL)
		return find_by_token(rq, token, out_session);
	return find_by_jwt(rq, jwt, out_session);
}

/* Whether the parameter session_token is a foreign one. */
static bool
token_is_foreign(const struct request *rq)
{
	return rq->endpoint->id == STYTCH_SESSIONS_MIGRATE ||
	    rq->endpoint->id == STYTCH_B2B_SESSIONS_MIGRATE;
}

enum api_error
session_from_params(struct request *rq, struct session *out_session,
    bool *out_given)
{
	const char *token = param_string(rq, "session_token");
	const char *jwt = param_string(rq, "session_jwt");

	*out_given = (token != NULL || jwt != NULL) && !token_is_foreign(rq);
	if (!*out_given)
		return API_OK;
	if (token != NULL && jwt != NULL)
		return API_TOO_MANY_SESSION_ARGUMENTS;
	return session_find(rq, token, jwt, out_session);
}

void
session_each(struct request *rq, const char *owner_id,
    void (*use)(struct request *rq, const struct session *session, void *data),
    void *data)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT " SESSION_COLUMNS " FROM sessions WHERE owner_id = ? AND "
	    "project_id = ? AND expires_at > ? ORDER BY started_at",
	    "ssi", owner_id, rq->project->id, rq->now_us);
	while (query_next(&query)) {
		CLEANUP(session_clear) struct session session = SESSION_INIT;

		read_row(&query, &session);
		use(rq, &session, data);
	}
}

/* ---- Making and changing. ---- */

void
session_begin(struct request *rq, const char *owner_id,
    const char *organization_id, struct session *out_session)
{
	const cJSON *attributes = param_json(rq, "attributes");
	bool b2b = rq->project->vertical == VERTICAL_B2B;
	struct token token;
	struct id id;

	request_id_make(rq, b2b ? "member-session" : "session", &id);
	token_make(TOKEN_LEN, &token);
	memset(out_session, 0, sizeof(*out_session));
	copy_text(out_session->session_id, sizeof(out_session->session_id),
	    id.text);
	copy_text(out_session->token, sizeof(out_session->token), token.text);
	copy_text(out_session->owner_id, sizeof(out_session->owner_id),
	    owner_id);
	copy_text(out_session->organization_id,
	    sizeof(out_session->organization_id), organization_id);
	copy_text(out_session->ip_address, sizeof(out_session->ip_address),
	    json_string(attributes, "ip_address"));
	copy_text(out_session->user_agent, sizeof(out_session->user_agent),
	    json_string(attributes, "user_agent"));
	out_session->factors = json_array();
	out_session->claims = json_object();
	out_session->started_at = rq->now_us;
	out_session->last_accessed_at = rq->now_us;
	out_session->expires_at = rq->now_us;
}

cJSON *
factor_make(struct request *rq, const char *type, const char *delivery)
{
	cJSON *factor = json_object();

	json_set_string(factor, "type", type);
	json_set_string(factor, "delivery_method", delivery);
	json_set_time(factor, "last_authenticated_at", rq->now_us);
	json_set_time(factor, "created_at", rq->now_us);
	json_set_time(factor, "updated_at", rq->now_us);
	return factor;
}

cJSON *
factor_email(struct request *rq, const char *type, const char *email_id,
    const char *email)
{
	cJSON *factor = factor_make(rq, type, "email");
	cJSON *detail = json_object();

	json_set_string(detail, "email_id", email_id);
	json_set_string(detail, "email_address", email);
	json_set(factor, "email_factor", detail);
	return factor;
}

cJSON *
factor_phone(struct request *rq, const char *channel, const char *phone_id,
    const char *phone_number)
{
	cJSON *factor = factor_make(rq, "otp", channel);
	cJSON *detail = json_object();

	json_set_string(detail, "phone_id", phone_id);
	json_set_string(detail, "phone_number", phone_number);
	json_set(factor, "phone_number_factor", detail);
	return factor;
}

const struct factor_kind factor_access_token = { .type = "oauth",
	.delivery = "oauth_access_token_exchange",
	.detail = "oauth_access_token_exchange_factor",
	.member = "client_id" };
const struct factor_kind factor_embedded_link = { .type = "magic_link",
	.delivery = "embedded",
	.detail = "embeddable_magic_link_factor",
	.member = "embedded_id" };
const struct factor_kind factor_recovery_code = { .type = "recovery_codes",
	.delivery = "recovery_code",
	.detail = "recovery_code_factor",
	.member = "totp_recovery_code_id" };
const struct factor_kind factor_totp = { .type = "totp",
	.delivery = "authenticator_app",
	.detail = "authenticator_app_factor",
	.member = "totp_id" };
const struct factor_kind factor_trusted_token = { .type = "trusted_auth_token",
	.delivery = "trusted_token_exchange",
	.detail = "trusted_auth_token_factor",
	.member = "token_id" };

cJSON *
factor_detail(struct request *rq, const struct factor_kind *kind,
    const char *id)
{
	cJSON *factor = factor_make(rq, kind->type, kind->delivery);
	cJSON *object = json_object();

	json_set_string(object, kind->member, id);
	json_set(factor, kind->detail, object);
	return factor;
}

static bool
is_time_member(const cJSON *member)
{
	size_t len = strlen(member->string);

	return len > 3 && strcmp(member->string + len - 3, "_at") == 0;
}

/* Whether every member of a but the times is the same in b. */
static bool
covers(const cJSON *a, const cJSON *b)
{
	const cJSON *member;

	cJSON_ArrayForEach (member, a) {
		if (!is_time_member(member) &&
		    !cJSON_Compare(member, json_get(b, member->string), true))
			return false;
	}
	return true;
}

void
session_add_factor(struct request *rq, struct session *session, cJSON *factor)
{
	cJSON *there;

	cJSON_ArrayForEach (there, session->factors) {
		if (factor == NULL || !covers(there, factor) ||
		    !covers(factor, there))
			continue;
		json_set_time(there, "last_authenticated_at", rq->now_us);
		json_set_time(there, "updated_at", rq->now_us);
		cJSON_Delete(factor);
		return;
	}
	json_push(session->factors, factor);
}

enum api_error
session_extend(struct request *rq, struct session *session, int64_t minutes)
{
	if (minutes > settings_int(rq, "session_max_minutes"))
		return API_INVALID_SESSION_DURATION;
	if (impersonation_is(session->factors))
		return API_OK;
	session->expires_at = rq->now_us + minutes * MINUTE_US;
	return API_OK;
}

bool
claim_is_registered(const char *name)
{
	static const char *const names[] = { "iss", "sub", "aud", "exp", "nbf",
		"iat", "jti" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

enum api_error
session_merge_claims(struct request *rq, struct session *session)
{
	CLEANUP(string_free) char *text = NULL;
	const cJSON *claim;

	cJSON_ArrayForEach (claim, param_json(rq, "session_custom_claims")) {
		if (strncmp(claim->string, "https://stytch.com/", 19) == 0)
			return API_STYTCH_CLAIMS_IN_CUSTOM_CLAIMS;
		if (claim_is_registered(claim->string))
			continue;
		if (cJSON_IsNull(claim))
			cJSON_DeleteItemFromObjectCaseSensitive(session->claims,
			    claim->string);
		else
			json_set(session->claims, claim->string,
			    json_copy(claim));
	}
	text = json_text(session->claims);
	return text != NULL && strlen(text) > CLAIMS_MAX
	    ? API_CUSTOM_CLAIMS_TOO_LARGE
	    : API_OK;
}

void
session_save(struct request *rq, const struct session *session)
{
	CLEANUP(string_free) char *factors = json_text(session->factors);
	CLEANUP(string_free) char *claims = json_text(session->claims);

	store_run(rq->store,
	    "INSERT INTO sessions (session_id, project_id, owner_id, "
	    "organization_id, token, factors, claims, ip_address, "
	    "user_agent, started_at, last_accessed_at, expires_at) VALUES "
	    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT "
	    "(session_id) DO UPDATE SET factors = ?6, claims = ?7, "
	    "last_accessed_at = ?11, expires_at = ?12",
	    "sssssssssiii", session->session_id, rq->project->id,
	    session->owner_id,
	    session->organization_id[0] != '\0' ? session->organization_id
						: NULL,
	    session->token, factors, claims, session->ip_address,
	    session->user_agent, session->started_at, session->last_accessed_at,
	    session->expires_at);
}

void
session_revoke(struct request *rq, const char *session_id)
{
	store_run(rq->store,
	    "DELETE FROM sessions WHERE session_id = ? AND project_id = ?",
	    "ss", session_id, rq->project->id);
}

void
session_revoke_owner(struct request *rq, const char *owner_id,
    const char *but_session_id)
{
	store_run(rq->store,
	    "DELETE FROM sessions WHERE owner_id = ?1 AND project_id = ?2 "
	    "AND (?3 IS NULL OR session_id <> ?3)",
	    "sss", owner_id, rq->project->id, but_session_id);
}

/* ---- Showing. ---- */

static cJSON *
attributes_json(const struct session *session)
{
	cJSON *attributes = json_object();

	json_set_string(attributes, "ip_address", session->ip_address);
	json_set_string(attributes, "user_agent", session->user_agent);
	return attributes;
}

cJSON *
session_json(const struct request *rq, const struct session *session,
    const struct session_view *view)
{
	bool b2b = rq->project->vertical == VERTICAL_B2B;
	cJSON *object = json_object();

	json_set_string(object, b2b ? "member_session_id" : "session_id",
	    session->session_id);
	json_set_string(object, b2b ? "member_id" : "user_id",
	    session->owner_id);
	if (b2b) {
		json_set_string(object, "organization_id",
		    session->organization_id);
		json_set_string(object, "organization_slug",
		    view->organization_slug);
	}
	json_set_time(object, "started_at", session->started_at);
	json_set_time(object, "last_accessed_at", session->last_accessed_at);
	json_set_time(object, "expires_at", session->expires_at);
	if (!b2b)
		json_set(object, "attributes", attributes_json(session));
	json_set(object, "authentication_factors", json_copy(session->factors));
	json_set(object, "roles", json_copy(view->roles));
	json_set(object, "custom_claims", json_copy(session->claims));
	return object;
}

/* JWTs have whole seconds: cut the fractions of every time in value. */
static void
cut_fractions(cJSON *value)
{
	cJSON *member;

	cJSON_ArrayForEach (member, value) {
		char *dot;

		if (cJSON_IsObject(member) || cJSON_IsArray(member))
			cut_fractions(member);
		if (!cJSON_IsString(member) || member->string == NULL ||
		    !is_time_member(member))
			continue;
		dot = strchr(member->valuestring, '.');
		if (dot != NULL)
			memcpy(dot, "Z", 2);
	}
}

static cJSON *
session_claim(const struct session *session, const struct session_view *view)
{
	cJSON *claim = json_object();

	json_set_string(claim, "id", session->session_id);
	json_set_time(claim, "started_at", session->started_at);
	json_set_time(claim, "last_accessed_at", session->last_accessed_at);
	json_set_time(claim, "expires_at", session->expires_at);
	json_set(claim, "attributes", attributes_json(session));
	json_set(claim, "authentication_factors", json_copy(session->factors));
	json_set(claim, "roles", json_copy(view->roles));
	cut_fractions(claim);
	return claim;
}

static void
add_organization(cJSON *claims, const struct session *session,
    const struct session_view *view)
{
	cJSON *organization = json_object();

	json_set_string(organization, "organization_id",
	    session->organization_id);
	json_set_string(organization, "slug", view->organization_slug);
	json_set(claims, CLAIM_ORGANIZATION, organization);
}

char *
session_jwt(struct request *rq, const struct session *session,
    const struct session_view *view)
{
	CLEANUP(json_free) cJSON *claims = json_copy(session->claims);
	CLEANUP(buf_clear) struct buf issuer = BUF_INIT(256);
	cJSON *audience = json_array();
	int64_t now = rq->now_us / SECOND_US;

	buf_addf(&issuer, "stytch.com/%s", rq->project->id);
	store_fail(rq->store, buf_error(&issuer));
	json_push_string(audience, rq->project->id);
	json_set(claims, "aud", audience);
	json_set_int(claims, "iat", now);
	json_set_int(claims, "nbf", now);
	json_set_int(claims, "exp", now + JWT_SECONDS);
	json_set_string(claims, "iss", buf_text(&issuer));
	json_set_string(claims, "sub", session->owner_id);
	json_set(claims, CLAIM_SESSION, session_claim(session, view));
	if (rq->project->vertical == VERTICAL_B2B)
		add_organization(claims, session, view);
	return key_sign(rq, claims);
}

void
session_reply(struct request *rq, const struct session *session,
    const struct session_view *view, const char *name)
{
	CLEANUP(string_free) char *jwt = NULL;

	if (session == NULL) {
		json_set_null(rq->reply, name);
		json_set_string(rq->reply, "session_token", "");
		json_set_string(rq->reply, "session_jwt", "");
		return;
	}
	jwt = session_jwt(rq, session, view);
	json_set(rq->reply, name, session_json(rq, session, view));
	json_set_string(rq->reply, "session_token", session->token);
	json_set_string(rq->reply, "session_jwt", jwt);
}

/* ---- Roles. ---- */

static bool
permission_covers(const cJSON *permission, const char *resource_id,
    const char *action)
{
	const char *resource = json_string(permission, "resource_id");
	const cJSON *actions = json_get(permission, "actions");

	return resource != NULL && strcmp(resource, resource_id) == 0 &&
	    (json_has_string(actions, action) || json_has_string(actions, "*"));
}

bool
roles_allow(struct request *rq, const cJSON *roles, const char *resource_id,
    const char *action, cJSON *granting)
{
	CLEANUP(json_free) cJSON *policy = project_policy(rq);
	const cJSON *role, *permission;
	bool allowed = false;

	cJSON_ArrayForEach (role, json_get(policy, "roles")) {
		const char *id = json_string(role, "role_id");

		if (id == NULL || !json_has_string(roles, id))
			continue;
		cJSON_ArrayForEach (permission, json_get(role, "permissions")) {
			if (!permission_covers(permission, resource_id, action))
				continue;
			allowed = true;
			if (granting != NULL)
				json_push_string(granting, id);
			break;
		}
	}
	return allowed;
}
