/* SPDX-License-Identifier: BSD-2-Clause */
/* Argon2's password hashes, computed by libargon2. */
#include "config.h"

#include "sandbox/hash_types.h"

#include "common/buf.h"
#include "sandbox/token.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <string.h>

#define ITERATIONS_MAX 64
#define THREADS_MAX 64
#define MEMORY_MAX_KIB 524288
#define SALT_MIN 8
#define KEY_MIN 4

enum api_error
argon2_check(const char *text, const cJSON *config)
{
	struct derived hash;
	const char *salt = json_string(config, "salt");
	int64_t threads = json_int(config, "threads", 0);
	int64_t memory = json_int(config, "memory", 0);
	int64_t iterations = json_int(config, "iteration_amount", 0);
	int64_t version =
	    json_int(config, "version", (int64_t)ARGON2_VERSION_13);

	if (base64_read(text, hash.key, sizeof(hash.key), &hash.key_len) != 0 ||
	    hash.key_len < KEY_MIN ||
	    (version != ARGON2_VERSION_10 && version != ARGON2_VERSION_13))
		return API_INVALID_HASH;
	if (salt == NULL ||
	    base64_read(salt, hash.salt, sizeof(hash.salt), &hash.salt_len) !=
		0 ||
	    hash.salt_len < SALT_MIN)
		return API_INVALID_ARGON_2_SALT;
	if (iterations < 1 || iterations > ITERATIONS_MAX)
		return API_INVALID_ARGON_2_ITERATION_AMOUNT;
	if (threads < 1 || threads > THREADS_MAX)
		return API_INVALID_ARGON_2_THREADS;
	if (memory < 8 * threads || memory > MEMORY_MAX_KIB)
		return API_INVALID_ARGON_2_MEMORY;
	return json_int(config, "key_length", 0) == (int64_t)hash.key_len
	    ? API_OK
	    : API_ARGON_2_KEY_LENGTH_MISMATCH;
}

static cJSON *
from_phc(const char *text, const char *name, const char **out_hash)
{
	CLEANUP(buf_clear) struct buf salt = BUF_INIT(2 * HASH_SALT_MAX);
	size_t name_len = strlen(name);
	uint8_t key[HASH_KEY_MAX];
	int64_t version, memory, iterations, threads;
	const char *end;
	size_t key_len;
	cJSON *config;

	if (strncmp(text, name, name_len) != 0)
		return NULL;
	text += name_len;
	version = phc_number(&text, "$v=");
	memory = phc_number(&text, "$m=");
	iterations = phc_number(&text, ",t=");
	threads = phc_number(&text, ",p=");
	end = *text == '$' ? strchr(text + 1, '$') : NULL;
	if (end == NULL ||
	    base64_read(end + 1, key, sizeof(key), &key_len) != 0)
		return NULL;
	buf_add(&salt, text + 1, (size_t)(end - text - 1));
	config = json_object();
	json_set_string(config, "salt", buf_text(&salt));
	/* Strings without a version are those of 1.0. */
	json_set_int(config, "version",
	    version != 0 ? version : (int64_t)ARGON2_VERSION_10);
	json_set_int(config, "memory", memory);
	json_set_int(config, "iteration_amount", iterations);
	json_set_int(config, "threads", threads);
	json_set_int(config, "key_length", (int64_t)key_len);
	*out_hash = end + 1;
	return config;
}

cJSON *
argon2i_from_phc(const char *text, const char **out_hash)
{
	return from_phc(text, "$argon2i", out_hash);
}

cJSON *
argon2id_from_phc(const char *text, const char **out_hash)
{
	return from_phc(text, "$argon2id", out_hash);
}

static bool
matches(argon2_type type, const char *text, const char *config,
    const char *password)
{
	CLEANUP(json_free) cJSON *object = json_parse_stored(config, "{}");
	const char *salt = json_string(object, "salt");
	uint8_t key[HASH_KEY_MAX];
	struct derived hash;

	return salt != NULL &&
	    base64_read(text, hash.key, sizeof(hash.key), &hash.key_len) == 0 &&
	    base64_read(salt, hash.salt, sizeof(hash.salt), &hash.salt_len) ==
	    0 &&
	    argon2_hash((uint32_t)json_int(object, "iteration_amount", 0),
		(uint32_t)json_int(object, "memory", 0),
		(uint32_t)json_int(object, "threads", 0), password,
		strlen(password), hash.salt, hash.salt_len, key, hash.key_len,
		NULL, 0, type,
		(uint32_t)json_int(object, "version",
		    (int64_t)ARGON2_VERSION_13)) == ARGON2_OK &&
	    CRYPTO_memcmp(key, hash.key, hash.key_len) == 0;
}

bool
argon2i_matches(const char *text, const char *config, const char *password)
{
	return matches(Argon2_i, text, config, password);
}

bool
argon2id_matches(const char *text, const char *config, const char *password)
{
	return matches(Argon2_id, text, config, password);
}
