/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ledger: who was given which name and which number.  A row is written
 * before the name or the number is used, and never goes to another owner.
 * Users and groups share one space of names and one of numbers, since each
 * account has a private group of its own name and number.  All functions run
 * inside a write transaction (store.h).
 *
 * A number is the 64-bit XXH3 of the owner's id into uid_range, so that hosts
 * that never spoke agree; one that is taken makes the next one be tried.
 */
#ifndef STYTCHD_LEDGER_H
#define STYTCHD_LEDGER_H

#include "stytchd/rules.h"

struct sqlite3;

/*
 * Reserve name for owner.  Returns 0 (it is the owner's now, or was),
 * -EEXIST (another owner's, now and for ever) or a negative errno.
 */
int ledger_give_name(struct sqlite3 *database, const char *owner,
    const char *name) MUST_CHECK;

/*
 * The number of owner, reserved where it has none yet: pin, if it is not 0
 * and free, else by hash.  Numbers of this host's own users and groups, and
 * reserved ones, are never given; a number once given stays whatever pin
 * says.  Returns 0, -ENOSPC (no free number near the hash) or a negative
 * errno.
 */
int ledger_give_id(struct sqlite3 *database, const struct rules *rules,
    const char *owner, uint32_t pin, uint32_t *out_id) MUST_CHECK;

/* Whether name was ever given: 1, 0 or a negative errno. */
int ledger_has_name(struct sqlite3 *database, const char *name) MUST_CHECK;

/* Whether an id is reserved for nobody and everybody (0-999, nobody, ...). */
bool ledger_is_reserved(uint32_t id);

/* The first number that is tried for an owner. */
uint32_t ledger_hash(const struct id_range *range, const char *owner);

#endif
