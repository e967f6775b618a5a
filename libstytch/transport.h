/* SPDX-License-Identifier: BSD-2-Clause */
/* One HTTP exchange over a warm connection: libcurl, tied down. */
#ifndef LIBSTYTCH_TRANSPORT_H
#define LIBSTYTCH_TRANSPORT_H

#include "common/attr.h"
#include "common/buf.h"
#include "common/secret.h"
#include "libstytch/origin.h"
#include "libstytch/pool.h"

#include <stytch/stytch.h>

/* What all exchanges of a client share; set once, then read-only. */
struct transport {
	struct pool pool;
	struct secret authorization; /* "Authorization: Basic ..." */
	char *ca_file;               /* NULL: the system's */
	char *proxy;                 /* NULL: none */
	unsigned connect_timeout_ms;
};

struct exchange {
	/* What is asked. */
	const char *method;
	const struct origin *origin;
	const char *target;        /* path and query */
	const struct secret *body; /* NULL: none */
	const char *member_header; /* "" for none */
	bool with_authorization;
	bool is_form; /* the body is a form's, not JSON */
	size_t reply_max;
	int64_t deadline_ms; /* on the monotonic clock */
	/* What came. */
	int http_status;
	int64_t retry_after_ms; /* -1: the answer did not say */
	struct buf reply;       /* the body; wiped by exchange_clear() */
};

/* Once a process, before all else.  Returns 0 or -ENOMEM. */
int transport_init_library(void) MUST_CHECK;

/*
 * Ask and read the whole answer, whatever its status.  Waits for a free
 * connection, follows no redirect, obeys no environment variable, raises no
 * SIGPIPE.  STYTCH_OK: http_status, retry_after_ms and reply are set.  Else
 * error is filled in: STYTCH_UNAVAILABLE, STYTCH_PROTOCOL (no HTTP, or longer
 * than reply_max), STYTCH_MISCONFIGURED (ca_file).
 */
enum stytch_class transport_perform(struct transport *transport,
    struct exchange *exchange, struct stytch_error *error) MUST_CHECK;

void exchange_clear(struct exchange *exchange);

void transport_clear(struct transport *transport);

/* Milliseconds of the monotonic clock. */
int64_t transport_now_ms(void);

#endif
