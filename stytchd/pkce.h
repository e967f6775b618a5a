/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proof keys of magic links (RFC 7636).  The verifier is derived from the
 * agent's key, the identity and the time of sending: nothing need be kept, and
 * every conversation that shares the link finds it.
 */
#ifndef STYTCHD_PKCE_H
#define STYTCHD_PKCE_H

#include "stytchd/keyring.h"

#define PKCE_CHALLENGE_SIZE 44 /* base64url of SHA-256, and a NUL */

/* The verifier of the link sent to identity at sent_at.  0, -ENOMEM, -EIO. */
int pkce_verifier(const struct keyring *keyring, const char *identity,
    int64_t sent_at, struct secret *out_verifier) MUST_CHECK;

/* Its challenge, method S256. */
int pkce_challenge(const struct secret *verifier,
    char out_challenge[PKCE_CHALLENGE_SIZE]) MUST_CHECK;

#endif
