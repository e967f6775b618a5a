/* SPDX-License-Identifier: BSD-2-Clause */
/* Single values of the state; see facts.h. */
#include "config.h"

#include "stytchd/facts.h"

#include "stytchd/store.h"

int
facts_is(struct sqlite3 *database, const char *key, const char *value)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT 1 FROM facts WHERE key = ? AND value = ?", &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, key);
	store_bind_text(select, 2, value);
	return store_step(select);
}

int
facts_set(struct sqlite3 *database, const char *key, const char *value)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = store_prepare(database,
	    "INSERT OR REPLACE INTO facts (key, value) VALUES (?, ?)", &insert);

	if (result != 0)
		return result;
	store_bind_text(insert, 1, key);
	store_bind_text(insert, 2, value);
	return store_run(insert);
}
