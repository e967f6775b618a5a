/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phpass's portable hashes, over libcrypto's MD5.  "$P$" ("$H$" in phpBB), a
 * digit of the base two logarithm of the rounds, 8 characters of salt, 22 of
 * the hash.
 */
#include "config.h"

#include "sandbox/hash_types.h"

#include "common/attr.h"
#include "common/buf.h"
#include "sandbox/token.h"

#include <openssl/evp.h>
#include <string.h>

#define PREFIX_LEN 3
#define SALT_AT 4
#define SALT_LEN 8
#define HASH_AT (SALT_AT + SALT_LEN)
#define TEXT_LEN (HASH_AT + 22)
#define MD5_LEN 16
#define ROUNDS_LOG2_MIN 7
#define ROUNDS_LOG2_MAX 24 /* seconds; phpass itself takes 30 */

static const char digits[] =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* The logarithm; -1: the digit is none, or out of range. */
static int
rounds_log2(const char *text)
{
	const char *digit = strchr(digits, text[PREFIX_LEN]);
	int log2 = digit != NULL ? (int)(digit - digits) : -1;

	return log2 >= ROUNDS_LOG2_MIN && log2 <= ROUNDS_LOG2_MAX ? log2 : -1;
}

enum api_error
phpass_check(const char *text, const cJSON *config)
{
	(void)config;
	if (strncmp(text, "$P$", PREFIX_LEN) != 0 &&
	    strncmp(text, "$H$", PREFIX_LEN) != 0)
		return API_INVALID_PHPASS_HASH_PREFIX;
	if (strlen(text) != TEXT_LEN || rounds_log2(text) < 0 ||
	    strspn(text + HASH_AT, digits) != TEXT_LEN - HASH_AT)
		return API_INVALID_PHPASS_HASH_FORMAT;
	return API_OK;
}

/* Three bytes to four digits, the lowest bits first. */
static void
encode(const uint8_t bytes[MD5_LEN], struct buf *out)
{
	for (size_t i = 0; i < MD5_LEN; i += 3) {
		uint32_t value = 0;
		size_t count = MD5_LEN - i < 3 ? MD5_LEN - i : 3;

		for (size_t j = 0; j < count; j++)
			value |= (uint32_t)bytes[i + j] << (8 * j);
		for (size_t j = 0; j <= count; j++)
			buf_addc(out, digits[(value >> (6 * j)) & 0x3f]);
	}
}

/* MD5 of the first bytes followed by the password, to out. */
static bool
round_of(EVP_MD_CTX *context, const void *first, size_t len,
    const char *password, uint8_t out[MD5_LEN])
{
	return EVP_DigestInit_ex(context, EVP_md5(), NULL) == 1 &&
	    EVP_DigestUpdate(context, first, len) == 1 &&
	    EVP_DigestUpdate(context, password, strlen(password)) == 1 &&
	    EVP_DigestFinal_ex(context, out, NULL) == 1;
}

static void
context_free(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

bool
phpass_matches(const char *text, const char *config, const char *password)
{
	CLEANUP(context_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
	CLEANUP(buf_clear) struct buf again = BUF_INIT(64);
	uint8_t hash[MD5_LEN];
	int log2;
	bool good;

	(void)config;
	if (phpass_check(text, NULL) != API_OK || context == NULL)
		return false;
	log2 = rounds_log2(text);
	if (log2 < 0)
		return false;
	good = round_of(context, text + SALT_AT, SALT_LEN, password, hash);
	for (uint32_t i = 0; good && i < UINT32_C(1) << log2; i++)
		good = round_of(context, hash, sizeof(hash), password, hash);
	if (good)
		encode(hash, &again);
	return good && buf_error(&again) == 0 &&
	    text_equal(buf_text(&again), text + HASH_AT);
}
