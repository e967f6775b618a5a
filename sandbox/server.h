/* SPDX-License-Identifier: BSD-2-Clause */
/* The listener: libmicrohttpd between sockets and sandbox_handle(). */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include "sandbox/sandbox.h"

struct server;

struct server_options {
	const char *listen;   /* "HOST:PORT", "[::1]:PORT" or "unix:/PATH" */
	const char *tls_cert; /* PEM files, or both NULL */
	const char *tls_key;
};

/*
 * Bind and listen; nobody is answered before server_start().  A port of 0 is
 * chosen by the kernel.  Returns 0, -EINVAL (not such an address; a file that
 * is no PEM), or what socket(), bind() and open() say.
 */
int server_bind(const struct server_options *options,
    struct server **out_server) MUST_CHECK;

/* Where it listens: "http://127.0.0.1:8091", "unix:/run/x.sock". */
const char *server_url(const struct server *server);
/* The same for links in messages: "http://localhost" on a unix socket. */
const char *server_link_url(const struct server *server);

/* Answer requests by sandbox, in threads of their own.  0, -EIO or -ENOMEM. */
int server_start(struct server *server, struct sandbox *sandbox) MUST_CHECK;

/* Stop, close, free, set to NULL; waits until no request is under way. */
void server_free(struct server **server);

#endif
