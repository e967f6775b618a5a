/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox's state: one SQLite database, used by one request at a time.
 * Statements need no check: the first failure sticks until the transaction
 * ends, and then it is rolled back and the request answered with an error.
 * SQL is a literal, unless a function says otherwise: prepared statements are
 * kept by its address.
 */
#ifndef SANDBOX_STORE_H
#define SANDBOX_STORE_H

#include "common/attr.h"

#include <cjson/cJSON.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

struct store;

/*
 * Open or make the database at path (":memory:": none on disk) with every
 * table.  Returns 0 or a negative errno; *out_store is freed with store_free().
 */
int store_open(const char *path, struct store **out_store) MUST_CHECK;
/* Close, free, set to NULL. */
void store_free(struct store **store);

/*
 * Wait until nobody else uses the store, and begin a transaction.
 * store_end() ends it, with commit or without, and lets the next one in;
 * it returns 0 once what was committed is on disk, or the first failure as a
 * negative errno, and then nothing was changed.
 */
void store_begin(struct store *store);
int store_end(struct store *store, bool commit) MUST_CHECK;

/* Undo what was done since store_begin(), but stay in the transaction. */
void store_undo(struct store *store);

/* 0, or the first failure since store_begin() as a negative errno. */
int store_error(const struct store *store) MUST_CHECK;
/* Make a failure stick that is not the database's. */
void store_fail(struct store *store, int error);

/*
 * Run one statement.  types has a letter for each value: s const char * (NULL
 * is NULL), i int64_t, d int.  Example:
 * store_run(store, "DELETE FROM users WHERE user_id = ?", "s", id);
 */
void store_run(struct store *store, const char *sql, const char *types, ...);

/* How many rows the last store_run() changed. */
int store_changes(const struct store *store);

/* A statement that gives rows. */
struct query {
	struct store *store;
	sqlite3_stmt *statement; /* NULL: failed */
};

#define QUERY_INIT \
	{ \
		.store = NULL, .statement = NULL \
	}

/* Begin; end with query_close(), also after a failure. */
void query_open(struct query *query, struct store *store, const char *sql,
    const char *types, ...);
/*
 * The same with SQL that is no literal, and values (strings and numbers) from
 * a JSON array.
 */
void query_open_values(struct query *query, struct store *store,
    const char *sql, const cJSON *values);
/* Whether there is a (next) row. */
bool query_next(struct query *query) MUST_CHECK;
/* A column of the row: "" for NULL, until the next call on this query. */
const char *query_text(struct query *query, int column);
int64_t query_int(struct query *query, int column);
bool query_is_null(struct query *query, int column);
/* Copy a column of text into out, cut at size - 1. */
void query_copy(struct query *query, int column, char *out, size_t size);
void query_close(struct query *query);

/* The first column of the first row, or fallback where there is none. */
int64_t store_int(struct store *store, int64_t fallback, const char *sql,
    const char *types, ...);

/* Remove every row of every table but the projects, keys and the clock. */
void store_clear(struct store *store);

/* Every table, as statements; NULL ends it (schema.c, schema_b2b.c,
 * schema_apps.c). */
extern const char *const store_schema[];
extern const char *const store_schema_b2b[];
extern const char *const store_schema_apps[];

#endif
