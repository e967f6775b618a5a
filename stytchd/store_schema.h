/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of the agent's state; for store.c alone. */
#ifndef STYTCHD_STORE_SCHEMA_H
#define STYTCHD_STORE_SCHEMA_H

#include "common/attr.h"

struct sqlite3;

/*
 * Bring the database to this version, in one transaction.  Returns 0,
 * -EPROTONOSUPPORT (made by a newer agent) or a negative errno.
 */
int store_schema_upgrade(struct sqlite3 *database) MUST_CHECK;

#endif
