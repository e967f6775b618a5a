/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the store share; not for others. */
#ifndef STYTCHD_STORE_INTERNAL_H
#define STYTCHD_STORE_INTERNAL_H

#include "common/attr.h"

struct sqlite3;

/* SQLite's result code as 0 or a negative errno. */
int store_error(int code) MUST_CHECK;

/*
 * state_dir/private and in it state.db (made where missing) and lock, which
 * is held as long as *out_lock is open.  Returns 0 or what store_open() says.
 */
int store_folder_open(const char *state_dir, char **out_path, int *out_lock)
    MUST_CHECK;

#endif
