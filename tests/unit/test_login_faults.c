/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The n-th allocation of the agent fails, n counting up until none does: no
 * path may let in who must not be, and every one answers or hangs up.
 */
#include "config.h"

#include "tests/unit/login_world.h"

#include <security/_pam_types.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TRIES_MAX 2000
#define HUNG_UP 1000

static atomic_uint failing_at; /* 0: never; n: the n-th from now */

static bool
fails_now(void)
{
	unsigned n = failing_at;

	while (!world_plays && n > 0)
		if (atomic_compare_exchange_weak(&failing_at, &n, n - 1))
			return n == 1;
	return false;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);

void *
__wrap_malloc(size_t size)
{
	return fails_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails_now() ? NULL : __real_calloc(count, size);
}

char *
__wrap_strdup(const char *text)
{
	return fails_now() ? NULL : __real_strdup(text);
}

static int
end_world(void **state)
{
	(void)state;
	failing_at = 0;
	world_end();
	return 0;
}

/* Answer whatever is asked until DONE; its code, or HUNG_UP. */
static uint32_t
answer_all(const struct saying *saying, const char *answer, char *id)
{
	struct talk talk;
	uint32_t code = HUNG_UP;
	unsigned type;

	id[0] = '\0';
	talk_begin(&talk, saying);
	while ((type = talk_next(&talk)) == WIRE_PROMPT)
		talk_answer(&talk, answer);
	if (type == WIRE_DONE) {
		const char *login = wire_text(&talk.message, WIRE_LOGIN);

		code = wire_u32(&talk.message, WIRE_CODE, HUNG_UP);
		(void)snprintf(id, LOGIN_ID_SIZE, "%s",
		    login == NULL ? "" : login);
	}
	talk_end(&talk);
	return code;
}

static void
start(const char *methods)
{
	char lines[256];

	(void)snprintf(lines, sizeof(lines),
	    "lock_threshold = 100\nfailures_per_rhost = 10000\n"
	    "[service *]\nmethods = %s\nanswer_step = 0s\n",
	    methods);
	world_start("consumer", lines);
	pace_note(world.agent.pace, STYTCH_REJECTED, 0);
	world_answer(STYTCH_OTPS_EMAIL_SEND, STYTCH_OK,
	    "{\"user_id\":\"" ALICE "\"}");
	world_answer(STYTCH_SESSIONS_REVOKE, STYTCH_OK, "{}");
	/* What greets in the background allocates too. */
	world_wait_for(STYTCH_DEBUG_WHOAMI, 1);
}

/* Run until a round in which nothing failed; the codes are judged. */
static void
count_up(const struct saying *saying, bool may_succeed)
{
	bool is_over = false;

	for (unsigned n = 1; !is_over; n++) {
		char answer[32], id[LOGIN_ID_SIZE];
		uint32_t code;

		assert_true(n < TRIES_MAX);
		(void)snprintf(answer, sizeof(answer), "%06u", 100000 + n);
		failing_at = n;
		code = answer_all(saying, answer, id);
		is_over = failing_at > 0;
		failing_at = 0;
		if (code == PAM_SUCCESS && !may_succeed)
			fail_msg("let in at %u", n);
		assert_true((code == PAM_SUCCESS) == (id[0] != '\0'));
		assert_true(code == PAM_SUCCESS || code == PAM_AUTH_ERR ||
		    code == PAM_AUTHINFO_UNAVAIL || code == HUNG_UP);
		if (is_over)
			assert_int_equal(code,
			    may_succeed ? PAM_SUCCESS : PAM_AUTH_ERR);
		assert_int_equal(slots_conversations(world.agent.slots), 0);
		assert_true(throttle_clear(world.agent.throttle, NULL) >= 0);
	}
}

static const struct saying alice = { .user = "alice", .rhost = "192.0.2.7" };
static const struct saying nobody = { .user = "nobody", .rhost = "192.0.2.7" };

static void
no_lack_of_memory_lets_a_wrong_code_in(void **state)
{
	(void)state;
	start("totp");
	world_answer(STYTCH_TOTPS_AUTHENTICATE, STYTCH_REJECTED, "x");
	count_up(&alice, false);
}

static void
no_lack_of_memory_lets_nobody_in(void **state)
{
	(void)state;
	start("otp_email");
	count_up(&nobody, false);
}

static void
no_lack_of_memory_takes_anothers_answer(void **state)
{
	(void)state;
	start("totp");
	world_answer(STYTCH_TOTPS_AUTHENTICATE, STYTCH_OK,
	    world_user(BOB, FACTOR_TOTP));
	count_up(&alice, false);
}

static void
a_right_code_is_granted_or_refused_whole(void **state)
{
	(void)state;
	start("totp");
	world_answer(STYTCH_TOTPS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_TOTP));
	count_up(&alice, true);
}

static void
a_mailed_code_is_granted_or_refused_whole(void **state)
{
	(void)state;
	start("otp_email");
	world_answer(STYTCH_OTPS_AUTHENTICATE, STYTCH_OK,
	    world_user(ALICE, FACTOR_EMAIL));
	count_up(&alice, true);
}

#define TEST(name) cmocka_unit_test_teardown(name, end_world)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_lack_of_memory_lets_a_wrong_code_in),
		TEST(no_lack_of_memory_lets_nobody_in),
		TEST(no_lack_of_memory_takes_anothers_answer),
		TEST(a_right_code_is_granted_or_refused_whole),
		TEST(a_mailed_code_is_granted_or_refused_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
