/* SPDX-License-Identifier: BSD-2-Clause */
/* Consent, authorization codes, refresh tokens. */
#include "config.h"

#include "sandbox/grant.h"

#include "sandbox/b2b_rbac.h"
#include "sandbox/session.h"
#include "sandbox/settings.h"
#include "sandbox/user.h"

#include <string.h>

#define CODE_MINUTES 5
#define REFRESH_MINUTES (365LL * 24 * 60)

/* ---- Subjects. ---- */

void
subject_clear(struct subject *subject)
{
	party_clear(&subject->party);
	json_free(&subject->roles);
	memset(subject, 0, sizeof(*subject));
}

enum api_error
subject_by_id(struct request *rq, const char *id, struct subject *out)
{
	enum api_error error;

	if (rq->project->vertical == VERTICAL_CONSUMER) {
		error = user_find(rq, id, &out->id);
		if (error == API_OK)
			out->roles = user_session_roles(rq, out->id.text);
		return error;
	}
	error = party_by_member(rq, id, &out->party);
	if (error == API_OK && !member_is(&out->party.member, "active"))
		error = API_ACTION_AVAILABLE_ONLY_FOR_ACTIVE_MEMBERS;
	if (error != API_OK)
		return error;
	out->id = out->party.member.id;
	out->roles = member_role_ids(rq, &out->party.organization,
	    &out->party.member, NULL);
	return API_OK;
}

enum api_error
subject_params(struct request *rq, struct subject *out)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	bool given;
	enum api_error error = session_from_params(rq, &session, &given);

	if (error != API_OK)
		return error;
	if (given) {
		memcpy(out->session_id, session.session_id,
		    sizeof(out->session_id));
		error = subject_by_id(rq, session.owner_id, out);
		if (error == API_OK && rq->project->vertical == VERTICAL_B2B) {
			json_free(&out->roles);
			out->roles =
			    member_role_ids(rq, &out->party.organization,
				&out->party.member, session.factors);
		}
		return error;
	}
	if (rq->project->vertical == VERTICAL_CONSUMER)
		return subject_by_id(rq, param_string(rq, "user_id"), out);
	error = party_params(rq, &party);
	return error != API_OK ? error
			       : subject_by_id(rq, party.member.id.text, out);
}

/* ---- Scopes. ---- */

bool
scope_has(const char *list, const char *scope)
{
	size_t len = strlen(scope);

	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, scope, len) == 0)
			return true;
		list += n + strspn(list + n, " ");
	}
	return false;
}

bool
subject_may(struct request *rq, const struct subject *subject,
    const char *resource, const char *action)
{
	CLEANUP(json_free) cJSON *granting = NULL;

	if (rq->project->vertical == VERTICAL_CONSUMER)
		return roles_allow(rq, subject->roles, resource, action, NULL);
	granting = rbac_granting(rq, &subject->party.organization,
	    subject->roles, resource, action);
	return cJSON_GetArraySize(granting) > 0;
}

/* Whether the person may do all that a scope of the policy stands for. */
static bool
may_all(struct request *rq, const struct subject *subject, const cJSON *scope)
{
	const cJSON *permission, *action;

	cJSON_ArrayForEach (permission, json_get(scope, "permissions")) {
		const char *resource = json_string(permission, "resource_id");

		cJSON_ArrayForEach (action, json_get(permission, "actions")) {
			if (resource == NULL || !cJSON_IsString(action) ||
			    !subject_may(rq, subject, resource,
				action->valuestring))
				return false;
		}
	}
	return true;
}

static bool
policy_scope(struct request *rq, const struct subject *subject,
    const char *name, char **out_description)
{
	CLEANUP(json_free) cJSON *policy = project_policy(rq);
	const cJSON *scope;

	cJSON_ArrayForEach (scope, json_get(policy, "scopes")) {
		const char *id = json_string(scope, "scope");
		const char *text = json_string(scope, "description");

		if (id == NULL || strcmp(id, name) != 0)
			continue;
		*out_description = strdup(text != NULL ? text : "");
		return may_all(rq, subject, scope);
	}
	*out_description = strdup("");
	return false;
}

bool
scope_is_grantable(struct request *rq, const struct client *client,
    const struct subject *subject, const char *scope, char **out_description)
{
	static const struct {
		const char *name, *description;
	} known[] = {
		{ "openid", "Sign in" },
		{ "profile", "Name and other details" },
		{ "email", "Email address" },
		{ "phone", "Phone number" },
		{ "offline_access", "Access while you are away" },
		{ "full_access", "All that you may do" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (strcmp(known[i].name, scope) != 0)
			continue;
		*out_description = strdup(known[i].description);
		return strcmp(scope, "full_access") != 0 ||
		    json_bool(client->details, "full_access_allowed", false);
	}
	return policy_scope(rq, subject, scope, out_description);
}

/* ---- Consent: a row of registrations, as the API shows it. ---- */

static cJSON *
read_consent(struct request *rq, const char *client_id, const char *owner_id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT details FROM registrations WHERE owner_id = ? AND kind = "
	    "'connected_app' AND registration_id = ?",
	    "ss", owner_id, client_id);
	return query_next(&query)
	    ? json_parse_stored(query_text(&query, 0), "{}")
	    : NULL;
}

bool
grant_is_consented(struct request *rq, const char *client_id,
    const char *owner_id)
{
	CLEANUP(json_free)
	cJSON *consent = read_consent(rq, client_id, owner_id);

	return consent != NULL;
}

bool
grant_covers(struct request *rq, const struct client *client,
    const struct subject *subject, const cJSON *scopes)
{
	CLEANUP(json_free)
	cJSON *consent = read_consent(rq, client->id.text, subject->id.text);
	const char *granted = json_string(consent, "scopes_granted");
	const cJSON *scope;

	cJSON_ArrayForEach (scope, scopes) {
		if (!scope_has(granted, scope->valuestring))
			return false;
	}
	return consent != NULL;
}

/* Keep the consent: those scopes, and those granted before. */
static void
save_consent(struct request *rq, const struct client *client,
    const struct subject *subject, const char *scope)
{
	CLEANUP(json_free)
	cJSON *before = read_consent(rq, client->id.text, subject->id.text);
	CLEANUP(json_free) cJSON *consent = json_object();
	CLEANUP(buf_clear) struct buf scopes = BUF_INIT(8192);
	CLEANUP(string_free) char *text = NULL;
	const char *old = json_string(before, "scopes_granted");

	buf_adds(&scopes, scope);
	while (old != NULL && *old != '\0') {
		char word[256];
		size_t len = strcspn(old, " ");

		if (len < sizeof(word)) {
			memcpy(word, old, len);
			word[len] = '\0';
			if (!scope_has(scope, word))
				buf_addf(&scopes, " %s", word);
		}
		old += len + strspn(old + len, " ");
	}
	json_set_string(consent, "connected_app_id", client->id.text);
	json_set_string(consent, "name", client_text(client, "client_name"));
	json_set_string(consent, "description",
	    client_text(client, "client_description"));
	json_set_string(consent, "client_type",
	    client_text(client, "client_type"));
	json_set_string(consent, "logo_url", client_text(client, "logo_url"));
	json_set_string(consent, "scopes_granted", buf_text(&scopes));
	text = json_text(consent);
	store_run(rq->store,
	    "INSERT OR REPLACE INTO registrations (registration_id, "
	    "project_id, owner_id, kind, details, created_at) VALUES (?, ?, "
	    "?, 'connected_app', ?, ?)",
	    "ssssi", client->id.text, rq->project->id, subject->id.text, text,
	    rq->now_us);
}

bool
grant_revoke(struct request *rq, const char *client_id, const char *owner_id)
{
	store_run(rq->store,
	    "DELETE FROM grants WHERE client_id = ? AND owner_id = ?", "ss",
	    client_id, owner_id);
	store_run(rq->store,
	    "DELETE FROM registrations WHERE owner_id = ? AND kind = "
	    "'connected_app' AND registration_id = ?",
	    "ss", owner_id, client_id);
	return store_changes(rq->store) > 0;
}

/* ---- Grants and their tokens. ---- */

static void
add_token(struct request *rq, const char *grant_id, const char *kind,
    int64_t minutes, struct token *out_token)
{
	const char *url = param_string(rq, "redirect_uri");
	const char *challenge = param_string(rq, "code_challenge");
	struct token hash;

	token_make(TOKEN_LEN, out_token);
	pkce_challenge(out_token->text, &hash);
	store_run(rq->store,
	    "INSERT INTO grant_tokens VALUES (?, ?, ?, ?, ?, ?, 0)", "sssssi",
	    hash.text, grant_id, kind, url != NULL ? url : "",
	    challenge != NULL ? challenge : "",
	    rq->now_us + minutes * MINUTE_US);
}

void
grant_make(struct request *rq, const struct client *client,
    const struct subject *subject, const char *scope, struct token *out_code)
{
	const char *nonce = param_string(rq, "nonce");
	struct id id;

	request_id_make(rq, "grant", &id);
	store_run(rq->store,
	    "INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    "ssssssssi", id.text, rq->project->id, client->id.text,
	    subject->id.text, subject->party.organization.id.text, scope,
	    subject->session_id, nonce != NULL ? nonce : "", rq->now_us);
	add_token(rq, id.text, "code", CODE_MINUTES, out_code);
	save_consent(rq, client, subject, scope);
}

void
grant_delete(struct request *rq, const struct grant *grant)
{
	store_run(rq->store, "DELETE FROM grants WHERE grant_id = ?", "s",
	    grant->id.text);
}

bool
grant_token_find(struct request *rq, const char *kind, const char *token,
    struct grant_token *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	struct token hash;

	pkce_challenge(token, &hash);
	query_open(&query, rq->store,
	    "SELECT grant_id, client_id, owner_id, scope, nonce, "
	    "redirect_url, challenge, used, expires_at FROM grant_tokens JOIN "
	    "grants USING (grant_id) WHERE value = ? AND kind = ? AND "
	    "project_id = ?",
	    "sss", hash.text, kind, rq->project->id);
	if (!query_next(&query))
		return false;
	query_copy(&query, 0, out->grant.id.text, sizeof(out->grant.id.text));
	query_copy(&query, 1, out->grant.client_id.text,
	    sizeof(out->grant.client_id.text));
	query_copy(&query, 2, out->grant.owner_id.text,
	    sizeof(out->grant.owner_id.text));
	query_copy(&query, 3, out->grant.scope, sizeof(out->grant.scope));
	query_copy(&query, 4, out->grant.nonce, sizeof(out->grant.nonce));
	query_copy(&query, 5, out->redirect_url, sizeof(out->redirect_url));
	query_copy(&query, 6, out->challenge, sizeof(out->challenge));
	out->used = query_int(&query, 7) != 0;
	out->expires_at = query_int(&query, 8);
	out->made_at = out->expires_at -
	    (strcmp(kind, "code") == 0 ? CODE_MINUTES : REFRESH_MINUTES) *
		MINUTE_US;
	out->expired = out->expires_at <= rq->now_us;
	return true;
}

void
grant_token_use(struct request *rq, const char *token)
{
	struct token hash;

	pkce_challenge(token, &hash);
	store_run(rq->store, "UPDATE grant_tokens SET used = 1 WHERE value = ?",
	    "s", hash.text);
}

void
grant_refresh_make(struct request *rq, const struct grant *grant,
    struct token *out_token)
{
	add_token(rq, grant->id.text, "refresh", REFRESH_MINUTES, out_token);
}

void
grant_access_note(struct request *rq, const struct grant *grant,
    const char *jti, int64_t seconds)
{
	store_run(rq->store, "DELETE FROM access_tokens WHERE expires_at <= ?",
	    "i", rq->now_us);
	store_run(rq->store, "INSERT INTO access_tokens VALUES (?, ?, ?)",
	    "ssi", jti, grant->id.text, rq->now_us + seconds * SECOND_US);
}

void
grant_access_forget(struct request *rq, const char *jti)
{
	store_run(rq->store, "DELETE FROM access_tokens WHERE jti = ?", "s",
	    jti);
}

bool
grant_access_is_good(struct request *rq, const char *jti)
{
	return store_int(rq->store, 0,
		   "SELECT count(*) FROM access_tokens WHERE jti = ?", "s",
		   jti) != 0;
}
