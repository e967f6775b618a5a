/* SPDX-License-Identifier: BSD-2-Clause */
/* Route, credentials, kind of project, body: in that order. */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include "sandbox/api.h"

#include <string.h>

#define CONSUMER_ID "project-test-11111111-1111-4111-8111-111111111111"
#define B2B_ID "project-test-22222222-2222-4222-8222-222222222222"

/* One call with these credentials (NULL: none) and its error. */
static void
expect(struct sandbox *sandbox, const char *credentials, const char *target,
    enum api_error error)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	CLEANUP(buf_clear) struct buf header = BUF_INIT(1024);
	CLEANUP(json_free) cJSON *answer = NULL;
	struct http_request http = { .method = "GET", .target = target };

	if (credentials != NULL) {
		buf_adds(&header, "Basic ");
		base64_add(&header, credentials, strlen(credentials));
		http.authorization = buf_text(&header);
	}
	sandbox_handle(sandbox, &http, &reply);
	answer = json_parse(buf_text(&reply.body), reply.body.len);
	assert_answer(answer, error);
	assert_int_equal(reply.status, error_row(error)->status);
}

static void
checks_come_in_the_order_of_the_api(void **state)
{
	static const struct {
		const char *label, *credentials, *target;
		enum api_error error;
	} cases[] = {
		{ "unknown path before credentials", NULL, "/v1/nothing",
		    API_ROUTE_NOT_FOUND },
		{ "no credentials", NULL, "/v1/debug/whoami",
		    API_INVALID_AUTHORIZATION_HEADER },
		{ "malformed project", "project:x", "/v1/debug/whoami",
		    API_INVALID_PROJECT_ID_AUTHENTICATION },
		{ "unknown project with a right secret",
		    "project-test-33333333-3333-4333-8333-333333333333:"
		    "consumer",
		    "/v1/debug/whoami", API_INVALID_PROJECT_ID_AUTHENTICATION },
		{ "wrong secret", CONSUMER_ID ":business", "/v1/debug/whoami",
		    API_UNAUTHORIZED_CREDENTIALS },
		{ "secret cut", CONSUMER_ID ":consume", "/v1/debug/whoami",
		    API_UNAUTHORIZED_CREDENTIALS },
		{ "empty secret", CONSUMER_ID ":", "/v1/debug/whoami",
		    API_UNAUTHORIZED_CREDENTIALS },
		{ "wrong secret before the kind of project", CONSUMER_ID ":x",
		    "/v1/b2b/rbac/policy", API_UNAUTHORIZED_CREDENTIALS },
		{ "B2B path, Consumer project", CONSUMER_ID ":consumer",
		    "/v1/b2b/rbac/policy", API_INVALID_B2B_ENDPOINT },
		{ "Consumer path, B2B project", B2B_ID ":business",
		    "/v1/rbac/policy", API_INVALID_CONSUMER_ENDPOINT },
		{ "known path, other method", CONSUMER_ID ":consumer",
		    "/v1/users/search/", API_ROUTE_NOT_FOUND },
		{ "POST path by GET", CONSUMER_ID ":consumer",
		    "/v1/otps/authenticate", API_METHOD_NOT_ALLOWED },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].label);
		expect(*state, cases[i].credentials, cases[i].target,
		    cases[i].error);
	}
}

static void
errors_have_the_form_of_their_kind_of_project(void **state)
{
	CLEANUP(json_free)
	cJSON *consumer = drive(*state, VERTICAL_CONSUMER, "GET",
	    "/v1/b2b/rbac/policy", NULL);
	CLEANUP(json_free)
	cJSON *b2b =
	    drive(*state, VERTICAL_B2B, "GET", "/v1/rbac/policy", NULL);

	assert_string_equal(text_at(consumer, "error_url"),
	    "https://stytch.com/docs/api/errors/400#invalid_b2b_endpoint");
	assert_string_equal(text_at(b2b, "error_url"),
	    "https://stytch.com/docs/b2b/api/errors/400#"
	    "invalid_consumer_endpoint");
	assert_true(id_is_kind(text_at(b2b, "request_id"), "request-id"));
}

static void
whoami_serves_both_kinds(void **state)
{
	CLEANUP(json_free)
	cJSON *consumer =
	    drive(*state, VERTICAL_CONSUMER, "GET", "/v1/debug/whoami", NULL);
	CLEANUP(json_free)
	cJSON *b2b =
	    drive(*state, VERTICAL_B2B, "GET", "/v1/debug/whoami", NULL);

	assert_string_equal(text_at(consumer, "project_id"), CONSUMER_ID);
	assert_string_equal(text_at(b2b, "project_id"), B2B_ID);
}

static void
every_endpoint_has_a_handler(void **state)
{
	(void)state;
	for (int i = 0; i < STYTCH_ENDPOINT_COUNT; i++) {
		const struct endpoint *endpoint =
		    endpoint_get((enum stytch_endpoint)i);

		assert_true(api_serves(endpoint, VERTICAL_CONSUMER) ||
		    api_serves(endpoint, VERTICAL_B2B));
		if (api_handler(endpoint->id) == NULL)
			fail_msg("%s is not served", endpoint->name);
	}
}

static void
public_keys_need_no_credentials(void **state)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	CLEANUP(json_free) cJSON *keys = NULL;
	struct http_request http = { .method = "GET",
		.target = "/v1/sessions/jwks/" CONSUMER_ID };

	sandbox_handle(*state, &http, &reply);
	keys = json_parse(buf_text(&reply.body), reply.body.len);
	assert_answer(keys, API_OK);
	assert_string_equal(text_at(keys, "keys.0.alg"), "RS256");
	assert_string_equal(text_at(keys, "keys.0.e"), "AQAB");
	assert_null(json_at(keys, "keys.0.d"));
	expect(*state, NULL, "/v1/sessions/jwks/" B2B_ID,
	    API_PROJECT_NOT_FOUND);
	expect(*state, NULL, "/v1/sessions/jwks/project-test-1",
	    API_INVALID_PROJECT_ID);
	expect(*state, NULL, "/v1/sessions/jwks/%ff", API_BAD_REQUEST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    checks_come_in_the_order_of_the_api, drive_setup,
		    drive_teardown),
		cmocka_unit_test_setup_teardown(
		    errors_have_the_form_of_their_kind_of_project, drive_setup,
		    drive_teardown),
		cmocka_unit_test_setup_teardown(whoami_serves_both_kinds,
		    drive_setup, drive_teardown),
		cmocka_unit_test_setup_teardown(every_endpoint_has_a_handler,
		    drive_setup, drive_teardown),
		cmocka_unit_test_setup_teardown(public_keys_need_no_credentials,
		    drive_setup, drive_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
