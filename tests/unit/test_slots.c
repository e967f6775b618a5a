/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ALL 16

static const struct configuration_stytch limits = {
	.max_conversations = ALL,
	.conversations_per_uid = 4,
	.conversations_per_rhost = 100,
};

static struct slots *slots;
static struct slot held[512];

static int
start(void **state)
{
	(void)state;
	memset(held, 0, sizeof(held));
	return slots_new(&slots);
}

static int
end(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		slots_leave(&held[i]);
	assert_int_equal(slots_conversations(slots), 0);
	slots_free(&slots);
	return 0;
}

/* A conversation in place i. */
static enum slots_answer
take(size_t i, uid_t uid, const char *rhost, bool has_tty)
{
	enum slots_answer answer = slots_enter(slots, &limits, uid, &held[i]);

	return answer == SLOTS_TAKEN
	    ? slots_begin(&held[i], &limits, rhost, has_tty)
	    : answer;
}

static void
idle_prompts_of_ssh_leave_a_quarter_to_terminals(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ALL - ALL / 4; i++)
		assert_int_equal(take(i, 0, "192.0.2.1", false), SLOTS_TAKEN);
	assert_int_equal(take(i, 0, "192.0.2.2", false), SLOTS_FULL);
	slots_leave(&held[i]);
	for (; i < ALL; i++)
		assert_int_equal(take(i, 0, NULL, true), SLOTS_TAKEN);
	assert_int_equal(take(i, 0, NULL, true), SLOTS_FULL);
	slots_leave(&held[i]);
	/* One ends: a terminal's place is not ssh's. */
	slots_leave(&held[ALL - 1]);
	assert_int_equal(take(i, 0, NULL, false), SLOTS_FULL);
	slots_leave(&held[i]);
	assert_int_equal(take(i, 0, NULL, true), SLOTS_TAKEN);
}

static void
terminals_may_use_all_of_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ALL; i++)
		assert_int_equal(take(i, 0, NULL, true), SLOTS_TAKEN);
	assert_int_equal(slots_conversations(slots), ALL);
}

static void
a_uid_other_than_root_has_a_quota(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(take(i, 1000, NULL, false), SLOTS_TAKEN);
	assert_int_equal(take(4, 1000, NULL, false), SLOTS_UID_FULL);
	assert_int_equal(take(5, 1001, NULL, false), SLOTS_TAKEN);
	slots_leave(&held[0]);
	assert_int_equal(take(4, 1000, NULL, false), SLOTS_TAKEN);
}

static void
a_quota_counts_connections_that_say_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(slots_enter(slots, &limits, 1000, &held[i]),
		    SLOTS_TAKEN);
	assert_int_equal(slots_enter(slots, &limits, 1000, &held[4]),
	    SLOTS_UID_FULL);
}

static void
a_remote_host_has_a_quota(void **state)
{
	const struct configuration_stytch few = {
		.max_conversations = ALL,
		.conversations_per_uid = 4,
		.conversations_per_rhost = 2,
	};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(slots_enter(slots, &few, 0, &held[i]),
		    SLOTS_TAKEN);
	assert_int_equal(slots_begin(&held[0], &few, "192.0.2.1", false),
	    SLOTS_TAKEN);
	assert_int_equal(slots_begin(&held[1], &few, "192.0.2.1", false),
	    SLOTS_TAKEN);
	assert_int_equal(slots_begin(&held[2], &few, "192.0.2.1", false),
	    SLOTS_RHOST_FULL);
	assert_int_equal(slots_begin(&held[2], &few, "192.0.2.2", false),
	    SLOTS_TAKEN);
	/* The console is no remote host. */
	for (size_t i = 3; i < 8; i++) {
		assert_int_equal(slots_enter(slots, &few, 0, &held[i]),
		    SLOTS_TAKEN);
		assert_int_equal(slots_begin(&held[i], &few, NULL, true),
		    SLOTS_TAKEN);
	}
}

static void
others_at_the_door_do_not_shut_root_out(void **state)
{
	size_t i = 0;
	uid_t uid = 2000;

	(void)state;
	while (slots_enter(slots, &limits, uid + (uid_t)i / 4, &held[i]) ==
	    SLOTS_TAKEN)
		i++;
	assert_true(i >= 16 && i < 200);
	slots_leave(&held[i]);
	assert_int_equal(slots_enter(slots, &limits, 0, &held[i]), SLOTS_TAKEN);
}

static void
even_roots_door_has_an_end(void **state)
{
	size_t i = 0;

	(void)state;
	while (i < ARRAY_LEN(held) &&
	    slots_enter(slots, &limits, 0, &held[i]) == SLOTS_TAKEN)
		i++;
	assert_true(i >= 100 && i < ARRAY_LEN(held));
}

static void
a_long_host_name_is_cut_and_counted(void **state)
{
	char rhost[300];

	(void)state;
	memset(rhost, 'a', sizeof(rhost) - 1);
	rhost[sizeof(rhost) - 1] = '\0';
	assert_int_equal(take(0, 0, rhost, false), SLOTS_TAKEN);
	assert_int_equal(strlen(held[0].rhost), sizeof(held[0].rhost) - 1);
}

static void
leaving_twice_is_leaving_once(void **state)
{
	(void)state;
	assert_int_equal(take(0, 0, NULL, false), SLOTS_TAKEN);
	assert_int_equal(take(1, 0, NULL, false), SLOTS_TAKEN);
	slots_leave(&held[0]);
	slots_leave(&held[0]);
	assert_int_equal(slots_conversations(slots), 1);
}

static void
refusals_are_logged_once_a_second(void **state)
{
	(void)state;
	assert_true(slots_may_log(slots));
	assert_false(slots_may_log(slots));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(idle_prompts_of_ssh_leave_a_quarter_to_terminals),
		TEST(terminals_may_use_all_of_it),
		TEST(a_uid_other_than_root_has_a_quota),
		TEST(a_quota_counts_connections_that_say_nothing),
		TEST(a_remote_host_has_a_quota),
		TEST(others_at_the_door_do_not_shut_root_out),
		TEST(even_roots_door_has_an_end),
		TEST(a_long_host_name_is_cut_and_counted),
		TEST(leaving_twice_is_leaving_once),
		TEST(refusals_are_logged_once_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
