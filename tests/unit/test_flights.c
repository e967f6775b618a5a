/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/flights.h"

#include "tests/unit/failing.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct flights *flights;

static int
setup(void **state)
{
	(void)state;
	return flights_open(&flights);
}

static int
teardown(void **state)
{
	(void)state;
	flights_close(&flights);
	return 0;
}

/* Ask at that time, and get that answer, if it comes to asking. */
static enum flights_turn
ask(const char *name, int64_t now_ms, enum directory_answer answer)
{
	enum directory_answer other = DIRECTORY_UNAVAILABLE;
	enum flights_turn turn =
	    flights_enter(flights, name, now_ms, 60, &other);

	if (turn == FLIGHTS_ASK)
		flights_leave(flights, name, answer, now_ms, 1000);
	return turn;
}

static void
minute_has_so_many_questions_and_fills_up_evenly(void **state)
{
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		(void)snprintf(name, sizeof(name), "a%u", i);
		assert_int_equal(ask(name, 5000, DIRECTORY_FOUND), FLIGHTS_ASK);
	}
	assert_int_equal(ask("b", 5000, DIRECTORY_FOUND), FLIGHTS_BUSY);
	assert_int_equal(ask("b", 5999, DIRECTORY_FOUND), FLIGHTS_BUSY);
	assert_int_equal(ask("b", 6000, DIRECTORY_FOUND), FLIGHTS_ASK);
	assert_int_equal(ask("c", 6001, DIRECTORY_FOUND), FLIGHTS_BUSY);
	/* Asking often does not lose what fills up between. */
	for (int64_t now = 6002; now < 7000; now++)
		assert_int_equal(ask("c", now, DIRECTORY_FOUND), FLIGHTS_BUSY);
	assert_int_equal(ask("c", 7001, DIRECTORY_FOUND), FLIGHTS_ASK);
	/* And nothing is saved beyond a minute's. */
	for (unsigned i = 0; i < 60; i++) {
		(void)snprintf(name, sizeof(name), "d%u", i);
		assert_int_equal(ask(name, 100000000, DIRECTORY_FOUND),
		    FLIGHTS_ASK);
	}
	assert_int_equal(ask("e", 100000000, DIRECTORY_FOUND), FLIGHTS_BUSY);
}

static void
clock_that_goes_back_gives_no_more_than_a_minute(void **state)
{
	unsigned asked = 0;
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		(void)snprintf(name, sizeof(name), "a%u", i);
		if (ask(name, 1000000, DIRECTORY_FOUND) == FLIGHTS_ASK)
			asked++;
	}
	assert_int_equal(asked, 60);
	assert_int_equal(ask("b", INT64_C(9000000000000), DIRECTORY_FOUND),
	    FLIGHTS_ASK);
}

static void
only_an_absence_is_remembered_and_only_for_its_time(void **state)
{
	(void)state;
	assert_int_equal(ask("a", 1000, DIRECTORY_ABSENT), FLIGHTS_ASK);
	assert_int_equal(ask("a", 1999, DIRECTORY_ABSENT), FLIGHTS_ABSENT);
	assert_int_equal(ask("a", 2000, DIRECTORY_UNAVAILABLE), FLIGHTS_ASK);
	assert_int_equal(ask("a", 2001, DIRECTORY_FOUND), FLIGHTS_ASK);
	assert_int_equal(ask("a", 2002, DIRECTORY_ABSENT), FLIGHTS_ASK);
	flights_forget(flights);
	assert_int_equal(ask("a", 2003, DIRECTORY_ABSENT), FLIGHTS_ASK);
}

static void
memory_of_absent_names_is_bounded_and_exact(void **state)
{
	unsigned absent = 0;
	char name[16];

	(void)state;
	/* A new minute each time, so that every name may be asked for. */
	for (int64_t i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "n%lld", (long long)i);
		assert_int_equal(flights_enter(flights, name, i * 60000, 60,
				     &(enum directory_answer){ 0 }),
		    FLIGHTS_ASK);
		flights_leave(flights, name, DIRECTORY_ABSENT, i * 60000,
		    INT64_C(1) << 50);
	}
	for (int64_t i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "n%lld", (long long)i);
		if (ask(name, INT64_C(1) << 45, DIRECTORY_FOUND) ==
		    FLIGHTS_ABSENT)
			absent++;
	}
	assert_in_range(absent, 3000, 4096);
	assert_int_equal(ask("n", INT64_C(1) << 46, DIRECTORY_FOUND),
	    FLIGHTS_ASK);
}

static void
name_too_long_is_absent(void **state)
{
	(void)state;
	assert_int_equal(ask("abcdefghijklmnopqrstuvwxyz0123456", 0,
			     DIRECTORY_FOUND),
	    FLIGHTS_ABSENT);
}

static void *
wait_for_a(void *argument)
{
	enum directory_answer *answer = argument;

	if (flights_enter(flights, "a", 0, 60, answer) != FLIGHTS_ANSWERED)
		*answer = DIRECTORY_FOUND;
	return NULL;
}

static void
who_waits_gets_the_answer_of_who_asked(void **state)
{
	enum directory_answer answers[4] = { DIRECTORY_FOUND, DIRECTORY_FOUND,
		DIRECTORY_FOUND, DIRECTORY_FOUND };
	enum directory_answer own = DIRECTORY_FOUND;
	pthread_t threads[4];

	(void)state;
	assert_int_equal(flights_enter(flights, "a", 0, 60, &own), FLIGHTS_ASK);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, wait_for_a,
				     &answers[i]),
		    0);
	while (flights_waiting(flights) < ARRAY_LEN(threads))
		(void)sched_yield();
	flights_leave(flights, "a", DIRECTORY_UNAVAILABLE, 0, 1000);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(answers[i], DIRECTORY_UNAVAILABLE);
	}
	assert_int_equal(flights_waiting(flights), 0);
	assert_int_equal(flights_enter(flights, "a", 0, 60, &own), FLIGHTS_ASK);
	flights_leave(flights, "a", DIRECTORY_FOUND, 0, 1000);
}

static void
without_memory_nobody_asks(void **state)
{
	enum directory_answer answer = DIRECTORY_FOUND;
	struct flights *none = NULL;

	(void)state;
	failing_at = 1;
	assert_int_equal(flights_enter(flights, "a", 0, 60, &answer),
	    FLIGHTS_BUSY);
	failing_at = 1;
	assert_int_not_equal(flights_open(&none), 0);
	failing_at = 0;
	assert_null(none);
}

int
main(void)
{
	/* clang-format off */
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(minute_has_so_many_questions_and_fills_up_evenly),
		TEST(clock_that_goes_back_gives_no_more_than_a_minute),
		TEST(only_an_absence_is_remembered_and_only_for_its_time),
		TEST(memory_of_absent_names_is_bounded_and_exact),
		TEST(name_too_long_is_absent),
		TEST(who_waits_gets_the_answer_of_who_asked),
		TEST(without_memory_nobody_asks),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
