/* SPDX-License-Identifier: BSD-2-Clause */
/* A call being made: its parameters, and the request they become. */
#ifndef LIBSTYTCH_CALL_H
#define LIBSTYTCH_CALL_H

#include "common/attr.h"
#include "common/buf.h"
#include "common/secret.h"
#include "libstytch/endpoint.h"

#include <cjson/cJSON.h>
#include <stytch/stytch.h>

struct stytch_call {
	struct stytch_client *client;
	const struct endpoint *endpoint;  /* NULL: no such endpoint */
	cJSON *values[ENDPOINT_BODY + 1]; /* objects, by where they go */
	struct secret member_session;
	bool member_session_is_jwt;
	struct stytch_error fault; /* the first; class_ is STYTCH_OK: none */
};

/* What goes over the wire. */
struct request {
	struct buf target; /* path and query */
	struct secret body;
	bool has_body;
	struct secret member_header; /* "X-...: token", or not set */
};

#define REQUEST_TARGET_MAX 8192
#define REQUEST_BODY_MAX (4U << 20)

#define REQUEST_INIT \
	{ \
		.target = BUF_INIT(REQUEST_TARGET_MAX), .body = SECRET_INIT, \
		.has_body = false, .member_header = SECRET_INIT \
	}

/*
 * Check the call (the first fault of a set, then the table) and make its
 * request.  STYTCH_OK, or error is filled in and out_request is not touched.
 */
enum stytch_class call_request(const struct stytch_call *call,
    struct request *out_request, struct stytch_error *error) MUST_CHECK;

#define REQUEST_MASK "***"

/*
 * The same with REQUEST_MASK in place of every secret of the endpoint table
 * and of the member's session: what can be shown to a person.
 */
enum stytch_class call_request_masked(const struct stytch_call *call,
    struct request *out_request, struct stytch_error *error) MUST_CHECK;

void request_clear(struct request *request);

/* Forget a parameter, which has no dots in its name. */
void call_unset(struct stytch_call *call, const char *name);

/* Whether text holds a secret of the call (4 bytes at least). */
bool call_text_has_secret(const struct stytch_call *call, const char *text);

#endif
