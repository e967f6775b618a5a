/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens looked into and revoked. */
#include "config.h"

#include "tests/unit/sandbox_oauth2_drive.h"

#define REVOKE CONSUMER_PUBLIC "oauth2/revoke"
#define USERINFO CONSUMER_PUBLIC "oauth2/userinfo"

static int
setup(void **state)
{
	if (drive_setup(state) != 0)
		return -1;
	add_user(*state, "u@e.example", "u");
	return 0;
}

/* Tokens of an app that may refresh them. */
static cJSON *
tokens_of(void **state, const struct oauth_app *app)
{
	CLEANUP(json_free)
	cJSON *code = oauth_authorize(state, app,
	    "\"openid\",\"full_access\",\"offline_access\"", GRANTED);
	cJSON *tokens = oauth_redeem(state, app, "code",
	    text_at(code, "authorization_code"), TO_URL);

	assert_int_equal(int_at(tokens, "http"), 200);
	return tokens;
}

static struct oauth_app
first_party(void **state)
{
	return oauth_make_app(state, VERTICAL_CONSUMER, "first_party",
	    ",\"full_access_allowed\":true");
}

/* POST a token with the client's secret. */
static cJSON *
post_token(void **state, const char *target, const struct oauth_app *app,
    const char *token)
{
	CLEANUP(buf_clear) struct buf form = BUF_INIT(8192);

	buf_addf(&form, "token=%s&client_id=%s&client_secret=%s", token,
	    app->id.text, app->secret.text);
	return oauth_post(state, target, buf_text(&form));
}

static void
revokes(void **state, const struct oauth_app *app, const char *token)
{
	CLEANUP(json_free)
	cJSON *answer = post_token(state, REVOKE, app, token);

	assert_int_equal(int_at(answer, "http"), 200);
}

static bool
is_active(void **state, const struct oauth_app *app, const char *token)
{
	CLEANUP(json_free)
	cJSON *answer = post_token(state, INTROSPECT, app, token);

	assert_int_equal(int_at(answer, "http"), 200);
	return bool_at(answer, "active");
}

static int64_t
userinfo_status(void **state, const char *token)
{
	CLEANUP(buf_clear) struct buf bearer = BUF_INIT(8192);
	CLEANUP(json_free) cJSON *answer = NULL;

	buf_addf(&bearer, "Bearer %s", token);
	answer = oauth_call(state, "GET", USERINFO, buf_text(&bearer), NULL);
	return int_at(answer, "http");
}

static void
a_refresh_token_is_looked_into(void **state)
{
	struct oauth_app app = first_party(state);
	CLEANUP(json_free) cJSON *tokens = tokens_of(state, &app);
	const char *refresh = text_at(tokens, "refresh_token");
	CLEANUP(json_free)
	cJSON *seen = post_token(state, INTROSPECT, &app, refresh);
	CLEANUP(json_free)
	cJSON *user = consumer(*state, "GET", "/v1/users/u", NULL);

	assert_true(bool_at(seen, "active"));
	assert_string_equal(text_at(seen, "token_type"), "refresh_token");
	assert_string_equal(text_at(seen, "scope"),
	    "openid full_access offline_access");
	assert_string_equal(text_at(seen, "sub"), text_at(user, "user_id"));
	assert_string_equal(text_at(seen, "client_id"), app.id.text);
	assert_non_null(json_at(seen, "aud.0"));
	assert_int_equal(int_at(seen, "exp") - int_at(seen, "iat"),
	    365 * 24 * 3600);
	advance(*state, 365LL * 24 * 3600);
	assert_false(is_active(state, &app, refresh));
}

static void
a_refresh_token_that_was_used_is_not_active(void **state)
{
	struct oauth_app app = first_party(state);
	struct oauth_app other = first_party(state);
	CLEANUP(json_free) cJSON *tokens = tokens_of(state, &app);
	const char *refresh = text_at(tokens, "refresh_token");
	CLEANUP(json_free) cJSON *next = NULL;

	assert_false(is_active(state, &other, refresh));
	assert_true(is_active(state, &app, refresh));
	next = oauth_redeem(state, &app, "refresh_token", refresh, "");
	assert_false(is_active(state, &app, refresh));
	assert_true(is_active(state, &app, text_at(next, "refresh_token")));
	/* What is looked into is not used up, nor taken for a reuse. */
	assert_true(is_active(state, &app, text_at(next, "access_token")));
}

static void
an_access_token_is_revoked_alone(void **state)
{
	struct oauth_app app = first_party(state);
	CLEANUP(json_free) cJSON *tokens = tokens_of(state, &app);
	CLEANUP(json_free) cJSON *next = NULL;
	const char *access = text_at(tokens, "access_token");

	assert_int_equal(userinfo_status(state, access), 200);
	revokes(state, &app, access);
	assert_false(is_active(state, &app, access));
	assert_int_equal(userinfo_status(state, access), 401);
	refused(API_IDP_ACCESS_TOKEN_NOT_FOUND, *state, "POST",
	    "/v1/sessions/exchange_access_token", "{\"access_token\":\"%s\"}",
	    access);
	next = oauth_redeem(state, &app, "refresh_token",
	    text_at(tokens, "refresh_token"), "");
	assert_int_equal(int_at(next, "http"), 200);
	assert_int_equal(userinfo_status(state, text_at(next, "access_token")),
	    200);
}

static void
a_refresh_token_takes_all_of_its_grant_along(void **state)
{
	struct oauth_app app = first_party(state);
	CLEANUP(json_free) cJSON *other = tokens_of(state, &app);
	CLEANUP(json_free) cJSON *tokens = tokens_of(state, &app);
	CLEANUP(json_free) cJSON *next = NULL;

	revokes(state, &app, text_at(tokens, "refresh_token"));
	assert_int_equal(userinfo_status(state,
			     text_at(tokens, "access_token")),
	    401);
	next = oauth_redeem(state, &app, "refresh_token",
	    text_at(tokens, "refresh_token"), "");
	assert_string_equal(text_at(next, "error"), "invalid_grant");
	/* Another grant is not touched. */
	assert_int_equal(userinfo_status(state, text_at(other, "access_token")),
	    200);
}

static void
a_used_refresh_token_ends_the_access_tokens_too(void **state)
{
	struct oauth_app app = first_party(state);
	CLEANUP(json_free) cJSON *tokens = tokens_of(state, &app);
	const char *refresh = text_at(tokens, "refresh_token");
	CLEANUP(json_free)
	cJSON *next = oauth_redeem(state, &app, "refresh_token", refresh, "");
	CLEANUP(json_free)
	cJSON *again = oauth_redeem(state, &app, "refresh_token", refresh, "");

	assert_string_equal(text_at(again, "error"), "invalid_grant");
	assert_int_equal(userinfo_status(state, text_at(next, "access_token")),
	    401);
}

static void
what_is_no_token_is_revoked_already(void **state)
{
	struct oauth_app app = first_party(state);
	CLEANUP(json_free) cJSON *tokens = tokens_of(state, &app);

	revokes(state, &app, "x");
	revokes(state, &app, "e30.e30.x");
	for (int i = 0; i < 2; i++)
		revokes(state, &app, text_at(tokens, "access_token"));
	for (int i = 0; i < 2; i++)
		revokes(state, &app, text_at(tokens, "refresh_token"));
}

static void
revocations_that_are_refused(void **state)
{
	struct oauth_app app = first_party(state);
	struct oauth_app other = first_party(state);
	CLEANUP(json_free) cJSON *tokens = tokens_of(state, &app);
	const char *const mine[] = { "access_token", "refresh_token" };
	CLEANUP(json_free) cJSON *machine = NULL;
	CLEANUP(buf_clear) struct buf form = BUF_INIT(8192);

	for (size_t i = 0; i < ARRAY_LEN(mine); i++) {
		CLEANUP(json_free)
		cJSON *answer =
		    post_token(state, REVOKE, &other, text_at(tokens, mine[i]));

		assert_string_equal(text_at(answer, "error"), "invalid_grant");
		assert_int_equal(int_at(answer, "http"), 400);
	}
	assert_true(is_active(state, &app, text_at(tokens, "access_token")));
	assert_true(is_active(state, &app, text_at(tokens, "refresh_token")));
	assert_oauth_fault(state, REVOKE, "invalid_client", 401,
	    "token=x&client_id=nobody&client_secret=x");
	assert_oauth_fault(state, REVOKE, "invalid_request", 400,
	    target_of("client_id=%s&client_secret=%s", app.id.text,
		app.secret.text)
		.text);
	assert_oauth_fault(state, REVOKE, "invalid_client", 401,
	    target_of("token=x&client_id=%s&client_secret=wrong", app.id.text)
		.text);
	/* A machine's token ends by itself. */
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/m2m/clients",
	    "{\"client_id\":\"m\",\"client_secret\":\"secret-of-m\","
	    "\"scopes\":[]}");
	machine = oauth_post(state, TOKEN,
	    "grant_type=client_credentials&client_id=m&client_secret="
	    "secret-of-m");
	buf_addf(&form, "token=%s&client_id=m&client_secret=secret-of-m",
	    text_at(machine, "access_token"));
	assert_oauth_fault(state, REVOKE, "unsupported_token_type", 400,
	    buf_text(&form));
}

static void
the_configuration_names_the_endpoint(void **state)
{
	CLEANUP(json_free)
	cJSON *answer = oauth_call(state, "GET",
	    CONSUMER_PUBLIC ".well-known/openid-configuration", NULL, NULL);

	assert_string_equal(text_at(answer, "revocation_endpoint"),
	    "http://127.0.0.1:1" REVOKE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_refresh_token_is_looked_into),
		TEST(a_refresh_token_that_was_used_is_not_active),
		TEST(an_access_token_is_revoked_alone),
		TEST(a_refresh_token_takes_all_of_its_grant_along),
		TEST(a_used_refresh_token_ends_the_access_tokens_too),
		TEST(what_is_no_token_is_revoked_already),
		TEST(revocations_that_are_refused),
		TEST(the_configuration_names_the_endpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
