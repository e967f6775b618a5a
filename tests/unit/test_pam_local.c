/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pam_stytch/local.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char path[] = "/tmp/test_pam_local.XXXXXX";

static void
put(const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

#define ROOT "root:x:0:0:root:/root:/bin/bash\n"
#define BOB "bob:x:1000:1000::/home/bob:/bin/sh\n"

static void
a_name_is_local_if_it_stands_in_the_file(void **state)
{
	static const struct {
		const char *text;
		const char *name;
		int expect;
	} rows[] = {
		{ ROOT BOB, "root", 1 },
		{ ROOT BOB, "bob", 1 },
		{ ROOT "bob:x:1000:1000::/home/bob:/bin/sh", "bob", 1 },
		{ ROOT "# bob:x:1:1:::\n" BOB, "bob", 1 },
		{ ROOT "garbage\n\n" BOB, "bob", 1 },
		{ ROOT "bob::1000:1000:::\n", "bob", 1 },
		{ ROOT BOB, "alice", 0 },
		{ ROOT BOB, "bo", 0 },
		{ ROOT BOB, "bobb", 0 },
		{ ROOT BOB, "Bob", 0 },
		{ ROOT BOB, "x", 0 },
		{ ROOT BOB, "/home/bob", 0 },
		{ ROOT "# alice:x:1:1:::\n", "alice", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		put(rows[i].text);
		assert_int_equal(local_has(path, rows[i].name), rows[i].expect);
	}
}

static void
a_file_that_cannot_be_understood_is_an_error(void **state)
{
	static char long_line[20000];

	(void)state;
	put("");
	assert_int_equal(local_has(path, "alice"), -ENODATA);
	put("garbage\n");
	assert_int_equal(local_has(path, "alice"), -ENODATA);
	(void)snprintf(long_line, sizeof(long_line),
	    ROOT "bob:x:1000:1000:%018000d:/:/bin/sh\n" BOB, 0);
	put(long_line);
	assert_int_equal(local_has(path, "alice"), -ERANGE);
	assert_int_equal(local_has("/", "alice"), -EISDIR);
	assert_int_equal(local_has("/nonexistent/passwd", "alice"), -ENOENT);
}

static void
a_file_that_may_not_be_read_is_an_error(void **state)
{
	int local;

	(void)state;
	put(ROOT);
	assert_int_equal(chmod(path, 0), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	local = local_has(path, "alice");
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(local, -EACCES);
}

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	fd_close(&fd);
	return 0;
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_local_if_it_stands_in_the_file),
		cmocka_unit_test(a_file_that_cannot_be_understood_is_an_error),
		cmocka_unit_test(a_file_that_may_not_be_read_is_an_error),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
