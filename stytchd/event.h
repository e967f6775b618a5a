/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One event a verdict: to the journal with fields (STYTCH_*), where standard
 * error is the journal, else one line of the log.  Never a code, a password
 * or a token.
 */
#ifndef STYTCHD_EVENT_H
#define STYTCHD_EVENT_H

#include "common/log.h"

enum event_verdict {
	EVENT_REFUSED, /* zero: what nobody has decided otherwise */
	EVENT_GRANTED,
	EVENT_UNAVAILABLE,
	EVENT_CANCELLED,
	EVENT_ALARM, /* refused, and somebody should look */
};

/* Any text may be NULL. */
struct event {
	enum event_verdict verdict;
	const char *operation;
	const char *account;
	const char *identity;
	const char *service;
	const char *rhost;
	const char *tty;
	const char *method;
	const char *reason;
	const char *request_id;
};

/* Decide once, at the start, where events go. */
void event_open(void);

void event_write(const struct event *event);

#endif
