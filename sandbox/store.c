/* SPDX-License-Identifier: BSD-2-Clause */
/* The database: transactions, statements that are kept prepared, rows. */
#include "config.h"

#include "sandbox/store.h"

#include "common/buf.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATEMENTS 512 /* kept prepared; further ones are not kept */

struct store {
	sqlite3 *db;
	pthread_mutex_t mutex;
	int error;
	bool wal;
	size_t statement_count;
	struct {
		const char *sql; /* the literal itself */
		sqlite3_stmt *statement;
	} statements[STATEMENTS];
};

static int
errno_of(int sqlite_code)
{
	switch (sqlite_code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return -EACCES;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return -EBADF;
	default:
		return -EIO;
	}
}

static int
run_all(sqlite3 *db, const char *const *statements)
{
	int code = SQLITE_OK;

	for (; *statements != NULL && code == SQLITE_OK; statements++)
		code = sqlite3_exec(db, *statements, NULL, NULL, NULL);
	return code;
}

static int
prepare_tables(sqlite3 *db)
{
	static const char pragmas[] = "PRAGMA journal_mode = WAL;"
				      "PRAGMA synchronous = FULL;"
				      "PRAGMA foreign_keys = ON;"
				      "PRAGMA secure_delete = ON;"
				      "BEGIN IMMEDIATE;";
	int code = sqlite3_exec(db, pragmas, NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code = run_all(db, store_schema);
	if (code == SQLITE_OK)
		code = run_all(db, store_schema_b2b);
	if (code == SQLITE_OK)
		code = run_all(db, store_schema_apps);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	return errno_of(code);
}

/*
 * First come, first served.  An ordinary mutex lets who comes along while the
 * one it woke is not yet running slip in before it, and under load some wait
 * for many turns; one that inherits priority is handed over in the kernel.
 */
static int
make_mutex(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attributes;
	int error = pthread_mutexattr_init(&attributes);

	if (error != 0)
		return -error;
	error =
	    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	if (error == 0)
		error = pthread_mutex_init(mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return -error;
}

int
store_open(const char *path, struct store **out_store)
{
	CLEANUP(store_free) struct store *store = calloc(1, sizeof(*store));
	int rc;

	if (store == NULL)
		return -ENOMEM;
	if (make_mutex(&store->mutex) != 0) {
		free(STEAL(store));
		return -ENOMEM;
	}
	rc = errno_of(sqlite3_open_v2(path, &store->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL));
	if (rc == 0)
		rc = errno_of(sqlite3_busy_timeout(store->db, 2000));
	if (rc == 0)
		rc = prepare_tables(store->db);
	if (rc == 0)
		*out_store = STEAL(store);
	return rc;
}

void
store_free(struct store **store)
{
	if (*store == NULL)
		return;
	for (size_t i = 0; i < (*store)->statement_count; i++)
		sqlite3_finalize((*store)->statements[i].statement);
	sqlite3_close((*store)->db);
	pthread_mutex_destroy(&(*store)->mutex);
	free(STEAL(*store));
}

void
store_fail(struct store *store, int error)
{
	if (store->error == 0)
		store->error = error;
}

int
store_error(const struct store *store)
{
	return store->error;
}

void
store_begin(struct store *store)
{
	pthread_mutex_lock(&store->mutex);
	store->error = 0;
	store_run(store, "BEGIN IMMEDIATE", "");
}

int
store_end(struct store *store, bool commit)
{
	int error;

	if (commit && store->error == 0)
		store_run(store, "COMMIT", "");
	error = store->error;
	if (sqlite3_get_autocommit(store->db) == 0) {
		store->error = 0;
		store_run(store, "ROLLBACK", "");
	}
	pthread_mutex_unlock(&store->mutex);
	return error;
}

void
store_undo(struct store *store)
{
	store->error = 0;
	if (sqlite3_get_autocommit(store->db) == 0)
		store_run(store, "ROLLBACK", "");
	store_run(store, "BEGIN IMMEDIATE", "");
}

/* The kept statement of that text that nobody is using. */
static sqlite3_stmt *
kept_statement(struct store *store, const char *sql)
{
	for (size_t i = 0; i < store->statement_count; i++) {
		if (store->statements[i].sql == sql &&
		    sqlite3_stmt_busy(store->statements[i].statement) == 0)
			return store->statements[i].statement;
	}
	return NULL;
}

static bool
is_kept(const struct store *store, const sqlite3_stmt *statement)
{
	for (size_t i = 0; i < store->statement_count; i++) {
		if (store->statements[i].statement == statement)
			return true;
	}
	return false;
}

static sqlite3_stmt *
prepare(struct store *store, const char *sql)
{
	sqlite3_stmt *statement;

	if (store->error != 0)
		return NULL;
	statement = kept_statement(store, sql);
	if (statement != NULL)
		return statement;
	store_fail(store,
	    errno_of(sqlite3_prepare_v3(store->db, sql, -1,
		SQLITE_PREPARE_PERSISTENT, &statement, NULL)));
	if (store->error != 0)
		return NULL;
	if (store->statement_count < STATEMENTS) {
		store->statements[store->statement_count].sql = sql;
		store->statements[store->statement_count].statement = statement;
		store->statement_count++;
	}
	return statement;
}

static void
release(struct store *store, sqlite3_stmt *statement)
{
	if (statement == NULL)
		return;
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	if (!is_kept(store, statement))
		sqlite3_finalize(statement);
}

static void
bind(struct store *store, sqlite3_stmt *statement, const char *types,
    va_list values)
{
	for (int i = 0; statement != NULL && types[i] != '\0'; i++) {
		int code;

		if (types[i] == 's')
			code = sqlite3_bind_text(statement, i + 1,
			    va_arg(values, const char *), -1, SQLITE_TRANSIENT);
		else if (types[i] == 'i')
			code = sqlite3_bind_int64(statement, i + 1,
			    va_arg(values, int64_t));
		else
			code = sqlite3_bind_int(statement, i + 1,
			    va_arg(values, int));
		store_fail(store, errno_of(code));
	}
}

/* Take one step; whether there is a row. */
static bool
step(struct store *store, sqlite3_stmt *statement)
{
	int code;

	if (statement == NULL || store->error != 0)
		return false;
	code = sqlite3_step(statement);
	store_fail(store, errno_of(code));
	return code == SQLITE_ROW;
}

void
store_run(struct store *store, const char *sql, const char *types, ...)
{
	sqlite3_stmt *statement = prepare(store, sql);
	va_list values;

	va_start(values, types);
	bind(store, statement, types, values);
	va_end(values);
	while (step(store, statement))
		continue;
	release(store, statement);
}

int
store_changes(const struct store *store)
{
	return sqlite3_changes(store->db);
}

static void
open_with(struct query *query, struct store *store, const char *sql,
    const char *types, va_list values)
{
	query->store = store;
	query->statement = prepare(store, sql);
	bind(store, query->statement, types, values);
}

void
query_open(struct query *query, struct store *store, const char *sql,
    const char *types, ...)
{
	va_list values;

	va_start(values, types);
	open_with(query, store, sql, types, values);
	va_end(values);
}

void
query_open_values(struct query *query, struct store *store, const char *sql,
    const cJSON *values)
{
	const cJSON *value;
	int number = 0;

	query->store = store;
	query->statement = NULL;
	if (store->error != 0)
		return;
	store_fail(store,
	    errno_of(sqlite3_prepare_v2(store->db, sql, -1, &query->statement,
		NULL)));
	cJSON_ArrayForEach (value, values) {
		int code;

		number++;
		if (cJSON_IsString(value))
			code = sqlite3_bind_text(query->statement, number,
			    value->valuestring, -1, SQLITE_TRANSIENT);
		else
			code = sqlite3_bind_int64(query->statement, number,
			    (sqlite3_int64)value->valuedouble);
		store_fail(store, errno_of(code));
	}
}

bool
query_next(struct query *query)
{
	return step(query->store, query->statement);
}

const char *
query_text(struct query *query, int column)
{
	const unsigned char *text =
	    sqlite3_column_text(query->statement, column);

	return text != NULL ? (const char *)text : "";
}

int64_t
query_int(struct query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

bool
query_is_null(struct query *query, int column)
{
	return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

void
query_copy(struct query *query, int column, char *out, size_t size)
{
	const char *text = query_text(query, column);
	size_t len = strnlen(text, size - 1);

	memcpy(out, text, len);
	out[len] = '\0';
}

void
query_close(struct query *query)
{
	if (query->statement != NULL)
		release(query->store, query->statement);
	query->statement = NULL;
}

int64_t
store_int(struct store *store, int64_t fallback, const char *sql,
    const char *types, ...)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	va_list values;

	va_start(values, types);
	open_with(&query, store, sql, types, values);
	va_end(values);
	return query_next(&query) ? query_int(&query, 0) : fallback;
}

/* DELETE statements for every table but those that outlive a reset. */
static void
add_deletes(struct store *store, struct buf *sql)
{
	CLEANUP(query_close) struct query tables = QUERY_INIT;

	query_open(&tables, store,
	    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name "
	    "NOT IN ('projects', 'jwks', 'clock') AND name NOT LIKE "
	    "'sqlite_%'",
	    "");
	while (query_next(&tables))
		buf_addf(sql, "DELETE FROM \"%s\";", query_text(&tables, 0));
}

void
store_clear(struct store *store)
{
	CLEANUP(buf_clear) struct buf sql = BUF_INIT(16384);

	store_run(store, "PRAGMA defer_foreign_keys = ON", "");
	add_deletes(store, &sql);
	store_fail(store, buf_error(&sql));
	if (store->error == 0)
		store_fail(store,
		    errno_of(sqlite3_exec(store->db, buf_text(&sql), NULL, NULL,
			NULL)));
}
