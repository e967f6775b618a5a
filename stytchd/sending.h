/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending a code or a link in a thread of its own, so that the prompt does
 * not wait for it: how long a send takes would tell that there is somebody to
 * send to.  What became of it is asked for when the answer is there.
 */
#ifndef STYTCHD_SENDING_H
#define STYTCHD_SENDING_H

#include "stytchd/agent.h"

struct sending;

/* Everything is copied or referenced; texts and secrets may be NULL. */
struct sending_order {
	struct agent *agent;
	struct configuration *configuration;
	const struct account *account; /* with its person */
	const struct method *method;
	const struct contact *contact;
	const char *ip_address;
	const char *locale;
	const struct secret *session_token;      /* one of these, if set, */
	const struct secret *intermediate_token; /* for a B2B second step */
};

struct sending_outcome {
	/* STYTCH_OK: a code is out; else why there is none */
	enum stytch_class class_;
	int64_t sent_at;
	char error_type[STYTCH_TEXT_SIZE];
	char request_id[STYTCH_TEXT_SIZE];
};

/* Returns 0 or -ENOMEM, -EAGAIN (no thread). */
int sending_start(const struct sending_order *order,
    struct sending **out_sending) MUST_CHECK;

/* Wait for the end of the sending, at most until the deadline. */
void sending_wait(struct sending *sending, int64_t deadline_ms,
    struct sending_outcome *out_outcome);

/* Let go of it; the thread goes on. */
void sending_release(struct sending **sending);

#endif
