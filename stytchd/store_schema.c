/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every table of the state.  A version is a script that brings the one before
 * it up; a script that has been released is never changed.
 */
#include "config.h"

#include "stytchd/store_schema.h"

#include "common/buf.h"
#include "stytchd/store.h"

#include <errno.h>
#include <stdint.h>

/*
 * Directory.  ids and names are the ledger: rows are added, never given to
 * another owner.  An owner is the Stytch id of a person, or KIND:ID of a
 * group.
 */
static const char directory_1[] =
    "CREATE TABLE ids (id INTEGER PRIMARY KEY, owner TEXT NOT NULL UNIQUE,"
    " given INTEGER NOT NULL) STRICT;"
    "CREATE TABLE names (name TEXT PRIMARY KEY, owner TEXT NOT NULL,"
    " given INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX names_owner ON names (owner);"
    "CREATE TABLE persons (identity TEXT PRIMARY KEY,"
    " seen INTEGER NOT NULL, person TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE accounts (identity TEXT PRIMARY KEY REFERENCES persons,"
    " name TEXT NOT NULL UNIQUE, uid INTEGER NOT NULL UNIQUE,"
    " gecos TEXT NOT NULL, home TEXT NOT NULL, shell TEXT NOT NULL,"
    /* added: when it came (back), counted up from 1 over all accounts. */
    " gone INTEGER NOT NULL, added INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX accounts_added ON accounts (added);"
    "CREATE TABLE groups (owner TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " gid INTEGER NOT NULL UNIQUE) STRICT, WITHOUT ROWID;"
    /* owner: of a group, or local:NAME for a granted group of this host. */
    "CREATE TABLE memberships (identity TEXT NOT NULL, owner TEXT NOT NULL,"
    " PRIMARY KEY (identity, owner)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX memberships_owner ON memberships (owner);"
    /* slug: as it was first seen; group names are made of it. */
    "CREATE TABLE organizations (organization TEXT PRIMARY KEY,"
    " slug TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    /* What an admin should know of an owner: refused names, pins that wait. */
    "CREATE TABLE findings (owner TEXT NOT NULL, what TEXT NOT NULL,"
    " detail TEXT NOT NULL, PRIMARY KEY (owner, what)) STRICT,"
    " WITHOUT ROWID;"
    "CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;";

/*
 * Login.  throttle: counts by kind (throttle_rows.h); burnt: digests of codes
 * that were used; logins: open sessions, and such as are to be revoked.
 */
static const char login_1[] =
    "CREATE TABLE throttle (kind INTEGER NOT NULL, subject TEXT NOT NULL,"
    " count INTEGER NOT NULL, first_at INTEGER NOT NULL,"
    " last_at INTEGER NOT NULL, PRIMARY KEY (kind, subject))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX throttle_age ON throttle (kind, last_at);"
    "CREATE TABLE burnt (digest TEXT PRIMARY KEY, until INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE logins (id TEXT PRIMARY KEY, identity TEXT NOT NULL,"
    " service TEXT NOT NULL, closing INTEGER NOT NULL, owns INTEGER NOT NULL,"
    " opened_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,"
    " boot TEXT NOT NULL, pid INTEGER NOT NULL, start INTEGER NOT NULL,"
    " session_id TEXT NOT NULL, token BLOB) STRICT, WITHOUT ROWID;"
    "CREATE INDEX logins_identity ON logins (identity);"
    "CREATE INDEX logins_closing ON logins (closing) WHERE closing = 1;";

static const char *const versions[][2] = {
	{ directory_1, login_1 },
};

static int
read_version(struct sqlite3 *database, int64_t *out_version)
{
	CLEANUP(store_done) struct sqlite3_stmt *statement = NULL;
	int result = store_prepare(database, "PRAGMA user_version", &statement);

	if (result == 0)
		result = store_step(statement);
	if (result < 0)
		return result;
	*out_version = result == 0 ? 0 : store_int(statement, 0);
	return 0;
}

static int
run_version(struct sqlite3 *database, size_t version)
{
	CLEANUP(buf_clear) struct buf script = BUF_INIT(64);

	for (size_t i = 0; i < ARRAY_LEN(versions[0]); i++) {
		const char *part = versions[version][i];
		int result = part == NULL ? 0 : store_script(database, part);

		if (result != 0)
			return result;
	}
	buf_addf(&script, "PRAGMA user_version = %zu", version + 1);
	if (buf_error(&script) != 0)
		return buf_error(&script);
	return store_script(database, buf_text(&script));
}

int
store_schema_upgrade(struct sqlite3 *database)
{
	int64_t version = 0;
	int result = store_script(database, "BEGIN IMMEDIATE");

	if (result != 0)
		return result;
	result = read_version(database, &version);
	if (result == 0 &&
	    (version < 0 || version > (int64_t)ARRAY_LEN(versions)))
		result = -EPROTONOSUPPORT;
	for (size_t i = (size_t)version; result == 0 && i < ARRAY_LEN(versions);
	     i++)
		result = run_version(database, i);
	if (result == 0)
		return store_script(database, "COMMIT");
	/* What failed is the news; a failed rollback ends with the handle. */
	if (store_script(database, "ROLLBACK") != 0)
		return result;
	return result;
}
