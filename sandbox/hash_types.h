/* SPDX-License-Identifier: BSD-2-Clause */
/* What hash.c's table takes from the files of single kinds of hash. */
#ifndef SANDBOX_HASH_TYPES_H
#define SANDBOX_HASH_TYPES_H

#include "sandbox/error.h"
#include "sandbox/json.h"

#include <stdbool.h>
#include <stdint.h>

#define HASH_KEY_MAX 128
#define HASH_SALT_MAX 256

/* A derived key and its salt, read from base64. */
struct derived {
	uint8_t key[HASH_KEY_MAX];
	size_t key_len;
	uint8_t salt[HASH_SALT_MAX];
	size_t salt_len;
};

/*
 * A number at *text behind prefix, of a string in the PHC format; *text moves
 * on.  0 for none; what has more than seven digits is cut.
 */
int64_t phc_number(const char **text, const char *prefix);

/*
 * Argon2: check hash and config; both as they are in the PHC string
 * "$argon2id$v=19$m=65536,t=2,p=1$SALT$HASH" (NULL: it is none, else the
 * config, and *out_hash points to the last part); compare.
 */
enum api_error argon2_check(const char *text, const cJSON *config);
cJSON *argon2i_from_phc(const char *text, const char **out_hash);
cJSON *argon2id_from_phc(const char *text, const char **out_hash);
bool argon2i_matches(const char *text, const char *config,
    const char *password);
bool argon2id_matches(const char *text, const char *config,
    const char *password);

/* phpass: the portable hashes of WordPress and phpBB, "$P$9...". */
enum api_error phpass_check(const char *text, const cJSON *config);
bool phpass_matches(const char *text, const char *config, const char *password);

#endif
