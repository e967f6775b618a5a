/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sync without the network: pages go into a staging, a whole one is laid
 * against the state in one transaction.
 */
#ifndef STYTCHD_SYNC_H
#define STYTCHD_SYNC_H

#include "stytchd/directory.h"
#include "stytchd/rules.h"
#include "stytchd/staging.h"

/*
 * A staging for the pages of a sync that begins now.  Returns 0 or a negative
 * errno.
 */
int sync_begin(struct store *store, struct staging **out_staging) MUST_CHECK;

/*
 * Put down a page of b2b.organizations.members.search for that organization:
 * its members and the slug.  Returns 0, -EPROTO (not such a page, or a member
 * of another organization: the page is dropped) or a negative errno.  *seen
 * goes up by the members.
 */
int sync_stage_page(struct staging *staging, const char *organization,
    const struct cJSON *page, unsigned long *seen) MUST_CHECK;

/*
 * Lay a whole staging against the state: store everyone in it, and mark
 * whoever is not in it as gone, but for those who came after sync_begin():
 * a member made while pages were read is on none of them.  Returns 0; -ECANCELED where too many
 * would go (max_removal), with out_result->reason; or a negative errno.  On
 * all but 0, and with dry_run, the state is as before.  The changes are in
 * the staging after 0 (enum people_change), which takes no more pages then.
 */
int sync_apply(struct store *store, const struct rules *rules,
    struct staging *staging, bool dry_run, struct sync_result *out_result)
    MUST_CHECK;

#endif
