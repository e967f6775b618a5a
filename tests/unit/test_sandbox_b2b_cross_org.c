/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords of addresses, good in every organization. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <string.h>

#define PASSWORDS "/v1/b2b/passwords"
#define DISCOVERY PASSWORDS "/discovery"
#define REQUIRE_RESET PASSWORDS "/email/require_reset"
#define EXCHANGE "/v1/b2b/discovery/intermediate_sessions/exchange"
#define CREATE "/v1/b2b/discovery/organizations/create"
#define WORD "quite another long one 73"
#define WORD_2 "and a third long one 4711"
#define IN(organization, address) \
	"\"organization_id\":\"" organization \
	"\",\"email_address\":\"" address "\""
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

static void
settings(void **state, int status, const char *values)
{
	CLEANUP(json_free)
	cJSON *answer = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"b2b\":%s}", values);

	assert_int_equal(int_at(answer, "status_code"), status);
}

static int
setup(void **state)
{
	/* The seed gives Tom a password: the mode is another one before. */
	if (b2b_setup(state) != 0)
		return -1;
	CLEANUP(json_free)
	cJSON *tom = b2b(state, "GET",
	    ORGANIZATIONS "/strict/member?member_id=tom", NULL);

	assert_b2b(API_OK, state, "DELETE",
	    target_of(ORGANIZATIONS "/strict/members/passwords/%s",
		text_at(tom, "member.member_password_id"))
		.text,
	    NULL);
	settings(state, 200, "{\"cross_org_passwords\":true}");
	return 0;
}

/* Set the address's password by a mail; the answer. */
static cJSON *
reset(void **state, const char *address, const char *password)
{
	CLEANUP(json_free) cJSON *message = NULL;

	assert_b2b(API_OK, state, "POST", DISCOVERY "/email/reset/start",
	    "{\"email_address\":\"%s\"}", address);
	message = last_message(*state, address);
	return b2b(state, "POST", DISCOVERY "/email/reset",
	    "{\"password_reset_token\":\"%s\",\"password\":\"%s\"}",
	    text_at(message, "token"), password);
}

static void
set_ann(void **state)
{
	CLEANUP(json_free)
	cJSON *done = reset(state, "Ann@example.com", WORD);

	assert_answer(done, API_OK);
}

static cJSON *
discover(void **state, const char *address, const char *password)
{
	return b2b(state, "POST", DISCOVERY "/authenticate",
	    "{\"email_address\":\"%s\",\"password\":\"%s\"}", address,
	    password);
}

static void
refuse(void **state, enum api_error error, const char *address,
    const char *password)
{
	CLEANUP(json_free) cJSON *answer = discover(state, address, password);

	assert_answer(answer, error);
}

static void
one_password_is_good_in_every_organization(void **state)
{
	CLEANUP(json_free) cJSON *found = NULL;
	CLEANUP(json_free) cJSON *entered = NULL;
	CLEANUP(json_free) cJSON *strict = NULL;

	set_ann(state);
	found = discover(state, "ann@example.com", WORD);
	assert_answer(found, API_OK);
	assert_string_equal(text_at(found, "email_address"), "ann@example.com");
	assert_int_equal(cJSON_GetArraySize(
			     json_at(found, "discovered_organizations")),
	    2);
	assert_true(
	    bool_at(found, "discovered_organizations.0.member_authenticated"));
	assert_false(
	    bool_at(found, "discovered_organizations.1.member_authenticated"));
	assert_true(cJSON_IsObject(
	    json_at(found, "discovered_organizations.1.mfa_required")));
	entered = b2b(state, "POST", EXCHANGE,
	    "{\"organization_id\":\"plain\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    text_at(found, "intermediate_session_token"));
	assert_answer(entered, API_OK);
	assert_true(bool_at(entered, "member_authenticated"));
	assert_true(id_is_kind(text_at(entered, "member.member_password_id"),
	    "member-password"));
	strict = b2b(state, "POST", PASSWORDS "/authenticate",
	    "{" IN("strict", "ann@example.com") ",\"password\":\"" WORD "\"}");
	assert_answer(strict, API_OK);
	assert_string_equal(text_at(strict, "member.member_password_id"),
	    text_at(entered, "member.member_password_id"));
}

static void
wrong_passwords_of_an_address_are_refused_and_counted(void **state)
{
	refuse(state, API_MEMBER_PASSWORD_NOT_FOUND, "none@example.com", "x");
	set_ann(state);
	for (int i = 0; i < 10; i++)
		refuse(state, API_UNAUTHORIZED_CREDENTIALS, "ann@example.com",
		    "wrong");
	refuse(state, API_USER_LOCK_LIMIT_REACHED, "ann@example.com", WORD);
	refuse(state, API_USER_LOCK_LIMIT_REACHED, "ANN@example.com", WORD);
}

static void
without_the_setting_there_are_no_passwords_of_addresses(void **state)
{
	settings(state, 200, "{\"cross_org_passwords\":false}");
	refuse(state, API_CROSS_ORG_PASSWORDS_NOT_ENABLED, "ann@example.com",
	    WORD);
	assert_b2b(API_CROSS_ORG_PASSWORDS_NOT_ENABLED, state, "POST",
	    DISCOVERY "/email/reset/start",
	    "{\"email_address\":\"ann@example.com\"}");
	assert_b2b(API_CROSS_ORG_PASSWORDS_NOT_ENABLED, state, "POST",
	    DISCOVERY "/email/reset",
	    "{\"password_reset_token\":\"x\",\"password\":\"" WORD "\"}");
	assert_b2b(API_CROSS_ORG_PASSWORDS_NOT_ENABLED, state, "POST",
	    REQUIRE_RESET, "{\"email_address\":\"ann@example.com\"}");
}

static void
the_setting_stays_while_there_are_passwords(void **state)
{
	set_ann(state);
	settings(state, 400, "{\"cross_org_passwords\":false}");
	settings(state, 400, "{\"cross_org_passwords\":null}");
	settings(state, 200, "{\"cross_org_passwords\":true}");
	settings(state, 200, "{\"lock_threshold\":5}");
	refuse(state, API_OK, "ann@example.com", WORD);
}

static void
a_password_of_an_address_is_not_deleted_by_an_organization(void **state)
{
	CLEANUP(json_free) cJSON *ann = NULL;

	set_ann(state);
	ann = b2b(state, "GET", ORGANIZATIONS "/plain/member?member_id=ann",
	    NULL);
	assert_b2b(API_CROSS_ORG_PASSWORDS_ENABLED, state, "DELETE",
	    target_of(ORGANIZATIONS "/plain/members/passwords/%s",
		text_at(ann, "member.member_password_id"))
		.text,
	    NULL);
}

static void
a_mailed_token_sets_a_password_once(void **state)
{
	CLEANUP(json_free) cJSON *message = NULL;
	const char *token;

	assert_b2b(API_UNABLE_TO_AUTH_PASSWORD_RESET_TOKEN, state, "POST",
	    DISCOVERY "/email/reset",
	    "{\"password_reset_token\":\"x\",\"password\":\"" WORD "\"}");
	assert_b2b(API_OK, state, "POST", DISCOVERY "/email/reset/start",
	    "{\"email_address\":\"ann@example.com\",\"pkce_code_challenge\":"
	    "\"" CHALLENGE "\"}");
	message = last_message(*state, "ann@example.com");
	token = text_at(message, "token");
	/* An organization's reset does not take it. */
	assert_b2b(API_UNABLE_TO_AUTH_PASSWORD_RESET_TOKEN, state, "POST",
	    PASSWORDS "/email/reset",
	    "{\"password_reset_token\":\"%s\",\"password\":\"" WORD "\"}",
	    token);
	assert_b2b(API_PKCE_EXPECTED_CODE_VERIFIER, state, "POST",
	    DISCOVERY "/email/reset",
	    "{\"password_reset_token\":\"%s\",\"password\":\"" WORD "\"}",
	    token);
	assert_b2b(API_WEAK_PASSWORD, state, "POST", DISCOVERY "/email/reset",
	    "{\"password_reset_token\":\"%s\",\"password\":\"abc\","
	    "\"pkce_code_verifier\":\"" VERIFIER "\"}",
	    token);
	for (int i = 0; i < 2; i++)
		assert_b2b(i == 0 ? API_OK
				  : API_UNABLE_TO_AUTH_PASSWORD_RESET_TOKEN,
		    state, "POST", DISCOVERY "/email/reset",
		    "{\"password_reset_token\":\"%s\",\"password\":\"" WORD
		    "\",\"pkce_code_verifier\":\"" VERIFIER "\"}",
		    token);
}

static void
a_token_is_good_for_half_an_hour(void **state)
{
	CLEANUP(json_free) cJSON *message = NULL;

	assert_b2b(API_OK, state, "POST", DISCOVERY "/email/reset/start",
	    "{\"email_address\":\"ann@example.com\"}");
	message = last_message(*state, "ann@example.com");
	advance(*state, 1801);
	assert_b2b(API_UNABLE_TO_AUTH_PASSWORD_RESET_TOKEN, state, "POST",
	    DISCOVERY "/email/reset",
	    "{\"password_reset_token\":\"%s\",\"password\":\"" WORD "\"}",
	    text_at(message, "token"));
}

static void
a_reset_ends_the_sessions_of_all_members_with_the_address(void **state)
{
	CLEANUP(json_free)
	cJSON *before = b2b_email_login(state, "plain", "ann@example.com");

	set_ann(state);
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST",
	    "/v1/b2b/sessions/authenticate", "{\"session_token\":\"%s\"}",
	    text_at(before, "session_token"));
}

static void
a_reset_in_one_organization_counts_in_all(void **state)
{
	CLEANUP(json_free) cJSON *message = NULL;
	CLEANUP(json_free) cJSON *plain = NULL;

	set_ann(state);
	plain = b2b(state, "POST", PASSWORDS "/authenticate",
	    "{" IN("plain", "ann@example.com") ",\"password\":\"" WORD "\"}");
	assert_answer(plain, API_OK);
	assert_b2b(API_OK, state, "POST", PASSWORDS "/email/reset/start",
	    "{" IN("strict", "ann@example.com") "}");
	message = last_message(*state, "ann@example.com");
	assert_b2b(API_OK, state, "POST", PASSWORDS "/email/reset",
	    "{\"password_reset_token\":\"%s\",\"password\":\"" WORD_2 "\"}",
	    text_at(message, "token"));
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST",
	    "/v1/b2b/sessions/authenticate", "{\"session_token\":\"%s\"}",
	    text_at(plain, "session_token"));
	refuse(state, API_UNAUTHORIZED_CREDENTIALS, "ann@example.com", WORD);
	refuse(state, API_OK, "ann@example.com", WORD_2);
}

static void
a_password_alone_does_not_prove_the_address(void **state)
{
	CLEANUP(json_free)
	cJSON *proven = reset(state, "new@example.com", WORD);
	CLEANUP(json_free) cJSON *found = NULL;
	CLEANUP(json_free) cJSON *joined = NULL;

	/* "plain" lets the domain in; in "strict" the member is pending. */
	assert_answer(proven, API_OK);
	found = discover(state, "new@example.com", WORD);
	assert_answer(found, API_OK);
	for (int i = 0; i < 2; i++)
		assert_true(cJSON_IsObject(json_at(found,
		    i == 0 ? "discovered_organizations.0.primary_required"
			   : "discovered_organizations.1.primary_required")));
	assert_b2b(API_EMAIL_VERIFICATION_REQUIRED, state, "POST", CREATE,
	    "{\"intermediate_session_token\":\"%s\"}",
	    text_at(found, "intermediate_session_token"));
	joined = b2b(state, "POST", EXCHANGE,
	    "{\"organization_id\":\"plain\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    text_at(found, "intermediate_session_token"));
	assert_answer(joined, API_OK);
	assert_false(bool_at(joined, "member_authenticated"));
	assert_true(cJSON_IsObject(json_at(joined, "primary_required")));
	/* The mail that set it did. */
	assert_b2b(API_OK, state, "POST", CREATE,
	    "{\"intermediate_session_token\":\"%s\"}",
	    text_at(proven, "intermediate_session_token"));
}

static void
a_reset_required_is_required_everywhere(void **state)
{
	set_ann(state);
	assert_b2b(API_MEMBER_PASSWORD_NOT_FOUND, state, "POST", REQUIRE_RESET,
	    "{\"email_address\":\"tom@example.com\"}");
	assert_b2b(API_MEMBER_NOT_FOUND, state, "POST", REQUIRE_RESET,
	    "{" IN("plain", "ann@example.com") ",\"member_id\":\"bob\"}");
	assert_b2b(API_MEMBER_NOT_FOUND, state, "POST", REQUIRE_RESET,
	    "{" IN("plain", "tom@example.com") "}");
	refuse(state, API_OK, "ann@example.com", WORD);
	assert_b2b(API_OK, state, "POST", REQUIRE_RESET,
	    "{\"email_address\":\"ANN@example.com\"}");
	refuse(state, API_MEMBER_RESET_PASSWORD, "ann@example.com", WORD);
	assert_b2b(API_MEMBER_RESET_PASSWORD, state, "POST",
	    PASSWORDS "/authenticate",
	    "{" IN("plain", "ann@example.com") ",\"password\":\"" WORD "\"}");
	set_ann(state);
	refuse(state, API_OK, "ann@example.com", WORD);
}

static void
requiring_a_reset_answers_the_member_that_was_named(void **state)
{
	CLEANUP(json_free) cJSON *named = NULL;

	set_ann(state);
	named = b2b(state, "POST", REQUIRE_RESET,
	    "{" IN("plain", "ann@example.com") ",\"member_id\":\"ann\"}");
	assert_answer(named, API_OK);
	assert_string_equal(text_at(named, "member.external_id"), "ann");
	assert_string_equal(text_at(named, "organization.organization_slug"),
	    "plain");
}

#define BCRYPT "$2b$04$TMGZmKdyP0iyLcRbnoFJnOf3SDdmb7/ZTMwxLa8FwWh7uJkFLTDri"

static void
a_hash_is_migrated_into_each_organization(void **state)
{
	static const char *const organizations[] = { "plain", "strict" };

	for (size_t i = 0; i < 2; i++)
		assert_b2b(API_OK, state, "POST", PASSWORDS "/migrate",
		    "{\"organization_id\":\"%s\",\"email_address\":"
		    "\"m@y.com\",\"hash_type\":\"bcrypt\",\"hash\":\"" BCRYPT
		    "\"}",
		    organizations[i]);
	for (size_t i = 0; i < 2; i++)
		assert_b2b(API_UNAUTHORIZED_CREDENTIALS, state, "POST",
		    PASSWORDS "/authenticate",
		    "{\"organization_id\":\"%s\",\"email_address\":"
		    "\"m@y.com\",\"password\":\"wrong\"}",
		    organizations[i]);
}

static void
the_magic_address_is_let_in_by_any_password(void **state)
{
	refuse(state, API_OK, "sandbox@stytch.com", "x");
	assert_b2b(API_OK, state, "POST", DISCOVERY "/email/reset/start",
	    "{\"email_address\":\"sandbox@stytch.com\"}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_password_is_good_in_every_organization),
		TEST(wrong_passwords_of_an_address_are_refused_and_counted),
		TEST(without_the_setting_there_are_no_passwords_of_addresses),
		TEST(the_setting_stays_while_there_are_passwords),
		TEST(
		    a_password_of_an_address_is_not_deleted_by_an_organization),
		TEST(a_mailed_token_sets_a_password_once),
		TEST(a_token_is_good_for_half_an_hour),
		TEST(a_reset_ends_the_sessions_of_all_members_with_the_address),
		TEST(a_reset_in_one_organization_counts_in_all),
		TEST(a_password_alone_does_not_prove_the_address),
		TEST(a_reset_required_is_required_everywhere),
		TEST(requiring_a_reset_answers_the_member_that_was_named),
		TEST(a_hash_is_migrated_into_each_organization),
		TEST(the_magic_address_is_let_in_by_any_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
