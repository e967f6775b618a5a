/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JWTs for tests, signed by OpenSSL alone: none of the code under test takes
 * part in making them.
 */
#ifndef TESTS_UNIT_TOKEN_H
#define TESTS_UNIT_TOKEN_H

#include <openssl/evp.h>
#include <stddef.h>

/* Every text is the caller's, freed with free(). */

/* {"kty":"RSA","kid":KID,"n":...,"e":...EXTRA}; extra is "" or ",...". */
char *token_jwk(EVP_PKEY *key, const char *kid, const char *extra);

/* header.payload.signature: RS256 by key, whatever the header says. */
char *token_sign(EVP_PKEY *key, const char *header, const char *payload);

/* The same with HMAC-SHA256 by a secret; with nothing in the third part. */
char *token_hmac(const void *secret, size_t len, const char *header,
    const char *payload);
char *token_unsigned(const char *header, const char *payload);

#endif
