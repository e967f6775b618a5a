/* SPDX-License-Identifier: BSD-2-Clause */
/* X.509 certificates and RSA keys as PEM: read, checked, made. */
#ifndef SANDBOX_CERTIFICATE_H
#define SANDBOX_CERTIFICATE_H

#include "sandbox/sandbox.h"

#include <openssl/evp.h>

/* Append a certificate of the key by itself, as base64 of its DER. */
int certificate_self_sign(EVP_PKEY *key, const char *name, struct buf *out)
    MUST_CHECK;

/*
 * The certificate in PEM, or in base64 alone, as the API shows one: issuer,
 * times, its text.  NULL: it is none, or there is no memory (json_failed()).
 */
cJSON *certificate_json(struct request *rq, const char *text) MUST_CHECK;

/* Whether text is one RSA private key in PEM. */
bool certificate_is_rsa_key(const char *text) MUST_CHECK;

/* As certificate_json(), for a new certificate of a private key in PEM. */
cJSON *certificate_of_key(struct request *rq, const char *key) MUST_CHECK;

#endif
