/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures by public keys of OpenSSL, and freeing its objects. */
#ifndef SANDBOX_SIGNATURE_H
#define SANDBOX_SIGNATURE_H

#include "common/attr.h"

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that somebody else owns. */
struct bytes {
	const uint8_t *data;
	size_t len;
};

/*
 * Whether signature is the key's over text, hashed by digest (NULL: the key's
 * kind says how).  0, -EBADMSG where it is not, or -ENOMEM.
 */
int signature_check(EVP_PKEY *key, const EVP_MD *digest, struct bytes text,
    struct bytes signature) MUST_CHECK;

/* Free and set to NULL. */
void signature_key_free(EVP_PKEY **key);

#endif
