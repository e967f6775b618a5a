/* SPDX-License-Identifier: BSD-2-Clause */
/* Members' passwords: checked, imported, reset. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <string.h>

#define PASSWORDS "/v1/b2b/passwords"
#define AUTHENTICATE PASSWORDS "/authenticate"
#define TOM_PASSWORD "correct horse battery"
#define NEW_PASSWORD "quite another long one 73"
#define TOM \
	"\"organization_id\":\"strict\",\"email_address\":\"tom@example.com\""

static void
a_right_password_still_owes_the_second_factor(void **state)
{
	CLEANUP(json_free)
	cJSON *owed = b2b(state, "POST", AUTHENTICATE,
	    "{" TOM ",\"password\":\"" TOM_PASSWORD "\"}");
	CLEANUP(json_free) cJSON *done = NULL;

	assert_answer(owed, API_OK);
	assert_false(bool_at(owed, "member_authenticated"));
	assert_true(id_is_kind(text_at(owed, "member.member_password_id"),
	    "member-password"));
	done = b2b(state, "POST", "/v1/b2b/totp/authenticate",
	    "{\"organization_id\":\"strict\",\"member_id\":\"tom\",\"code\":"
	    "\"%s\",\"intermediate_session_token\":\"%s\"}",
	    totp_code(state, TOM_SECRET, 0).text,
	    text_at(owed, "intermediate_session_token"));
	assert_answer(done, API_OK);
	assert_string_equal(text_at(done,
				"member_session.authentication_factors.0.type"),
	    "password");
	/* A password says nothing in another organization. */
	assert_b2b(API_OK, state, "POST", ORGANIZATIONS "/plain/members",
	    "{\"email_address\":\"tom@example.com\"}");
	assert_b2b(API_INSUFFICIENT_FACTORS_FOR_SESSION_EXCHANGE, state, "POST",
	    "/v1/b2b/sessions/exchange",
	    "{\"organization_id\":\"plain\",\"session_token\":\"%s\"}",
	    text_at(done, "session_token"));
}

static void
wrong_passwords_are_refused_and_counted(void **state)
{
	assert_b2b(API_MEMBER_NOT_FOUND, state, "POST", AUTHENTICATE,
	    "{\"organization_id\":\"strict\",\"email_address\":"
	    "\"none@example.com\",\"password\":\"x\"}");
	assert_b2b(API_MEMBER_PASSWORD_NOT_FOUND, state, "POST", AUTHENTICATE,
	    "{\"organization_id\":\"strict\",\"email_address\":"
	    "\"ann@example.com\",\"password\":\"x\"}");
	for (int i = 0; i < 10; i++)
		assert_b2b(API_UNAUTHORIZED_CREDENTIALS, state, "POST",
		    AUTHENTICATE, "{" TOM ",\"password\":\"wrong\"}");
	assert_b2b(API_USER_LOCK_LIMIT_REACHED, state, "POST", AUTHENTICATE,
	    "{" TOM ",\"password\":\"" TOM_PASSWORD "\"}");
}

static void
an_organization_may_forbid_passwords(void **state)
{
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/strict",
	    "{\"auth_methods\":\"RESTRICTED\",\"allowed_auth_methods\":"
	    "[\"email_otp\"]}");
	assert_b2b(API_OPERATION_RESTRICTED_BY_ORGANIZATION_AUTH_METHODS, state,
	    "POST", AUTHENTICATE,
	    "{" TOM ",\"password\":\"" TOM_PASSWORD "\"}");
}

static void
a_deleted_password_is_gone(void **state)
{
	CLEANUP(json_free)
	cJSON *tom = b2b(state, "GET",
	    ORGANIZATIONS "/strict/member?member_id=tom", NULL);
	struct target target =
	    target_of(ORGANIZATIONS "/%s/members/passwords/%s",
		text_at(tom, "member.organization_id"),
		text_at(tom, "member.member_password_id"));

	assert_b2b(API_OK, state, "DELETE", target.text, NULL);
	assert_b2b(API_MEMBER_PASSWORD_NOT_FOUND, state, "DELETE", target.text,
	    NULL);
	assert_b2b(API_MEMBER_PASSWORD_NOT_FOUND, state, "POST", AUTHENTICATE,
	    "{" TOM ",\"password\":\"" TOM_PASSWORD "\"}");
}

static void
strength_is_answered_in_two_parts(void **state)
{
	CLEANUP(json_free)
	cJSON *weak = b2b(state, "POST", PASSWORDS "/strength_check",
	    "{\"password\":\"password1\"}");

	assert_answer(weak, API_OK);
	assert_false(bool_at(weak, "valid_password"));
	assert_true(cJSON_IsObject(json_at(weak, "zxcvbn_feedback")));
	assert_false(bool_at(weak, "luds_feedback.has_symbol"));
}

#define BCRYPT "$2b$04$TMGZmKdyP0iyLcRbnoFJnOf3SDdmb7/ZTMwxLa8FwWh7uJkFLTDri"

static void
an_imported_hash_makes_an_active_member(void **state)
{
	CLEANUP(json_free)
	cJSON *made = b2b(state, "POST", PASSWORDS "/migrate",
	    "{\"organization_id\":\"plain\",\"email_address\":\"m@y.com\","
	    "\"hash_type\":\"bcrypt\",\"hash\":\"" BCRYPT "\","
	    "\"external_id\":\"mig\"}");

	assert_answer(made, API_OK);
	assert_true(bool_at(made, "member_created"));
	assert_true(bool_at(made, "member.email_address_verified"));
	assert_string_equal(text_at(made, "member.external_id"), "mig");
	assert_b2b(API_PASSWORD_ALREADY_EXISTS, state, "POST",
	    PASSWORDS "/migrate",
	    "{\"organization_id\":\"plain\",\"email_address\":\"m@y.com\","
	    "\"hash_type\":\"bcrypt\",\"hash\":\"" BCRYPT "\"}");
	assert_b2b(API_INVALID_HASH_TYPE, state, "POST", PASSWORDS "/migrate",
	    "{\"organization_id\":\"plain\",\"email_address\":\"n@y.com\","
	    "\"hash_type\":\"crc32\",\"hash\":\"x\"}");
	assert_b2b(API_INVALID_BCRYPT_HASH, state, "POST", PASSWORDS "/migrate",
	    "{\"organization_id\":\"plain\",\"email_address\":\"n@y.com\","
	    "\"hash_type\":\"bcrypt\",\"hash\":\"x\"}");
	assert_b2b(API_MEMBER_NOT_FOUND, state, "GET",
	    ORGANIZATIONS "/plain/member?email_address=n%40y.com", NULL);
}

static void
members_log_in_by_imported_hashes(void **state)
{
	static const struct {
		const char *email, *password, *hash;
	} cases[] = {
		{ "bcrypt@y.com", "correct horse",
		    "\"hash_type\":\"bcrypt\",\"hash\":"
		    "\"$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs"
		    ".NLUTJO3lOy2\"" },
		{ "argon@y.com", "password",
		    "\"hash_type\":\"argon_2id\",\"hash\":"
		    "\"$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ"
		    "$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\"" },
		{ "phpass@y.com", "test12345",
		    "\"hash_type\":\"phpass\",\"hash\":"
		    "\"$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_b2b(API_OK, state, "POST", PASSWORDS "/migrate",
		    "{\"organization_id\":\"plain\",\"email_address\":\"%s\","
		    "%s}",
		    cases[i].email, cases[i].hash);
		/* "password" is right, but known from breaches. */
		assert_b2b(strcmp(cases[i].password, "password") == 0
			? API_MEMBER_RESET_PASSWORD
			: API_OK,
		    state, "POST", AUTHENTICATE,
		    "{\"organization_id\":\"plain\",\"email_address\":\"%s\","
		    "\"password\":\"%s\"}",
		    cases[i].email, cases[i].password);
		assert_b2b(API_UNAUTHORIZED_CREDENTIALS, state, "POST",
		    AUTHENTICATE,
		    "{\"organization_id\":\"plain\",\"email_address\":\"%s\","
		    "\"password\":\"Password\"}",
		    cases[i].email);
	}
}

static void
a_reset_by_mail_ends_all_sessions(void **state)
{
	CLEANUP(json_free)
	cJSON *login = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free) cJSON *sent = NULL;
	CLEANUP(json_free) cJSON *message = NULL;
	CLEANUP(json_free) cJSON *done = NULL;
	const char *token;

	assert_b2b(API_MEMBER_NOT_FOUND, state, "POST",
	    PASSWORDS "/email/reset/start",
	    "{\"organization_id\":\"plain\",\"email_address\":\"x@y.com\"}");
	sent = b2b(state, "POST", PASSWORDS "/email/reset/start",
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\"}");
	assert_answer(sent, API_OK);
	assert_string_equal(text_at(sent, "member.member_id"),
	    text_at(sent, "member_id"));
	assert_null(json_at(sent, "organization"));
	message = last_message(*state, "ann@example.com");
	token = text_at(message, "token");
	assert_non_null(strstr(text_at(message, "link"),
	    "stytch_token_type=multi_tenant_passwords"));
	assert_b2b(API_WEAK_PASSWORD, state, "POST", PASSWORDS "/email/reset",
	    "{\"password_reset_token\":\"%s\",\"password\":\"abc\"}", token);
	done = b2b(state, "POST", PASSWORDS "/email/reset",
	    "{\"password_reset_token\":\"%s\",\"password\":\"" NEW_PASSWORD
	    "\"}",
	    token);
	assert_answer(done, API_OK);
	assert_true(bool_at(done, "member_authenticated"));
	assert_b2b(API_UNABLE_TO_AUTH_PASSWORD_RESET_TOKEN, state, "POST",
	    PASSWORDS "/email/reset",
	    "{\"password_reset_token\":\"%s\",\"password\":\"" NEW_PASSWORD
	    "\"}",
	    token);
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST",
	    "/v1/b2b/sessions/authenticate", "{\"session_token\":\"%s\"}",
	    text_at(login, "session_token"));
	assert_b2b(API_OK, state, "POST", AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\",\"password\":\"" NEW_PASSWORD "\"}");
}

static void
a_reset_by_session_needs_a_fresh_factor_and_spares_that_session(void **state)
{
	CLEANUP(json_free)
	cJSON *one = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free)
	cJSON *two = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free) cJSON *done = NULL;
	const char *token = text_at(two, "session_token");

	assert_b2b(API_SESSION_AUTHORIZATION_TENANCY_ERROR, state, "POST",
	    PASSWORDS "/session/reset",
	    "{\"organization_id\":\"strict\",\"session_token\":\"%s\","
	    "\"password\":\"" NEW_PASSWORD "\"}",
	    token);
	done = b2b(state, "POST", PASSWORDS "/session/reset",
	    "{\"organization_id\":\"plain\",\"session_token\":\"%s\","
	    "\"password\":\"" NEW_PASSWORD "\"}",
	    token);
	assert_answer(done, API_OK);
	assert_true(bool_at(done, "member_authenticated"));
	assert_string_equal(text_at(done, "session_token"), token);
	assert_string_equal(text_at(done, "intermediate_session_token"), "");
	assert_null(json_at(done, "organization_id"));
	assert_null(json_at(done, "primary_required"));
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST",
	    "/v1/b2b/sessions/authenticate", "{\"session_token\":\"%s\"}",
	    text_at(one, "session_token"));
	assert_b2b(API_OK, state, "POST", "/v1/b2b/sessions/authenticate",
	    "{\"session_token\":\"%s\"}", token);
	advance(*state, 301);
	assert_b2b(API_SESSION_TOO_OLD_TO_RESET_PASSWORD, state, "POST",
	    PASSWORDS "/session/reset",
	    "{\"organization_id\":\"plain\",\"session_token\":\"%s\","
	    "\"password\":\"" NEW_PASSWORD "\"}",
	    token);
}

static void
a_reset_by_the_old_password_needs_it(void **state)
{
	CLEANUP(json_free) cJSON *done = NULL;

	assert_b2b(API_UNAUTHORIZED_CREDENTIALS, state, "POST",
	    PASSWORDS "/existing_password/reset",
	    "{" TOM ",\"existing_password\":\"x\",\"new_password\":"
	    "\"" NEW_PASSWORD "\"}");
	assert_b2b(API_WEAK_PASSWORD, state, "POST",
	    PASSWORDS "/existing_password/reset",
	    "{" TOM ",\"existing_password\":\"" TOM_PASSWORD
	    "\",\"new_password\":\"abc\"}");
	done = b2b(state, "POST", PASSWORDS "/existing_password/reset",
	    "{" TOM ",\"existing_password\":\"" TOM_PASSWORD
	    "\",\"new_password\":\"" NEW_PASSWORD "\"}");
	assert_answer(done, API_OK);
	assert_null(json_at(done, "organization_id"));
	assert_b2b(API_UNAUTHORIZED_CREDENTIALS, state, "POST", AUTHENTICATE,
	    "{" TOM ",\"password\":\"" TOM_PASSWORD "\"}");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, b2b_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_right_password_still_owes_the_second_factor),
		TEST(wrong_passwords_are_refused_and_counted),
		TEST(an_organization_may_forbid_passwords),
		TEST(a_deleted_password_is_gone),
		TEST(strength_is_answered_in_two_parts),
		TEST(an_imported_hash_makes_an_active_member),
		TEST(members_log_in_by_imported_hashes),
		TEST(a_reset_by_mail_ends_all_sessions),
		TEST(
		    a_reset_by_session_needs_a_fresh_factor_and_spares_that_session),
		TEST(a_reset_by_the_old_password_needs_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
