/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of open sessions, and of such as are still to be revoked.  Used
 * by logins.c alone.
 */
#ifndef STYTCHD_LOGINS_ROWS_H
#define STYTCHD_LOGINS_ROWS_H

#include "stytchd/logins.h"
#include "stytchd/process.h"

/* A row; fixed sizes, so that a queued write owns what it needs. */
struct login_row {
	char id[LOGIN_ID_SIZE];
	char identity[SESSION_ID_SIZE];
	char service[72];
	bool is_closing;
	bool owns_session;
	int64_t expires_at;
	char boot[BOOT_SIZE];
	struct process_id process;
	char session_id[SESSION_ID_SIZE];
	struct sealed token; /* len 0: none */
};

/* Add or replace a row, later.  Returns 0, -ENOMEM or -EAGAIN. */
int logins_rows_put(struct store *store, const struct login_row *row)
    MUST_CHECK;

/* Mark as to be revoked, later: the row of id, or every row of identity. */
void logins_rows_close(struct store *store, const char *id);
void logins_rows_close_identity(struct store *store, const char *identity);

/* Mark what an earlier boot of the host left open. */
int logins_rows_close_boot(struct store *store, const char *boot) MUST_CHECK;

/* Mark what people whose account is gone have open. */
int logins_rows_close_gone(struct store *store) MUST_CHECK;

/* Forget a row, later. */
void logins_rows_drop(struct store *store, const char *id);

/* The newest open row of identity that owns a session living past until. */
int logins_rows_find(struct store *store, const char *identity, int64_t until,
    struct login_row *out_row) MUST_CHECK;

/* How many rows there are, or a negative errno. */
int logins_rows_number(struct store *store) MUST_CHECK;

/*
 * Up to max rows, closing or open ones, with id greater than after ("" for
 * the first).  Returns how many, or a negative errno.
 */
int logins_rows_list(struct store *store, bool closing, const char *after,
    struct login_row *rows, int max) MUST_CHECK;

#endif
