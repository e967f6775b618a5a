/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walking all records of a kind: setpwent(), getpwent(), endpwent() and theirs
 * of groups.  One walk a kind and process, as libc has it; it goes through the maps
 * that were current when it began, however long it takes.
 */
#ifndef NSS_STYTCH_NSS_WALK_H
#define NSS_STYTCH_NSS_WALK_H

#include "nss_stytch/nss_search.h"

/* Begin again with the next nss_walk_next(); let go of the maps. */
void nss_walk_reset(enum map_kind kind);

/*
 * Let read say what the next record is.  Records outside the limits are passed
 * over, so are those of the overlay that the map has too.  ABSENT is the end.
 * Where the answer is TOO_SMALL, the same record comes again.
 */
enum nss_answer nss_walk_next(enum map_kind kind, nss_reader *read,
    void *context);

#endif
