/* SPDX-License-Identifier: BSD-2-Clause */
/* Authorization: consent, codes, tokens of apps and machines. */
#include "config.h"

#include "tests/unit/sandbox_oauth2_drive.h"

#include <string.h>

static cJSON *
machine_token(void **state, const char *more)
{
	return oauth_post(state, TOKEN,
	    target_of("grant_type=client_credentials&client_id=m&"
		      "client_secret=secret-of-m%s",
		more)
		.text);
}

static void
make_machine(void **state)
{
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/m2m/clients",
	    "{\"client_id\":\"m\",\"client_secret\":\"secret-of-m\","
	    "\"scopes\":[\"read\",\"write\"]}");
}

static void
a_machine_gets_a_token_and_looks_into_it(void **state)
{
	CLEANUP(json_free) cJSON *all = NULL;
	CLEANUP(json_free) cJSON *one = NULL;
	CLEANUP(json_free) cJSON *seen = NULL;
	CLEANUP(json_free) cJSON *late = NULL;
	CLEANUP(buf_clear) struct buf form = BUF_INIT(8192);

	make_machine(state);
	all = machine_token(state, "");
	assert_int_equal(int_at(all, "http"), 200);
	assert_string_equal(text_at(all, "token_type"), "bearer");
	assert_int_equal(int_at(all, "expires_in"), 3600);
	assert_string_equal(text_at(all, "scope"), "read write");
	one = machine_token(state, "&scope=write");
	assert_string_equal(text_at(one, "scope"), "write");
	buf_addf(&form,
	    "token=%s&client_id=m&client_secret=secret-of-m&token_type_hint="
	    "access_token",
	    text_at(one, "access_token"));
	seen = oauth_post(state, INTROSPECT, buf_text(&form));
	assert_true(bool_at(seen, "active"));
	assert_string_equal(text_at(seen, "sub"), "m");
	assert_string_equal(text_at(seen, "client_id"), "m");
	assert_string_equal(text_at(seen, "scope"), "write");
	assert_string_equal(text_at(seen, "token_type"), "access_token");
	advance(*state, 3600);
	late = oauth_post(state, INTROSPECT, buf_text(&form));
	assert_false(bool_at(late, "active"));
	assert_null(json_at(late, "sub"));
}

static void
both_secrets_work_while_one_is_rotated(void **state)
{
	CLEANUP(json_free) cJSON *start = NULL;
	CLEANUP(json_free) cJSON *old = NULL;
	CLEANUP(json_free) cJSON *new = NULL;
	struct target form;

	make_machine(state);
	start = consumer(*state, "POST",
	    "/v1/m2m/clients/m/secrets/rotate/start", "{}");
	form = target_of("grant_type=client_credentials&client_id=m&"
			 "client_secret=%s",
	    text_at(start, "m2m_client.next_client_secret"));
	old = machine_token(state, "");
	new = oauth_post(state, TOKEN, form.text);
	assert_int_equal(int_at(old, "http"), 200);
	assert_int_equal(int_at(new, "http"), 200);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/m2m/clients/m/secrets/rotate", "{}");
	assert_oauth_fault(state, TOKEN, "invalid_client", 401,
	    "grant_type=client_credentials&client_id=m&client_secret="
	    "secret-of-m");
}

static void
token_requests_that_are_refused(void **state)
{
	static const struct {
		const char *error, *body;
		int status;
	} cases[] = {
		{ "invalid_request", "", 400 },
		{ "invalid_request", "{", 400 },
		{ "invalid_request", "grant_type=%zz", 400 },
		{ "invalid_request", "{\"grant_type\":1}", 400 },
		{ "invalid_request", "grant_type=client_credentials", 400 },
		{ "unsupported_grant_type", "grant_type=password", 400 },
		{ "invalid_client",
		    "grant_type=client_credentials&client_id=n&client_secret=x",
		    401 },
		{ "invalid_client",
		    "grant_type=client_credentials&client_id=m&client_secret=x",
		    401 },
		{ "invalid_client", "grant_type=client_credentials&client_id=m",
		    401 },
		{ "invalid_client",
		    "grant_type=client_credentials&client_id=m&client_secret=",
		    401 },
		{ "invalid_scope",
		    "grant_type=client_credentials&client_id=m&client_secret="
		    "secret-of-m&scope=read+admin",
		    400 },
	};

	make_machine(state);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_oauth_fault(state, TOKEN, cases[i].error,
		    cases[i].status, cases[i].body);
	assert_oauth_fault(state, B2B_PUBLIC "oauth2/token", "invalid_client",
	    401,
	    "grant_type=client_credentials&client_id=m&client_secret="
	    "secret-of-m");
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "PUT",
	    "/v1/m2m/clients/m", "{\"status\":\"inactive\"}");
	assert_oauth_fault(state, TOKEN, "invalid_client", 401,
	    "grant_type=client_credentials&client_id=m&client_secret="
	    "secret-of-m");
	assert_oauth_fault(state, INTROSPECT, "invalid_client", 401,
	    "token=x&client_id=m&client_secret=secret-of-m");
}

static void
paths_that_are_none(void **state)
{
	static const char *const targets[] = { CONSUMER_PUBLIC
		"oauth2/register",
		CONSUMER_PUBLIC, "/v1/public/project-test-0/oauth2/token" };

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		CLEANUP(json_free)
		cJSON *answer = oauth_post(state, targets[i], "{}");

		assert_int_equal(int_at(answer, "http"), 404);
	}
}

static void
the_configuration_leads_to_the_keys(void **state)
{
	CLEANUP(json_free)
	cJSON *configuration = oauth_call(state, "GET",
	    B2B_PUBLIC ".well-known/openid-configuration", NULL, NULL);
	CLEANUP(json_free) cJSON *keys = NULL;
	const char *url = text_at(configuration, "jwks_uri");

	assert_string_equal(text_at(configuration, "issuer"),
	    "stytch.com/project-test-22222222-2222-4222-8222-222222222222");
	assert_memory_equal(url, "http://127.0.0.1:1/", 19);
	keys = oauth_call(state, "GET", url + 18, NULL, NULL);
	assert_string_equal(text_at(keys, "keys.0.alg"), "RS256");
	assert_null(json_at(keys, "request_id"));
}

/* ---- Apps. ---- */

static void
a_code_becomes_tokens_and_userinfo(void **state)
{
	CLEANUP(json_free) cJSON *user = make_user(*state, "u@e.example", "u");
	struct oauth_app app =
	    oauth_make_app(state, VERTICAL_CONSUMER, "third_party", "");
	CLEANUP(json_free)
	cJSON *code = oauth_authorize(state, &app,
	    "\"openid\",\"email\",\"offline_access\"",
	    GRANTED ",\"nonce\":\"n\"");
	CLEANUP(json_free) cJSON *tokens = NULL;
	CLEANUP(json_free) cJSON *person = NULL;
	CLEANUP(json_free) cJSON *apps = NULL;
	CLEANUP(buf_clear) struct buf bearer = BUF_INIT(8192);
	const char *value;

	assert_answer(code, API_OK);
	value = text_at(code, "authorization_code");
	assert_string_equal(text_at(code, "redirect_uri"),
	    target_of(URL "?code=%s&state=s%%20t", value).text);
	tokens = oauth_redeem(state, &app, "code", value, TO_URL);
	assert_int_equal(int_at(tokens, "http"), 200);
	assert_non_null(json_at(tokens, "id_token"));
	assert_non_null(json_at(tokens, "refresh_token"));
	buf_addf(&bearer, "Bearer %s", text_at(tokens, "access_token"));
	person = oauth_call(state, "GET", CONSUMER_PUBLIC "oauth2/userinfo",
	    buf_text(&bearer), NULL);
	assert_string_equal(text_at(person, "email"), "u@e.example");
	assert_string_equal(text_at(person, "sub"), text_at(user, "user_id"));
	apps = consumer(*state, "GET", "/v1/users/u/connected_apps", NULL);
	assert_string_equal(text_at(apps, "connected_apps.0.scopes_granted"),
	    "openid email offline_access");
	assert_string_equal(text_at(apps, "connected_apps.0.name"), "App");
}

static void
a_code_is_good_once_and_its_reuse_ends_all(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "u@e.example", "u");
	assert_non_null(user);
	struct oauth_app app =
	    oauth_make_app(state, VERTICAL_CONSUMER, "third_party", "");
	CLEANUP(json_free)
	cJSON *code =
	    oauth_authorize(state, &app, "\"offline_access\"", GRANTED);
	const char *value = text_at(code, "authorization_code");
	CLEANUP(json_free)
	cJSON *first = oauth_redeem(state, &app, "code", value, TO_URL);
	CLEANUP(json_free)
	cJSON *second = oauth_redeem(state, &app, "code", value, TO_URL);
	CLEANUP(json_free)
	cJSON *refresh = oauth_redeem(state, &app, "refresh_token",
	    text_at(first, "refresh_token"), "");

	assert_string_equal(text_at(second, "error"), "invalid_grant");
	assert_string_equal(text_at(refresh, "error"), "invalid_grant");
}

static void
a_refresh_token_is_good_once(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "u@e.example", "u");
	assert_non_null(user);
	struct oauth_app app =
	    oauth_make_app(state, VERTICAL_CONSUMER, "third_party", "");
	CLEANUP(json_free)
	cJSON *code = oauth_authorize(state, &app,
	    "\"openid\",\"offline_access\"", GRANTED);
	CLEANUP(json_free)
	cJSON *first = oauth_redeem(state, &app, "code",
	    text_at(code, "authorization_code"), TO_URL);
	const char *old = text_at(first, "refresh_token");
	CLEANUP(json_free)
	cJSON *wide =
	    oauth_redeem(state, &app, "refresh_token", old, "&scope=email");
	CLEANUP(json_free)
	cJSON *next = oauth_redeem(state, &app, "refresh_token", old, "");
	CLEANUP(json_free)
	cJSON *again = oauth_redeem(state, &app, "refresh_token", old, "");

	assert_string_equal(text_at(wide, "error"), "invalid_scope");
	assert_int_equal(int_at(next, "http"), 200);
	assert_string_not_equal(text_at(next, "refresh_token"), old);
	assert_string_equal(text_at(again, "error"), "invalid_grant");
}

static void
codes_that_are_refused(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "u@e.example", "u");
	assert_non_null(user);
	struct oauth_app app =
	    oauth_make_app(state, VERTICAL_CONSUMER, "third_party", "");
	struct oauth_app other =
	    oauth_make_app(state, VERTICAL_CONSUMER, "third_party", "");
	CLEANUP(json_free)
	cJSON *code = oauth_authorize(state, &app, "\"openid\"", GRANTED);
	const char *value = text_at(code, "authorization_code");
	const struct {
		const struct oauth_app *app;
		const char *error, *value, *more;
	} cases[] = {
		{ &other, "invalid_grant", value, TO_URL },
		{ &app, "invalid_grant", "none", TO_URL },
		{ &app, "invalid_request", value, "" },
		{ &app, "invalid_grant", value, TO_URL "2" },
		{ &app, "invalid_grant", value,
		    TO_URL "&code_verifier=" VERIFIER },
	};
	CLEANUP(json_free) cJSON *late = NULL;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *answer = oauth_redeem(state, cases[i].app, "code",
		    cases[i].value, cases[i].more);

		assert_string_equal(text_at(answer, "error"), cases[i].error);
	}
	advance(*state, 300);
	late = oauth_redeem(state, &app, "code", value, TO_URL);
	assert_string_equal(text_at(late, "error"), "invalid_grant");
}

static void
a_public_app_proves_itself_by_pkce(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "u@e.example", "u");
	assert_non_null(user);
	struct oauth_app app =
	    oauth_make_app(state, VERTICAL_CONSUMER, "third_party_public", "");
	CLEANUP(json_free)
	cJSON *bare = oauth_authorize(state, &app, "\"openid\"", GRANTED);
	CLEANUP(json_free)
	cJSON *code = oauth_authorize(state, &app, "\"openid\"",
	    GRANTED ",\"code_challenge\":\"" CHALLENGE "\"");
	struct target form = target_of("grant_type=authorization_code&code=%s"
				       "&client_id=%s" TO_URL,
	    text_at(code, "authorization_code"), app.id.text);
	struct target proven =
	    target_of("%s&code_verifier=" VERIFIER, form.text);
	CLEANUP(json_free) cJSON *tokens = NULL;

	assert_answer(bare, API_PKCE_REQUIRED_FOR_IDP_AUTHORIZATION_FLOW);
	assert_oauth_fault(state, TOKEN, "invalid_grant", 400, form.text);
	assert_oauth_fault(state, TOKEN, "invalid_grant", 400,
	    target_of("%s&code_verifier=x", form.text).text);
	tokens = oauth_post(state, TOKEN, proven.text);
	assert_int_equal(int_at(tokens, "http"), 200);
	assert_null(json_at(tokens, "refresh_token"));
}

static void
consent_is_asked_for_once(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "u@e.example", "u");
	assert_non_null(user);
	static const char start[] =
	    "{\"client_id\":\"%s\",\"redirect_uri\":\"" URL "\","
	    "\"response_type\":\"code\",\"user_id\":\"u\",\"scopes\":["
	    "\"openid\",\"full_access\",\"what\"]%s}";
	struct oauth_app third =
	    oauth_make_app(state, VERTICAL_CONSUMER, "third_party", "");
	struct oauth_app first = oauth_make_app(state, VERTICAL_CONSUMER,
	    "first_party", ",\"full_access_allowed\":true");
	CLEANUP(json_free)
	cJSON *a = drive(*state, VERTICAL_CONSUMER, "POST", START, start,
	    third.id.text, "");
	CLEANUP(json_free)
	cJSON *b = drive(*state, VERTICAL_CONSUMER, "POST", START, start,
	    first.id.text, "");
	CLEANUP(json_free)
	cJSON *c = drive(*state, VERTICAL_CONSUMER, "POST", START, start,
	    first.id.text, ",\"prompt\":\"consent\"");

	assert_answer(a, API_OK);
	assert_user(json_at(a, "user"));
	assert_true(bool_at(a, "consent_required"));
	assert_string_equal(text_at(a, "client.client_id"), third.id.text);
	assert_null(json_at(a, "client.redirect_urls"));
	assert_true(bool_at(a, "scope_results.0.is_grantable"));
	assert_false(bool_at(a, "scope_results.1.is_grantable"));
	assert_false(bool_at(a, "scope_results.2.is_grantable"));
	assert_false(bool_at(b, "consent_required"));
	assert_true(bool_at(b, "scope_results.1.is_grantable"));
	assert_true(bool_at(c, "consent_required"));
}

static void
a_refusal_goes_back_to_the_app(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "u@e.example", "u");
	assert_non_null(user);
	struct oauth_app app =
	    oauth_make_app(state, VERTICAL_CONSUMER, "third_party", "");
	CLEANUP(json_free)
	cJSON *denied = oauth_authorize(state, &app, "\"openid\"",
	    ",\"consent_granted\":false");
	CLEANUP(json_free)
	cJSON *unknown = oauth_authorize(state, &app, "\"root\"", GRANTED);

	char nonce[4096];
	CLEANUP(json_free) cJSON *long_one = NULL;

	memset(nonce, 'n', sizeof(nonce));
	memcpy(nonce, ",\"nonce\":\"", 10);
	memcpy(nonce + sizeof(nonce) - 2, "\"", 2);
	long_one = consumer(*state, "POST", AUTHORIZE,
	    "{\"client_id\":\"%s\",\"redirect_uri\":\"" URL "\","
	    "\"response_type\":\"code\",\"user_id\":\"u\",\"scopes\":[]" GRANTED
	    "%s}",
	    app.id.text, nonce);
	assert_answer(long_one, API_INVALID_REQUEST_VALUE);
	assert_answer(denied, API_OK);
	assert_string_equal(text_at(denied, "redirect_uri"),
	    URL "?error=access_denied&state=s%20t");
	assert_null(json_at(denied, "authorization_code"));
	assert_string_equal(text_at(unknown, "redirect_uri"),
	    URL "?error=invalid_scope&state=s%20t");
}

static void
authorizations_that_are_refused(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "u@e.example", "u");
	assert_non_null(user);
	struct oauth_app app =
	    oauth_make_app(state, VERTICAL_CONSUMER, "third_party", "");
	const struct {
		enum api_error error;
		const char *client, *url, *person;
	} cases[] = {
		{ API_CONNECTED_APP_SUPPLIED_REDIRECT_URL_NOT_FOUND_IN_CLIENT,
		    app.id.text, URL "/", "\"user_id\":\"u\"" },
		{ API_CONNECTED_APP_NOT_FOUND,
		    "connected-app-test-00000000-0000-4000-8000-000000000000",
		    URL, "\"user_id\":\"u\"" },
		{ API_USER_NOT_FOUND, app.id.text, URL, "\"user_id\":\"v\"" },
		{ API_INVALID_SESSION_TOKEN, app.id.text, URL,
		    "\"session_token\":\"x\"" },
		{ API_TOO_MANY_SESSION_ARGUMENTS, app.id.text, URL,
		    "\"session_token\":\"x\",\"user_id\":\"u\"" },
		{ API_NO_SESSION_ARGUMENTS, app.id.text, URL,
		    "\"state\":\"\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		refused(cases[i].error, *state, "POST", AUTHORIZE,
		    "{\"client_id\":\"%s\",\"redirect_uri\":\"%s\",%s,"
		    "\"response_type\":\"code\",\"scopes\":[\"openid\"]"
		    ",\"consent_granted\":true}",
		    cases[i].client, cases[i].url, cases[i].person);
		refused(cases[i].error, *state, "POST", START,
		    "{\"client_id\":\"%s\",\"redirect_uri\":\"%s\",%s,"
		    "\"response_type\":\"code\",\"scopes\":[\"openid\"]}",
		    cases[i].client, cases[i].url, cases[i].person);
	}
	/* Documented so, against the rule for such names. */
	assert_int_equal(
	    error_row(
		API_CONNECTED_APP_SUPPLIED_REDIRECT_URL_NOT_FOUND_IN_CLIENT)
		->status,
	    401);
}

static void
a_consent_that_is_revoked_ends_the_tokens(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "u@e.example", "u");
	assert_non_null(user);
	struct oauth_app app = oauth_make_app(state, VERTICAL_CONSUMER,
	    "first_party", ",\"full_access_allowed\":true");
	CLEANUP(json_free)
	cJSON *code = oauth_authorize(state, &app,
	    "\"full_access\",\"offline_access\"", GRANTED);
	CLEANUP(json_free)
	cJSON *tokens = oauth_redeem(state, &app, "code",
	    text_at(code, "authorization_code"), TO_URL);
	const char *jwt = text_at(tokens, "access_token");
	struct target revoke =
	    target_of("/v1/users/u/connected_apps/%s/revoke", app.id.text);
	CLEANUP(buf_clear) struct buf form = BUF_INIT(8192);
	CLEANUP(json_free) cJSON *before = NULL;
	CLEANUP(json_free) cJSON *after = NULL;
	CLEANUP(json_free) cJSON *refresh = NULL;
	CLEANUP(json_free) cJSON *session = NULL;

	buf_addf(&form, "token=%s&client_id=%s&client_secret=%s", jwt,
	    app.id.text, app.secret.text);
	before = oauth_post(state, INTROSPECT, buf_text(&form));
	assert_true(bool_at(before, "active"));
	session = consumer(*state, "POST", "/v1/sessions/exchange_access_token",
	    "{\"access_token\":\"%s\"}", jwt);
	assert_answer(session, API_OK);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", revoke.text,
	    "{}");
	refused(API_CONNECTED_APP_NOT_FOUND, *state, "POST", revoke.text, "{}");
	after = oauth_post(state, INTROSPECT, buf_text(&form));
	assert_false(bool_at(after, "active"));
	refresh = oauth_redeem(state, &app, "refresh_token",
	    text_at(tokens, "refresh_token"), "");
	assert_string_equal(text_at(refresh, "error"), "invalid_grant");
	refused(API_CONNECTED_APP_CONSENT_REVOKED, *state, "POST",
	    "/v1/sessions/exchange_access_token", "{\"access_token\":\"%s\"}",
	    jwt);
}

static void
userinfo_wants_a_token_of_an_app(void **state)
{
	static const char *const headers[] = { NULL, "Bearer ", "Bearer x",
		"Basic eDp5" };

	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		CLEANUP(json_free)
		cJSON *answer = oauth_call(state, "GET",
		    CONSUMER_PUBLIC "oauth2/userinfo", headers[i], NULL);

		assert_string_equal(text_at(answer, "error"), "invalid_token");
		assert_int_equal(int_at(answer, "http"), 401);
	}
}

static cJSON *
member_authorize(void **state, const char *path, const struct oauth_app *app)
{
	CLEANUP(json_free)
	cJSON *member = b2b(state, "GET",
	    ORGANIZATIONS "/strict/member?member_id=tom", NULL);

	assert_answer(member, API_OK);
	return b2b(state, "POST", path,
	    "{\"client_id\":\"%s\",\"redirect_uri\":\"" URL "\","
	    "\"response_type\":\"code\",\"organization_id\":\"%s\","
	    "\"member_id\":\"%s\",\"scopes\":[\"openid\",\"email\"]%s}",
	    app->id.text, text_at(member, "organization.organization_id"),
	    text_at(member, "member_id"),
	    strstr(path, "start") == NULL ? GRANTED : "");
}

static void
a_members_app_is_seen_by_the_organization(void **state)
{
	struct oauth_app app =
	    oauth_make_app(state, VERTICAL_B2B, "third_party", "");
	CLEANUP(json_free)
	cJSON *start =
	    member_authorize(state, "/v1/b2b/idp/oauth/authorize/start", &app);
	CLEANUP(json_free)
	cJSON *code =
	    member_authorize(state, "/v1/b2b/idp/oauth/authorize", &app);
	CLEANUP(json_free) cJSON *tokens = NULL;
	CLEANUP(json_free) cJSON *list = NULL;
	CLEANUP(json_free) cJSON *one = NULL;
	CLEANUP(json_free) cJSON *own = NULL;

	assert_answer(start, API_OK);
	assert_true(bool_at(start, "consent_required"));
	assert_non_null(json_at(start, "organization.organization_id"));
	assert_answer(code, API_OK);
	tokens = oauth_redeem(state, &app, "code",
	    text_at(code, "authorization_code"), TO_URL);
	assert_int_equal(int_at(tokens, "http"), 200);
	list = b2b(state, "GET", ORGANIZATIONS "/strict/connected_apps", NULL);
	assert_answer(list, API_OK);
	assert_string_equal(text_at(list, "connected_apps.0.connected_app_id"),
	    app.id.text);
	assert_null(json_at(list, "connected_apps.0.scopes_granted"));
	one = b2b(state, "GET",
	    target_of(ORGANIZATIONS "/strict/connected_apps/%s", app.id.text)
		.text,
	    NULL);
	assert_answer(one, API_OK);
	assert_string_equal(text_at(one, "active_members.0.granted_scopes.1"),
	    "email");
	assert_string_equal(text_at(one, "client_type"), "third_party");
	own = b2b(state, "GET",
	    ORGANIZATIONS "/strict/members/tom/connected_apps", NULL);
	assert_string_equal(text_at(own, "connected_apps.0.scopes_granted"),
	    "openid email");
	assert_b2b(API_OK, state, "POST",
	    target_of(ORGANIZATIONS
		"/strict/members/tom/connected_apps/%s/revoke",
		app.id.text)
		.text,
	    "{}");
	assert_b2b(API_CONNECTED_APP_NOT_FOUND, state, "GET",
	    target_of(ORGANIZATIONS "/strict/connected_apps/%s", app.id.text)
		.text,
	    NULL);
}

static void
an_organization_may_forbid_apps(void **state)
{
	struct oauth_app app =
	    oauth_make_app(state, VERTICAL_B2B, "third_party", "");
	CLEANUP(json_free) cJSON *answer = NULL;

	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/strict",
	    "{\"third_party_connected_apps_allowed_type\":\"NOT_ALLOWED\"}");
	answer = member_authorize(state, "/v1/b2b/idp/oauth/authorize", &app);
	assert_answer(answer, API_CONNECTED_APP_NOT_ALLOWED_FOR_ORG);
}

#define CASE(test) \
	cmocka_unit_test_setup_teardown(test, drive_setup, drive_teardown)
#define B2B_CASE(test) \
	cmocka_unit_test_setup_teardown(test, b2b_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_machine_gets_a_token_and_looks_into_it),
		CASE(both_secrets_work_while_one_is_rotated),
		CASE(token_requests_that_are_refused),
		CASE(paths_that_are_none),
		CASE(the_configuration_leads_to_the_keys),
		CASE(a_code_becomes_tokens_and_userinfo),
		CASE(a_code_is_good_once_and_its_reuse_ends_all),
		CASE(a_refresh_token_is_good_once),
		CASE(codes_that_are_refused),
		CASE(a_public_app_proves_itself_by_pkce),
		CASE(consent_is_asked_for_once),
		CASE(a_refusal_goes_back_to_the_app),
		CASE(authorizations_that_are_refused),
		CASE(a_consent_that_is_revoked_ends_the_tokens),
		CASE(userinfo_wants_a_token_of_an_app),
		B2B_CASE(a_members_app_is_seen_by_the_organization),
		B2B_CASE(an_organization_may_forbid_apps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
