/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The identity provider that the sandbox plays: Google, an organization's
 * SAML, whatever a start URL leads to.  It believes who anyone says they are:
 * the start URL answers a page that asks for an address, or, with
 * login_hint=ADDRESS, goes on at once with a token for authenticate.
 */
#ifndef SANDBOX_IDP_H
#define SANDBOX_IDP_H

#include "sandbox/sandbox.h"

#define IDP_TOKEN_MINUTES 5
#define IDP_ACCESS_MINUTES 60 /* of the provider's own access tokens */

/* A provider of OAuth. */
struct idp_provider {
	const char *name;     /* in paths: "google" */
	const char *shown;    /* provider_type: "Google" */
	const char *delivery; /* of a factor: "oauth_google" */
	const char *factor;   /* "google_oauth_factor" */
	bool b2b;             /* B2B projects have it too */
};

/* By its name in paths, in any case of letters; or NULL. */
const struct idp_provider *idp_provider(const char *name, enum vertical);

/* Whether a path (of len characters) is a start URL. */
bool idp_serves(const char *path, size_t len) MUST_CHECK;
void idp_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply);

/*
 * What else the provider is to know, by the parameter "attributes": an object,
 * freed by the caller; NULL where it is none.
 */
cJSON *idp_attributes(const struct request *rq) MUST_CHECK;

/*
 * What the provider says of the person with that address, by the parameters of
 * the start; freed by the caller.  provider: its name or the connection_id.
 */
cJSON *idp_make_claims(struct request *rq, const char *provider,
    const char *address) MUST_CHECK;

/*
 * What the provider said of the person, as it is kept in the link whose
 * token the application gets: subject, name, tenant_id, groups, attributes, and the
 * provider's name or the connection_id; NULL-free, freed by the caller.
 */
cJSON *idp_claims(const char *details) MUST_CHECK;

/* The tokens that the provider gives out, as provider_values has them. */
cJSON *idp_values(struct request *rq, const cJSON *claims) MUST_CHECK;

#endif
