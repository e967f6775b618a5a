/* SPDX-License-Identifier: BSD-2-Clause */
/* Password hashes: the sandbox's own, and those that migrate brings. */
#ifndef SANDBOX_HASH_H
#define SANDBOX_HASH_H

#include "common/attr.h"
#include "sandbox/error.h"
#include "sandbox/json.h"

#include <stdbool.h>

struct hash {
	const char *type; /* a literal: "crypt", "bcrypt", "sha_1", .. */
	char *text;
	char *config; /* JSON, or NULL */
};

#define HASH_INIT \
	{ \
		.type = "", .text = NULL, .config = NULL \
	}

void hash_clear(struct hash *hash);

/* Hash a password by crypt(3).  0 or a negative errno. */
int hash_make(const char *password, struct hash *out_hash) MUST_CHECK;

/*
 * Check hash, hash_type and the type's config in object.  API_OK, or the error
 * for what is wrong.
 */
enum api_error hash_import(const cJSON *object, struct hash *out_hash)
    MUST_CHECK;

/* Whether password gives the hash; false for what cannot be computed. */
bool hash_matches(const char *type, const char *text, const char *config,
    const char *password) MUST_CHECK;

#endif
