/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The throttle's table in the state: one row a subject, bounded in number,
 * the oldest giving way.  Used by throttle.c alone.
 */
#ifndef STYTCHD_THROTTLE_ROWS_H
#define STYTCHD_THROTTLE_ROWS_H

#include "stytchd/throttle.h"

#define THROTTLE_KEY_SIZE 192

/* Numbers are kept in the state: never used again for something else. */
enum throttle_kind {
	THROTTLE_IDENTITY = 1, /* failures of an identity */
	THROTTLE_NAME = 2,     /* failures of a name that nobody has */
	THROTTLE_RHOST = 3,    /* failures from a remote host */
	THROTTLE_TEXTS = 4,    /* text messages of a day to an identity */
	THROTTLE_SENT = 5,     /* a code sent: "identity method" */
};

struct throttle_count {
	int64_t count;
	int64_t last_at;
};

struct throttle_message {
	char key[THROTTLE_KEY_SIZE];
	const char *texts_identity; /* NULL: it is no text message */
	int64_t now, resend_after, texts_max;
	enum throttle_sending sending; /* the answer */
	int64_t sent_at;
};

/* "identity", "name", "rhost"; "" for what is no failure. */
const char *throttle_kind_name(enum throttle_kind kind);

/* Failures, 0 if the last was before since.  Returns 0 or -EIO. */
int throttle_rows_count(struct store *store, enum throttle_kind kind,
    const char *subject, int64_t since, int64_t *out_count) MUST_CHECK;

/* Count a failure for subject and, if not NULL, source; on the disk. */
int throttle_rows_fail(struct store *store, enum throttle_kind kind,
    const char *subject, const char *source, int64_t since) MUST_CHECK;

/* Decide about a message and note it, in one transaction, on the disk. */
int throttle_rows_send(struct store *store, struct throttle_message *message)
    MUST_CHECK;

void throttle_rows_sent_later(struct store *store, const char *key);
void throttle_rows_forget_later(struct store *store, enum throttle_kind kind,
    const char *subject);

int throttle_rows_each(struct store *store, int64_t since,
    bool (*row)(void *context, enum throttle_kind kind, const char *subject,
	const struct throttle_count *count),
    void *context) MUST_CHECK;

/* Failures of subject or of the name with that digest; all for NULL. */
int throttle_rows_clear(struct store *store, const char *subject,
    const char *digest) MUST_CHECK;

#endif
