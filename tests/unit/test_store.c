/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/store.h"

#include "tests/unit/failing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[64];
static struct store *store;

/* ---- SQLite's own memory, failing with ours ------------------------- */

static sqlite3_mem_methods real_memory;

static void *
failing_sqlite_malloc(int size)
{
	return failing_now() ? NULL : real_memory.xMalloc(size);
}

static void *
failing_sqlite_realloc(void *block, int size)
{
	return failing_now() ? NULL : real_memory.xRealloc(block, size);
}

static int
set_memory(void **state)
{
	sqlite3_mem_methods memory;

	(void)state;
	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) != 0)
		return -1;
	memory = real_memory;
	memory.xMalloc = failing_sqlite_malloc;
	memory.xRealloc = failing_sqlite_realloc;
	return sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
}

/* ---- a folder for each test ------------------------------------------ */

static int
make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/test_store.XXXXXX");
	return mkdtemp(folder) == NULL;
}

static const char *
path_in(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int
remove_folder(void **state)
{
	static const char *const files[] = { "private/state.db",
		"private/state.db-wal", "private/state.db-shm", "private/lock",
		"other" };

	(void)state;
	store_close(&store);
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		(void)unlink(path_in(files[i]));
	(void)unlink(path_in("private"));
	(void)rmdir(path_in("private"));
	return rmdir(folder);
}

static int
open_store(void **state)
{
	return make_folder(state) != 0 || store_open(folder, &store) != 0;
}

/* ---- parts of transactions ------------------------------------------- */

static int
insert_fact(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = store_prepare(database,
	    "INSERT INTO facts (key, value) VALUES (?, 'x')", &insert);

	if (result != 0)
		return result;
	store_bind_text(insert, 1, context);
	return store_run(insert);
}

static int
insert_fact_and_fail(struct sqlite3 *database, void *context)
{
	assert_int_equal(insert_fact(database, context), 0);
	return -ECANCELED;
}

static int
count_facts(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *count = NULL;
	int64_t *out = context;
	int result =
	    store_prepare(database, "SELECT count(*) FROM facts", &count);

	if (result == 0)
		result = store_step(count);
	if (result < 0)
		return result;
	*out = store_int(count, 0);
	return 0;
}

static int64_t
facts(void)
{
	int64_t count = -1;

	assert_int_equal(store_read(store, count_facts, &count), 0);
	return count;
}

static int
read_synchronous(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *pragma = NULL;
	int64_t *out = context;

	if (store_prepare(database, "PRAGMA synchronous", &pragma) != 0 ||
	    store_step(pragma) != 1)
		return -EIO;
	*out = store_int(pragma, 0);
	return 0;
}

static char key_a[] = "a", key_b[] = "b", key_c[] = "c";

/* ---- tests ------------------------------------------------------------- */

static void
what_is_written_is_there_after_reopening(void **state)
{
	(void)state;
	assert_int_equal(store_write(store, insert_fact, key_a), 0);
	store_close(&store);
	assert_null(store);
	assert_int_equal(store_open(folder, &store), 0);
	assert_int_equal(facts(), 1);
}

static void
failed_part_rolls_all_of_it_back(void **state)
{
	(void)state;
	assert_int_equal(store_write(store, insert_fact_and_fail, key_a),
	    -ECANCELED);
	assert_int_equal(facts(), 0);
	assert_int_equal(store_write(store, insert_fact, key_a), 0);
	assert_int_equal(store_write(store, insert_fact, key_a), -EEXIST);
	assert_int_equal(facts(), 1);
}

static void
reading_cannot_write(void **state)
{
	(void)state;
	assert_true(store_read(store, insert_fact, key_a) < 0);
	assert_int_equal(facts(), 0);
}

static void
write_flushes_and_later_does_not(void **state)
{
	int64_t written = 0, later = 0;

	(void)state;
	assert_int_equal(store_write(store, read_synchronous, &written), 0);
	assert_int_equal(written, 2);
	assert_int_equal(store_later(store, read_synchronous, &later, NULL), 0);
	store_flush(store);
	assert_int_equal(later, 1);
}

static unsigned released;

static void
count_release(void *context)
{
	(void)context;
	released++;
}

static void
later_writes_in_order_and_releases_each(void **state)
{
	(void)state;
	released = 0;
	assert_int_equal(store_later(store, insert_fact, key_a, count_release),
	    0);
	assert_int_equal(store_later(store, insert_fact_and_fail, key_b,
			     count_release),
	    0);
	assert_int_equal(store_later(store, insert_fact, key_c, count_release),
	    0);
	store_flush(store);
	assert_int_equal(facts(), 2);
	assert_int_equal(released, 3);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int
wait_at_gate(struct sqlite3 *database, void *context)
{
	(void)database;
	(void)context;
	(void)pthread_mutex_lock(&gate);
	(void)pthread_mutex_unlock(&gate);
	return 0;
}

static void
full_queue_refuses_and_releases(void **state)
{
	unsigned taken = 0;
	int result;

	(void)state;
	released = 0;
	(void)pthread_mutex_lock(&gate);
	while ((result = store_later(store, wait_at_gate, NULL,
		    count_release)) == 0)
		assert_true(++taken < 100000);
	assert_int_equal(result, -EAGAIN);
	assert_int_equal(released, 1);
	assert_true(taken >= 1000);
	(void)pthread_mutex_unlock(&gate);
	store_flush(store);
	assert_int_equal(released, taken + 1);
}

static void
closing_writes_what_is_waiting(void **state)
{
	(void)state;
	(void)pthread_mutex_lock(&gate);
	assert_int_equal(store_later(store, wait_at_gate, NULL, NULL), 0);
	assert_int_equal(store_later(store, insert_fact, key_a, NULL), 0);
	(void)pthread_mutex_unlock(&gate);
	store_close(&store);
	assert_int_equal(store_open(folder, &store), 0);
	assert_int_equal(facts(), 1);
}

static int
read_inside_write(struct sqlite3 *database, void *context)
{
	assert_int_equal(insert_fact(database, key_a), 0);
	*(int64_t *)context = facts();
	return 0;
}

static void
reader_does_not_wait_for_a_writer(void **state)
{
	int64_t seen = -1;

	(void)state;
	assert_int_equal(store_write(store, read_inside_write, &seen), 0);
	assert_int_equal(seen, 0);
	assert_int_equal(facts(), 1);
}

static void
files_are_the_agents_alone(void **state)
{
	static const char *const files[] = { "private/state.db",
		"private/state.db-wal", "private/lock" };
	struct stat status;

	(void)state;
	assert_int_equal(store_write(store, insert_fact, key_a), 0);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		assert_int_equal(stat(path_in(files[i]), &status), 0);
		assert_int_equal(status.st_mode & 07777, 0600);
	}
	assert_int_equal(stat(path_in("private"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
}

static void
second_agent_is_refused(void **state)
{
	struct store *second = NULL;

	(void)state;
	assert_int_equal(store_open(folder, &second), -EBUSY);
	assert_null(second);
}

static void
loose_or_foreign_files_are_refused(void **state)
{
	(void)state;
	assert_int_equal(store_open(path_in("none"), &store), -ENOENT);
	assert_int_equal(mkdir(path_in("private"), 0750), 0);
	assert_int_equal(store_open(folder, &store), -EPERM);
	assert_int_equal(chmod(path_in("private"), 0700), 0);
	assert_int_equal(store_open(folder, &store), 0);
	store_close(&store);
	assert_int_equal(chmod(path_in("private/state.db"), 0640), 0);
	assert_int_equal(store_open(folder, &store), -EPERM);
	assert_int_equal(unlink(path_in("private/state.db")), 0);
	assert_int_equal(symlink("../other", path_in("private/state.db")), 0);
	assert_int_equal(store_open(folder, &store), -EPERM);
	assert_int_equal(access(path_in("other"), F_OK), -1);
	assert_int_equal(unlink(path_in("private/state.db")), 0);
	assert_int_equal(mkfifo(path_in("private/state.db"), 0600), 0);
	assert_int_equal(store_open(folder, &store), -EPERM);
}

static void
symlink_for_the_folder_is_refused(void **state)
{
	(void)state;
	assert_int_equal(symlink("/tmp", path_in("private")), 0);
	assert_int_equal(store_open(folder, &store), -EPERM);
}

static int
set_version(struct sqlite3 *database, void *context)
{
	(void)context;
	return store_script(database, "PRAGMA user_version = 1000");
}

static void
newer_schema_is_refused(void **state)
{
	(void)state;
	assert_int_equal(store_write(store, set_version, NULL), 0);
	store_close(&store);
	assert_int_equal(store_open(folder, &store), -EPROTONOSUPPORT);
}

static void
file_that_is_no_database_is_refused(void **state)
{
	FILE *file;

	(void)state;
	store_close(&store);
	(void)unlink(path_in("private/state.db-wal"));
	file = fopen(path_in("private/state.db"), "we");
	assert_non_null(file);
	for (unsigned i = 0; i < 1000; i++)
		assert_true(fputs("not a database\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(store_open(folder, &store), -EIO);
}

static void
statement_is_prepared_once(void **state)
{
	struct sqlite3_stmt *first = NULL, *again = NULL, *nested = NULL;
	struct sqlite3 *database = NULL;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
	assert_int_equal(store_prepare(database, "SELECT ?", &first), 0);
	store_bind_text(first, 1, "x");
	assert_int_equal(store_step(first), 1);
	assert_string_equal(store_text(first, 0), "x");
	/* One that is in use is not taken away. */
	assert_int_equal(store_prepare(database, "SELECT ?", &nested), 0);
	assert_ptr_not_equal(nested, first);
	again = first;
	store_done(&first);
	assert_null(first);
	store_done(&nested);
	assert_int_equal(store_prepare(database, "SELECT ?", &first), 0);
	assert_int_equal(store_step(first), 1);
	assert_null(store_text(first, 0));
	store_done(&first);
	assert_int_equal(store_prepare(database, "SELECT", &first), -EIO);
	(void)again;
	while ((again = sqlite3_next_stmt(database, NULL)) != NULL)
		(void)sqlite3_finalize(again);
	(void)sqlite3_close(database);
}

#define ROUNDS 50

static int
insert_numbered(struct sqlite3 *database, void *context)
{
	return insert_fact(database, context);
}

static void *
use_store(void *argument)
{
	const char *name = argument;

	for (unsigned i = 0; i < ROUNDS; i++) {
		char key[32];
		char *copy;

		(void)snprintf(key, sizeof(key), "%s%u", name, i);
		copy = strdup(key);
		if (copy == NULL ||
		    store_later(store, insert_numbered, copy, free) != 0)
			return argument;
		(void)snprintf(key, sizeof(key), "%s-%u", name, i);
		if (store_write(store, insert_fact, key) != 0 || facts() < 1)
			return argument;
	}
	return NULL;
}

static void
many_threads_share_a_store(void **state)
{
	static char names[][2] = { "a", "b", "c", "d" };
	pthread_t threads[ARRAY_LEN(names)];
	void *failed;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, use_store,
				     names[i]),
		    0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	store_flush(store);
	assert_int_equal(facts(), 2 * ROUNDS * ARRAY_LEN(names));
}

static void
memory_that_runs_out_anywhere_is_an_error_and_no_leak(void **state)
{
	int result = -1;
	unsigned n;

	(void)state;
	for (n = 1; n < 5000 && result != 0; n++) {
		failing_at = n;
		result = store_open(folder, &store);
		if (result == 0)
			result = store_write(store, insert_fact, key_a);
		failing_at = 0;
		if (result != 0)
			store_close(&store);
	}
	assert_int_equal(result, 0);
	assert_true(n > 50);
	assert_int_equal(facts(), 1);
}

static void
every_error_of_a_store_says_what_to_do(void **state)
{
	static const struct {
		int error;
		const char *advice;
	} rows[] = {
		{ -EIO, "stytchd(8)" },
		{ -ENOSPC, "make room" },
		{ -EBUSY, "end that one" },
		{ -EPERM, "0700" },
		{ -ENOENT, "make it" },
		{ -EPROTONOSUPPORT, "newer version" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strstr(store_strerror(rows[i].error), rows[i].advice) ==
		    NULL)
			fail_msg("%d: %s", rows[i].error,
			    store_strerror(rows[i].error));
	assert_string_equal(store_strerror(-ENOMEM), strerror(ENOMEM));
}

int
main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_written_is_there_after_reopening, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(failed_part_rolls_all_of_it_back, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(reading_cannot_write, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(write_flushes_and_later_does_not, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(later_writes_in_order_and_releases_each, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(full_queue_refuses_and_releases, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(closing_writes_what_is_waiting, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(reader_does_not_wait_for_a_writer, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(files_are_the_agents_alone, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(second_agent_is_refused, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(loose_or_foreign_files_are_refused, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(symlink_for_the_folder_is_refused, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(newer_schema_is_refused, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(file_that_is_no_database_is_refused, open_store, remove_folder),
		cmocka_unit_test(statement_is_prepared_once),
		cmocka_unit_test(every_error_of_a_store_says_what_to_do),
		cmocka_unit_test_setup_teardown(many_threads_share_a_store, open_store, remove_folder),
		cmocka_unit_test_setup_teardown(memory_that_runs_out_anywhere_is_an_error_and_no_leak, make_folder, remove_folder),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, set_memory, NULL);
}
