/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out while a credential is registered or used is a refusal,
 * also where it is libcbor or OpenSSL that has none.
 */
#include "config.h"

#include "sandbox/cose.h"
#include "sandbox/webauthn.h"
#include "tests/unit/sandbox_failing.h"
#include "tests/unit/sandbox_passkey.h"

#include <cbor.h>
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/param_build.h>

cbor_item_t *__real_cbor_load(cbor_data source, size_t size,
    struct cbor_load_result *result);
cbor_item_t *__wrap_cbor_load(cbor_data source, size_t size,
    struct cbor_load_result *result);
EVP_MD_CTX *__real_EVP_MD_CTX_new(void);
EVP_MD_CTX *__wrap_EVP_MD_CTX_new(void);
EVP_PKEY_CTX *__real_EVP_PKEY_CTX_new_from_name(OSSL_LIB_CTX *library,
    const char *name, const char *query);
EVP_PKEY_CTX *__wrap_EVP_PKEY_CTX_new_from_name(OSSL_LIB_CTX *library,
    const char *name, const char *query);
EVP_PKEY *__real_EVP_PKEY_new_raw_public_key(int type, ENGINE *engine,
    const unsigned char *key, size_t len);
EVP_PKEY *__wrap_EVP_PKEY_new_raw_public_key(int type, ENGINE *engine,
    const unsigned char *key, size_t len);
BIGNUM *__real_BN_bin2bn(const unsigned char *bytes, int len, BIGNUM *out);
BIGNUM *__wrap_BN_bin2bn(const unsigned char *bytes, int len, BIGNUM *out);
OSSL_PARAM_BLD *__real_OSSL_PARAM_BLD_new(void);
OSSL_PARAM_BLD *__wrap_OSSL_PARAM_BLD_new(void);

cbor_item_t *
__wrap_cbor_load(cbor_data source, size_t size, struct cbor_load_result *result)
{
	if (!failing_now())
		return __real_cbor_load(source, size, result);
	result->error.code = CBOR_ERR_MEMERROR;
	return NULL;
}

EVP_MD_CTX *
__wrap_EVP_MD_CTX_new(void)
{
	return failing_now() ? NULL : __real_EVP_MD_CTX_new();
}

EVP_PKEY_CTX *
__wrap_EVP_PKEY_CTX_new_from_name(OSSL_LIB_CTX *library, const char *name,
    const char *query)
{
	return failing_now()
	    ? NULL
	    : __real_EVP_PKEY_CTX_new_from_name(library, name, query);
}

EVP_PKEY *
__wrap_EVP_PKEY_new_raw_public_key(int type, ENGINE *engine,
    const unsigned char *key, size_t len)
{
	return failing_now()
	    ? NULL
	    : __real_EVP_PKEY_new_raw_public_key(type, engine, key, len);
}

BIGNUM *
__wrap_BN_bin2bn(const unsigned char *bytes, int len, BIGNUM *out)
{
	return failing_now() ? NULL : __real_BN_bin2bn(bytes, len, out);
}

OSSL_PARAM_BLD *
__wrap_OSSL_PARAM_BLD_new(void)
{
	return failing_now() ? NULL : __real_OSSL_PARAM_BLD_new();
}

/* ---- Reading alone: every failure is -ENOMEM, and nothing leaks. ---- */

#define OPTIONS "{\"challenge\":\"AAAA\",\"user\":{\"id\":\"YW5u\"}}"

/* Read and check an attestation object; 0 or a negative errno. */
static int
check(struct bytes object)
{
	static const uint8_t hash[32];
	CLEANUP(attestation_clear)
	struct attestation attestation = ATTESTATION_INIT;
	CLEANUP(cose_key_clear) struct cose_key key = COSE_KEY_INIT;
	int rc = attestation_read(object, &attestation);

	if (rc == 0)
		rc = cose_key_read(attestation.data.public_key, &key);
	if (rc == 0)
		rc = attestation_check(&attestation,
		    (struct bytes){ hash, sizeof(hash) });
	return rc;
}

static void
reading_without_memory_says_so(void **state)
{
	static const int algorithms[] = { COSE_ES256, COSE_EDDSA, COSE_RS256 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		CLEANUP(webauthn_credential_clear)
		struct webauthn_credential credential =
		    WEBAUTHN_CREDENTIAL_INIT;
		CLEANUP(string_free) char *text = NULL;
		struct passkey passkey;
		unsigned n = 1;
		int rc;

		passkey_make(&passkey, algorithms[i]);
		text = passkey_create(&passkey, OPTIONS,
		    &(struct twist){ .format = "packed" });
		passkey_clear(&passkey);
		assert_int_equal(webauthn_credential_read(text,
				     &webauthn_create, &credential),
		    API_OK);
		for (;; n++) {
			failing_at = n;
			rc = check(credential.object);
			if (failing_at != 0)
				break;
			assert_int_equal(rc, -ENOMEM);
		}
		failing_at = 0;
		/* The hash is none of the credential's. */
		assert_int_equal(rc, -EBADMSG);
		assert_in_range(n, 6, 100);
	}
}

/* ---- Requests. ---- */

static int
setup(void **state)
{
	if (drive_setup(state) != 0)
		return -1;
	add_user(*state, "ann@example.com", "ann");
	return 0;
}

/* The body of a request that has the credential. */
static void
prepare_credential(void **state, struct prepared *prepared, const char *target,
    const char *credential)
{
	CLEANUP(json_free) cJSON *body = json_object();
	CLEANUP(string_free) char *text = NULL;

	json_set_string(body, "user_id", "ann");
	json_set_string(body, "public_key_credential", credential);
	json_set_int(body, "session_duration_minutes", 60);
	text = json_text(body);
	prepare(state, prepared, VERTICAL_CONSUMER, target, text);
}

/* Each attempt has a credential of its own: one may be kept all the same. */
static void
prepare_register(void **state, struct prepared *prepared)
{
	CLEANUP(json_free)
	cJSON *started = consumer(*state, "POST", "/v1/webauthn/register/start",
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN "\"}");
	CLEANUP(string_free) char *credential = NULL;

	passkey_clear(&ann);
	passkey_make(&ann, COSE_ES256);
	credential = passkey_create(&ann,
	    text_at(started, "public_key_credential_creation_options"),
	    &(struct twist){ .format = "packed" });
	prepare_credential(state, prepared, "/v1/webauthn/register",
	    credential);
}

static void
prepare_login(void **state, struct prepared *prepared)
{
	CLEANUP(json_free)
	cJSON *started =
	    consumer(*state, "POST", "/v1/webauthn/authenticate/start",
		"{\"domain\":\"" PASSKEY_DOMAIN "\"}");
	CLEANUP(string_free)
	char *credential = passkey_get(&ann,
	    text_at(started, "public_key_credential_request_options"), NULL);

	prepare_credential(state, prepared, "/v1/webauthn/authenticate",
	    credential);
}

static void
prepare_start(void **state, struct prepared *prepared)
{
	prepare(state, prepared, VERTICAL_CONSUMER,
	    "/v1/webauthn/register/start",
	    "{\"user_id\":\"ann\",\"domain\":\"" PASSKEY_DOMAIN "\"}");
}

static void
passkeys_without_memory_are_refused(void **state)
{
	CLEANUP(json_free) cJSON *warm = NULL;
	CLEANUP(json_free) cJSON *started = NULL;
	CLEANUP(json_free) cJSON *made = NULL;
	CLEANUP(json_free) cJSON *in = NULL;

	/* The signing key takes long to make: have it before. */
	passkey_make(&ann, COSE_EDDSA);
	warm = passkey_register(*state, &ann, "ann", NULL);
	assert_answer(warm, API_OK);
	started = drive_failing(state, prepare_start);
	assert_answer(started, API_OK);
	made = drive_failing(state, prepare_register);
	assert_answer(made, API_OK);
	in = drive_failing(state, prepare_login);
	assert_answer(in, API_OK);
	assert_string_equal(text_at(in,
				"session.authentication_factors.0.type"),
	    "webauthn");
	passkey_clear(&ann);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_without_memory_says_so),
		cmocka_unit_test_setup_teardown(
		    passkeys_without_memory_are_refused, setup, drive_teardown),
	};
	cJSON_Hooks hooks = { .malloc_fn = malloc, .free_fn = free };

	/* Through the wrapper, so that cJSON runs out of memory too. */
	cJSON_InitHooks(&hooks);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
