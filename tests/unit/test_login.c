/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/login_world.h"

#include <security/_pam_types.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define EMAIL_ONLY "[service *]\nmethods = otp_email\nanswer_step = 0s\n"
#define REMOTE "192.0.2.7"

static int
end_world(void **state)
{
	(void)state;
	world_end();
	return 0;
}

static const struct saying alice = { .user = "alice", .rhost = REMOTE };

/* The API as it is when alice types the right code of a mail. */
static void
answer_email(void)
{
	world_answer(STYTCH_OTPS_EMAIL_SEND, STYTCH_OK,
	    "{\"user_id\":\"" ALICE "\",\"email_id\":\"email-test-1\"}");
	world_answer(STYTCH_OTPS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_EMAIL));
}

static void
start_email(void)
{
	world_start("consumer", EMAIL_ONLY);
	answer_email();
}

static void
a_mailed_code_lets_in(void **state)
{
	struct talk talk;
	char id[LOGIN_ID_SIZE];

	(void)state;
	start_email();
	talk_begin(&talk, &alice);
	talk_expect(&talk,
	    "Code sent to a\u2022\u2022\u2022@example.com: ", " 123 456 ");
	assert_int_equal(talk_done(&talk, id), PAM_SUCCESS);
	assert_int_equal(strlen(id), WIRE_LOGIN_LEN);
	talk_end(&talk);
	assert_int_equal(world_calls(STYTCH_OTPS_EMAIL_SEND), 1);
	assert_string_equal(world_parameter(STYTCH_OTPS_EMAIL_SEND, "email"),
	    "alice@example.com");
	assert_string_equal(world_parameter(STYTCH_OTPS_AUTHENTICATE, "code"),
	    "123456");
	assert_string_equal(world_parameter(STYTCH_OTPS_AUTHENTICATE,
				"method_id"),
	    "email-test-1");
	assert_string_equal(world_parameter(STYTCH_OTPS_AUTHENTICATE,
				"session_duration_minutes"),
	    "60");
	assert_string_equal(world_parameter(STYTCH_OTPS_AUTHENTICATE,
				"attributes.ip_address"),
	    REMOTE);
	assert_int_equal(world_calls(STYTCH_OTPS_EMAIL_LOGIN_OR_CREATE), 0);
}

/* Each answer of the API but a whole right one, and what DONE says then. */
static const struct {
	const char *label;
	enum stytch_class class_;
	const char *text;
	uint32_t code;
} outcomes[] = {
	{ "wrong code", STYTCH_REJECTED, "otp_code_not_found", PAM_AUTH_ERR },
	{ "late code", STYTCH_EXPIRED, "unable_to_auth_otp_code",
	    PAM_AUTH_ERR },
	{ "locked", STYTCH_LOCKED, "user_lock_limit_reached", PAM_AUTH_ERR },
	{ "gone", STYTCH_NOT_FOUND, "user_not_found", PAM_AUTH_ERR },
	{ "policy", STYTCH_DENIED, "inactive_email", PAM_AUTH_ERR },
	{ "throttled", STYTCH_THROTTLED, "too_many_requests", PAM_MAXTRIES },
	{ "credentials", STYTCH_MISCONFIGURED, "unauthorized_credentials",
	    PAM_AUTHINFO_UNAVAIL },
	{ "down", STYTCH_UNAVAILABLE, "", PAM_AUTHINFO_UNAVAIL },
	{ "no JSON", STYTCH_PROTOCOL, "", PAM_AUTHINFO_UNAVAIL },
	{ "empty object", STYTCH_OK, "{}", PAM_AUTHINFO_UNAVAIL },
	{ "no session", STYTCH_OK,
	    "{\"user_id\":\"" ALICE "\",\"user\":{\"user_id\":\"" ALICE
	    "\"},\"session\":null,\"session_token\":\"\"}",
	    PAM_AUTHINFO_UNAVAIL },
};

static void
nothing_but_a_whole_right_answer_lets_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		struct talk talk;
		char id[LOGIN_ID_SIZE];

		print_message("  %s\n", outcomes[i].label);
		start_email();
		world_answer(STYTCH_OTPS_AUTHENTICATE, outcomes[i].class_,
		    outcomes[i].text);
		talk_begin(&talk, &alice);
		talk_expect(&talk, "Code sent", "123456");
		assert_int_equal(talk_done(&talk, id), outcomes[i].code);
		assert_string_equal(id, "");
		talk_end(&talk);
		world_end();
	}
	world_start("consumer", EMAIL_ONLY);
}

static const struct {
	const char *label;
	const char *user;
	const char *factors;
} proofs[] = {
	{ "another identity", BOB, FACTOR_EMAIL },
	{ "no factor", ALICE, "" },
	{ "another factor", ALICE, FACTOR_TOTP },
	{ "an old factor", ALICE,
	    "{\"type\":\"otp\",\"delivery_method\":\"email\","
	    "\"last_authenticated_at\":\"2025-12-31T23:00:00Z\"}" },
	{ "a code by text message", ALICE,
	    "{\"type\":\"otp\",\"delivery_method\":\"sms\","
	    "\"last_authenticated_at\":\"2026-01-01T00:00:00Z\"}" },
	{ "an impersonated session", ALICE,
	    FACTOR_EMAIL "," FACTOR_IMPERSONATED },
	{ "an imported session", ALICE,
	    FACTOR_EMAIL ",{\"type\":\"imported\"}" },
	{ "a trusted token", ALICE,
	    FACTOR_EMAIL ",{\"type\":\"trusted_auth_token\"}" },
};

static void
an_answer_that_proves_something_else_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(proofs); i++) {
		struct talk talk;

		print_message("  %s\n", proofs[i].label);
		start_email();
		world_answer(STYTCH_OTPS_AUTHENTICATE, STYTCH_OK,
		    world_user(proofs[i].user, proofs[i].factors));
		talk_begin(&talk, &alice);
		talk_expect(&talk, "Code sent", "123456");
		assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
		talk_end(&talk);
		world_end();
	}
	world_start("consumer", EMAIL_ONLY);
}

static void
the_owner_changed_under_the_account_is_refused(void **state)
{
	struct talk talk;

	(void)state;
	start_email();
	world_people.admits = false;
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Code sent", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
	talk_end(&talk);
}

/* Who is refused whatever is typed, and yet asked like everybody. */
static void
strangers_are_asked_and_refused_alike(void **state)
{
	static const char *const users[] = { "nobody-here", "lou", "nora",
		"mallory" };

	(void)state;
	start_email();
	world_answer(STYTCH_OTPS_AUTHENTICATE, STYTCH_LOCKED, "");
	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		const struct saying saying = { .user = users[i],
			.rhost = REMOTE };
		struct talk talk;

		talk_begin(&talk, &saying);
		talk_expect(&talk, "Code sent to ", "123456");
		assert_non_null(strstr(wire_text(&talk.message, WIRE_TEXT),
		    "\u2022\u2022\u2022@"));
		assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
		talk_end(&talk);
	}
}

static void
nothing_is_sent_to_who_is_locked_or_unknown(void **state)
{
	static const char *const users[] = { "nobody-here", "nora", "lou" };

	(void)state;
	start_email();
	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		const struct saying saying = { .user = users[i],
			.rhost = REMOTE };
		struct talk talk;

		world_people.is_locked = true;
		talk_begin(&talk, &saying);
		talk_expect(&talk, "Code sent to ", "123456");
		assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
		talk_end(&talk);
	}
	assert_int_equal(world_all_calls(), 0);
}

static void
a_name_that_cannot_be_told_is_asked_and_unavailable(void **state)
{
	const struct saying saying = { .user = "nobody-here", .rhost = REMOTE };
	struct talk talk;

	(void)state;
	start_email();
	world_people.find_answer_of_unknown = DIRECTORY_UNAVAILABLE;
	talk_begin(&talk, &saying);
	talk_expect(&talk, "Code sent to ", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTHINFO_UNAVAIL);
	talk_end(&talk);
}

static void
a_local_name_is_not_ours_and_nothing_is_asked(void **state)
{
	const struct saying saying = { .user = "root", .rhost = REMOTE };

	(void)state;
	start_email();
	assert_int_equal(talk_once(&saying, NULL), PAM_USER_UNKNOWN);
	assert_int_equal(world_all_calls(), 0);
}

static void
a_service_that_is_off_lets_nobody_in(void **state)
{
	(void)state;
	world_start("consumer", EMAIL_ONLY "[service sshd]\nenabled = no\n");
	assert_int_equal(talk_once(&alice, NULL), PAM_AUTH_ERR);
	assert_int_equal(world_all_calls(), 0);
}

static void
who_is_not_on_the_list_is_refused_after_the_code(void **state)
{
	struct talk talk;

	(void)state;
	world_start("consumer", EMAIL_ONLY "allow_users = bob\n");
	answer_email();
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Code sent", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
	talk_end(&talk);
}

static void
opensshs_false_answer_is_neither_sent_nor_counted(void **state)
{
	(void)state;
	start_email();
	for (int i = 0; i < 12; i++) {
		struct talk talk;

		talk_begin(&talk, &alice);
		talk_expect(&talk, "Code sent", "\b\n\r\177INCORRECT");
		assert_int_equal(talk_done(&talk, NULL), PAM_ABORT);
		talk_end(&talk);
	}
	world_wait_for(STYTCH_OTPS_EMAIL_SEND, 1);
	assert_int_equal(world_calls(STYTCH_OTPS_AUTHENTICATE), 0);
	assert_int_equal(world_calls(STYTCH_OTPS_EMAIL_SEND), 1);
}

static void
a_cancel_ends_it(void **state)
{
	struct talk talk;

	(void)state;
	start_email();
	talk_begin(&talk, &alice);
	assert_int_equal(talk_next(&talk), WIRE_PROMPT);
	talk_cancel(&talk);
	assert_int_equal(talk_done(&talk, NULL), PAM_ABORT);
	talk_end(&talk);
	assert_int_equal(world_calls(STYTCH_OTPS_AUTHENTICATE), 0);
}

static void
a_hang_up_frees_the_slot(void **state)
{
	struct talk talk;

	(void)state;
	start_email();
	talk_begin(&talk, &alice);
	assert_int_equal(talk_next(&talk), WIRE_PROMPT);
	assert_int_equal(slots_conversations(world.agent.slots), 1);
	talk_end(&talk); /* joins the agent's thread */
	assert_int_equal(slots_conversations(world.agent.slots), 0);
}

static void
who_hung_up_is_not_granted_anything(void **state)
{
	struct talk talk;

	(void)state;
	start_email();
	world_hold(STYTCH_OTPS_AUTHENTICATE);
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Code sent", "123456");
	(void)close(talk.fd);
	talk.fd = -1;
	world_answer(STYTCH_SESSIONS_REVOKE, STYTCH_OK, "{}");
	world_release();
	assert_int_equal(pthread_join(talk.thread, NULL), 0);
	slots_leave(&talk.slot);
	(void)close(talk.served);
	/* Its Stytch session is revoked. */
	world_wait_for(STYTCH_SESSIONS_REVOKE, 1);
	assert_string_equal(world_parameter(STYTCH_SESSIONS_REVOKE,
				"session_id"),
	    "session-of-" ALICE);
}

static void
an_answer_that_does_not_come_ends_it(void **state)
{
	struct talk talk;

	(void)state;
	world_start("consumer", EMAIL_ONLY "prompt_timeout = 1s\n");
	answer_email();
	talk_begin(&talk, &alice);
	assert_int_equal(talk_next(&talk), WIRE_PROMPT);
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
	talk_end(&talk);
}

static void
a_malformed_packet_is_answered_with_nothing(void **state)
{
	struct talk talk;

	(void)state;
	start_email();
	talk_begin(&talk, &alice);
	assert_int_equal(talk_next(&talk), WIRE_PROMPT);
	assert_int_equal(send(talk.fd, "\1\2\0\0\0\17", 6, MSG_NOSIGNAL), 6);
	assert_int_equal(talk_next(&talk), 0);
	talk_end(&talk);
}

static void
a_stop_answers_who_waits(void **state)
{
	struct talk talk;

	(void)state;
	start_email();
	talk_begin(&talk, &alice);
	assert_int_equal(talk_next(&talk), WIRE_PROMPT);
	conversations_end(world.agent.conversations, NULL,
	    CONVERSATION_STOPPED);
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTHINFO_UNAVAIL);
	talk_end(&talk);
}

static void
a_removed_person_is_refused_in_the_prompt(void **state)
{
	struct talk talk, other;
	const struct saying bob = { .user = "bob", .rhost = REMOTE };

	(void)state;
	start_email();
	talk_begin(&talk, &alice);
	talk_begin(&other, &bob);
	assert_int_equal(talk_next(&talk), WIRE_PROMPT);
	assert_int_equal(talk_next(&other), WIRE_PROMPT);
	agent_remove_person(&world.agent, ALICE);
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
	talk_end(&talk);
	assert_int_equal(slots_conversations(world.agent.slots), 1);
	talk_end(&other);
}

static void
a_person_removed_while_stytch_is_asked_is_refused(void **state)
{
	struct talk talk;

	(void)state;
	start_email();
	world_hold(STYTCH_OTPS_AUTHENTICATE);
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Code sent", "123456");
	agent_remove_person(&world.agent, ALICE);
	world_release();
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
	talk_end(&talk);
}

static const char *removed_before_the_grant;

int __real_logins_grant(struct logins *logins, const struct login_grant *grant,
    struct account **account, char out_id[LOGIN_ID_SIZE]);
int __wrap_logins_grant(struct logins *logins, const struct login_grant *grant,
    struct account **account, char out_id[LOGIN_ID_SIZE]);

int
__wrap_logins_grant(struct logins *logins, const struct login_grant *grant,
    struct account **account, char out_id[LOGIN_ID_SIZE])
{
	if (removed_before_the_grant != NULL)
		agent_remove_person(&world.agent, removed_before_the_grant);
	return __real_logins_grant(logins, grant, account, out_id);
}

static void
a_person_removed_just_before_the_grant_is_refused(void **state)
{
	struct talk talk;
	const struct saying account = { .operation = WIRE_ACCOUNT,
		.user = "alice" };

	(void)state;
	start_email();
	removed_before_the_grant = ALICE;
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Code sent", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
	talk_end(&talk);
	removed_before_the_grant = NULL;
	/* No grant is left behind that the account phase would believe. */
	world_people.is_locked = true;
	assert_int_equal(talk_once(&account, NULL), PAM_ACCT_EXPIRED);
}

static void
a_live_code_is_not_sent_again(void **state)
{
	(void)state;
	start_email();
	world_answer(STYTCH_OTPS_AUTHENTICATE, STYTCH_REJECTED,
	    "otp_code_not_found");
	for (int i = 0; i < 3; i++) {
		struct talk talk;

		talk_begin(&talk, &alice);
		talk_expect(&talk, "Code sent", "000000");
		assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
		talk_end(&talk);
	}
	assert_int_equal(world_calls(STYTCH_OTPS_EMAIL_SEND), 1);
}

static void
a_used_code_is_followed_by_a_new_one(void **state)
{
	(void)state;
	start_email();
	for (unsigned i = 1; i <= 3; i++) {
		struct talk talk;

		talk_begin(&talk, &alice);
		talk_expect(&talk, "Code sent", "123456");
		assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
		talk_end(&talk);
		assert_int_equal(world_calls(STYTCH_OTPS_EMAIL_SEND), i);
	}
}

static void
the_prompt_does_not_wait_for_the_sending(void **state)
{
	struct talk talk;

	(void)state;
	start_email();
	world_hold(STYTCH_OTPS_EMAIL_SEND);
	talk_begin(&talk, &alice);
	assert_int_equal(talk_next(&talk), WIRE_PROMPT);
	talk_answer(&talk, "123456");
	world_release();
	assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
	talk_end(&talk);
}

static void
a_code_that_could_not_be_sent_is_not_asked_about(void **state)
{
	struct talk talk;

	(void)state;
	start_email();
	world_answer(STYTCH_OTPS_EMAIL_SEND, STYTCH_UNAVAILABLE, "");
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Code sent", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTHINFO_UNAVAIL);
	talk_end(&talk);
	assert_int_equal(world_calls(STYTCH_OTPS_AUTHENTICATE), 0);
	/* The next login sends at once. */
	answer_email();
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Code sent", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
	talk_end(&talk);
}

static void
a_send_answered_about_somebody_else_is_no_send(void **state)
{
	struct talk talk;

	(void)state;
	start_email();
	world_answer(STYTCH_OTPS_EMAIL_SEND, STYTCH_OK,
	    "{\"user_id\":\"" BOB "\"}");
	talk_begin(&talk, &alice);
	talk_expect(&talk, "Code sent", "123456");
	assert_int_equal(talk_done(&talk, NULL), PAM_AUTHINFO_UNAVAIL);
	talk_end(&talk);
}

static void
try_wrong(const struct saying *saying, int times, uint32_t code)
{
	for (int i = 0; i < times; i++) {
		struct talk talk;

		talk_begin(&talk, saying);
		talk_expect(&talk, "Code sent", "000000");
		assert_int_equal(talk_done(&talk, NULL), code);
		talk_end(&talk);
	}
}

static void
remote_failures_stop_three_before_the_lock(void **state)
{
	const struct saying console = { .user = "alice", .service = "login" };

	(void)state;
	start_email();
	world_answer(STYTCH_OTPS_AUTHENTICATE, STYTCH_REJECTED, "x");
	try_wrong(&alice, 7, PAM_AUTH_ERR);
	assert_int_equal(talk_once(&alice, NULL), PAM_MAXTRIES);
	assert_int_equal(world_calls(STYTCH_OTPS_AUTHENTICATE), 7);
	/* A restart forgets nothing. */
	world_restart();
	assert_int_equal(talk_once(&alice, NULL), PAM_MAXTRIES);
	/* The console has the rest. */
	try_wrong(&console, 3, PAM_AUTH_ERR);
	assert_int_equal(talk_once(&console, NULL), PAM_MAXTRIES);
	assert_int_equal(world_calls(STYTCH_OTPS_AUTHENTICATE), 10);
}

static void
unknown_names_are_counted_like_known_ones(void **state)
{
	const struct saying nobody = { .user = "nobody-here", .rhost = REMOTE };

	(void)state;
	start_email();
	try_wrong(&nobody, 7, PAM_AUTH_ERR);
	assert_int_equal(talk_once(&nobody, NULL), PAM_MAXTRIES);
	world_restart();
	assert_int_equal(talk_once(&nobody, NULL), PAM_MAXTRIES);
}

static void
a_remote_host_has_so_many_failures(void **state)
{
	const struct saying bob = { .user = "bob", .rhost = REMOTE };
	const struct saying elsewhere = { .user = "bob", .rhost = "192.0.2.8" };

	(void)state;
	world_start("consumer", "failures_per_rhost = 3\n" EMAIL_ONLY);
	answer_email();
	world_answer(STYTCH_OTPS_AUTHENTICATE, STYTCH_REJECTED, "x");
	try_wrong(&alice, 3, PAM_AUTH_ERR);
	assert_int_equal(talk_once(&bob, NULL), PAM_MAXTRIES);
	world_answer(STYTCH_OTPS_EMAIL_SEND, STYTCH_OK,
	    "{\"user_id\":\"" BOB "\"}");
	try_wrong(&elsewhere, 1, PAM_AUTH_ERR);
}

static void
a_success_starts_the_count_again(void **state)
{
	(void)state;
	start_email();
	for (int round = 0; round < 3; round++) {
		struct talk talk;

		world_answer(STYTCH_OTPS_AUTHENTICATE, STYTCH_REJECTED, "x");
		try_wrong(&alice, 6, PAM_AUTH_ERR);
		answer_email();
		talk_begin(&talk, &alice);
		talk_expect(&talk, "Code sent", "123456");
		assert_int_equal(talk_done(&talk, NULL), PAM_SUCCESS);
		talk_end(&talk);
		store_flush(world.agent.store);
	}
}

static void
an_outage_is_nobodys_failure(void **state)
{
	(void)state;
	start_email();
	world_answer(STYTCH_OTPS_AUTHENTICATE, STYTCH_UNAVAILABLE, "");
	try_wrong(&alice, 12, PAM_AUTHINFO_UNAVAIL);
	answer_email();
	try_wrong(&alice, 1, PAM_SUCCESS);
}

static void
a_refusal_comes_at_a_multiple_of_the_step(void **state)
{
	static const char *const users[] = { "alice", "nobody-here" };

	(void)state;
	world_start("consumer",
	    "[service *]\nmethods = otp_email\nanswer_step = 300ms\n");
	answer_email();
	world_answer(STYTCH_OTPS_AUTHENTICATE, STYTCH_REJECTED, "x");
	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		const struct saying saying = { .user = users[i],
			.rhost = REMOTE };
		struct talk talk;
		int64_t began;

		talk_begin(&talk, &saying);
		assert_int_equal(talk_next(&talk), WIRE_PROMPT);
		began = wire_now_ms();
		talk_answer(&talk, "000000");
		assert_int_equal(talk_done(&talk, NULL), PAM_AUTH_ERR);
		assert_true(wire_now_ms() - began >= 299);
		talk_end(&talk);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, end_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mailed_code_lets_in),
		TEST(nothing_but_a_whole_right_answer_lets_in),
		TEST(an_answer_that_proves_something_else_is_refused),
		TEST(the_owner_changed_under_the_account_is_refused),
		TEST(strangers_are_asked_and_refused_alike),
		TEST(nothing_is_sent_to_who_is_locked_or_unknown),
		TEST(a_name_that_cannot_be_told_is_asked_and_unavailable),
		TEST(a_local_name_is_not_ours_and_nothing_is_asked),
		TEST(a_service_that_is_off_lets_nobody_in),
		TEST(who_is_not_on_the_list_is_refused_after_the_code),
		TEST(opensshs_false_answer_is_neither_sent_nor_counted),
		TEST(a_cancel_ends_it),
		TEST(a_hang_up_frees_the_slot),
		TEST(who_hung_up_is_not_granted_anything),
		TEST(an_answer_that_does_not_come_ends_it),
		TEST(a_malformed_packet_is_answered_with_nothing),
		TEST(a_stop_answers_who_waits),
		TEST(a_removed_person_is_refused_in_the_prompt),
		TEST(a_person_removed_while_stytch_is_asked_is_refused),
		TEST(a_person_removed_just_before_the_grant_is_refused),
		TEST(a_live_code_is_not_sent_again),
		TEST(a_used_code_is_followed_by_a_new_one),
		TEST(the_prompt_does_not_wait_for_the_sending),
		TEST(a_code_that_could_not_be_sent_is_not_asked_about),
		TEST(a_send_answered_about_somebody_else_is_no_send),
		TEST(remote_failures_stop_three_before_the_lock),
		TEST(unknown_names_are_counted_like_known_ones),
		TEST(a_remote_host_has_so_many_failures),
		TEST(a_success_starts_the_count_again),
		TEST(an_outage_is_nobodys_failure),
		TEST(a_refusal_comes_at_a_multiple_of_the_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
