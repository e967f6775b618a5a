/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void __real_free(void *block);
void __wrap_free(void *block);

static bool malloc_fails;
static const void *watched; /* a block that must be wiped when it is freed */
static bool watched_was_wiped;

void *
__wrap_malloc(size_t size)
{
	return malloc_fails ? NULL : __real_malloc(size);
}

void
__wrap_free(void *block)
{
	if (block != NULL && block == watched)
		watched_was_wiped = memcmp(block, "\0\0\0\0", 4) == 0;
	__real_free(block);
}

static void
a_secret_is_wiped_before_it_is_freed(void **state)
{
	struct secret secret = SECRET_INIT;

	(void)state;
	assert_int_equal(secret_set(&secret, "hunter2", 7), 0);
	watched = secret.bytes;
	watched_was_wiped = false;
	assert_int_equal(secret_set(&secret, "other", 5), 0);
	assert_true(watched_was_wiped);
	watched = secret.bytes;
	watched_was_wiped = false;
	secret_clear(&secret);
	assert_true(watched_was_wiped);
	watched = NULL;
	assert_false(secret_is_set(&secret));
	assert_string_equal(secret_reveal(&secret), "");
}

static void
a_failed_set_leaves_the_old_secret(void **state)
{
	CLEANUP(secret_clear) struct secret secret = SECRET_INIT;

	(void)state;
	assert_int_equal(secret_set(&secret, "old", 3), 0);
	malloc_fails = true;
	assert_int_equal(secret_set(&secret, "new", 3), -ENOMEM);
	malloc_fails = false;
	assert_string_equal(secret_reveal(&secret), "old");
}

static void
unset_secrets_equal_nothing(void **state)
{
	CLEANUP(secret_clear) struct secret a = SECRET_INIT;
	CLEANUP(secret_clear) struct secret b = SECRET_INIT;

	(void)state;
	assert_false(secret_equal(&a, &b));
	assert_int_equal(secret_set(&a, "", 0), 0);
	assert_false(secret_equal(&a, &b));
	assert_int_equal(secret_set(&b, "", 0), 0);
	assert_true(secret_equal(&a, &b));
	assert_int_equal(secret_set(&a, "abc", 3), 0);
	assert_int_equal(secret_set(&b, "abd", 3), 0);
	assert_false(secret_equal(&a, &b));
	assert_int_equal(secret_set(&b, "abcd", 4), 0);
	assert_false(secret_equal(&a, &b));
	assert_int_equal(secret_set(&b, "abc", 3), 0);
	assert_true(secret_equal(&a, &b));
}

static void
write_file(const char *path, const char *bytes, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static void
secret_files_are_checked(void **state)
{
	static char long_line[1100];
	static const struct {
		const char *label, *bytes;
		size_t len;
		mode_t mode;
		int error;
	} rows[] = {
		{ "with newline", "s3cret\n", 7, 0600, 0 },
		{ "without newline", "s3cret", 6, 0400, 0 },
		{ "for the group", "s3cret\n", 7, 0640, -EPERM },
		{ "for all", "s3cret\n", 7, 0604, -EPERM },
		{ "empty", "", 0, 0600, -EINVAL },
		{ "a newline alone", "\n", 1, 0600, -EINVAL },
		{ "two lines", "a\nb\n", 4, 0600, -EINVAL },
		{ "NUL inside", "a\0b", 3, 0600, -EINVAL },
		{ "too long", long_line, sizeof(long_line), 0600, -EINVAL },
	};
	char path[] = "test_secret.XXXXXX";
	char link[64];
	CLEANUP(secret_clear) struct secret secret = SECRET_INIT;
	int fd = mkostemp(path, O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	memset(long_line, 'x', sizeof(long_line));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		write_file(path, rows[i].bytes, rows[i].len, rows[i].mode);
		if (secret_read_file(&secret, path) != rows[i].error)
			fail_msg("%s", rows[i].label);
		if (rows[i].error == 0)
			assert_string_equal(secret_reveal(&secret), "s3cret");
	}
	assert_true(snprintf(link, sizeof(link), "%s.link", path) > 0);
	assert_int_equal(symlink(path, link), 0);
	write_file(path, "s3cret\n", 7, 0600);
	assert_int_equal(secret_read_file(&secret, link), -ELOOP);
	assert_int_equal(secret_read_file(&secret, "."), -EINVAL);
	(void)unlink(link);
	(void)unlink(path);
	assert_int_equal(secret_read_file(&secret, path), -ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_wiped_before_it_is_freed),
		cmocka_unit_test(a_failed_set_leaves_the_old_secret),
		cmocka_unit_test(unset_secrets_equal_nothing),
		cmocka_unit_test(secret_files_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
