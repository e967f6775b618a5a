/* SPDX-License-Identifier: BSD-2-Clause */
/* What an admin should know of an owner; see findings.h. */
#include "config.h"

#include "stytchd/findings.h"

#include "stytchd/store.h"

int
findings_forget(struct sqlite3 *database, const char *owner)
{
	CLEANUP(store_done) struct sqlite3_stmt *statement = NULL;
	int result = store_prepare(database,
	    "DELETE FROM findings WHERE owner = ?", &statement);

	if (result != 0)
		return result;
	store_bind_text(statement, 1, owner);
	return store_run(statement);
}

int
findings_add(struct sqlite3 *database, const char *owner, const char *what,
    const char *detail)
{
	CLEANUP(store_done) struct sqlite3_stmt *statement = NULL;
	int result = store_prepare(database,
	    "INSERT OR REPLACE INTO findings (owner, what, detail)"
	    " VALUES (?, ?, ?)",
	    &statement);

	if (result != 0)
		return result;
	store_bind_text(statement, 1, owner);
	store_bind_text(statement, 2, what);
	store_bind_text(statement, 3, detail);
	return store_run(statement);
}
