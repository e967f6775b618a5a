/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys as COSE has them (RFC 9052, 9053; WebAuthn 5.8.5). */
#ifndef SANDBOX_COSE_H
#define SANDBOX_COSE_H

#include "sandbox/signature.h"

/* Algorithms, by their numbers at IANA. */
#define COSE_ES256 (-7)
#define COSE_EDDSA (-8)
#define COSE_RS256 (-257)

struct cose_key {
	int64_t algorithm;
	EVP_PKEY *key;
};

#define COSE_KEY_INIT \
	{ \
		.algorithm = 0, .key = NULL \
	}

void cose_key_clear(struct cose_key *key);

/*
 * Read a key: ES256 on P-256, EdDSA on Ed25519, RS256 of 2048 to 4096 bits.
 * 0; -EBADMSG for what is no such key or is followed by more; -ENOTSUP for
 * another algorithm; -ENOMEM.
 */
int cose_key_read(struct bytes bytes, struct cose_key *out_key) MUST_CHECK;

/*
 * Check a signature by an algorithm, which must be one of the three and fit
 * the key.  0, -EBADMSG, -ENOTSUP, -ENOMEM.
 */
int cose_check(int64_t algorithm, EVP_PKEY *key, struct bytes text,
    struct bytes signature) MUST_CHECK;

#endif
