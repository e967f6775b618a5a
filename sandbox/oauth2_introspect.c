/* SPDX-License-Identifier: BSD-2-Clause */
/* What a token is worth, and making it worth nothing (RFC 7662, 7009). */
#include "config.h"

#include "sandbox/key.h"
#include "sandbox/oauth2.h"

#include <string.h>

static const struct oauth2_fault fault_type = { "unsupported_token_type", 400,
	"Tokens of this kind end by themselves." };

/* The client, of whichever kind. */
static const struct oauth2_fault *
authenticate(struct request *rq, const struct http_request *http,
    struct client *out)
{
	const struct oauth2_fault *fault =
	    oauth2_authenticate(rq, http, CLIENT_APP, out);

	if (fault != NULL)
		fault = oauth2_authenticate(rq, http, CLIENT_M2M, out);
	if (fault == NULL && param_string(rq, "token") == NULL)
		fault = &oauth2_bad_request;
	return fault;
}

/* The claims of an access token of that client, or NULL. */
static cJSON *
claims_of(struct request *rq, const char *token, const struct client *client)
{
	CLEANUP(json_free) cJSON *claims = NULL;
	const char *owner;

	if (client->kind == CLIENT_APP) {
		claims = token_verify(rq, token);
		owner = json_string(claims, "client_id");
	} else {
		claims = key_verify(rq, token);
		owner = json_string(claims, "sub");
	}
	if (owner == NULL || strcmp(owner, client->id.text) != 0 ||
	    json_int(claims, "exp", 0) <= rq->now_us / SECOND_US)
		return NULL;
	return STEAL(claims);
}

/* ---- introspect ---- */

static void
describe_access_token(struct request *rq, const cJSON *claims,
    const struct client *client)
{
	static const char *const names[] = { "scope", "sub", "aud", "iss",
		"exp", "iat", "nbf", "jti" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const cJSON *claim = json_get(claims, names[i]);

		if (claim != NULL)
			json_set(rq->reply, names[i], json_copy(claim));
	}
	json_set_string(rq->reply, "client_id", client->id.text);
	json_set_string(rq->reply, "token_type", "access_token");
}

/* Whether a refresh token is the client's; used and expired ones too. */
static bool
find_refresh_token(struct request *rq, const char *token,
    const struct client *client, struct grant_token *out)
{
	return grant_token_find(rq, "refresh", token, out) &&
	    strcmp(out->grant.client_id.text, client->id.text) == 0;
}

static void
describe_refresh_token(struct request *rq, const struct grant_token *token)
{
	CLEANUP(buf_clear) struct buf issuer = BUF_INIT(256);
	cJSON *audience = json_array();

	buf_addf(&issuer, "stytch.com/%s", rq->project->id);
	json_push_string(audience, rq->project->id);
	json_set_string(rq->reply, "scope", token->grant.scope);
	json_set_string(rq->reply, "sub", token->grant.owner_id.text);
	json_set(rq->reply, "aud", audience);
	json_set_string(rq->reply, "iss", buf_text(&issuer));
	json_set_int(rq->reply, "exp", token->expires_at / SECOND_US);
	json_set_int(rq->reply, "iat", token->made_at / SECOND_US);
	json_set_string(rq->reply, "client_id", token->grant.client_id.text);
	json_set_string(rq->reply, "token_type", "refresh_token");
}

const struct oauth2_fault *
oauth2_post_introspect(struct request *rq, const struct http_request *http)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	CLEANUP(json_free) cJSON *claims = NULL;
	const char *token = param_string(rq, "token");
	const struct oauth2_fault *fault = authenticate(rq, http, &client);
	struct grant_token refresh;

	if (fault != NULL)
		return fault;
	claims = claims_of(rq, token, &client);
	if (claims != NULL) {
		json_set_bool(rq->reply, "active", true);
		describe_access_token(rq, claims, &client);
	} else if (find_refresh_token(rq, token, &client, &refresh) &&
	    !refresh.used && !refresh.expired) {
		json_set_bool(rq->reply, "active", true);
		describe_refresh_token(rq, &refresh);
	} else {
		json_set_bool(rq->reply, "active", false);
	}
	return NULL;
}

/* ---- revoke ---- */

/*
 * A refresh token goes with its grant, and so with every access token that
 * came of it; an access token goes alone.  What is no token any more is not
 * an error; another client's is.
 */
const struct oauth2_fault *
oauth2_post_revoke(struct request *rq, const struct http_request *http)
{
	CLEANUP(client_clear) struct client client = CLIENT_INIT;
	CLEANUP(json_free) cJSON *claims = NULL;
	const char *token = param_string(rq, "token");
	const struct oauth2_fault *fault = authenticate(rq, http, &client);
	struct grant_token refresh;
	const char *owner;

	if (fault != NULL)
		return fault;
	if (grant_token_find(rq, "refresh", token, &refresh)) {
		if (strcmp(refresh.grant.client_id.text, client.id.text) != 0)
			return &oauth2_bad_grant;
		grant_delete(rq, &refresh.grant);
		return NULL;
	}
	claims = key_verify(rq, token);
	if (claims == NULL)
		return NULL;
	owner = json_string(claims, "client_id");
	if (owner == NULL)
		return &fault_type;
	if (strcmp(owner, client.id.text) != 0)
		return &oauth2_bad_grant;
	grant_access_forget(rq, json_string(claims, "jti"));
	return NULL;
}
