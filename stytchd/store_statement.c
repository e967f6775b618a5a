/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements: SQLite's codes as errnos, and a cache that SQLite itself keeps. */
#include "config.h"

#include "stytchd/store.h"
#include "stytchd/store_internal.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

int
store_error(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	default:
		return -EIO;
	}
}

const char *
store_strerror(int error)
{
	switch (error) {
	case -EIO:
		return "the disk fails, or the file is damaged: see the"
		       " kernel's log, and State in stytchd(8)";
	case -ENOSPC:
		return "no space left: make room in state_dir";
	case -EBUSY:
		return "in use by another process: end that one";
	case -EPERM:
		return "not the agent's alone: give it owner and mode"
		       " (0700, its files 0600)";
	case -ENOENT:
		return "state_dir is not there: make it, of the agent's user";
	case -EPROTONOSUPPORT:
		return "written by a newer version: install that one again";
	default:
		return strerror(-error);
	}
}

int
store_prepare(struct sqlite3 *database, const char *sql,
    struct sqlite3_stmt **out_statement)
{
	struct sqlite3_stmt *one;

	for (one = sqlite3_next_stmt(database, NULL); one != NULL;
	     one = sqlite3_next_stmt(database, one))
		if (!sqlite3_stmt_busy(one) &&
		    strcmp(sqlite3_sql(one), sql) == 0) {
			(void)sqlite3_reset(one);
			*out_statement = one;
			return 0;
		}
	return store_error(sqlite3_prepare_v3(database, sql, -1,
	    SQLITE_PREPARE_PERSISTENT, out_statement, NULL));
}

void
store_done(struct sqlite3_stmt **statement)
{
	if (*statement != NULL) {
		(void)sqlite3_reset(*statement);
		(void)sqlite3_clear_bindings(*statement);
	}
	*statement = NULL;
}

/* A bind that fails leaves NULL there; NOT NULL or the answer shows it. */
void
store_bind_text(struct sqlite3_stmt *statement, int nth, const char *text)
{
	(void)sqlite3_bind_text(statement, nth, text, -1, SQLITE_STATIC);
}

void
store_bind_int(struct sqlite3_stmt *statement, int nth, int64_t value)
{
	(void)sqlite3_bind_int64(statement, nth, value);
}

void
store_bind_blob(struct sqlite3_stmt *statement, int nth, const void *data,
    size_t len)
{
	(void)sqlite3_bind_blob64(statement, nth, data, len, SQLITE_STATIC);
}

/*
 * A text may need memory to be handed out, and then be NULL as if the column
 * were.  What was handed out once stays for the row.
 */
static bool
has_texts(struct sqlite3_stmt *statement)
{
	for (int i = 0; i < sqlite3_column_count(statement); i++)
		if (sqlite3_column_type(statement, i) == SQLITE_TEXT &&
		    sqlite3_column_text(statement, i) == NULL)
			return false;
	return true;
}

int
store_step(struct sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return has_texts(statement) ? 1 : -ENOMEM;
	return store_error(code);
}

int
store_run(struct sqlite3_stmt *statement)
{
	int result = store_step(statement);

	(void)sqlite3_reset(statement);
	return result < 0 ? result : 0;
}

const char *
store_text(struct sqlite3_stmt *statement, int nth)
{
	return (const char *)sqlite3_column_text(statement, nth);
}

int64_t
store_int(struct sqlite3_stmt *statement, int nth)
{
	return sqlite3_column_int64(statement, nth);
}

const void *
store_blob(struct sqlite3_stmt *statement, int nth, size_t *out_len)
{
	const void *bytes = sqlite3_column_blob(statement, nth);

	*out_len =
	    bytes == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, nth);
	return bytes;
}

int
store_script(struct sqlite3 *database, const char *sql)
{
	return store_error(sqlite3_exec(database, sql, NULL, NULL, NULL));
}
