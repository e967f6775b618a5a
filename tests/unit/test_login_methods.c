/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/pkce.h"
#include "tests/unit/login_world.h"

#include <security/_pam_types.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define REMOTE "192.0.2.7"
#define OWES_TOTP \
	"\"mfa_required\":{\"member_options\":{\"mfa_phone_number\":\"\"," \
	"\"totp_registration_id\":\"member-totp-test-1\"}," \
	"\"secondary_auth_initiated\":null}"

static int
end_world(void **state)
{
	(void)state;
	world_end();
	return 0;
}

static const struct saying alice = { .user = "alice", .rhost = REMOTE };
static const struct saying carol = { .user = "carol", .rhost = REMOTE };
static const struct saying carol_sudo = { .user = "carol", .service = "sudo" };

static void
start_consumer(const char *methods, const char *more)
{
	char lines[512];

	(void)snprintf(lines, sizeof(lines),
	    "[service *]\nmethods = %s\nanswer_step = 0s\n%s", methods, more);
	world_start("consumer", lines);
	world_answer(STYTCH_OTPS_EMAIL_SEND, STYTCH_OK,
	    "{\"user_id\":\"" ALICE "\"}");
	world_answer(STYTCH_MAGIC_LINKS_EMAIL_SEND, STYTCH_OK,
	    "{\"user_id\":\"" ALICE "\"}");
	world_answer(STYTCH_TOTPS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_TOTP));
	world_answer(STYTCH_OTPS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_EMAIL));
}

static uint32_t
login_once(const struct saying *saying, const char *prompt, const char *answer)
{
	struct talk talk;
	uint32_t code;

	talk_begin(&talk, saying);
	talk_expect(&talk, prompt, answer);
	code = talk_done(&talk, NULL);
	talk_end(&talk);
	return code;
}

/* ---- consumer ---- */

static void
totp_is_one_request_in_all(void **state)
{
	(void)state;
	start_consumer("totp", "");
	assert_int_equal(login_once(&alice, "Authenticator code: ", "123456"),
	    PAM_SUCCESS);
	assert_int_equal(world_all_calls(), 1);
	assert_string_equal(world_parameter(STYTCH_TOTPS_AUTHENTICATE,
				"user_id"),
	    ALICE);
	assert_string_equal(world_parameter(STYTCH_TOTPS_AUTHENTICATE,
				"totp_code"),
	    "123456");
}

static void
a_totp_code_is_good_once_whatever_stytch_says(void **state)
{
	(void)state;
	start_consumer("totp", "");
	assert_int_equal(login_once(&alice, "Authenticator", "123456"),
	    PAM_SUCCESS);
	assert_int_equal(login_once(&alice, "Authenticator", "123 456"),
	    PAM_AUTH_ERR);
	world_restart();
	assert_int_equal(login_once(&alice, "Authenticator", "123456"),
	    PAM_AUTH_ERR);
	assert_int_equal(world_calls(STYTCH_TOTPS_AUTHENTICATE), 1);
	assert_int_equal(login_once(&alice, "Authenticator", "654321"),
	    PAM_SUCCESS);
}

static void
a_totp_code_that_stytch_could_not_judge_may_come_again(void **state)
{
	(void)state;
	start_consumer("totp", "");
	world_answer(STYTCH_TOTPS_AUTHENTICATE, STYTCH_UNAVAILABLE, "");
	assert_int_equal(login_once(&alice, "Authenticator", "123456"),
	    PAM_AUTHINFO_UNAVAIL);
	world_answer(STYTCH_TOTPS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_TOTP));
	assert_int_equal(login_once(&alice, "Authenticator", "123456"),
	    PAM_SUCCESS);
}

static void
one_totp_code_in_two_conversations_counts_once(void **state)
{
	struct talk one, two;
	uint32_t codes[2];

	(void)state;
	start_consumer("totp", "");
	world_hold(STYTCH_TOTPS_AUTHENTICATE);
	talk_begin(&one, &alice);
	talk_begin(&two, &alice);
	talk_expect(&one, "Authenticator", "123456");
	talk_expect(&two, "Authenticator", "123456");
	world_release();
	codes[0] = talk_done(&one, NULL);
	codes[1] = talk_done(&two, NULL);
	talk_end(&one);
	talk_end(&two);
	assert_int_equal(codes[0] + codes[1], PAM_SUCCESS + PAM_AUTH_ERR);
	assert_int_equal(world_calls(STYTCH_TOTPS_AUTHENTICATE), 1);
}

static void
what_is_no_code_is_refused_unasked(void **state)
{
	static const char *const answers[] = { "", "12", "abcdef", "12345x",
		"1234567890123", "\033[A", "123456;" };

	(void)state;
	start_consumer("totp", "");
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		assert_int_equal(login_once(&alice, "Authenticator",
				     answers[i]),
		    PAM_AUTH_ERR);
	assert_int_equal(world_all_calls(), 0);
	/* And counted, as an answer of nobody's would be. */
	assert_int_equal(talk_once(&alice, NULL), PAM_MAXTRIES);
}

static void
a_menu_lists_the_preferred_first(void **state)
{
	struct talk talk;
	const char *text;

	(void)state;
	start_consumer("totp, otp_email", "");
	talk_begin(&talk, &alice);
	assert_int_equal(talk_next(&talk), WIRE_PROMPT);
	assert_int_equal(wire_u32(&talk.message, WIRE_PROMPT_KIND, 0),
	    WIRE_PROMPT_MENU);
	assert_int_equal(wire_u32(&talk.message, WIRE_ECHO, 0), 1);
	text = wire_text(&talk.message, WIRE_TEXT);
	assert_non_null(strstr(text, "1. Code from your authenticator app"));
	assert_non_null(
	    strstr(text, "2. Code by email to a\u2022\u2022\u2022@"));
	talk_answer(&talk, "2");
	talk_expect(&talk, "Code sent to", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
	talk_end(&talk);
}

static void
enter_in_the_menu_takes_the_first(void **state)
{
	struct talk talk;

	(void)state;
	start_consumer("totp, otp_email", "");
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Number (1-2)", "");
	talk_expect(&talk, "Authenticator", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
	talk_end(&talk);
}

static void
three_wrong_numbers_are_enough(void **state)
{
	struct talk talk;

	(void)state;
	start_consumer("totp, otp_email", "");
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Number", "0");
	talk_expect(&talk, "Number", "3");
	talk_expect(&talk, "Number", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
	talk_end(&talk);
	assert_int_equal(world_all_calls(), 0);
}

static void
a_password_at_hand_skips_the_menu(void **state)
{
	const struct saying saying = { .user = "alice",
		.service = "sudo",
		.flags = WIRE_FLAG_HAS_PASSWORD };
	struct talk talk;

	(void)state;
	start_consumer("otp_email, totp", "");
	talk_begin(&talk, &saying);
	talk_expect(&talk, "Authenticator", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
	talk_end(&talk);
}

static void
two_factors_share_one_session(void **state)
{
	struct talk talk;

	(void)state;
	start_consumer("password, totp", "factors = 2\n");
	world_answer(STYTCH_PASSWORDS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_PASSWORD));
	world_answer(STYTCH_TOTPS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_PASSWORD "," FACTOR_TOTP));
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Number", "1");
	talk_expect(&talk, "Password: ", "a word");
	talk_expect(&talk, "Authenticator", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
	talk_end(&talk);
	assert_string_equal(world_parameter(STYTCH_PASSWORDS_AUTHENTICATE,
				"password"),
	    "a word");
	assert_string_equal(world_parameter(STYTCH_TOTPS_AUTHENTICATE,
				"session_token"),
	    "token-of-" ALICE);
}

static void
a_session_that_lost_the_first_factor_is_refused(void **state)
{
	struct talk talk;

	(void)state;
	start_consumer("password, totp", "factors = 2\n");
	world_answer(STYTCH_PASSWORDS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_PASSWORD));
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Number", "1");
	talk_expect(&talk, "Password: ", "a word");
	talk_expect(&talk, "Authenticator", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
	talk_end(&talk);
}

static void
two_methods_of_one_factor_are_one(void **state)
{
	struct talk talk;

	(void)state;
	start_consumer("totp, recovery_code", "factors = 2\n");
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Number", "1");
	talk_expect(&talk, "Authenticator", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
	talk_end(&talk);
}

static void
a_right_first_factor_does_not_reset_the_count(void **state)
{
	(void)state;
	start_consumer("password, totp", "factors = 2\n");
	world_answer(STYTCH_PASSWORDS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_PASSWORD));
	world_answer(STYTCH_TOTPS_AUTHENTICATE, STYTCH_REJECTED, "x");
	for (int i = 0; i < 7; i++) {
		char code[32];
		struct talk talk;

		(void)snprintf(code, sizeof(code), "00000%d", i);
		talk_begin(&talk, &alice);
		talk_expect(&talk, "Number", "1");
		talk_expect(&talk, "Password: ", "a word");
		talk_expect(&talk, "Authenticator", code);
		assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
		talk_end(&talk);
	}
	assert_int_equal(talk_once(&alice, NULL), PAM_MAXTRIES);
}

static void
a_recovery_code_is_read_leniently(void **state)
{
	(void)state;
	start_consumer("recovery_code", "");
	world_answer(STYTCH_TOTPS_RECOVER, STYTCH_OK,
	    world_user(ALICE,
		"{\"type\":\"recovery_codes\",\"delivery_method\":"
		"\"recovery_code\",\"last_authenticated_at\":"
		"\"2026-01-01T00:00:00Z\"}"));
	assert_int_equal(login_once(&alice,
			     "Recovery code: ", " A1B2-c3d4-E5F6 "),
	    PAM_SUCCESS);
	assert_string_equal(world_parameter(STYTCH_TOTPS_RECOVER,
				"recovery_code"),
	    "a1b2-c3d4-e5f6");
}

static void
a_pasted_link_is_checked_with_its_verifier(void **state)
{
	struct talk talk;
	struct secret verifier = SECRET_INIT;
	char challenge[PKCE_CHALLENGE_SIZE];

	(void)state;
	start_consumer("magic_link", "");
	world_answer(STYTCH_MAGIC_LINKS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_LINK));
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Link sent to a",
	    "https://example.com/x?stytch_token_type=magic_links&token="
	    "DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94%3D#top");
	assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
	talk_end(&talk);
	assert_string_equal(world_parameter(STYTCH_MAGIC_LINKS_AUTHENTICATE,
				"token"),
	    "DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94=");
	assert_int_equal(secret_set(&verifier,
			     world_parameter(STYTCH_MAGIC_LINKS_AUTHENTICATE,
				 "code_verifier"),
			     64),
	    0);
	assert_int_equal(pkce_challenge(&verifier, challenge), 0);
	assert_string_equal(world_parameter(STYTCH_MAGIC_LINKS_EMAIL_SEND,
				"code_challenge"),
	    challenge);
	secret_clear(&verifier);
}

static void
authorization_is_asked_with_the_session(void **state)
{
	(void)state;
	start_consumer("totp", "authorization = host:login\n");
	world_answer(STYTCH_SESSIONS_AUTHENTICATE, STYTCH_OK,
	    "{\"verdict\":{\"authorized\":true}}");
	assert_int_equal(login_once(&alice, "Authenticator", "111111"),
	    PAM_SUCCESS);
	assert_string_equal(world_parameter(STYTCH_SESSIONS_AUTHENTICATE,
				"authorization_check.resource_id"),
	    "host");
	assert_string_equal(world_parameter(STYTCH_SESSIONS_AUTHENTICATE,
				"authorization_check.action"),
	    "login");
	/* Denied; and answered as if nothing had been asked. */
	world_answer(STYTCH_SESSIONS_AUTHENTICATE, STYTCH_DENIED,
	    "consumer_session_authorization_error");
	assert_int_equal(login_once(&alice, "Authenticator", "222222"),
	    PAM_AUTH_ERR);
	world_answer(STYTCH_SESSIONS_AUTHENTICATE, STYTCH_OK, "{}");
	assert_int_equal(login_once(&alice, "Authenticator", "333333"),
	    PAM_AUTH_ERR);
}

/* ---- B2B ---- */

static void
start_b2b(const char *services)
{
	world_start("b2b", services);
	world_answer(STYTCH_B2B_OTPS_EMAIL_LOGIN_OR_SIGNUP, STYTCH_OK,
	    "{\"member_id\":\"" CAROL "\"}");
	world_answer(STYTCH_B2B_OTPS_EMAIL_AUTHENTICATE, STYTCH_OK,
	    world_owed(CAROL, OWES_TOTP));
	world_answer(STYTCH_B2B_TOTP_AUTHENTICATE, STYTCH_OK,
	    world_member(CAROL, FACTOR_EMAIL_B2B "," FACTOR_TOTP));
}

#define B2B_SERVICES \
	"[service *]\nmethods = otp_email, totp\nanswer_step = 0s\n" \
	"[service sudo]\nmethods = totp\nprimary = otp_email\n"

static void
a_member_meets_what_the_organization_owes(void **state)
{
	struct talk talk;

	(void)state;
	start_b2b(B2B_SERVICES);
	talk_begin(&talk, &carol);
	talk_expect(&talk, "Code sent to c", "123456");
	talk_expect(&talk, "Authenticator", "654321");
	assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
	talk_end(&talk);
	assert_string_equal(world_parameter(STYTCH_B2B_TOTP_AUTHENTICATE,
				"intermediate_session_token"),
	    "ist-of-" CAROL);
	assert_string_equal(world_parameter(STYTCH_B2B_TOTP_AUTHENTICATE,
				"session_token"),
	    "");
	assert_string_equal(world_parameter(STYTCH_B2B_TOTP_AUTHENTICATE,
				"organization_id"),
	    ACME);
}

static void
the_first_step_alone_does_not_let_a_member_in(void **state)
{
	static const char *const owed[] = {
		OWES_TOTP,
		"\"mfa_required\":{\"member_options\":{}}",
		("\"mfa_required\":{\"member_options\":null,"
		 "\"secondary_auth_initiated\":null}"),
		"\"primary_required\":{\"allowed_auth_methods\":[\"sso\"]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(owed); i++) {
		start_b2b("[service *]\nmethods = otp_email\n"
			  "answer_step = 0s\n");
		world_answer(STYTCH_B2B_OTPS_EMAIL_AUTHENTICATE, STYTCH_OK,
		    world_owed(CAROL, owed[i]));
		assert_int_equal(login_once(&carol, "Code sent", "123456"),
		    PAM_AUTH_ERR);
		world_end();
	}
	start_b2b(B2B_SERVICES);
}

static void
an_answer_of_another_organization_is_refused(void **state)
{
	(void)state;
	start_b2b(B2B_SERVICES);
	world_answer(STYTCH_B2B_OTPS_EMAIL_AUTHENTICATE, STYTCH_OK,
	    "{\"member_id\":\"" CAROL
	    "\",\"organization_id\":\"organization-test-other\","
	    "\"member_authenticated\":false,"
	    "\"intermediate_session_token\":\"x\"," OWES_TOTP
	    ",\"member\":{\"member_id\":\"" CAROL
	    "\",\"organization_id\":\"organization-test-other\"}}");
	assert_int_equal(login_once(&carol, "Code sent", "123456"),
	    PAM_AUTH_ERR);
}

static void
a_member_who_is_gone_is_not_made_again_by_a_send(void **state)
{
	(void)state;
	start_b2b(B2B_SERVICES);
	world_people.refresh = STYTCH_NOT_FOUND;
	assert_int_equal(login_once(&carol, "Code sent", "123456"),
	    PAM_AUTH_ERR);
	assert_int_equal(world_all_calls(), 0);
}

/* Log carol in by ssh and open her session; its id. */
static void
log_in_carol(char *id)
{
	struct saying open = { .operation = WIRE_OPEN,
		.user = "carol",
		.login = id };
	struct talk talk;

	talk_begin(&talk, &carol);
	talk_expect(&talk, "Code sent to c", "123456");
	talk_expect(&talk, "Authenticator", "111111");
	assert_int_equal(talk_done(&talk, id), PAM_SUCCESS);
	talk_end(&talk);
	assert_int_equal(talk_once(&open, NULL), PAM_SUCCESS);
}

static void
sudo_uses_the_open_logins_session(void **state)
{
	char id[LOGIN_ID_SIZE];

	(void)state;
	start_b2b(B2B_SERVICES);
	log_in_carol(id);
	assert_int_equal(login_once(&carol_sudo, "Authenticator", "222222"),
	    PAM_SUCCESS);
	assert_string_equal(world_parameter(STYTCH_B2B_TOTP_AUTHENTICATE,
				"session_token"),
	    "token-of-" CAROL);
	assert_string_equal(world_parameter(STYTCH_B2B_TOTP_AUTHENTICATE,
				"intermediate_session_token"),
	    "");
	world_restart();
	assert_int_equal(login_once(&carol_sudo, "Authenticator", "333333"),
	    PAM_SUCCESS);
	assert_int_equal(world_calls(STYTCH_B2B_OTPS_EMAIL_AUTHENTICATE), 1);
}

static void
sudos_end_leaves_the_logins_session(void **state)
{
	char id[LOGIN_ID_SIZE], sudo_id[LOGIN_ID_SIZE];
	struct saying open = { .operation = WIRE_OPEN,
		.service = "sudo",
		.user = "root",
		.ruser = "carol",
		.login = sudo_id };
	struct saying close_sudo = { .operation = WIRE_CLOSE,
		.service = "sudo",
		.user = "root",
		.login = sudo_id };
	struct saying close_ssh = { .operation = WIRE_CLOSE,
		.user = "carol",
		.login = id };
	struct talk talk;

	(void)state;
	start_b2b(B2B_SERVICES);
	world_answer(STYTCH_B2B_SESSIONS_REVOKE, STYTCH_OK, "{}");
	log_in_carol(id);
	talk_begin(&talk, &carol_sudo);
	talk_expect(&talk, "Authenticator", "222222");
	assert_int_equal(talk_done(&talk, sudo_id), PAM_SUCCESS);
	talk_end(&talk);
	assert_int_equal(talk_once(&open, NULL), PAM_SUCCESS);
	assert_int_equal(talk_once(&close_sudo, NULL), PAM_SUCCESS);
	assert_int_equal(talk_once(&close_ssh, NULL), PAM_SUCCESS);
	world_wait_for(STYTCH_B2B_SESSIONS_REVOKE, 1);
	world_restart();
	assert_int_equal(world_calls(STYTCH_B2B_SESSIONS_REVOKE), 1);
	assert_string_equal(world_parameter(STYTCH_B2B_SESSIONS_REVOKE,
				"member_session_id"),
	    "session-of-" CAROL);
}

static void
without_a_kept_session_the_primary_step_runs_first(void **state)
{
	struct talk talk;

	(void)state;
	start_b2b(B2B_SERVICES);
	talk_begin(&talk, &carol_sudo);
	talk_expect(&talk, "Code sent to c", "123456");
	talk_expect(&talk, "Authenticator", "222222");
	assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
	talk_end(&talk);
}

static void
a_kept_session_that_ended_elsewhere_gives_way_to_the_primary(void **state)
{
	char id[LOGIN_ID_SIZE];
	struct talk talk;

	(void)state;
	start_b2b(B2B_SERVICES);
	log_in_carol(id);
	world_answer(STYTCH_B2B_TOTP_AUTHENTICATE, STYTCH_EXPIRED,
	    "session_not_found");
	talk_begin(&talk, &carol_sudo);
	talk_expect(&talk, "Authenticator", "222222");
	assert_int_equal(talk_next(&talk), WIRE_PROMPT);
	world_answer(STYTCH_B2B_TOTP_AUTHENTICATE, STYTCH_OK,
	    world_member(CAROL, FACTOR_EMAIL_B2B "," FACTOR_TOTP));
	talk_answer(&talk, "123456");
	talk_expect(&talk, "Authenticator", "222222");
	assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
	talk_end(&talk);
}

static void
a_remote_login_never_uses_the_kept_session(void **state)
{
	char id[LOGIN_ID_SIZE];

	(void)state;
	start_b2b("[service *]\nmethods = otp_email, totp\n"
		  "answer_step = 0s\nfactor_max_age = 1h\n");
	log_in_carol(id);
	world_answer(STYTCH_B2B_SESSIONS_AUTHENTICATE, STYTCH_OK,
	    world_member(CAROL, FACTOR_EMAIL_B2B "," FACTOR_TOTP));
	world_answer(STYTCH_B2B_OTPS_EMAIL_AUTHENTICATE, STYTCH_REJECTED, "x");
	assert_int_equal(login_once(&carol, "Code sent", "123456"),
	    PAM_AUTH_ERR);
	assert_int_equal(world_calls(STYTCH_B2B_SESSIONS_AUTHENTICATE), 0);
}

static void
a_factor_met_lately_counts_where_policy_says_so(void **state)
{
	char id[LOGIN_ID_SIZE];

	(void)state;
	start_b2b("[service *]\nmethods = otp_email, totp\n"
		  "answer_step = 0s\n[service sudo]\nmethods = totp\n"
		  "factor_max_age = 1h\n");
	log_in_carol(id);
	world_answer(STYTCH_B2B_SESSIONS_AUTHENTICATE, STYTCH_OK,
	    world_member(CAROL, FACTOR_TOTP));
	assert_int_equal(talk_once(&carol_sudo, NULL), PAM_SUCCESS);
	/* An old one does not. */
	world_answer(STYTCH_B2B_SESSIONS_AUTHENTICATE, STYTCH_OK,
	    world_member(CAROL,
		"{\"type\":\"totp\",\"last_authenticated_at\":"
		"\"2025-12-31T22:00:00Z\"}"));
	assert_int_equal(login_once(&carol_sudo, "Authenticator", "222222"),
	    PAM_SUCCESS);
}

#define TEST(name) cmocka_unit_test_teardown(name, end_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(totp_is_one_request_in_all),
		TEST(a_totp_code_is_good_once_whatever_stytch_says),
		TEST(a_totp_code_that_stytch_could_not_judge_may_come_again),
		TEST(one_totp_code_in_two_conversations_counts_once),
		TEST(what_is_no_code_is_refused_unasked),
		TEST(a_menu_lists_the_preferred_first),
		TEST(enter_in_the_menu_takes_the_first),
		TEST(three_wrong_numbers_are_enough),
		TEST(a_password_at_hand_skips_the_menu),
		TEST(two_factors_share_one_session),
		TEST(a_session_that_lost_the_first_factor_is_refused),
		TEST(two_methods_of_one_factor_are_one),
		TEST(a_right_first_factor_does_not_reset_the_count),
		TEST(a_recovery_code_is_read_leniently),
		TEST(a_pasted_link_is_checked_with_its_verifier),
		TEST(authorization_is_asked_with_the_session),
		TEST(a_member_meets_what_the_organization_owes),
		TEST(the_first_step_alone_does_not_let_a_member_in),
		TEST(an_answer_of_another_organization_is_refused),
		TEST(a_member_who_is_gone_is_not_made_again_by_a_send),
		TEST(sudo_uses_the_open_logins_session),
		TEST(sudos_end_leaves_the_logins_session),
		TEST(without_a_kept_session_the_primary_step_runs_first),
		TEST(
		    a_kept_session_that_ended_elsewhere_gives_way_to_the_primary),
		TEST(a_remote_login_never_uses_the_kept_session),
		TEST(a_factor_met_lately_counts_where_policy_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
