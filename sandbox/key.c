/* SPDX-License-Identifier: BSD-2-Clause */
/* Signing keys: OpenSSL makes and keeps them, cjose signs and verifies. */
#include "config.h"

#include "sandbox/key.h"

#include "sandbox/certificate.h"

#include <cjose/cjose.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#define KEY_BITS 2048

static void
pkey_free(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void
bio_free(BIO **bio)
{
	BIO_free(*bio);
}

static void
jwk_release(cjose_jwk_t **jwk)
{
	cjose_jwk_release(*jwk);
}

static void
jws_release(cjose_jws_t **jws)
{
	cjose_jws_release(*jws);
}

static void
header_release(cjose_header_t **header)
{
	cjose_header_release(*header);
}

/* ---- Making. ---- */

static int
write_private(EVP_PKEY *key, struct buf *out)
{
	CLEANUP(bio_free) BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long len;

	if (bio == NULL)
		return -ENOMEM;
	if (PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		return -EIO;
	len = BIO_get_mem_data(bio, &pem);
	if (len <= 0)
		return -EIO;
	buf_add(out, pem, (size_t)len);
	return buf_error(out);
}

static int
make_key(struct request *rq)
{
	CLEANUP(pkey_free) EVP_PKEY *key = EVP_RSA_gen(KEY_BITS);
	CLEANUP(buf_clear) struct buf certificate = BUF_INIT(16384);
	CLEANUP(buf_clear) struct buf pem = BUF_INIT(16384);
	struct id kid;
	int rc;

	if (key == NULL)
		return -EIO;
	request_id_make(rq, "jwk", &kid);
	rc = certificate_self_sign(key, "stytch-sandbox", &certificate);
	if (rc == 0)
		rc = write_private(key, &pem);
	if (rc == 0)
		store_run(rq->store, "INSERT INTO jwks VALUES (?, ?, ?, ?, ?)",
		    "ssssi", kid.text, rq->project->id, buf_text(&pem),
		    buf_text(&certificate), rq->now_us);
	return rc;
}

/* Open the newest key's row; made now if there is none. */
static bool
open_newest(struct request *rq, struct query *query)
{
	static const char sql[] =
	    "SELECT kid, private_pem, certificate FROM jwks WHERE "
	    "project_id = ? ORDER BY created_at DESC, kid LIMIT 1";

	query_open(query, rq->store, sql, "s", rq->project->id);
	if (query_next(query))
		return true;
	query_close(query);
	if (store_error(rq->store) != 0)
		return false;
	store_fail(rq->store, make_key(rq));
	query_open(query, rq->store, sql, "s", rq->project->id);
	return query_next(query);
}

/* ---- Between OpenSSL and cjose. ---- */

static EVP_PKEY *
read_private(const char *pem)
{
	CLEANUP(bio_free) BIO *bio = BIO_new_mem_buf(pem, -1);

	return bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL)
			   : NULL;
}

/* A number of the key, big-endian; *out_bytes is freed by the caller. */
static bool
read_number(const EVP_PKEY *key, const char *name, uint8_t **out_bytes,
    size_t *out_len)
{
	BIGNUM *number = NULL;
	int size;

	if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
		return false;
	size = BN_num_bytes(number);
	*out_bytes = malloc((size_t)size);
	*out_len = (size_t)size;
	if (*out_bytes != NULL)
		BN_bn2bin(number, *out_bytes);
	BN_clear_free(number);
	return *out_bytes != NULL;
}

static cjose_jwk_t *
make_jwk(const char *pem)
{
	CLEANUP(pkey_free) EVP_PKEY *key = read_private(pem);
	cjose_jwk_rsa_keyspec spec = { .e = NULL };
	cjose_jwk_t *jwk = NULL;
	cjose_err err;

	if (key != NULL &&
	    read_number(key, OSSL_PKEY_PARAM_RSA_N, &spec.n, &spec.nlen) &&
	    read_number(key, OSSL_PKEY_PARAM_RSA_E, &spec.e, &spec.elen) &&
	    read_number(key, OSSL_PKEY_PARAM_RSA_D, &spec.d, &spec.dlen) &&
	    read_number(key, OSSL_PKEY_PARAM_RSA_FACTOR1, &spec.p,
		&spec.plen) &&
	    read_number(key, OSSL_PKEY_PARAM_RSA_FACTOR2, &spec.q,
		&spec.qlen) &&
	    read_number(key, OSSL_PKEY_PARAM_RSA_EXPONENT1, &spec.dp,
		&spec.dplen) &&
	    read_number(key, OSSL_PKEY_PARAM_RSA_EXPONENT2, &spec.dq,
		&spec.dqlen) &&
	    read_number(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, &spec.qi,
		&spec.qilen))
		jwk = cjose_jwk_create_RSA_spec(&spec, &err);
	free(spec.n);
	free(spec.e);
	free(spec.d);
	free(spec.p);
	free(spec.q);
	free(spec.dp);
	free(spec.dq);
	free(spec.qi);
	return jwk;
}

/* ---- Keys at hand. ---- */

#define KEYS_AT_HAND 4

/* Reading a key takes ten times as long as signing with it. */
struct keys {
	size_t next; /* the place that is taken next */
	struct {
		char kid[96];
		cjose_jwk_t *jwk;
	} list[KEYS_AT_HAND];
};

struct keys *
keys_new(void)
{
	return calloc(1, sizeof(struct keys));
}

void
keys_free(struct keys **keys)
{
	if (*keys == NULL)
		return;
	for (size_t i = 0; i < KEYS_AT_HAND; i++)
		cjose_jwk_release((*keys)->list[i].jwk);
	free(STEAL(*keys));
}

/* The key of that id, which pem is; it stays the cache's. */
static cjose_jwk_t *
key_at_hand(struct request *rq, const char *kid, const char *pem)
{
	struct keys *keys = sandbox_keys(rq->sandbox);
	cjose_jwk_t *jwk;
	size_t len = strnlen(kid, sizeof(keys->list[0].kid) - 1);
	size_t place = keys->next;

	for (size_t i = 0; i < KEYS_AT_HAND; i++) {
		if (keys->list[i].jwk != NULL &&
		    strcmp(keys->list[i].kid, kid) == 0)
			return keys->list[i].jwk;
	}
	jwk = make_jwk(pem);
	if (jwk == NULL)
		return NULL;
	cjose_jwk_release(keys->list[place].jwk);
	keys->list[place].jwk = jwk;
	memcpy(keys->list[place].kid, kid, len);
	keys->list[place].kid[len] = '\0';
	keys->next = (place + 1) % KEYS_AT_HAND;
	return jwk;
}

/* ---- Using. ---- */

static char *
sign(const char *kid, cjose_jwk_t *jwk, const char *payload)
{
	cjose_err err;
	CLEANUP(header_release)
	cjose_header_t *header = cjose_header_new(&err);
	CLEANUP(jws_release) cjose_jws_t *jws = NULL;
	const char *jwt = NULL;

	if (header == NULL ||
	    !cjose_header_set(header, CJOSE_HDR_ALG, CJOSE_HDR_ALG_RS256,
		&err) ||
	    !cjose_header_set(header, CJOSE_HDR_KID, kid, &err) ||
	    !cjose_header_set(header, "typ", "JWT", &err))
		return NULL;
	jws = cjose_jws_sign(jwk, header, (const uint8_t *)payload,
	    strlen(payload), &err);
	if (jws == NULL || !cjose_jws_export(jws, &jwt, &err))
		return NULL;
	return strdup(jwt);
}

char *
key_sign(struct request *rq, const cJSON *claims)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	CLEANUP(string_free) char *payload = json_text(claims);
	cjose_jwk_t *jwk = NULL;
	char *jwt = NULL;

	if (payload != NULL && open_newest(rq, &query))
		jwk = key_at_hand(rq, query_text(&query, 0),
		    query_text(&query, 1));
	if (jwk != NULL)
		jwt = sign(query_text(&query, 0), jwk, payload);
	if (jwt == NULL)
		store_fail(rq->store, -EIO);
	return jwt;
}

/*
 * A JWT whose header says RS256, and its key id.  Nothing else may reach
 * cjose_jws_verify(): it would take an RSA key for the bytes of an HMAC.
 */
static cjose_jws_t *
import_rs256(const char *jwt, const char **out_kid)
{
	cjose_err err;
	CLEANUP(jws_release)
	cjose_jws_t *jws = cjose_jws_import(jwt, strlen(jwt), &err);
	cjose_header_t *header;
	const char *alg;

	if (jws == NULL)
		return NULL;
	header = cjose_jws_get_protected(jws);
	alg = cjose_header_get(header, CJOSE_HDR_ALG, &err);
	*out_kid = cjose_header_get(header, CJOSE_HDR_KID, &err);
	if (alg == NULL || *out_kid == NULL ||
	    strcmp(alg, CJOSE_HDR_ALG_RS256) != 0)
		return NULL;
	return STEAL(jws);
}

/* The payload of jws, once jwk is known to have signed it. */
static cJSON *
verified(cjose_jws_t *jws, cjose_jwk_t *jwk)
{
	uint8_t *payload;
	size_t len;
	cjose_err err;

	if (jwk == NULL || cjose_jwk_get_kty(jwk, &err) != CJOSE_JWK_KTY_RSA ||
	    !cjose_jws_verify(jws, jwk, &err) ||
	    !cjose_jws_get_plaintext(jws, &payload, &len, &err))
		return NULL;
	return json_parse((const char *)payload, len);
}

cJSON *
key_verify(struct request *rq, const char *jwt)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	const char *kid = NULL;
	CLEANUP(jws_release) cjose_jws_t *jws = import_rs256(jwt, &kid);

	if (jws == NULL)
		return NULL;
	query_open(&query, rq->store,
	    "SELECT private_pem FROM jwks WHERE kid = ? AND project_id = ?",
	    "ss", kid, rq->project->id);
	if (!query_next(&query))
		return NULL;
	return verified(jws, key_at_hand(rq, kid, query_text(&query, 0)));
}

cJSON *
key_verify_with(const cJSON *jwks, const char *jwt)
{
	const char *kid = NULL;
	CLEANUP(jws_release) cjose_jws_t *jws = import_rs256(jwt, &kid);
	const cJSON *key;

	if (jws == NULL)
		return NULL;
	cJSON_ArrayForEach (key, json_get(jwks, "keys")) {
		CLEANUP(string_free) char *text = NULL;
		CLEANUP(jwk_release) cjose_jwk_t *jwk = NULL;
		const char *id = json_string(key, "kid");
		cjose_err err;

		if (id == NULL || strcmp(id, kid) != 0)
			continue;
		text = json_text(key);
		if (text != NULL)
			jwk = cjose_jwk_import(text, strlen(text), &err);
		return verified(jws, jwk);
	}
	return NULL;
}

static void
set_number(cJSON *object, const char *name, const EVP_PKEY *key,
    const char *parameter)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(4096);
	uint8_t *bytes = NULL;
	size_t len = 0;

	if (read_number(key, parameter, &bytes, &len))
		base64url_add(&text, bytes, len);
	free(bytes);
	json_set_string(object, name, buf_text(&text));
}

static void
set_thumbprint(cJSON *object, const char *certificate)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(64);
	uint8_t der[8192], hash[32];
	unsigned hash_len = sizeof(hash);
	size_t len;

	if (base64_read(certificate, der, sizeof(der), &len) == 0 &&
	    EVP_Digest(der, len, hash, &hash_len, EVP_sha256(), NULL) == 1)
		base64url_add(&text, hash, hash_len);
	json_set_string(object, "x5t#S256", buf_text(&text));
}

static cJSON *
describe(struct query *query)
{
	CLEANUP(pkey_free) EVP_PKEY *key = read_private(query_text(query, 1));
	cJSON *object, *operations, *chain;

	if (key == NULL)
		return NULL;
	object = json_object();
	operations = json_array();
	chain = json_array();
	json_set_string(object, "kty", "RSA");
	json_set_string(object, "use", "sig");
	json_push_string(operations, "verify");
	json_set(object, "key_ops", operations);
	json_set_string(object, "alg", "RS256");
	json_set_string(object, "kid", query_text(query, 0));
	json_push_string(chain, query_text(query, 2));
	json_set(object, "x5c", chain);
	set_thumbprint(object, query_text(query, 2));
	set_number(object, "n", key, OSSL_PKEY_PARAM_RSA_N);
	set_number(object, "e", key, OSSL_PKEY_PARAM_RSA_E);
	return object;
}

cJSON *
key_set(struct request *rq)
{
	CLEANUP(query_close) struct query newest = QUERY_INIT;
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *keys = json_array();

	if (!open_newest(rq, &newest))
		return keys;
	query_open(&query, rq->store,
	    "SELECT kid, private_pem, certificate FROM jwks WHERE "
	    "project_id = ? ORDER BY created_at DESC, kid",
	    "s", rq->project->id);
	while (query_next(&query))
		json_push(keys, describe(&query));
	return keys;
}
