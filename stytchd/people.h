/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * People in the state: a person becomes an account, keeps its name and number
 * for ever, and is marked gone, never deleted.  All functions run inside a
 * transaction (store.h), those that write inside a write transaction.
 */
#ifndef STYTCHD_PEOPLE_H
#define STYTCHD_PEOPLE_H

#include "stytchd/account.h"
#include "stytchd/grammar.h"
#include "stytchd/rules.h"

struct sqlite3;

enum people_flags {
	PEOPLE_CREATE = 1,   /* new accounts and groups, new ledger rows */
	PEOPLE_TEMPLATE = 2, /* names by template too: a full sync */
};

enum people_change {
	PEOPLE_NOTHING,
	PEOPLE_ADDED,   /* new, or back */
	PEOPLE_CHANGED, /* another home, shell, gecos or group */
	PEOPLE_REMOVED,
};

/* What became of a person's account. */
struct people_outcome {
	enum people_change change;
	char name[GRAMMAR_NAME_MAX + 1]; /* "": there is no account */
};

/*
 * Store what Stytch says of a person: the account is made, changed, or marked
 * gone (deleted, out of the configured organizations, nothing gives a name).
 * A person who has no account and gets none is not stored, but what stood in
 * the way is noted as a finding.
 */
int people_store(struct sqlite3 *database, const struct rules *rules,
    const struct person *person, unsigned flags,
    struct people_outcome *out_outcome) MUST_CHECK;

/*
 * Whether the state's people are mapped by these rules: 0, -ESTALE (the
 * configuration changed meanwhile) or a negative errno.  To be asked first in
 * a transaction that stores people.
 */
int people_check_rules(struct sqlite3 *database, const struct rules *rules)
    MUST_CHECK;

/*
 * Stytch knows the identity no more: mark its account gone.  *out_change is
 * PEOPLE_REMOVED if it was not, else it is left.
 */
int people_remove(struct sqlite3 *database, const char *identity,
    enum people_change *out_change) MUST_CHECK;

/*
 * The account of that name (or identity: give one, the other NULL), a gone
 * one too: its person's status is then PERSON_GONE.  Returns 0, -ENOENT, or a
 * negative errno.
 */
int people_load(struct sqlite3 *database, const struct rules *rules,
    const char *name, const char *identity, struct account **out_account)
    MUST_CHECK;

/*
 * What people_store() would make of the account's groups and attributes if
 * person were stored without PEOPLE_CREATE; reads only.
 */
int people_preview(struct sqlite3 *database, const struct rules *rules,
    const struct person *person, struct account **out_account) MUST_CHECK;

/*
 * The gid of a granted group: a number as it stands, or the host's group of
 * that name.  Returns 0 or -ENOENT.
 */
int people_granted_gid(const struct rules *rules, const char *group,
    uint32_t *out_gid) MUST_CHECK;

/* When the newest account came (back), in the order of coming; 0: none. */
int people_last(struct sqlite3 *database, int64_t *out_last) MUST_CHECK;

/*
 * Every identity with an account that is not gone and came no later than
 * last, by name.
 */
int people_each(struct sqlite3 *database, int64_t last,
    int (*each)(void *context, const char *identity, const char *name),
    void *context) MUST_CHECK;

/* How many accounts are not gone. */
int people_count(struct sqlite3 *database, int64_t *out_count) MUST_CHECK;

/*
 * Store every known person anew, after the configuration changed; those out
 * of scope now are gone.  removed() (may be NULL) is told of each.
 */
int people_remap(struct sqlite3 *database, const struct rules *rules,
    void (*removed)(void *context, const char *identity), void *context)
    MUST_CHECK;

/* Whether a person is of the configured project and organizations. */
bool people_in_scope(const struct configuration *configuration,
    const struct person *person);

#endif
