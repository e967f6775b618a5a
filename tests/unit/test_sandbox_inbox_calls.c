/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of calls: what is in it, what never is, and that it is bounded. */
#include "config.h"

#include "sandbox/calls.h"
#include "sandbox/clock.h"
#include "tests/unit/sandbox_b2b_drive.h"

#include <pthread.h>
#include <string.h>

static cJSON *
calls_of(struct sandbox *sandbox, const char *query)
{
	CLEANUP(buf_clear) struct buf target = BUF_INIT(256);

	buf_addf(&target, "/sandbox/calls%s", query);
	return drive_control(sandbox, "GET", buf_text(&target), NULL);
}

/* What a call leaves in the log: route, status, error_type ("": none). */
static void
assert_logged(struct sandbox *sandbox, const char *route, int status,
    const char *error_type)
{
	CLEANUP(json_free) cJSON *log = calls_of(sandbox, "?limit=1");
	const cJSON *error = json_at(log, "calls.0.error_type");

	assert_string_equal(text_at(log, "calls.0.route"), route);
	assert_int_equal(int_at(log, "calls.0.status"), status);
	assert_string_equal(error != NULL ? error->valuestring : "",
	    error_type);
}

static void
a_call_is_logged_with_its_outcome(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "a@example.com", "a");
	CLEANUP(json_free) cJSON *log = NULL;
	CLEANUP(json_free) cJSON *found = NULL;
	CLEANUP(buf_clear) struct buf target = BUF_INIT(256);

	assert_logged(*state, "/v1/users", 201, "");
	buf_addf(&target, "/v1/users/%s", text_at(user, "user_id"));
	found = consumer(*state, "GET", buf_text(&target), NULL);
	log = calls_of(*state, "");
	assert_int_equal(int_at(log, "total"), 2);
	assert_int_equal(int_at(log, "calls.0.number"), 2);
	assert_int_equal(int_at(log, "calls.1.number"), 1);
	assert_string_equal(text_at(log, "calls.0.method"), "GET");
	assert_string_equal(text_at(log, "calls.0.route"),
	    "/v1/users/{user_id}");
	assert_string_equal(text_at(log, "calls.0.subject"),
	    text_at(user, "user_id"));
	assert_string_equal(text_at(log, "calls.0.request_id"),
	    text_at(found, "request_id"));
	assert_in_range(int_at(log, "calls.0.took_us"), 0, 60000000);
	assert_null(json_at(log, "calls.0.error_type"));
	assert_null(json_at(log, "calls.0.fault"));
	refused(API_DUPLICATE_EMAIL, *state, "POST", "/v1/users",
	    "{\"email\":\"a@example.com\"}");
	assert_logged(*state, "/v1/users", 400, "duplicate_email");
}

static void
whatever_is_no_endpoint_is_logged_by_its_template(void **state)
{
	static const struct {
		const char *method, *target, *route;
		int status;
	} cases[] = {
		{ "GET", "/v1/magic_links/redirect?token=secret",
		    "/v1/magic_links/redirect", 404 },
		{ "GET", "/v1/public/oauth/google/start?public_token=secret",
		    "/v1/public/oauth/{provider}/start", 404 },
		{ "GET", "/v1/public/sso/start?connection_id=secret",
		    "/v1/public/sso/start", 400 },
		{ "GET", "/v1/b2b/public/oauth/google/discovery/start",
		    "/v1/b2b/public/oauth/{provider}/discovery/start", 400 },
		{ "GET", "/v1/b2b/scim/secret/Users/secret",
		    "/v1/b2b/scim/{connection_id}/Users/{id}", 401 },
		{ "GET", "/v1/b2b/scim/secret/Groups",
		    "/v1/b2b/scim/{connection_id}/Groups", 401 },
		{ "POST",
		    "/v1/public/project-test-11111111-1111-4111-8111-"
		    "111111111111/oauth2/token",
		    "/v1/public/{project_id}/oauth2/token", 400 },
		{ "GET", "/v1/secret", "(no such route)", 404 },
		{ "GET", "/secret", "(no such route)", 404 },
		{ "GET", "/favicon.ico?secret", "(no such route)", 404 },
		{ "secret", "/v1/users", "(no such route)", 400 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(http_reply_clear)
		struct http_reply reply = HTTP_REPLY_INIT;
		const struct http_request http = { .method = cases[i].method,
			.target = cases[i].target };
		CLEANUP(json_free) cJSON *log = NULL;
		CLEANUP(string_free) char *text = NULL;

		sandbox_handle(*state, &http, &reply);
		log = calls_of(*state, "?limit=1");
		text = json_text(log);
		print_message("%s %s\n", cases[i].target, text);
		assert_string_equal(text_at(log, "calls.0.route"),
		    cases[i].route);
		assert_int_equal(int_at(log, "calls.0.status"), reply.status);
		assert_int_equal(reply.status, cases[i].status);
		assert_null(strstr(text, "secret"));
	}
}

static void
what_was_sent_or_answered_is_in_no_entry(void **state)
{
	static const char password[] = "correct-Zebra-47-lantern";
	const struct project *project =
	    sandbox_project(*state, VERTICAL_CONSUMER);
	CLEANUP(json_free)
	cJSON *made = consumer(*state, "POST", "/v1/passwords",
	    "{\"email\":\"a@example.com\",\"password\":\"%s\","
	    "\"session_duration_minutes\":5}",
	    password);
	CLEANUP(json_free)
	cJSON *sent = consumer(*state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"a@example.com\"}");
	CLEANUP(json_free) cJSON *mail = last_message(*state, "a@example.com");
	CLEANUP(json_free) cJSON *log = NULL;
	CLEANUP(string_free) char *text = NULL;
	const char *secrets[] = { password, text_at(made, "session_token"),
		text_at(made, "session_jwt"), text_at(mail, "code"),
		project->secret, "a@example.com", "Basic " };

	assert_answer(sent, API_OK);
	refused(API_USER_NOT_FOUND, *state, "GET",
	    "/v1/users/a.secret?x=correct-Zebra-47-lantern", NULL);
	log = calls_of(*state, "");
	text = json_text(log);
	assert_int_equal(int_at(log, "total"), 3);
	assert_null(json_at(log, "calls.0.subject"));
	assert_null(strstr(text, "a.secret"));
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		assert_null(strstr(text, secrets[i]));
}

static void
the_sandbox_s_own_routes_are_no_calls(void **state)
{
	static const char *const targets[] = { "/", "/?to=x",
		"/sandbox/messages", "/sandbox/landing", "/sandbox/page.css",
		"/sandbox/nothing" };

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		CLEANUP(http_reply_clear)
		struct http_reply reply = HTTP_REPLY_INIT;
		const struct http_request http = { .method = "GET",
			.target = targets[i],
			.host = "localhost",
			.local = true };

		sandbox_handle(*state, &http, &reply);
		assert_false(sandbox_logs(&http));
	}
	assert_int_equal(calls_total(sandbox_calls(*state)), 0);
}

static void
the_last_ones_are_kept_and_no_more(void **state)
{
	struct calls *calls = sandbox_calls(*state);
	const struct http_request http = { .method = "GET",
		.target = "/v1/users" };
	const struct http_reply reply = { .status = 200, .route = "/v1/users" };
	CLEANUP(json_free) cJSON *log = NULL;

	for (int i = 0; i < CALLS_MAX + 3; i++)
		calls_add(calls, &http, &reply);
	log = calls_of(*state, "");
	assert_int_equal(int_at(log, "total"), CALLS_MAX + 3);
	assert_int_equal(cJSON_GetArraySize(json_get(log, "calls")), CALLS_MAX);
	assert_int_equal(int_at(log, "calls.0.number"), CALLS_MAX + 3);
	assert_int_equal(int_at(log, "calls.511.number"), 4);
	json_free(&log);
	log = calls_of(*state, "?after=513");
	assert_int_equal(cJSON_GetArraySize(json_get(log, "calls")), 2);
	json_free(&log);
	log = calls_of(*state, "?after=1&limit=3");
	assert_int_equal(int_at(log, "calls.2.number"), CALLS_MAX + 1);
	assert_null(json_at(log, "calls.3"));
	json_free(&log);
	log = calls_of(*state, "?after=999999");
	assert_null(json_at(log, "calls.0"));
}

static void
what_is_no_number_is_refused(void **state)
{
	static const char *const queries[] = { "?after=-1", "?after=x",
		"?after=", "?limit=513", "?limit=1.5", "?limit=0x1",
		"?after=1234567890123456789" };

	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		CLEANUP(json_free) cJSON *log = calls_of(*state, queries[i]);

		print_message("%s\n", queries[i]);
		assert_int_equal(int_at(log, "status_code"), 400);
		assert_null(json_at(log, "calls"));
	}
}

static void
a_reset_forgets_calls_but_not_their_numbers(void **state)
{
	CLEANUP(json_free) cJSON *log = NULL;
	CLEANUP(json_free) cJSON *reset = NULL;

	add_user(*state, "a@example.com", "a");
	reset = drive_control(*state, "POST", "/sandbox/reset", NULL);
	log = calls_of(*state, "");
	assert_int_equal(int_at(log, "total"), 1);
	assert_null(json_at(log, "calls.0"));
	json_free(&log);
	add_user(*state, "a@example.com", "a");
	log = calls_of(*state, "");
	assert_int_equal(int_at(log, "calls.0.number"), 2);
	assert_null(json_at(log, "calls.1"));
}

/* ---- Whether something changed. ---- */

struct mark {
	char text[64];
};

static struct mark
mark_of(struct sandbox *sandbox)
{
	CLEANUP(json_free)
	cJSON *answer = drive_control(sandbox, "GET", "/sandbox/changes", NULL);
	struct mark mark = { "" };

	assert_true(strlen(text_at(answer, "changes")) < sizeof(mark.text));
	memcpy(mark.text, text_at(answer, "changes"),
	    strlen(text_at(answer, "changes")) + 1);
	return mark;
}

static void
reading_changes_nothing_and_all_else_does(void **state)
{
	static const struct {
		const char *method, *target, *body;
		bool changes;
	} cases[] = {
		{ "GET", "/sandbox/changes", NULL, false },
		{ "GET", "/sandbox/calls", NULL, false },
		{ "GET", "/sandbox/people", NULL, false },
		{ "GET", "/sandbox/messages", NULL, false },
		{ "POST", "/sandbox/faults", "{\"hang\":true}", true },
		{ "DELETE", "/sandbox/faults", NULL, true },
		{ "POST", "/sandbox/seed", "{}", true },
		{ "POST", "/sandbox/clock", "{\"advance_seconds\":1}", true },
		{ "POST", "/sandbox/reset", NULL, true },
		{ "GET", "/v1/users/nobody", NULL, true },
	};
	struct sandbox *other = NULL;
	void *other_state = NULL;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct mark before = mark_of(*state), after;
		CLEANUP(json_free) cJSON *answer = NULL;

		if (cases[i].body != NULL)
			answer = drive_control(*state, cases[i].method,
			    cases[i].target, "%s", cases[i].body);
		else
			answer = drive_control(*state, cases[i].method,
			    cases[i].target, NULL);
		after = mark_of(*state);
		print_message("%s\n", cases[i].target);
		assert_true(
		    (strcmp(before.text, after.text) != 0) == cases[i].changes);
	}
	/* Another process is another one, however few its changes. */
	assert_int_equal(drive_setup(&other_state), 0);
	other = other_state;
	assert_string_not_equal(mark_of(*state).text, mark_of(other).text);
	sandbox_free(&other);
}

/* ---- Threads. ---- */

#define THREADS 4
#define ROUNDS 2000

static void *
add_many(void *data)
{
	const struct http_request http = { .method = "GET",
		.target = "/v1/users" };
	struct http_reply reply = { .status = 200, .route = "/v1/users" };

	memset(reply.error_type, 'e', sizeof(reply.error_type) - 1);
	for (int i = 0; i < ROUNDS; i++)
		calls_add(data, &http, &reply);
	return NULL;
}

static void
any_number_of_threads_add_while_others_read(void **state)
{
	struct calls *calls = sandbox_calls(*state);
	pthread_t threads[THREADS];
	uint64_t total = 0;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many,
				     calls),
		    0);
	while (total < (uint64_t)THREADS * ROUNDS) {
		CLEANUP(json_free) cJSON *list = calls_list(calls, 0, 16);
		const cJSON *call;

		cJSON_ArrayForEach (call, list)
			assert_int_equal(strlen(text_at(call, "error_type")),
			    63);
		total = calls_total(calls);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(calls_total(calls), THREADS * ROUNDS);
}

/* ---- The form of what is noted. ---- */

static void
only_what_looks_like_an_id_or_error_is_repeated(void **state)
{
	static const struct {
		const char *text;
		bool is_id;
	} ids[] = {
		{ "user-test-00000000-0000-4000-8000-00000000000a", true },
		{ "crypto-wallet-live-00000000-0000-4000-8000-00000000000a",
		    true },
		{ "user-test-00000000-0000-4000-8000-00000000000", false },
		{ "user-prod-00000000-0000-4000-8000-00000000000a", false },
		{ "-test-00000000-0000-4000-8000-00000000000a", false },
		{ "00000000-0000-4000-8000-00000000000a", false },
		{ "User-test-00000000-0000-4000-8000-00000000000a", false },
		{ "a b-test-00000000-0000-4000-8000-00000000000a", false },
		{ "user-test-00000000-0000-4000-8000-00000000000a ", false },
		{ "alice", false },
		{ "", false },
	};
	static const struct {
		const char *given, *noted;
	} errors[] = {
		{ "duplicate_email", "duplicate_email" },
		{ "", "" },
		{ "<b>", "other" },
		{ "With Space", "other" },
		{ "a_type_that_is_far_too_long_for_any_error_there_could_ever_be"
		  "_in_it",
		    "other" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		print_message("%s\n", ids[i].text);
		assert_true(id_is_any(ids[i].text, strlen(ids[i].text)) ==
		    ids[i].is_id);
	}
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct http_reply reply = HTTP_REPLY_INIT;

		http_reply_note_error(&reply, errors[i].given);
		assert_string_equal(reply.error_type, errors[i].noted);
	}
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, drive_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_logged_with_its_outcome),
		TEST(whatever_is_no_endpoint_is_logged_by_its_template),
		TEST(what_was_sent_or_answered_is_in_no_entry),
		TEST(the_sandbox_s_own_routes_are_no_calls),
		TEST(the_last_ones_are_kept_and_no_more),
		TEST(what_is_no_number_is_refused),
		TEST(a_reset_forgets_calls_but_not_their_numbers),
		TEST(reading_changes_nothing_and_all_else_does),
		TEST(any_number_of_threads_add_while_others_read),
		cmocka_unit_test(
		    only_what_looks_like_an_id_or_error_is_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
