/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions, permissions and machines' tokens when memory runs out, at every
 * allocation of the client's own and cJSON's: no lack of it is a yes.
 */
#include "config.h"

#include "tests/unit/http_server.h"
#include "tests/unit/token.h"

#include <cjson/cJSON.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stytch/stytch.h>
#include <time.h>

#include <cmocka.h>

#include "tests/unit/failing.h"

#define PROJECT "project-test-1"
#define POLICY \
	"{\"policy\":{\"roles\":[{\"role_id\":\"reader\",\"permissions\":" \
	"[{\"resource_id\":\"docs\",\"actions\":[\"read\"]}]}]}}"

static EVP_PKEY *key, *other_key;
static char jwks[4096];

static int
make_keys(void **state)
{
	CLEANUP(string_free) char *jwk = NULL;

	(void)state;
	key = EVP_RSA_gen(2048);
	other_key = EVP_RSA_gen(2048);
	jwk = token_jwk(key, "k1", "");
	(void)snprintf(jwks, sizeof(jwks), "{\"keys\":[%s]}", jwk);
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	return 0;
}

static char *
make_token(EVP_PKEY *pkey, const char *claims)
{
	char payload[512];

	(void)snprintf(payload, sizeof(payload),
	    "{\"iss\":\"stytch.com/" PROJECT "\",\"aud\":[\"" PROJECT
	    "\"],\"sub\":\"user-test-1\",\"exp\":%lld,%s}",
	    (long long)time(NULL) + 300, claims);
	return token_sign(pkey, "{\"alg\":\"RS256\",\"kid\":\"k1\"}", payload);
}

static enum stytch_class
see_session(struct stytch_client *client, const char *token)
{
	static const struct stytch_permission permission = { NULL, "docs",
		"read" };
	CLEANUP(stytch_reply_free) struct stytch_reply *claims = NULL;
	struct stytch_error error;
	enum stytch_class class_ =
	    stytch_session_verify(client, false, token, &claims, &error);

	assert_true((class_ == STYTCH_OK) == (claims != NULL));
	if (class_ != STYTCH_OK)
		return class_;
	return stytch_session_authorize(client, false, claims, &permission,
	    &error);
}

static enum stytch_class
see_machine(struct stytch_client *client, const char *token)
{
	static const struct stytch_m2m_need need = { false, "read:docs" };
	CLEANUP(stytch_reply_free) struct stytch_reply *claims = NULL;
	struct stytch_error error;
	enum stytch_class class_ =
	    stytch_m2m_verify(client, &need, token, &claims, &error);

	assert_true((class_ == STYTCH_OK) == (claims != NULL));
	return class_;
}

static enum stytch_class
get_token(struct stytch_client *client, const char *token)
{
	static const struct stytch_m2m_client machine = { "m2m-client-1",
		"secret-1" };
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	struct stytch_error error;
	enum stytch_class class_ =
	    stytch_m2m_token(client, &machine, "read:docs", &reply, &error);

	(void)token;
	assert_true((class_ == STYTCH_OK) == (reply != NULL));
	return class_;
}

static const struct {
	const char *label;
	enum stytch_class (
	    *run)(struct stytch_client *client, const char *token);
	const char *answers[2];
	const char *claims; /* of the token; NULL: there is none */
} deeds[] = {
	{ "a session", see_session, { jwks, POLICY },
	    "\"https://stytch.com/session\":{\"id\":\"session-test-1\","
	    "\"roles\":[\"reader\"]}" },
	{ "a machine", see_machine, { jwks, "" }, "\"scope\":\"read:docs\"" },
	{ "a token", get_token, { "{\"access_token\":\"a.b.c\"}", "" }, NULL },
};

static void *
failing_malloc(size_t size)
{
	return failing_now() ? NULL : __real_malloc(size);
}

static enum stytch_class
run(size_t deed, EVP_PKEY *pkey, unsigned nth, bool *out_failed)
{
	const struct http_answer script[] = {
		{ 200, deeds[deed].answers[0], NULL, 0 },
		{ 200, deeds[deed].answers[1], NULL, 0 },
	};
	cJSON_Hooks hooks = { .malloc_fn = failing_malloc, .free_fn = free };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 2);
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = PROJECT,
		.secret = "secret-test-1",
		.base_url = http_server_url(server),
		.allow_plain = true,
	};
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	CLEANUP(string_free)
	char *token = make_token(pkey,
	    deeds[deed].claims == NULL ? "\"a\":1" : deeds[deed].claims);
	enum stytch_class class_;

	assert_int_equal(stytch_client_new(&config, &client, NULL), STYTCH_OK);
	cJSON_InitHooks(&hooks);
	failing_at = nth;
	class_ = deeds[deed].run(client, token);
	*out_failed = failing_at == 0;
	failing_at = 0;
	cJSON_InitHooks(NULL);
	return class_;
}

static void
walk(size_t deed, EVP_PKEY *pkey, bool is_good)
{
	bool failed = true;
	unsigned nth;

	for (nth = 1; failed; nth++) {
		enum stytch_class class_ = run(deed, pkey, nth, &failed);

		assert_true(nth < 2000);
		if (class_ == STYTCH_OK && !is_good)
			fail_msg("%s: good at %u", deeds[deed].label, nth);
		if (!failed && (class_ == STYTCH_OK) != is_good)
			fail_msg("%s: %d", deeds[deed].label, (int)class_);
		/* JSON that did not fit in memory looks like none. */
		assert_true(class_ == STYTCH_OK || class_ == STYTCH_REJECTED ||
		    class_ == STYTCH_DENIED || class_ == STYTCH_UNAVAILABLE ||
		    class_ == STYTCH_PROTOCOL ||
		    class_ == STYTCH_MISCONFIGURED);
	}
	assert_true(nth > 10);
}

static void
no_lack_of_memory_refuses_half(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(deeds); i++)
		walk(i, key, true);
}

static void
no_lack_of_memory_takes_anothers_signature(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(deeds); i++)
		if (deeds[i].claims != NULL)
			walk(i, other_key, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_lack_of_memory_refuses_half),
		cmocka_unit_test(no_lack_of_memory_takes_anothers_signature),
	};

	return cmocka_run_group_tests(tests, make_keys, free_keys);
}
