/* SPDX-License-Identifier: BSD-2-Clause */
/* The fetching and keeping of public keys; the clock is the test's. */
#include "config.h"

#include "libstytch/transport.h"
#include "tests/unit/http_server.h"
#include "tests/unit/token.h"

#include <stytch/stytch.h>

#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define PROJECT "project-test-1"

int64_t __real_transport_now_ms(void);
int64_t __wrap_transport_now_ms(void);

static int64_t advanced_ms;

int64_t
__wrap_transport_now_ms(void)
{
	return __real_transport_now_ms() + advanced_ms;
}

static EVP_PKEY *key, *next_key;
static char jwks[4096], next_jwks[4096];

static void
fill_jwks(char out[4096], EVP_PKEY *pkey, const char *kid)
{
	char *jwk = token_jwk(pkey, kid, "");

	(void)snprintf(out, 4096, "{\"keys\":[%s]}", jwk);
	free(jwk);
}

static int
make_keys(void **state)
{
	(void)state;
	key = EVP_RSA_gen(2048);
	next_key = EVP_RSA_gen(2048);
	fill_jwks(jwks, key, "k1");
	fill_jwks(next_jwks, next_key, "k2");
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	EVP_PKEY_free(next_key);
	return 0;
}

static char *
make_token(EVP_PKEY *pkey, const char *kid)
{
	char header[64], payload[256];

	(void)snprintf(header, sizeof(header),
	    "{\"alg\":\"RS256\",\"kid\":\"%s\"}", kid);
	(void)snprintf(payload, sizeof(payload),
	    "{\"iss\":\"stytch.com/" PROJECT "\",\"aud\":[\"" PROJECT
	    "\"],\"sub\":\"user-test-1\",\"exp\":%lld,"
	    "\"https://stytch.com/session\":{\"id\":\"session-test-1\"}}",
	    (long long)time(NULL) + 300);
	return token_sign(pkey, header, payload);
}

static struct stytch_client *
client_for(struct http_server *server)
{
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = PROJECT,
		.secret = "secret-test-1",
		.base_url = http_server_url(server),
		.allow_plain = true,
	};
	struct stytch_client *client = NULL;

	assert_int_equal(stytch_client_new(&config, &client, NULL), STYTCH_OK);
	return client;
}

static enum stytch_class
verify(struct stytch_client *client, bool is_b2b, EVP_PKEY *pkey,
    const char *kid)
{
	CLEANUP(string_free) char *token = make_token(pkey, kid);
	CLEANUP(stytch_reply_free) struct stytch_reply *claims = NULL;
	struct stytch_error error = { .class_ = STYTCH_OK };
	enum stytch_class class_ =
	    stytch_session_verify(client, is_b2b, token, &claims, &error);

	assert_int_equal(error.class_, class_);
	assert_int_equal(class_ == STYTCH_OK, claims != NULL);
	if (claims != NULL) {
		assert_string_equal(stytch_reply_string(claims, "sub"),
		    "user-test-1");
		assert_string_equal(stytch_reply_string(claims,
					"[\"https://stytch.com/session\"].id"),
		    "session-test-1");
	}
	return class_;
}

static void
keys_are_fetched_once_and_kept_five_minutes(void **state)
{
	struct http_answer script[] = { { 200, jwks, NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(verify(client, false, key, "k1"), STYTCH_OK);
	assert_int_equal(http_server_requests(server), 1);
	assert_non_null(strstr(http_server_request(server, 0),
	    "GET /v1/sessions/jwks/" PROJECT " HTTP/1.1\r\n"));
	advanced_ms += 299 * 1000;
	assert_int_equal(verify(client, false, key, "k1"), STYTCH_OK);
	assert_int_equal(http_server_requests(server), 1);
	advanced_ms += 2 * 1000;
	assert_int_equal(verify(client, false, key, "k1"), STYTCH_OK);
	assert_int_equal(http_server_requests(server), 2);
}

static void
kinds_of_projects_have_keys_of_their_own(void **state)
{
	struct http_answer script[] = { { 200, jwks, NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);

	(void)state;
	assert_int_equal(verify(client, false, key, "k1"), STYTCH_OK);
	assert_int_equal(verify(client, true, key, "k1"), STYTCH_OK);
	assert_int_equal(http_server_requests(server), 2);
	assert_non_null(strstr(http_server_request(server, 1),
	    "GET /v1/b2b/sessions/jwks/" PROJECT " HTTP/1.1\r\n"));
}

static void
unknown_key_is_asked_for_once_in_a_while(void **state)
{
	struct http_answer script[] = {
		{ 200, jwks, NULL, 0 },
		{ 200, next_jwks, NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 2);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);

	(void)state;
	assert_int_equal(verify(client, false, key, "k1"), STYTCH_OK);
	/* Just fetched: whoever names keys at random asks nothing of Stytch. */
	for (int i = 0; i < 5; i++)
		assert_int_equal(verify(client, false, next_key, "k2"),
		    STYTCH_REJECTED);
	assert_int_equal(http_server_requests(server), 1);
	advanced_ms += 11 * 1000;
	assert_int_equal(verify(client, false, next_key, "k2"), STYTCH_OK);
	assert_int_equal(http_server_requests(server), 2);
	/* The old key is published no more. */
	assert_int_equal(verify(client, false, key, "k1"), STYTCH_REJECTED);
	assert_int_equal(http_server_requests(server), 2);
}

static void
keys_that_cannot_be_had_are_no_yes(void **state)
{
	static const struct {
		struct http_answer answer;
		enum stytch_class class_;
	} cases[] = {
		{ { 500, "{}", NULL, 0 }, STYTCH_UNAVAILABLE },
		{ { 200, "{}", NULL, 0 }, STYTCH_PROTOCOL },
		{ { 200, "{\"keys\":7}", NULL, 0 }, STYTCH_PROTOCOL },
		{ { 200, "{\"keys\":[]}", NULL, 0 }, STYTCH_REJECTED },
		{ { 200, "<html>", NULL, 0 }, STYTCH_PROTOCOL },
		{ { 401, "{}", NULL, 0 }, STYTCH_MISCONFIGURED },
	};

	(void)state;
	/* Pauses between attempts are slept by the true clock. */
	advanced_ms = 0;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(http_server_stop)
		struct http_server *server =
		    http_server_start(NULL, &cases[i].answer, 1);
		CLEANUP(stytch_client_free)
		struct stytch_client *client = client_for(server);

		assert_int_equal(verify(client, false, key, "k1"),
		    cases[i].class_);
	}
}

static void
malformed_token_asks_nothing(void **state)
{
	struct http_answer script[] = { { 200, jwks, NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);
	struct stytch_reply *claims = NULL;

	(void)state;
	assert_int_equal(stytch_session_verify(client, false, "a.b.c", &claims,
			     NULL),
	    STYTCH_REJECTED);
	assert_int_equal(stytch_session_verify(client, false, NULL, &claims,
			     NULL),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(stytch_session_verify(NULL, false, "a.b.c", &claims,
			     NULL),
	    STYTCH_MISCONFIGURED);
	assert_null(claims);
	assert_int_equal(http_server_requests(server), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_fetched_once_and_kept_five_minutes),
		cmocka_unit_test(kinds_of_projects_have_keys_of_their_own),
		cmocka_unit_test(unknown_key_is_asked_for_once_in_a_while),
		cmocka_unit_test(keys_that_cannot_be_had_are_no_yes),
		cmocka_unit_test(malformed_token_asks_nothing),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
