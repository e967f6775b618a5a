/* SPDX-License-Identifier: BSD-2-Clause */
/* COSE keys, made OpenSSL's. */
#include "config.h"

#include "sandbox/cose.h"

#include "sandbox/cbor_read.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

/* Labels of a key's parameters, and values of kty and crv. */
#define LABEL_KTY 1
#define LABEL_ALG 3
#define LABEL_CRV (-1)
#define LABEL_X (-2)
#define LABEL_Y (-3)
#define LABEL_N (-1)
#define LABEL_E (-2)
#define KTY_OKP 1
#define KTY_EC2 2
#define KTY_RSA 3
#define CRV_P256 1
#define CRV_ED25519 6

#define COORDINATE_LEN 32
#define POINT_LEN (1 + 2 * COORDINATE_LEN)
#define N_LEN_MIN 256 /* 2048 bits */
#define N_LEN_MAX 512
#define E_LEN_MAX 4

static void
context_free(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

static void
params_free(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
}

static void
builder_free(OSSL_PARAM_BLD **builder)
{
	OSSL_PARAM_BLD_free(*builder);
}

static void
number_free(BIGNUM **number)
{
	BN_free(*number);
}

static bool
is_int(const cbor_item_t *map, int64_t label, int64_t value)
{
	int64_t found;

	return cbor_take_int(cbor_at_int(map, label), &found) && found == value;
}

/* A byte string of min to max bytes. */
static bool
take_bytes(const cbor_item_t *map, int64_t label, size_t min, size_t max,
    struct bytes *out)
{
	return cbor_take_bytes(cbor_at_int(map, label), out) &&
	    out->len >= min && out->len <= max;
}

/* A key of that kind; a point off its curve is refused here. */
static int
make(const char *kind, OSSL_PARAM *params, EVP_PKEY **out_key)
{
	CLEANUP(context_free)
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);

	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1)
		return -ENOMEM;
	return EVP_PKEY_fromdata(context, out_key, EVP_PKEY_PUBLIC_KEY,
		   params) == 1
	    ? 0
	    : -EBADMSG;
}

static int
read_es256(const cbor_item_t *map, EVP_PKEY **out_key)
{
	char curve[] = "prime256v1";
	uint8_t point[POINT_LEN] = { 4 }; /* uncompressed */
	OSSL_PARAM params[3];
	struct bytes x, y;

	if (!is_int(map, LABEL_KTY, KTY_EC2) ||
	    !is_int(map, LABEL_CRV, CRV_P256) ||
	    !take_bytes(map, LABEL_X, COORDINATE_LEN, COORDINATE_LEN, &x) ||
	    !take_bytes(map, LABEL_Y, COORDINATE_LEN, COORDINATE_LEN, &y))
		return -EBADMSG;
	memcpy(point + 1, x.data, COORDINATE_LEN);
	memcpy(point + 1 + COORDINATE_LEN, y.data, COORDINATE_LEN);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
	    curve, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
	    point, sizeof(point));
	params[2] = OSSL_PARAM_construct_end();
	return make("EC", params, out_key);
}

static int
read_eddsa(const cbor_item_t *map, EVP_PKEY **out_key)
{
	struct bytes x;

	if (!is_int(map, LABEL_KTY, KTY_OKP) ||
	    !is_int(map, LABEL_CRV, CRV_ED25519) ||
	    !take_bytes(map, LABEL_X, COORDINATE_LEN, COORDINATE_LEN, &x))
		return -EBADMSG;
	*out_key =
	    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x.data, x.len);
	return *out_key != NULL ? 0 : -ENOMEM;
}

static int
read_rs256(const cbor_item_t *map, EVP_PKEY **out_key)
{
	CLEANUP(number_free) BIGNUM *n = NULL;
	CLEANUP(number_free) BIGNUM *e = NULL;
	CLEANUP(builder_free) OSSL_PARAM_BLD *builder = NULL;
	CLEANUP(params_free) OSSL_PARAM *params = NULL;
	struct bytes modulus, exponent;

	if (!is_int(map, LABEL_KTY, KTY_RSA) ||
	    !take_bytes(map, LABEL_N, N_LEN_MIN, N_LEN_MAX, &modulus) ||
	    !take_bytes(map, LABEL_E, 1, E_LEN_MAX, &exponent) ||
	    modulus.data[0] < 0x80 || modulus.data[modulus.len - 1] % 2 == 0 ||
	    exponent.data[exponent.len - 1] % 2 == 0 ||
	    (exponent.len == 1 && exponent.data[0] == 1))
		return -EBADMSG;
	n = BN_bin2bn(modulus.data, (int)modulus.len, NULL);
	e = BN_bin2bn(exponent.data, (int)exponent.len, NULL);
	builder = OSSL_PARAM_BLD_new();
	if (n == NULL || e == NULL || builder == NULL ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		return -ENOMEM;
	params = OSSL_PARAM_BLD_to_param(builder);
	return params != NULL ? make("RSA", params, out_key) : -ENOMEM;
}

/* clang-format off */
static const struct {
	int64_t algorithm;
	const char *kind; /* of OpenSSL's key */
	int (*read)(const cbor_item_t *map, EVP_PKEY **out_key);
	const EVP_MD *(*digest)(void); /* NULL: part of the algorithm */
} algorithms[] = {
	{ COSE_ES256, "EC", read_es256, EVP_sha256 },
	{ COSE_EDDSA, "ED25519", read_eddsa, NULL },
	{ COSE_RS256, "RSA", read_rs256, EVP_sha256 },
};
/* clang-format on */

void
cose_key_clear(struct cose_key *key)
{
	signature_key_free(&key->key);
	key->algorithm = 0;
}

int
cose_key_read(struct bytes bytes, struct cose_key *out_key)
{
	CLEANUP(cbor_item_free) cbor_item_t *map = NULL;
	int64_t algorithm;
	int rc = cbor_read(bytes, &map);

	if (rc != 0)
		return rc;
	if (!cbor_take_int(cbor_at_int(map, LABEL_ALG), &algorithm))
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		EVP_PKEY *key = NULL;

		if (algorithms[i].algorithm != algorithm)
			continue;
		rc = algorithms[i].read(map, &key);
		if (rc != 0)
			return rc;
		out_key->algorithm = algorithm;
		out_key->key = key;
		return 0;
	}
	return -ENOTSUP;
}

int
cose_check(int64_t algorithm, EVP_PKEY *key, struct bytes text,
    struct bytes signature)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (algorithms[i].algorithm != algorithm)
			continue;
		if (!EVP_PKEY_is_a(key, algorithms[i].kind))
			return -EBADMSG;
		return signature_check(key,
		    algorithms[i].digest != NULL ? algorithms[i].digest()
						 : NULL,
		    text, signature);
	}
	return -ENOTSUP;
}
