/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links: a token that is good once and for a time.  A mailed link leads to
 * the sandbox's own page (LINK_PATH), which sends the browser on to the
 * redirect URL with stytch_token_type and token.
 */
#ifndef SANDBOX_LINK_H
#define SANDBOX_LINK_H

#include "sandbox/sandbox.h"

#define LINK_PATH "/v1/magic_links/redirect"

/* A link to make.  Texts may be NULL where no comment forbids it. */
struct link_wish {
	const char *kind;       /* what may use it: "magic_link"; not NULL */
	const char *token_type; /* stytch_token_type; not NULL */
	const char *owner_id;   /* user or member; not NULL, "" is nobody */
	const char *organization_id;
	const char *email_id;
	const char *email;
	const char *redirect_url; /* link_redirect_url()'s; NULL: no page */
	const char *challenge;    /* of PKCE */
	const char *details;      /* JSON, for who made it */
	int64_t minutes;
};

/* A link found, with what the wish said; "" where that was NULL. */
struct link {
	char kind[32];
	char owner_id[96];
	char organization_id[96];
	char email_id[96];
	char email[256];
	char challenge[64];
	char ip_address[64];
	char user_agent[512];
	char *details; /* or NULL */
};

void link_clear(struct link *link);

/*
 * Make a link: *out_token, and in url (may be NULL) the address to mail.  The
 * request's attributes are kept, for link_attributes_hold().
 */
void link_make(struct request *rq, const struct link_wish *wish,
    struct token *out_token, struct buf *url);

/* As link_make(), for a link in place of those of its kind and owner. */
void link_void(struct request *rq, const char *kind, const char *owner_id);

enum link_state {
	LINK_GOOD,
	LINK_SPENT, /* used or expired; out_link is filled in all the same */
	LINK_UNKNOWN,
};

/* Find a link of one of the kinds ("a|b"); it is not used up by that. */
enum link_state link_find(struct request *rq, const char *token,
    const char *kinds, struct link *out_link) MUST_CHECK;
/* Use it up: with the other checks done and the transaction at its end. */
void link_use(struct request *rq, const char *token);

/* PKCE: API_OK where verifier (may be NULL) is what the link began with. */
enum api_error link_check_pkce(const struct link *link, const char *verifier)
    MUST_CHECK;

/*
 * The parameters attributes and options against who asked for the message:
 * API_OK or API_ATTRIBUTE_MISMATCH.
 */
enum api_error attributes_check(struct request *rq, const char *ip_address,
    const char *user_agent) MUST_CHECK;

/*
 * The URL a link of that type ("LOGIN", "SIGNUP", "INVITE", "RESET_PASSWORD",
 * "DISCOVERY") is to end at: wanted if it is registered, the type's default
 * for NULL.  API_OK and the URL appended to out, or the error.
 */
enum api_error link_redirect_url(struct request *rq, const char *type,
    const char *wanted, struct buf *out) MUST_CHECK;

/* The page behind a mailed link. */
void link_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply);

#endif
