/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From Stytch's people to this host's accounts: point look-ups, full syncs,
 * names and ids (the ledger), and the account maps that NSS reads.
 */
#ifndef STYTCHD_DIRECTORY_H
#define STYTCHD_DIRECTORY_H

#include "stytchd/account.h"
#include "stytchd/store.h"

#include <stytch/stytch.h>

struct directory;

/*
 * client and store are borrowed and must outlive the directory;
 * configuration is referenced.  The overlay and the base map are published
 * from the state at once.
 */
int directory_open(struct configuration *configuration,
    struct stytch_client *client, struct store *store,
    struct directory **out_directory) MUST_CHECK;
void directory_close(struct directory **directory);

/* Use another configuration from now on (SIGHUP). */
void directory_configure(struct directory *directory,
    struct configuration *configuration);

enum directory_answer {
	DIRECTORY_FOUND,
	DIRECTORY_ABSENT,      /* Stytch knows no such person, or no name */
	DIRECTORY_UNAVAILABLE, /* cannot tell now: network, limit, memory */
};

/*
 * The account of that name from the state alone; a person marked gone is
 * absent.  *out_account is the caller's.
 */
enum directory_answer directory_known(struct directory *directory,
    const char *name, struct account **out_account);

/*
 * The same, and if the state has none, Stytch is asked: once for all who ask
 * for the name at a time, within lookup_per_minute, remembered if absent.
 * Names that break the grammar, local and reserved names are absent unasked.
 * A new person's id is on disk, and the overlay map published, on return.
 */
enum directory_answer directory_find(struct directory *directory,
    const char *name, struct account **out_account);

/*
 * Ask Stytch for the owner of *account by id, store the answer, and replace *account with
 * what it says now.  STYTCH_OK; STYTCH_NOT_FOUND (gone: the state says so
 * now, and *account is left); or why Stytch could not be asked.
 */
enum stytch_class directory_refresh(struct directory *directory,
    struct account **account);

/* Store a user or member object that an authentication answered; later. */
void directory_observe(struct directory *directory, const struct cJSON *object);

/*
 * Replace *account by what object, a user or member object that an
 * authentication just answered, makes of its owner: the person, and with it
 * the groups; name and ids stay.  Nothing is asked of Stytch; the state is
 * written later, as by directory_observe().  Returns 0, -EINVAL (another
 * identity or organization than the account's), -EPROTO (no such object),
 * -ENOMEM, -EIO; *account is then left.
 */
int directory_admit(struct directory *directory, const struct cJSON *object,
    struct account **account) MUST_CHECK;

/*
 * Whether a name was ever given to a Stytch identity, one that is gone
 * included: such a name is never "not ours".  True where the state cannot
 * tell.
 */
bool directory_name_is_given(struct directory *directory, const char *name);

/* What a sync did or would do; filled in also where it stopped. */
struct sync_result {
	unsigned long seen, added, changed, removed;
	char reason[256]; /* why it stopped, or "" */
};

/*
 * Read every member of every organization, page by page, into one
 * transaction; publish the map.  With dry_run nothing is written.  change (may be
 * NULL) is called for each account added, changed or removed, with what
 * and the account's name.  removed, for each removed identity, before the return, so
 * that sessions and conversations can be ended.
 */
struct sync_report {
	void (*change)(void *context, const char *what, const char *name);
	void (*removed)(void *context, const char *identity);
	void *context;
};
enum stytch_class directory_sync(struct directory *directory, bool dry_run,
    const struct sync_report *report, struct sync_result *out_result);

/*
 * Sync every sync_interval in a thread of the directory's own, first at once.
 * report is borrowed until directory_stop_timer(), which waits for a sync under
 * way to end at its next page; directory_close() does it too.
 * Returns 0, -EALREADY or -ENOMEM.
 */
int directory_start_timer(struct directory *directory,
    const struct sync_report *report) MUST_CHECK;
void directory_stop_timer(struct directory *directory);

/* Every account, by name; stops when row() returns false. */
int directory_each(struct directory *directory,
    bool (*row)(void *context, const struct account *account), void *context)
    MUST_CHECK;

/*
 * Whether a name is in /etc/passwd, read directly (never NSS).  A file that
 * cannot be read counts as having it.
 */
bool directory_name_is_local(const char *name);

#endif
