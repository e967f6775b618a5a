/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "libstytch/jwt.h"

#include "libstytch/json.h"
#include "tests/unit/token.h"

#include <errno.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PROJECT "project-test-1"
#define KID "jwk-test-1"
#define HEADER "{\"alg\":\"RS256\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}"
#define NOW 1700000000
#define CLAIMS(iss, aud, rest) \
	"{\"iss\":" iss ",\"aud\":" aud ",\"sub\":\"user-test-1\"" rest "}"
#define GOOD_ISS "\"stytch.com/" PROJECT "\""
#define GOOD_AUD "[\"" PROJECT "\"]"
#define TIMES ",\"iat\":1700000000,\"nbf\":1700000000,\"exp\":1700000300"
#define GOOD CLAIMS(GOOD_ISS, GOOD_AUD, TIMES)

static const struct jwt_expected expected = {
	.project_id = PROJECT,
	.base_url = "https://login.example.com",
	.now_s = NOW,
};

static EVP_PKEY *key, *other_key, *short_key;
static struct jwt_keys keys;

static int
parse_keys(const char *text, struct jwt_keys *out_keys)
{
	CLEANUP(json_free) cJSON *json = cJSON_Parse(text);

	return jwt_keys_parse(json, out_keys);
}

static int
make_keys(void **state)
{
	CLEANUP(string_free) char *jwk = NULL;
	char jwks[4096];

	(void)state;
	key = EVP_RSA_gen(2048);
	other_key = EVP_RSA_gen(2048);
	short_key = EVP_RSA_gen(1024);
	jwk = token_jwk(key, KID, ",\"alg\":\"RS256\",\"use\":\"sig\"");
	(void)snprintf(jwks, sizeof(jwks), "{\"keys\":[%s]}", jwk);
	return parse_keys(jwks, &keys);
}

static int
free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	EVP_PKEY_free(short_key);
	jwt_keys_clear(&keys);
	return 0;
}

/* Open and verify as stytch_session_verify() does. */
static enum stytch_class
verify_at(const char *token, int64_t now_s, cJSON **out_claims,
    struct stytch_error *error)
{
	CLEANUP(jwt_clear) struct jwt jwt = JWT_INIT;
	struct jwt_expected at = expected;
	enum stytch_class class_ = jwt_open(token, &jwt, error);

	at.now_s = now_s;
	if (class_ != STYTCH_OK)
		return class_;
	if (jwt_keys_find(&keys, jwt.kid) == NULL)
		return STYTCH_NOT_FOUND;
	return jwt_verify(&jwt, jwt_keys_find(&keys, jwt.kid), &at, out_claims,
	    error);
}

static enum stytch_class
verify(const char *token)
{
	CLEANUP(json_free) cJSON *claims = NULL;
	struct stytch_error error = { .message = "" };
	enum stytch_class class_ = verify_at(token, NOW, &claims, &error);

	assert_int_equal(class_ == STYTCH_OK, claims != NULL);
	if (class_ == STYTCH_REJECTED || class_ == STYTCH_EXPIRED)
		assert_string_not_equal(error.message, "");
	return class_;
}

static void
good_token_gives_its_claims(void **state)
{
	CLEANUP(string_free) char *token = token_sign(key, HEADER, GOOD);
	CLEANUP(json_free) cJSON *claims = NULL;
	struct stytch_error error;

	(void)state;
	assert_int_equal(verify_at(token, NOW, &claims, &error), STYTCH_OK);
	assert_string_equal(cJSON_GetStringValue(json_at(claims, "sub")),
	    "user-test-1");
}

static void
claims_are_checked(void **state)
{
	static const struct {
		const char *payload;
		enum stytch_class class_;
	} cases[] = {
		{ GOOD, STYTCH_OK },
		{ CLAIMS("\"https://login.example.com\"", GOOD_AUD, TIMES),
		    STYTCH_OK },
		{ CLAIMS("\"https://login.example.com/\"", GOOD_AUD, TIMES),
		    STYTCH_OK },
		{ CLAIMS(GOOD_ISS, "\"" PROJECT "\"", TIMES), STYTCH_OK },
		{ CLAIMS(GOOD_ISS, "[\"x\",\"" PROJECT "\"]", TIMES),
		    STYTCH_OK },
		{ CLAIMS(GOOD_ISS, GOOD_AUD, ",\"exp\":1700000300"),
		    STYTCH_OK },
		{ CLAIMS("\"stytch.com/project-test-2\"", GOOD_AUD, TIMES),
		    STYTCH_REJECTED },
		{ CLAIMS("\"stytch.com/" PROJECT "x\"", GOOD_AUD, TIMES),
		    STYTCH_REJECTED },
		{ CLAIMS("\"stytch.com/\"", GOOD_AUD, TIMES), STYTCH_REJECTED },
		{ CLAIMS("\"https://login.example.com.evil\"", GOOD_AUD, TIMES),
		    STYTCH_REJECTED },
		{ CLAIMS("\"https://login.example.com//\"", GOOD_AUD, TIMES),
		    STYTCH_REJECTED },
		{ CLAIMS("\"\"", GOOD_AUD, TIMES), STYTCH_REJECTED },
		{ CLAIMS("1", GOOD_AUD, TIMES), STYTCH_REJECTED },
		{ CLAIMS("[" GOOD_ISS "]", GOOD_AUD, TIMES), STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, "[]", TIMES), STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, "[\"project-test-2\"]", TIMES),
		    STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, "\"project-test-2\"", TIMES),
		    STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, "{\"" PROJECT "\":1}", TIMES),
		    STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, "null", TIMES), STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, GOOD_AUD, ""), STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, GOOD_AUD, ",\"exp\":\"1700000300\""),
		    STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, GOOD_AUD, ",\"exp\":1e300"),
		    STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, GOOD_AUD, ",\"exp\":null"),
		    STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, GOOD_AUD, ",\"exp\":1699999940"),
		    STYTCH_EXPIRED },
		{ CLAIMS(GOOD_ISS, GOOD_AUD, ",\"exp\":1699999941"),
		    STYTCH_OK },
		{ CLAIMS(GOOD_ISS, GOOD_AUD, ",\"exp\":-1"), STYTCH_EXPIRED },
		{ CLAIMS(GOOD_ISS, GOOD_AUD,
		      ",\"exp\":1700000300,\"nbf\":1700000060"),
		    STYTCH_OK },
		{ CLAIMS(GOOD_ISS, GOOD_AUD,
		      ",\"exp\":1700000300,\"nbf\":1700000061"),
		    STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, GOOD_AUD,
		      ",\"exp\":1700000300,\"iat\":1700000061"),
		    STYTCH_REJECTED },
		{ CLAIMS(GOOD_ISS, GOOD_AUD,
		      ",\"exp\":1700000300,\"nbf\":\"0\""),
		    STYTCH_REJECTED },
		{ "{\"iss\":" GOOD_ISS ",\"aud\":" GOOD_AUD TIMES "}",
		    STYTCH_REJECTED },
		{ "{\"iss\":" GOOD_ISS ",\"aud\":" GOOD_AUD
		  ",\"sub\":\"\"" TIMES "}",
		    STYTCH_REJECTED },
		{ "[]", STYTCH_REJECTED },
		{ "null", STYTCH_REJECTED },
		{ "{", STYTCH_REJECTED },
		{ "x", STYTCH_REJECTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(string_free)
		char *token = token_sign(key, HEADER, cases[i].payload);

		if (verify(token) != cases[i].class_)
			fail_msg("%s", cases[i].payload);
	}
}

static void
headers_are_checked_before_anything_is_verified(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"kid\":\"" KID "\"}",
		"{\"alg\":\"HS256\",\"kid\":\"" KID "\"}",
		"{\"alg\":\"HS512\",\"kid\":\"" KID "\"}",
		"{\"alg\":\"RS384\",\"kid\":\"" KID "\"}",
		"{\"alg\":\"RS512\",\"kid\":\"" KID "\"}",
		"{\"alg\":\"PS256\",\"kid\":\"" KID "\"}",
		"{\"alg\":\"ES256\",\"kid\":\"" KID "\"}",
		"{\"alg\":\"rs256\",\"kid\":\"" KID "\"}",
		"{\"alg\":\"RS256 \",\"kid\":\"" KID "\"}",
		"{\"alg\":[\"RS256\"],\"kid\":\"" KID "\"}",
		"{\"alg\":null,\"kid\":\"" KID "\"}",
		"{\"kid\":\"" KID "\"}",
		"{\"alg\":\"RS256\"}",
		"{\"alg\":\"RS256\",\"kid\":\"\"}",
		"{\"alg\":\"RS256\",\"kid\":1}",
		"{\"alg\":\"RS256\",\"kid\":\"" KID "\",\"crit\":[\"b64\"]}",
		"{\"alg\":\"RS256\",\"kid\":\"" KID "\",\"crit\":[]}",
		"[]",
		"{",
		"null",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		CLEANUP(string_free)
		char *token = token_sign(key, headers[i], GOOD);

		if (verify(token) != STYTCH_REJECTED)
			fail_msg("%s", headers[i]);
	}
}

static void
too_long_a_kid_is_no_key(void **state)
{
	CLEANUP(string_free) char *token = NULL;
	char kid[140], header[256];

	(void)state;
	memset(kid, 'a', sizeof(kid) - 1);
	kid[sizeof(kid) - 1] = '\0';
	(void)snprintf(header, sizeof(header),
	    "{\"alg\":\"RS256\",\"kid\":\"%s\"}", kid);
	token = token_sign(key, header, GOOD);
	assert_int_equal(verify(token), STYTCH_REJECTED);
}

static void
public_key_is_not_taken_for_a_secret(void **state)
{
	static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"" KID "\"}";
	CLEANUP(string_free) char *jwk = token_jwk(key, KID, "");
	CLEANUP(string_free)
	char *token = token_hmac(jwk, strlen(jwk), header, GOOD);
	CLEANUP(string_free)
	char *none =
	    token_unsigned("{\"alg\":\"none\",\"kid\":\"" KID "\"}", GOOD);
	CLEANUP(string_free) char *bare = token_unsigned(HEADER, GOOD);

	(void)state;
	assert_int_equal(verify(token), STYTCH_REJECTED);
	assert_int_equal(verify(none), STYTCH_REJECTED);
	assert_int_equal(verify(bare), STYTCH_REJECTED);
}

static void
signature_of_another_key_is_refused(void **state)
{
	CLEANUP(string_free) char *token = token_sign(other_key, HEADER, GOOD);
	CLEANUP(string_free)
	char *unknown =
	    token_sign(key, "{\"alg\":\"RS256\",\"kid\":\"jwk-test-2\"}", GOOD);

	(void)state;
	assert_int_equal(verify(token), STYTCH_REJECTED);
	assert_int_equal(verify(unknown), STYTCH_NOT_FOUND);
}

static void
every_tampered_byte_is_noticed(void **state)
{
	CLEANUP(string_free) char *token = token_sign(key, HEADER, GOOD);
	size_t len = strlen(token);

	(void)state;
	assert_int_equal(verify(token), STYTCH_OK);
	for (size_t i = 0; i + 1 < len; i++) {
		char before = token[i];

		token[i] = before == 'A' ? 'B' : 'A';
		if (verify(token) == STYTCH_OK)
			fail_msg("byte %zu", i);
		token[i] = before;
	}
}

static void
what_is_no_token_is_refused(void **state)
{
	static const char *const texts[] = { "", ".", "..", "...", "a", "a.b",
		"a.b.c.d", "a.b.c", "a..c", ".b.c", "a.b.", "a b.c.d",
		"a.b.c\n", "a.b.c=", "\xff.a.b", "e30.e30.e30",
		"e30.e30.AAAA" };
	char longer[17000];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (verify(texts[i]) != STYTCH_REJECTED)
			fail_msg("%s", texts[i]);
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	longer[100] = '.';
	longer[200] = '.';
	assert_int_equal(verify(longer), STYTCH_REJECTED);
}

/* How many keys of one JWK are taken. */
static size_t
count_taken(const char *jwk)
{
	CLEANUP(jwt_keys_clear) struct jwt_keys taken = { .count = 0 };
	char *jwks = NULL;

	assert_true(asprintf(&jwks, "{\"keys\":[%s]}", jwk) > 0);
	assert_int_equal(parse_keys(jwks, &taken), 0);
	free(jwks);
	return taken.count;
}

static void
only_strong_rsa_signature_keys_are_taken(void **state)
{
	static const char *const extras[] = { ",\"use\":\"enc\"",
		",\"alg\":\"RS512\"", ",\"alg\":\"HS256\"", ",\"alg\":1" };
	static const char *const others[] = {
		"{}",
		"null",
		"7",
		"{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAA\"}",
		"{\"kty\":\"RSA\",\"kid\":\"a\"}",
		"{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"\",\"e\":\"AQAB\"}",
		"{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"!!\",\"e\":\"AQAB\"}",
		"{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
		"{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"A=AB\",\"e\":\"AQAB\"}",
		"{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQAB\",\"e\":\"=\"}",
		"{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQABA\",\"e\":\"AQAB\"}",
		"{\"kty\":\"EC\",\"kid\":\"a\",\"crv\":\"P-256\"}",
	};
	CLEANUP(string_free) char *good = token_jwk(key, "a", "");
	CLEANUP(string_free) char *nameless = token_jwk(key, "", "");
	CLEANUP(string_free) char *weak = token_jwk(short_key, "a", "");

	(void)state;
	assert_int_equal(count_taken(good), 1);
	assert_int_equal(count_taken(nameless), 0);
	assert_int_equal(count_taken(weak), 0);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (count_taken(others[i]) != 0)
			fail_msg("%s", others[i]);
	for (size_t i = 0; i < ARRAY_LEN(extras); i++) {
		CLEANUP(string_free)
		char *jwk = token_jwk(key, "a", extras[i]);

		assert_int_equal(count_taken(jwk), 0);
	}
}

static void
list_of_keys_has_a_form_and_a_limit(void **state)
{
	static const char *const texts[] = { "null", "{}", "[]",
		"{\"keys\":{}}", "{\"keys\":null}", "{\"Keys\":[]}" };
	CLEANUP(jwt_keys_clear) struct jwt_keys taken = { .count = 0 };
	char *jwks = calloc(1, 40000);
	size_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(parse_keys(texts[i], &taken), -EPROTO);
	len = (size_t)snprintf(jwks, 40000, "{\"keys\":[null");
	for (int i = 0; i < 40; i++) {
		char kid[16];
		char *jwk;

		(void)snprintf(kid, sizeof(kid), "k%d", i / 2);
		jwk = token_jwk(key, kid, "");
		len += (size_t)snprintf(jwks + len, 40000 - len, ",%s", jwk);
		free(jwk);
	}
	(void)snprintf(jwks + len, 40000 - len, "]}");
	assert_int_equal(parse_keys(jwks, &taken), 0);
	free(jwks);
	assert_int_equal(taken.count, JWT_KEYS_MAX);
	assert_non_null(jwt_keys_find(&taken, "k15"));
	assert_null(jwt_keys_find(&taken, "k16"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_token_gives_its_claims),
		cmocka_unit_test(claims_are_checked),
		cmocka_unit_test(
		    headers_are_checked_before_anything_is_verified),
		cmocka_unit_test(too_long_a_kid_is_no_key),
		cmocka_unit_test(public_key_is_not_taken_for_a_secret),
		cmocka_unit_test(signature_of_another_key_is_refused),
		cmocka_unit_test(every_tampered_byte_is_noticed),
		cmocka_unit_test(what_is_no_token_is_refused),
		cmocka_unit_test(only_strong_rsa_signature_keys_are_taken),
		cmocka_unit_test(list_of_keys_has_a_form_and_a_limit),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
