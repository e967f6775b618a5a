/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pam_stytch/record.h"

#include "tests/unit/pam_fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LOGIN "0123456789abcdef0123456789abcdef"
#define OTHER "ffffffffffffffffffffffffffffffff"

static void
a_login_id_is_32_small_hexadecimal_digits(void **state)
{
	static const char *const bad[] = {
		NULL,
		"",
		" ",
		"0123456789abcdef0123456789abcde",
		"0123456789abcdef0123456789abcdef0",
		"0123456789abcdef0123456789abcdeF",
		"0123456789abcdef0123456789abcdeg",
		"0123456789abcdef0123456789abcde\n",
		"../../../../../../../../../../..",
		"%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s",
	};

	(void)state;
	assert_true(login_is_valid(LOGIN));
	assert_true(login_is_valid(OTHER));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(login_is_valid(bad[i]));
}

static void
a_record_is_kept_and_replaced(void **state)
{
	struct pam_handle pamh;
	const struct record *record;

	(void)state;
	fake_init(&pamh);
	assert_null(record_get(&pamh));
	assert_int_equal(record_keep(&pamh, "alice", LOGIN, true), 0);
	record = record_get(&pamh);
	assert_string_equal(record->user, "alice");
	assert_string_equal(record->login, LOGIN);
	assert_true(record->is_authenticated);
	assert_int_equal(record_keep(&pamh, "bob", NULL, false), 0);
	record = record_get(&pamh);
	assert_string_equal(record->user, "bob");
	assert_string_equal(record->login, "");
	assert_false(record->is_authenticated);
	record_forget(&pamh);
	assert_null(record_get(&pamh));
	record_forget(&pamh);
	fake_end(&pamh);
}

static void
a_record_can_be_kept_from_what_it_replaces(void **state)
{
	struct pam_handle pamh;
	const struct record *record;

	(void)state;
	fake_init(&pamh);
	assert_int_equal(record_keep(&pamh, "alice", LOGIN, true), 0);
	record = record_get(&pamh);
	assert_int_equal(record_keep(&pamh, record->user, record->login, false),
	    0);
	assert_string_equal(record_get(&pamh)->user, "alice");
	assert_string_equal(record_get(&pamh)->login, LOGIN);
	fake_end(&pamh);
}

static void
what_is_no_record_is_not_kept(void **state)
{
	struct pam_handle pamh;
	char name[300];

	(void)state;
	fake_init(&pamh);
	assert_int_equal(record_keep(&pamh, "alice", LOGIN, true), 0);
	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	assert_int_equal(record_keep(&pamh, name, LOGIN, true), -E2BIG);
	assert_int_equal(record_keep(&pamh, "bob", "x", true), -EINVAL);
	assert_int_equal(record_keep(&pamh, "bob", LOGIN "0", true), -EINVAL);
	assert_string_equal(record_get(&pamh)->user, "alice");
	name[255] = '\0';
	assert_int_equal(record_keep(&pamh, name, LOGIN, true), 0);
	assert_string_equal(record_get(&pamh)->user, name);
	fake_end(&pamh);
}

static void
a_login_travels_as_a_variable(void **state)
{
	struct pam_handle pamh;

	(void)state;
	fake_init(&pamh);
	assert_null(record_imported(&pamh));
	assert_int_equal(record_export(&pamh, "x"), -EINVAL);
	assert_int_equal(record_export(&pamh, NULL), -EINVAL);
	assert_int_equal(record_export(&pamh, LOGIN), 0);
	assert_string_equal(pamh.variable, "STYTCH_LOGIN=" LOGIN);
	assert_string_equal(record_imported(&pamh), LOGIN);
	record_unexport(&pamh);
	assert_string_equal(pamh.variable, "");
	assert_null(record_imported(&pamh));
	record_unexport(&pamh);
}

static void
a_malformed_variable_is_as_good_as_none(void **state)
{
	static const char *const bad[] = { "", "x", LOGIN "0", LOGIN "\n",
		"0123456789ABCDEF0123456789ABCDEF" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct pam_handle pamh;

		fake_init(&pamh);
		(void)snprintf(pamh.variable, sizeof(pamh.variable),
		    "STYTCH_LOGIN=%s", bad[i]);
		assert_null(record_imported(&pamh));
		record_unexport(&pamh);
		assert_string_equal(pamh.variable, "");
	}
}

static void
forgetting_takes_record_and_variable(void **state)
{
	struct pam_handle pamh;

	(void)state;
	fake_init(&pamh);
	assert_int_equal(record_keep(&pamh, "alice", LOGIN, true), 0);
	assert_int_equal(record_export(&pamh, LOGIN), 0);
	record_forget(&pamh);
	assert_null(record_get(&pamh));
	assert_string_equal(pamh.variable, "");
	fake_end(&pamh);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_id_is_32_small_hexadecimal_digits),
		cmocka_unit_test(a_record_is_kept_and_replaced),
		cmocka_unit_test(a_record_can_be_kept_from_what_it_replaces),
		cmocka_unit_test(what_is_no_record_is_not_kept),
		cmocka_unit_test(a_login_travels_as_a_variable),
		cmocka_unit_test(a_malformed_variable_is_as_good_as_none),
		cmocka_unit_test(forgetting_takes_record_and_variable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
