/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "nss_stytch/map_bytes.h"
#include "nss_stytch/map_image.h"
#include "nss_stytch/map_retire.h"
#include "tests/unit/nss_test.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* The n-th of these calls from now on fails; 0: none. */
static unsigned fail_at;

static bool
fails(void)
{
	return fail_at > 0 && --fail_at == 0;
}

#define WRAP(type, failure, errno_value, name, parameters, arguments) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		if (fails()) { \
			errno = errno_value; \
			return failure; \
		} \
		return __real_##name arguments; \
	}

WRAP(void *, NULL, ENOMEM, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, NULL, ENOMEM, reallocarray, (void *old, size_t n, size_t size),
    (old, n, size))
WRAP(int, -1, EIO, getentropy, (void *to, size_t size), (to, size))
WRAP(int, -1, EIO, fstat, (int fd, struct stat *to), (fd, to))
WRAP(int, -1, EIO, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(int, -1, EIO, fsync, (int fd), (fd))
WRAP(int, -1, EROFS, unlink, (const char *path), (path))
WRAP(int, -1, EROFS, rename, (const char *from, const char *to), (from, to))
WRAP(ssize_t, -1, ENOSPC, write, (int fd, const void *data, size_t size),
    (fd, data, size))
WRAP(ssize_t, -1, EIO, pwrite,
    (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
WRAP(ssize_t, -1, EIO, pread, (int fd, void *data, size_t size, off_t at),
    (fd, data, size, at))

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);
int
__wrap_open(const char *path, int flags, mode_t mode)
{
	if (fails()) {
		errno = EMFILE;
		return -1;
	}
	return __real_open(path, flags, mode);
}

static uint32_t
retired_word(int fd)
{
	uint32_t word;

	assert_int_equal(__real_pread(fd, &word, sizeof(word),
			     offsetof(struct map_header, retired)),
	    sizeof(word));
	return le32toh(word);
}

static int
open_map(const char *path)
{
	int fd = __real_open(path, O_RDONLY | O_CLOEXEC, 0);

	assert_true(fd >= 0);
	return fd;
}

static void
a_map_is_readable_by_all_whatever_the_umask(void **state)
{
	struct stat status;
	mode_t old = umask(077);

	(void)state;
	test_publish(test_path("map"));
	(void)umask(old);
	assert_int_equal(stat(test_path("map"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	assert_int_equal(status.st_size % MAP_ALIGN, 0);
	assert_int_equal(access(test_path("map.tmp"), F_OK), -1);
}

static void
the_old_map_is_retired_the_new_one_is_not(void **state)
{
	CLEANUP(fd_close) int old = -1;
	CLEANUP(fd_close) int new = -1;

	(void)state;
	test_publish(test_path("map"));
	old = open_map(test_path("map"));
	assert_int_equal(retired_word(old), MAP_CURRENT);
	test_publish(test_path("map"));
	new = open_map(test_path("map"));
	assert_int_equal(retired_word(old), MAP_RETIRED);
	assert_int_equal(retired_word(new), MAP_CURRENT);
	assert_int_equal(map_reread(test_path("map")), 0);
	assert_int_equal(retired_word(new), MAP_REREAD);
}

static void
what_is_not_a_map_is_replaced_but_never_written_to(void **state)
{
	CLEANUP(fd_close) int old = -1;
	char text[512];

	(void)state;
	memset(text, 'x', sizeof(text));
	test_write_file(test_path("map"), text, sizeof(text));
	old = open_map(test_path("map"));
	assert_int_equal(map_reread(test_path("map")), -EBADMSG);
	test_publish(test_path("map"));
	assert_int_equal(__real_pread(old, text, sizeof(text), 0),
	    sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		assert_int_equal(text[i], 'x');
	assert_int_equal(map_reread(test_path("absent")), -ENOENT);
}

static void
a_link_at_the_path_is_not_followed(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	CLEANUP(fd_close) int victim = -1;

	(void)state;
	(void)unlink(test_path("map"));
	test_publish(test_path("victim"));
	victim = open_map(test_path("victim"));
	assert_int_equal(symlink(test_path("victim"), test_path("map")), 0);
	assert_int_equal(map_writer_new(&writer), 0);
	assert_int_equal(map_writer_publish(writer, test_path("map")), -ELOOP);
	assert_int_equal(retired_word(victim), MAP_CURRENT);
	assert_int_equal(unlink(test_path("map")), 0);
	assert_int_equal(symlink(test_path("victim"), test_path("map.tmp")), 0);
	assert_int_equal(map_writer_publish(writer, test_path("map")), 0);
	assert_int_equal(retired_word(victim), MAP_CURRENT);
}

/* Each call fails once; the old map is then whole and still at the path. */
static void
a_failure_leaves_the_old_map_or_the_new_one(void **state)
{
	unsigned n, failures = 0;
	int error = -1;

	(void)state;
	(void)unlink(test_path("map"));
	test_publish(test_path("map"));
	for (n = 1; error != 0; n++) {
		CLEANUP(map_writer_free) struct map_writer *writer = NULL;
		CLEANUP(fd_close) int old = open_map(test_path("map"));
		CLEANUP(fd_close) int now = -1;
		struct stat before, after;

		assert_int_equal(map_writer_new(&writer), 0);
		test_fill(writer);
		fail_at = n;
		error = map_writer_publish(writer, test_path("map"));
		fail_at = 0;
		assert_int_equal(access(test_path("map.tmp"), F_OK), -1);
		now = open_map(test_path("map"));
		assert_int_equal(fstat(old, &before), 0);
		assert_int_equal(fstat(now, &after), 0);
		if (before.st_ino == after.st_ino)
			assert_int_not_equal(retired_word(now), MAP_RETIRED);
		else
			assert_int_not_equal(retired_word(old), MAP_CURRENT);
		assert_true(error == 0 || before.st_ino == after.st_ino ||
		    retired_word(now) == MAP_CURRENT);
		failures += error != 0;
		assert_true(n < 100);
	}
	assert_true(failures > 10);
}

static void
a_failed_addition_leaves_the_writer_as_it_was(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	const struct map_account account = { .name = "zoe",
		.uid = 90000,
		.gid = 90000,
		.gecos = NULL,
		.home = "/home/zoe",
		.shell = "/bin/sh" };
	uint32_t index = 0, group = 0;
	int error = -1;

	(void)state;
	for (unsigned n = 1; error != 0; n++) {
		fail_at = n;
		error = map_writer_new(&writer);
		fail_at = 0;
		assert_true(error == 0 || error == -ENOMEM || error == -EIO);
	}
	error = -1;
	for (unsigned n = 1; error != 0; n++) {
		fail_at = n;
		error = map_writer_add_account(writer, &account, &index);
		fail_at = 0;
		assert_true(error == 0 || error == -ENOMEM);
	}
	assert_int_equal(index, 0);
	assert_int_equal(map_writer_add_group(writer, "zoe", 90000, &group), 0);
	error = -1;
	for (unsigned n = 1; error != 0; n++) {
		fail_at = n;
		error = map_writer_add_member(writer, group, index);
		fail_at = 0;
		assert_true(error == 0 || error == -ENOMEM);
	}
	assert_int_equal(writer->members.count, 1);
	assert_int_equal(writer->gids.count, 1);
	assert_int_equal(map_writer_publish(writer, test_path("zoe")), 0);
}

static void
a_path_too_long_or_without_folder_is_an_error(void **state)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	char path[8192];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(map_writer_new(&writer), 0);
	assert_int_equal(map_writer_publish(writer, path), -ENAMETOOLONG);
	assert_int_equal(map_writer_publish(writer, test_path("no/such")),
	    -ENOENT);
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
		cmocka_unit_test(a_map_is_readable_by_all_whatever_the_umask),
		cmocka_unit_test(the_old_map_is_retired_the_new_one_is_not),
		cmocka_unit_test(
		    what_is_not_a_map_is_replaced_but_never_written_to),
		cmocka_unit_test(a_link_at_the_path_is_not_followed),
		cmocka_unit_test(a_failure_leaves_the_old_map_or_the_new_one),
		cmocka_unit_test(a_failed_addition_leaves_the_writer_as_it_was),
		cmocka_unit_test(a_path_too_long_or_without_folder_is_an_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
