/* SPDX-License-Identifier: BSD-2-Clause */
/* What the sandbox sends: nothing leaves it, all lands in the inbox. */
#ifndef SANDBOX_MESSAGE_H
#define SANDBOX_MESSAGE_H

#include "sandbox/sandbox.h"

struct message {
	const char *to;      /* an address or a phone number */
	const char *channel; /* "sms", "whatsapp", "email" */
	const char *kind;    /* "otp", "magic_link", "invite", ... */
	const char *code;    /* NULL: none */
	const char *token;
	const char *link;
	const char *other_link; /* of a reset: log in without a password */
	int64_t minutes;        /* how long it is good for; in the text */
};

/*
 * Put a message in the inbox.  API_OK, or why it cannot be sent: country not
 * allowed, recipient unsubscribed, address bounced (settings).
 */
enum api_error message_send(struct request *rq, const struct message *message)
    MUST_CHECK;

/*
 * Messages, newest first, as the array of GET /sandbox/messages; to may be
 * NULL (everyone).  Freed by the caller.
 */
cJSON *message_list(struct store *store, const char *to, int limit) MUST_CHECK;

/*
 * Who got the newest messages, the latest first, at most limit, as an array of
 * {"to", "count"}.  Freed by the caller.
 */
cJSON *message_recipients(struct store *store, int limit) MUST_CHECK;

#endif
