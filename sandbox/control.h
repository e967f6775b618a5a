/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox's own routes under /sandbox/: messages, clock, faults, settings,
 * seed, reset, and the landing page of links.
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "sandbox/sandbox.h"

#define CONTROL_PREFIX "/sandbox/"
#define CONTROL_LANDING "/sandbox/landing"

void control_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply);

/*
 * Whether the caller may use what only this machine may: it is on it, names
 * it as the host, comes from no foreign page, and has the token if there is
 * one.  Else reply is the refusal.
 */
bool control_allowed(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply) MUST_CHECK;

#endif
