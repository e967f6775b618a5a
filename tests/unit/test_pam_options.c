/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pam_stytch/options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define P10 "/234567890"
#define P80 P10 P10 P10 P10 P10 P10 P10 P10

static void
no_argument_gives_the_defaults(void **state)
{
	struct options options;
	const char *bad = NULL;

	(void)state;
	assert_int_equal(options_parse(0, NULL, &options, &bad), 0);
	assert_string_equal(options.runtime_dir, "/run/stytchd");
	assert_false(options.use_first_pass);
	assert_false(options.try_first_pass);
	assert_false(options.debug);
	assert_null(bad);
}

static void
each_option_sets_its_own_field(void **state)
{
	static const struct {
		const char *argument;
		struct options expect;
	} rows[] = {
		{ "runtime_dir=/x", { "/x", false, false, false } },
		{ "runtime_dir=" P80, { P80, false, false, false } },
		{ "use_first_pass", { "/run/stytchd", true, false, false } },
		{ "try_first_pass", { "/run/stytchd", false, true, false } },
		{ "debug", { "/run/stytchd", false, false, true } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *argv[] = { rows[i].argument };
		struct options options;
		const char *bad = NULL;

		assert_int_equal(options_parse(1, argv, &options, &bad), 0);
		assert_string_equal(options.runtime_dir,
		    rows[i].expect.runtime_dir);
		assert_int_equal(options.use_first_pass,
		    rows[i].expect.use_first_pass);
		assert_int_equal(options.try_first_pass,
		    rows[i].expect.try_first_pass);
		assert_int_equal(options.debug, rows[i].expect.debug);
	}
}

static void
all_options_go_together(void **state)
{
	const char *argv[] = { "debug", "runtime_dir=/run/x",
		"use_first_pass" };
	struct options options;
	const char *bad = NULL;

	(void)state;
	assert_int_equal(options_parse(3, argv, &options, &bad), 0);
	assert_string_equal(options.runtime_dir, "/run/x");
	assert_true(options.use_first_pass);
	assert_true(options.debug);
}

static void
a_bad_option_is_named_and_nothing_is_taken(void **state)
{
	static const struct {
		const char *first;
		const char *second;
		int bad;
	} rows[] = {
		{ "", NULL, 0 },
		{ "nullok", NULL, 0 },
		{ "Debug", NULL, 0 },
		{ "debu", NULL, 0 },
		{ "debugs", NULL, 0 },
		{ "debug=", NULL, 0 },
		{ "debug=yes", NULL, 0 },
		{ "use_first_pass=1", NULL, 0 },
		{ "=debug", NULL, 0 },
		{ "runtime_dir", NULL, 0 },
		{ "runtime_dir=", NULL, 0 },
		{ "runtime_dir=run", NULL, 0 },
		{ "runtime_dir=./run", NULL, 0 },
		{ "runtime_dir=" P80 "1", NULL, 0 },
		{ "runtime_dir/x", NULL, 0 },
		{ "socket=/x", NULL, 0 },
		{ "debug", "debug", 1 },
		{ "runtime_dir=/a", "runtime_dir=/a", 1 },
		{ "use_first_pass", "try_first_pass", 1 },
		{ "try_first_pass", "use_first_pass", 1 },
		{ "debug", "typo", 1 },
		{ "typo", "debug", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *argv[] = { rows[i].first, rows[i].second };
		struct options options = { .runtime_dir = "untouched" };
		const char *bad = NULL;

		assert_int_equal(options_parse(rows[i].second == NULL ? 1 : 2,
				     argv, &options, &bad),
		    -EINVAL);
		assert_ptr_equal(bad, argv[rows[i].bad]);
		assert_string_equal(options.runtime_dir, "untouched");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_argument_gives_the_defaults),
		cmocka_unit_test(each_option_sets_its_own_field),
		cmocka_unit_test(all_options_go_together),
		cmocka_unit_test(a_bad_option_is_named_and_nothing_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
