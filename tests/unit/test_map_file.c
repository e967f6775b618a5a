/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "nss_stytch/map_file.h"

#include "nss_stytch/map_load.h"
#include "nss_stytch/map_retire.h"
#include "tests/unit/map_file_meanwhile.h"
#include "tests/unit/nss_test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static const char limits_text[] = "uid 1879048192-2147352575\n"
				  "gid 1879048192-2147352575\n";

/*
 * The clock of the code under test is stopped, so that "once a second" is what
 * the test says, and its opens of a map are counted.
 */
static atomic_llong clock_ms;
static atomic_uint opens;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	long long ms = atomic_load(&clock_ms);

	(void)clock;
	now->tv_sec = (time_t)(ms / 1000);
	now->tv_nsec = (long)(ms % 1000) * 1000000;
	return 0;
}

/* How often still the file is replaced just after it was opened. */
static atomic_int replace_after_open;
static void publish_one(const char *name);

int __real_openat(int folder, const char *path, int flags, mode_t mode);
int __wrap_openat(int folder, const char *path, int flags, mode_t mode);
int
__wrap_openat(int folder, const char *path, int flags, mode_t mode)
{
	int fd = __real_openat(folder, path, flags, mode);

	atomic_fetch_add(&opens, 1);
	if (atomic_load(&replace_after_open) > 0) {
		atomic_fetch_sub(&replace_after_open, 1);
		publish_one("carol");
	}
	return fd;
}

/* The n-th mapping from now on fails so; 0: none. */
static unsigned fail_mmap_at;

void *__real_mmap(void *at, size_t size, int protection, int flags, int fd,
    off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd,
    off_t offset);
void *
__wrap_mmap(void *at, size_t size, int protection, int flags, int fd,
    off_t offset)
{
	if (fail_mmap_at > 0 && --fail_mmap_at == 0) {
		errno = ENOMEM;
		return (void *)-1;
	}
	return __real_mmap(at, size, protection, flags, fd, offset);
}

/* A fresh file each: its slots would remember the test before. */
static struct map_file *
new_file(void)
{
	static struct map_file files[40];
	static size_t used;
	struct map_file *file = &files[used++];
	struct map_file fresh = MAP_FILE_INIT(strdup(test_path("map")),
	    strdup(test_path("limits")), geteuid());

	assert_true(used < ARRAY_LEN(files));
	file->path = fresh.path;
	file->limits_path = fresh.limits_path;
	file->limits_owner = fresh.limits_owner;
	atomic_store(&file->error, fresh.error);
	test_write_file(test_path("limits"), limits_text,
	    sizeof(limits_text) - 1);
	(void)unlink(test_path("map"));
	atomic_fetch_add(&clock_ms, 10000);
	return file;
}

static bool
has(struct map_file *file, const char *name)
{
	CLEANUP(map_pin_release) struct map_pin pin = MAP_PIN_INIT;
	uint32_t ref;
	int error = map_file_pin(file, &pin);

	if (error != 0)
		fail_msg("no map: %d", error);
	error = map_find_name(pin.map, MAP_ACCOUNT, name, strlen(name), &ref);
	assert_true(error == 0 || error == -ENOENT);
	return error == 0;
}

static int
pin_error(struct map_file *file)
{
	CLEANUP(map_pin_release) struct map_pin pin = MAP_PIN_INIT;

	return map_file_pin(file, &pin);
}

static void
publish_one(const char *name)
{
	test_publish_names(test_path("map"), &name, TEST_UID, 1);
}

static void
a_replaced_map_is_seen_by_the_next_look(void **state)
{
	struct map_file *file = new_file();

	(void)state;
	publish_one("alice");
	assert_true(has(file, "alice"));
	publish_one("bob");
	assert_false(has(file, "alice"));
	assert_true(has(file, "bob"));
	assert_int_equal(map_file_mappings(file), 1);
}

static void
a_map_replaced_while_it_is_opened_is_not_kept(void **state)
{
	struct map_file *file = new_file();

	(void)state;
	publish_one("alice");
	assert_true(has(file, "alice"));
	publish_one("bob");
	atomic_store(&replace_after_open, 2);
	assert_true(has(file, "carol"));
	assert_int_equal(atomic_load(&replace_after_open), 0);
	assert_int_equal(map_file_mappings(file), 1);
}

/* Between a reader's look at the current map and its counting itself in. */
static struct map_file *meanwhile_file;

void
test_meanwhile(void)
{
	struct map_file *file = meanwhile_file;

	if (file == NULL)
		return;
	meanwhile_file = NULL;
	publish_one("bob");
	assert_true(has(file, "bob"));
	assert_int_equal(map_file_mappings(file), 1);
}

static void
a_map_unmapped_before_it_is_pinned_is_left_alone(void **state)
{
	struct map_file *file = new_file();

	(void)state;
	publish_one("alice");
	assert_true(has(file, "alice"));
	meanwhile_file = file;
	assert_true(has(file, "bob"));
	assert_null(meanwhile_file);
}

static void
a_hit_opens_nothing(void **state)
{
	struct map_file *file = new_file();
	unsigned before;

	(void)state;
	publish_one("alice");
	assert_true(has(file, "alice"));
	before = atomic_load(&opens);
	for (unsigned i = 0; i < 1000; i++) {
		assert_true(has(file, "alice"));
		atomic_fetch_add(&clock_ms, 5000);
	}
	assert_int_equal(atomic_load(&opens), before);
}

static void
a_missing_map_is_looked_for_once_a_second(void **state)
{
	struct map_file *file = new_file();
	unsigned before;

	(void)state;
	assert_int_equal(pin_error(file), -ENOENT);
	before = atomic_load(&opens);
	publish_one("alice");
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(pin_error(file), -ENOENT);
	assert_int_equal(atomic_load(&opens), before);
	atomic_fetch_add(&clock_ms, MAP_LOOK_AGAIN_MS);
	assert_true(has(file, "alice"));
}

static void
a_map_that_stays_retired_costs_one_look_a_second(void **state)
{
	struct map_file *file = new_file();
	unsigned before;

	(void)state;
	publish_one("alice");
	assert_true(has(file, "alice"));
	assert_int_equal(map_reread(test_path("map")), 0);
	before = atomic_load(&opens);
	for (unsigned i = 0; i < 100; i++)
		assert_true(has(file, "alice"));
	assert_int_equal(atomic_load(&opens), before + 1);
	atomic_fetch_add(&clock_ms, MAP_LOOK_AGAIN_MS);
	for (unsigned i = 0; i < 100; i++)
		assert_true(has(file, "alice"));
	assert_int_equal(atomic_load(&opens), before + 2);
	assert_int_equal(map_file_mappings(file), 1);
}

/* The agent was killed between its rename and its last mark. */
static void
a_writer_killed_half_way_is_noticed_within_a_second(void **state)
{
	CLEANUP(fd_close) int old = -1;
	struct map_file *file = new_file();

	(void)state;
	publish_one("alice");
	assert_true(has(file, "alice"));
	assert_int_equal(map_retire_open(test_path("map"), &old), 0);
	publish_one("bob");
	assert_int_equal(map_retire_mark(old, MAP_LEAVING), 0);
	assert_true(has(file, "alice"));
	atomic_fetch_add(&clock_ms, MAP_LOOK_AGAIN_MS);
	assert_true(has(file, "bob"));
	assert_false(has(file, "alice"));
}

static void
an_old_map_stays_while_it_is_pinned_and_goes_after(void **state)
{
	struct map_file *file = new_file();
	struct map_pin pin = MAP_PIN_INIT;
	uint32_t ref;

	(void)state;
	publish_one("alice");
	assert_int_equal(map_file_pin(file, &pin), 0);
	assert_false(map_pin_is_old(&pin));
	publish_one("bob");
	assert_true(map_pin_is_old(&pin));
	assert_true(has(file, "bob"));
	assert_int_equal(map_file_mappings(file), 2);
	assert_int_equal(map_find_name(pin.map, MAP_ACCOUNT, "alice", 5, &ref),
	    0);
	map_pin_release(&pin);
	assert_int_equal(map_file_mappings(file), 1);
	map_pin_release(&pin);
}

static void
with_every_slot_pinned_the_last_map_serves_on(void **state)
{
	struct map_file *file = new_file();
	struct map_pin pins[MAP_SLOTS + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pins); i++) {
		publish_one(i % 2 == 0 ? "alice" : "bob");
		assert_int_equal(map_file_pin(file, &pins[i]), 0);
	}
	assert_int_equal(map_file_mappings(file), MAP_SLOTS);
	assert_true(pins[MAP_SLOTS].slot == pins[MAP_SLOTS - 1].slot);
	for (size_t i = 0; i < ARRAY_LEN(pins); i++)
		map_pin_release(&pins[i]);
	atomic_fetch_add(&clock_ms, MAP_LOOK_AGAIN_MS);
	assert_true(has(file, "alice"));
	assert_int_equal(map_file_mappings(file), 1);
}

static void
without_good_limits_nothing_is_served(void **state)
{
	static const struct {
		const char *label;
		const char *text; /* NULL: no file */
		mode_t mode;
		int error;
	} rows[] = {
		{ "no file", NULL, 0, -EACCES },
		{ "bad line", "uid 0-5\n", 0644, -EACCES },
		{ "half a line", "uid 5000-60", 0644, -EACCES },
		{ "others may write", "uid 5000-6000\n", 0666, -EPERM },
		{ "group may write", "uid 5000-6000\n", 0664, -EPERM },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct map_file *file = new_file();
		const char *path = test_path("limits");

		publish_one("alice");
		assert_true(has(file, "alice"));
		assert_int_equal(unlink(path), 0);
		if (rows[i].text != NULL) {
			test_write_file(path, rows[i].text,
			    strlen(rows[i].text));
			assert_int_equal(chmod(path, rows[i].mode), 0);
		}
		assert_int_equal(map_reread(test_path("map")), 0);
		if (pin_error(file) != rows[i].error)
			fail_msg("%s", rows[i].label);
		assert_int_equal(map_file_mappings(file), 0);
	}
}

static void
a_map_that_others_may_write_is_refused(void **state)
{
	static const mode_t modes[] = { 0664, 0646, 0666 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		struct map_file *file = new_file();

		publish_one("alice");
		assert_int_equal(chmod(test_path("map"), modes[i]), 0);
		assert_int_equal(pin_error(file), -EPERM);
	}
}

static void
a_map_in_a_folder_that_others_may_write_is_refused(void **state)
{
	struct map_file *file = new_file();

	(void)state;
	publish_one("alice");
	assert_int_equal(chmod(test_path(""), 0777), 0);
	assert_int_equal(pin_error(file), -EPERM);
	assert_int_equal(chmod(test_path(""), 0700), 0);
	atomic_fetch_add(&clock_ms, MAP_LOOK_AGAIN_MS);
	assert_true(has(file, "alice"));
}

static void
a_path_that_leads_nowhere_maps_nothing(void **state)
{
	static char path[PATH_MAX + 16];
	struct map_mapping mapping = MAP_MAPPING_INIT;

	(void)state;
	assert_int_equal(map_load("accounts.map", &mapping), -EINVAL);
	assert_int_equal(map_load("/nonexistent/accounts.map", &mapping),
	    -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[0] = path[sizeof(path) - 3] = '/';
	assert_int_equal(map_load(path, &mapping), -E2BIG);
	assert_null(mapping.data);
}

static void
a_bad_map_ends_the_use_of_the_good_one(void **state)
{
	struct map_file *file = new_file();

	(void)state;
	publish_one("alice");
	assert_true(has(file, "alice"));
	assert_int_equal(map_reread(test_path("map")), 0);
	assert_int_equal(unlink(test_path("map")), 0);
	test_write_file(test_path("map"), limits_text, sizeof(limits_text));
	assert_int_equal(pin_error(file), -EBADMSG);
	publish_one("bob");
	atomic_fetch_add(&clock_ms, MAP_LOOK_AGAIN_MS);
	assert_true(has(file, "bob"));
}

static void
short_of_memory_the_old_map_serves_on(void **state)
{
	struct map_file *file = new_file();

	(void)state;
	publish_one("alice");
	assert_true(has(file, "alice"));
	publish_one("bob");
	fail_mmap_at = 1;
	assert_true(has(file, "alice"));
	assert_true(has(file, "alice"));
	atomic_fetch_add(&clock_ms, MAP_LOOK_AGAIN_MS);
	assert_true(has(file, "bob"));
}

/*
 * The threads look while the map is replaced: whatever map they meet has either
 * "even" and all of the even set, or "odd".
 */
struct race {
	struct map_file *file;
	atomic_bool stop;
	atomic_ulong looks;
	atomic_ulong wrong;
};

static const char *const sets[2][3] = { { "even", "a2", "a4" },
	{ "odd", "a1", "a3" } };

static void
look_once(struct race *race)
{
	CLEANUP(map_pin_release) struct map_pin pin = MAP_PIN_INIT;
	char texts[MAP_ACCOUNT_TEXT_MAX];
	struct map_account account = { .name = "" };
	unsigned found[2] = { 0, 0 };
	uint32_t ref;

	if (map_file_pin(race->file, &pin) != 0) {
		atomic_fetch_add(&race->wrong, 1);
		return;
	}
	for (size_t set = 0; set < 2; set++)
		for (size_t i = 0; i < 3; i++) {
			const char *name = sets[set][i];

			if (map_find_name(pin.map, MAP_ACCOUNT, name,
				strlen(name), &ref) != 0)
				continue;
			if (map_read_account(pin.map, ref, texts, sizeof(texts),
				&account) == 0 &&
			    strcmp(account.name, name) == 0)
				found[set]++;
		}
	if (!((found[0] == 3 && found[1] == 0) ||
		(found[0] == 0 && found[1] == 3)))
		atomic_fetch_add(&race->wrong, 1);
	atomic_fetch_add(&race->looks, 1);
}

static void *
look_on(void *context)
{
	struct race *race = context;

	while (!atomic_load(&race->stop))
		look_once(race);
	return NULL;
}

static void
threads_never_see_half_a_map(void **state)
{
	struct race race = { .file = new_file() };
	pthread_t threads[4];

	(void)state;
	test_publish_names(test_path("map"), sets[0], TEST_UID, 3);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look_on,
				     &race),
		    0);
	for (unsigned i = 1; i <= 400; i++)
		test_publish_names(test_path("map"), sets[i % 2], TEST_UID, 3);
	atomic_store(&race.stop, true);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&race.wrong), 0);
	assert_true(atomic_load(&race.looks) > 0);
	/* It may have been replaced in the moment of each last look. */
	atomic_fetch_add(&clock_ms, MAP_LOOK_AGAIN_MS);
	assert_true(has(race.file, "even"));
	assert_true(map_file_mappings(race.file) <= 2);
}

/* All look for the first time at once: each gets the map. */
static void *
look_first(void *context)
{
	look_once(context);
	return NULL;
}

static void
first_looks_at_once_all_succeed(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 5; round++) {
		struct race race = { .file = new_file() };
		pthread_t threads[8];

		test_publish_names(test_path("map"), sets[0], TEST_UID, 3);
		for (size_t i = 0; i < ARRAY_LEN(threads); i++)
			assert_int_equal(pthread_create(&threads[i], NULL,
					     look_first, &race),
			    0);
		for (size_t i = 0; i < ARRAY_LEN(threads); i++)
			assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(atomic_load(&race.wrong), 0);
		assert_int_equal(atomic_load(&race.looks), ARRAY_LEN(threads));
	}
}

/* A child of a thread that is not the one replacing the map. */
static int
child_result(struct map_file *file)
{
	struct race race = { .file = file };
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		(void)alarm(20);
		for (unsigned i = 0; i < 3; i++)
			look_once(&race);
		test_publish_names(test_path("map"), sets[1], TEST_UID, 3);
		look_once(&race);
		_exit(atomic_load(&race.wrong) == 0 ? 0 : 1);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void
children_forked_during_replacement_go_on(void **state)
{
	struct race race = { .file = new_file() };
	pthread_t threads[3];

	(void)state;
	test_publish_names(test_path("map"), sets[0], TEST_UID, 3);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look_on,
				     &race),
		    0);
	for (unsigned i = 0; i < 60; i++) {
		test_publish_names(test_path("map"), sets[i % 2], TEST_UID, 3);
		assert_int_equal(child_result(race.file), 0);
	}
	atomic_store(&race.stop, true);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&race.wrong), 0);
}

/* The lock is held by a thread that the child does not have. */
static void
a_lock_held_at_fork_is_free_in_the_child(void **state)
{
	struct map_file *file = new_file();
	int status = 0;
	pid_t child;

	(void)state;
	publish_one("alice");
	assert_true(has(file, "alice"));
	publish_one("bob");
	atomic_store(&file->busy, true);
	assert_true(has(file, "alice"));
	child = fork();
	if (child == 0)
		_exit(has(file, "bob") ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	atomic_store(&file->busy, false);
	assert_true(has(file, "bob"));
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
		cmocka_unit_test(a_replaced_map_is_seen_by_the_next_look),
		cmocka_unit_test(a_map_replaced_while_it_is_opened_is_not_kept),
		cmocka_unit_test(
		    a_map_unmapped_before_it_is_pinned_is_left_alone),
		cmocka_unit_test(a_hit_opens_nothing),
		cmocka_unit_test(a_missing_map_is_looked_for_once_a_second),
		cmocka_unit_test(
		    a_map_that_stays_retired_costs_one_look_a_second),
		cmocka_unit_test(
		    a_writer_killed_half_way_is_noticed_within_a_second),
		cmocka_unit_test(
		    an_old_map_stays_while_it_is_pinned_and_goes_after),
		cmocka_unit_test(with_every_slot_pinned_the_last_map_serves_on),
		cmocka_unit_test(without_good_limits_nothing_is_served),
		cmocka_unit_test(a_map_that_others_may_write_is_refused),
		cmocka_unit_test(
		    a_map_in_a_folder_that_others_may_write_is_refused),
		cmocka_unit_test(a_path_that_leads_nowhere_maps_nothing),
		cmocka_unit_test(a_bad_map_ends_the_use_of_the_good_one),
		cmocka_unit_test(short_of_memory_the_old_map_serves_on),
		cmocka_unit_test(threads_never_see_half_a_map),
		cmocka_unit_test(first_looks_at_once_all_succeed),
		cmocka_unit_test(children_forked_during_replacement_go_on),
		cmocka_unit_test(a_lock_held_at_fork_is_free_in_the_child),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
