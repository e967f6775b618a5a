/* SPDX-License-Identifier: BSD-2-Clause */
/* A sync's pages, put down until all are there; see staging.h. */
#include "config.h"

#include "stytchd/staging.h"

#include "stytchd/store.h"

#include <errno.h>
#include <sqlite3.h>

struct staging {
	struct sqlite3 *database;
	int64_t last;
};

void
staging_close(struct staging **staging)
{
	struct staging *closed = *staging;
	struct sqlite3_stmt *one;

	*staging = NULL;
	if (closed == NULL)
		return;
	while (closed->database != NULL &&
	    (one = sqlite3_next_stmt(closed->database, NULL)) != NULL)
		(void)sqlite3_finalize(one);
	(void)sqlite3_close(closed->database);
	free(closed);
}

int
staging_open(int64_t last, struct staging **out_staging)
{
	CLEANUP(staging_close)
	struct staging *staging = calloc(1, sizeof(*staging));
	int result;

	if (staging == NULL)
		return -ENOMEM;
	staging->last = last;
	/* An empty name: a file that SQLite makes, unlinks and spills to. */
	if (sqlite3_open_v2("", &staging->database,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK)
		return -EIO;
	result = store_script(staging->database,
	    "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY;"
	    "PRAGMA cache_size = -32768;"
	    "CREATE TABLE persons (n INTEGER PRIMARY KEY,"
	    " identity TEXT NOT NULL UNIQUE, person TEXT NOT NULL) STRICT;"
	    "CREATE TABLE organizations (n INTEGER PRIMARY KEY,"
	    " organization TEXT NOT NULL UNIQUE, slug TEXT NOT NULL) STRICT;"
	    "CREATE TABLE changes (n INTEGER PRIMARY KEY,"
	    " change INTEGER NOT NULL, name TEXT, identity TEXT NOT NULL)"
	    " STRICT;");
	if (result == 0)
		*out_staging = STEAL(staging);
	return result;
}

int64_t
staging_last(const struct staging *staging)
{
	return staging->last;
}

int
staging_begin(struct staging *staging)
{
	return store_script(staging->database, "BEGIN");
}

int
staging_end(struct staging *staging, bool keep)
{
	return store_script(staging->database, keep ? "COMMIT" : "ROLLBACK");
}

int
staging_add_person(struct staging *staging, const struct person *person)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	CLEANUP(string_free) char *json = NULL;
	int result = person_format(person, &json);

	if (result == 0)
		result = store_prepare(staging->database,
		    "INSERT INTO persons (identity, person) VALUES (?, ?)"
		    " ON CONFLICT (identity) DO UPDATE"
		    " SET person = excluded.person",
		    &insert);
	if (result != 0)
		return result;
	store_bind_text(insert, 1, person->identity);
	store_bind_text(insert, 2, json);
	return store_run(insert);
}

int
staging_has_person(struct staging *staging, const char *identity)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(staging->database,
	    "SELECT 1 FROM persons WHERE identity = ?", &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, identity);
	return store_step(select);
}

int
staging_add_organization(struct staging *staging, const char *organization,
    const char *slug)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = store_prepare(staging->database,
	    "INSERT INTO organizations (organization, slug) VALUES (?, ?)"
	    " ON CONFLICT DO NOTHING",
	    &insert);

	if (result != 0)
		return result;
	store_bind_text(insert, 1, organization);
	store_bind_text(insert, 2, slug);
	return store_run(insert);
}

int
staging_add_change(struct staging *staging, int change, const char *name,
    const char *identity)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = store_prepare(staging->database,
	    "INSERT INTO changes (change, name, identity) VALUES (?, ?, ?)",
	    &insert);

	if (result != 0)
		return result;
	store_bind_int(insert, 1, change);
	store_bind_text(insert, 2, name);
	store_bind_text(insert, 3, identity);
	return store_run(insert);
}

int
staging_each_person(struct staging *staging,
    int (*each)(void *context, const struct person *person), void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(staging->database,
	    "SELECT person FROM persons ORDER BY n", &select);

	while (result == 0 && (result = store_step(select)) == 1) {
		CLEANUP(person_free) struct person *person = NULL;

		result = person_read(store_text(select, 0), &person);
		if (result == 0)
			result = each(context, person);
	}
	return result;
}

int
staging_each_organization(struct staging *staging,
    int (*each)(void *context, const char *organization, const char *slug),
    void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(staging->database,
	    "SELECT organization, slug FROM organizations ORDER BY n", &select);

	while (result == 0 && (result = store_step(select)) == 1)
		result =
		    each(context, store_text(select, 0), store_text(select, 1));
	return result;
}

int
staging_each_change(struct staging *staging,
    int (*each)(void *context, int change, const char *name,
	const char *identity),
    void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(staging->database,
	    "SELECT change, name, identity FROM changes ORDER BY n", &select);

	while (result == 0 && (result = store_step(select)) == 1)
		result = each(context, (int)store_int(select, 0),
		    store_text(select, 1), store_text(select, 2));
	return result;
}
