/* SPDX-License-Identifier: BSD-2-Clause */
/* The requests of doc/PROTOCOL.md, each for the sockets that may make it. */
#ifndef STYTCHD_REQUEST_H
#define STYTCHD_REQUEST_H

#include "stytchd/server.h"

#define REQUEST_UNAVAILABLE 9 /* PAM_AUTHINFO_UNAVAIL */
#define REQUEST_DEADLINE_MS 5000

/* A connection being served. */
struct request {
	struct agent *agent;
	struct admin *admin;
	const struct peer *peer;
	struct slot *slot;
	const struct wire_message *message;
};

/*
 * Answer a parsed packet of size bytes.  Returns 0, or why nothing was
 * answered: -EPROTO (no request, or too long a packet for this one), -EPERM
 * (not on this socket).
 */
int request_handle(const struct request *request, size_t size) MUST_CHECK;

#endif
