/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Session JWTs, verified by cjose behind guards of our own: nothing but an
 * RS256 token and an RSA key reach its verification.  Pure functions.
 */
#ifndef LIBSTYTCH_JWT_H
#define LIBSTYTCH_JWT_H

#include "common/attr.h"

#include <cjose/cjose.h>
#include <cjson/cJSON.h>
#include <stytch/stytch.h>

#define JWT_KEYS_MAX 16
#define JWT_KID_MAX 128
#define JWT_LEEWAY_S 60

/* The usable keys of a JWKS. */
struct jwt_keys {
	struct {
		char kid[JWT_KID_MAX + 1];
		cjose_jwk_t *jwk;
	} key[JWT_KEYS_MAX];
	size_t count;
};

/*
 * Take the RSA keys of at least 2048 bits for RS256 signatures out of a JWKS
 * ({"keys": [...]}); others are passed over.  Returns 0 or -EPROTO (not a
 * JWKS), and then out_keys is not written.
 */
int jwt_keys_parse(const cJSON *jwks, struct jwt_keys *out_keys) MUST_CHECK;

void jwt_keys_clear(struct jwt_keys *keys);

/* The key with this id, or NULL. */
const cjose_jwk_t *jwt_keys_find(const struct jwt_keys *keys, const char *kid);

/* A token taken apart, nothing of it believed yet. */
struct jwt {
	cjose_jws_t *jws;
	char kid[JWT_KID_MAX + 1];
};

#define JWT_INIT \
	{ \
		.jws = NULL, .kid = "" \
	}

/*
 * Take a token apart.  STYTCH_OK, or STYTCH_REJECTED with error filled in:
 * not three parts of base64url, no RS256, no kid, a critical header.
 */
enum stytch_class jwt_open(const char *text, struct jwt *out_jwt,
    struct stytch_error *error) MUST_CHECK;

void jwt_clear(struct jwt *jwt);

/* What a token must say. */
struct jwt_expected {
	const char *project_id;
	const char *base_url; /* issuer of projects with a host of their own */
	int64_t now_s;        /* seconds since 1970 */
};

/*
 * Verify an opened token by the key of its kid, then issuer, audience and
 * times.  On STYTCH_OK *out_claims is the caller's, freed with json_free();
 * else STYTCH_REJECTED, STYTCH_EXPIRED or STYTCH_UNAVAILABLE (memory).
 */
enum stytch_class jwt_verify(const struct jwt *jwt, const cjose_jwk_t *key,
    const struct jwt_expected *expected, cJSON **out_claims,
    struct stytch_error *error) MUST_CHECK;

#endif
