/* SPDX-License-Identifier: BSD-2-Clause */
/* A request and its answer as HTTP has them, without a socket. */
#ifndef SANDBOX_HTTP_H
#define SANDBOX_HTTP_H

#include "common/attr.h"
#include "common/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_BODY_MAX (1024 * 1024) /* of a request */
#define HTTP_REPLY_MAX (32 * 1024 * 1024)

/* Texts are the caller's; a header that is not there is NULL. */
struct http_request {
	const char *method; /* "POST" */
	const char *target; /* path and query as the client wrote them */
	const char *authorization;
	const char *host;
	const char *origin;
	const char *control_token;  /* X-Sandbox-Token */
	const char *member_session; /* X-Stytch-Member-Session */
	const char *member_jwt;     /* X-Stytch-Member-SessionJWT */
	const char *body;           /* body_len bytes; NULL: none */
	size_t body_len;
	bool body_too_long; /* more than HTTP_BODY_MAX were sent */
	bool local;         /* the peer is on a loopback address or socket */
	/* For the log of calls. */
	int64_t begun_us;  /* clock_monotonic_us(); 0: as it is handled */
	const char *fault; /* a literal: what was made to go wrong, or NULL */
};

/* Clear with http_reply_clear(). */
struct http_reply {
	int status;
	const char *content_type; /* a literal */
	struct buf body;
	struct buf location; /* "": no redirect */
	bool page;           /* HTML: gets a content security policy */
	bool form;           /* which lets forms go on to other sites */
	/* For the log of calls (calls.h). */
	const char *route;   /* a literal: the path's template, or NULL */
	char error_type[64]; /* "": none */
	char subject[96];    /* an id that the path names, or "" */
	char request_id[96]; /* "": none */
};

#define HTTP_REPLY_INIT \
	{ \
		.status = 500, .content_type = "text/plain", \
		.body = BUF_INIT(HTTP_REPLY_MAX), .location = BUF_INIT(8192), \
		.page = false, .form = false, .route = NULL, .error_type = "", \
		.subject = "", .request_id = "" \
	}

void http_reply_clear(struct http_reply *reply);

/* Note an error's type; one that does not look like one is not repeated. */
void http_reply_note_error(struct http_reply *reply, const char *type);

/* The length of the target's path, up to '?' or '#'. */
size_t http_path_len(const char *target);

/*
 * Append text percent-decoded; with plus set '+' is a space.  -EINVAL for a
 * broken escape, a NUL, or what is not UTF-8.
 */
int http_decode(struct buf *buf, const char *text, size_t len, bool plus)
    MUST_CHECK;

/*
 * The next name=value of a query: *query moves on, out_name and out_value get
 * the decoded texts.  Returns 1, 0 at the end, or -EINVAL.
 */
int http_query_next(const char **query, struct buf *out_name,
    struct buf *out_value) MUST_CHECK;

/* The query's value of name, appended to out.  Whether it is there. */
bool http_query_get(const char *target, const char *name, struct buf *out);

/*
 * User and password of an Authorization header of HTTP Basic, into buffers of
 * size bytes.  Returns 0 or -EINVAL.
 */
int http_basic(const char *authorization, char *out_user, char *out_password,
    size_t size) MUST_CHECK;

#endif
