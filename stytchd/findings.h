/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings: what an admin should know of a person or a group, and what nobody
 * can be told at a login: a name that is taken, a pin that waits.  At most one
 * of a kind for an owner.  Inside a write transaction (store.h).
 */
#ifndef STYTCHD_FINDINGS_H
#define STYTCHD_FINDINGS_H

#include "common/attr.h"

struct sqlite3;

int findings_forget(struct sqlite3 *database, const char *owner) MUST_CHECK;

/* what is a word (name, pin, metadata, group); detail a clean sentence. */
int findings_add(struct sqlite3 *database, const char *owner, const char *what,
    const char *detail) MUST_CHECK;

#endif
