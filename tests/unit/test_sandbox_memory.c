/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Without memory: the n-th allocation fails, for n from 1 (by larger steps the
 * larger it is) until none is left to fail.
 * Each answer is then a success or a 500, never half of either, and what was
 * not answered with success did not happen.
 */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);

static int fails_at; /* 0: never; n: the n-th allocation from now */
static sqlite3_mem_methods sqlite_memory;

static bool
fails(void)
{
	return fails_at > 0 && --fails_at == 0;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *block, size_t size)
{
	return fails() ? NULL : __real_realloc(block, size);
}

char *
__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

static void *
sqlite_malloc(int size)
{
	return fails() ? NULL : sqlite_memory.xMalloc(size);
}

static void *
sqlite_realloc(void *block, int size)
{
	return fails() ? NULL : sqlite_memory.xRealloc(block, size);
}

/* One call whose allocations fail from the n-th on; the status of its answer. */
static int
call(struct sandbox *sandbox, const char *target, const char *body,
    const char *authorization, int n)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	struct http_request http = {
		.method = "POST",
		.target = target,
		.authorization = authorization,
		.body = body,
		.body_len = strlen(body),
	};

	fails_at = n;
	sandbox_handle(sandbox, &http, &reply);
	n = fails_at;
	fails_at = 0;
	if (reply.status != 500) {
		CLEANUP(json_free)
		cJSON *answer =
		    json_parse(buf_text(&reply.body), reply.body.len);

		assert_non_null(answer);
		assert_int_equal(int_at(answer, "status_code"), reply.status);
	}
	fails_at = n;
	return reply.status;
}

static int64_t
count_users(struct sandbox *sandbox)
{
	CLEANUP(json_free)
	cJSON *answer = consumer(sandbox, "POST", "/v1/users/search", "{}");

	assert_answer(answer, API_OK);
	return int_at(answer, "results_metadata.total");
}

static const char authorization[] =
    "Basic cHJvamVjdC10ZXN0LTExMTExMTExLTExMTEtNDExMS04MTExLTExMTExMTExMTExMTpj"
    "b25zdW1lcg==";

static void
a_user_is_made_whole_or_not_at_all(void **state)
{
	int64_t users = 0;
	int n, status, left;

	for (n = 1;; n += 1 + n / 64) {
		status = call(*state, "/v1/users",
		    "{\"email\":\"a@example.com\",\"external_id\":\"a\","
		    "\"trusted_metadata\":{\"k\":1}}",
		    authorization, n);
		left = fails_at;
		fails_at = 0;
		assert_true(status == 500 || status == 201 || left > 0);
		users = count_users(*state);
		assert_int_equal(users, status == 201 ? 1 : 0);
		if (status == 201)
			assert_call(API_OK, *state, VERTICAL_CONSUMER, "DELETE",
			    "/v1/users/a", NULL);
		if (left > 0)
			break;
	}
	assert_int_equal(status, 201);
	assert_true(n > 100);
}

static void
a_login_succeeds_whole_or_leaves_the_code_good(void **state)
{
	add_user(*state, "a@example.com", "a");
	CLEANUP(json_free)
	cJSON *warm = consumer(*state, "POST", "/v1/magic_links/authenticate",
	    "{\"token\":\"DOYoip3rvIMMW5lgItikFK-Ak1CfMsgjuiCyI7uuU94=\","
	    "\"session_duration_minutes\":60}");
	int n, status = 500, left = 0;

	assert_answer(warm, API_OK);
	for (n = 1; left == 0; n += 1 + n / 64) {
		CLEANUP(json_free)
		cJSON *sent = consumer(*state, "POST", "/v1/otps/email/send",
		    "{\"email\":\"a@example.com\"}");
		CLEANUP(json_free)
		cJSON *mail = last_message(*state, "a@example.com");
		CLEANUP(buf_clear) struct buf body = BUF_INIT(1024);

		buf_addf(&body,
		    "{\"method_id\":\"%s\",\"code\":\"%s\","
		    "\"session_duration_minutes\":60}",
		    text_at(sent, "email_id"), text_at(mail, "code"));
		status = call(*state, "/v1/otps/authenticate", buf_text(&body),
		    authorization, n);
		left = fails_at;
		fails_at = 0;
		assert_true(status == 500 || status == 200);
		if (status == 200)
			continue;
		/* The code was not used up by what was not answered. */
		assert_int_equal(call(*state, "/v1/otps/authenticate",
				     buf_text(&body), authorization, 0),
		    200);
	}
	assert_int_equal(status, 200);
	assert_true(n > 100);
}

static void
a_server_starts_whole_or_not_at_all(void **state)
{
	const struct sandbox_options options = {
		.db = ":memory:",
		.base_url = "http://127.0.0.1:1",
		.control_token = "secret",
	};
	int n, rc = -1;

	(void)state;
	for (n = 1; rc != 0; n += 1 + n / 64) {
		struct sandbox *sandbox = NULL;

		fails_at = n;
		rc = sandbox_new(&options, &sandbox);
		if (fails_at == 0)
			assert_true(rc != 0 || sandbox != NULL);
		fails_at = 0;
		assert_true((rc == 0) == (sandbox != NULL));
		sandbox_free(&sandbox);
	}
	assert_true(n > 50);
}

static void
the_inbox_is_shown_whole_or_not_at_all(void **state)
{
	const struct http_request http = { .method = "GET",
		.target = "/?to=a@example.com",
		.host = "localhost",
		.local = true };
	int n, status = 500, left = 0;

	add_user(*state, "a@example.com", "a");
	refused(API_OK, *state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"a@example.com\"}");
	for (n = 1; left == 0; n += 1 + n / 64) {
		CLEANUP(http_reply_clear)
		struct http_reply reply = HTTP_REPLY_INIT;

		fails_at = n;
		sandbox_handle(*state, &http, &reply);
		left = fails_at;
		fails_at = 0;
		status = reply.status;
		assert_true(status == 500 || status == 200);
		if (status == 200)
			assert_non_null(
			    strstr(buf_text(&reply.body), "</html>"));
	}
	assert_int_equal(status, 200);
	assert_true(n > 100);
}

static int
prepare(void **state)
{
	sqlite3_mem_methods failing;

	(void)state;
	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_memory) !=
	    SQLITE_OK)
		return -1;
	failing = sqlite_memory;
	failing.xMalloc = sqlite_malloc;
	failing.xRealloc = sqlite_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) != SQLITE_OK)
		return -1;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_user_is_made_whole_or_not_at_all, drive_setup,
		    drive_teardown),
		cmocka_unit_test_setup_teardown(
		    a_login_succeeds_whole_or_leaves_the_code_good, drive_setup,
		    drive_teardown),
		cmocka_unit_test_setup_teardown(
		    the_inbox_is_shown_whole_or_not_at_all, drive_setup,
		    drive_teardown),
		cmocka_unit_test(a_server_starts_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
