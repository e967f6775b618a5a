/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/http_server.h"

#include <stytch/stytch.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PAGE(item, next) \
	"{\"results\":[{\"user_id\":\"" item "\"}]," \
	"\"results_metadata\":{\"total\":3,\"next_cursor\":" next "}}"

struct seen {
	char items[64];
	unsigned pages;
	unsigned stop_after; /* 0: never */
};

static bool
see(const struct stytch_reply *reply, void *context)
{
	struct seen *seen = context;
	const char *item = stytch_reply_string(reply, "results[0].user_id");
	size_t len = strlen(seen->items);

	if (item != NULL && len + strlen(item) < sizeof(seen->items))
		memcpy(seen->items + len, item, strlen(item) + 1);
	return ++seen->pages != seen->stop_after;
}

/* Read all pages of a script; its server is given back for a look. */
static enum stytch_class
read_all(struct http_server *server, unsigned max_wait_ms, struct seen *seen,
    struct stytch_error *error)
{
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = "project-test-1",
		.secret = "secret-test-1",
		.base_url = http_server_url(server),
		.allow_plain = true,
	};
	struct stytch_pages pages = {
		.size = 50,
		.max_wait_ms = max_wait_ms,
		.take = see,
		.context = seen,
	};
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	CLEANUP(stytch_call_free) struct stytch_call *call = NULL;

	assert_int_equal(stytch_client_new(&config, &client, NULL), STYTCH_OK);
	call = stytch_call_new(client, STYTCH_USERS_SEARCH);
	return stytch_call_each_page(call, &pages, error);
}

static void
pages_follow_the_cursor(void **state)
{
	static const struct http_answer script[] = {
		{ 200, PAGE("a", "\"c1\""), NULL, 0 },
		{ 200, PAGE("b", "\"c2\""), NULL, 0 },
		{ 200, PAGE("c", "null"), NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 3);
	struct seen seen = { .pages = 0 };

	(void)state;
	assert_int_equal(read_all(server, 0, &seen, NULL), STYTCH_OK);
	assert_string_equal(seen.items, "abc");
	assert_int_equal(http_server_requests(server), 3);
	assert_non_null(
	    strstr(http_server_request(server, 0), "\r\n\r\n{\"limit\":50}"));
	assert_non_null(strstr(http_server_request(server, 1),
	    "{\"limit\":50,\"cursor\":\"c1\"}"));
	assert_non_null(strstr(http_server_request(server, 2),
	    "{\"limit\":50,\"cursor\":\"c2\"}"));
}

static void
empty_cursor_is_the_end(void **state)
{
	static const char *const bodies[] = { PAGE("a", "\"\""), PAGE("a", "7"),
		"{\"results\":[]}", "{}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct http_answer script[] = { { 200, bodies[i], NULL, 0 } };
		CLEANUP(http_server_stop)
		struct http_server *server = http_server_start(NULL, script, 1);
		struct seen seen = { .pages = 0 };

		assert_int_equal(read_all(server, 0, &seen, NULL), STYTCH_OK);
		assert_int_equal(seen.pages, 1);
	}
}

static void
reader_may_stop(void **state)
{
	static const struct http_answer script[] = {
		{ 200, PAGE("a", "\"c1\""), NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	struct seen seen = { .stop_after = 1 };

	(void)state;
	assert_int_equal(read_all(server, 0, &seen, NULL), STYTCH_OK);
	assert_int_equal(http_server_requests(server), 1);
}

static void
cursor_that_stands_still_is_no_protocol(void **state)
{
	static const struct http_answer script[] = {
		{ 200, PAGE("a", "\"c1\""), NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	struct seen seen = { .pages = 0 };

	(void)state;
	assert_int_equal(read_all(server, 0, &seen, NULL), STYTCH_PROTOCOL);
	assert_int_equal(http_server_requests(server), 2);
}

static void
failure_in_the_middle_is_a_failure(void **state)
{
	static const struct {
		struct http_answer second;
		enum stytch_class class_;
	} cases[] = {
		{ { 500, "{}", NULL, 0 }, STYTCH_UNAVAILABLE },
		{ { 401, "{}", NULL, 0 }, STYTCH_MISCONFIGURED },
		{ { 200, "[]", NULL, 0 }, STYTCH_PROTOCOL },
		{ { 200, "{", NULL, HTTP_TRUNCATES }, STYTCH_UNAVAILABLE },
		{ { 429, "{}", NULL, 0 }, STYTCH_THROTTLED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_answer script[] = {
			{ 200, PAGE("a", "\"c1\""), NULL, 0 },
			cases[i].second,
		};
		CLEANUP(http_server_stop)
		struct http_server *server = http_server_start(NULL, script, 2);
		struct seen seen = { .pages = 0 };
		struct stytch_error error;

		assert_int_equal(read_all(server, 0, &seen, &error),
		    cases[i].class_);
		assert_int_equal(error.class_, cases[i].class_);
		assert_int_equal(seen.pages, 1);
	}
}

static void
throttled_page_is_asked_for_again(void **state)
{
	static const struct http_answer script[] = {
		{ 429, "{\"error_type\":\"too_many_requests\"}", NULL, 0 },
		{ 200, PAGE("a", "null"), NULL, 0 },
	};
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 2);
	struct seen seen = { .pages = 0 };

	(void)state;
	assert_int_equal(read_all(server, 1500, &seen, NULL), STYTCH_OK);
	assert_int_equal(seen.pages, 1);
	assert_int_equal(http_server_requests(server), 2);
}

static void
endpoint_without_pages_is_refused(void **state)
{
	static const struct http_answer script[] = { { 200, "{}", NULL, 0 } };
	CLEANUP(http_server_stop)
	struct http_server *server = http_server_start(NULL, script, 1);
	struct stytch_config config = {
		.size = sizeof(config),
		.project_id = "project-test-1",
		.secret = "secret-test-1",
		.base_url = http_server_url(server),
		.allow_plain = true,
	};
	CLEANUP(stytch_client_free) struct stytch_client *client = NULL;
	CLEANUP(stytch_call_free) struct stytch_call *call = NULL;
	struct seen seen = { .pages = 0 };
	struct stytch_pages pages = {
		.size = 10,
		.take = see,
		.context = &seen,
	};
	struct stytch_error error;

	(void)state;
	assert_int_equal(stytch_client_new(&config, &client, NULL), STYTCH_OK);
	call = stytch_call_new(client, STYTCH_DEBUG_WHOAMI);
	assert_int_equal(stytch_call_each_page(call, &pages, &error),
	    STYTCH_MISCONFIGURED);
	assert_string_equal(error.parameter, "limit");
	assert_int_equal(http_server_requests(server), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_follow_the_cursor),
		cmocka_unit_test(empty_cursor_is_the_end),
		cmocka_unit_test(reader_may_stop),
		cmocka_unit_test(cursor_that_stands_still_is_no_protocol),
		cmocka_unit_test(failure_in_the_middle_is_a_failure),
		cmocka_unit_test(throttled_page_is_asked_for_again),
		cmocka_unit_test(endpoint_without_pages_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
