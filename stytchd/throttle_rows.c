/* SPDX-License-Identifier: BSD-2-Clause */
/* The throttle's table; see throttle_rows.h. */
#include "config.h"

#include "stytchd/throttle_rows.h"

#include <errno.h>
#include <string.h>

#define DAY 86400

/* clang-format off */
static const struct {
	const char *name;
	int64_t rows_max;	/* strangers can make these rows */
} kinds[] = {
	[THROTTLE_IDENTITY] = { "identity", 1 << 20 },
	[THROTTLE_NAME]     = { "name",     1 << 14 },
	[THROTTLE_RHOST]    = { "rhost",    1 << 14 },
	[THROTTLE_TEXTS]    = { "",         1 << 20 },
	[THROTTLE_SENT]     = { "",         1 << 20 },
};
/* clang-format on */

const char *
throttle_kind_name(enum throttle_kind kind)
{
	return kinds[kind].name;
}

struct key {
	enum throttle_kind kind;
	const char *subject;
	const char *source;
	int64_t since;
	struct throttle_count count;
};

static int
read_count(struct sqlite3 *database, void *context)
{
	struct key *key = context;
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT count, last_at FROM throttle"
	    " WHERE kind = ? AND subject = ? AND last_at >= ?",
	    &select);

	if (result != 0)
		return result;
	store_bind_int(select, 1, key->kind);
	store_bind_text(select, 2, key->subject);
	store_bind_int(select, 3, key->since);
	result = store_step(select);
	if (result == 1) {
		key->count.count = store_int(select, 0);
		key->count.last_at = store_int(select, 1);
	}
	return result < 0 ? result : 0;
}

int
throttle_rows_count(struct store *store, enum throttle_kind kind,
    const char *subject, int64_t since, int64_t *out_count)
{
	struct key key = { .kind = kind, .subject = subject, .since = since };
	int error = store_read(store, read_count, &key);

	if (error == 0)
		*out_count = key.count.count;
	return error;
}

/* Add one to a count that begins anew where its last was before since. */
static int
add_one(struct sqlite3 *database, enum throttle_kind kind, const char *subject,
    int64_t since)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = store_prepare(database,
	    "INSERT INTO throttle (kind, subject, count, first_at, last_at)"
	    " VALUES (?1, ?2, 1, ?3, ?3)"
	    " ON CONFLICT (kind, subject) DO UPDATE SET"
	    " count = CASE WHEN last_at < ?4 THEN 1 ELSE count + 1 END,"
	    " first_at = CASE WHEN last_at < ?4 THEN ?3 ELSE first_at END,"
	    " last_at = ?3",
	    &insert);

	if (result != 0)
		return result;
	store_bind_int(insert, 1, kind);
	store_bind_text(insert, 2, subject);
	store_bind_int(insert, 3, store_now());
	store_bind_int(insert, 4, since);
	return store_run(insert);
}

static int
drop_oldest(struct sqlite3 *database, enum throttle_kind kind)
{
	CLEANUP(store_done) struct sqlite3_stmt *drop = NULL;
	int result = store_prepare(database,
	    "DELETE FROM throttle WHERE kind = ?1 AND subject IN"
	    " (SELECT subject FROM throttle WHERE kind = ?1"
	    "  ORDER BY last_at DESC LIMIT -1 OFFSET ?2)",
	    &drop);

	if (result != 0)
		return result;
	store_bind_int(drop, 1, kind);
	store_bind_int(drop, 2, kinds[kind].rows_max);
	return store_run(drop);
}

static int
write_failure(struct sqlite3 *database, void *context)
{
	struct key *key = context;
	int error = add_one(database, key->kind, key->subject, key->since);

	if (error == 0)
		error = drop_oldest(database, key->kind);
	if (error == 0 && key->source != NULL)
		error =
		    add_one(database, THROTTLE_RHOST, key->source, key->since);
	if (error == 0 && key->source != NULL)
		error = drop_oldest(database, THROTTLE_RHOST);
	return error;
}

int
throttle_rows_fail(struct store *store, enum throttle_kind kind,
    const char *subject, const char *source, int64_t since)
{
	struct key key = { .kind = kind,
		.subject = subject,
		.source = source,
		.since = since };

	return store_write(store, write_failure, &key);
}

/* The texts of a day are counted from the first one on. */
static int
may_text(struct sqlite3 *database, struct throttle_message *message)
{
	CLEANUP(store_done) struct sqlite3_stmt *old = NULL;
	struct key texts = { .kind = THROTTLE_TEXTS,
		.subject = message->texts_identity };
	int result = store_prepare(database,
	    "DELETE FROM throttle"
	    " WHERE kind = ? AND subject = ? AND first_at <= ?",
	    &old);

	if (result != 0)
		return result;
	store_bind_int(old, 1, THROTTLE_TEXTS);
	store_bind_text(old, 2, message->texts_identity);
	store_bind_int(old, 3, message->now - DAY);
	result = store_run(old);
	if (result == 0)
		result = read_count(database, &texts);
	if (result == 0 && texts.count.count >= message->texts_max)
		message->sending = THROTTLE_HELD;
	else if (result == 0)
		result = add_one(database, THROTTLE_TEXTS,
		    message->texts_identity, 0);
	return result;
}

static int
write_sent(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *insert = NULL;
	int result = store_prepare(database,
	    "INSERT OR REPLACE INTO throttle"
	    " (kind, subject, count, first_at, last_at)"
	    " VALUES (?1, ?2, 1, ?3, ?3)",
	    &insert);

	if (result != 0)
		return result;
	store_bind_int(insert, 1, THROTTLE_SENT);
	store_bind_text(insert, 2, context);
	store_bind_int(insert, 3, store_now());
	return store_run(insert);
}

static int
write_message(struct sqlite3 *database, void *context)
{
	struct throttle_message *message = context;
	struct key sent = { .kind = THROTTLE_SENT,
		.subject = message->key,
		.since = message->now - message->resend_after + 1 };
	int error = read_count(database, &sent);

	message->sending = THROTTLE_SEND;
	message->sent_at = message->now;
	/* A clock that was set back does not keep a code alive for years. */
	if (error == 0 && sent.count.count > 0 &&
	    sent.count.last_at <= message->now) {
		message->sending = THROTTLE_LIVE;
		message->sent_at = sent.count.last_at;
		return 0;
	}
	if (error == 0 && message->texts_identity != NULL)
		error = may_text(database, message);
	if (error == 0 && message->sending == THROTTLE_SEND)
		error = write_sent(database, message->key);
	return error;
}

int
throttle_rows_send(struct store *store, struct throttle_message *message)
{
	return store_write(store, write_message, message);
}

/* The work of a queued write: what it needs, in one block. */
struct later {
	enum throttle_kind kind;
	char subject[THROTTLE_KEY_SIZE];
};

static int
forget_row(struct sqlite3 *database, void *context)
{
	const struct later *later = context;
	CLEANUP(store_done) struct sqlite3_stmt *drop = NULL;
	int result = store_prepare(database,
	    "DELETE FROM throttle WHERE kind = ? AND subject = ?", &drop);

	if (result != 0)
		return result;
	store_bind_int(drop, 1, later->kind);
	store_bind_text(drop, 2, later->subject);
	return store_run(drop);
}

static int
sent_row(struct sqlite3 *database, void *context)
{
	struct later *later = context;

	return write_sent(database, later->subject);
}

static void
queue(struct store *store, store_function *function, enum throttle_kind kind,
    const char *subject)
{
	struct later *later = calloc(1, sizeof(*later));
	size_t len = strlen(subject);

	/* Not done: somebody waits a little longer than he would have to. */
	if (later == NULL || len >= sizeof(later->subject)) {
		free(later);
		return;
	}
	later->kind = kind;
	memcpy(later->subject, subject, len + 1);
	(void)!store_later(store, function, later, free);
}

void
throttle_rows_sent_later(struct store *store, const char *key)
{
	queue(store, sent_row, THROTTLE_SENT, key);
}

void
throttle_rows_forget_later(struct store *store, enum throttle_kind kind,
    const char *subject)
{
	queue(store, forget_row, kind, subject);
}

struct listing {
	int64_t since;
	bool (*row)(void *context, enum throttle_kind kind, const char *subject,
	    const struct throttle_count *count);
	void *context;
};

static int
read_each(struct sqlite3 *database, void *context)
{
	struct listing *listing = context;
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT kind, subject, count, last_at FROM throttle"
	    " WHERE kind BETWEEN ? AND ? AND last_at >= ?"
	    " ORDER BY kind, subject",
	    &select);

	if (result != 0)
		return result;
	store_bind_int(select, 1, THROTTLE_IDENTITY);
	store_bind_int(select, 2, THROTTLE_RHOST);
	store_bind_int(select, 3, listing->since);
	while ((result = store_step(select)) == 1) {
		struct throttle_count count = {
			.count = store_int(select, 2),
			.last_at = store_int(select, 3),
		};

		if (!listing->row(listing->context,
			(enum throttle_kind)store_int(select, 0),
			store_text(select, 1), &count))
			return 0;
	}
	return result;
}

int
throttle_rows_each(struct store *store, int64_t since,
    bool (*row)(void *context, enum throttle_kind kind, const char *subject,
	const struct throttle_count *count),
    void *context)
{
	struct listing listing = { since, row, context };

	return store_read(store, read_each, &listing);
}

struct clearing {
	const char *subject;
	const char *digest;
	int64_t gone;
};

static int
write_clear(struct sqlite3 *database, void *context)
{
	struct clearing *clearing = context;
	CLEANUP(store_done) struct sqlite3_stmt *drop = NULL;
	int result = store_prepare(database,
	    "DELETE FROM throttle WHERE kind BETWEEN ?1 AND ?2"
	    " AND (?3 = '' OR subject = ?3 OR subject = ?4) RETURNING 1",
	    &drop);

	if (result != 0)
		return result;
	store_bind_int(drop, 1, THROTTLE_IDENTITY);
	store_bind_int(drop, 2, THROTTLE_RHOST);
	store_bind_text(drop, 3,
	    clearing->subject == NULL ? "" : clearing->subject);
	store_bind_text(drop, 4, clearing->digest);
	clearing->gone = 0;
	while ((result = store_step(drop)) == 1)
		clearing->gone++;
	return result;
}

int
throttle_rows_clear(struct store *store, const char *subject,
    const char *digest)
{
	struct clearing clearing = { subject, digest, 0 };
	int error = store_write(store, write_clear, &clearing);

	return error != 0 ? error : (int)clearing.gone;
}
