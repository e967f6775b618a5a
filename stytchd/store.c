/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state's connections: one that flushes, one of the writer thread that
 * does not, and a pool of readers.  See store.h.
 */
#include "config.h"

#include "stytchd/store.h"

#include "common/log.h"
#include "stytchd/store_internal.h"
#include "stytchd/store_schema.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#define QUEUE_MAX 4096
#define READERS_KEPT 8
#define BUSY_MS 5000

/*
 * A sync writes in the order of ids, which are random: what does not fit here
 * goes to the disk and back for every row.  Used only as far as needed.
 */
#define WIDE_CACHE "PRAGMA cache_size = -65536;"

struct later {
	store_function *function;
	void *context;
	void (*release)(void *context);
	struct later *next;
};

struct store {
	char *path;
	int lock;

	/* One writer at a time; a reader never waits (WAL). */
	pthread_mutex_t write_lock;
	struct sqlite3 *flushed;   /* synchronous=FULL */
	struct sqlite3 *unflushed; /* synchronous=NORMAL */

	pthread_mutex_t readers_lock;
	struct sqlite3 *readers[READERS_KEPT];
	size_t reader_count;

	pthread_mutex_t queue_lock;
	pthread_cond_t queue_changed;
	struct later *first, **last;
	uint64_t queued, written; /* numbers of jobs ever */
	bool closing;
	bool has_writer;
	pthread_t writer;
};

int64_t
store_now(void)
{
	return (int64_t)time(NULL);
}

static void
connection_close(struct sqlite3 **database)
{
	struct sqlite3_stmt *one;

	if (*database == NULL)
		return;
	while ((one = sqlite3_next_stmt(*database, NULL)) != NULL)
		(void)sqlite3_finalize(one);
	(void)sqlite3_close(*database);
	*database = NULL;
}

static int
connection_open(const char *path, const char *settings,
    struct sqlite3 **out_database)
{
	CLEANUP(connection_close) struct sqlite3 *database = NULL;
	int result = store_error(sqlite3_open_v2(path, &database,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE,
	    NULL));

	if (result != 0)
		return result;
	(void)sqlite3_busy_timeout(database, BUSY_MS);
	(void)sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	result = store_script(database,
	    "PRAGMA journal_mode = WAL; PRAGMA trusted_schema = OFF;"
	    "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;");
	if (result == 0)
		result = store_script(database, settings);
	if (result == 0)
		*out_database = STEAL(database);
	return result;
}

/*
 * A rollback needs memory and may fail; while it is owed, the connection can
 * neither begin anew nor let others write.
 */
static bool
roll_back(struct sqlite3 *database)
{
	if (sqlite3_get_autocommit(database) != 0)
		return true;
	if (store_script(database, "ROLLBACK") == 0 ||
	    sqlite3_get_autocommit(database) != 0)
		return true;
	log_error("state: cannot roll back yet: %s", sqlite3_errmsg(database));
	return false;
}

/* Run one transaction; what it left undone is rolled back. */
static int
transact(struct sqlite3 *database, const char *begin, store_function *function,
    void *context)
{
	int result = store_script(database, begin);

	if (result != 0)
		return result;
	result = function(database, context);
	if (result == 0)
		result = store_script(database, "COMMIT");
	if (result != 0)
		(void)roll_back(database);
	return result;
}

/* Write by one of the two writing connections. */
static int
write_by(struct store *store, struct sqlite3 *database,
    store_function *function, void *context)
{
	int result = -EIO;

	(void)pthread_mutex_lock(&store->write_lock);
	if (roll_back(store->flushed) && roll_back(store->unflushed))
		result =
		    transact(database, "BEGIN IMMEDIATE", function, context);
	(void)pthread_mutex_unlock(&store->write_lock);
	return result;
}

int
store_write(struct store *store, store_function *function, void *context)
{
	return write_by(store, store->flushed, function, context);
}

int
store_write_unflushed(struct store *store, store_function *function,
    void *context)
{
	return write_by(store, store->unflushed, function, context);
}

/* A reader out of the pool, or a new one. */
static int
take_reader(struct store *store, struct sqlite3 **out_database)
{
	struct sqlite3 *database = NULL;

	(void)pthread_mutex_lock(&store->readers_lock);
	if (store->reader_count > 0)
		database = store->readers[--store->reader_count];
	(void)pthread_mutex_unlock(&store->readers_lock);
	if (database == NULL)
		return connection_open(store->path, "PRAGMA query_only = ON",
		    out_database);
	*out_database = database;
	return 0;
}

static void
give_reader(struct store *store, struct sqlite3 **database)
{
	bool is_idle = roll_back(*database);

	(void)pthread_mutex_lock(&store->readers_lock);
	if (is_idle && store->reader_count < READERS_KEPT)
		store->readers[store->reader_count++] = STEAL(*database);
	(void)pthread_mutex_unlock(&store->readers_lock);
	connection_close(database);
}

int
store_read(struct store *store, store_function *function, void *context)
{
	struct sqlite3 *database = NULL;
	int result = take_reader(store, &database);

	if (result != 0)
		return result;
	result = transact(database, "BEGIN", function, context);
	give_reader(store, &database);
	return result;
}

static void
later_free(struct later **later)
{
	if (*later != NULL && (*later)->release != NULL)
		(*later)->release((*later)->context);
	free(*later);
	*later = NULL;
}

int
store_later(struct store *store, store_function *function, void *context,
    void (*release)(void *context))
{
	CLEANUP(later_free) struct later *later = calloc(1, sizeof(*later));
	int result = 0;

	if (later == NULL) {
		if (release != NULL)
			release(context);
		return -ENOMEM;
	}
	*later = (struct later){ function, context, release, NULL };
	(void)pthread_mutex_lock(&store->queue_lock);
	if (store->queued - store->written >= QUEUE_MAX || store->closing) {
		result = -EAGAIN;
	} else {
		*store->last = later;
		store->last = &STEAL(later)->next;
		store->queued++;
		(void)pthread_cond_broadcast(&store->queue_changed);
	}
	(void)pthread_mutex_unlock(&store->queue_lock);
	return result;
}

void
store_flush(struct store *store)
{
	uint64_t until;

	(void)pthread_mutex_lock(&store->queue_lock);
	until = store->queued;
	while (store->written < until)
		(void)pthread_cond_wait(&store->queue_changed,
		    &store->queue_lock);
	(void)pthread_mutex_unlock(&store->queue_lock);
}

/* The next job, or NULL where the store closes and all is written. */
static struct later *
take_later(struct store *store)
{
	struct later *later;

	(void)pthread_mutex_lock(&store->queue_lock);
	while (store->first == NULL && !store->closing)
		(void)pthread_cond_wait(&store->queue_changed,
		    &store->queue_lock);
	later = store->first;
	if (later != NULL) {
		store->first = later->next;
		if (store->first == NULL)
			store->last = &store->first;
	}
	(void)pthread_mutex_unlock(&store->queue_lock);
	return later;
}

static void *
write_queue(void *argument)
{
	struct store *store = argument;
	struct later *later;

	while ((later = take_later(store)) != NULL) {
		int result = store_write_unflushed(store, later->function,
		    later->context);

		if (result != 0)
			log_warning("state: a write was lost: %s",
			    store_strerror(result));
		later_free(&later);
		(void)pthread_mutex_lock(&store->queue_lock);
		store->written++;
		(void)pthread_cond_broadcast(&store->queue_changed);
		(void)pthread_mutex_unlock(&store->queue_lock);
	}
	return NULL;
}

static void
stop_writer(struct store *store)
{
	if (!store->has_writer)
		return;
	(void)pthread_mutex_lock(&store->queue_lock);
	store->closing = true;
	(void)pthread_cond_broadcast(&store->queue_changed);
	(void)pthread_mutex_unlock(&store->queue_lock);
	(void)pthread_join(store->writer, NULL);
	store->has_writer = false;
}

void
store_close(struct store **store)
{
	struct store *closed = *store;

	*store = NULL;
	if (closed == NULL)
		return;
	stop_writer(closed);
	while (closed->reader_count > 0)
		connection_close(&closed->readers[--closed->reader_count]);
	connection_close(&closed->unflushed);
	connection_close(&closed->flushed);
	(void)pthread_mutex_destroy(&closed->write_lock);
	(void)pthread_mutex_destroy(&closed->readers_lock);
	(void)pthread_mutex_destroy(&closed->queue_lock);
	(void)pthread_cond_destroy(&closed->queue_changed);
	string_free(&closed->path);
	fd_close(&closed->lock);
	free(closed);
}

int
store_open(const char *state_dir, struct store **out_store)
{
	CLEANUP(store_close) struct store *store = calloc(1, sizeof(*store));
	int result;

	if (store == NULL)
		return -ENOMEM;
	store->lock = -1;
	store->last = &store->first;
	(void)pthread_mutex_init(&store->write_lock, NULL);
	(void)pthread_mutex_init(&store->readers_lock, NULL);
	(void)pthread_mutex_init(&store->queue_lock, NULL);
	(void)pthread_cond_init(&store->queue_changed, NULL);
	result = store_folder_open(state_dir, &store->path, &store->lock);
	if (result == 0)
		result = connection_open(store->path,
		    "PRAGMA synchronous = FULL;" WIDE_CACHE, &store->flushed);
	if (result == 0)
		result = store_schema_upgrade(store->flushed);
	if (result == 0)
		result = connection_open(store->path,
		    "PRAGMA synchronous = NORMAL", &store->unflushed);
	if (result != 0)
		return result;
	if (pthread_create(&store->writer, NULL, write_queue, store) != 0)
		return -ENOMEM;
	store->has_writer = true;
	*out_store = STEAL(store);
	return 0;
}
