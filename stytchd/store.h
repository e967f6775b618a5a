/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent's state: SQLite (WAL) in <state_dir>/private/state.db, 0600.  The
 * schema is versioned by user_version; a newer file is refused.  The tables
 * are used by the files that own them (store_<noun>.c), each statement
 * prepared once.
 *
 * Two ways to write.  store_write() has flushed to disk when it returns: id
 * reservations, burnt codes, failure counts.  store_later() hands the write
 * to the one writer thread and returns at once: everything else.
 */
#ifndef STYTCHD_STORE_H
#define STYTCHD_STORE_H

#include "common/attr.h"

#include <stdint.h>

struct sqlite3;
struct store;

/* Part of a transaction: 0, or a negative errno, and then it rolls back. */
typedef int store_function(struct sqlite3 *database, void *context);

/*
 * Open or make the database in state_dir/private (made 0700 where missing;
 * refused if it is open to others).  Any number of threads may use a store.
 * Returns 0, -EPERM (owner or mode), -EPROTONOSUPPORT (newer schema), -EIO.
 */
int store_open(const char *state_dir, struct store **out_store) MUST_CHECK;

/* Write what is waiting, close, set to NULL. */
void store_close(struct store **store);

/* Run function in a read transaction on a connection of its own. */
int store_read(struct store *store, store_function *function, void *context)
    MUST_CHECK;

/* Run function in a write transaction; on 0 it is on the disk. */
int store_write(struct store *store, store_function *function, void *context)
    MUST_CHECK;

/*
 * Queue function for the writer thread; it owns context from now on and calls release(context)
 * afterwards, also when the queue is full (-EAGAIN) or the store is closing.
 */
int store_later(struct store *store, store_function *function, void *context,
    void (*release)(void *context)) MUST_CHECK;

/* Wait until everything queued before is written. */
void store_flush(struct store *store);

/* Seconds of the wall clock, as kept in every table. */
int64_t store_now(void);

#endif
