/* SPDX-License-Identifier: BSD-2-Clause */
/* The public endpoints of a project as an authorization server. */
#include "config.h"

#include "sandbox/oauth2.h"

#include "sandbox/key.h"

#include <string.h>
#include <strings.h>

const struct oauth2_fault oauth2_bad_request = { "invalid_request", 400,
	"A parameter is missing or malformed." };
const struct oauth2_fault oauth2_bad_client = { "invalid_client", 401,
	"The client or its secret is not known." };
const struct oauth2_fault oauth2_bad_grant = { "invalid_grant", 400,
	"The code or token is unknown, used, expired or of another client." };
static const struct oauth2_fault fault_scope = { "invalid_scope", 400,
	"The client may not have such a scope." };
static const struct oauth2_fault fault_type = { "unsupported_grant_type", 400,
	"There is no such grant_type." };
static const struct oauth2_fault fault_token = { "invalid_token", 401,
	"The access token is unknown, expired or revoked." };
static const struct oauth2_fault fault_server = { "server_error", 500,
	"Something went wrong inside the server." };

/* ---- Clients. ---- */

const struct oauth2_fault *
oauth2_authenticate(struct request *rq, const struct http_request *http,
    enum client_kind kind, struct client *out)
{
	char id[256], secret[256];
	const char *client_id = param_string(rq, "client_id");
	const char *client_secret = param_string(rq, "client_secret");

	if (client_id == NULL &&
	    http_basic(http->authorization, id, secret, sizeof(id)) == 0) {
		client_id = id;
		client_secret = secret;
	}
	if (client_id == NULL)
		return &oauth2_bad_request;
	if (client_find(rq, kind, client_id, out) != API_OK ||
	    strcmp(client_text(out, "status"), "active") != 0)
		return &oauth2_bad_client;
	if (out->secret[0] == '\0')
		return client_secret == NULL ? NULL : &oauth2_bad_client;
	return client_has_secret(out, client_secret) ? NULL
						     : &oauth2_bad_client;
}

/* Whether every word of list is one that allowed has. */
static bool
is_subset(const char *list, const char *allowed)
{
	while (*list != '\0') {
		char word[512];
		size_t len = strcspn(list, " ");

		if (len >= sizeof(word))
			return false;
		memcpy(word, list, len);
		word[len] = '\0';
		if (len > 0 && !scope_has(allowed, word))
			return false;
		list += len + strspn(list + len, " ");
	}
	return true;
}

/* ---- token ---- */

static const struct oauth2_fault *
by_secret(struct request *rq, const struct http_request *http)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	CLEANUP(buf_clear) struct buf all = BUF_INIT(65536);
	const char *scope = param_string(rq, "scope");
	const struct oauth2_fault *fault =
	    oauth2_authenticate(rq, http, CLIENT_M2M, &client);
	const cJSON *item;

	if (fault != NULL)
		return fault;
	cJSON_ArrayForEach (item, json_get(client.details, "scopes")) {
		if (all.len > 0)
			buf_addc(&all, ' ');
		buf_adds(&all, item->valuestring);
	}
	if (buf_error(&all) != 0)
		return &fault_server;
	if (scope != NULL && !is_subset(scope, buf_text(&all)))
		return &fault_scope;
	token_reply_machine(rq, &client,
	    scope != NULL ? scope : buf_text(&all));
	return NULL;
}

/* What a code or refresh token of the client stands for, while it is good. */
static const struct oauth2_fault *
find_token(struct request *rq, const char *kind, const char *token,
    const struct client *client, struct grant_token *out)
{
	if (token == NULL)
		return &oauth2_bad_request;
	if (!grant_token_find(rq, kind, token, out) ||
	    strcmp(out->grant.client_id.text, client->id.text) != 0)
		return &oauth2_bad_grant;
	if (out->used) {
		/* Someone else may have it: end what came of it. */
		grant_delete(rq, &out->grant);
		rq->keep = true;
		return &oauth2_bad_grant;
	}
	return out->expired ? &oauth2_bad_grant : NULL;
}

/* Whether the verifier is the one of the challenge, if there was one. */
static bool
is_proven(const struct request *rq, const struct grant_token *code)
{
	const char *verifier = param_string(rq, "code_verifier");
	struct token challenge;

	if (code->challenge[0] == '\0' || verifier == NULL)
		return code->challenge[0] == '\0' && verifier == NULL;
	pkce_challenge(verifier, &challenge);
	return text_equal(challenge.text, code->challenge);
}

static const struct oauth2_fault *
by_code(struct request *rq, const struct http_request *http)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	CLEANUP(subject_clear) struct subject subject = SUBJECT_INIT;
	const char *code = param_string(rq, "code");
	const char *url = param_string(rq, "redirect_uri");
	struct grant_token token;
	const struct oauth2_fault *fault =
	    oauth2_authenticate(rq, http, CLIENT_APP, &client);

	if (fault == NULL)
		fault = find_token(rq, "code", code, &client, &token);
	if (fault != NULL)
		return fault;
	if (url == NULL)
		return &oauth2_bad_request;
	if (strcmp(url, token.redirect_url) != 0 || !is_proven(rq, &token) ||
	    subject_by_id(rq, token.grant.owner_id.text, &subject) != API_OK)
		return &oauth2_bad_grant;
	grant_token_use(rq, code);
	token_reply_grant(rq, &client, &subject, &token.grant,
	    token.grant.scope);
	return NULL;
}

static const struct oauth2_fault *
by_refresh_token(struct request *rq, const struct http_request *http)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	CLEANUP(subject_clear) struct subject subject = SUBJECT_INIT;
	const char *value = param_string(rq, "refresh_token");
	const char *scope = param_string(rq, "scope");
	struct grant_token token;
	const struct oauth2_fault *fault =
	    oauth2_authenticate(rq, http, CLIENT_APP, &client);

	if (fault == NULL)
		fault = find_token(rq, "refresh", value, &client, &token);
	if (fault != NULL)
		return fault;
	if (subject_by_id(rq, token.grant.owner_id.text, &subject) != API_OK)
		return &oauth2_bad_grant;
	if (scope != NULL && !is_subset(scope, token.grant.scope))
		return &fault_scope;
	grant_token_use(rq, value);
	token_reply_grant(rq, &client, &subject, &token.grant,
	    scope != NULL ? scope : token.grant.scope);
	return NULL;
}

static const struct oauth2_fault *
post_token(struct request *rq, const struct http_request *http)
{
	const char *type = param_string(rq, "grant_type");

	if (type == NULL)
		return &oauth2_bad_request;
	if (strcmp(type, "client_credentials") == 0)
		return by_secret(rq, http);
	if (strcmp(type, "authorization_code") == 0)
		return by_code(rq, http);
	if (strcmp(type, "refresh_token") == 0)
		return by_refresh_token(rq, http);
	return &fault_type;
}

/* ---- userinfo and .well-known ---- */

static const struct oauth2_fault *
get_userinfo(struct request *rq, const struct http_request *http)
{
	static const char scheme[] = "Bearer ";
	CLEANUP(json_free) cJSON *claims = NULL;
	CLEANUP(subject_clear) struct subject subject = SUBJECT_INIT;
	const char *header = http->authorization;
	const char *scope;

	if (header == NULL ||
	    strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return &fault_token;
	claims = token_verify(rq, header + sizeof(scheme) - 1);
	scope = json_string(claims, "scope");
	if (scope == NULL || !scope_has(scope, "openid") ||
	    subject_by_id(rq, json_string(claims, "sub"), &subject) != API_OK)
		return &fault_token;
	json_set_string(rq->reply, "sub", subject.id.text);
	token_describe_person(rq, &subject, scope, rq->reply);
	return NULL;
}

static const struct oauth2_fault *
get_jwks(struct request *rq, const struct http_request *http)
{
	(void)http;
	json_set(rq->reply, "keys", key_set(rq));
	return NULL;
}

static void
set_url(struct request *rq, const char *name, const char *rest)
{
	CLEANUP(buf_clear) struct buf url = BUF_INIT(2048);

	buf_addf(&url, "%s/v1/public/%s/%s", rq->base_url, rq->project->id,
	    rest);
	json_set_string(rq->reply, name, buf_text(&url));
}

/* The authorization endpoint is a page of the integrator's own. */
static const struct oauth2_fault *
get_configuration(struct request *rq, const struct http_request *http)
{
	static const char fixed[] =
	    "{\"response_types_supported\":[\"code\"],"
	    "\"grant_types_supported\":[\"authorization_code\","
	    "\"refresh_token\",\"client_credentials\"],"
	    "\"subject_types_supported\":[\"public\"],"
	    "\"id_token_signing_alg_values_supported\":[\"RS256\"],"
	    "\"code_challenge_methods_supported\":[\"S256\"],"
	    "\"token_endpoint_auth_methods_supported\":["
	    "\"client_secret_basic\",\"client_secret_post\",\"none\"],"
	    "\"scopes_supported\":[\"openid\",\"profile\",\"email\","
	    "\"phone\",\"offline_access\"]}";
	CLEANUP(json_free) cJSON *members = json_parse_stored(fixed, "{}");
	CLEANUP(buf_clear) struct buf issuer = BUF_INIT(256);
	const cJSON *member;

	(void)http;
	buf_addf(&issuer, "stytch.com/%s", rq->project->id);
	json_set_string(rq->reply, "issuer", buf_text(&issuer));
	set_url(rq, "token_endpoint", "oauth2/token");
	set_url(rq, "introspection_endpoint", "oauth2/introspect");
	set_url(rq, "revocation_endpoint", "oauth2/revoke");
	set_url(rq, "userinfo_endpoint", "oauth2/userinfo");
	set_url(rq, "jwks_uri", ".well-known/jwks.json");
	cJSON_ArrayForEach (member, members)
		json_set(rq->reply, member->string, json_copy(member));
	return NULL;
}

/* ---- Requests. ---- */

/* clang-format off */
#define ROUTE_PREFIX "/v1/public/{project_id}/"
static const struct route {
	const char *method, *path; /* after ROUTE_PREFIX */
	const struct oauth2_fault *(*handle)(struct request *rq, const struct http_request *http);
	bool plain; /* without request_id and status_code */
} routes[] = {
	{ "POST", ROUTE_PREFIX "oauth2/token",      post_token,      false },
	{ "POST", ROUTE_PREFIX "oauth2/introspect", oauth2_post_introspect, false },
	{ "POST", ROUTE_PREFIX "oauth2/revoke",     oauth2_post_revoke, false },
	{ "GET",  ROUTE_PREFIX "oauth2/userinfo",   get_userinfo,    false },
	{ "POST", ROUTE_PREFIX "oauth2/userinfo",   get_userinfo,    false },
	{ "GET",  ROUTE_PREFIX ".well-known/openid-configuration", get_configuration, true },
	{ "GET",  ROUTE_PREFIX ".well-known/jwks.json", get_jwks,    true },
};
/* clang-format on */

/* The project that the path names, and what follows its id. */
static bool
find_project(struct sandbox *sandbox, const char *target, struct request *rq,
    const char **out_rest)
{
	const char *id = target + strlen("/v1/public/");

	for (int i = 0; i < VERTICALS; i++) {
		const struct project *project =
		    sandbox_project(sandbox, (enum vertical)i);
		size_t len = strlen(project->id);

		if (strncmp(id, project->id, len) == 0 && id[len] == '/') {
			sandbox_request(sandbox, (enum vertical)i, rq);
			*out_rest = id + len + 1;
			return true;
		}
	}
	return false;
}

static const struct route *
find_route(const char *method, const char *rest)
{
	size_t len = http_path_len(rest);

	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		const char *path = routes[i].path + strlen(ROUTE_PREFIX);

		if (strlen(path) == len && memcmp(path, rest, len) == 0 &&
		    strcmp(routes[i].method, method) == 0)
			return &routes[i];
	}
	return NULL;
}

/* The body as an object of strings: a form, or JSON.  NULL: it is neither. */
static cJSON *
read_params(const struct http_request *http)
{
	CLEANUP(buf_clear) struct buf name = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf value = BUF_INIT(65536);
	CLEANUP(buf_clear) struct buf body = BUF_INIT(HTTP_BODY_MAX);
	CLEANUP(json_free) cJSON *params = NULL;
	const char *form;
	int rc;

	if (http->body_too_long)
		return NULL;
	buf_add(&body, http->body != NULL ? http->body : "", http->body_len);
	form = buf_text(&body);
	if (buf_error(&body) != 0 || strlen(form) != body.len)
		return NULL;
	if (form[strspn(form, " \t\r\n")] == '{') {
		params = json_parse(form, body.len);
		return cJSON_IsObject(params) ? STEAL(params) : NULL;
	}
	params = json_object();
	while ((rc = http_query_next(&form, &name, &value)) > 0)
		json_set_string(params, buf_text(&name), buf_text(&value));
	return rc == 0 ? STEAL(params) : NULL;
}

static void
answer(struct http_reply *reply, const cJSON *body, int status)
{
	CLEANUP(string_free) char *text = json_text(body);

	buf_reset(&reply->body);
	reply->content_type = "application/json";
	reply->status = text != NULL ? status : 500;
	if (text != NULL)
		buf_adds(&reply->body, text);
}

static void
answer_fault(const struct request *rq, const struct oauth2_fault *fault,
    struct http_reply *reply)
{
	CLEANUP(json_free) cJSON *body = json_object();
	struct id id;

	request_id_make(rq, "request-id", &id);
	json_set_int(body, "status_code", fault->status);
	json_set_string(body, "request_id", id.text);
	json_set_string(body, "error", fault->error);
	json_set_string(body, "error_description", fault->description);
	json_set_string(body, "error_uri",
	    "https://www.rfc-editor.org/rfc/rfc6749#section-5.2");
	answer(reply, body, fault->status);
	http_reply_note_error(reply, fault->error);
}

static void
run(struct request *rq, const struct route *route,
    const struct http_request *http, struct http_reply *reply)
{
	CLEANUP(json_free) cJSON *params = read_params(http);
	CLEANUP(json_free) cJSON *body = json_object();
	const struct oauth2_fault *fault;
	struct request clock;
	struct id id;

	rq->params = params;
	rq->reply = body;
	store_begin(rq->store);
	sandbox_request(rq->sandbox, rq->project->vertical, &clock);
	rq->now_us = clock.now_us;
	fault = params != NULL ? route->handle(rq, http) : &oauth2_bad_request;
	if (store_error(rq->store) != 0 || json_failed())
		fault = &fault_server;
	if (fault != NULL && !rq->keep)
		store_undo(rq->store);
	if (store_end(rq->store, true) != 0)
		fault = &fault_server;
	if (fault != NULL) {
		answer_fault(rq, fault, reply);
		return;
	}
	if (!route->plain) {
		request_id_make(rq, "request-id", &id);
		json_set_string(body, "request_id", id.text);
		json_set_int(body, "status_code", 200);
	}
	answer(reply, body, 200);
}

void
oauth2_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	struct request rq;
	const char *rest;
	const struct route *route = NULL;
	bool known = find_project(sandbox, http->target, &rq, &rest);

	if (known)
		route = find_route(http->method, rest);
	if (route == NULL) {
		sandbox_error(sandbox_project(sandbox, VERTICAL_CONSUMER),
		    known ? API_ROUTE_NOT_FOUND : API_PROJECT_NOT_FOUND, reply);
		return;
	}
	reply->route = route->path;
	run(&rq, route, http, reply);
}
