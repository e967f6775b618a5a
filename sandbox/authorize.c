/* SPDX-License-Identifier: BSD-2-Clause */
/* idp.oauth.authorize.* of both kinds of project: consent becomes a code. */
#include "config.h"

#include "sandbox/grant.h"
#include "sandbox/user.h"

#include <string.h>

#define SCOPE_MAX 2047
#define STATE_MAX 2048
#define NONCE_MAX 511

static bool
is_first_party(const struct client *client)
{
	return strncmp(client_text(client, "client_type"), "first_party", 11) ==
	    0;
}

static bool
is_public(const struct client *client)
{
	return client->secret[0] == '\0';
}

/* Whether the organization lets its members use the app. */
static bool
is_allowed(const struct client *client, const struct organization *organization)
{
	bool first = is_first_party(client);
	const char *type = organization_text(organization,
	    first ? "first_party_connected_apps_allowed_type"
		  : "third_party_connected_apps_allowed_type");

	if (strcmp(type, "ALL_ALLOWED") == 0 || type[0] == '\0')
		return true;
	return strcmp(type, "RESTRICTED") == 0 &&
	    organization_lists(organization,
		first ? "allowed_first_party_connected_apps"
		      : "allowed_third_party_connected_apps",
		client->id.text);
}

/* The app and the person that the parameters name, and that they match. */
static enum api_error
read_both(struct request *rq, struct client *client, struct subject *subject)
{
	enum api_error error = client_param(rq, CLIENT_APP, client);

	if (error == API_OK &&
	    strcmp(param_string(rq, "response_type"), "code") != 0)
		error = API_INVALID_REQUEST_VALUE;
	if (error == API_OK &&
	    !json_has_string(json_get(client->details, "redirect_urls"),
		param_string(rq, "redirect_uri")))
		error =
		    API_CONNECTED_APP_SUPPLIED_REDIRECT_URL_NOT_FOUND_IN_CLIENT;
	if (error == API_OK)
		error = subject_params(rq, subject);
	if (error == API_OK && rq->project->vertical == VERTICAL_B2B &&
	    !is_allowed(client, &subject->party.organization))
		error = API_CONNECTED_APP_NOT_ALLOWED_FOR_ORG;
	return error;
}

static bool
needs_consent(struct request *rq, const struct client *client,
    const struct subject *subject)
{
	const cJSON *scopes = param_json(rq, "scopes");
	const char *prompt = param_string(rq, "prompt");

	if (prompt != NULL && strcmp(prompt, "consent") == 0)
		return true;
	if (grant_covers(rq, client, subject, scopes))
		return false;
	return !is_first_party(client) ||
	    (json_has_string(scopes, "offline_access") &&
		!json_bool(client->details, "bypass_consent_for_offline_access",
		    false));
}

static cJSON *
scope_results(struct request *rq, const struct client *client,
    const struct subject *subject)
{
	cJSON *list = json_array();
	const cJSON *scope;

	cJSON_ArrayForEach (scope, param_json(rq, "scopes")) {
		CLEANUP(string_free) char *description = NULL;
		cJSON *result = json_object();

		json_set_string(result, "scope", scope->valuestring);
		json_set_bool(result, "is_grantable",
		    scope_is_grantable(rq, client, subject, scope->valuestring,
			&description));
		json_set_string(result, "description", description);
		json_push(list, result);
	}
	return list;
}

static cJSON *
public_view(const struct client *client)
{
	static const char *const names[] = { "client_id", "client_name",
		"client_description", "client_type", "logo_url" };
	cJSON *view = json_object();

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		json_set_string(view, names[i], client_text(client, names[i]));
	return view;
}

static enum api_error
authorize_start(struct request *rq)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	CLEANUP(subject_clear) struct subject subject = SUBJECT_INIT;
	enum api_error error = read_both(rq, &client, &subject);

	if (error != API_OK)
		return error;
	if (rq->project->vertical == VERTICAL_B2B) {
		party_reply(rq, &subject.party);
	} else {
		json_set_string(rq->reply, "user_id", subject.id.text);
		json_set(rq->reply, "user", user_json(rq, subject.id.text));
	}
	json_set(rq->reply, "client", public_view(&client));
	json_set_bool(rq->reply, "consent_required",
	    needs_consent(rq, &client, &subject));
	json_set(rq->reply, "scope_results",
	    scope_results(rq, &client, &subject));
	return API_OK;
}

enum api_error
idp_oauth_authorize_start(struct request *rq)
{
	return authorize_start(rq);
}

enum api_error
b2b_idp_oauth_authorize_start(struct request *rq)
{
	return authorize_start(rq);
}

/* ---- Authorize. ---- */

/* The redirect URL with name=value and the state (RFC 6749 4.1.2). */
static void
reply_redirect(struct request *rq, const char *name, const char *value)
{
	CLEANUP(buf_clear) struct buf url = BUF_INIT(16384);
	const char *base = param_string(rq, "redirect_uri");
	const char *state = param_string(rq, "state");

	buf_addf(&url, "%s%c%s=", base, strchr(base, '?') != NULL ? '&' : '?',
	    name);
	buf_add_encoded(&url, value);
	if (state != NULL) {
		buf_adds(&url, "&state=");
		buf_add_encoded(&url, state);
	}
	if (buf_error(&url) != 0)
		store_fail(rq->store, buf_error(&url));
	json_set_string(rq->reply, "redirect_uri", buf_text(&url));
}

/* The scopes by blanks; false where one cannot be granted. */
static bool
join_scopes(struct request *rq, const struct client *client,
    const struct subject *subject, struct buf *out)
{
	const cJSON *scope;

	cJSON_ArrayForEach (scope, param_json(rq, "scopes")) {
		CLEANUP(string_free) char *description = NULL;

		if (strchr(scope->valuestring, ' ') != NULL ||
		    !scope_is_grantable(rq, client, subject, scope->valuestring,
			&description))
			return false;
		if (out->len > 0)
			buf_addc(out, ' ');
		buf_adds(out, scope->valuestring);
	}
	return buf_error(out) == 0;
}

static bool
is_longer(const struct request *rq, const char *name, size_t max)
{
	const char *text = param_string(rq, name);

	return text != NULL && strlen(text) > max;
}

static enum api_error
authorize(struct request *rq)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	CLEANUP(subject_clear) struct subject subject = SUBJECT_INIT;
	CLEANUP(buf_clear) struct buf scopes = BUF_INIT(SCOPE_MAX);
	enum api_error error = read_both(rq, &client, &subject);
	struct token code;

	if (error == API_OK &&
	    (is_longer(rq, "state", STATE_MAX) ||
		is_longer(rq, "nonce", NONCE_MAX)))
		error = request_refuse(rq, API_INVALID_REQUEST_VALUE,
		    "state or nonce is too long.");
	if (error != API_OK)
		return error;
	if (is_public(&client) && !param_has(rq, "code_challenge"))
		return API_PKCE_REQUIRED_FOR_IDP_AUTHORIZATION_FLOW;
	if (!param_bool(rq, "consent_granted", false)) {
		reply_redirect(rq, "error", "access_denied");
		return API_OK;
	}
	if (!join_scopes(rq, &client, &subject, &scopes)) {
		reply_redirect(rq, "error", "invalid_scope");
		return API_OK;
	}
	grant_make(rq, &client, &subject, buf_text(&scopes), &code);
	reply_redirect(rq, "code", code.text);
	json_set_string(rq->reply, "authorization_code", code.text);
	return API_OK;
}

enum api_error
idp_oauth_authorize(struct request *rq)
{
	return authorize(rq);
}

enum api_error
b2b_idp_oauth_authorize(struct request *rq)
{
	return authorize(rq);
}
