/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counting failures and messages, kept in the state so that a restart forgets
 * nothing.  Failures of remote hosts stop 3 before the project would lock
 * the user; what is left is for the console.  Names that nobody has are
 * counted alike, under a keyed digest, so that they behave alike.
 */
#ifndef STYTCHD_THROTTLE_H
#define STYTCHD_THROTTLE_H

#include "stytchd/configuration.h"
#include "stytchd/keyring.h"
#include "stytchd/store.h"

struct throttle;

#define THROTTLE_RESERVE 3 /* failures left to the console */

/* For whom and from where one attempt counts. */
struct throttle_party {
	char subject[160]; /* an identity, or a digest of a name */
	char source[64];   /* a remote host; "" at the console */
	bool is_known;     /* subject is an identity */
	bool is_remote;
};

enum throttle_sending {
	THROTTLE_SEND, /* send now */
	THROTTLE_LIVE, /* a code sent lately is still good */
	THROTTLE_HELD, /* no more messages today, or the state fails */
};

/* A code that Stytch is to send. */
struct throttle_code {
	const char *identity; /* to whom */
	const char *method;
	bool is_text; /* it counts for sms_per_day */
};

/* store and keyring are borrowed. */
int throttle_open(struct store *store, const struct keyring *keyring,
    struct throttle **out_throttle) MUST_CHECK;
void throttle_close(struct throttle **throttle);

/*
 * Fill in a party.  identity is NULL where name is nobody's.  rhost is NULL
 * at the console; of an IPv6 address the first 64 bits count.  Returns 0 or
 * -EIO.
 */
int throttle_party(struct throttle *throttle, const char *identity,
    const char *name, const char *rhost, struct throttle_party *out_party)
    MUST_CHECK;

/*
 * Whether the party may go on.  Returns 0, -EAGAIN (to be refused unasked) or
 * another negative errno: the state does not tell.
 */
int throttle_check(struct throttle *throttle,
    const struct configuration_stytch *limits,
    const struct throttle_party *party) MUST_CHECK;

/*
 * Before an answer is forwarded: count it as under way, so that many at once
 * stay within the limit.  Returns 0, to be ended by throttle_settle(), or what
 * throttle_check() says, or -ENOMEM.
 */
int throttle_reserve(struct throttle *throttle,
    const struct configuration_stytch *limits,
    const struct throttle_party *party) MUST_CHECK;

/*
 * End an attempt that throttle_reserve() let go on.  A wrong one is on the disk
 * after 0.  After a negative errno it is not: it goes on counting as long as the
 * agent runs, and is written as soon as the state lets it; the answer must not
 * be given as if it had been.
 */
int throttle_settle(struct throttle *throttle,
    const struct configuration_stytch *limits,
    const struct throttle_party *party, bool is_wrong) MUST_CHECK;

/* A whole login succeeded: the subject's count starts again. */
void throttle_succeeded(struct throttle *throttle,
    const struct throttle_party *party);

/*
 * Whether a code may be sent now; if so it is noted as sent, on the disk.
 * *out_sent_at is when the live code was, or is now, sent.
 */
enum throttle_sending throttle_send(struct throttle *throttle,
    const struct configuration_stytch *limits, const struct throttle_code *code,
    int64_t *out_sent_at);

/* Note a code that Stytch sent of its own. */
void throttle_sent(struct throttle *throttle, const char *identity,
    const char *method);

/* The code was used, or is dead, or was never sent: the next may go at once. */
void throttle_spent(struct throttle *throttle, const char *identity,
    const char *method);

/* One row for the administrator. */
struct throttle_row {
	const char *subject; /* identity, digest of a name, or remote host */
	const char *kind;    /* "identity", "name", "rhost" */
	int64_t failures;
	int64_t last_at;
	bool is_held; /* remote logins are refused unasked */
};

/* Every count that has not run out.  Returns 0 or -EIO. */
int throttle_each(struct throttle *throttle,
    const struct configuration_stytch *limits,
    bool (*row)(void *context, const struct throttle_row *row), void *context)
    MUST_CHECK;

/*
 * Forget the failures of subject, an identity, an unknown name or a remote
 * host; of all if NULL.  Returns how many rows went, or -EIO.
 */
int throttle_clear(struct throttle *throttle, const char *subject) MUST_CHECK;

#endif
