/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk that fails: the n-th reading, writing, flushing, opening or deleting
 * does, for n up (by larger steps the larger it is) until none is left to
 * fail.  Each answer is a success or a 500, and what was not answered with
 * success did not happen.
 */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fails_at; /* 0: never; n: the n-th operation from now */
static int fails_with;
static sqlite3_vfs *disk;

/* A kind of file (the database locks, its log does not). */
static struct kind {
	sqlite3_io_methods failing; /* what a file of it has: comes first */
	const sqlite3_io_methods *real;
} kinds[4];

static bool
fails(void)
{
	return fails_at > 0 && --fails_at == 0;
}

static const sqlite3_io_methods *
real(const sqlite3_file *file)
{
	return ((const struct kind *)(const void *)file->pMethods)->real;
}

static int
failing_read(sqlite3_file *file, void *out, int len, sqlite3_int64 offset)
{
	return fails() ? SQLITE_IOERR_READ
		       : real(file)->xRead(file, out, len, offset);
}

static int
failing_write(sqlite3_file *file, const void *bytes, int len,
    sqlite3_int64 offset)
{
	return fails() ? fails_with
		       : real(file)->xWrite(file, bytes, len, offset);
}

static int
failing_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return fails() ? SQLITE_IOERR_TRUNCATE
		       : real(file)->xTruncate(file, size);
}

static int
failing_sync(sqlite3_file *file, int flags)
{
	return fails() ? SQLITE_IOERR_FSYNC : real(file)->xSync(file, flags);
}

static int
failing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
    int *out_flags)
{
	struct kind *kind = kinds;
	int code;

	(void)vfs;
	if (fails()) {
		file->pMethods = NULL;
		return SQLITE_CANTOPEN;
	}
	code = disk->xOpen(disk, name, file, flags, out_flags);
	if (code != SQLITE_OK)
		return code;
	while (kind->real != NULL && kind->real != file->pMethods)
		kind++;
	assert_true(kind < kinds + ARRAY_LEN(kinds));
	kind->real = file->pMethods;
	kind->failing = *file->pMethods;
	kind->failing.xRead = failing_read;
	kind->failing.xWrite = failing_write;
	kind->failing.xTruncate = failing_truncate;
	kind->failing.xSync = failing_sync;
	file->pMethods = &kind->failing;
	return SQLITE_OK;
}

static int
failing_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	return fails() ? SQLITE_IOERR_DELETE : disk->xDelete(disk, name, sync);
}

/* ---- The sandbox on it. ---- */

struct world {
	char folder[64];
	char db[96];
	struct sandbox *sandbox;
};

static int
open_sandbox(struct world *world)
{
	const struct sandbox_options options = {
		.db = world->db,
		.base_url = "http://127.0.0.1:1",
	};

	return sandbox_new(&options, &world->sandbox);
}

static void
remove_files(struct world *world)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s%s", world->db, ends[i]);
		(void)unlink(path);
	}
}

/* The status of an answer; what fails is counted from here. */
static int
status_of(struct world *world, int n, const char *method, const char *target,
    const char *body)
{
	const struct project *project =
	    sandbox_project(world->sandbox, VERTICAL_CONSUMER);
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	CLEANUP(buf_clear) struct buf pair = BUF_INIT(1024);
	CLEANUP(buf_clear) struct buf header = BUF_INIT(1024);
	struct http_request http = {
		.method = method,
		.target = target,
		.body = body,
		.body_len = body != NULL ? strlen(body) : 0,
	};

	buf_addf(&pair, "%s:%s", project->id, project->secret);
	buf_adds(&header, "Basic ");
	base64_add(&header, buf_text(&pair), pair.len);
	http.authorization = buf_text(&header);
	fails_at = n;
	sandbox_handle(world->sandbox, &http, &reply);
	return reply.status;
}

/* Make user number n while the n-th operation fails; whether one did. */
static bool
make_user_failing(struct world *world, int n, int *out_status)
{
	char body[256], target[64];
	bool failed;

	(void)snprintf(body, sizeof(body),
	    "{\"email\":\"u%d@example.com\",\"external_id\":\"u%d\"}", n, n);
	(void)snprintf(target, sizeof(target), "/v1/users/u%d", n);
	*out_status = status_of(world, n, "POST", "/v1/users", body);
	failed = fails_at == 0;
	assert_true(*out_status == 201 || *out_status == 500);
	assert_int_equal(status_of(world, 0, "GET", target, NULL),
	    *out_status == 201 ? 200 : 404);
	return failed;
}

static void
what_the_disk_refused_did_not_happen(struct world *world)
{
	int refused = 0, status = 0, n;
	char target[64];

	assert_int_equal(open_sandbox(world), 0);
	for (n = 1; make_user_failing(world, n, &status); n++)
		refused += status == 500;
	assert_int_equal(status, 201);
	assert_true(n > 4 && refused > 2);
	/* The same, from the file. */
	sandbox_free(&world->sandbox);
	assert_int_equal(open_sandbox(world), 0);
	(void)snprintf(target, sizeof(target), "/v1/users/u%d", n);
	assert_int_equal(status_of(world, 0, "GET", target, NULL), 200);
	assert_int_equal(status_of(world, 0, "GET", "/v1/users/u1", NULL), 404);
}

static void
what_a_broken_disk_refused_did_not_happen(void **state)
{
	fails_with = SQLITE_IOERR_WRITE;
	what_the_disk_refused_did_not_happen(*state);
}

static void
what_a_full_disk_refused_did_not_happen(void **state)
{
	fails_with = SQLITE_FULL;
	what_the_disk_refused_did_not_happen(*state);
}

static void
a_login_the_disk_refused_leaves_the_code_good(void **state)
{
	struct world *world = *state;
	int n = 0, status;

	fails_with = SQLITE_IOERR_WRITE;
	assert_int_equal(open_sandbox(world), 0);
	assert_int_equal(status_of(world, 0, "POST", "/v1/users",
			     "{\"email\":\"a@example.com\"}"),
	    201);
	do {
		CLEANUP(json_free)
		cJSON *sent = consumer(world->sandbox, "POST",
		    "/v1/otps/email/send", "{\"email\":\"a@example.com\"}");
		CLEANUP(json_free)
		cJSON *mail = last_message(world->sandbox, "a@example.com");
		char body[256];

		(void)snprintf(body, sizeof(body),
		    "{\"method_id\":\"%s\",\"code\":\"%s\"}",
		    text_at(sent, "email_id"), text_at(mail, "code"));
		status = status_of(world, ++n, "POST", "/v1/otps/authenticate",
		    body);
		assert_true(status == 200 || status == 500);
		if (status == 500)
			assert_int_equal(status_of(world, 0, "POST",
					     "/v1/otps/authenticate", body),
			    200);
	} while (fails_at == 0 || status == 500);
	fails_at = 0;
	assert_true(n > 2);
}

static void
a_server_opens_its_file_or_says_why_not(void **state)
{
	struct world *world = *state;
	int n, rc = -EIO;

	fails_with = SQLITE_IOERR_WRITE;
	for (n = 1; n < 10000; n += 1 + n / 8) {
		remove_files(world);
		fails_at = n;
		rc = open_sandbox(world);
		if (fails_at > 0)
			break;
		assert_true((rc == 0) == (world->sandbox != NULL));
		assert_true(rc == 0 || rc == -EIO || rc == -EACCES);
		sandbox_free(&world->sandbox);
	}
	fails_at = 0;
	assert_int_equal(rc, 0);
	assert_true(n > 20);
}

static void
a_file_that_is_no_database_is_refused(void **state)
{
	struct world *world = *state;
	FILE *file = fopen(world->db, "w");
	char line[64];

	assert_non_null(file);
	for (int i = 0; i < 100; i++)
		assert_true(
		    fputs("This is a letter, not a database.\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(open_sandbox(world), -EBADF);
	/* And left as it is. */
	file = fopen(world->db, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "This is a letter, not a database.\n");
	assert_int_equal(fclose(file), 0);
}

/* A power cut takes nothing back: each commit is flushed. */
static void
a_commit_is_flushed_before_it_is_answered(void **state)
{
	struct world *world = *state;
	struct store *store;

	assert_int_equal(open_sandbox(world), 0);
	store = sandbox_store(world->sandbox);
	store_begin(store);
	assert_int_equal(store_int(store, -1, "PRAGMA synchronous", ""), 2);
	{
		CLEANUP(query_close) struct query query = QUERY_INIT;

		query_open(&query, store, "PRAGMA journal_mode", "");
		assert_true(query_next(&query));
		assert_string_equal(query_text(&query, 0), "wal");
	}
	assert_int_equal(store_end(store, false), 0);
}

static int
prepare(void **state)
{
	static sqlite3_vfs failing;

	(void)state;
	disk = sqlite3_vfs_find(NULL);
	if (disk == NULL)
		return -1;
	failing = *disk;
	failing.zName = "failing";
	failing.xOpen = failing_open;
	failing.xDelete = failing_delete;
	return sqlite3_vfs_register(&failing, 1) == SQLITE_OK ? 0 : -1;
}

static int
setup(void **state)
{
	static struct world world;

	memcpy(world.folder, "/tmp/sandboxXXXXXX", 19);
	if (mkdtemp(world.folder) == NULL)
		return -1;
	(void)snprintf(world.db, sizeof(world.db), "%s/db", world.folder);
	fails_at = 0;
	*state = &world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	sandbox_free(&world->sandbox);
	remove_files(world);
	return rmdir(world->folder);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_broken_disk_refused_did_not_happen),
		TEST(what_a_full_disk_refused_did_not_happen),
		TEST(a_login_the_disk_refused_leaves_the_code_good),
		TEST(a_server_opens_its_file_or_says_why_not),
		TEST(a_file_that_is_no_database_is_refused),
		TEST(a_commit_is_flushed_before_it_is_answered),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
