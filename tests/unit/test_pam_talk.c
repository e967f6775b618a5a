/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pam_stytch/talk.h"

#include "common/wire.h"
#include "tests/unit/pam_fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
a_question_is_asked_and_answered(void **state)
{
	CLEANUP(answer_free) char *answer = NULL;
	struct pam_handle pamh;

	(void)state;
	fake_init(&pamh);
	pamh.turns[0].answer = "123456";
	pamh.turns[1].answer = "";
	assert_int_equal(talk_ask(&pamh, false, "Code: ", &answer), 0);
	assert_string_equal(answer, "123456");
	assert_int_equal(pamh.turns[0].style, PAM_PROMPT_ECHO_OFF);
	assert_string_equal(pamh.turns[0].text, "Code: ");
	answer_free(&answer);
	assert_null(answer);
	assert_int_equal(talk_ask(&pamh, true, "Number: ", &answer), 0);
	assert_string_equal(answer, "");
	assert_int_equal(pamh.turns[1].style, PAM_PROMPT_ECHO_ON);
}

static void
a_conversation_that_fails_gives_no_answer(void **state)
{
	static const struct fake_turn turns[] = {
		{ .result = PAM_CONV_ERR },
		{ .result = PAM_CONV_AGAIN },
		{ .result = PAM_BUF_ERR },
		{ .result = PAM_IGNORE },
		{ .result = PAM_SUCCESS, .no_reply = true },
		{ .result = PAM_SUCCESS, .answer = NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(turns); i++) {
		struct pam_handle pamh;
		char *answer = NULL;

		fake_init(&pamh);
		pamh.turns[0] = turns[i];
		assert_int_equal(talk_ask(&pamh, false, "Code: ", &answer),
		    -ECANCELED);
		assert_null(answer);
	}
}

static void
no_conversation_is_no_answer(void **state)
{
	static const struct pam_conv empty = { .conv = NULL };
	struct pam_handle pamh;
	char *answer = NULL;

	(void)state;
	fake_init(&pamh);
	pamh.conv = NULL;
	assert_int_equal(talk_ask(&pamh, false, "Code: ", &answer), -ECANCELED);
	assert_int_equal(talk_show(&pamh, false, "Hello"), -ECANCELED);
	pamh.conv = &empty;
	assert_int_equal(talk_ask(&pamh, false, "Code: ", &answer), -ECANCELED);
	assert_null(answer);
}

static void
notices_and_errors_are_shown(void **state)
{
	struct pam_handle pamh;

	(void)state;
	fake_init(&pamh);
	pamh.turns[1].answer = "unasked";
	pamh.turns[2].no_reply = true;
	pamh.turns[3].result = PAM_CONV_ERR;
	assert_int_equal(talk_show(&pamh, false, "Hello"), 0);
	assert_int_equal(pamh.turns[0].style, PAM_TEXT_INFO);
	assert_int_equal(talk_show(&pamh, true, "Oh"), 0);
	assert_int_equal(pamh.turns[1].style, PAM_ERROR_MSG);
	assert_int_equal(talk_show(&pamh, true, "Oh"), 0);
	assert_int_equal(talk_show(&pamh, true, "Oh"), -ECANCELED);
}

/* What OpenSSH's fake_password() makes of len typed bytes. */
static void
fake_password(char *out, size_t len)
{
	static const char junk[] = "\b\n\r\177INCORRECT";

	for (size_t i = 0; i < len; i++)
		out[i] = junk[i % (sizeof(junk) - 1)];
	out[len] = '\0';
}

static void
what_openssh_says_in_a_refused_persons_name_is_not_sent(void **state)
{
	char fake[WIRE_ANSWER_MAX + 1];

	(void)state;
	for (size_t len = 1; len <= WIRE_ANSWER_MAX; len++) {
		fake_password(fake, len);
		assert_false(answer_is_sendable(fake));
	}
	assert_false(answer_is_sendable("\b\n\r\177anything"));
}

static void
answers_up_to_the_limit_are_sent(void **state)
{
	char answer[WIRE_ANSWER_MAX + 2];

	(void)state;
	memset(answer, 'x', sizeof(answer));
	answer[WIRE_ANSWER_MAX + 1] = '\0';
	assert_false(answer_is_sendable(answer));
	answer[WIRE_ANSWER_MAX] = '\0';
	assert_true(answer_is_sendable(answer));
	assert_true(answer_is_sendable(""));
	assert_true(answer_is_sendable("1"));
	assert_true(answer_is_sendable("INCORRECT"));
	assert_true(answer_is_sendable("\b\n\rx"));
	assert_true(answer_is_sendable("x\b\n\r\177INCORRECT"));
}

static void
a_first_password_is_used_where_the_options_say_so(void **state)
{
	struct pam_handle pamh;
	struct call call = { .pamh = &pamh };

	(void)state;
	fake_init(&pamh);
	pamh.authtok = "typed before";
	assert_null(talk_first_pass(&call));
	call.options.use_first_pass = true;
	assert_string_equal(talk_first_pass(&call), "typed before");
	call.options.use_first_pass = false;
	call.options.try_first_pass = true;
	assert_string_equal(talk_first_pass(&call), "typed before");
	pamh.authtok = NULL;
	assert_null(talk_first_pass(&call));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_is_asked_and_answered),
		cmocka_unit_test(a_conversation_that_fails_gives_no_answer),
		cmocka_unit_test(no_conversation_is_no_answer),
		cmocka_unit_test(notices_and_errors_are_shown),
		cmocka_unit_test(
		    what_openssh_says_in_a_refused_persons_name_is_not_sent),
		cmocka_unit_test(answers_up_to_the_limit_are_sent),
		cmocka_unit_test(
		    a_first_password_is_used_where_the_options_say_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
