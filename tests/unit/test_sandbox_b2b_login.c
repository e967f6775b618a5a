/* SPDX-License-Identifier: BSD-2-Clause */
/* From an email code to a session: policy, second factors, locks. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <string.h>

#define SEND "/v1/b2b/otps/email/login_or_signup"
#define AUTHENTICATE "/v1/b2b/otps/email/authenticate"
#define SMS_SEND "/v1/b2b/otps/sms/send"
#define SMS_AUTHENTICATE "/v1/b2b/otps/sms/authenticate"
#define SESSIONS "/v1/b2b/sessions"

static void
send_code(void **state, const char *organization, const char *address)
{
	assert_b2b(API_OK, state, "POST", SEND,
	    "{\"organization_id\":\"%s\",\"email_address\":\"%s\"}",
	    organization, address);
}

#define assert_code(error, state, organization, address, code) \
	assert_b2b(error, state, "POST", AUTHENTICATE, \
	    "{\"organization_id\":\"%s\",\"email_address\":\"%s\"," \
	    "\"code\":\"%s\"}", \
	    organization, address, code)

/* A code that is not the one sent. */
static struct sent_code
other_than(struct sent_code code)
{
	code.text[5] = code.text[5] == '0' ? '1' : '0';
	return code;
}

static void
an_email_code_opens_a_session_of_an_hour(void **state)
{
	CLEANUP(json_free)
	cJSON *login = b2b_email_login(state, "plain", "ann@example.com");
	int64_t started, expires;

	assert_answer(login, API_OK);
	assert_true(bool_at(login, "member_authenticated"));
	assert_string_equal(text_at(login, "intermediate_session_token"), "");
	assert_true(cJSON_IsNull(json_at(login, "mfa_required")));
	assert_true(cJSON_IsNull(json_at(login, "primary_required")));
	assert_int_equal(strlen(text_at(login, "session_token")), 44);
	assert_true(
	    id_is_kind(text_at(login, "member_session.member_session_id"),
		"member-session"));
	assert_string_equal(text_at(login, "member_session.member_id"),
	    text_at(login, "member_id"));
	assert_string_equal(text_at(login, "member_session.organization_slug"),
	    "plain");
	assert_string_equal(text_at(login,
				"member_session.authentication_factors.0.type"),
	    "email_otp");
	assert_string_equal(text_at(login,
				"member_session.authentication_factors.0."
				"email_factor.email_address"),
	    "ann@example.com");
	assert_string_equal(text_at(login, "member_session.roles.1"), "ops");
	assert_int_equal(time_parse(text_at(login, "member_session.started_at"),
			     &started),
	    0);
	assert_int_equal(time_parse(text_at(login, "member_session.expires_at"),
			     &expires),
	    0);
	assert_int_equal(expires - started, 60 * MINUTE_US);
}

/* What the documented replies lack, ours lack too. */
static void
answers_have_what_is_documented_and_no_more(void **state)
{
	CLEANUP(json_free)
	cJSON *login = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free)
	cJSON *session = b2b(state, "POST", SESSIONS "/authenticate",
	    "{\"session_token\":\"%s\"}", text_at(login, "session_token"));

	assert_answer(login, API_OK);
	assert_string_equal(text_at(login, "organization_id"),
	    text_at(login, "organization.organization_id"));
	assert_null(json_at(login, "member_session.attributes"));
	assert_answer(session, API_OK);
	assert_non_null(json_at(session, "member.member_id"));
	assert_non_null(json_at(session, "organization.organization_id"));
	assert_null(json_at(session, "member_id"));
	assert_null(json_at(session, "organization_id"));
	assert_null(json_at(session, "member_session.attributes"));
}

static void
bad_email_codes_are_told_apart(void **state)
{
	struct sent_code first, second;

	assert_code(API_OTP_CODE_NOT_FOUND, state, "plain", "ann@example.com",
	    "123456");
	send_code(state, "plain", "ann@example.com");
	first = sent_code(state, "ann@example.com");
	assert_code(API_OTP_CODE_NOT_FOUND, state, "plain", "ann@example.com",
	    other_than(first).text);
	assert_code(API_INVALID_CODE, state, "plain", "ann@example.com",
	    "12345");
	assert_code(API_INVALID_CODE, state, "plain", "ann@example.com",
	    "12345x");
	assert_code(API_MEMBER_NOT_FOUND, state, "plain", "nobody@example.org",
	    first.text);
	assert_code(API_ORGANIZATION_NOT_FOUND, state, "none",
	    "ann@example.com", first.text);
	assert_code(API_OTP_CODE_NOT_FOUND, state, "strict", "ann@example.com",
	    first.text);
	send_code(state, "plain", "ann@example.com");
	second = sent_code(state, "ann@example.com");
	if (strcmp(first.text, second.text) != 0)
		assert_code(API_UNABLE_TO_AUTH_OTP_CODE, state, "plain",
		    "ann@example.com", first.text);
	assert_code(API_OK, state, "plain", "ann@example.com", second.text);
	assert_code(API_UNABLE_TO_AUTH_OTP_CODE, state, "plain",
	    "ann@example.com", second.text);
}

static void
a_code_lives_ten_minutes_and_no_longer(void **state)
{
	send_code(state, "plain", "ann@example.com");
	advance(*state, 601);
	assert_code(API_UNABLE_TO_AUTH_OTP_CODE, state, "plain",
	    "ann@example.com", sent_code(state, "ann@example.com").text);
	assert_b2b(API_INVALID_EXPIRATION_OTP, state, "POST", SEND,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\",\"login_expiration_minutes\":1}");
}

static void
strangers_join_only_by_an_allowed_domain(void **state)
{
	CLEANUP(json_free) cJSON *refused = NULL;
	CLEANUP(json_free) cJSON *joined = NULL;

	assert_b2b(API_EMAIL_JIT_PROVISIONING_NOT_ALLOWED, state, "POST", SEND,
	    "{\"organization_id\":\"strict\",\"email_address\":"
	    "\"x@example.com\"}");
	refused = b2b(state, "POST", SEND,
	    "{\"organization_id\":\"plain\",\"email_address\":\"x@y.com\"}");
	assert_answer(refused, API_INVALID_EMAIL_FOR_JIT_PROVISIONING);
	assert_string_equal(text_at(refused, "error_details.email_address"),
	    "x@y.com");
	joined = b2b(state, "POST", SEND,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"x@Example.COM\"}");
	assert_true(bool_at(joined, "member_created"));
	assert_string_equal(text_at(joined, "member.status"), "pending");
	json_free(&joined);
	joined = b2b(state, "POST", AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"x@example.com\",\"code\":\"%s\"}",
	    sent_code(state, "x@example.com").text);
	assert_string_equal(text_at(joined, "member.status"), "active");
	assert_true(bool_at(joined, "member.email_address_verified"));
}

static void
a_method_that_the_organization_forbids_is_refused(void **state)
{
	send_code(state, "plain", "ann@example.com");
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/plain",
	    "{\"auth_methods\":\"RESTRICTED\",\"allowed_auth_methods\":"
	    "[\"password\"]}");
	assert_code(API_OPERATION_RESTRICTED_BY_ORGANIZATION_AUTH_METHODS,
	    state, "plain", "ann@example.com",
	    sent_code(state, "ann@example.com").text);
	assert_b2b(API_OPERATION_RESTRICTED_BY_ORGANIZATION_AUTH_METHODS, state,
	    "POST", SEND,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"ann@example.com\"}");
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/plain/members/ann",
	    "{\"is_breakglass\":true}");
	assert_code(API_OK, state, "plain", "ann@example.com",
	    sent_code(state, "ann@example.com").text);
}

static void
ten_failures_lock_for_an_hour(void **state)
{
	CLEANUP(json_free) cJSON *member = NULL;
	struct sent_code code;

	send_code(state, "plain", "ann@example.com");
	code = sent_code(state, "ann@example.com");
	for (int i = 0; i < 10; i++)
		assert_code(API_OTP_CODE_NOT_FOUND, state, "plain",
		    "ann@example.com", other_than(code).text);
	assert_code(API_USER_LOCK_LIMIT_REACHED, state, "plain",
	    "ann@example.com", code.text);
	member = b2b(state, "GET", ORGANIZATIONS "/plain/member?member_id=ann",
	    NULL);
	assert_true(bool_at(member, "member.is_locked"));
	assert_true(cJSON_IsString(json_at(member, "member.lock_expires_at")));
	advance(*state, 3601);
	send_code(state, "plain", "ann@example.com");
	assert_code(API_OK, state, "plain", "ann@example.com",
	    sent_code(state, "ann@example.com").text);
}

static void
malformed_codes_do_not_count_and_success_begins_anew(void **state)
{
	struct sent_code code;

	for (int round = 0; round < 2; round++) {
		send_code(state, "plain", "ann@example.com");
		code = sent_code(state, "ann@example.com");
		for (int i = 0; i < 12; i++)
			assert_code(API_INVALID_CODE, state, "plain",
			    "ann@example.com", "x");
		for (int i = 0; i < 9; i++)
			assert_code(API_OTP_CODE_NOT_FOUND, state, "plain",
			    "ann@example.com", other_than(code).text);
		assert_code(API_OK, state, "plain", "ann@example.com",
		    code.text);
	}
}

static void
a_locked_member_gets_mail_but_no_session(void **state)
{
	send_code(state, "plain", "locked@example.com");
	assert_code(API_USER_LOCK_LIMIT_REACHED, state, "plain",
	    "locked@example.com", sent_code(state, "locked@example.com").text);
}

/* ---- Second factors ---- */

static void
an_enrolled_member_owes_the_sms_code_that_was_sent(void **state)
{
	CLEANUP(json_free)
	cJSON *owed = b2b_email_login(state, "plain", "bob@example.org");
	CLEANUP(json_free) cJSON *done = NULL;
	const char *token = text_at(owed, "intermediate_session_token");

	assert_answer(owed, API_OK);
	assert_false(bool_at(owed, "member_authenticated"));
	assert_string_equal(text_at(owed, "session_token"), "");
	assert_string_equal(text_at(owed, "session_jwt"), "");
	assert_true(cJSON_IsNull(json_at(owed, "member_session")));
	assert_string_equal(text_at(owed,
				"mfa_required.secondary_auth_initiated"),
	    "sms_otp");
	assert_string_equal(text_at(owed,
				"mfa_required.member_options.mfa_phone_number"),
	    "+12025550162");
	assert_string_equal(
	    text_at(owed, "mfa_required.member_options.totp_registration_id"),
	    "");
	assert_b2b(API_OTP_CODE_NOT_FOUND, state, "POST", SMS_AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"member_id\":\"bob\",\"code\":"
	    "\"%s\",\"intermediate_session_token\":\"%s\"}",
	    other_than(sent_code(state, "+12025550162")).text, token);
	done = b2b(state, "POST", SMS_AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"member_id\":\"bob\",\"code\":"
	    "\"%s\",\"intermediate_session_token\":\"%s\"}",
	    sent_code(state, "+12025550162").text, token);
	assert_answer(done, API_OK);
	assert_string_equal(text_at(done,
				"member_session.authentication_factors.0.type"),
	    "email_otp");
	assert_string_equal(text_at(done,
				"member_session.authentication_factors.1."
				"phone_number_factor.phone_number"),
	    "+12025550162");
	assert_true(bool_at(done, "member.mfa_phone_number_verified"));
	assert_string_equal(text_at(done, "member.default_mfa_method"),
	    "sms_otp");
	assert_b2b(API_INTERMEDIATE_SESSION_NOT_FOUND, state, "POST",
	    SMS_AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"member_id\":\"bob\",\"code\":"
	    "\"111111\",\"intermediate_session_token\":\"%s\"}",
	    token);
}

static void
an_intermediate_session_ends_after_ten_minutes(void **state)
{
	CLEANUP(json_free)
	cJSON *owed = b2b_email_login(state, "plain", "bob@example.org");

	advance(*state, 601);
	assert_b2b(API_INTERMEDIATE_SESSION_NOT_FOUND, state, "POST",
	    SMS_AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"member_id\":\"bob\",\"code\":"
	    "\"%s\",\"intermediate_session_token\":\"%s\"}",
	    sent_code(state, "+12025550162").text,
	    text_at(owed, "intermediate_session_token"));
}

static void
an_sms_code_lives_two_minutes(void **state)
{
	CLEANUP(json_free)
	cJSON *owed = b2b_email_login(state, "plain", "bob@example.org");
	const char *token = text_at(owed, "intermediate_session_token");

	advance(*state, 121);
	assert_b2b(API_UNABLE_TO_AUTH_OTP_CODE, state, "POST", SMS_AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"member_id\":\"bob\",\"code\":"
	    "\"%s\",\"intermediate_session_token\":\"%s\"}",
	    sent_code(state, "+12025550162").text, token);
	assert_b2b(API_OK, state, "POST", SMS_SEND,
	    "{\"organization_id\":\"plain\",\"member_id\":\"bob\","
	    "\"intermediate_session_token\":\"%s\"}",
	    token);
	assert_b2b(API_OK, state, "POST", SMS_AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"member_id\":\"bob\",\"code\":"
	    "\"%s\",\"intermediate_session_token\":\"%s\"}",
	    sent_code(state, "+12025550162").text, token);
}

static void
second_steps_want_one_token_and_the_right_one(void **state)
{
	CLEANUP(json_free)
	cJSON *ann = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free)
	cJSON *bob = b2b_email_login(state, "plain", "bob@example.org");
	CLEANUP(json_free)
	cJSON *strict = b2b_email_login(state, "strict", "ann@example.com");
	struct sent_code code = sent_code(state, "+12025550162");
	const struct {
		const char *label, *name, *token;
		enum api_error error;
	} cases[] = {
		{ "another member's session", "session_token",
		    text_at(ann, "session_token"),
		    API_MEMBER_SESSION_MEMBER_ID_MISMATCH },
		{ "another organization's token", "intermediate_session_token",
		    text_at(strict, "intermediate_session_token"),
		    API_INVALID_INTERMEDIATE_SESSION_TOKEN_FOR_ORGANIZATION },
		{ "a session's token in the place of an intermediate one",
		    "intermediate_session_token", text_at(ann, "session_token"),
		    API_INVALID_SESSION_TOKEN },
		{ "an intermediate one in the place of a session's",
		    "session_token", text_at(bob, "intermediate_session_token"),
		    API_INVALID_SESSION_TOKEN },
		{ "no JWT", "session_jwt", "a.b.c",
		    API_UNABLE_TO_PARSE_SESSION_JWT },
	};

	assert_b2b(API_NO_SESSION_ARGUMENTS, state, "POST", SMS_AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"member_id\":\"bob\",\"code\":"
	    "\"%s\"}",
	    code.text);
	assert_b2b(API_TOO_MANY_SESSION_ARGUMENTS, state, "POST",
	    SMS_AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"member_id\":\"bob\",\"code\":"
	    "\"%s\",\"session_token\":\"%s\",\"intermediate_session_token\":"
	    "\"%s\"}",
	    code.text, text_at(ann, "session_token"),
	    text_at(bob, "intermediate_session_token"));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].label);
		assert_b2b(cases[i].error, state, "POST", SMS_AUTHENTICATE,
		    "{\"organization_id\":\"plain\",\"member_id\":\"bob\","
		    "\"code\":\"%s\",\"%s\":\"%s\"}",
		    code.text, cases[i].name, cases[i].token);
	}
}

static void
a_required_second_factor_is_enrolled_with_the_intermediate_token(void **state)
{
	CLEANUP(json_free)
	cJSON *owed = b2b_email_login(state, "strict", "new@example.com");
	CLEANUP(json_free) cJSON *done = NULL;
	const char *token = text_at(owed, "intermediate_session_token");

	assert_false(bool_at(owed, "member_authenticated"));
	assert_true(cJSON_IsNull(
	    json_at(owed, "mfa_required.secondary_auth_initiated")));
	assert_string_equal(text_at(owed,
				"mfa_required.member_options.mfa_phone_number"),
	    "");
	assert_b2b(API_MEMBER_PHONE_NUMBER_NOT_FOUND, state, "POST", SMS_SEND,
	    "{\"organization_id\":\"strict\",\"member_id\":\"new\","
	    "\"intermediate_session_token\":\"%s\"}",
	    token);
	assert_b2b(API_OK, state, "POST", SMS_SEND,
	    "{\"organization_id\":\"strict\",\"member_id\":\"new\","
	    "\"mfa_phone_number\":\"+12025550170\","
	    "\"intermediate_session_token\":\"%s\"}",
	    token);
	assert_b2b(API_DUPLICATE_MEMBER_PHONE_NUMBER_FOR_MEMBER, state, "POST",
	    SMS_SEND,
	    "{\"organization_id\":\"strict\",\"member_id\":\"new\","
	    "\"mfa_phone_number\":\"+12025550171\","
	    "\"intermediate_session_token\":\"%s\"}",
	    token);
	done = b2b(state, "POST", SMS_AUTHENTICATE,
	    "{\"organization_id\":\"strict\",\"member_id\":\"new\",\"code\":"
	    "\"%s\",\"intermediate_session_token\":\"%s\","
	    "\"set_mfa_enrollment\":\"unenroll\"}",
	    sent_code(state, "+12025550170").text, token);
	assert_answer(done, API_OK);
	assert_true(bool_at(done, "member.mfa_enrolled"));
}

static void
the_duration_of_the_last_step_counts(void **state)
{
	CLEANUP(json_free)
	cJSON *owed = b2b_email_login(state, "plain", "bob@example.org");
	CLEANUP(json_free)
	cJSON *done = b2b(state, "POST", SMS_AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"member_id\":\"bob\",\"code\":"
	    "\"%s\",\"intermediate_session_token\":\"%s\","
	    "\"session_duration_minutes\":5,\"session_custom_claims\":{\"a\":1}"
	    "}",
	    sent_code(state, "+12025550162").text,
	    text_at(owed, "intermediate_session_token"));
	int64_t started, expires;

	assert_answer(done, API_OK);
	assert_int_equal(time_parse(text_at(done, "member_session.started_at"),
			     &started),
	    0);
	assert_int_equal(time_parse(text_at(done, "member_session.expires_at"),
			     &expires),
	    0);
	assert_int_equal(expires - started, 5 * MINUTE_US);
	assert_int_equal(int_at(done, "member_session.custom_claims.a"), 1);
}

static void
a_session_passed_along_spares_the_second_factor(void **state)
{
	CLEANUP(json_free)
	cJSON *owed = b2b_email_login(state, "plain", "bob@example.org");
	CLEANUP(json_free)
	cJSON *done = b2b(state, "POST", SMS_AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"member_id\":\"bob\",\"code\":"
	    "\"%s\",\"intermediate_session_token\":\"%s\"}",
	    sent_code(state, "+12025550162").text,
	    text_at(owed, "intermediate_session_token"));
	CLEANUP(json_free) cJSON *again = NULL;

	send_code(state, "plain", "bob@example.org");
	again = b2b(state, "POST", AUTHENTICATE,
	    "{\"organization_id\":\"plain\",\"email_address\":"
	    "\"bob@example.org\",\"code\":\"%s\",\"session_token\":\"%s\"}",
	    sent_code(state, "bob@example.org").text,
	    text_at(done, "session_token"));
	assert_answer(again, API_OK);
	assert_true(bool_at(again, "member_authenticated"));
	assert_string_equal(text_at(again, "member_session.member_session_id"),
	    text_at(done, "member_session.member_session_id"));
	assert_null(json_at(again, "member_session.authentication_factors.2"));
}

/* ---- Sessions ---- */

static void
a_session_is_found_by_token_and_jwt_until_it_ends(void **state)
{
	CLEANUP(json_free)
	cJSON *login = b2b_email_login(state, "plain", "ann@example.com");
	const char *token = text_at(login, "session_token");
	CLEANUP(json_free) cJSON *by_jwt = NULL;

	assert_b2b(API_OK, state, "POST", SESSIONS "/authenticate",
	    "{\"session_token\":\"%s\"}", token);
	advance(*state, 900);
	by_jwt = b2b(state, "POST", SESSIONS "/authenticate",
	    "{\"session_jwt\":\"%s\"}", text_at(login, "session_jwt"));
	assert_answer(by_jwt, API_OK);
	assert_string_equal(text_at(by_jwt, "session_token"), token);
	assert_string_not_equal(text_at(by_jwt, "session_jwt"),
	    text_at(login, "session_jwt"));
	assert_b2b(API_TOO_MANY_SESSION_ARGUMENTS, state, "POST",
	    SESSIONS "/authenticate",
	    "{\"session_token\":\"%s\",\"session_jwt\":\"%s\"}", token,
	    text_at(login, "session_jwt"));
	assert_b2b(API_NO_SESSION_ARGUMENTS, state, "POST",
	    SESSIONS "/authenticate", "{}");
	assert_b2b(API_INVALID_SESSION_TOKEN, state, "POST",
	    SESSIONS "/authenticate", "{\"session_token\":\"x\"}");
	assert_b2b(API_INVALID_SESSION_DURATION_MINUTES, state, "POST",
	    SESSIONS "/authenticate",
	    "{\"session_token\":\"%s\",\"session_duration_minutes\":4}", token);
	advance(*state, 3600);
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST",
	    SESSIONS "/authenticate", "{\"session_token\":\"%s\"}", token);
}

static void
a_revoked_session_is_not_found(void **state)
{
	CLEANUP(json_free)
	cJSON *one = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free)
	cJSON *two = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free) cJSON *list = NULL;

	list = b2b(state, "GET",
	    SESSIONS "?organization_id=plain&member_id=ann", NULL);
	assert_int_equal(cJSON_GetArraySize(json_at(list, "member_sessions")),
	    2);
	assert_b2b(API_OK, state, "POST", SESSIONS "/revoke",
	    "{\"member_session_id\":\"%s\"}",
	    text_at(one, "member_session.member_session_id"));
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST", SESSIONS "/revoke",
	    "{\"member_session_id\":\"%s\"}",
	    text_at(one, "member_session.member_session_id"));
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST",
	    SESSIONS "/authenticate", "{\"session_token\":\"%s\"}",
	    text_at(one, "session_token"));
	assert_b2b(API_OK, state, "POST", SESSIONS "/authenticate",
	    "{\"session_token\":\"%s\"}", text_at(two, "session_token"));
	assert_b2b(API_NO_SESSION_REVOKE_ARGUMENTS, state, "POST",
	    SESSIONS "/revoke", "{}");
	assert_b2b(API_TOO_MANY_SESSION_REVOKE_ARGUMENTS, state, "POST",
	    SESSIONS "/revoke",
	    "{\"session_token\":\"%s\",\"member_id\":\"%s\"}",
	    text_at(two, "session_token"), text_at(two, "member_id"));
	assert_b2b(API_OK, state, "POST", SESSIONS "/revoke",
	    "{\"member_id\":\"%s\"}", text_at(two, "member_id"));
	assert_b2b(API_SESSION_NOT_FOUND, state, "POST",
	    SESSIONS "/authenticate", "{\"session_token\":\"%s\"}",
	    text_at(two, "session_token"));
}

static void
exchange_goes_by_the_target_s_policy(void **state)
{
	CLEANUP(json_free)
	cJSON *login = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free)
	cJSON *bob = b2b_email_login(state, "plain", "bob@example.org");
	CLEANUP(json_free)
	cJSON *owed = b2b(state, "POST", SESSIONS "/exchange",
	    "{\"organization_id\":\"strict\",\"session_token\":\"%s\"}",
	    text_at(login, "session_token"));

	assert_answer(owed, API_OK);
	assert_false(bool_at(owed, "member_authenticated"));
	assert_true(cJSON_IsObject(json_at(owed, "mfa_required")));
	assert_string_not_equal(text_at(owed, "member_id"),
	    text_at(login, "member_id"));
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/strict",
	    "{\"mfa_policy\":\"OPTIONAL\",\"auth_methods\":\"RESTRICTED\","
	    "\"allowed_auth_methods\":[\"password\"]}");
	json_free(&owed);
	owed = b2b(state, "POST", SESSIONS "/exchange",
	    "{\"organization_id\":\"strict\",\"session_token\":\"%s\"}",
	    text_at(login, "session_token"));
	assert_false(bool_at(owed, "member_authenticated"));
	assert_string_equal(text_at(owed,
				"primary_required.allowed_auth_methods.0"),
	    "password");
	assert_b2b(API_INVALID_SESSION_TOKEN, state, "POST",
	    SESSIONS "/exchange",
	    "{\"organization_id\":\"strict\",\"session_token\":\"%s\"}",
	    text_at(bob, "intermediate_session_token"));
	assert_b2b(API_ORGANIZATION_NOT_FOUND, state, "POST",
	    SESSIONS "/exchange",
	    "{\"organization_id\":\"none\",\"session_token\":\"%s\"}",
	    text_at(login, "session_token"));
}

#define assert_authorization(error, state, token, organization, permission) \
	assert_b2b(error, state, "POST", SESSIONS "/authenticate", \
	    "{\"session_token\":\"%s\",\"authorization_check\":{" \
	    "\"organization_id\":\"%s\"," permission "}}", \
	    token, organization)

static void
an_authorization_check_fails_with_403(void **state)
{
	CLEANUP(json_free)
	cJSON *login = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free)
	cJSON *strict = b2b(state, "GET", ORGANIZATIONS "/strict", NULL);
	const char *token = text_at(login, "session_token");
	const char *plain_id = text_at(login, "organization_id");
	CLEANUP(json_free)
	cJSON *allowed = b2b(state, "POST", SESSIONS "/authenticate",
	    "{\"session_token\":\"%s\",\"authorization_check\":{"
	    "\"organization_id\":\"%s\",\"resource_id\":\"stytch.self\","
	    "\"action\":\"update.info.name\"}}",
	    token, plain_id);

	assert_answer(allowed, API_OK);
	assert_true(bool_at(allowed, "verdict.authorized"));
	assert_string_equal(text_at(allowed, "verdict.granting_roles.0"),
	    "stytch_member");
	assert_authorization(API_SESSION_AUTHORIZATION_ERROR, state, token,
	    plain_id,
	    "\"resource_id\":\"stytch.member\",\"action\":\"delete\"");
	assert_authorization(API_SESSION_AUTHORIZATION_ERROR, state, token,
	    plain_id, "\"resource_id\":\"*\",\"action\":\"*\"");
	assert_authorization(API_SESSION_AUTHORIZATION_TENANCY_ERROR, state,
	    token, text_at(strict, "organization.organization_id"),
	    "\"resource_id\":\"stytch.self\",\"action\":\"x\"");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, b2b_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_email_code_opens_a_session_of_an_hour),
		TEST(answers_have_what_is_documented_and_no_more),
		TEST(bad_email_codes_are_told_apart),
		TEST(a_code_lives_ten_minutes_and_no_longer),
		TEST(strangers_join_only_by_an_allowed_domain),
		TEST(a_method_that_the_organization_forbids_is_refused),
		TEST(ten_failures_lock_for_an_hour),
		TEST(malformed_codes_do_not_count_and_success_begins_anew),
		TEST(a_locked_member_gets_mail_but_no_session),
		TEST(an_enrolled_member_owes_the_sms_code_that_was_sent),
		TEST(an_intermediate_session_ends_after_ten_minutes),
		TEST(an_sms_code_lives_two_minutes),
		TEST(second_steps_want_one_token_and_the_right_one),
		TEST(
		    a_required_second_factor_is_enrolled_with_the_intermediate_token),
		TEST(the_duration_of_the_last_step_counts),
		TEST(a_session_passed_along_spares_the_second_factor),
		TEST(a_session_is_found_by_token_and_jwt_until_it_ends),
		TEST(a_revoked_session_is_not_found),
		TEST(exchange_goes_by_the_target_s_policy),
		TEST(an_authorization_check_fails_with_403),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
