/* SPDX-License-Identifier: BSD-2-Clause */
/* sessions.*: lifetime, factors, claims, JWTs, roles. */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include "sandbox/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AUTHENTICATE "/v1/sessions/authenticate"
#define EMAIL "a@example.com"
#define PASSWORD "correct-Zebra-47-lantern"

static int
setup(void **state)
{
	int rc = drive_setup(state);

	if (rc == 0) {
		CLEANUP(json_free)
		cJSON *seeded = drive_control(*state, "POST", "/sandbox/seed",
		    "{\"settings\":{\"rbac_policy\":{\"roles\":[{\"role_id\":"
		    "\"ops\",\"permissions\":[{\"resource_id\":\"host\","
		    "\"actions\":[\"login\"]},{\"resource_id\":\"disk\","
		    "\"actions\":[\"*\"]}]}],\"resources\":[],\"scopes\":[]}},"
		    "\"users\":[{\"external_id\":\"a\",\"emails\":[\"" EMAIL
		    "\"],\"password\":\"" PASSWORD
		    "\",\"roles\":[\"ops\"]},{\"external_id\":\"b\","
		    "\"emails\":[\"b@example.com\"],\"password\":\"" PASSWORD
		    "\"}]}");

		assert_int_equal(int_at(seeded, "status_code"), 200);
	}
	return rc;
}

/* A session of 60 minutes; extra is more of the body. */
static cJSON *
open_session(struct sandbox *sandbox, const char *email, const char *extra)
{
	cJSON *answer = consumer(sandbox, "POST", "/v1/passwords/authenticate",
	    "{\"email\":\"%s\",\"password\":\"" PASSWORD
	    "\",\"session_duration_minutes\":60%s}",
	    email, extra);

	assert_answer(answer, API_OK);
	return answer;
}

static void
a_session_lives_as_long_as_asked_for(void **state)
{
	CLEANUP(json_free) cJSON *opened = open_session(*state, EMAIL, "");
	const char *token = text_at(opened, "session_token");
	CLEANUP(json_free) cJSON *later = NULL;

	advance(*state, 3599);
	later = consumer(*state, "POST", AUTHENTICATE,
	    "{\"session_token\":\"%s\"}", token);
	assert_answer(later, API_OK);
	assert_string_equal(text_at(later, "session.expires_at"),
	    text_at(opened, "session.expires_at"));
	assert_string_equal(text_at(later, "session_token"), token);
	advance(*state, 1);
	refused(API_SESSION_NOT_FOUND, *state, "POST", AUTHENTICATE,
	    "{\"session_token\":\"%s\"}", token);
}

static void
a_duration_moves_the_end(void **state)
{
	CLEANUP(json_free) cJSON *opened = open_session(*state, EMAIL, "");
	const char *token = text_at(opened, "session_token");

	advance(*state, 3000);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", AUTHENTICATE,
	    "{\"session_token\":\"%s\",\"session_duration_minutes\":60}",
	    token);
	advance(*state, 3000);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", AUTHENTICATE,
	    "{\"session_token\":\"%s\"}", token);
	refused(API_INVALID_SESSION_DURATION_MINUTES, *state, "POST",
	    AUTHENTICATE,
	    "{\"session_token\":\"%s\",\"session_duration_minutes\":527041}",
	    token);
}

static void
the_project_caps_the_duration(void **state)
{
	CLEANUP(json_free)
	cJSON *settings = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"session_max_minutes\":30}}");

	assert_int_equal(int_at(settings, "status_code"), 200);
	refused(API_INVALID_SESSION_DURATION, *state, "POST",
	    "/v1/passwords/authenticate",
	    "{\"email\":\"" EMAIL "\",\"password\":\"" PASSWORD
	    "\",\"session_duration_minutes\":31}");
}

static void
tokens_are_checked_by_form_then_by_state(void **state)
{
	CLEANUP(json_free) cJSON *opened = open_session(*state, EMAIL, "");
	const char *token = text_at(opened, "session_token");

	refused(API_NO_SESSION_ARGUMENTS, *state, "POST", AUTHENTICATE, "{}");
	refused(API_TOO_MANY_SESSION_ARGUMENTS, *state, "POST", AUTHENTICATE,
	    "{\"session_token\":\"%s\",\"session_jwt\":\"x\"}", token);
	refused(API_INVALID_SESSION_TOKEN, *state, "POST", AUTHENTICATE,
	    "{\"session_token\":\"short\"}");
	refused(API_INVALID_SESSION_TOKEN, *state, "POST", AUTHENTICATE,
	    "{\"session_token\":\"%sx\"}", token);
	refused(API_SESSION_NOT_FOUND, *state, "POST", AUTHENTICATE,
	    "{\"session_token\":"
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}");
	refused(API_UNABLE_TO_PARSE_SESSION_JWT, *state, "POST", AUTHENTICATE,
	    "{\"session_jwt\":\"a.b.c\"}");
}

static void
a_jwt_names_its_session_also_when_expired(void **state)
{
	CLEANUP(json_free) cJSON *opened = open_session(*state, EMAIL, "");
	CLEANUP(json_free) cJSON *answer = NULL;

	advance(*state, 301);
	answer = consumer(*state, "POST", AUTHENTICATE,
	    "{\"session_jwt\":\"%s\"}", text_at(opened, "session_jwt"));
	assert_answer(answer, API_OK);
	assert_string_equal(text_at(answer, "session_token"),
	    text_at(opened, "session_token"));
	assert_string_not_equal(text_at(answer, "session_jwt"),
	    text_at(opened, "session_jwt"));
}

static void
a_jwt_says_what_the_session_is(void **state)
{
	CLEANUP(json_free)
	cJSON *opened = open_session(*state, EMAIL,
	    ",\"session_custom_claims\":{\"color\":\"red\",\"sub\":\"x\"}");
	CLEANUP(json_free) cJSON *keys = NULL;
	CLEANUP(json_free) cJSON *claims = NULL;

	keys = consumer(*state, "GET",
	    "/v1/sessions/jwks/"
	    "project-test-11111111-1111-4111-8111-111111111111",
	    NULL);
	claims = key_verify_with(keys, text_at(opened, "session_jwt"));
	assert_non_null(claims);
	assert_string_equal(text_at(claims, "iss"),
	    "stytch.com/project-test-11111111-1111-4111-8111-111111111111");
	assert_string_equal(text_at(claims, "aud.0"),
	    "project-test-11111111-1111-4111-8111-111111111111");
	assert_string_equal(text_at(claims, "sub"), text_at(opened, "user_id"));
	assert_int_equal(int_at(claims, "exp"), int_at(claims, "iat") + 300);
	assert_string_equal(text_at(claims, "color"), "red");
	{
		const cJSON *session =
		    json_get(claims, "https://stytch.com/session");

		assert_string_equal(text_at(session, "id"),
		    text_at(opened, "session.session_id"));
		assert_string_equal(text_at(session,
					"authentication_factors.0.type"),
		    "password");
		assert_null(strchr(text_at(session, "started_at"), '.'));
		assert_string_equal(text_at(session, "roles.0"), "ops");
	}
}

/* The JWT with one character of it changed. */
static void
a_forged_jwt_is_refused(void **state)
{
	CLEANUP(json_free) cJSON *opened = open_session(*state, EMAIL, "");
	const char *jwt = text_at(opened, "session_jwt");
	size_t len = strlen(jwt);
	static const char none[] = "eyJhbGciOiJub25lIiwia2lkIjoieCJ9.e30.";
	static const char hs256[] =
	    "eyJhbGciOiJIUzI1NiIsImtpZCI6IngifQ.e30."
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

	/* The last character has bits that say nothing. */
	for (size_t i = 1; i < len - 1; i += len / 23) {
		CLEANUP(string_free) char *forged = strdup(jwt);
		CLEANUP(json_free) cJSON *answer = NULL;

		assert_non_null(forged);
		forged[i] = forged[i] == 'A' ? 'B' : 'A';
		answer = consumer(*state, "POST", AUTHENTICATE,
		    "{\"session_jwt\":\"%s\"}", forged);
		assert_answer(answer, API_UNABLE_TO_PARSE_SESSION_JWT);
	}
	refused(API_UNABLE_TO_PARSE_SESSION_JWT, *state, "POST", AUTHENTICATE,
	    "{\"session_jwt\":\"%s\"}", none);
	refused(API_UNABLE_TO_PARSE_SESSION_JWT, *state, "POST", AUTHENTICATE,
	    "{\"session_jwt\":\"%s\"}", hs256);
}

static void
a_factor_of_another_method_joins_the_session(void **state)
{
	CLEANUP(json_free) cJSON *opened = open_session(*state, EMAIL, "");
	CLEANUP(json_free) cJSON *sent = NULL;
	CLEANUP(json_free) cJSON *mail = NULL;
	CLEANUP(json_free) cJSON *joined = NULL;
	CLEANUP(json_free) cJSON *again = NULL;

	sent = consumer(*state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"" EMAIL "\"}");
	mail = last_message(*state, EMAIL);
	advance(*state, 10);
	joined = consumer(*state, "POST", "/v1/otps/authenticate",
	    "{\"method_id\":\"%s\",\"code\":\"%s\",\"session_token\":\"%s\"}",
	    text_at(sent, "email_id"), text_at(mail, "code"),
	    text_at(opened, "session_token"));
	assert_answer(joined, API_OK);
	assert_string_equal(text_at(joined, "session.session_id"),
	    text_at(opened, "session.session_id"));
	assert_int_equal(cJSON_GetArraySize(
			     json_at(joined, "session.authentication_factors")),
	    2);
	assert_string_equal(text_at(joined, "session.expires_at"),
	    text_at(opened, "session.expires_at"));
	/* The same method again only has a newer time. */
	again = consumer(*state, "POST", "/v1/passwords/authenticate",
	    "{\"email\":\"" EMAIL "\",\"password\":\"" PASSWORD
	    "\",\"session_token\":\"%s\"}",
	    text_at(opened, "session_token"));
	assert_answer(again, API_OK);
	assert_int_equal(cJSON_GetArraySize(
			     json_at(again, "session.authentication_factors")),
	    2);
	assert_string_not_equal(
	    text_at(again,
		"session.authentication_factors.0.last_authenticated_at"),
	    text_at(opened,
		"session.authentication_factors.0.last_authenticated_at"));
	assert_string_equal(text_at(again,
				"session.authentication_factors.0.created_at"),
	    text_at(opened, "session.authentication_factors.0.created_at"));
}

static void
anothers_session_takes_no_factor(void **state)
{
	CLEANUP(json_free)
	cJSON *other = open_session(*state, "b@example.com", "");

	refused(API_USER_ID_MISMATCH, *state, "POST",
	    "/v1/passwords/authenticate",
	    "{\"email\":\"" EMAIL "\",\"password\":\"" PASSWORD
	    "\",\"session_token\":\"%s\"}",
	    text_at(other, "session_token"));
}

static void
claims_merge_by_key(void **state)
{
	CLEANUP(json_free)
	cJSON *opened = open_session(*state, EMAIL,
	    ",\"session_custom_claims\":{\"a\":1,\"b\":2}");
	const char *token = text_at(opened, "session_token");
	CLEANUP(json_free) cJSON *merged = NULL;
	char text[4200];

	merged = consumer(*state, "POST", AUTHENTICATE,
	    "{\"session_token\":\"%s\",\"session_custom_claims\":{\"a\":null,"
	    "\"c\":3,\"exp\":1}}",
	    token);
	assert_answer(merged, API_OK);
	assert_null(json_at(merged, "session.custom_claims.a"));
	assert_int_equal(int_at(merged, "session.custom_claims.b"), 2);
	assert_int_equal(int_at(merged, "session.custom_claims.c"), 3);
	assert_null(json_at(merged, "session.custom_claims.exp"));
	refused(API_STYTCH_CLAIMS_IN_CUSTOM_CLAIMS, *state, "POST",
	    AUTHENTICATE,
	    "{\"session_token\":\"%s\",\"session_custom_claims\":"
	    "{\"https://stytch.com/session\":{}}}",
	    token);
	memset(text, 'x', sizeof(text));
	text[4085] = '\0';
	refused(API_CUSTOM_CLAIMS_TOO_LARGE, *state, "POST", AUTHENTICATE,
	    "{\"session_token\":\"%s\",\"session_custom_claims\":{\"t\":"
	    "\"%s\"}}",
	    token, text);
}

static void
roles_decide_what_a_session_may(void **state)
{
	static const struct {
		const char *email, *resource, *action;
		enum api_error error;
	} cases[] = {
		{ EMAIL, "host", "login", API_OK },
		{ EMAIL, "disk", "anything", API_OK },
		{ EMAIL, "stytch.self", "update.info.name", API_OK },
		{ EMAIL, "host", "reboot",
		    API_CONSUMER_SESSION_AUTHORIZATION_ERROR },
		{ EMAIL, "*", "login",
		    API_CONSUMER_SESSION_AUTHORIZATION_ERROR },
		{ EMAIL, "hos", "login",
		    API_CONSUMER_SESSION_AUTHORIZATION_ERROR },
		{ "b@example.com", "host", "login",
		    API_CONSUMER_SESSION_AUTHORIZATION_ERROR },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *opened = open_session(*state, cases[i].email, "");
		CLEANUP(json_free)
		cJSON *answer = consumer(*state, "POST", AUTHENTICATE,
		    "{\"session_token\":\"%s\",\"authorization_check\":"
		    "{\"resource_id\":\"%s\",\"action\":\"%s\"}}",
		    text_at(opened, "session_token"), cases[i].resource,
		    cases[i].action);

		assert_answer(answer, cases[i].error);
		if (cases[i].error == API_OK)
			assert_true(bool_at(answer, "verdict.authorized"));
	}
}

static void
a_revoked_session_is_gone_for_each_way_of_naming_it(void **state)
{
	static const struct {
		const char *name, *path;
	} ways[] = { { "session_id", "session.session_id" },
		{ "session_token", "session_token" },
		{ "session_jwt", "session_jwt" } };

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		CLEANUP(json_free)
		cJSON *opened = open_session(*state, EMAIL, "");

		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/sessions/revoke", "{\"%s\":\"%s\"}", ways[i].name,
		    text_at(opened, ways[i].path));
		refused(API_SESSION_NOT_FOUND, *state, "POST", AUTHENTICATE,
		    "{\"session_token\":\"%s\"}",
		    text_at(opened, "session_token"));
		refused(API_SESSION_NOT_FOUND, *state, "POST", AUTHENTICATE,
		    "{\"session_jwt\":\"%s\"}", text_at(opened, "session_jwt"));
		refused(API_SESSION_NOT_FOUND, *state, "POST",
		    "/v1/sessions/revoke", "{\"%s\":\"%s\"}", ways[i].name,
		    text_at(opened, ways[i].path));
	}
	refused(API_NO_SESSION_REVOKE_ARGUMENTS, *state, "POST",
	    "/v1/sessions/revoke", "{}");
	refused(API_TOO_MANY_SESSION_REVOKE_ARGUMENTS, *state, "POST",
	    "/v1/sessions/revoke",
	    "{\"session_token\":\"x\",\"session_jwt\":\"y\"}");
	refused(API_INVALID_SESSION_ID, *state, "POST", "/v1/sessions/revoke",
	    "{\"session_id\":\"x\"}");
}

static void
live_sessions_of_a_user_are_listed(void **state)
{
	CLEANUP(json_free) cJSON *first = open_session(*state, EMAIL, "");
	CLEANUP(json_free)
	cJSON *other = open_session(*state, "b@example.com", "");
	CLEANUP(json_free) cJSON *list = NULL;
	CLEANUP(json_free) cJSON *later = NULL;

	assert_answer(other, API_OK);
	list = consumer(*state, "GET", "/v1/sessions?user_id=a", NULL);
	assert_answer(list, API_OK);
	assert_int_equal(cJSON_GetArraySize(json_at(list, "sessions")), 1);
	assert_string_equal(text_at(list, "sessions.0.session_id"),
	    text_at(first, "session.session_id"));
	assert_null(json_at(list, "sessions.0.session_token"));
	advance(*state, 3600);
	later = consumer(*state, "GET", "/v1/sessions?user_id=a", NULL);
	assert_int_equal(cJSON_GetArraySize(json_at(later, "sessions")), 0);
	refused(API_INVALID_USER_ID, *state, "GET", "/v1/sessions", NULL);
	refused(API_USER_NOT_FOUND, *state, "GET", "/v1/sessions?user_id=zzz",
	    NULL);
}

static void
a_foreign_token_is_migrated_by_its_userinfo(void **state)
{
	CLEANUP(json_free) cJSON *settings = NULL;

	refused(API_MIGRATE_FROM_EXTERNAL_MISSING_USERINFO, *state, "POST",
	    "/v1/sessions/migrate", "{\"session_token\":\"t1\"}");
	settings = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"userinfo\":{\"t1\":{\"email\":\"" EMAIL
	    "\"},\"t2\":{\"email\":\"nobody@example.com\"}}}}");
	assert_int_equal(int_at(settings, "status_code"), 200);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/sessions/migrate",
	    "{\"session_token\":\"t1\",\"session_duration_minutes\":60}");
	refused(API_MIGRATE_FROM_EXTERNAL_EMAIL_DOES_NOT_EXIST, *state, "POST",
	    "/v1/sessions/migrate", "{\"session_token\":\"t2\"}");
	refused(API_MIGRATE_FROM_EXTERNAL_UNEXPECTED_RESPONSE, *state, "POST",
	    "/v1/sessions/migrate", "{\"session_token\":\"t3\"}");
}

static enum api_error
attest(struct sandbox *sandbox, const char *profile, const char *claims,
    int64_t expires_in)
{
	CLEANUP(string_free)
	/* The B2B project: to this one, a foreign issuer. */
	char *jwt = project_jwt(sandbox, VERTICAL_B2B, claims, expires_in);
	CLEANUP(json_free)
	cJSON *answer = consumer(sandbox, "POST", "/v1/sessions/attest",
	    "{\"profile_id\":\"%s\",\"token\":\"%s\"}", profile, jwt);
	const char *type = json_string(answer, "error_type");

	return type != NULL ? error_by_type(type) : API_OK;
}

#define CLAIMS(iss, aud, email) \
	"{\"iss\":\"" iss "\",\"aud\":\"" aud "\",\"email\":\"" email \
	"\",\"jti\":\"1\"}"

static void
a_trusted_token_is_attested_by_its_profile(void **state)
{
	CLEANUP(json_free)
	cJSON *keys = drive(*state, VERTICAL_B2B, "GET",
	    "/v1/b2b/sessions/jwks/"
	    "project-test-22222222-2222-4222-8222-222222222222",
	    NULL);
	CLEANUP(string_free) char *text = json_text(keys);
	CLEANUP(json_free)
	cJSON *settings = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"trusted_auth_profiles\":{\"p1\":{\"issuer\":"
	    "\"idp\",\"audience\":\"us\",\"jwks\":%s}}}}",
	    text);

	assert_int_equal(int_at(settings, "status_code"), 200);
	assert_int_equal(attest(*state, "p1", CLAIMS("idp", "us", EMAIL), 60),
	    API_OK);
	assert_int_equal(attest(*state, "p2", CLAIMS("idp", "us", EMAIL), 60),
	    API_TRUSTED_TOKEN_PROFILE_NOT_FOUND);
	assert_int_equal(attest(*state, "p1", CLAIMS("evil", "us", EMAIL), 60),
	    API_JWT_INVALID_ISSUER);
	assert_int_equal(attest(*state, "p1", CLAIMS("idp", "them", EMAIL), 60),
	    API_JWT_INVALID_AUDIENCE);
	assert_int_equal(attest(*state, "p1", CLAIMS("idp", "us", EMAIL), 0),
	    API_JWT_INVALID_CLAIMS);
	assert_int_equal(attest(*state, "p1",
			     CLAIMS("idp", "us", "x@example.com"), 60),
	    API_MIGRATE_FROM_EXTERNAL_EMAIL_DOES_NOT_EXIST);
	refused(API_INVALID_TOKEN, *state, "POST", "/v1/sessions/attest",
	    "{\"profile_id\":\"p1\",\"token\":\"a.b.c\"}");
}

static enum api_error
exchange(struct sandbox *sandbox, const char *jwt)
{
	CLEANUP(json_free)
	cJSON *answer =
	    consumer(sandbox, "POST", "/v1/sessions/exchange_access_token",
		"{\"access_token\":\"%s\"}", jwt);
	const char *type = json_string(answer, "error_type");

	return type != NULL ? error_by_type(type) : API_OK;
}

static void
an_access_token_is_exchanged_once_while_fresh(void **state)
{
	CLEANUP(string_free)
	char *good = project_jwt(*state, VERTICAL_CONSUMER,
	    "{\"sub\":\"a\",\"jti\":\"1\",\"scope\":\"openid full_access\"}",
	    3600);
	CLEANUP(string_free)
	char *narrow = project_jwt(*state, VERTICAL_CONSUMER,
	    "{\"sub\":\"a\",\"jti\":\"2\",\"scope\":\"openid full_access2\"}",
	    3600);
	CLEANUP(string_free)
	char *old = project_jwt(*state, VERTICAL_CONSUMER,
	    "{\"sub\":\"a\",\"jti\":\"3\",\"scope\":\"full_access\"}", 3600);
	CLEANUP(string_free)
	char *expired = project_jwt(*state, VERTICAL_CONSUMER,
	    "{\"sub\":\"a\",\"jti\":\"4\",\"scope\":\"full_access\"}", 0);
	CLEANUP(string_free)
	char *foreign = project_jwt(*state, VERTICAL_B2B,
	    "{\"sub\":\"a\",\"jti\":\"5\",\"scope\":\"full_access\"}", 3600);

	assert_int_equal(exchange(*state, good), API_OK);
	assert_int_equal(exchange(*state, good),
	    API_OAUTH_ACCESS_TOKEN_EXCHANGE_TOKEN_INVALID_GRANT);
	assert_int_equal(exchange(*state, narrow),
	    API_OAUTH_ACCESS_TOKEN_EXCHANGE_MISSING_FULL_ACCESS);
	assert_int_equal(exchange(*state, expired),
	    API_IDP_ACCESS_TOKEN_EXPIRED);
	assert_int_equal(exchange(*state, foreign),
	    API_IDP_ACCESS_TOKEN_NOT_FOUND);
	assert_int_equal(exchange(*state, "nothing"),
	    API_IDP_ACCESS_TOKEN_NOT_FOUND);
	advance(*state, 301);
	assert_int_equal(exchange(*state, old),
	    API_OAUTH_ACCESS_TOKEN_EXCHANGE_TOKEN_TOO_OLD);
}

static void
the_magic_session_works_in_a_test_project(void **state)
{
	CLEANUP(json_free)
	cJSON *answer = consumer(*state, "POST", AUTHENTICATE,
	    "{\"session_token\":"
	    "\"WJtR5BCy38Szd5AfoDpf0iqFKEt4EE5JhjlWUY7l3FtY\"}");

	assert_answer(answer, API_OK);
	assert_string_equal(text_at(answer, "session.session_id"),
	    "session-test-eb94233f-8800-4ebd-8645-51dc15f9d028");
	assert_string_equal(text_at(answer, "session.started_at"),
	    "2021-08-28T00:41:58.935673Z");
	refused(API_SESSION_NOT_FOUND, *state, "POST", AUTHENTICATE,
	    "{\"session_token\":"
	    "\"59cnLELtq5cFVS6uYK9f-pAWzBkhqZl8AvLhbhOvKNWw\"}");
	refused(API_SESSION_NOT_FOUND, *state, "POST", "/v1/sessions/revoke",
	    "{\"session_token\":"
	    "\"WJtR5BCy38Szd5AfoDpf0iqFKEt4EE5JhjlWUY7l3FtY\"}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_session_lives_as_long_as_asked_for),
		TEST(a_duration_moves_the_end),
		TEST(the_project_caps_the_duration),
		TEST(tokens_are_checked_by_form_then_by_state),
		TEST(a_jwt_names_its_session_also_when_expired),
		TEST(a_jwt_says_what_the_session_is),
		TEST(a_forged_jwt_is_refused),
		TEST(a_factor_of_another_method_joins_the_session),
		TEST(anothers_session_takes_no_factor),
		TEST(claims_merge_by_key),
		TEST(roles_decide_what_a_session_may),
		TEST(a_revoked_session_is_gone_for_each_way_of_naming_it),
		TEST(live_sessions_of_a_user_are_listed),
		TEST(a_foreign_token_is_migrated_by_its_userinfo),
		TEST(a_trusted_token_is_attested_by_its_profile),
		TEST(an_access_token_is_exchanged_once_while_fresh),
		TEST(the_magic_session_works_in_a_test_project),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
