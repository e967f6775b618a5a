/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "pam_stytch/process.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define TAIL \
	" S 41 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1000 200 " \
	"18446744073709551615\n"

static void
a_stat_is_read_whatever_the_program_is_called(void **state)
{
	static const char *const names[] = { "sshd", "", " ", "a b", "(", ")",
		") S 1 2", "((sd-pam))", "x) S 7 7 7 7 7", "\n", "1 (2)",
		"\xff\xfe" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct process_stat stat = { 0 };
		char text[512];
		int n = snprintf(text, sizeof(text), "42 (%s)" TAIL, names[i]);

		assert_int_equal(process_parse_stat(text, (size_t)n, &stat), 0);
		assert_int_equal(stat.pid, 42);
		assert_int_equal(stat.parent_pid, 41);
		assert_int_equal(stat.start, 987654);
	}
}

static void
the_largest_numbers_are_read(void **state)
{
	static const char text[] =
	    "4294967295 (x) S 4294967295 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 "
	    "18446744073709551615";
	struct process_stat stat = { 0 };

	(void)state;
	assert_int_equal(process_parse_stat(text, sizeof(text) - 1, &stat), 0);
	assert_int_equal(stat.pid, UINT32_MAX);
	assert_int_equal(stat.parent_pid, UINT32_MAX);
	assert_true(stat.start == UINT64_MAX);
}

static void
a_malformed_stat_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"42",
		"42 ",
		"42 (",
		"42 (x",
		"42 (x)",
		"42 (x) ",
		"42 (x)S" TAIL,
		"x (x)" TAIL,
		"-1 (x)" TAIL,
		"4294967296 (x)" TAIL,
		"42 x" TAIL,
		"42(x)" TAIL,
		" 42 (x)" TAIL,
		"42 (x) S",
		"42 (x) S x 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 9",
		"42 (x) S -1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 9",
		"42 (x) S 4294967296 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 9",
		"42 (x) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
		"42 (x) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 ",
		"42 (x) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 x",
		"42 (x) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 -9",
		"42 (x) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 18446744073709551616",
		"42 (x) S 1  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 9",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct process_stat stat = { .pid = 7 };

		assert_int_equal(process_parse_stat(texts[i], strlen(texts[i]),
				     &stat),
		    -EINVAL);
		assert_int_equal(stat.pid, 7);
	}
}

static void
a_session_is_a_number_and_may_be_unset(void **state)
{
	static const struct {
		const char *text;
		int error;
		uint32_t session;
	} rows[] = {
		{ "0", 0, 0 },
		{ "17\n", 0, 17 },
		{ "4294967294", 0, 4294967294 },
		{ "4294967295", -ENODATA, 7 },
		{ "4294967296", -EINVAL, 7 },
		{ "99999999999999999999999", -EINVAL, 7 },
		{ "", -EINVAL, 7 },
		{ "\n", -EINVAL, 7 },
		{ "-1", -EINVAL, 7 },
		{ "+1", -EINVAL, 7 },
		{ " 1", -EINVAL, 7 },
		{ "1\n\n", -EINVAL, 7 },
		{ "0x1", -EINVAL, 7 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t session = 7;

		assert_int_equal(process_parse_session(rows[i].text,
				     strlen(rows[i].text), &session),
		    rows[i].error);
		assert_int_equal(session, rows[i].session);
	}
}

static void
this_process_is_known_by_proc(void **state)
{
	struct process process;

	(void)state;
	process_read("/proc", &process);
	assert_true(process.has_start);
	assert_true(process.start > 0);
	assert_true(process.has_parent);
	assert_int_equal(process.parent_pid, getppid());
	assert_true(process.parent_start > 0);
	assert_true(process.parent_start <= process.start);
}

/* A /proc of our own making: a folder with files named by the rows. */
static char folder[] = "/tmp/test_pam_process.XXXXXX";

static void
put(const char *name, const char *text)
{
	char path[128];
	int fd, n = snprintf(path, sizeof(path), "%s/%s", folder, name);

	assert_true(n > 0 && (size_t)n < sizeof(path));
	if (text == NULL) {
		(void)unlink(path);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static int
make_folder(void **state)
{
	char path[128];

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/self", folder);
	if (mkdir(path, 0700) != 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/41", folder);
	return mkdir(path, 0700);
}

static int
remove_folder(void **state)
{
	static const char *const names[] = { "self", "41", "" };
	char path[128];
	int failed = 0;

	(void)state;
	put("self/stat", NULL);
	put("self/sessionid", NULL);
	put("41/stat", NULL);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		failed |= rmdir(path);
	}
	return failed;
}

static void
what_proc_does_not_tell_is_absent(void **state)
{
	static char long_text[2000];
	static const struct {
		const char *self;
		const char *parent;
		const char *session;
		bool has_start, has_parent, has_session;
	} rows[] = {
		{ NULL, NULL, NULL, false, false, false },
		{ "42 (x)" TAIL, NULL, NULL, true, false, false },
		{ "42 (x)" TAIL, "41 (y)" TAIL, NULL, true, true, false },
		{ "42 (x)" TAIL, "43 (y)" TAIL, NULL, true, false, false },
		{ "42 (x)" TAIL, "41 (y", "3", true, false, true },
		{ "42 (x", "41 (y)" TAIL, "3", false, false, true },
		{ "42 (x)" TAIL, "41 (y)" TAIL, "4294967295", true, true,
		    false },
		{ "42 (x)" TAIL, "41 (y)" TAIL, "", true, true, false },
		{ "42 (x) S 0 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 9", NULL, "3",
		    true, false, true },
		{ long_text, "41 (y)" TAIL, long_text, false, false, false },
	};

	(void)state;
	memset(long_text, '1', sizeof(long_text) - 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct process process;

		put("self/stat", rows[i].self);
		put("41/stat", rows[i].parent);
		put("self/sessionid", rows[i].session);
		process_read(folder, &process);
		assert_int_equal(process.has_start, rows[i].has_start);
		assert_int_equal(process.has_parent, rows[i].has_parent);
		assert_int_equal(process.has_audit_session,
		    rows[i].has_session);
	}
}

static void
a_proc_that_is_not_there_tells_nothing(void **state)
{
	struct process process;
	char long_path[300];

	(void)state;
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	process_read("/nonexistent", &process);
	assert_false(process.has_start || process.has_parent ||
	    process.has_audit_session);
	process_read(long_path, &process);
	assert_false(process.has_start || process.has_parent ||
	    process.has_audit_session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stat_is_read_whatever_the_program_is_called),
		cmocka_unit_test(the_largest_numbers_are_read),
		cmocka_unit_test(a_malformed_stat_is_refused),
		cmocka_unit_test(a_session_is_a_number_and_may_be_unset),
		cmocka_unit_test(this_process_is_known_by_proc),
		cmocka_unit_test(what_proc_does_not_tell_is_absent),
		cmocka_unit_test(a_proc_that_is_not_there_tells_nothing),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
