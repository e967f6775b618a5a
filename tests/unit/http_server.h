/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scripted HTTP server for tests: on loopback or a unix socket, plain or
 * TLS, one thread a connection.  It answers the n-th request with the n-th
 * answer of its script, the last one over and over, well-behaved or not.
 */
#ifndef TESTS_UNIT_HTTP_SERVER_H
#define TESTS_UNIT_HTTP_SERVER_H

#include "common/attr.h"

#include <stddef.h>

enum http_behaviour {
	HTTP_ANSWERS,         /* and keeps the connection */
	HTTP_CLOSES,          /* answers, then closes */
	HTTP_TRUNCATES,       /* closes in the middle of the body */
	HTTP_DROPS,           /* closes without an answer */
	HTTP_HANGS,           /* reads, and never answers */
	HTTP_NEVER_ENDS,      /* a body without end */
	HTTP_HEADS_NEVER_END, /* headers without end */
	HTTP_BABBLES,         /* body alone, which is not HTTP */
	HTTP_WAITS,           /* answers when http_server_release() is called */
};

struct http_answer {
	int status;
	const char *body;    /* NULL: "" */
	const char *headers; /* NULL, or "Name: value\r\n"... */
	enum http_behaviour behaviour;
};

struct http_server;

/* How to listen; zero-initialised: plain, on 127.0.0.1. */
struct http_listen {
	const char *unix_path; /* NULL: TCP */
	const char *cert_pem;  /* both for TLS, else NULL */
	const char *key_pem;
	int max_tls_version; /* 0: the newest */
};

/* Copies neither script nor texts.  Fails the test where it cannot listen. */
struct http_server *http_server_start(const struct http_listen *listen,
    const struct http_answer *script, size_t count);
void http_server_stop(struct http_server **server);

/* "http://127.0.0.1:PORT", "https://127.0.0.1:PORT" or "unix:/PATH". */
const char *http_server_url(const struct http_server *server);

/* Requests read so far, and the text of the n-th; connections taken. */
size_t http_server_requests(struct http_server *server);
const char *http_server_request(struct http_server *server, size_t n);
size_t http_server_connections(struct http_server *server);
/* The most reads that any request took to be whole. */
size_t http_server_max_reads(struct http_server *server);

/* Wait until n requests were read; let the waiting ones be answered. */
void http_server_wait(struct http_server *server, size_t n);
void http_server_release(struct http_server *server);

#endif
