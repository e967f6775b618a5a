/* SPDX-License-Identifier: BSD-2-Clause */
/* Mails with a link to members: what their kinds differ in, and sending. */
#ifndef SANDBOX_B2B_MAIL_H
#define SANDBOX_B2B_MAIL_H

#include "sandbox/b2b.h"

/* One kind of mail; the names are those of parameters. */
struct mail {
	const char *kind;       /* of link and message */
	const char *token_type; /* stytch_token_type */
	const char *type;       /* of redirect URL: "LOGIN" */
	const char *url;
	const char *minutes;   /* NULL: always the fallback */
	const char *challenge; /* NULL: no PKCE */
	int64_t fallback;
};

/*
 * Send a link to an address; member NULL: of discovery.  email_id is the id
 * of the address, "" where it has none.
 */
enum api_error mail_send(struct request *rq, const struct mail *mail,
    const struct member *member, const char *email_id, const char *address)
    MUST_CHECK;

#endif
