/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of an agent that keep something, over a host in a folder of its
 * own; what their state holds, as text; and that folder put back as it was.
 */
#ifndef TESTS_UNIT_STATE_FIXTURE_H
#define TESTS_UNIT_STATE_FIXTURE_H

#include "stytchd/burnt.h"
#include "stytchd/directory_internal.h"
#include "stytchd/logins.h"
#include "stytchd/throttle.h"
#include "tests/unit/failing_state.h"
#include "tests/unit/people_fixture.h"

#include <sqlite3.h>

/* ---- the parts of an agent that keep something ---------------------------- */

static struct keyring *keyring;
static struct directory *directory;
static struct throttle *throttle;
static struct burnt *burnt;
static struct logins *logins;

static inline int
open_parts(void)
{
	int result = store_open(host, &store);

	if (result == 0)
		result = keyring_open(host, &keyring);
	if (result == 0)
		result = throttle_open(store, keyring, &throttle);
	if (result == 0)
		result = burnt_open(store, keyring, &burnt);
	if (result == 0)
		result = directory_open_at(host, configuration, NULL, store,
		    &directory);
	if (result == 0)
		result = logins_open(store, keyring, NULL,
		    &configuration->stytch, &logins);
	return result;
}

static inline void
close_parts(void)
{
	logins_close(&logins);
	directory_close(&directory);
	burnt_close(&burnt);
	throttle_close(&throttle);
	store_close(&store);
	keyring_close(&keyring);
}

/* A configuration whose folders are the host's. */
static inline void
configure_host(const char *text)
{
	char whole[2048];

	(void)snprintf(whole, sizeof(whole),
	    "[stytch]\nstate_dir = %s\nruntime_dir = %s\n%s", host, host,
	    text + strlen("[stytch]\n"));
	configure(whole);
}

/* ---- what the state holds ------------------------------------------------- */

static inline void
dump_table(sqlite3 *database, const char *table, sqlite3_str *out)
{
	/* How the last sync ended is not of the state that it left. */
	char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"%s ORDER BY 1, 2",
	    table, strcmp(table, "facts") == 0 ? " WHERE key <> 'sync'" : "");
	sqlite3_stmt *select = NULL;

	assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &select, NULL),
	    SQLITE_OK);
	while (sqlite3_step(select) == SQLITE_ROW) {
		sqlite3_str_appendf(out, "%s:", table);
		for (int i = 0; i < sqlite3_column_count(select); i++) {
			/* What is sealed differs each time; ids are random. */
			const char *name = sqlite3_column_name(select, i);

			if (strcmp(name, "token") == 0 ||
			    (strcmp(table, "logins") == 0 &&
				strcmp(name, "id") == 0))
				continue;
			sqlite3_str_appendf(out, " %s",
			    sqlite3_column_text(select, i));
		}
		sqlite3_str_appendf(out, "\n");
	}
	assert_int_equal(sqlite3_finalize(select), SQLITE_OK);
	sqlite3_free(sql);
}

static inline void
check_whole(sqlite3 *database)
{
	sqlite3_stmt *check = NULL;

	assert_int_equal(sqlite3_prepare_v2(database, "PRAGMA integrity_check",
			     -1, &check, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(check), SQLITE_ROW);
	assert_string_equal(sqlite3_column_text(check, 0), "ok");
	assert_int_equal(sqlite3_finalize(check), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(database,
			     "PRAGMA foreign_key_check", -1, &check, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(check), SQLITE_DONE);
	assert_int_equal(sqlite3_finalize(check), SQLITE_OK);
}

/* Every row of every table as text, checked; to be freed by sqlite3_free(). */
static inline char *
dump(void)
{
	sqlite3 *database = NULL;
	sqlite3_stmt *tables = NULL;
	sqlite3_str *out;

	assert_int_equal(sqlite3_open_v2(host_path("/private/state.db"),
			     &database, SQLITE_OPEN_READWRITE, NULL),
	    SQLITE_OK);
	check_whole(database);
	out = sqlite3_str_new(database);
	assert_int_equal(sqlite3_prepare_v2(database,
			     "SELECT name FROM sqlite_master"
			     " WHERE type = 'table' ORDER BY name",
			     -1, &tables, NULL),
	    SQLITE_OK);
	while (sqlite3_step(tables) == SQLITE_ROW)
		dump_table(database,
		    (const char *)sqlite3_column_text(tables, 0), out);
	assert_int_equal(sqlite3_finalize(tables), SQLITE_OK);
	sqlite3_str_appendf(out, ".");
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
	return sqlite3_str_finish(out);
}

/* ---- a host, made once and put back for each try ------------------------- */

static const char *const kept[] = { "/private/state.db", "/private/seal.key",
	"/accounts.map", "/accounts.new.map", "/boot" };
static struct {
	char *data;
	size_t len;
} contents[ARRAY_LEN(kept)];

static inline void
forget_host(void)
{
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		free(contents[i].data);
		contents[i].data = NULL;
	}
}

static inline void
keep_host(void)
{
	forget_host();
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		FILE *file = fopen(host_path(kept[i]), "re");

		if (file == NULL)
			continue;
		contents[i].data = malloc(1 << 20);
		assert_non_null(contents[i].data);
		contents[i].len = fread(contents[i].data, 1, 1 << 20, file);
		assert_true(contents[i].len < 1 << 20);
		assert_int_equal(fclose(file), 0);
	}
}

static inline void
put_host_back(void)
{
	static const char *const beside[] = { "/private/state.db-wal",
		"/private/state.db-shm", "/private/seal.key.new",
		"/accounts.map.tmp", "/accounts.new.map.tmp" };

	state_forget_files();
	for (size_t i = 0; i < ARRAY_LEN(beside); i++)
		(void)remove(host_path(beside[i]));
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		FILE *file;

		(void)remove(host_path(kept[i]));
		if (contents[i].data == NULL)
			continue;
		file = fopen(host_path(kept[i]), "we");
		assert_non_null(file);
		assert_int_equal(fwrite(contents[i].data, 1, contents[i].len,
				     file),
		    contents[i].len);
		assert_int_equal(fclose(file), 0);
		if (strncmp(kept[i], "/private", 8) == 0)
			assert_int_equal(chmod(host_path(kept[i]), 0600), 0);
	}
}

#endif
