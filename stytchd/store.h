/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent's state: SQLite (WAL) in <state_dir>/private/state.db, 0600.  The
 * schema is versioned by user_version; a newer file is refused.  The tables
 * are in store_schema.c and used by the files that own them, by way of
 * store_prepare(), so that each statement is prepared once.
 *
 * Three ways to write.  store_write() has flushed to disk when it returns: id
 * reservations, failure counts.  store_write_unflushed() has written, so that
 * it outlives the agent, but not a loss of power: burnt codes.  store_later()
 * hands the write to the one writer thread and returns at once: everything
 * else.
 */
#ifndef STYTCHD_STORE_H
#define STYTCHD_STORE_H

#include "common/attr.h"

#include <stddef.h>
#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;
struct store;

/*
 * Part of a transaction: 0, or a negative errno, and then it rolls back.  It
 * must not call store_read(), store_write() or store_flush().
 */
typedef int store_function(struct sqlite3 *database, void *context);

/*
 * Open or make the database in state_dir/private (made 0700 where missing;
 * refused if it is open to others).  Any number of threads may use a store.
 * Returns 0, -ENOENT (no state_dir), -EPERM (owner or mode), -EBUSY (another
 * process has it open), -EPROTONOSUPPORT (newer schema), -EIO, -ENOMEM.
 */
int store_open(const char *state_dir, struct store **out_store) MUST_CHECK;

/* Write what is waiting, close, set to NULL; *store may be NULL. */
void store_close(struct store **store);

/*
 * Run function in a read transaction on a connection of its own.  Returns
 * function's answer, -EIO or -ENOMEM.
 */
int store_read(struct store *store, store_function *function, void *context)
    MUST_CHECK;

/*
 * Run function in a write transaction; on 0 it is on the disk.  Returns
 * function's answer, or why nothing was written: -EIO, -ENOSPC, -ENOMEM.
 */
int store_write(struct store *store, store_function *function, void *context)
    MUST_CHECK;

/* The same, but for the flush. */
int store_write_unflushed(struct store *store, store_function *function,
    void *context) MUST_CHECK;

/*
 * Queue function for the writer thread; it owns context from now on and calls
 * release(context) afterwards (release may be NULL), also when the queue is
 * full (-EAGAIN) or memory is out (-ENOMEM).
 */
int store_later(struct store *store, store_function *function, void *context,
    void (*release)(void *context)) MUST_CHECK;

/* Wait until everything queued before is written. */
void store_flush(struct store *store);

/* What an error of a store is, and what to do about it: for a log. */
const char *store_strerror(int error);

/* Seconds of the wall clock, as kept in every table. */
int64_t store_now(void);

/*
 * A statement, prepared once a connection; sql is compared as text.  Declare
 * it with CLEANUP(store_done) and a NULL.  Returns 0 or a negative errno.
 */
int store_prepare(struct sqlite3 *database, const char *sql,
    struct sqlite3_stmt **out_statement) MUST_CHECK;

/* Reset, forget the parameters, set to NULL; *statement may be NULL. */
void store_done(struct sqlite3_stmt **statement);

/*
 * Bind parameter nth (from 1); a NULL text is NULL.  The text must stay until
 * store_done().  A failure shows at the next store_step().
 */
void store_bind_text(struct sqlite3_stmt *statement, int nth, const char *text);
void store_bind_int(struct sqlite3_stmt *statement, int nth, int64_t value);
void store_bind_blob(struct sqlite3_stmt *statement, int nth, const void *data,
    size_t len);

/* 1: a row is there; 0: no more; or a negative errno (-EEXIST: constraint). */
int store_step(struct sqlite3_stmt *statement) MUST_CHECK;

/* Step a statement that gives no rows, and reset it for the next round. */
int store_run(struct sqlite3_stmt *statement) MUST_CHECK;

/* Column nth (from 0): the text, or NULL; good until the next step. */
const char *store_text(struct sqlite3_stmt *statement, int nth);
int64_t store_int(struct sqlite3_stmt *statement, int nth);
/* The bytes, or NULL; good until the next step. */
const void *store_blob(struct sqlite3_stmt *statement, int nth,
    size_t *out_len);

/* Run a script of statements without parameters. */
int store_script(struct sqlite3 *database, const char *sql) MUST_CHECK;

#endif
