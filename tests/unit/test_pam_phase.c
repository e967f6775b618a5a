/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of the six phases, and what they tell each other. */
#include "config.h"

#include "pam_stytch/record.h"
#include "tests/unit/pam_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAR_BEGIN \
	{ \
		.what = AGENT_HEAR, .number = WIRE_BEGIN \
	}
#define HEAR_LOOKUP \
	{ \
		.what = AGENT_HEAR, .number = WIRE_LOOKUP \
	}
#define DONE(number_, login) \
	{ \
		.what = AGENT_DONE, .number = (number_), .text = (login) \
	}
#define GRANT DONE(PAM_SUCCESS, AGENT_LOGIN)
#define RECORD(kind, name) \
	{ \
		.what = AGENT_RECORD, .number = (kind), .text = (name) \
	}
#define OPENED "ffffffffffffffffffffffffffffffff"

static phase_function *const phases[] = { phase_authenticate, phase_setcred,
	phase_account, phase_open_session, phase_close_session,
	phase_chauthtok };

static void
a_local_name_is_unknown_in_every_phase_with_or_without_an_agent(void **state)
{
	static const char *const names[] = { "root", "bob" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(phases) * ARRAY_LEN(names); i++) {
		struct pam_case one;

		/* No step: a connection would break the script. */
		CASE_BEGIN(&one, { .what = AGENT_WAIT });
		one.pamh.user = names[i % ARRAY_LEN(names)];
		assert_int_equal(case_run(&one, phases[i / ARRAY_LEN(names)]),
		    PAM_USER_UNKNOWN);
		agent_finish(one.agent);
		assert_string_equal(one.agent->fault, "the test ended first");
		agent_free(one.agent);
		one.agent = NULL;
		(void)snprintf(one.runtime_dir, sizeof(one.runtime_dir),
		    "runtime_dir=/nonexistent");
		assert_int_equal(case_run(&one, phases[i / ARRAY_LEN(names)]),
		    PAM_USER_UNKNOWN);
		assert_string_equal(one.pamh.log, "");
		case_end(&one);
	}
}

static void
a_local_name_is_unknown_whatever_the_variable_says(void **state)
{
	struct pam_case one;

	(void)state;
	case_begin(&one, NULL, 0);
	one.pamh.user = "bob";
	(void)snprintf(one.pamh.variable, sizeof(one.pamh.variable),
	    "STYTCH_LOGIN=%s", AGENT_LOGIN);
	assert_int_equal(case_run(&one, phase_open_session), PAM_USER_UNKNOWN);
	case_end(&one);
}

static void
nobody_passes_while_the_local_names_cannot_be_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
		struct pam_case one;

		case_begin(&one, NULL, 0);
		one.host.passwd_file = "/nonexistent/passwd";
		one.flags = PAM_DELETE_CRED;
		assert_int_equal(case_run(&one, phases[i]),
		    phases[i] == phase_chauthtok ? PAM_USER_UNKNOWN
						 : PAM_AUTHINFO_UNAVAIL);
		if (phases[i] != phase_chauthtok)
			assert_non_null(strstr(one.pamh.log, "cannot read"));
		case_end(&one);
	}
}

static void
a_bad_option_fails_every_phase(void **state)
{
	static const char *const options[] = { "nullok", "debug=1",
		"runtime_dir=/x", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(phases) * ARRAY_LEN(options); i++) {
		phase_function *phase = phases[i / ARRAY_LEN(options)];
		struct pam_case one;

		case_begin(&one, NULL, 0);
		one.option = options[i % ARRAY_LEN(options)];
		one.pamh.user = "bob";
		assert_int_equal(case_run(&one, phase),
		    phase == phase_open_session || phase == phase_close_session
			? PAM_SESSION_ERR
			: PAM_AUTHINFO_UNAVAIL);
		assert_non_null(
		    strstr(one.pamh.log, "unknown or bad option: "));
		case_end(&one);
	}
}

static void
without_an_agent_every_phase_is_unavailable(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
		struct pam_case one;

		case_begin(&one, NULL, 0);
		assert_int_equal(case_run(&one, phases[i]),
		    phases[i] == phase_chauthtok ? PAM_USER_UNKNOWN
						 : PAM_AUTHINFO_UNAVAIL);
		case_end(&one);
	}
}

static void
a_nameless_handle_passes_no_phase(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(phases); i++) {
		struct pam_case one;

		case_begin(&one, NULL, 0);
		one.pamh.user = NULL;
		one.flags = PAM_DELETE_CRED;
		assert_int_equal(case_run(&one, phases[i]),
		    phases[i] == phase_chauthtok ? PAM_USER_UNKNOWN
						 : PAM_AUTHINFO_UNAVAIL);
		case_end(&one);
	}
}

/* Each phase that asks, each code there is: only the protocol's come out. */
static void
each_code_of_the_agent_comes_out_as_the_protocol_says(void **state)
{
	static const struct {
		phase_function *phase;
		int codes[8];
	} rows[] = {
		{ phase_authenticate,
		    { PAM_SUCCESS, PAM_AUTH_ERR, PAM_MAXTRIES, PAM_USER_UNKNOWN,
			PAM_ABORT, -1 } },
		{ phase_account,
		    { PAM_SUCCESS, PAM_PERM_DENIED, PAM_ACCT_EXPIRED,
			PAM_USER_UNKNOWN, -1 } },
		{ phase_open_session,
		    { PAM_SUCCESS, PAM_SESSION_ERR, PAM_USER_UNKNOWN, -1 } },
		{ phase_close_session,
		    { PAM_SUCCESS, PAM_SESSION_ERR, PAM_USER_UNKNOWN, -1 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows) * 40; i++) {
		unsigned code = (unsigned)(i % 40);
		const struct agent_step steps[] = { HEAR_BEGIN,
			DONE(code < 33 ? code : 1U << (code - 8),
			    AGENT_LOGIN) };
		int expect = PAM_AUTHINFO_UNAVAIL;
		struct pam_case one;

		for (const int *at = rows[i / 40].codes; *at >= 0; at++)
			if (steps[1].number == (unsigned)*at)
				expect = *at;
		case_begin(&one, steps, ARRAY_LEN(steps));
		assert_int_equal(case_run(&one, rows[i / 40].phase), expect);
		if (expect != PAM_SUCCESS)
			assert_null(record_get(&one.pamh));
		case_end(&one);
	}
}

static void
a_refused_login_leaves_nothing_of_an_earlier_one(void **state)
{
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, GRANT, HEAR_BEGIN,
	    DONE(PAM_AUTH_ERR, NULL));
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	assert_non_null(record_get(&one.pamh));
	assert_int_equal(case_run(&one, phase_authenticate), PAM_AUTH_ERR);
	assert_null(record_get(&one.pamh));
	assert_string_equal(one.pamh.variable, "");
	case_end(&one);
}

static void
a_grant_is_for_the_name_that_was_asked_about(void **state)
{
	static const struct agent_step steps[] = { HEAR_BEGIN,
		{ .what = AGENT_SHOW,
		    .number = WIRE_SHOW_INFO,
		    .text = "Hello" },
		GRANT };
	static const char *const names[] = { "mallory", "root", "alice2", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names) * 2; i++) {
		struct pam_case one;

		case_begin(&one, steps, ARRAY_LEN(steps));
		one.pamh.turns[0].user = names[i / 2];
		assert_int_equal(case_run(&one,
				     i % 2 == 0 ? phase_authenticate
						: phase_account),
		    PAM_AUTHINFO_UNAVAIL);
		assert_null(record_get(&one.pamh));
		assert_string_equal(one.pamh.variable, "");
		case_end(&one);
	}
}

static void
open_redeems_the_login_of_its_handle_and_close_ends_it(void **state)
{
	const struct wire_message *begin;
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, GRANT, HEAR_BEGIN,
	    DONE(PAM_SUCCESS, OPENED), HEAR_BEGIN, DONE(PAM_SUCCESS, NULL),
	    HEAR_BEGIN, DONE(PAM_SUCCESS, NULL));
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	assert_int_equal(case_run(&one, phase_open_session), PAM_SUCCESS);
	assert_string_equal(one.pamh.variable, "");
	assert_string_equal(record_get(&one.pamh)->login, OPENED);
	assert_int_equal(case_run(&one, phase_close_session), PAM_SUCCESS);
	assert_string_equal(record_get(&one.pamh)->login, "");
	assert_int_equal(case_run(&one, phase_close_session), PAM_SUCCESS);
	begin = case_heard(&one, 1);
	assert_int_equal(wire_u32(begin, WIRE_OPERATION, 0), WIRE_OPEN);
	assert_string_equal(wire_text(begin, WIRE_LOGIN), AGENT_LOGIN);
	assert_false(wire_has(begin, WIRE_RUNAS));
	begin = case_heard(&one, 2);
	assert_int_equal(wire_u32(begin, WIRE_OPERATION, 0), WIRE_CLOSE);
	assert_string_equal(wire_text(begin, WIRE_LOGIN), OPENED);
	assert_false(wire_has(case_heard(&one, 3), WIRE_LOGIN));
	case_end(&one);
}

static void
in_sudo_the_login_goes_before_the_target(void **state)
{
	const struct wire_message *begin;
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, GRANT, HEAR_BEGIN, DONE(PAM_SUCCESS, NULL),
	    HEAR_BEGIN, DONE(PAM_SUCCESS, OPENED), HEAR_BEGIN,
	    DONE(PAM_SUCCESS, NULL));
	one.pamh.service = "sudo";
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	assert_int_equal(case_run(&one, phase_account), PAM_SUCCESS);
	one.pamh.user = "root";
	one.pamh.ruser = "alice";
	one.flags = PAM_ESTABLISH_CRED;
	assert_int_equal(case_run(&one, phase_setcred), PAM_SUCCESS);
	one.flags = 0;
	assert_int_equal(case_run(&one, phase_open_session), PAM_SUCCESS);
	assert_int_equal(case_run(&one, phase_close_session), PAM_SUCCESS);
	one.flags = PAM_DELETE_CRED;
	assert_int_equal(case_run(&one, phase_setcred), PAM_SUCCESS);
	for (size_t i = 2; i < 4; i++) {
		begin = case_heard(&one, i);
		assert_string_equal(wire_text(begin, WIRE_USER), "alice");
		assert_string_equal(wire_text(begin, WIRE_RUNAS), "root");
		assert_string_equal(wire_text(begin, WIRE_LOGIN),
		    i == 2 ? AGENT_LOGIN : OPENED);
	}
	case_end(&one);
}

static void
in_sshd_the_login_comes_by_the_variable(void **state)
{
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, DONE(PAM_SUCCESS, OPENED), HEAR_BEGIN,
	    DONE(PAM_SUCCESS, NULL));
	(void)snprintf(one.pamh.variable, sizeof(one.pamh.variable),
	    "STYTCH_LOGIN=%s", AGENT_LOGIN);
	assert_int_equal(case_run(&one, phase_open_session), PAM_SUCCESS);
	assert_string_equal(one.pamh.variable, "");
	/* What a user puts there afterwards is not looked at. */
	(void)snprintf(one.pamh.variable, sizeof(one.pamh.variable),
	    "STYTCH_LOGIN=%s", AGENT_LOGIN);
	assert_int_equal(case_run(&one, phase_close_session), PAM_SUCCESS);
	assert_string_equal(wire_text(case_heard(&one, 0), WIRE_LOGIN),
	    AGENT_LOGIN);
	assert_string_equal(wire_text(case_heard(&one, 1), WIRE_LOGIN), OPENED);
	case_end(&one);
}

static void
a_forged_login_is_judged_by_the_agent_and_taken_away(void **state)
{
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, DONE(PAM_SESSION_ERR, NULL));
	(void)snprintf(one.pamh.variable, sizeof(one.pamh.variable),
	    "STYTCH_LOGIN=%s", OPENED);
	assert_int_equal(case_run(&one, phase_open_session), PAM_SESSION_ERR);
	assert_string_equal(wire_text(case_heard(&one, 0), WIRE_LOGIN), OPENED);
	assert_string_equal(one.pamh.variable, "");
	assert_null(record_get(&one.pamh));
	case_end(&one);
}

static void
a_malformed_login_is_as_good_as_none_and_taken_away(void **state)
{
	static const struct agent_step steps[] = { HEAR_BEGIN,
		DONE(PAM_SUCCESS, NULL) };
	static const char *const forged[] = { "", "x", OPENED "0",
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "../../etc/passwd",
		"0123456789abcdef0123456789abcde\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forged); i++) {
		struct pam_case one;

		case_begin(&one, steps, ARRAY_LEN(steps));
		(void)snprintf(one.pamh.variable, sizeof(one.pamh.variable),
		    "STYTCH_LOGIN=%s", forged[i]);
		assert_int_equal(case_run(&one, phase_open_session),
		    PAM_SUCCESS);
		assert_false(wire_has(case_heard(&one, 0), WIRE_LOGIN));
		assert_string_equal(one.pamh.variable, "");
		case_end(&one);
	}
}

static void
a_key_login_is_decided_by_account_and_opened_without_a_login(void **state)
{
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN, DONE(PAM_SUCCESS, NULL), HEAR_BEGIN,
	    DONE(PAM_SUCCESS, NULL), HEAR_BEGIN, DONE(PAM_SUCCESS, NULL));
	assert_int_equal(case_run(&one, phase_account), PAM_SUCCESS);
	assert_int_equal(case_run(&one, phase_setcred), PAM_SUCCESS);
	assert_int_equal(case_run(&one, phase_open_session), PAM_SUCCESS);
	assert_int_equal(case_run(&one, phase_setcred), PAM_SUCCESS);
	assert_int_equal(case_run(&one, phase_close_session), PAM_SUCCESS);
	assert_int_equal(wire_u32(case_heard(&one, 0), WIRE_OPERATION, 0),
	    WIRE_ACCOUNT);
	assert_false(wire_has(case_heard(&one, 1), WIRE_LOGIN));
	assert_false(wire_has(case_heard(&one, 2), WIRE_LOGIN));
	case_end(&one);
}

static void
account_is_for_its_name_alone(void **state)
{
	struct pam_case one;

	(void)state;
	if (geteuid() != 0)
		skip();
	CASE_BEGIN(&one, HEAR_BEGIN, DONE(PAM_SUCCESS, NULL), HEAR_LOOKUP,
	    RECORD(WIRE_RECORD_ABSENT, NULL));
	assert_int_equal(case_run(&one, phase_account), PAM_SUCCESS);
	one.pamh.user = "mallory";
	assert_int_equal(case_run(&one, phase_setcred), PAM_USER_UNKNOWN);
	assert_string_equal(wire_text(case_heard(&one, 1), WIRE_NAME),
	    "mallory");
	case_end(&one);
}

static void
setcred_of_another_process_asks_as_root(void **state)
{
	static const struct {
		struct agent_step step;
		int code;
	} rows[] = {
		{ RECORD(WIRE_RECORD_FOUND, "alice"), PAM_SUCCESS },
		{ RECORD(WIRE_RECORD_FOUND, "bob"), PAM_AUTHINFO_UNAVAIL },
		{ RECORD(WIRE_RECORD_FOUND, "Alice"), PAM_AUTHINFO_UNAVAIL },
		{ RECORD(WIRE_RECORD_ABSENT, NULL), PAM_USER_UNKNOWN },
		{ RECORD(WIRE_RECORD_UNAVAILABLE, NULL), PAM_AUTHINFO_UNAVAIL },
		{ RECORD(0, NULL), PAM_AUTHINFO_UNAVAIL },
		{ RECORD(4, NULL), PAM_AUTHINFO_UNAVAIL },
		{ DONE(PAM_SUCCESS, NULL), PAM_AUTHINFO_UNAVAIL },
		{ { .what = AGENT_CLOSE }, PAM_AUTHINFO_UNAVAIL },
		{ { .what = AGENT_RAW, .number = 1, .text = "x" },
		    PAM_AUTHINFO_UNAVAIL },
	};

	(void)state;
	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct agent_step steps[] = { HEAR_LOOKUP, rows[i].step };
		struct pam_case one;

		case_begin(&one, steps, ARRAY_LEN(steps));
		assert_int_equal(case_run(&one, phase_setcred), rows[i].code);
		(void)case_heard(&one, 0);
		assert_string_equal(one.agent->heard[0].socket, "root.sock");
		case_end(&one);
	}
}

static void
setcred_of_another_process_cannot_tell_without_root(void **state)
{
	struct pam_case one;
	int code;

	(void)state;
	case_begin(&one, NULL, 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	code = case_run(&one, phase_setcred);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(code, PAM_AUTHINFO_UNAVAIL);
	assert_string_equal(one.pamh.log, "");
	case_end(&one);
}

static void
credentials_can_always_be_deleted(void **state)
{
	struct pam_case one;

	(void)state;
	case_begin(&one, NULL, 0);
	one.flags = PAM_DELETE_CRED | (int)PAM_SILENT;
	assert_int_equal(case_run(&one, phase_setcred), PAM_SUCCESS);
	assert_string_equal(one.pamh.log, "");
	case_end(&one);
}

static void
debug_logs_outcomes_and_no_name(void **state)
{
	struct pam_case one;

	(void)state;
	CASE_BEGIN(&one, HEAR_BEGIN,
	    { .what = AGENT_PROMPT,
		.number = WIRE_PROMPT_CODE,
		.text = "Code: " },
	    { .what = AGENT_HEAR, .number = WIRE_ANSWER }, GRANT);
	one.option = "debug";
	one.pamh.turns[0].answer = "canary-answer";
	assert_int_equal(case_run(&one, phase_authenticate), PAM_SUCCESS);
	assert_string_equal(one.pamh.log, "authenticate: Success\n");
	case_end(&one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_local_name_is_unknown_in_every_phase_with_or_without_an_agent),
		cmocka_unit_test(
		    a_local_name_is_unknown_whatever_the_variable_says),
		cmocka_unit_test(
		    nobody_passes_while_the_local_names_cannot_be_read),
		cmocka_unit_test(a_bad_option_fails_every_phase),
		cmocka_unit_test(without_an_agent_every_phase_is_unavailable),
		cmocka_unit_test(a_nameless_handle_passes_no_phase),
		cmocka_unit_test(
		    each_code_of_the_agent_comes_out_as_the_protocol_says),
		cmocka_unit_test(
		    a_refused_login_leaves_nothing_of_an_earlier_one),
		cmocka_unit_test(a_grant_is_for_the_name_that_was_asked_about),
		cmocka_unit_test(
		    open_redeems_the_login_of_its_handle_and_close_ends_it),
		cmocka_unit_test(in_sudo_the_login_goes_before_the_target),
		cmocka_unit_test(in_sshd_the_login_comes_by_the_variable),
		cmocka_unit_test(
		    a_forged_login_is_judged_by_the_agent_and_taken_away),
		cmocka_unit_test(
		    a_malformed_login_is_as_good_as_none_and_taken_away),
		cmocka_unit_test(
		    a_key_login_is_decided_by_account_and_opened_without_a_login),
		cmocka_unit_test(account_is_for_its_name_alone),
		cmocka_unit_test(setcred_of_another_process_asks_as_root),
		cmocka_unit_test(
		    setcred_of_another_process_cannot_tell_without_root),
		cmocka_unit_test(credentials_can_always_be_deleted),
		cmocka_unit_test(debug_logs_outcomes_and_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
