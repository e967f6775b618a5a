/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The retired word of a published map: how those who have it mapped learn,
 * without a syscall, that they should look at the path again.
 */
#ifndef NSS_STYTCH_MAP_RETIRE_H
#define NSS_STYTCH_MAP_RETIRE_H

#include "common/attr.h"
#include "nss_stytch/map_format.h"

/*
 * Open the map at path for marking.  Returns 0, -ENOENT (no file), -EBADMSG
 * (not a map of this major), or what open() says; *out_fd is the caller's.
 */
int map_retire_open(const char *path, int *out_fd) MUST_CHECK;

/* Set the word.  Returns 0 or what pwrite() says. */
int map_retire_mark(int fd, enum map_retired word) MUST_CHECK;

/*
 * Make all readers of the map at path open it, and with it nss.limits, again:
 * for root after nss.limits was changed.  The map stays marked, so readers
 * look once a second until the agent publishes the next one.  Returns 0, or
 * map_retire_open()'s and map_retire_mark()'s errors.
 */
int map_reread(const char *path) MUST_CHECK;

#endif
