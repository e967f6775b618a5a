/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversations between a person, the module and an agent that plays a part. */
#include "config.h"

#include "common/wire_socket.h"
#include "tests/unit/pam_case.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define HEAR_BEGIN \
	{ \
		.what = AGENT_HEAR, .number = WIRE_BEGIN \
	}
#define HEAR_ANSWER \
	{ \
		.what = AGENT_HEAR, .number = WIRE_ANSWER \
	}
#define HEAR_CANCEL \
	{ \
		.what = AGENT_HEAR, .number = WIRE_CANCEL \
	}
#define PROMPT(kind, words) \
	{ \
		.what = AGENT_PROMPT, .number = (kind), .text = (words) \
	}
#define ASK_CODE PROMPT(WIRE_PROMPT_CODE, "Code: ")
#define ASK_PASSWORD PROMPT(WIRE_PROMPT_PASSWORD, "Password: ")
#define SHOW(kind, words) \
	{ \
		.what = AGENT_SHOW, .number = (kind), .text = (words) \
	}
#define DONE(number_, login) \
	{ \
		.what = AGENT_DONE, .number = (number_), .text = (login) \
	}
#define GRANT DONE(PAM_SUCCESS, AGENT_LOGIN)
#define CLOSE \
	{ \
		.what = AGENT_CLOSE \
	}
#define WAIT \
	{ \
		.what = AGENT_WAIT \
	}

static const char *
answer_heard(struct pam_case *one, size_t i)
{
	return wire_text(case_heard(one, i), WIRE_ANSWER_TEXT);
}

static void
a_code_is_asked_for_and_the_login_is_kept(void **state)
{
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, ASK_CODE, HEAR_ANSWER, GRANT);
	one.pamh.turns[0].answer = "123456";
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	assert_int_equal(one.pamh.turn, 1);
	assert_int_equal(one.pamh.turns[0].style, PAM_PROMPT_ECHO_OFF);
	assert_string_equal(one.pamh.turns[0].text, "Code: ");
	assert_string_equal(one.pamh.variable, "STYTCH_LOGIN=" AGENT_LOGIN);
	assert_string_equal(answer_heard(&one, 1), "123456");
	assert_null(one.pamh.authtok);
	case_end(&one);
}

static void
many_prompts_and_notices_are_relayed_in_order(void **state)
{
	static const struct agent_step steps[] = { HEAR_BEGIN,
		SHOW(WIRE_SHOW_INFO, "Hello"), ASK_PASSWORD, HEAR_ANSWER,
		{ .what = AGENT_PROMPT,
		    .number = WIRE_PROMPT_MENU,
		    .text = "1 or 2?\n",
		    .is_echo = 1 },
		HEAR_ANSWER, SHOW(WIRE_SHOW_ERROR, "Oh"),
		PROMPT(WIRE_PROMPT_WAIT, "Press Enter: "), HEAR_ANSWER, GRANT };
	static const int styles[] = { PAM_TEXT_INFO, PAM_PROMPT_ECHO_OFF,
		PAM_PROMPT_ECHO_ON, PAM_ERROR_MSG, PAM_PROMPT_ECHO_OFF };
	static const char *const texts[] = { "Hello", "Password: ", "1 or 2?\n",
		"Oh", "Press Enter: " };
	struct pam_case one;

	(void)state;
	case_begin(&one, steps, ARRAY_LEN(steps));
	one.pamh.turns[1].answer = "secret";
	one.pamh.turns[2].answer = "2";
	one.pamh.turns[4].answer = "";
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	assert_int_equal(one.pamh.turn, ARRAY_LEN(styles));
	for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
		assert_int_equal(one.pamh.turns[i].style, styles[i]);
		assert_string_equal(one.pamh.turns[i].text, texts[i]);
	}
	assert_string_equal(answer_heard(&one, 1), "secret");
	assert_string_equal(answer_heard(&one, 2), "2");
	assert_string_equal(answer_heard(&one, 3), "");
	case_end(&one);
}

static void
silence_keeps_notices_back_and_is_told(void **state)
{
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, SHOW(WIRE_SHOW_INFO, "Hello"), ASK_CODE,
	    HEAR_ANSWER, GRANT);
	one.flags = (int)PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK;
	one.pamh.turns[0].answer = "1";
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	assert_int_equal(one.pamh.turn, 1);
	assert_int_equal(wire_u32(case_heard(&one, 0), WIRE_FLAGS, 0),
	    WIRE_FLAG_SILENT | WIRE_FLAG_NO_EMPTY);
	case_end(&one);
}

static void
begin_says_who_asks(void **state)
{
	const struct wire_message *begin;
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, DONE(PAM_AUTH_ERR, NULL));
	one.pamh.tty = "ssh";
	one.pamh.rhost = "192.0.2.1";
	one.pamh.ruser = "";
	assert_int_equal(case_run(&one, phase_authenticate), PAM_AUTH_ERR);
	begin = case_heard(&one, 0);
	assert_string_equal(one.agent->heard[0].socket, agent_socket_name());
	assert_int_equal(wire_u32(begin, WIRE_OPERATION, 0), WIRE_AUTHENTICATE);
	assert_string_equal(wire_text(begin, WIRE_SERVICE), "sshd");
	assert_string_equal(wire_text(begin, WIRE_USER), "alice");
	assert_string_equal(wire_text(begin, WIRE_TTY), "ssh");
	assert_string_equal(wire_text(begin, WIRE_RHOST), "192.0.2.1");
	assert_false(wire_has(begin, WIRE_RUSER));
	assert_false(wire_has(begin, WIRE_RUNAS));
	assert_false(wire_has(begin, WIRE_LOGIN));
	assert_false(wire_has(begin, WIRE_LOCALE));
	assert_false(wire_has(begin, WIRE_FLAGS));
	assert_true(wire_u64(begin, WIRE_PROCESS_START, 0) > 0);
	assert_int_equal(wire_u32(begin, WIRE_PARENT_PID, 0), getppid());
	assert_true(wire_u64(begin, WIRE_PARENT_START, 0) > 0);
	case_end(&one);
}

static void
the_language_is_the_applications(void **state)
{
	struct pam_case one;

	(void)state;
	if (setlocale(LC_MESSAGES, "en_US.UTF-8") == NULL &&
	    setlocale(LC_MESSAGES, "C.UTF-8") == NULL)
		skip();
	CASE_BEGIN(&one, HEAR_BEGIN, DONE(PAM_AUTH_ERR, NULL));
	assert_int_equal(case_run(&one, phase_authenticate), PAM_AUTH_ERR);
	if (strncmp(setlocale(LC_MESSAGES, NULL), "en_US", 5) == 0)
		assert_string_equal(wire_text(case_heard(&one, 0), WIRE_LOCALE),
		    "en_US");
	else
		assert_false(wire_has(case_heard(&one, 0), WIRE_LOCALE));
	assert_non_null(setlocale(LC_MESSAGES, "C"));
	case_end(&one);
}

static void
a_user_other_than_root_goes_to_the_public_socket(void **state)
{
	struct pam_case one;
	int code;

	(void)state;
	if (geteuid() != 0)
		skip();
	CASE_BEGIN(&one, HEAR_BEGIN, GRANT);
	assert_int_equal(seteuid(65534), 0);
	code = case_run(&one, phase_authenticate);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(code, PAM_SUCCESS);
	(void)case_heard(&one, 0);
	assert_string_equal(one.agent->heard[0].socket, "public.sock");
	case_end(&one);
}

static void
what_does_not_fit_the_protocol_is_not_asked(void **state)
{
	static char long_text[400];
	static const struct {
		const char *user, *service, *tty, *rhost, *ruser;
	} rows[] = {
		{ "al\x1bice", "sshd", NULL, NULL, NULL },
		{ "al\xff", "sshd", NULL, NULL, NULL },
		{ long_text, "sshd", NULL, NULL, NULL },
		{ "", "sshd", NULL, NULL, NULL },
		{ NULL, "sshd", NULL, NULL, NULL },
		{ "alice", NULL, NULL, NULL, NULL },
		{ "alice", long_text, NULL, NULL, NULL },
		{ "alice", "sshd", long_text, NULL, NULL },
		{ "alice", "sshd", NULL, long_text, NULL },
		{ "alice", "sshd", NULL, "a\x7f", NULL },
		{ "alice", "sshd", NULL, "\xe2\x80\xae", NULL },
		{ "alice", "sshd", NULL, NULL, long_text },
	};

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pam_case one;

		case_begin(&one, NULL, 0);
		one.pamh.user = rows[i].user;
		one.pamh.service = rows[i].service;
		one.pamh.tty = rows[i].tty;
		one.pamh.rhost = rows[i].rhost;
		one.pamh.ruser = rows[i].ruser;
		assert_int_equal(case_run(&one, phase_authenticate),
		    PAM_AUTHINFO_UNAVAIL);
		assert_null(strstr(one.pamh.log, "/nonexistent"));
		assert_int_not_equal(one.pamh.log[0], '\0');
		case_end(&one);
	}
}

static void
a_person_who_breaks_off_is_not_let_in(void **state)
{
	static const struct agent_step steps[] = { HEAR_BEGIN, ASK_CODE,
		HEAR_CANCEL, GRANT };
	static const struct fake_turn turns[] = {
		{ .result = PAM_CONV_ERR },
		{ .result = PAM_CONV_AGAIN },
		{ .result = PAM_SUCCESS, .no_reply = true },
		{ .result = PAM_SUCCESS, .answer = NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(turns); i++) {
		struct pam_case one;

		case_begin(&one, steps, ARRAY_LEN(steps));
		one.pamh.turns[0] = turns[i];
		assert_int_equal(case_run(&one, phase_authenticate), PAM_ABORT);
		assert_string_equal(one.pamh.variable, "");
		case_end(&one);
	}
}

static void
a_conversation_that_refuses_a_notice_is_broken_off(void **state)
{
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, SHOW(WIRE_SHOW_INFO, "Hello"), HEAR_CANCEL,
	    GRANT);
	one.pamh.turns[0].result = PAM_CONV_ERR;
	assert_int_equal(case_run(&one, phase_authenticate), PAM_ABORT);
	case_end(&one);
}

static void
an_answer_that_is_not_to_be_sent_is_refused(void **state)
{
	static const struct agent_step steps[] = { HEAR_BEGIN, ASK_CODE,
		HEAR_CANCEL, GRANT };
	static char long_answer[WIRE_ANSWER_MAX + 2];
	static const char *const answers[] = {
		"\b\n\r\177INCORRECT",
		"\b\n\r\177IN",
		"\b\n\r\177INCORRECT\b\n\r\177INCORR",
		"\b",
		long_answer,
	};

	(void)state;
	memset(long_answer, 'x', sizeof(long_answer) - 1);
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct pam_case one;

		case_begin(&one, steps, ARRAY_LEN(steps));
		one.pamh.turns[0].answer = answers[i];
		assert_int_equal(case_run(&one, phase_authenticate),
		    PAM_AUTH_ERR);
		case_end(&one);
	}
}

static void
the_longest_answer_is_sent(void **state)
{
	static char answer[WIRE_ANSWER_MAX + 1];
	struct pam_case one;

	(void)state;
	memset(answer, 'x', sizeof(answer) - 1);
	CASE_BEGIN(&one, HEAR_BEGIN, ASK_PASSWORD, HEAR_ANSWER, GRANT);
	one.pamh.turns[0].answer = answer;
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	assert_string_equal(answer_heard(&one, 1), answer);
	case_end(&one);
}

static void
a_password_at_hand_answers_the_first_prompt_for_one(void **state)
{
	static const struct agent_step steps[] = { HEAR_BEGIN,
		PROMPT(WIRE_PROMPT_MENU, "1 or 2? "), HEAR_ANSWER, ASK_PASSWORD,
		HEAR_ANSWER, ASK_CODE, HEAR_ANSWER, GRANT };
	struct pam_case one;

	(void)state;
	case_begin(&one, steps, ARRAY_LEN(steps));
	one.option = "try_first_pass";
	one.pamh.authtok = "at hand";
	one.pamh.turns[0].answer = "2";
	one.pamh.turns[1].answer = "123456";
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	assert_string_equal(one.pamh.turns[0].text, "1 or 2? ");
	assert_string_equal(one.pamh.turns[1].text, "Code: ");
	assert_int_equal(wire_u32(case_heard(&one, 0), WIRE_FLAGS, 0),
	    WIRE_FLAG_HAS_PASSWORD);
	assert_string_equal(answer_heard(&one, 1), "2");
	assert_string_equal(answer_heard(&one, 2), "at hand");
	assert_string_equal(answer_heard(&one, 3), "123456");
	case_end(&one);
}

static void
use_first_pass_answers_once_and_never_asks(void **state)
{
	static const struct agent_step once[] = { HEAR_BEGIN, ASK_CODE,
		HEAR_ANSWER, GRANT };
	static const struct agent_step twice[] = { HEAR_BEGIN, ASK_CODE,
		HEAR_ANSWER, ASK_CODE, HEAR_CANCEL, GRANT };
	static const struct agent_step menu[] = { HEAR_BEGIN,
		PROMPT(WIRE_PROMPT_MENU, "1 or 2? "), HEAR_CANCEL, GRANT };
	static const struct agent_step refused[] = { HEAR_BEGIN, ASK_CODE,
		HEAR_ANSWER, DONE(PAM_AUTH_ERR, NULL) };
	static const struct agent_step unsent[] = { HEAR_BEGIN, ASK_CODE,
		HEAR_CANCEL, GRANT };
	static const struct {
		const struct agent_step *steps;
		size_t count;
		const char *authtok;
		int code;
	} rows[] = {
		{ once, ARRAY_LEN(once), "at hand", PAM_SUCCESS },
		{ twice, ARRAY_LEN(twice), "at hand", PAM_AUTH_ERR },
		{ menu, ARRAY_LEN(menu), "at hand", PAM_AUTH_ERR },
		{ refused, ARRAY_LEN(refused), "at hand", PAM_AUTH_ERR },
		{ unsent, ARRAY_LEN(unsent), NULL, PAM_AUTH_ERR },
		{ unsent, ARRAY_LEN(unsent), "\b\n\r\177INC", PAM_AUTH_ERR },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pam_case one;

		case_begin(&one, rows[i].steps, rows[i].count);
		one.option = "use_first_pass";
		one.pamh.authtok = rows[i].authtok;
		one.pamh.turns[0].answer = "typed";
		assert_int_equal(case_run(&one, phase_authenticate),
		    rows[i].code);
		assert_int_equal(one.pamh.turn, 0);
		case_end(&one);
	}
}

static void
try_first_pass_asks_where_there_is_no_password(void **state)
{
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, ASK_CODE, HEAR_ANSWER, GRANT);
	one.option = "try_first_pass";
	one.pamh.turns[0].answer = "typed";
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	assert_false(wire_has(case_heard(&one, 0), WIRE_FLAGS));
	assert_string_equal(answer_heard(&one, 1), "typed");
	case_end(&one);
}

static void
without_the_option_the_password_at_hand_stays_there(void **state)
{
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, ASK_CODE, HEAR_ANSWER, GRANT);
	one.pamh.authtok = "at hand";
	one.pamh.turns[0].answer = "typed";
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	assert_string_equal(answer_heard(&one, 1), "typed");
	case_end(&one);
}

static void
a_verdict_given_while_the_person_typed_counts(void **state)
{
	/* The agent gives up and closes before the answer can be sent. */
	static const struct agent_step steps[] = { HEAR_BEGIN, ASK_CODE,
		DONE(PAM_MAXTRIES, NULL) };
	struct pam_case one;

	(void)state;
	case_begin(&one, steps, ARRAY_LEN(steps));
	one.pamh.turns[0].answer = "late";
	assert_int_equal(case_run(&one, phase_authenticate), PAM_MAXTRIES);
	case_end(&one);
}

static void
a_lost_connection_is_no_verdict(void **state)
{
	static const struct agent_step at_once[] = { HEAR_BEGIN, CLOSE };
	static const struct agent_step in_prompt[] = { HEAR_BEGIN, ASK_CODE,
		CLOSE };
	static const struct agent_step after_answer[] = { HEAR_BEGIN, ASK_CODE,
		HEAR_ANSWER, CLOSE };
	static const struct agent_step after_show[] = { HEAR_BEGIN,
		SHOW(WIRE_SHOW_INFO, "Hello"), CLOSE };
	static const struct {
		const struct agent_step *steps;
		size_t count;
	} rows[] = {
		{ at_once, ARRAY_LEN(at_once) },
		{ in_prompt, ARRAY_LEN(in_prompt) },
		{ after_answer, ARRAY_LEN(after_answer) },
		{ after_show, ARRAY_LEN(after_show) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pam_case one;

		case_begin(&one, rows[i].steps, rows[i].count);
		one.pamh.turns[0].answer = "123456";
		assert_int_equal(case_run(&one, phase_authenticate),
		    PAM_AUTHINFO_UNAVAIL);
		assert_non_null(
		    strstr(one.pamh.log, "no answer from the agent"));
		case_end(&one);
	}
}

static void
an_agent_that_says_nothing_is_waited_for_and_left(void **state)
{
	static const struct agent_step at_once[] = { HEAR_BEGIN, WAIT };
	static const struct agent_step after_answer[] = { HEAR_BEGIN, ASK_CODE,
		HEAR_ANSWER, WAIT };
	static const struct {
		const struct agent_step *steps;
		size_t count;
	} rows[] = {
		{ at_once, ARRAY_LEN(at_once) },
		{ after_answer, ARRAY_LEN(after_answer) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t start = wire_now_ms();
		struct pam_case one;

		case_begin(&one, rows[i].steps, rows[i].count);
		one.host.reply_max_ms = 200;
		one.pamh.turns[0].answer = "123456";
		assert_int_equal(case_run(&one, phase_authenticate),
		    PAM_AUTHINFO_UNAVAIL);
		assert_true(wire_now_ms() - start >= 200);
		case_end(&one);
	}
}

static void
without_an_agent_there_is_no_verdict(void **state)
{
	struct pam_case one;
	char path[128];

	(void)state;
	case_begin(&one, NULL, 0);
	assert_int_equal(case_run(&one, phase_authenticate),
	    PAM_AUTHINFO_UNAVAIL);
	case_end(&one);

	/* The sockets are there, but nobody listens. */
	CASE_BEGIN(&one, HEAR_BEGIN);
	agent_finish(one.agent);
	(void)snprintf(path, sizeof(path), "%s/%s", one.agent->folder,
	    agent_socket_name());
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
	assert_int_equal(case_run(&one, phase_authenticate),
	    PAM_AUTHINFO_UNAVAIL);
	assert_non_null(strstr(one.pamh.log, "cannot ask the agent"));
	agent_free(one.agent);
	one.agent = NULL;
	case_end(&one);
}

#define RAW(bytes) \
	{ \
		.what = AGENT_RAW, .number = sizeof(bytes) - 1, \
		.text = (bytes) \
	}
#define HEADER "\x01\x43\0\0"
#define LOGIN_FIELD "\0\x0e\0\x21" AGENT_LOGIN "\0"

static void
a_malformed_packet_is_no_verdict(void **state)
{
	static char huge[WIRE_PACKET_MAX + 100];
	static const struct agent_step packets[] = {
		RAW("x"),
		RAW("\x01\x43\0"),
		RAW(HEADER),
		RAW("\x02\x43\0\0\0\x17\0\x04\0\0\0\0" LOGIN_FIELD),
		RAW("\x01\x43\0\x01\0\x17\0\x04\0\0\0\0" LOGIN_FIELD),
		RAW(HEADER "\0\x17\0\x03\0\0\0" LOGIN_FIELD),
		RAW(HEADER "\0\x17\0\x04\0\0\0\0\0\x17\0\x04\0\0\0\0"),
		RAW(HEADER "\0\x17\0\x04\0\0\0\0" LOGIN_FIELD "x"),
		RAW(HEADER "\0\x17\0\x04\0\0\0\0\0\x0e\0\xff" AGENT_LOGIN "\0"),
		RAW(HEADER "\0\x17\0\x04\0\0\0\0\0\x63\0\0" LOGIN_FIELD),
		{ .what = AGENT_RAW, .number = sizeof(huge), .text = huge },
	};

	(void)state;
	memcpy(huge, HEADER, 4);
	for (size_t i = 0; i < ARRAY_LEN(packets); i++) {
		const struct agent_step steps[] = { HEAR_BEGIN, packets[i],
			WAIT };
		struct pam_case one;

		case_begin(&one, steps, ARRAY_LEN(steps));
		assert_int_equal(case_run(&one, phase_authenticate),
		    PAM_AUTHINFO_UNAVAIL);
		case_end(&one);
	}
}

/* The control of the case above: the same bytes without a fault are taken. */
static void
a_packet_made_by_hand_is_taken(void **state)
{
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN,
	    RAW(HEADER "\0\x17\0\x04\0\0\0\0" LOGIN_FIELD), WAIT);
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	case_end(&one);
}

static void
a_message_that_does_not_belong_here_is_no_verdict(void **state)
{
	static const struct agent_step record[] = { HEAR_BEGIN,
		{ .what = AGENT_RECORD,
		    .number = WIRE_RECORD_FOUND,
		    .text = "alice" } };
	static const struct agent_step cancel[] = { HEAR_BEGIN,
		RAW("\x01\x03\0\0"), WAIT };
	static const struct agent_step end[] = { HEAR_BEGIN,
		RAW("\x01\x46\0\0\0\x20\0\x04\0\0\0\0"), WAIT };
	static const struct {
		const struct agent_step *steps;
		size_t count;
	} rows[] = {
		{ record, ARRAY_LEN(record) },
		{ cancel, ARRAY_LEN(cancel) },
		{ end, ARRAY_LEN(end) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pam_case one;

		case_begin(&one, rows[i].steps, rows[i].count);
		assert_int_equal(case_run(&one, phase_authenticate),
		    PAM_AUTHINFO_UNAVAIL);
		case_end(&one);
	}
}

static void
only_authenticate_asks_anything(void **state)
{
	static const struct agent_step steps[] = { HEAR_BEGIN, ASK_PASSWORD,
		WAIT };
	static phase_function *const phases[] = { phase_account,
		phase_open_session, phase_close_session };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
		struct pam_case one;

		case_begin(&one, steps, ARRAY_LEN(steps));
		one.pamh.turns[0].answer = "fished";
		assert_int_equal(case_run(&one, phases[i]),
		    PAM_AUTHINFO_UNAVAIL);
		assert_int_equal(one.pamh.turn, 0);
		case_end(&one);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_code_is_asked_for_and_the_login_is_kept),
		cmocka_unit_test(many_prompts_and_notices_are_relayed_in_order),
		cmocka_unit_test(silence_keeps_notices_back_and_is_told),
		cmocka_unit_test(begin_says_who_asks),
		cmocka_unit_test(the_language_is_the_applications),
		cmocka_unit_test(
		    a_user_other_than_root_goes_to_the_public_socket),
		cmocka_unit_test(what_does_not_fit_the_protocol_is_not_asked),
		cmocka_unit_test(a_person_who_breaks_off_is_not_let_in),
		cmocka_unit_test(
		    a_conversation_that_refuses_a_notice_is_broken_off),
		cmocka_unit_test(an_answer_that_is_not_to_be_sent_is_refused),
		cmocka_unit_test(the_longest_answer_is_sent),
		cmocka_unit_test(
		    a_password_at_hand_answers_the_first_prompt_for_one),
		cmocka_unit_test(use_first_pass_answers_once_and_never_asks),
		cmocka_unit_test(
		    try_first_pass_asks_where_there_is_no_password),
		cmocka_unit_test(
		    without_the_option_the_password_at_hand_stays_there),
		cmocka_unit_test(a_verdict_given_while_the_person_typed_counts),
		cmocka_unit_test(a_lost_connection_is_no_verdict),
		cmocka_unit_test(
		    an_agent_that_says_nothing_is_waited_for_and_left),
		cmocka_unit_test(without_an_agent_there_is_no_verdict),
		cmocka_unit_test(a_malformed_packet_is_no_verdict),
		cmocka_unit_test(a_packet_made_by_hand_is_taken),
		cmocka_unit_test(
		    a_message_that_does_not_belong_here_is_no_verdict),
		cmocka_unit_test(only_authenticate_asks_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
