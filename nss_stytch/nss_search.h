/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking into the two maps: accounts.map, then accounts.new.map. */
#ifndef NSS_STYTCH_NSS_SEARCH_H
#define NSS_STYTCH_NSS_SEARCH_H

#include "nss_stytch/map_file.h"

enum nss_answer {
	NSS_FOUND,
	NSS_ABSENT,      /* in neither map */
	NSS_OUTSIDE,     /* there, but not to be served: as if absent */
	NSS_TOO_SMALL,   /* the caller's buffer */
	NSS_BUSY,        /* cannot tell now */
	NSS_UNAVAILABLE, /* cannot tell */
};

/* What is asked for: a name of len bytes, or where name is NULL an id. */
struct nss_key {
	const char *name;
	size_t len;
	uint32_t id;
};

/* What a reader of records makes of the one that was found. */
typedef enum nss_answer nss_reader(const struct map_pin *pin, uint32_t ref,
    const struct nss_key *key, void *context);

/* The two files; the overlay is read second. */
enum nss_map {
	NSS_MAP,
	NSS_OVERLAY,
	NSS_MAP_COUNT
};
struct map_file *nss_map_file(enum nss_map which);

/* Read the limits now, for what no map tells.  limits_load()'s errors. */
int nss_limits_load(struct limits *out_limits) MUST_CHECK;

/*
 * Find key among the records of kind, and let read say what it is.  The
 * overlay may be missing.  A map that is replaced between the two looks is
 * looked at again, since a person moves from the overlay to the map.
 */
enum nss_answer nss_search(enum map_kind kind, const struct nss_key *key,
    nss_reader *read, void *context);

#endif
