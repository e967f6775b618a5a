/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "nss_stytch/limits.h"

#include "tests/unit/nss_test.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char sample[] = "# made by stytchctl\n"
			     "uid 1879048192-2147352575\n"
			     "uid 5000-5000\n"
			     "\n"
			     "gid 1879048192-2147352575\n"
			     "grant 44 alice,bob\n"
			     "grant 998 *\n"
			     "grant 44 dora\n";

static int
parse(const char *text, struct limits *out_limits, unsigned *out_line)
{
	return limits_parse(text, strlen(text), out_limits, out_line);
}

static void
what_is_in_a_range_is_allowed_and_nothing_else(void **state)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	static const struct {
		uint32_t uid, gid;
		bool allowed;
	} rows[] = {
		{ 1879048192, 1879048192, true },
		{ 2147352575, 2147352575, true },
		{ 5000, 1879048192, true },
		{ 5000, 5000, false },
		{ 1879048191, 1879048192, false },
		{ 1879048192, 1879048191, false },
		{ 2147352576, 2147352575, false },
		{ 4999, 1879048192, false },
		{ 5001, 1879048192, false },
		{ 0, 1879048192, false },
		{ 1879048192, 0, false },
		{ 0, 0, false },
		{ 1000, 1000, false },
		{ UINT32_MAX, UINT32_MAX, false },
	};
	unsigned line;

	(void)state;
	assert_int_equal(parse(sample, &limits, &line), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (limits_allow_account(&limits, rows[i].uid, rows[i].gid) !=
		    rows[i].allowed)
			fail_msg("row %zu", i);
}

static void
a_local_group_is_for_whom_it_is_granted(void **state)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	static const struct {
		uint32_t gid;
		const char *name;
		bool allowed;
	} rows[] = {
		{ 44, "alice", true },
		{ 44, "bob", true },
		{ 44, "dora", true },
		{ 998, "anybody", true },
		{ 1879048200, "anybody", true },
		{ 44, "carol", false },
		{ 44, "alic", false },
		{ 44, "alicee", false },
		{ 44, "bo", false },
		{ 44, "alice,bob", false },
		{ 44, "", false },
		{ 45, "alice", false },
		{ 27, "alice", false },
		{ 0, "alice", false },
	};
	unsigned line;

	(void)state;
	assert_int_equal(parse(sample, &limits, &line), 0);
	assert_false(limits_allow_group(&limits, 44));
	assert_false(limits_allow_group(&limits, 998));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (limits_allow_member(&limits, rows[i].gid, rows[i].name) !=
		    rows[i].allowed)
			fail_msg("row %zu", i);
}

static void
an_empty_file_allows_nothing(void **state)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	unsigned line;

	(void)state;
	assert_int_equal(parse("", &limits, &line), 0);
	assert_false(limits_allow_account(&limits, 5000, 5000));
	assert_false(limits_allow_member(&limits, 5000, "alice"));
}

static void
anything_else_is_an_error_with_its_line(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} rows[] = {
		{ "uid 1000-2000", 1 },
		{ "uid 1000-2000\nuid 3000-4000", 2 },
		{ "uid 1000-2000\n\n# x\nbad\n", 4 },
		{ "uid\n", 1 },
		{ "uid \n", 1 },
		{ "uid 1000\n", 1 },
		{ "uid 1000-\n", 1 },
		{ "uid -2000\n", 1 },
		{ "uid 1000--2000\n", 1 },
		{ "uid 1000 - 2000\n", 1 },
		{ "uid  1000-2000\n", 1 },
		{ "uid 1000-2000 \n", 1 },
		{ "uid 1000-2000\r\n", 1 },
		{ " uid 1000-2000\n", 1 },
		{ "UID 1000-2000\n", 1 },
		{ "uid\t1000-2000\n", 1 },
		{ "uid 2000-1000\n", 1 },
		{ "uid 999-2000\n", 1 },
		{ "uid 0-2000\n", 1 },
		{ "uid 1000-4294967294\n", 1 },
		{ "uid 1000-4294967295\n", 1 },
		{ "uid 1000-4294967296\n", 1 },
		{ "uid 1000-99999999999999999999999\n", 1 },
		{ "uid 01000-2000\n", 1 },
		{ "uid 0x3e8-2000\n", 1 },
		{ "uid +1000-2000\n", 1 },
		{ "uid 1000-2000,3000-4000\n", 1 },
		{ "gid 1-2\n", 1 },
		{ "grant\n", 1 },
		{ "grant 44\n", 1 },
		{ "grant 44 \n", 1 },
		{ "grant 0 alice\n", 1 },
		{ "grant 4294967295 alice\n", 1 },
		{ "grant 4294967296 alice\n", 1 },
		{ "grant docker alice\n", 1 },
		{ "grant 44 alice,\n", 1 },
		{ "grant 44 ,alice\n", 1 },
		{ "grant 44 alice,,bob\n", 1 },
		{ "grant 44 alice, bob\n", 1 },
		{ "grant 44 *,alice\n", 1 },
		{ "grant 44 **\n", 1 },
		{ "grant 44 al*\n", 1 },
		{ "grant 44 alice bob\n", 1 },
		{ "grant 44  alice\n", 1 },
		{ "grant -1 alice\n", 1 },
		{ "allow 44 alice\n", 1 },
		{ " # comment\n", 1 },
		{ "\xef\xbb\xbfuid 1000-2000\n", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
		unsigned line = 0;

		if (parse(rows[i].text, &limits, &line) != -EINVAL ||
		    line != rows[i].line)
			fail_msg("\"%s\": line %u", rows[i].text, line);
		assert_int_equal(limits.grant_count, 0);
	}
}

static void
a_nul_in_a_line_is_an_error(void **state)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	static const char text[] = "uid 1000-2000\0\n";
	unsigned line = 0;

	(void)state;
	assert_int_equal(limits_parse(text, sizeof(text) - 1, &limits, &line),
	    -EINVAL);
	assert_int_equal(line, 1);
}

static void
too_many_lines_of_a_kind_are_an_error(void **state)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	int error = 0;
	size_t count;

	(void)state;
	for (count = 0; error == 0; count++)
		error = limits_add_range(&limits, LIMITS_UID, 1000, 2000);
	assert_int_equal(error, -E2BIG);
	assert_int_equal(count, LIMITS_RANGES_MAX + 1);
	error = 0;
	for (count = 0; error == 0; count++)
		error = limits_add_grant(&limits, 44, "alice");
	assert_int_equal(error, -E2BIG);
	assert_int_equal(count, LIMITS_GRANTS_MAX + 1);
}

static void
what_is_formatted_is_parsed_as_the_same(void **state)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	CLEANUP(limits_clear) struct limits again = LIMITS_INIT;
	CLEANUP(string_free) char *text = NULL;
	CLEANUP(string_free) char *second = NULL;
	unsigned line;

	(void)state;
	assert_int_equal(limits_add_range(&limits, LIMITS_GID, 70000, 70001),
	    0);
	assert_int_equal(limits_add_range(&limits, LIMITS_UID, 1000,
			     4294967293U),
	    0);
	assert_int_equal(limits_add_grant(&limits, 44, "alice,bob"), 0);
	assert_int_equal(limits_add_grant(&limits, 998, "*"), 0);
	assert_int_equal(limits_format(&limits, &text), 0);
	assert_string_equal(text,
	    "uid 1000-4294967293\ngid 70000-70001\n"
	    "grant 44 alice,bob\ngrant 998 *\n");
	assert_int_equal(parse(text, &again, &line), 0);
	assert_int_equal(limits_format(&again, &second), 0);
	assert_string_equal(text, second);
}

static void
a_file_that_others_may_write_is_refused(void **state)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	const char *path = test_path("limits");
	static const mode_t bad[] = { 0664, 0646, 0622, 0666, 0777 };
	static const mode_t good[] = { 0644, 0600, 0444, 0755 };
	unsigned line;

	(void)state;
	test_write_file(path, sample, sizeof(sample) - 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(chmod(path, bad[i]), 0);
		assert_int_equal(limits_load(path, geteuid(), &limits, &line),
		    -EPERM);
	}
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(limits_load(path, geteuid() + 1, &limits, &line),
	    -EPERM);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(chmod(path, good[i]), 0);
		assert_int_equal(limits_load(path, geteuid(), &limits, &line),
		    0);
		assert_true(limits_allow_account(&limits, 5000, 1879048192));
		limits_clear(&limits);
	}
}

static void
only_a_file_itself_is_read(void **state)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	unsigned line;

	(void)state;
	test_write_file(test_path("limits"), sample, sizeof(sample) - 1);
	assert_int_equal(symlink(test_path("limits"), test_path("link")), 0);
	assert_int_equal(limits_load(test_path("link"), geteuid(), &limits,
			     &line),
	    -ELOOP);
	assert_int_equal(limits_load(test_path("absent"), geteuid(), &limits,
			     &line),
	    -ENOENT);
	assert_int_equal(limits_load(test_path(""), geteuid(), &limits, &line),
	    -EPERM);
	assert_int_equal(mkfifo(test_path("fifo"), 0600), 0);
	assert_int_equal(limits_load(test_path("fifo"), geteuid(), &limits,
			     &line),
	    -EPERM);
}

static void
a_file_has_64_kib_at_most(void **state)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	static char text[LIMITS_SIZE_MAX + 1];
	unsigned line = 7;

	(void)state;
	memset(text, '\n', sizeof(text));
	test_write_file(test_path("limits"), text, sizeof(text));
	assert_int_equal(limits_load(test_path("limits"), geteuid(), &limits,
			     &line),
	    -EFBIG);
	assert_int_equal(line, 0);
	test_write_file(test_path("limits"), text, sizeof(text) - 1);
	assert_int_equal(limits_load(test_path("limits"), geteuid(), &limits,
			     &line),
	    0);
}

/* The n-th allocation fails; 0: none. */
static unsigned fail_at;

static bool
fails(void)
{
	return fail_at > 0 && --fail_at == 0;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
void *
__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return fails() ? NULL : __real_reallocarray(old, count, size);
}

char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *
__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

/* errno of the next read() or fstat() of what is tested; 0: none. */
static int read_error, fstat_error;

ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t
__wrap_read(int fd, void *data, size_t size)
{
	if (read_error == 0)
		return __real_read(fd, data, size);
	errno = read_error;
	/* An interrupted one is tried again. */
	read_error = read_error == EINTR ? 0 : read_error;
	return -1;
}

int __real_fstat(int fd, struct stat *status);
int __wrap_fstat(int fd, struct stat *status);
int
__wrap_fstat(int fd, struct stat *status)
{
	errno = fstat_error;
	return fstat_error != 0 ? -1 : __real_fstat(fd, status);
}

/* Half a file would be other limits. */
static void
a_file_that_cannot_be_read_is_no_limits(void **state)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	unsigned line = 7;

	(void)state;
	test_write_file(test_path("limits"), sample, sizeof(sample) - 1);
	read_error = EIO;
	assert_int_equal(limits_load(test_path("limits"), geteuid(), &limits,
			     &line),
	    -EIO);
	read_error = 0;
	fstat_error = EIO;
	assert_int_equal(limits_load(test_path("limits"), geteuid(), &limits,
			     &line),
	    -EIO);
	fstat_error = 0;
	assert_false(limits_allow_account(&limits, 5000, 1879048192));
	read_error = EINTR;
	assert_int_equal(limits_load(test_path("limits"), geteuid(), &limits,
			     &line),
	    0);
	assert_true(limits_allow_account(&limits, 5000, 1879048192));
}

static void
without_memory_nothing_is_half_parsed(void **state)
{
	unsigned n, failures = 0;
	int error = -1;

	(void)state;
	for (n = 1; error != 0; n++) {
		CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
		unsigned line = 7;

		fail_at = n;
		error = parse(sample, &limits, &line);
		fail_at = 0;
		assert_true(error == 0 || error == -ENOMEM);
		assert_int_equal(limits.grant_count, error == 0 ? 3 : 0);
		assert_true(error == 0 || line == 0);
		failures += error != 0;
	}
	assert_true(failures >= 7);
}

static int
set_up(void **state)
{
	(void)state;
	(void)test_folder();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	test_folder_remove();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_is_in_a_range_is_allowed_and_nothing_else),
		cmocka_unit_test(a_local_group_is_for_whom_it_is_granted),
		cmocka_unit_test(an_empty_file_allows_nothing),
		cmocka_unit_test(anything_else_is_an_error_with_its_line),
		cmocka_unit_test(a_nul_in_a_line_is_an_error),
		cmocka_unit_test(too_many_lines_of_a_kind_are_an_error),
		cmocka_unit_test(what_is_formatted_is_parsed_as_the_same),
		cmocka_unit_test(a_file_that_others_may_write_is_refused),
		cmocka_unit_test(only_a_file_itself_is_read),
		cmocka_unit_test(a_file_has_64_kib_at_most),
		cmocka_unit_test(a_file_that_cannot_be_read_is_no_limits),
		cmocka_unit_test(without_memory_nothing_is_half_parsed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
