/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logins from the verdict to the end of the session.  A login that was just
 * granted waits in memory for its session to open: its id is good once, for
 * 120 s, for the same user and service, from the process that asked or its
 * parent.  An open one is in the state, with the Stytch session's token
 * sealed, so that a step-up (sudo) finds it after a restart too; when it is
 * closed, the Stytch session is revoked, as often as it takes.
 */
#ifndef STYTCHD_LOGINS_H
#define STYTCHD_LOGINS_H

#include "common/secret.h"
#include "common/wire.h"
#include "stytchd/account.h"
#include "stytchd/crew.h"
#include "stytchd/keyring.h"
#include "stytchd/store.h"

#include <stytch/stytch.h>
#include <sys/types.h>

struct logins;

#define LOGIN_ID_SIZE (WIRE_LOGIN_LEN + 1)
#define LOGIN_SECONDS 120

/* A process, told from a later one of the same number. */
struct process_id {
	pid_t pid;
	uint64_t start; /* 0: not known */
};

/* Who asks about a login. */
struct login_asker {
	const char *id; /* NULL: none given */
	const char *user;
	const char *service;
	struct process_id process;
};

/* A login as it is granted.  Strings are copied, the token too. */
struct login_grant {
	const char *service;
	struct process_id process;
	struct process_id parent;
	const char *session_id;
	const struct secret *session_token;
	int64_t expires_at;
	/* false: the session is another login's, and ends with that one */
	bool owns_session;
};

enum login_standing {
	LOGIN_NONE,    /* no such login was just granted */
	LOGIN_ALLOWED, /* it was, and the policy of now lets it in */
	LOGIN_REFUSED, /* it was, but the policy of now does not */
};

/*
 * store, keyring and client are borrowed.  Sessions of an earlier boot, told
 * by a mark in runtime_dir, are to be revoked.  Returns 0 or a negative errno.
 */
int logins_open(struct store *store, const struct keyring *keyring,
    struct stytch_client *client, const struct configuration_stytch *project,
    struct logins **out_logins) MUST_CHECK;

/* Start the thread that revokes and cleans up. */
int logins_start(struct logins *logins, struct crew *crew) MUST_CHECK;

/* Let it end; what is pending is left to the next start. */
void logins_stop(struct logins *logins);
void logins_close(struct logins **logins);

/*
 * Grant a login to *account, which becomes the login's.  Returns 0 with its
 * id, or -ENOMEM, -EIO, -EBUSY (too many wait for their session).
 */
int logins_grant(struct logins *logins, const struct login_grant *grant,
    struct account **account, char out_id[LOGIN_ID_SIZE]) MUST_CHECK;

/* Take a grant back that nobody has been told of; its session is revoked. */
void logins_withdraw(struct logins *logins, const char *id);

/*
 * How a login just granted to the asker's process (or to its child, with the
 * id) stands.  It stays granted.
 */
enum login_standing logins_standing(struct logins *logins,
    const struct login_asker *asker,
    bool (*is_allowed)(const void *policy, const struct account *account),
    const void *policy);

/* Open the session of a login, once.  Returns 0 or -ENOENT. */
int logins_redeem(struct logins *logins, const struct login_asker *asker)
    MUST_CHECK;

/* The session of that id has ended; one that is not there has too. */
void logins_end(struct logins *logins, const char *id);

/* Sessions open now, and such as are still to be revoked; -EIO. */
int logins_count(struct logins *logins) MUST_CHECK;

/* The person is gone: whatever is granted or open ends. */
void logins_remove(struct logins *logins, const char *identity);

/* A Stytch session that no login will have. */
void logins_discard(struct logins *logins, const struct person *person,
    const char *session_id);

#define SESSION_ID_SIZE 128

/*
 * The session of the newest open login of identity that has one of its own
 * and at least a minute to live.  Returns 0, -ENOENT, or another negative
 * errno: the state does not tell.
 */
int logins_session(struct logins *logins, const char *identity,
    struct secret *out_token, char out_session_id[SESSION_ID_SIZE]) MUST_CHECK;

#endif
