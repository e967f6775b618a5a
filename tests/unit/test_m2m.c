/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/http_server.h"
#include "tests/unit/token.h"

#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stytch/stytch.h>
#include <time.h>

#include <cmocka.h>

#define PROJECT "project-test-1"
#define CANARY "canary-9d2e"

static EVP_PKEY *key;
static char jwks[4096];

static int
make_key(void **state)
{
	CLEANUP(string_free) char *jwk = NULL;

	(void)state;
	key = EVP_RSA_gen(2048);
	jwk = token_jwk(key, "k1", "");
	(void)snprintf(jwks, sizeof(jwks), "{\"keys\":[%s]}", jwk);
	return 0;
}

static int
free_key(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	return 0;
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
get(struct stytch_client *client, struct stytch_m2m_client machine,
    const char *scope, struct stytch_reply **out_reply,
    struct stytch_error *error)
{
	return stytch_m2m_token(client, &machine, scope, out_reply, error);
}

static enum stytch_class
ask(struct stytch_client *client, const char *token,
    struct stytch_m2m_client machine, struct stytch_reply **out_reply,
    struct stytch_error *error)
{
	return stytch_m2m_introspect(client, &machine, token, out_reply, error);
}

static enum stytch_class
verify(struct stytch_client *client, struct stytch_m2m_need need,
    const char *token, struct stytch_reply **out_claims,
    struct stytch_error *error)
{
	return stytch_m2m_verify(client, &need, token, out_claims, error);
}

#define MACHINE(id, secret) \
	(struct stytch_m2m_client) \
	{ \
		id, secret \
	}
#define NEED(is_b2b, scope) \
	(struct stytch_m2m_need) \
	{ \
		is_b2b, scope \
	}

/* ---- had ------------------------------------------------------------------ */

static void
token_is_asked_for_by_a_form_without_the_projects_secret(void **state)
{
	static const struct http_answer script[] = {
		{ 200,
		    "{\"access_token\":\"a.b.c\",\"token_type\":\"bearer\","
		    "\"expires_in\":3600}",
		    NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	const char *request;

	(void)state;
	assert_int_equal(get(client, MACHINE("m2m&client=1", "s e+c%r"),
			     "read:a write:b", &reply, NULL),
	    STYTCH_OK);
	assert_string_equal(stytch_reply_string(reply, "access_token"),
	    "a.b.c");
	assert_int_equal(stytch_reply_int(reply, "expires_in", 0), 3600);
	request = http_server_request(server, 0);
	assert_non_null(strstr(request,
	    "POST /v1/public/" PROJECT "/oauth2/token HTTP/1.1\r\n"));
	assert_non_null(strstr(request,
	    "Content-Type: application/x-www-form-urlencoded\r\n"));
	assert_null(strstr(request, "Authorization:"));
	assert_non_null(strstr(request,
	    "\r\n\r\ngrant_type=client_credentials&client_id=m2m%26client%3D1&"
	    "client_secret=s%20e%2Bc%25r&scope=read%3Aa%20write%3Ab"));
}

static void
scope_may_be_left_out(void **state)
{
	static const struct http_answer script[] = {
		{ 200, "{\"access_token\":\"a.b.c\"}", NULL, 0 },
	};
	static const char *const scopes[] = { NULL, "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
		CLEANUP(http_server_stop)
		struct http_server *server = http_server_start(NULL, script, 1);
		CLEANUP(stytch_client_free)
		struct stytch_client *client = client_for(server);
		CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;

		assert_int_equal(get(client, MACHINE("c", "s"), scopes[i],
				     &reply, NULL),
		    STYTCH_OK);
		assert_null(strstr(http_server_request(server, 0), "scope"));
	}
}

static void
refusals_keep_their_type_and_no_secret(void **state)
{
	static const struct {
		struct http_answer answer;
		enum stytch_class class_;
		const char *type;
	} rows[] = {
		{ { 401,
		      "{\"error\":\"invalid_client\",\"error_description\":"
		      "\"secret " CANARY " is wrong\"}",
		      NULL, 0 },
		    STYTCH_MISCONFIGURED, "invalid_client" },
		{ { 400, "{\"error\":\"invalid_scope\"}", NULL, 0 },
		    STYTCH_MISCONFIGURED, "invalid_scope" },
		{ { 429, "{\"error_type\":\"too_many_requests\"}", NULL, 0 },
		    STYTCH_THROTTLED, "too_many_requests" },
		{ { 500, "{}", NULL, 0 }, STYTCH_UNAVAILABLE, "" },
		{ { 200, "{}", NULL, 0 }, STYTCH_PROTOCOL, "" },
		{ { 200, "{\"access_token\":7,\"active\":\"true\"}", NULL, 0 },
		    STYTCH_PROTOCOL, "" },
		{ { 200, "[]", NULL, 0 }, STYTCH_PROTOCOL, "" },
		{ { 200, "", NULL, HTTP_DROPS }, STYTCH_UNAVAILABLE, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(http_server_stop)
		struct http_server *server =
		    http_server_start(NULL, &rows[i].answer, 1);
		CLEANUP(stytch_client_free)
		struct stytch_client *client = client_for(server);
		CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
		struct stytch_error error;

		assert_int_equal(get(client, MACHINE("c", CANARY), NULL, &reply,
				     &error),
		    rows[i].class_);
		assert_string_equal(error.error_type, rows[i].type);
		assert_null(strstr(error.message, CANARY));
		assert_int_equal(ask(client, CANARY, MACHINE("c", NULL), &reply,
				     &error),
		    rows[i].class_);
		assert_null(strstr(error.message, CANARY));
		assert_null(reply);
	}
}

static void
what_is_missing_is_named_and_nothing_sent(void **state)
{
	static const struct http_answer script[] = { { 200, "{}", NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);
	struct stytch_reply *reply = NULL;
	struct stytch_error error;

	(void)state;
	assert_int_equal(get(NULL, MACHINE("c", "s"), NULL, &reply, &error),
	    STYTCH_MISCONFIGURED);
	assert_string_equal(error.parameter, "client");
	assert_int_equal(get(client, MACHINE("", "s"), NULL, &reply, &error),
	    STYTCH_MISCONFIGURED);
	assert_string_equal(error.parameter, "client_id");
	assert_int_equal(get(client, MACHINE("c", NULL), NULL, &reply, &error),
	    STYTCH_MISCONFIGURED);
	assert_string_equal(error.parameter, "client_secret");
	assert_int_equal(ask(client, NULL, MACHINE("c", NULL), &reply, &error),
	    STYTCH_MISCONFIGURED);
	assert_string_equal(error.parameter, "token");
	assert_int_equal(ask(client, "t", MACHINE(NULL, NULL), &reply, NULL),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(verify(client, NEED(false, NULL), NULL, &reply,
			     &error),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(stytch_m2m_token(client, NULL, NULL, &reply, NULL),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(stytch_m2m_introspect(client, NULL, "t", &reply, NULL),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(stytch_m2m_verify(client, NULL, "t", &reply, NULL),
	    STYTCH_MISCONFIGURED);
	assert_int_equal(http_server_requests(server), 0);
}

static void
an_answer_is_no_yes(void **state)
{
	static const struct http_answer script[] = {
		{ 200, "{\"active\":true,\"client_id\":\"c\"}", NULL, 0 },
		{ 200, "{\"active\":false}", NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 2);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);

	(void)state;
	for (int i = 0; i < 2; i++) {
		CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;

		assert_int_equal(ask(client, "t", MACHINE("c", "s"), &reply,
				     NULL),
		    STYTCH_OK);
		assert_int_equal(stytch_reply_bool(reply, "active", i != 0),
		    i == 0);
	}
	assert_non_null(strstr(http_server_request(server, 0),
	    "\r\n\r\ntoken=t&client_id=c&client_secret=s&"
	    "token_type_hint=access_token"));
	assert_non_null(strstr(http_server_request(server, 0),
	    "POST /v1/public/" PROJECT "/oauth2/introspect "));
}

/* ---- verified ------------------------------------------------------------- */

static char *
access_token(const char *project, const char *rest, int lives_s)
{
	char payload[512];

	(void)snprintf(payload, sizeof(payload),
	    "{\"iss\":\"stytch.com/%s\",\"aud\":[\"%s\"],"
	    "\"sub\":\"m2m-client-test-1\",\"exp\":%lld%s}",
	    project, project, (long long)time(NULL) + lives_s, rest);
	return token_sign(key, "{\"alg\":\"RS256\",\"kid\":\"k1\"}", payload);
}

static void
scopes_are_granted_by_action_and_resource(void **state)
{
	static const struct {
		const char *granted, *needed;
		enum stytch_class class_;
	} rows[] = {
		{ "read:a", NULL, STYTCH_OK },
		{ "read:a", "", STYTCH_OK },
		{ "", NULL, STYTCH_OK },
		{ "read:a", "read:a", STYTCH_OK },
		{ "read:a  write:b", "write:b read:a", STYTCH_OK },
		{ "read:*", "read:a read:b", STYTCH_OK },
		{ "admin", "admin", STYTCH_OK },
		{ "admin:*", "admin", STYTCH_OK },
		{ "read:a:b", "read:a:b", STYTCH_OK },
		{ "", "read:a", STYTCH_DENIED },
		{ "read:a", "read:b", STYTCH_DENIED },
		{ "read:a", "write:a", STYTCH_DENIED },
		{ "read:a", "read:a write:a", STYTCH_DENIED },
		{ "read:a", "read:*", STYTCH_DENIED },
		{ "read:a", "read", STYTCH_DENIED },
		{ "read", "read:a", STYTCH_DENIED },
		{ "*:a", "read:a", STYTCH_DENIED },
		{ "*", "read", STYTCH_DENIED },
		{ "read:ab", "read:a", STYTCH_DENIED },
		{ "readx:a", "read:a", STYTCH_DENIED },
		{ "read:a,write:a", "read:a", STYTCH_DENIED },
	};
	struct http_answer script[] = { { 200, jwks, NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(string_free) char *token = NULL;
		CLEANUP(stytch_reply_free) struct stytch_reply *claims = NULL;
		char rest[128];
		enum stytch_class class_;

		(void)snprintf(rest, sizeof(rest), ",\"scope\":\"%s\"",
		    rows[i].granted);
		token = access_token(PROJECT, rest, 3600);
		class_ = verify(client, NEED(true, rows[i].needed), token,
		    &claims, NULL);
		if (class_ != rows[i].class_)
			fail_msg("'%s' for '%s': %s", rows[i].granted,
			    rows[i].needed, stytch_class_name(class_));
		assert_int_equal(claims != NULL, class_ == STYTCH_OK);
	}
	assert_int_equal(http_server_requests(server), 1);
	assert_non_null(strstr(http_server_request(server, 0),
	    "GET /v1/b2b/sessions/jwks/" PROJECT " "));
}

static void
tokens_of_other_kinds_projects_and_times_are_refused(void **state)
{
	static const struct {
		const char *project, *rest;
		int lives_s;
		enum stytch_class as_m2m, as_session;
	} rows[] = {
		{ PROJECT, ",\"scope\":\"a\"", 60, STYTCH_OK, STYTCH_REJECTED },
		{ PROJECT, "", 60, STYTCH_OK, STYTCH_REJECTED },
		{ PROJECT,
		    ",\"https://stytch.com/session\":{\"id\":\"s\"},"
		    "\"scope\":\"a\"",
		    60, STYTCH_REJECTED, STYTCH_OK },
		{ PROJECT, ",\"https://stytch.com/session\":\"s\"", 60,
		    STYTCH_REJECTED, STYTCH_REJECTED },
		{ PROJECT, "", -61, STYTCH_EXPIRED, STYTCH_EXPIRED },
		{ "project-test-2", "", 60, STYTCH_REJECTED, STYTCH_REJECTED },
	};
	struct http_answer script[] = { { 200, jwks, NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	CLEANUP(stytch_client_free)
	struct stytch_client *client = client_for(server);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(string_free)
		char *token = access_token(rows[i].project, rows[i].rest,
		    rows[i].lives_s);
		CLEANUP(stytch_reply_free) struct stytch_reply *m2m = NULL;
		CLEANUP(stytch_reply_free) struct stytch_reply *session = NULL;

		assert_int_equal(verify(client, NEED(false, NULL), token, &m2m,
				     NULL),
		    rows[i].as_m2m);
		assert_int_equal(stytch_session_verify(client, false, token,
				     &session, NULL),
		    rows[i].as_session);
	}
	assert_int_equal(verify(client, NEED(false, NULL), "a.b",
			     &(struct stytch_reply *){ NULL }, NULL),
	    STYTCH_REJECTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    token_is_asked_for_by_a_form_without_the_projects_secret),
		cmocka_unit_test(scope_may_be_left_out),
		cmocka_unit_test(refusals_keep_their_type_and_no_secret),
		cmocka_unit_test(what_is_missing_is_named_and_nothing_sent),
		cmocka_unit_test(an_answer_is_no_yes),
		cmocka_unit_test(scopes_are_granted_by_action_and_resource),
		cmocka_unit_test(
		    tokens_of_other_kinds_projects_and_times_are_refused),
	};

	return cmocka_run_group_tests(tests, make_key, free_key);
}
