/* SPDX-License-Identifier: BSD-2-Clause */
/* Members' authenticator apps and recovery codes. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <string.h>

#define CREATE "/v1/b2b/totp"
#define AUTHENTICATE "/v1/b2b/totp/authenticate"
#define MIGRATE "/v1/b2b/totp/migrate"
#define RECOVER "/v1/b2b/recovery_codes/recover"
#define OF(organization, member) \
	"\"organization_id\":\"" organization "\",\"member_id\":\"" member "\""
#define STRICT_TOM OF("strict", "tom")

/* Log tom in up to the second factor; the token is in the answer. */
static cJSON *
first_step(void **state)
{
	cJSON *owed = b2b_email_login(state, "strict", "tom@example.com");

	assert_answer(owed, API_OK);
	assert_false(bool_at(owed, "member_authenticated"));
	return owed;
}

#define IST(owed) text_at(owed, "intermediate_session_token")

static void
the_whole_exchange_ends_in_a_session_with_both_factors(void **state)
{
	CLEANUP(json_free) cJSON *owed = first_step(state);
	struct sent_code code = totp_code(state, TOM_SECRET, 0);
	CLEANUP(json_free) cJSON *done = NULL;
	CLEANUP(json_free) cJSON *again = NULL;

	assert_true(cJSON_IsNull(
	    json_at(owed, "mfa_required.secondary_auth_initiated")));
	assert_true(
	    id_is_kind(text_at(owed,
			   "mfa_required.member_options.totp_registration_id"),
		"member-totp"));
	assert_b2b(API_INVALID_REQUEST_VALUE, state, "POST", AUTHENTICATE,
	    "{" STRICT_TOM ",\"code\":\"%s\",\"intermediate_session_token\":"
	    "\"%s\",\"set_mfa_enrollment\":\"maybe\"}",
	    code.text, IST(owed));
	done = b2b(state, "POST", AUTHENTICATE,
	    "{" STRICT_TOM ",\"code\":\"%s\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    code.text, IST(owed));
	assert_answer(done, API_OK);
	assert_string_equal(text_at(done,
				"member_session.authentication_factors.0.type"),
	    "email_otp");
	assert_string_equal(text_at(done,
				"member_session.authentication_factors.1."
				"authenticator_app_factor.totp_id"),
	    text_at(owed, "mfa_required.member_options.totp_registration_id") +
		strlen("member-"));
	assert_null(json_at(done, "organization_id"));
	/* Later steps up with the session that was kept. */
	assert_b2b(API_TOTP_CODE_ALREADY_AUTHENTICATED, state, "POST",
	    AUTHENTICATE,
	    "{" STRICT_TOM ",\"code\":\"%s\",\"session_token\":\"%s\"}",
	    code.text, text_at(done, "session_token"));
	advance(*state, 60);
	again = b2b(state, "POST", AUTHENTICATE,
	    "{" STRICT_TOM ",\"code\":\"%s\",\"session_token\":\"%s\"}",
	    totp_code(state, TOM_SECRET, 0).text,
	    text_at(done, "session_token"));
	assert_answer(again, API_OK);
	assert_string_equal(text_at(again, "session_token"),
	    text_at(done, "session_token"));
	assert_null(json_at(again, "member_session.authentication_factors.2"));
	assert_string_not_equal(text_at(again,
				    "member_session.authentication_factors.1."
				    "last_authenticated_at"),
	    text_at(again,
		"member_session.authentication_factors.1.created_at"));
}

static void
bad_codes_are_told_apart_and_leave_the_token(void **state)
{
	static const struct {
		const char *label, *code;
		enum api_error error;
	} cases[] = {
		{ "five digits", "12345", API_INVALID_TOTP_CODE },
		{ "letters", "12345a", API_INVALID_TOTP_CODE },
		{ "a recovery code", "aaaa-bbbb-cccc",
		    API_RECOVERY_CODE_USED_AS_TOTP_CODE },
	};
	CLEANUP(json_free) cJSON *owed = first_step(state);
	struct sent_code wrong = totp_code(state, TOM_SECRET, 0);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].label);
		assert_b2b(cases[i].error, state, "POST", AUTHENTICATE,
		    "{" STRICT_TOM ",\"code\":\"%s\","
		    "\"intermediate_session_token\":\"%s\"}",
		    cases[i].code, IST(owed));
	}
	assert_b2b(API_UNABLE_TO_AUTHENTICATE_TOTP, state, "POST", AUTHENTICATE,
	    "{" STRICT_TOM ",\"code\":\"%s\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    totp_code(state, TOM_SECRET, 40).text, IST(owed));
	assert_b2b(API_TOTP_NOT_FOUND, state, "DELETE",
	    ORGANIZATIONS "/plain/members/ann/totp", NULL);
	assert_b2b(API_OK, state, "POST", AUTHENTICATE,
	    "{" STRICT_TOM ",\"code\":\"%s\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    wrong.text, IST(owed));
}

static void
a_code_without_a_primary_step_is_nothing(void **state)
{
	assert_b2b(API_NO_SESSION_ARGUMENTS, state, "POST", AUTHENTICATE,
	    "{" STRICT_TOM ",\"code\":\"%s\"}",
	    totp_code(state, TOM_SECRET, 0).text);
	assert_b2b(API_INTERMEDIATE_SESSION_NOT_FOUND, state, "POST",
	    AUTHENTICATE,
	    "{" STRICT_TOM ",\"code\":\"%s\",\"intermediate_session_token\":"
	    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    totp_code(state, TOM_SECRET, 0).text);
}

static void
ten_wrong_codes_lock_the_member_for_every_method(void **state)
{
	CLEANUP(json_free) cJSON *owed = first_step(state);
	struct sent_code wrong = totp_code(state, TOM_SECRET, 40);

	for (int i = 0; i < 10; i++)
		assert_b2b(API_UNABLE_TO_AUTHENTICATE_TOTP, state, "POST",
		    AUTHENTICATE,
		    "{" STRICT_TOM ",\"code\":\"%s\","
		    "\"intermediate_session_token\":\"%s\"}",
		    wrong.text, IST(owed));
	assert_b2b(API_USER_LOCK_LIMIT_REACHED, state, "POST", AUTHENTICATE,
	    "{" STRICT_TOM ",\"code\":\"%s\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    totp_code(state, TOM_SECRET, 0).text, IST(owed));
	assert_b2b(API_USER_LOCK_LIMIT_REACHED, state, "POST", RECOVER,
	    "{" STRICT_TOM ",\"recovery_code\":\"aaaa-bbbb-cccc\","
	    "\"intermediate_session_token\":\"%s\"}",
	    IST(owed));
}

static void
enrolment_with_the_intermediate_token(void **state)
{
	CLEANUP(json_free)
	cJSON *owed = b2b_email_login(state, "strict", "ann@example.com");
	CLEANUP(json_free)
	cJSON *made = b2b(state, "POST", CREATE,
	    "{" OF("strict", "ann") ",\"intermediate_session_token\":\"%s\"}",
	    IST(owed));
	CLEANUP(json_free) cJSON *done = NULL;

	assert_answer(made, API_OK);
	assert_int_equal(strlen(text_at(made, "secret")), 32);
	assert_memory_equal(text_at(made, "qr_code"), "data:image/png;base64,",
	    22);
	assert_int_equal(cJSON_GetArraySize(json_at(made, "recovery_codes")),
	    10);
	assert_string_equal(text_at(made, "member.totp_registration_id"), "");
	done = b2b(state, "POST", AUTHENTICATE,
	    "{" OF("strict", "ann") ",\"code\":\"%s\","
				    "\"intermediate_session_token\":\"%s\"}",
	    totp_code(state, text_at(made, "secret"), 0).text, IST(owed));
	assert_answer(done, API_OK);
	assert_true(bool_at(done, "member.mfa_enrolled"));
	assert_string_equal(text_at(done, "member.default_mfa_method"), "totp");
	assert_string_equal(text_at(done, "member.totp_registration_id"),
	    text_at(made, "totp_registration_id"));
	assert_b2b(API_ACTIVE_TOTP_EXISTS, state, "POST", CREATE,
	    "{" OF("strict", "ann") ",\"session_token\":\"%s\"}",
	    text_at(done, "session_token"));
	assert_b2b(API_OK, state, "DELETE",
	    ORGANIZATIONS "/strict/members/ann/totp", NULL);
	assert_b2b(API_RECOVERY_CODES_NOT_FOUND, state, "GET",
	    "/v1/b2b/recovery_codes/strict/ann", NULL);
}

static void
an_unproven_totp_expires_and_is_replaced(void **state)
{
	CLEANUP(json_free)
	cJSON *first = b2b(state, "POST", CREATE,
	    "{" OF("plain", "ann") ",\"expiration_minutes\":5}");
	CLEANUP(json_free) cJSON *login = NULL;

	assert_answer(first, API_OK);
	advance(*state, 301);
	login = b2b_email_login(state, "plain", "ann@example.com");
	assert_b2b(API_EXPIRED_TOTP, state, "POST", AUTHENTICATE,
	    "{" OF("plain", "ann") ",\"code\":\"%s\",\"session_token\":\"%s\"}",
	    totp_code(state, text_at(first, "secret"), 0).text,
	    text_at(login, "session_token"));
	assert_b2b(API_OK, state, "POST", CREATE, "{" OF("plain", "ann") "}");
	assert_b2b(API_UNABLE_TO_AUTHENTICATE_TOTP, state, "POST", AUTHENTICATE,
	    "{" OF("plain", "ann") ",\"code\":\"%s\",\"session_token\":\"%s\"}",
	    totp_code(state, text_at(first, "secret"), 0).text,
	    text_at(login, "session_token"));
	assert_b2b(API_INVALID_EXPIRATION, state, "POST", CREATE,
	    "{" OF("plain", "ann") ",\"expiration_minutes\":4}");
}

static void
enrolment_is_refused_where_it_must_be(void **state)
{
	CLEANUP(json_free)
	cJSON *bob = b2b_email_login(state, "plain", "bob@example.org");
	CLEANUP(json_free) cJSON *ann = NULL;

	assert_b2b(API_ACTION_AVAILABLE_ONLY_FOR_ACTIVE_MEMBERS, state, "POST",
	    CREATE, "{" OF("strict", "new") "}");
	assert_b2b(API_INSUFFICIENT_FACTORS, state, "POST", CREATE,
	    "{" OF("plain", "bob") "}");
	assert_b2b(API_INSUFFICIENT_FACTORS, state, "POST", CREATE,
	    "{" OF("plain", "bob") ",\"intermediate_session_token\":\"%s\"}",
	    IST(bob));
	ann = b2b_email_login(state, "plain", "ann@example.com");
	assert_b2b(API_MEMBER_SESSION_MEMBER_ID_MISMATCH, state, "POST", CREATE,
	    "{" OF("plain", "bob") ",\"session_token\":\"%s\"}",
	    text_at(ann, "session_token"));
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/plain",
	    "{\"mfa_methods\":\"RESTRICTED\",\"allowed_mfa_methods\":"
	    "[\"sms_otp\"]}");
	assert_b2b(API_OPERATION_RESTRICTED_BY_ORGANIZATION_MFA_METHODS, state,
	    "POST", CREATE, "{" OF("plain", "ann") "}");
	assert_b2b(API_MEMBER_NOT_FOUND, state, "POST", CREATE,
	    "{" OF("plain", "none") "}");
}

static void
a_secret_is_imported_once_and_only_if_it_is_one(void **state)
{
	CLEANUP(json_free) cJSON *login = NULL;

	assert_b2b(API_BAD_REQUEST, state, "POST", MIGRATE,
	    "{" OF("plain", "ann") ",\"secret\":\"not base32!\","
				   "\"recovery_codes\":[]}");
	assert_b2b(API_INVALID_RECOVERY_CODE, state, "POST", MIGRATE,
	    "{" OF("plain", "ann") ",\"secret\":\"" TOM_SECRET "\","
				   "\"recovery_codes\":[\"x\"]}");
	assert_b2b(API_OK, state, "POST", MIGRATE,
	    "{" OF("plain", "ann") ",\"secret\":\"" TOM_SECRET "\","
				   "\"recovery_codes\":[\"aaaa-bbbb-cccc\"]}");
	assert_b2b(API_ACTIVE_TOTP_EXISTS, state, "POST", MIGRATE,
	    "{" OF("plain", "ann") ",\"secret\":\"" TOM_SECRET "\","
				   "\"recovery_codes\":[]}");
	login = b2b_email_login(state, "plain", "ann@example.com");
	assert_b2b(API_OK, state, "POST", AUTHENTICATE,
	    "{" OF("plain", "ann") ",\"code\":\"%s\",\"session_token\":\"%s\"}",
	    totp_code(state, TOM_SECRET, 1).text,
	    text_at(login, "session_token"));
}

/* ---- Recovery codes ---- */

static void
a_recovery_code_is_good_once(void **state)
{
	CLEANUP(json_free) cJSON *owed = first_step(state);
	CLEANUP(json_free) cJSON *done = NULL;

	assert_b2b(API_INVALID_RECOVERY_CODE, state, "POST", RECOVER,
	    "{" STRICT_TOM ",\"recovery_code\":\"aaaabbbbcccc\","
	    "\"intermediate_session_token\":\"%s\"}",
	    IST(owed));
	assert_b2b(API_TOTP_CODE_USED_AS_RECOVERY_CODE, state, "POST", RECOVER,
	    "{" STRICT_TOM ",\"recovery_code\":\"123456\","
	    "\"intermediate_session_token\":\"%s\"}",
	    IST(owed));
	assert_b2b(API_UNABLE_TO_AUTHENTICATE_RECOVERY_CODE, state, "POST",
	    RECOVER,
	    "{" STRICT_TOM ",\"recovery_code\":\"aaaa-bbbb-dddd\","
	    "\"intermediate_session_token\":\"%s\"}",
	    IST(owed));
	assert_b2b(API_NO_SESSION_ARGUMENTS, state, "POST", RECOVER,
	    "{" STRICT_TOM ",\"recovery_code\":\"aaaa-bbbb-cccc\"}");
	done = b2b(state, "POST", RECOVER,
	    "{" STRICT_TOM ",\"recovery_code\":\"aaaa-bbbb-cccc\","
	    "\"intermediate_session_token\":\"%s\"}",
	    IST(owed));
	assert_answer(done, API_OK);
	assert_int_equal(int_at(done, "recovery_codes_remaining"), 1);
	assert_string_equal(text_at(done,
				"member_session.authentication_factors.1.type"),
	    "recovery_codes");
	assert_b2b(API_UNABLE_TO_AUTHENTICATE_RECOVERY_CODE, state, "POST",
	    RECOVER,
	    "{" STRICT_TOM ",\"recovery_code\":\"aaaa-bbbb-cccc\","
	    "\"session_token\":\"%s\"}",
	    text_at(done, "session_token"));
}

static void
rotated_recovery_codes_void_the_old_ones(void **state)
{
	CLEANUP(json_free) cJSON *owed = first_step(state);
	CLEANUP(json_free)
	cJSON *rotated = b2b(state, "POST", "/v1/b2b/recovery_codes/rotate",
	    "{" STRICT_TOM "}");
	CLEANUP(json_free)
	cJSON *read =
	    b2b(state, "GET", "/v1/b2b/recovery_codes/strict/tom", NULL);

	assert_answer(rotated, API_OK);
	assert_int_equal(cJSON_GetArraySize(json_at(rotated, "recovery_codes")),
	    10);
	assert_true(cJSON_Compare(json_at(rotated, "recovery_codes"),
	    json_at(read, "recovery_codes"), true));
	assert_b2b(API_UNABLE_TO_AUTHENTICATE_RECOVERY_CODE, state, "POST",
	    RECOVER,
	    "{" STRICT_TOM ",\"recovery_code\":\"aaaa-bbbb-cccc\","
	    "\"intermediate_session_token\":\"%s\"}",
	    IST(owed));
	assert_b2b(API_NO_ACTIVE_RECOVERY_CODE_BACKED_FACTOR, state, "POST",
	    "/v1/b2b/recovery_codes/rotate", "{" OF("plain", "ann") "}");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, b2b_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_whole_exchange_ends_in_a_session_with_both_factors),
		TEST(bad_codes_are_told_apart_and_leave_the_token),
		TEST(a_code_without_a_primary_step_is_nothing),
		TEST(ten_wrong_codes_lock_the_member_for_every_method),
		TEST(enrolment_with_the_intermediate_token),
		TEST(an_unproven_totp_expires_and_is_replaced),
		TEST(enrolment_is_refused_where_it_must_be),
		TEST(a_secret_is_imported_once_and_only_if_it_is_one),
		TEST(a_recovery_code_is_good_once),
		TEST(rotated_recovery_codes_void_the_old_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
