/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a sync puts down what Stytch says, page by page, until all of it is
 * there: a private database that SQLite keeps in a temporary file, gone with
 * the process.  So memory is bounded, and no writer of the state waits for
 * the network.  One thread at a time.
 */
#ifndef STYTCHD_STAGING_H
#define STYTCHD_STAGING_H

#include "common/attr.h"
#include "stytchd/account.h"

struct staging;

/*
 * last: when the state's newest account came (people_last()), before the first
 * page was asked for.  Who comes later is not of these pages.
 */
int staging_open(int64_t last, struct staging **out_staging) MUST_CHECK;
void staging_close(struct staging **staging);
int64_t staging_last(const struct staging *staging);

/* A page's work in one transaction: begin, then end (keep or drop it). */
int staging_begin(struct staging *staging) MUST_CHECK;
int staging_end(struct staging *staging, bool keep) MUST_CHECK;

/* A person; one that is there already is replaced. */
int staging_add_person(struct staging *staging, const struct person *person)
    MUST_CHECK;
/* Whether a person is there: 1, 0 or a negative errno. */
int staging_has_person(struct staging *staging, const char *identity)
    MUST_CHECK;
int staging_add_organization(struct staging *staging, const char *organization,
    const char *slug) MUST_CHECK;
/* What a sync did to an account; name may be NULL. */
int staging_add_change(struct staging *staging, int change, const char *name,
    const char *identity) MUST_CHECK;

/* Walk in the order of adding; anything but 0 from each() ends it. */
int staging_each_person(struct staging *staging,
    int (*each)(void *context, const struct person *person), void *context)
    MUST_CHECK;
int staging_each_organization(struct staging *staging,
    int (*each)(void *context, const char *organization, const char *slug),
    void *context) MUST_CHECK;
int staging_each_change(struct staging *staging,
    int (*each)(void *context, int change, const char *name,
	const char *identity),
    void *context) MUST_CHECK;

#endif
