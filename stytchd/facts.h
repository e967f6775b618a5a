/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single values of the state, by key: which project and which mapping its
 * people stand for, what the last sync did.  Inside a transaction (store.h).
 */
#ifndef STYTCHD_FACTS_H
#define STYTCHD_FACTS_H

#include "common/attr.h"

struct sqlite3;

/* Whether the fact is that value: 1, 0 or a negative errno. */
int facts_is(struct sqlite3 *database, const char *key, const char *value)
    MUST_CHECK;
int facts_set(struct sqlite3 *database, const char *key, const char *value)
    MUST_CHECK;

#endif
