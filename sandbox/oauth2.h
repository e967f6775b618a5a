/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A project as an authorization server: /v1/public/{project_id}/oauth2/token,
 * introspect, revoke and userinfo, and .well-known/openid-configuration and jwks.json
 * beside.  Errors have the form of RFC 6749 5.2.
 */
#ifndef SANDBOX_OAUTH2_H
#define SANDBOX_OAUTH2_H

#include "sandbox/grant.h"

#define OAUTH2_PREFIX "/v1/public/project-"

void oauth2_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply);

/* An error of OAuth; the literals of one. */
struct oauth2_fault {
	const char *error;
	int status;
	const char *description;
};

extern const struct oauth2_fault oauth2_bad_request, oauth2_bad_client,
    oauth2_bad_grant;

/*
 * The client that the body or Basic credentials name, with its secret; a
 * public app has none and must not send one.  NULL, or the fault.
 */
const struct oauth2_fault *oauth2_authenticate(struct request *rq,
    const struct http_request *http, enum client_kind kind, struct client *out)
    MUST_CHECK;

/* oauth2_introspect.c: NULL and the reply, or the fault. */
const struct oauth2_fault *oauth2_post_introspect(struct request *rq,
    const struct http_request *http) MUST_CHECK;
const struct oauth2_fault *oauth2_post_revoke(struct request *rq,
    const struct http_request *http) MUST_CHECK;

/*
 * Set access_token and what goes with it in the reply (oauth2_token.c): of a
 * machine, or of a grant, with the scopes of a list by blanks.
 */
void token_reply_machine(struct request *rq, const struct client *client,
    const char *scope);
void token_reply_grant(struct request *rq, const struct client *client,
    const struct subject *subject, const struct grant *grant,
    const char *scope);

/* Set what the scopes let an app know of a person. */
void token_describe_person(struct request *rq, const struct subject *subject,
    const char *scope, cJSON *object);

/*
 * The claims of an access token of an app that still has the consent, and
 * is neither expired nor revoked; freed by the caller.  NULL: it is none.
 */
cJSON *token_verify(struct request *rq, const char *token) MUST_CHECK;

#endif
