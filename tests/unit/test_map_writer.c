/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "nss_stytch/map_writer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct map_account alice = { .name = "alice",
	.uid = 70000,
	.gid = 70000,
	.gecos = "Alice",
	.home = "/home/alice",
	.shell = "/bin/sh" };

static void
no_id_is_0_or_the_last(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	static const uint32_t never[] = { 0, UINT32_MAX };
	uint32_t index = 77;

	(void)state;
	assert_int_equal(map_writer_new(&writer), 0);
	for (size_t i = 0; i < ARRAY_LEN(never); i++) {
		struct map_account account = alice;

		account.uid = never[i];
		assert_int_equal(map_writer_add_account(writer, &account,
				     &index),
		    -EINVAL);
		account.uid = alice.uid;
		account.gid = never[i];
		assert_int_equal(map_writer_add_account(writer, &account,
				     &index),
		    -EINVAL);
		assert_int_equal(map_writer_add_group(writer, "team", never[i],
				     &index),
		    -EINVAL);
		assert_int_equal(index, 77);
	}
	assert_int_equal(map_writer_add_account(writer, &alice, &index), 0);
	assert_int_equal(index, 0);
	for (size_t i = 0; i < ARRAY_LEN(never); i++)
		assert_int_equal(map_writer_add_local_gid(writer, index,
				     never[i]),
		    -EINVAL);
}

static void
names_and_ids_stand_once(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	struct map_account other = alice;
	uint32_t index = 77;

	(void)state;
	assert_int_equal(map_writer_new(&writer), 0);
	assert_int_equal(map_writer_add_account(writer, &alice, NULL), 0);
	other.uid++;
	assert_int_equal(map_writer_add_account(writer, &other, &index),
	    -EEXIST);
	other = alice;
	other.name = "bob";
	assert_int_equal(map_writer_add_account(writer, &other, &index),
	    -EEXIST);
	other.uid++;
	assert_int_equal(map_writer_add_account(writer, &other, &index), 0);
	assert_int_equal(index, 1);
	index = 77;
	assert_int_equal(map_writer_add_group(writer, "alice", 70000, NULL), 0);
	assert_int_equal(map_writer_add_group(writer, "alice", 70001, &index),
	    -EEXIST);
	assert_int_equal(map_writer_add_group(writer, "bob", 70000, &index),
	    -EEXIST);
	assert_int_equal(index, 77);
}

static void
fields_that_would_break_a_line_are_refused(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	static const char *const bad[] = { "a:b", "a\nb", "a\rb", "\x1b[2J",
		"\x7f", "" };

	(void)state;
	assert_int_equal(map_writer_new(&writer), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct map_account account = alice;

		account.name = bad[i];
		assert_int_equal(map_writer_add_account(writer, &account, NULL),
		    -EINVAL);
		assert_int_equal(map_writer_add_group(writer, bad[i], 70000,
				     NULL),
		    -EINVAL);
		account = alice;
		account.home = bad[i];
		assert_int_equal(map_writer_add_account(writer, &account, NULL),
		    -EINVAL);
		account = alice;
		account.shell = bad[i];
		assert_int_equal(map_writer_add_account(writer, &account, NULL),
		    -EINVAL);
		account = alice;
		account.gecos = bad[i];
		if (bad[i][0] != '\0')
			assert_int_equal(map_writer_add_account(writer,
					     &account, NULL),
			    -EINVAL);
	}
	assert_int_equal(map_writer_add_group(writer, NULL, 70000, NULL),
	    -EINVAL);
}

static void
only_known_indices_are_members(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	uint32_t account = 0, group = 0;

	(void)state;
	assert_int_equal(map_writer_new(&writer), 0);
	assert_int_equal(map_writer_add_member(writer, 0, 0), -EINVAL);
	assert_int_equal(map_writer_add_local_gid(writer, 0, 44), -EINVAL);
	assert_int_equal(map_writer_add_account(writer, &alice, &account), 0);
	assert_int_equal(map_writer_add_member(writer, 0, account), -EINVAL);
	assert_int_equal(map_writer_add_group(writer, "team", 5000, &group), 0);
	assert_int_equal(map_writer_add_member(writer, group, account), 0);
	assert_int_equal(map_writer_add_member(writer, group, account), 0);
	assert_int_equal(map_writer_add_member(writer, group + 1, account),
	    -EINVAL);
	assert_int_equal(map_writer_add_member(writer, group, account + 1),
	    -EINVAL);
	assert_int_equal(map_writer_add_local_gid(writer, account, 44), 0);
}

/* Enough to enlarge the lists and sets several times. */
static void
many_accounts_keep_their_indices(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;

	(void)state;
	assert_int_equal(map_writer_new(&writer), 0);
	for (uint32_t i = 0; i < 5000; i++) {
		struct map_account account = alice;
		uint32_t index = UINT32_MAX;
		char name[16];

		assert_true(snprintf(name, sizeof(name), "u%u", i) > 0);
		account.name = name;
		account.uid = 70000 + i;
		assert_int_equal(map_writer_add_account(writer, &account,
				     &index),
		    0);
		assert_int_equal(index, i);
		assert_int_equal(map_writer_add_account(writer, &account,
				     &index),
		    -EEXIST);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_id_is_0_or_the_last),
		cmocka_unit_test(names_and_ids_stand_once),
		cmocka_unit_test(fields_that_would_break_a_line_are_refused),
		cmocka_unit_test(only_known_indices_are_members),
		cmocka_unit_test(many_accounts_keep_their_indices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
