/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Password hashes.  libxcrypt knows crypt(3)'s, OpenSSL the digests and the
 * key derivations; Argon2 and phpass have files of their own.
 */
#include "config.h"

#include "sandbox/hash.h"

#include "common/buf.h"
#include "sandbox/hash_types.h"
#include "sandbox/token.h"

#include <crypt.h>
#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PBKDF2_ITERATIONS_MAX 5000000
#define SCRYPT_N_MAX 262144
#define SCRYPT_MEMORY_MAX (512UL * 1024 * 1024)

void
hash_clear(struct hash *hash)
{
	free(hash->text);
	free(hash->config);
	memset(hash, 0, sizeof(*hash));
}

/* ---- crypt(3). ---- */

static void
crypt_free(struct crypt_data **data)
{
	if (*data != NULL)
		explicit_bzero(*data, sizeof(**data));
	free(*data);
}

/* crypt(3) of password with setting, to be freed; NULL where it fails. */
static char *
crypt_text(const char *password, const char *setting)
{
	CLEANUP(crypt_free)
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *text;

	if (data == NULL)
		return NULL;
	text = crypt_r(password, setting, data);
	return text != NULL && text[0] != '*' ? strdup(text) : NULL;
}

int
hash_make(const char *password, struct hash *out_hash)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if (crypt_gensalt_rn("$y$", 1, NULL, 0, setting, sizeof(setting)) ==
	    NULL)
		return -EIO;
	out_hash->type = "crypt";
	out_hash->text = crypt_text(password, setting);
	return out_hash->text != NULL ? 0 : -ENOMEM;
}

static bool
crypt_matches(const char *text, const char *config, const char *password)
{
	CLEANUP(string_free) char *again = crypt_text(password, text);

	(void)config;
	return again != NULL && text_equal(again, text);
}

static enum api_error
bcrypt_check(const char *text, const cJSON *config)
{
	long cost;

	(void)config;
	if (strlen(text) != 60 || strncmp(text, "$2", 2) != 0 ||
	    strchr("abxy", text[2]) == NULL || text[3] != '$' ||
	    text[6] != '$' ||
	    strspn(text + 7,
		"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789") != 53)
		return API_INVALID_BCRYPT_HASH;
	cost = strtol(text + 4, NULL, 10);
	return cost >= 4 && cost <= 16 ? API_OK : API_INVALID_BCRYPT_COST;
}

/* ---- Digests of salted passwords, in hexadecimal. ---- */

static bool
is_hex(const char *text, size_t len)
{
	return strlen(text) == len &&
	    strspn(text, "0123456789abcdefABCDEF") == len;
}

static enum api_error
md5_check(const char *text, const cJSON *config)
{
	(void)config;
	return is_hex(text, 32) ? API_OK : API_INVALID_MD_5_HASH;
}

static enum api_error
sha1_check(const char *text, const cJSON *config)
{
	(void)config;
	return is_hex(text, 40) ? API_OK : API_INVALID_SHA_1_HASH;
}

static enum api_error
sha512_check(const char *text, const cJSON *config)
{
	(void)config;
	return is_hex(text, 128) ? API_OK : API_INVALID_HASH;
}

static bool
digest_matches(const char *text, const char *config, const char *password,
    const EVP_MD *digest)
{
	CLEANUP(json_free) cJSON *salts = json_parse_stored(config, "{}");
	CLEANUP(buf_clear) struct buf salted = BUF_INIT(65536);
	const char *before = json_string(salts, "prepend_salt");
	const char *after = json_string(salts, "append_salt");
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned len = sizeof(hash);
	CLEANUP(buf_clear) struct buf hex = BUF_INIT(256);

	buf_adds(&salted, before != NULL ? before : "");
	buf_adds(&salted, password);
	buf_adds(&salted, after != NULL ? after : "");
	if (buf_error(&salted) != 0 ||
	    EVP_Digest(buf_text(&salted), salted.len, hash, &len, digest,
		NULL) != 1)
		return false;
	for (unsigned i = 0; i < len; i++)
		buf_addf(&hex, "%02x", hash[i]);
	return buf_error(&hex) == 0 && strcasecmp(buf_text(&hex), text) == 0;
}

static bool
md5_matches(const char *text, const char *config, const char *password)
{
	return digest_matches(text, config, password, EVP_md5());
}

static bool
sha1_matches(const char *text, const char *config, const char *password)
{
	return digest_matches(text, config, password, EVP_sha1());
}

static bool
sha512_matches(const char *text, const char *config, const char *password)
{
	return digest_matches(text, config, password, EVP_sha512());
}

/* ---- Derived keys, in base64. ---- */

static enum api_error
pbkdf2_check(const char *text, const cJSON *config)
{
	struct derived hash;
	const char *salt = json_string(config, "salt");
	const char *algorithm = json_string(config, "algorithm");
	int64_t iterations = json_int(config, "iteration_amount", 0);

	if (base64_read(text, hash.key, HASH_KEY_MAX, &hash.key_len) != 0 ||
	    hash.key_len == 0)
		return API_INVALID_PBKDF_2_HASH;
	if (salt == NULL ||
	    base64_read(salt, hash.salt, HASH_SALT_MAX, &hash.salt_len) != 0)
		return API_INVALID_PBKDF_2_SALT;
	if (algorithm != NULL && strcmp(algorithm, "sha256") != 0 &&
	    strcmp(algorithm, "sha512") != 0)
		return API_INVALID_PBKDF_2_ALGORITHM;
	if (iterations < 1 || iterations > PBKDF2_ITERATIONS_MAX)
		return API_INVALID_PBKDF_2_ITERATION_AMOUNT;
	return json_int(config, "key_length", 0) == (int64_t)hash.key_len
	    ? API_OK
	    : API_PBKDF_2_KEY_LENGTH_MISMATCH;
}

static bool
pbkdf2_matches(const char *text, const char *config, const char *password)
{
	CLEANUP(json_free) cJSON *object = json_parse_stored(config, "{}");
	const char *algorithm = json_string(object, "algorithm");
	const char *salt = json_string(object, "salt");
	bool sha512 = algorithm != NULL && strcmp(algorithm, "sha512") == 0;
	uint8_t key[HASH_KEY_MAX];
	struct derived hash;

	return salt != NULL &&
	    base64_read(text, hash.key, HASH_KEY_MAX, &hash.key_len) == 0 &&
	    base64_read(salt, hash.salt, HASH_SALT_MAX, &hash.salt_len) == 0 &&
	    PKCS5_PBKDF2_HMAC(password, (int)strlen(password), hash.salt,
		(int)hash.salt_len,
		(int)json_int(object, "iteration_amount", 1),
		sha512 ? EVP_sha512() : EVP_sha256(), (int)hash.key_len,
		key) == 1 &&
	    CRYPTO_memcmp(key, hash.key, hash.key_len) == 0;
}

int64_t
phc_number(const char **text, const char *prefix)
{
	size_t len = strlen(prefix);
	int64_t value = 0;

	if (strncmp(*text, prefix, len) != 0)
		return 0;
	for (*text += len; isdigit((unsigned char)**text); (*text)++) {
		if (value < 1000000)
			value = value * 10 + (**text - '0');
	}
	return value;
}

/*
 * "$scrypt$ln=14,r=8,p=1$SALT$HASH" (the PHC string format) as the config
 * that says the same, or NULL; *out_hash is the last part.
 */
static cJSON *
scrypt_from_phc(const char *text, const char **out_hash)
{
	CLEANUP(buf_clear) struct buf salt = BUF_INIT(2 * HASH_SALT_MAX);
	uint8_t key[HASH_KEY_MAX];
	int64_t ln = phc_number(&text, "$scrypt$ln=");
	int64_t r = phc_number(&text, ",r=");
	int64_t p = phc_number(&text, ",p=");
	const char *end = *text == '$' ? strchr(text + 1, '$') : NULL;
	size_t key_len;
	cJSON *config;

	if (ln < 1 || ln > 18 || end == NULL ||
	    base64_read(end + 1, key, sizeof(key), &key_len) != 0)
		return NULL;
	buf_add(&salt, text + 1, (size_t)(end - text - 1));
	config = json_object();
	json_set_string(config, "salt", buf_text(&salt));
	json_set_int(config, "n_parameter", INT64_C(1) << ln);
	json_set_int(config, "r_parameter", r);
	json_set_int(config, "p_parameter", p);
	json_set_int(config, "key_length", (int64_t)key_len);
	*out_hash = end + 1;
	return config;
}

static enum api_error
scrypt_check(const char *text, const cJSON *config)
{
	struct derived hash;
	const char *salt = json_string(config, "salt");
	int64_t n = json_int(config, "n_parameter", 0);
	int64_t r = json_int(config, "r_parameter", 0);
	int64_t p = json_int(config, "p_parameter", 0);

	if (base64_read(text, hash.key, HASH_KEY_MAX, &hash.key_len) != 0 ||
	    hash.key_len == 0)
		return API_INVALID_BASE64_SCRYPT_HASH;
	if (salt == NULL ||
	    base64_read(salt, hash.salt, HASH_SALT_MAX, &hash.salt_len) != 0)
		return API_INVALID_BASE64_SCRYPT_SALT;
	if (n < 2 || n > SCRYPT_N_MAX || (n & (n - 1)) != 0)
		return API_INVALID_SCRYPT_N_PARAMETER;
	if (r < 1 || r > 64 || p < 1 || p > 64 ||
	    (uint64_t)n * (uint64_t)r * 128 > SCRYPT_MEMORY_MAX)
		return API_INVALID_SCRYPT_PARAMETERS;
	return json_int(config, "key_length", 0) == (int64_t)hash.key_len
	    ? API_OK
	    : API_SCRYPT_KEY_LENGTH_MISMATCH;
}

static bool
scrypt_matches(const char *text, const char *config, const char *password)
{
	CLEANUP(json_free) cJSON *object = json_parse_stored(config, "{}");
	const char *salt = json_string(object, "salt");
	uint8_t key[HASH_KEY_MAX];
	struct derived hash;

	return salt != NULL &&
	    base64_read(text, hash.key, HASH_KEY_MAX, &hash.key_len) == 0 &&
	    base64_read(salt, hash.salt, HASH_SALT_MAX, &hash.salt_len) == 0 &&
	    EVP_PBE_scrypt(password, strlen(password), hash.salt, hash.salt_len,
		(uint64_t)json_int(object, "n_parameter", 0),
		(uint64_t)json_int(object, "r_parameter", 0),
		(uint64_t)json_int(object, "p_parameter", 0),
		2 * SCRYPT_MEMORY_MAX, key, hash.key_len) == 1 &&
	    CRYPTO_memcmp(key, hash.key, hash.key_len) == 0;
}

/* ---- The table. ---- */

/* clang-format off */
static const struct hash_type {
	const char *name;
	const char *config; /* the member with its parameters */
	enum api_error (*check)(const char *text, const cJSON *config);
	bool (*matches)(
	    const char *text, const char *config, const char *password);
	/* Where the hash may come with its parameters in the PHC format. */
	cJSON *(*from_phc)(const char *text, const char **out_hash);
} types[] = {
	{ "crypt",     NULL,             NULL,         crypt_matches,    NULL },
	{ "bcrypt",    NULL,             bcrypt_check, crypt_matches,    NULL },
	{ "md_5",      "md_5_config",    md5_check,    md5_matches,      NULL },
	{ "sha_1",     "sha_1_config",   sha1_check,   sha1_matches,     NULL },
	{ "sha_512",   "sha_512_config", sha512_check, sha512_matches,   NULL },
	{ "pbkdf_2",   "pbkdf_2_config", pbkdf2_check, pbkdf2_matches,   NULL },
	{ "scrypt",    "scrypt_config",  scrypt_check, scrypt_matches,   scrypt_from_phc },
	{ "argon_2i",  "argon_2_config", argon2_check, argon2i_matches,  argon2i_from_phc },
	{ "argon_2id", "argon_2_config", argon2_check, argon2id_matches, argon2id_from_phc },
	{ "phpass",    NULL,             phpass_check, phpass_matches,   NULL },
};
/* clang-format on */

static const struct hash_type *
find_type(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	}
	return NULL;
}

enum api_error
hash_import(const cJSON *object, struct hash *out_hash)
{
	const char *name = json_string(object, "hash_type");
	const char *text = json_string(object, "hash");
	const struct hash_type *type = name != NULL ? find_type(name) : NULL;
	CLEANUP(json_free) cJSON *phc = NULL;
	const cJSON *config;
	enum api_error error;

	if (type == NULL || type == &types[0])
		return API_INVALID_HASH_TYPE;
	if (text == NULL)
		return API_INVALID_HASH;
	config = type->config != NULL ? json_get(object, type->config) : NULL;
	if (type->from_phc != NULL && text[0] == '$') {
		phc = type->from_phc(text, &text);
		config = phc;
	}
	error = type->check(text, config);
	if (error != API_OK)
		return error;
	out_hash->type = type->name;
	out_hash->text = strdup(text);
	if (out_hash->text == NULL)
		return API_INTERNAL_SERVER_ERROR;
	out_hash->config = config != NULL ? json_text(config) : NULL;
	return API_OK;
}

bool
hash_matches(const char *type, const char *text, const char *config,
    const char *password)
{
	const struct hash_type *row = find_type(type);

	return row != NULL && row->matches(text, config, password);
}
