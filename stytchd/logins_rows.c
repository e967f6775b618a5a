/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of open sessions; see logins_rows.h. */
#include "config.h"

#include "stytchd/logins_rows.h"

#include <errno.h>
#include <string.h>

static int
write_row(struct sqlite3 *database, void *context)
{
	const struct login_row *row = context;
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = store_prepare(database,
	    "INSERT OR REPLACE INTO logins (id, identity, service, closing,"
	    " owns, opened_at, expires_at, boot, pid, start, session_id,"
	    " token) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    &insert);

	if (result != 0)
		return result;
	store_bind_text(insert, 1, row->id);
	store_bind_text(insert, 2, row->identity);
	store_bind_text(insert, 3, row->service);
	store_bind_int(insert, 4, row->is_closing);
	store_bind_int(insert, 5, row->owns_session);
	store_bind_int(insert, 6, store_now());
	store_bind_int(insert, 7, row->expires_at);
	store_bind_text(insert, 8, row->boot);
	store_bind_int(insert, 9, row->process.pid);
	store_bind_int(insert, 10, (int64_t)row->process.start);
	store_bind_text(insert, 11, row->session_id);
	if (row->token.len > 0)
		store_bind_blob(insert, 12, row->token.bytes, row->token.len);
	return store_run(insert);
}

int
logins_rows_put(struct store *store, const struct login_row *row)
{
	struct login_row *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return -ENOMEM;
	*copy = *row;
	return store_later(store, write_row, copy, free);
}

static int
run_with_text(struct sqlite3 *database, const char *sql, const char *text)
{
	CLEANUP(store_done) struct sqlite3_stmt *statement = NULL;
	int result = store_prepare(database, sql, &statement);

	if (result != 0)
		return result;
	store_bind_text(statement, 1, text);
	return store_run(statement);
}

static int
close_row(struct sqlite3 *database, void *context)
{
	return run_with_text(database,
	    "UPDATE logins SET closing = 1 WHERE id = ?", context);
}

static int
close_identity(struct sqlite3 *database, void *context)
{
	return run_with_text(database,
	    "UPDATE logins SET closing = 1 WHERE identity = ?", context);
}

static int
close_boot(struct sqlite3 *database, void *context)
{
	return run_with_text(database,
	    "UPDATE logins SET closing = 1 WHERE boot <> ?", context);
}

static int
close_gone(struct sqlite3 *database, void *context)
{
	(void)context;
	return store_script(database,
	    "UPDATE logins SET closing = 1 WHERE closing = 0 AND EXISTS"
	    " (SELECT 1 FROM accounts"
	    " WHERE accounts.identity = logins.identity AND gone = 1)");
}

static int
drop_row(struct sqlite3 *database, void *context)
{
	return run_with_text(database, "DELETE FROM logins WHERE id = ?",
	    context);
}

/* What is lost here is found again by the sweep. */
static void
queue(struct store *store, store_function *function, const char *text)
{
	char *copy = strdup(text);

	if (copy != NULL)
		(void)!store_later(store, function, copy, free);
}

void
logins_rows_close(struct store *store, const char *id)
{
	queue(store, close_row, id);
}

void
logins_rows_close_identity(struct store *store, const char *identity)
{
	queue(store, close_identity, identity);
}

int
logins_rows_close_boot(struct store *store, const char *boot)
{
	char copy[BOOT_SIZE];

	memcpy(copy, boot, sizeof(copy));
	return store_write(store, close_boot, copy);
}

int
logins_rows_close_gone(struct store *store)
{
	return store_write_unflushed(store, close_gone, NULL);
}

void
logins_rows_drop(struct store *store, const char *id)
{
	queue(store, drop_row, id);
}

static void
copy_text(struct sqlite3_stmt *select, int nth, char *out, size_t size)
{
	const char *text = store_text(select, nth);
	size_t len = text == NULL ? 0 : strnlen(text, size - 1);

	if (len > 0)
		memcpy(out, text, len);
	out[len] = '\0';
}

#define COLUMNS \
	"id, identity, service, closing, owns, expires_at, boot, pid, start," \
	" session_id, token"

static void
read_row(struct sqlite3_stmt *select, struct login_row *row)
{
	const void *token;
	size_t len = 0;

	memset(row, 0, sizeof(*row));
	copy_text(select, 0, row->id, sizeof(row->id));
	copy_text(select, 1, row->identity, sizeof(row->identity));
	copy_text(select, 2, row->service, sizeof(row->service));
	row->is_closing = store_int(select, 3) != 0;
	row->owns_session = store_int(select, 4) != 0;
	row->expires_at = store_int(select, 5);
	copy_text(select, 6, row->boot, sizeof(row->boot));
	row->process.pid = (pid_t)store_int(select, 7);
	row->process.start = (uint64_t)store_int(select, 8);
	copy_text(select, 9, row->session_id, sizeof(row->session_id));
	token = store_blob(select, 10, &len);
	if (token != NULL && len <= sizeof(row->token.bytes)) {
		memcpy(row->token.bytes, token, len);
		row->token.len = len;
	}
}

struct finding {
	const char *identity;
	int64_t until;
	struct login_row *row;
};

static int
find_row(struct sqlite3 *database, void *context)
{
	struct finding *finding = context;
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT " COLUMNS " FROM logins WHERE identity = ?"
	    " AND closing = 0 AND owns = 1 AND expires_at >= ?"
	    " ORDER BY opened_at DESC, id LIMIT 1",
	    &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, finding->identity);
	store_bind_int(select, 2, finding->until);
	result = store_step(select);
	if (result != 1)
		return result == 0 ? -ENOENT : result;
	read_row(select, finding->row);
	return 0;
}

int
logins_rows_find(struct store *store, const char *identity, int64_t until,
    struct login_row *out_row)
{
	struct finding finding = { identity, until, out_row };

	return store_read(store, find_row, &finding);
}

struct listing {
	bool closing;
	const char *after;
	struct login_row *rows;
	int max;
	int count;
};

static int
list_rows(struct sqlite3 *database, void *context)
{
	struct listing *listing = context;
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT " COLUMNS " FROM logins WHERE closing = ? AND id > ?"
	    " ORDER BY id LIMIT ?",
	    &select);

	if (result != 0)
		return result;
	store_bind_int(select, 1, listing->closing);
	store_bind_text(select, 2, listing->after);
	store_bind_int(select, 3, listing->max);
	while (
	    (result = store_step(select)) == 1 && listing->count < listing->max)
		read_row(select, &listing->rows[listing->count++]);
	return result < 0 ? result : 0;
}

int
logins_rows_list(struct store *store, bool closing, const char *after,
    struct login_row *rows, int max)
{
	struct listing listing = { closing, after, rows, max, 0 };
	int result = store_read(store, list_rows, &listing);

	return result < 0 ? result : listing.count;
}

static int
count_rows(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT count(*) FROM logins WHERE owns = 1", &select);

	if (result == 0)
		result = store_step(select);
	if (result != 1)
		return result == 0 ? -EIO : result;
	*(int *)context = (int)store_int(select, 0);
	return 0;
}

int
logins_rows_number(struct store *store)
{
	int count = 0;
	int result = store_read(store, count_rows, &count);

	return result != 0 ? result : count;
}
