/* SPDX-License-Identifier: BSD-2-Clause */
/* The groups of a person, for initgroups(). */
#ifndef NSS_STYTCH_NSS_GIDS_H
#define NSS_STYTCH_NSS_GIDS_H

#include "nss_stytch/nss_ask.h"
#include "nss_stytch/nss_entry.h"

/* The list that initgroups_dyn() was given; see there. */
struct nss_gids {
	gid_t primary; /* not put into the list */
	long *start;   /* how many are in it */
	long *size;    /* how many have room */
	gid_t **items; /* from malloc() */
	long limit;    /* of size; none where it is not positive */
};

/* An nss_reader.  context is a struct nss_gids; a local name is OUTSIDE. */
enum nss_answer nss_read_gids(const struct map_pin *pin, uint32_t ref,
    const struct nss_key *key, void *context);

/*
 * Whether to ask the agent about the groups of name, whom no map has: by who
 * may ask, for a primary group that the limits allow, so that the accounts of
 * others are not asked about, and not for a local name.
 */
bool nss_may_ask_gids(const char *name, uint32_t primary);

/* The groups of the agent's answer, as nss_read_gids() those of a map. */
enum nss_answer nss_add_record_gids(const struct nss_record *record,
    const struct nss_gids *to);

/*
 * Put a gid into the list, if it has room below its limit.  FOUND, or BUSY
 * where memory is short.
 */
enum nss_answer nss_add_gid(const struct nss_gids *to, gid_t gid);

/*
 * Whether /etc/passwd has a line for name, read directly: FOUND, ABSENT, or
 * UNAVAILABLE where it cannot be read.
 */
enum nss_answer nss_find_local(const char *name);

#endif
