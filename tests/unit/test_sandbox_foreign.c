/* SPDX-License-Identifier: BSD-2-Clause */
/* Impersonation, and members' sessions from tokens of elsewhere. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <string.h>

#define MIGRATE "/v1/b2b/sessions/migrate"
#define ATTEST "/v1/b2b/sessions/attest"
#define EXCHANGE "/v1/b2b/sessions/exchange_access_token"

static void
settings(void **state, const char *text)
{
	CLEANUP(json_free)
	cJSON *answer = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"b2b\":{%s}}", text);

	assert_int_equal(int_at(answer, "status_code"), 200);
}

/* The id of strict's member with that external id. */
static struct target
member_id(void **state, const char *external_id)
{
	CLEANUP(json_free)
	cJSON *answer = b2b(state, "GET",
	    target_of(ORGANIZATIONS "/strict/member?member_id=%s", external_id)
		.text,
	    NULL);

	assert_answer(answer, API_OK);
	return target_of("%s", text_at(answer, "member_id"));
}

static void
assert_logged_in(const cJSON *answer, const char *delivery)
{
	assert_answer(answer, API_OK);
	assert_string_equal(text_at(answer,
				"member_session.authentication_factors.0."
				"delivery_method"),
	    delivery);
	assert_string_equal(text_at(answer, "member.member_id"),
	    text_at(answer, "member_id"));
	assert_non_null(json_at(answer, "organization.organization_id"));
	assert_int_equal(strlen(text_at(answer, "session_token")), TOKEN_LEN);
}

static void
a_member_is_migrated_by_the_userinfo_url(void **state)
{
	CLEANUP(json_free) cJSON *answer = NULL;

	assert_b2b(API_MIGRATE_FROM_EXTERNAL_MISSING_USERINFO, state, "POST",
	    MIGRATE,
	    "{\"session_token\":\"t\",\"organization_id\":\"strict\"}");
	settings(state,
	    "\"userinfo\":{\"t\":{\"email\":\"tom@example.com\"},"
	    "\"u\":{\"email\":\"x@example.com\"},\"v\":{\"sub\":\"1\"}}");
	answer = b2b(state, "POST", MIGRATE,
	    "{\"session_token\":\"t\",\"organization_id\":\"strict\"}");
	assert_logged_in(answer, "imported_auth0");
	assert_b2b(API_MIGRATE_FROM_EXTERNAL_UNEXPECTED_RESPONSE, state, "POST",
	    MIGRATE,
	    "{\"session_token\":\"w\",\"organization_id\":\"strict\"}");
	assert_b2b(API_MIGRATE_FROM_EXTERNAL_EMAIL_DOES_NOT_EXIST, state,
	    "POST", MIGRATE,
	    "{\"session_token\":\"u\",\"organization_id\":\"strict\"}");
	assert_b2b(API_MIGRATE_FROM_EXTERNAL_EMAIL_DOES_NOT_EXIST, state,
	    "POST", MIGRATE,
	    "{\"session_token\":\"v\",\"organization_id\":\"strict\"}");
	assert_b2b(API_ORGANIZATION_NOT_FOUND, state, "POST", MIGRATE,
	    "{\"session_token\":\"t\",\"organization_id\":\"none\"}");
}

/* A member of a request's body that names the organization by its id. */
static struct target
named(void **state, const char *slug)
{
	CLEANUP(json_free)
	cJSON *answer =
	    b2b(state, "GET", target_of(ORGANIZATIONS "/%s", slug).text, NULL);

	assert_answer(answer, API_OK);
	return target_of(",\"organization_id\":\"%s\"",
	    text_at(answer, "organization.organization_id"));
}

static enum api_error
attest(void **state, const char *claims, const char *more)
{
	CLEANUP(string_free)
	char *jwt = project_jwt(*state, VERTICAL_CONSUMER, claims, 3600);
	CLEANUP(json_free)
	cJSON *answer = b2b(state, "POST", ATTEST,
	    "{\"profile_id\":\"p\",\"token\":\"%s\"%s}", jwt, more);
	const char *type = json_string(answer, "error_type");

	if (type == NULL)
		assert_logged_in(answer, "trusted_token_exchange");
	return type != NULL ? error_by_type(type) : API_OK;
}

#define CLAIMS(more) "{\"iss\":\"idp\",\"aud\":\"us\",\"jti\":\"1\"" more "}"
#define TOM ",\"email\":\"tom@example.com\""
#define IN_STRICT ",\"organization_id\":\"strict\""

static void
a_member_is_attested_in_the_organization_named(void **state)
{
	CLEANUP(json_free)
	cJSON *keys = consumer(*state, "GET",
	    "/v1/sessions/jwks/"
	    "project-test-11111111-1111-4111-8111-111111111111",
	    NULL);
	CLEANUP(string_free) char *text = json_text(keys);
	CLEANUP(buf_clear) struct buf profile = BUF_INIT(16384);
	struct target strict = named(state, "strict");
	struct target plain = named(state, "plain");

	buf_addf(&profile,
	    "\"trusted_auth_profiles\":{\"p\":{\"issuer\":\"idp\","
	    "\"audience\":\"us\",\"jwks\":%s}}",
	    text);
	assert_int_equal(attest(state, CLAIMS(TOM), strict.text),
	    API_TRUSTED_TOKEN_PROFILE_NOT_FOUND);
	settings(state, buf_text(&profile));
	assert_int_equal(attest(state, CLAIMS(TOM), strict.text), API_OK);
	assert_int_equal(attest(state, CLAIMS(TOM IN_STRICT), ""), API_OK);
	assert_int_equal(attest(state, CLAIMS(TOM IN_STRICT), strict.text),
	    API_OK);
	assert_int_equal(attest(state, CLAIMS(TOM), ""),
	    API_INVALID_TOKEN_ORGANIZATION_ID_CLAIM);
	assert_int_equal(attest(state, CLAIMS(TOM IN_STRICT), plain.text),
	    API_INVALID_TOKEN_ORGANIZATION_ID_CLAIM);
	assert_int_equal(attest(state, CLAIMS(TOM), plain.text),
	    API_MEMBER_NOT_FOUND);
	assert_int_equal(attest(state, CLAIMS(""), strict.text),
	    API_MEMBER_NOT_FOUND);
}

static void
a_members_access_token_is_exchanged_once(void **state)
{
	struct target tom = member_id(state, "tom");
	CLEANUP(string_free)
	char *good = project_jwt(*state, VERTICAL_B2B,
	    target_of("{\"sub\":\"%s\",\"jti\":\"1\",\"scope\":"
		      "\"full_access\"}",
		tom.text)
		.text,
	    3600);
	CLEANUP(string_free)
	char *narrow = project_jwt(*state, VERTICAL_B2B,
	    target_of("{\"sub\":\"%s\",\"jti\":\"2\",\"scope\":\"openid\"}",
		tom.text)
		.text,
	    3600);
	CLEANUP(string_free)
	char *nobody = project_jwt(*state, VERTICAL_B2B,
	    "{\"sub\":\"x\",\"jti\":\"3\",\"scope\":\"full_access\"}", 3600);
	CLEANUP(string_free)
	char *revoked = project_jwt(*state, VERTICAL_B2B,
	    "{\"sub\":\"x\",\"jti\":\"4\",\"scope\":\"full_access\","
	    "\"client_id\":\"c\"}",
	    3600);
	CLEANUP(json_free)
	cJSON *answer =
	    b2b(state, "POST", EXCHANGE, "{\"access_token\":\"%s\"}", good);

	assert_logged_in(answer, "oauth_access_token_exchange");
	assert_b2b(API_OAUTH_ACCESS_TOKEN_EXCHANGE_TOKEN_INVALID_GRANT, state,
	    "POST", EXCHANGE, "{\"access_token\":\"%s\"}", good);
	assert_b2b(API_OAUTH_ACCESS_TOKEN_EXCHANGE_MISSING_FULL_ACCESS, state,
	    "POST", EXCHANGE, "{\"access_token\":\"%s\"}", narrow);
	assert_b2b(API_IDP_ACCESS_TOKEN_NOT_FOUND, state, "POST", EXCHANGE,
	    "{\"access_token\":\"%s\"}", nobody);
	assert_b2b(API_CONNECTED_APP_CONSENT_REVOKED, state, "POST", EXCHANGE,
	    "{\"access_token\":\"%s\"}", revoked);
	assert_b2b(API_IDP_ACCESS_TOKEN_NOT_FOUND, state, "POST", EXCHANGE,
	    "{\"access_token\":\"a.b.c\"}");
}

static struct target
impersonation_token(void **state, const char *wish)
{
	CLEANUP(json_free)
	cJSON *made = drive_control(*state, "POST", "/sandbox/impersonation",
	    "{%s}", wish);

	assert_int_equal(int_at(made, "status_code"), 200);
	return target_of("%s", text_at(made, "impersonation_token"));
}

static void
a_user_is_impersonated_for_an_hour(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "u@e.example", "u");
	assert_non_null(user);
	struct target token = impersonation_token(state,
	    "\"user_id\":\"u\",\"impersonator_email_address\":"
	    "\"boss@example.com\"");
	CLEANUP(json_free)
	cJSON *answer =
	    consumer(*state, "POST", "/v1/impersonation/authenticate",
		"{\"impersonation_token\":\"%s\"}", token.text);
	CLEANUP(json_free) cJSON *longer = NULL;

	assert_answer(answer, API_OK);
	assert_user(json_at(answer, "user"));
	assert_string_equal(text_at(answer,
				"session.authentication_factors.0."
				"impersonated_factor.impersonator_email_"
				"address"),
	    "boss@example.com");
	longer = consumer(*state, "POST", "/v1/sessions/authenticate",
	    "{\"session_token\":\"%s\",\"session_duration_minutes\":1000}",
	    text_at(answer, "session_token"));
	assert_answer(longer, API_OK);
	assert_string_equal(text_at(longer, "session.expires_at"),
	    text_at(answer, "session.expires_at"));
	refused(API_UNABLE_TO_AUTH_IMPERSONATION_TOKEN, *state, "POST",
	    "/v1/impersonation/authenticate",
	    "{\"impersonation_token\":\"%s\"}", token.text);
}

static void
a_member_is_impersonated_without_a_second_factor(void **state)
{
	struct target tom = member_id(state, "tom");
	struct target token = impersonation_token(state,
	    target_of("\"project\":\"b2b\",\"member_id\":\"%s\"", tom.text)
		.text);
	CLEANUP(json_free)
	cJSON *answer = b2b(state, "POST", "/v1/b2b/impersonation/authenticate",
	    "{\"impersonation_token\":\"%s\"}", token.text);

	assert_logged_in(answer, "impersonation");
	assert_true(bool_at(answer, "member_authenticated"));
	assert_string_equal(text_at(answer, "intermediate_session_token"), "");
}

static void
an_impersonation_token_lives_five_minutes(void **state)
{
	struct target tom = member_id(state, "tom");
	struct target token = impersonation_token(state,
	    target_of("\"project\":\"b2b\",\"member_id\":\"%s\"", tom.text)
		.text);

	advance(*state, 300);
	assert_b2b(API_UNABLE_TO_AUTH_IMPERSONATION_TOKEN, state, "POST",
	    "/v1/b2b/impersonation/authenticate",
	    "{\"impersonation_token\":\"%s\"}", token.text);
}

static void
tokens_are_made_for_those_who_are_there(void **state)
{
	static const char *const wishes[] = { "{}", "{\"user_id\":\"none\"}",
		"{\"project\":\"b2b\"}",
		"{\"project\":\"b2b\",\"member_id\":\"none\"}", "[]" };

	for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
		CLEANUP(json_free)
		cJSON *made = drive_control(*state, "POST",
		    "/sandbox/impersonation", "%s", wishes[i]);

		assert_int_equal(int_at(made, "status_code"), 400);
	}
}

#define CASE(test) \
	cmocka_unit_test_setup_teardown(test, b2b_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_member_is_migrated_by_the_userinfo_url),
		CASE(a_member_is_attested_in_the_organization_named),
		CASE(a_members_access_token_is_exchanged_once),
		CASE(a_user_is_impersonated_for_an_hour),
		CASE(a_member_is_impersonated_without_a_second_factor),
		CASE(an_impersonation_token_lives_five_minutes),
		CASE(tokens_are_made_for_those_who_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
