/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole logins over a state that fails, from BEGIN to the verdict: nobody is let
 * in whom the undisturbed agent refuses, a code counts once, and a failure that
 * was answered for is counted, after a restart too.
 */
#include "config.h"

#include "tests/unit/failing_state.h"
#include "tests/unit/login_world.h"

#include <security/_pam_types.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TRIES_MAX 3000
#define HUNG_UP 1000
#define REMOTE "192.0.2.7"
#define USED_CODE "424242"

/* Answer whatever is asked until DONE; its code, or HUNG_UP. */
static uint32_t
log_in(const struct saying *saying, const char *answer)
{
	struct talk talk;
	uint32_t code = HUNG_UP;
	unsigned type;

	talk_begin(&talk, saying);
	while ((type = talk_next(&talk)) == WIRE_PROMPT)
		talk_answer(&talk, answer);
	if (type == WIRE_DONE) {
		code = wire_u32(&talk.message, WIRE_CODE, HUNG_UP);
		assert_true((code == PAM_SUCCESS) ==
		    (wire_text(&talk.message, WIRE_LOGIN) != NULL));
	}
	talk_end(&talk);
	return code;
}

static bool
add_failures(void *context, const struct throttle_row *row)
{
	if (strcmp(row->kind, "rhost") == 0)
		*(int64_t *)context += row->failures;
	return true;
}

/* Failures in the state, of the one remote host. */
static int64_t
failures(void)
{
	int64_t count = 0;

	assert_int_equal(throttle_each(world.agent.throttle,
			     &world.configuration->stytch, add_failures,
			     &count),
	    0);
	return count;
}

/* clang-format off */
static const struct {
	const char *label;
	const char *methods;
	struct saying saying;
	const char *stytch_says;	/* NULL: rejected */
	uint32_t undisturbed;		/* the code of an agent whose state works */
	bool burns;
	const char *answer;		/* NULL: another each time */
} logins[] = {
	{ "a wrong code", "totp", { .user = "alice", .rhost = REMOTE },
	    NULL, PAM_AUTH_ERR, true, NULL },
	{ "a wrong mailed code", "otp_email", { .user = "alice", .rhost = REMOTE },
	    NULL, PAM_AUTH_ERR, false, NULL },
	{ "nobody", "otp_email", { .user = "nobody", .rhost = REMOTE },
	    NULL, PAM_AUTH_ERR, false, NULL },
	{ "another's answer", "totp", { .user = "alice", .rhost = REMOTE },
	    BOB, PAM_AUTH_ERR, true, NULL },
	{ "a right code", "totp", { .user = "alice", .rhost = REMOTE },
	    ALICE, PAM_SUCCESS, true, NULL },
	{ "a right mailed code", "otp_email", { .user = "alice", .rhost = REMOTE },
	    ALICE, PAM_SUCCESS, false, NULL },
	{ "a code that was used", "totp", { .user = "alice", .rhost = REMOTE },
	    ALICE, PAM_AUTH_ERR, true, USED_CODE },
	{ "somebody held", "totp", { .user = "alice", .rhost = REMOTE },
	    ALICE, PAM_MAXTRIES, true, NULL },
};
/* clang-format on */

static void
start(size_t login)
{
	bool is_totp = logins[login].burns;
	const char *who = logins[login].stytch_says;
	char lines[256];

	(void)snprintf(lines, sizeof(lines),
	    "lock_threshold = 100\nfailures_per_rhost = 10000\n"
	    "resend_after = 1s\n"
	    "[service *]\nmethods = %s\nanswer_step = 0s\n",
	    logins[login].methods);
	world_start("consumer", lines);
	pace_note(world.agent.pace, STYTCH_REJECTED, 0);
	world_answer(STYTCH_OTPS_EMAIL_SEND, STYTCH_OK,
	    "{\"user_id\":\"" ALICE "\"}");
	world_answer(STYTCH_SESSIONS_REVOKE, STYTCH_OK, "{}");
	world_answer(is_totp ? STYTCH_TOTPS_AUTHENTICATE
			     : STYTCH_OTPS_AUTHENTICATE,
	    who == NULL ? STYTCH_REJECTED : STYTCH_OK,
	    who == NULL
		? "x"
		: world_user(who, is_totp ? FACTOR_TOTP : FACTOR_EMAIL));
	world_wait_for(STYTCH_DEBUG_WHOAMI, 1);
	if (logins[login].answer != NULL)
		assert_int_equal(log_in(&logins[login].saying,
				     logins[login].answer),
		    PAM_SUCCESS);
}

/* As many failures of alice as the configuration lets a remote host make. */
static void
hold(void)
{
	const struct configuration_stytch *limits =
	    &world.configuration->stytch;
	struct throttle_party party;

	memset(&party, 0, sizeof(party));
	assert_int_equal(throttle_party(world.agent.throttle, ALICE, "alice",
			     REMOTE, &party),
	    0);
	while (throttle_reserve(world.agent.throttle, limits, &party) == 0)
		assert_int_equal(throttle_settle(world.agent.throttle, limits,
				     &party, true),
		    0);
}

/* What a round has left, after a restart, is what was answered for. */
static void
check_kept(size_t login, const char *answer, uint32_t code, int64_t before)
{
	bool is_known = strcmp(logins[login].saying.user, "nobody") != 0;
	int64_t after;

	world_restart();
	pace_note(world.agent.pace, STYTCH_REJECTED, 0);
	after = failures();
	if (after < before)
		fail_msg("%s: %lld failures are %lld now", logins[login].label,
		    (long long)before, (long long)after);
	if (code == PAM_AUTH_ERR && logins[login].stytch_says == NULL &&
	    after != before + 1)
		fail_msg("%s: a failure is not counted", logins[login].label);
	if (code == PAM_SUCCESS && logins[login].burns && is_known)
		assert_int_equal(log_in(&logins[login].saying, answer),
		    PAM_AUTH_ERR);
}

static void
walk(size_t login, const struct state_fault *fault)
{
	static unsigned codes = 100000;
	bool struck = true;
	unsigned nth;

	for (nth = 1; struck; nth += state_stride(fault)) {
		char answer[32];
		int64_t before;
		uint32_t code;

		assert_true(nth < TRIES_MAX);
		/* No code twice. */
		(void)snprintf(answer, sizeof(answer), "%06u", codes++);
		if (logins[login].answer != NULL)
			(void)snprintf(answer, sizeof(answer), "%s",
			    logins[login].answer);
		assert_true(throttle_clear(world.agent.throttle, NULL) >= 0);
		if (logins[login].undisturbed == PAM_MAXTRIES)
			hold();
		before = failures();
		state_break(fault, nth);
		code = log_in(&logins[login].saying, answer);
		struck = state_is_broken();
		state_heal();
		if (code == PAM_SUCCESS &&
		    logins[login].undisturbed != PAM_SUCCESS)
			fail_msg("%s, %s, call %u: let in", logins[login].label,
			    fault->label, nth);
		assert_true(code == PAM_SUCCESS || code == PAM_AUTH_ERR ||
		    code == PAM_AUTHINFO_UNAVAIL || code == PAM_MAXTRIES ||
		    code == HUNG_UP);
		if (!struck)
			assert_int_equal(code, logins[login].undisturbed);
		/* As long as it runs, the code is not taken again. */
		if (code == PAM_AUTHINFO_UNAVAIL && logins[login].burns &&
		    logins[login].stytch_says != NULL &&
		    strcmp(world_parameter(STYTCH_TOTPS_AUTHENTICATE,
			       "totp_code"),
			answer) == 0)
			assert_int_not_equal(log_in(&logins[login].saying,
						 answer),
			    PAM_SUCCESS);
		check_kept(login, answer, code, before);
		state_forget_files();
	}
	if (getenv("STATE_FAULTS_COUNT") != NULL)
		print_message("%s, %s: %u calls\n", logins[login].label,
		    fault->label, nth - 1 - state_stride(fault));
}

static int
end_world(void **state)
{
	(void)state;
	state_heal();
	world_end();
	return 0;
}

static void
no_failure_of_the_state_lets_anybody_in_or_forgets(void **state)
{
	(void)state;
	for (size_t login = 0; login < ARRAY_LEN(logins); login++) {
		start(login);
		/* A restart without power is another test's. */
		for (size_t i = 0; i < state_fault_count; i++)
			if (!state_faults[i].loses_power)
				walk(login, &state_faults[i]);
		world_end();
	}
	start(0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    no_failure_of_the_state_lets_anybody_in_or_forgets,
		    end_world),
	};

	state_faults_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
