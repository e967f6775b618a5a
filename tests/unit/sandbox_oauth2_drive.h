/* SPDX-License-Identifier: BSD-2-Clause */
/* Apps, authorizations and tokens, for the tests of the authorization server. */
#ifndef TESTS_UNIT_SANDBOX_OAUTH2_DRIVE_H
#define TESTS_UNIT_SANDBOX_OAUTH2_DRIVE_H

#include "tests/unit/sandbox_b2b_drive.h"

#define CONSUMER_PUBLIC \
	"/v1/public/project-test-11111111-1111-4111-8111-111111111111/"
#define B2B_PUBLIC \
	"/v1/public/project-test-22222222-2222-4222-8222-222222222222/"
#define TOKEN CONSUMER_PUBLIC "oauth2/token"
#define INTROSPECT CONSUMER_PUBLIC "oauth2/introspect"
#define URL "https://app.example.com/cb"
#define START "/v1/idp/oauth/authorize/start"
#define AUTHORIZE "/v1/idp/oauth/authorize"
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define TO_URL "&redirect_uri=" URL
#define GRANTED ",\"consent_granted\":true"

/* A request without the project's credentials; http of the answer is its
 * status. */
cJSON *oauth_call(void **state, const char *method, const char *target,
    const char *authorization, const char *body);
/* POST a form. */
cJSON *oauth_post(void **state, const char *target, const char *body);
/* One that is refused by that error of OAuth. */
void assert_oauth_fault(void **state, const char *target, const char *error,
    int status, const char *body);

struct oauth_app {
	enum vertical vertical;
	struct target id, secret;
};

/* Register an app; more is members of its JSON, or "". */
struct oauth_app oauth_make_app(void **state, enum vertical vertical,
    const char *type, const char *more);
/* Ask for a code for the user "u"; scopes are texts of JSON, by commas. */
cJSON *oauth_authorize(void **state, const struct oauth_app *app,
    const char *scopes, const char *more);
/* Turn a "code" or "refresh_token" into tokens. */
cJSON *oauth_redeem(void **state, const struct oauth_app *app, const char *kind,
    const char *value, const char *more);

#endif
