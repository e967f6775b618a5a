/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The signing key of a project (RSA, RS256), made when it is first needed and
 * kept in the store; its public half as JWKS; JWTs signed and checked.
 */
#ifndef SANDBOX_KEY_H
#define SANDBOX_KEY_H

#include "sandbox/sandbox.h"

/* Keys read from the store, kept while the server runs. */
struct keys *keys_new(void);
void keys_free(struct keys **keys);

/* The claims signed as a JWT; freed by the caller.  NULL: remembered. */
char *key_sign(struct request *rq, const cJSON *claims) MUST_CHECK;

/*
 * The claims of a JWT that a key of this project signed, whatever its times
 * say; freed by the caller.  NULL: it is none.
 */
cJSON *key_verify(struct request *rq, const char *jwt) MUST_CHECK;

/* The same by the keys of a foreign JWKS ({"keys": [..]}). */
cJSON *key_verify_with(const cJSON *jwks, const char *jwt) MUST_CHECK;

/* Every public key of the project, as the array "keys" of a JWKS. */
cJSON *key_set(struct request *rq) MUST_CHECK;

#endif
