/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The groups of a person: of the organization, the roles, SCIM, the metadata,
 * and local groups by grant.
 *
 * A group's owner in the ledger is KIND:ID in a consumer project and
 * KIND:ORGANIZATION_ID:ID in a B2B one, for two tenants may use one word for
 * two things; an organization's own is organization:ORGANIZATION_ID.  Its name
 * is what rename says, else the prefix and the ID folded; where
 * several organizations are configured, the slug and '-' stand between.  A
 * slug counts as first seen: its organization can change it.
 * rename's ID is ID, or ORGANIZATION_ID:ID (needed with several).
 *
 * A granted local group's owner is local:NAME; it is in no ledger.
 */
#ifndef STYTCHD_GROUPS_H
#define STYTCHD_GROUPS_H

#include "stytchd/account.h"
#include "stytchd/mapping.h"
#include "stytchd/rules.h"

#define GROUPS_MAX 1000 /* of one person; RECORD carries 1024 */
#define GROUPS_LOCAL "local:"

struct sqlite3;

/* A person, the name of its account, and what its metadata wants. */
struct group_member {
	const struct person *person;
	const char *name;
	const struct wanted *wanted;
};

/* Owners and names, as the rules have them; equal counts. */
struct group_wishes {
	const char *identity; /* whose; the person's own text */
	struct text_list owners;
	struct text_list names;
};

void group_wishes_clear(struct group_wishes *wishes);

/*
 * What groups a person is to be in.  Reads organizations.  A
 * group whose name cannot be made (unknown slug, nothing left when folded) is
 * left out.  Returns 0 or a negative errno; clear out_wishes after 0.
 */
int groups_wish(struct sqlite3 *database, const struct rules *rules,
    const struct group_member *member, struct group_wishes *out_wishes)
    MUST_CHECK;

/*
 * Make the person of wishes a member of just these groups.  Groups that are not there
 * yet are made if create, else left out; one whose name is refused or
 * another's is left out with a finding.  *out_changed: whether memberships are
 * others than before.  In a write transaction.
 */
int groups_join(struct sqlite3 *database, const struct rules *rules,
    const struct group_wishes *wishes, bool create, bool *out_changed)
    MUST_CHECK;

/* Remember an organization's slug, as first seen. */
int groups_see_organization(struct sqlite3 *database, const char *organization,
    const char *slug) MUST_CHECK;

#endif
