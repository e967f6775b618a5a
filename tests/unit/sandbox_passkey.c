/* SPDX-License-Identifier: BSD-2-Clause */
/* An authenticator and its browser. */
#include "config.h"

#include "tests/unit/sandbox_passkey.h"

#include "sandbox/authenticator.h"
#include "sandbox/cose.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define OUT_MAX 16384

static const uint8_t aaguid[AAGUID_LEN] = "sandbox's device";

/* ---- CBOR, written. ---- */

static void
put_head(struct buf *out, int major, size_t value)
{
	if (value < 24) {
		buf_addc(out, (char)(major << 5 | (int)value));
	} else if (value < 256) {
		buf_addc(out, (char)(major << 5 | 24));
		buf_addc(out, (char)value);
	} else {
		buf_addc(out, (char)(major << 5 | 25));
		buf_addc(out, (char)(value >> 8));
		buf_addc(out, (char)value);
	}
}

static void
put_int(struct buf *out, int value)
{
	if (value < 0)
		put_head(out, 1, (size_t)(-1 - value));
	else
		put_head(out, 0, (size_t)value);
}

static void
put_bytes(struct buf *out, const void *data, size_t len)
{
	put_head(out, 2, len);
	buf_add(out, data, len);
}

static void
put_text(struct buf *out, const char *text)
{
	put_head(out, 3, strlen(text));
	buf_adds(out, text);
}

static void
put_map(struct buf *out, size_t pairs)
{
	put_head(out, 5, pairs);
}

/* ---- Keys. ---- */

void
passkey_make(struct passkey *passkey, int algorithm)
{
	memset(passkey, 0, sizeof(*passkey));
	passkey->algorithm = algorithm;
	if (algorithm == COSE_ES256)
		passkey->key = EVP_EC_gen("P-256");
	else if (algorithm == COSE_RS256)
		passkey->key = EVP_RSA_gen(2048);
	else
		passkey->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	assert_non_null(passkey->key);
	random_fill(passkey->id, sizeof(passkey->id));
}

void
passkey_clear(struct passkey *passkey)
{
	EVP_PKEY_free(passkey->key);
	passkey->key = NULL;
}

static void
put_number(struct buf *out, const EVP_PKEY *key, const char *name)
{
	uint8_t bytes[512];
	BIGNUM *number = NULL;
	int len;

	assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
	len = BN_bn2bin(number, bytes);
	put_bytes(out, bytes, (size_t)len);
	BN_free(number);
}

/* COSE's kty: an octet key pair, one of two coordinates, RSA. */
static int
kind_of_key(const struct passkey *passkey)
{
	if (passkey->algorithm == COSE_RS256)
		return 3;
	return passkey->algorithm == COSE_ES256 ? 2 : 1;
}

static void
put_key(struct buf *out, const struct passkey *passkey, int algorithm)
{
	uint8_t point[65];
	size_t len = 0;

	put_map(out, passkey->algorithm == COSE_ES256 ? 5 : 4);
	put_int(out, 1);
	put_int(out, kind_of_key(passkey));
	put_int(out, 3);
	put_int(out, algorithm != 0 ? algorithm : passkey->algorithm);
	if (passkey->algorithm == COSE_RS256) {
		put_int(out, -1);
		put_number(out, passkey->key, OSSL_PKEY_PARAM_RSA_N);
		put_int(out, -2);
		put_number(out, passkey->key, OSSL_PKEY_PARAM_RSA_E);
		return;
	}
	assert_int_equal(EVP_PKEY_get_octet_string_param(passkey->key,
			     OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
			     &len),
	    1);
	put_int(out, -1);
	put_int(out, passkey->algorithm == COSE_ES256 ? 1 : 6);
	put_int(out, -2);
	put_bytes(out, len == sizeof(point) ? point + 1 : point, 32);
	if (passkey->algorithm == COSE_ES256) {
		put_int(out, -3);
		put_bytes(out, point + 33, 32);
	}
}

/* ---- What is signed. ---- */

static void
sign(EVP_PKEY *key, const EVP_MD *digest, const struct buf *text, bool bad,
    struct buf *out)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t signature[512];
	size_t len = sizeof(signature);

	assert_int_equal(EVP_DigestSignInit(context, NULL, digest, NULL, key),
	    1);
	assert_int_equal(EVP_DigestSign(context, signature, &len,
			     (const uint8_t *)buf_text(text), text->len),
	    1);
	EVP_MD_CTX_free(context);
	signature[len - 1] ^= bad ? 1 : 0;
	buf_add(out, signature, len);
}

static void
sign_by(const struct passkey *passkey, const struct buf *text, bool bad,
    struct buf *out)
{
	sign(passkey->key,
	    passkey->algorithm == COSE_EDDSA ? NULL : EVP_sha256(), text, bad,
	    out);
}

/* Flags, counter and, where it is attested, the credential. */
static void
put_data(struct buf *out, struct passkey *passkey, const struct twist *twist,
    bool attested)
{
	const char *domain =
	    twist->domain != NULL ? twist->domain : PASSKEY_DOMAIN;
	int flags = FLAG_USER_PRESENT | FLAG_USER_VERIFIED |
	    (attested ? FLAG_ATTESTED : 0);
	uint32_t counter =
	    twist->counter != 0 ? (uint32_t)twist->counter : ++passkey->counter;
	uint8_t hash[RP_ID_HASH_LEN];

	SHA256((const uint8_t *)domain, strlen(domain), hash);
	buf_add(out, hash, sizeof(hash));
	buf_addc(out, (char)((flags & ~twist->flags_off) | twist->flags_on));
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_addc(out, (char)(counter >> shift));
	if (attested && (twist->flags_off & FLAG_ATTESTED) == 0) {
		buf_add(out, aaguid, sizeof(aaguid));
		buf_addc(out, 0);
		buf_addc(out, (char)sizeof(passkey->id));
		buf_add(out,
		    twist->other_id != NULL ? twist->other_id : passkey->id,
		    sizeof(passkey->id));
		put_key(out, passkey, twist->algorithm);
	}
	if (twist->append_data != NULL)
		buf_adds(out, twist->append_data);
}

/* ---- Certificates. ---- */

static void
add_extension(X509 *certificate, const char *oid, const uint8_t *der, int len)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	ASN1_OCTET_STRING_set(value, der, len);
	extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, value);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(object);
}

/* A certificate as WebAuthn 8.2.1 wants it, signed by its own key. */
static void
put_certificate(struct buf *out, EVP_PKEY *key, const struct twist *twist)
{
	static const uint8_t no_ca[] = { 0x30, 0x00 };
	static const char *const names[][2] = { { "C", "NO" },
		{ "O", "Devices" }, { "OU", "Authenticator Attestation" },
		{ "CN", "Device 1" } };
	uint8_t model[2 + AAGUID_LEN] = { 0x04, AAGUID_LEN };
	X509 *certificate = X509_new();
	uint8_t *der = NULL;
	int len;

	memcpy(model + 2, aaguid, sizeof(aaguid));
	model[2] ^= twist->other_aaguid ? 1 : 0;
	X509_set_version(certificate, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_set_pubkey(certificate, key);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (twist->plain_name && i == 2)
			continue;
		X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate),
		    names[i][0], MBSTRING_ASC, (const uint8_t *)names[i][1], -1,
		    -1, 0);
	}
	X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
	add_extension(certificate, "2.5.29.19", no_ca, sizeof(no_ca));
	add_extension(certificate, "1.3.6.1.4.1.45724.1.1.4", model,
	    sizeof(model));
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	len = i2d_X509(certificate, &der);
	assert_true(len > 0);
	put_bytes(out, der, (size_t)len);
	OPENSSL_free(der);
	X509_free(certificate);
}

/* ---- Statements. ---- */

static void
put_packed(struct buf *out, struct passkey *passkey, const struct twist *twist,
    const struct buf *text, bool by_certificate)
{
	CLEANUP(buf_clear) struct buf signature = BUF_INIT(1024);
	EVP_PKEY *device = by_certificate ? EVP_EC_gen("P-256") : NULL;
	int algorithm = by_certificate ? COSE_ES256 : passkey->algorithm;

	if (by_certificate)
		sign(device, EVP_sha256(), text, twist->bad_signature,
		    &signature);
	else
		sign_by(passkey, text, twist->bad_signature, &signature);
	put_map(out, by_certificate ? 3 : 2);
	put_text(out, "alg");
	put_int(out,
	    twist->statement_alg != 0 ? twist->statement_alg : algorithm);
	put_text(out, "sig");
	put_bytes(out, buf_text(&signature), signature.len);
	if (by_certificate) {
		put_text(out, "x5c");
		put_head(out, 4, 1);
		put_certificate(out, device, twist);
	}
	EVP_PKEY_free(device);
}

static void
put_attestation(struct buf *out, struct passkey *passkey,
    const struct twist *twist, const uint8_t *client_hash)
{
	const char *format = twist->format != NULL ? twist->format : "none";
	CLEANUP(buf_clear) struct buf data = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf text = BUF_INIT(4096);
	bool by_certificate = strcmp(format, "x5c") == 0;

	put_data(&data, passkey, twist, true);
	buf_add(&text, buf_text(&data), data.len);
	buf_add(&text, client_hash, 32);
	put_map(out, 3);
	put_text(out, "fmt");
	put_text(out, by_certificate ? "packed" : format);
	put_text(out, "attStmt");
	if (by_certificate || strcmp(format, "packed") == 0)
		put_packed(out, passkey, twist, &text, by_certificate);
	else
		put_map(out, 0);
	put_text(out, "authData");
	put_bytes(out, buf_text(&data), data.len);
}

/* ---- The browser. ---- */

static void
set_bytes(cJSON *object, const char *name, const void *data, size_t len)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(OUT_MAX);

	base64url_add(&text, data, len);
	json_set_string(object, name, buf_text(&text));
}

/* As browsers write a challenge: base64url, however it came. */
static void
add_challenge(struct buf *out, const char *encoded)
{
	uint8_t bytes[128];
	size_t len;

	assert_non_null(encoded);
	assert_int_equal(base64_read(encoded, bytes, sizeof(bytes), &len), 0);
	base64url_add(out, bytes, len);
}

static void
write_client_data(struct buf *out, const cJSON *options, const char *type,
    const struct twist *twist)
{
	buf_addf(out, "{\"type\":\"%s\",\"challenge\":\"",
	    twist->type != NULL ? twist->type : type);
	if (twist->challenge != NULL)
		buf_adds(out, twist->challenge);
	else
		add_challenge(out, json_string(options, "challenge"));
	buf_addf(out, "\",\"origin\":\"%s\"%s}",
	    twist->origin != NULL ? twist->origin : PASSKEY_ORIGIN,
	    twist->with_client != NULL ? twist->with_client
				       : ",\"crossOrigin\":false");
}

static void
wrench(cJSON *object, const struct twist *twist)
{
	if (twist->drop != NULL)
		cJSON_DeleteItemFromObjectCaseSensitive(object, twist->drop);
	if (twist->replace != NULL && json_get(object, twist->replace) != NULL)
		json_set_string(object, twist->replace, twist->value);
}

/* The credential around a response, whose ownership is taken. */
static char *
wrap(const struct passkey *passkey, cJSON *response, const struct twist *twist)
{
	CLEANUP(json_free) cJSON *credential = json_object();

	json_set_string(credential, "type", "public-key");
	set_bytes(credential, "id", passkey->id, sizeof(passkey->id));
	set_bytes(credential, "rawId", passkey->id, sizeof(passkey->id));
	json_set_string(credential, "authenticatorAttachment", "platform");
	wrench(response, twist);
	json_set(credential, "response", response);
	wrench(credential, twist);
	return json_text(credential);
}

static void
spoil(struct buf *out, const struct twist *twist)
{
	if (twist->append != NULL)
		buf_adds(out, twist->append);
	assert_in_range(twist->cut, 0, out->len);
	out->len -= twist->cut;
}

char *
passkey_create(struct passkey *passkey, const char *options,
    const struct twist *twist)
{
	static const struct twist straight;
	CLEANUP(json_free) cJSON *parsed = json_parse(options, strlen(options));
	CLEANUP(buf_clear) struct buf client = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf object = BUF_INIT(OUT_MAX);
	cJSON *response = json_object();
	const char *handle = json_string(json_get(parsed, "user"), "id");
	CLEANUP(buf_clear) struct buf url_handle = BUF_INIT(127);
	uint8_t hash[32];

	if (twist == NULL)
		twist = &straight;
	add_challenge(&url_handle, handle);
	memcpy(passkey->user_handle, buf_text(&url_handle), url_handle.len + 1);
	write_client_data(&client, parsed, "webauthn.create", twist);
	SHA256((const uint8_t *)buf_text(&client), client.len, hash);
	put_attestation(&object, passkey, twist, hash);
	spoil(&object, twist);
	set_bytes(response, "clientDataJSON", buf_text(&client), client.len);
	set_bytes(response, "attestationObject", buf_text(&object), object.len);
	json_set(response, "transports", json_array());
	json_push_string(cJSON_GetObjectItemCaseSensitive(response,
			     "transports"),
	    "internal");
	return wrap(passkey, response, twist);
}

char *
passkey_get(struct passkey *passkey, const char *options,
    const struct twist *twist)
{
	static const struct twist straight;
	CLEANUP(json_free) cJSON *parsed = json_parse(options, strlen(options));
	CLEANUP(buf_clear) struct buf client = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf data = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf text = BUF_INIT(8192);
	CLEANUP(buf_clear) struct buf signature = BUF_INIT(1024);
	cJSON *response = json_object();
	uint8_t hash[32];

	if (twist == NULL)
		twist = &straight;
	write_client_data(&client, parsed, "webauthn.get", twist);
	SHA256((const uint8_t *)buf_text(&client), client.len, hash);
	put_data(&data, passkey, twist, false);
	spoil(&data, twist);
	buf_add(&text, buf_text(&data), data.len);
	buf_add(&text, hash, sizeof(hash));
	sign_by(passkey, &text, twist->bad_signature, &signature);
	set_bytes(response, "clientDataJSON", buf_text(&client), client.len);
	set_bytes(response, "authenticatorData", buf_text(&data), data.len);
	set_bytes(response, "signature", buf_text(&signature), signature.len);
	json_set_string(response, "userHandle",
	    twist->user_handle != NULL ? twist->user_handle
				       : passkey->user_handle);
	return wrap(passkey, response, twist);
}

/* ---- The calls. ---- */

cJSON *
passkey_send(struct sandbox *sandbox, const char *target, const char *body,
    const char *credential)
{
	CLEANUP(json_free) cJSON *object = json_parse(body, strlen(body));
	CLEANUP(string_free) char *text = NULL;

	json_set_string(object, "public_key_credential", credential);
	text = json_text(object);
	return consumer(sandbox, "POST", target, "%s", text);
}

cJSON *
passkey_register(struct sandbox *sandbox, struct passkey *passkey,
    const char *user_id, const struct twist *twist)
{
	CLEANUP(json_free)
	cJSON *started =
	    consumer(sandbox, "POST", "/v1/webauthn/register/start",
		"{\"user_id\":\"%s\",\"domain\":\"" PASSKEY_DOMAIN
		"\",\"return_passkey_credential_options\":true}",
		user_id);
	CLEANUP(string_free) char *credential = NULL;
	CLEANUP(json_free) cJSON *body = json_object();
	CLEANUP(string_free) char *text = NULL;

	assert_answer(started, API_OK);
	credential = passkey_create(passkey,
	    text_at(started, "public_key_credential_creation_options"), twist);
	json_set_string(body, "user_id", user_id);
	text = json_text(body);
	return passkey_send(sandbox, "/v1/webauthn/register", text, credential);
}

cJSON *
passkey_login(struct sandbox *sandbox, struct passkey *passkey,
    const char *user_id, const struct twist *twist)
{
	CLEANUP(json_free)
	cJSON *started = user_id != NULL
	    ? consumer(sandbox, "POST", "/v1/webauthn/authenticate/start",
		  "{\"domain\":\"" PASSKEY_DOMAIN "\",\"user_id\":\"%s\"}",
		  user_id)
	    : consumer(sandbox, "POST", "/v1/webauthn/authenticate/start",
		  "{\"domain\":\"" PASSKEY_DOMAIN "\"}");
	CLEANUP(string_free) char *credential = NULL;

	assert_answer(started, API_OK);
	credential = passkey_get(passkey,
	    text_at(started, "public_key_credential_request_options"), twist);
	return passkey_send(sandbox, "/v1/webauthn/authenticate",
	    "{\"session_duration_minutes\":60}", credential);
}

void
passkey_registers(void **state, struct passkey *passkey, const char *user_id,
    const struct twist *twist, enum api_error error)
{
	CLEANUP(json_free)
	cJSON *answer = passkey_register(*state, passkey, user_id, twist);

	assert_answer(answer, error);
}

void
passkey_logs_in(void **state, struct passkey *passkey, const char *user_id,
    const struct twist *twist, enum api_error error)
{
	CLEANUP(json_free)
	cJSON *answer = passkey_login(*state, passkey, user_id, twist);

	assert_answer(answer, error);
}

cJSON *
passkey_options(const cJSON *answer, const char *name)
{
	const char *text = text_at(answer, name);
	cJSON *options = json_parse(text, strlen(text));

	assert_non_null(options);
	return options;
}

/* ---- For most tests. ---- */

struct passkey ann, bob;

int
passkey_setup(void **state)
{
	if (drive_setup(state) != 0)
		return -1;
	add_user(*state, "ann@example.com", "ann");
	add_user(*state, "bob@example.com", "bob");
	passkey_make(&ann, COSE_ES256);
	passkey_make(&bob, COSE_EDDSA);
	return 0;
}

int
passkey_teardown(void **state)
{
	passkey_clear(&ann);
	passkey_clear(&bob);
	return drive_teardown(state);
}

void
passkey_settings(void **state, const char *settings)
{
	CLEANUP(json_free)
	cJSON *answer = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":%s}", settings);

	assert_int_equal(int_at(answer, "status_code"), 200);
}
