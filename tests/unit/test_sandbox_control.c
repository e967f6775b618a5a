/* SPDX-License-Identifier: BSD-2-Clause */
/* The control routes: who may, clock, faults, settings, seed, reset. */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include "sandbox/fault.h"

#include <stdio.h>
#include <string.h>

static int
status_of(struct sandbox *sandbox, struct http_request *http)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;

	sandbox_handle(sandbox, http, &reply);
	return reply.status;
}

static void
control_is_for_this_machine_and_no_foreign_page(void **state)
{
	static const struct {
		const char *label, *host, *origin;
		bool local;
		int status;
	} cases[] = {
		{ "plain", "127.0.0.1:8091", NULL, true, 200 },
		{ "localhost", "localhost", NULL, true, 200 },
		{ "IPv6", "[::1]:8091", NULL, true, 200 },
		{ "own page", "localhost:8091", "http://localhost:8091", true,
		    200 },
		{ "from afar", "127.0.0.1:8091", NULL, false, 403 },
		{ "no host", NULL, NULL, true, 403 },
		{ "rebound name", "evil.example", NULL, true, 403 },
		{ "name that begins alike", "localhost.evil.example", NULL,
		    true, 403 },
		{ "address that begins alike", "127.0.0.1.evil.example", NULL,
		    true, 403 },
		{ "foreign page", "localhost", "http://evil.example", true,
		    403 },
		{ "another port's page", "localhost:8091",
		    "http://localhost:80", true, 403 },
		{ "no origin at all", "localhost", "null", true, 403 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_request http = { .method = "GET",
			.target = "/sandbox/messages",
			.host = cases[i].host,
			.origin = cases[i].origin,
			.local = cases[i].local };

		print_message("%s\n", cases[i].label);
		assert_int_equal(status_of(*state, &http), cases[i].status);
		http.target = "/";
		assert_int_equal(status_of(*state, &http), cases[i].status);
	}
}

static void
a_token_opens_what_it_closes(void **state)
{
	const struct sandbox_options options = { .db = ":memory:",
		.base_url = "http://127.0.0.1:1",
		.control_token = "secret" };
	static const struct {
		const char *header, *target;
		int status;
	} cases[] = {
		{ NULL, "/sandbox/messages", 403 },
		{ "", "/sandbox/messages", 403 },
		{ "secre", "/sandbox/messages", 403 },
		{ "secrets", "/sandbox/messages", 403 },
		{ "secret", "/sandbox/messages", 200 },
		{ NULL, "/sandbox/messages?control_token=secret", 200 },
		{ "wrong", "/sandbox/messages?control_token=secret", 403 },
		{ NULL, "/", 403 },
		{ NULL, "/?control_token=secret", 200 },
		{ NULL, "/sandbox/landing", 200 },
	};
	struct sandbox *sandbox = NULL;

	(void)state;
	assert_int_equal(sandbox_new(&options, &sandbox), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_request http = { .method = "GET",
			.target = cases[i].target,
			.host = "localhost",
			.control_token = cases[i].header,
			.local = true };

		assert_int_equal(status_of(sandbox, &http), cases[i].status);
	}
	sandbox_free(&sandbox);
}

/* A control call and the HTTP status of its answer. */
#define control(status, sandbox, ...) \
	do { \
		CLEANUP(json_free) \
		cJSON *answer_ = drive_control(sandbox, __VA_ARGS__); \
		assert_int_equal(int_at(answer_, "status_code"), status); \
	} while (0)

static const struct {
	const char *method, *target, *body;
	int status;
} bad_calls[] = {
	{ "GET", "/sandbox/nothing", NULL, 404 },
	{ "DELETE", "/sandbox/messages", NULL, 404 },
	{ "POST", "/sandbox/clock", "[]", 400 },
	{ "POST", "/sandbox/clock", "{", 400 },
	{ "POST", "/sandbox/clock", "{}", 400 },
	{ "POST", "/sandbox/clock", "{\"freeze\":1}", 400 },
	{ "POST", "/sandbox/clock", "{\"advance_seconds\":-1}", 400 },
	{ "POST", "/sandbox/clock", "{\"advance_seconds\":0.5}", 400 },
	{ "POST", "/sandbox/clock", "{\"advance_seconds\":\"1\"}", 400 },
	{ "POST", "/sandbox/clock", "{\"advance_seconds\":1e300}", 400 },
	{ "POST", "/sandbox/faults", "{}", 400 },
	{ "POST", "/sandbox/faults", "{\"status\":99}", 400 },
	{ "POST", "/sandbox/faults", "{\"status\":600}", 400 },
	{ "POST", "/sandbox/faults", "{\"count\":0}", 400 },
	{ "POST", "/sandbox/faults", "{\"latency_ms\":-1}", 400 },
	{ "POST", "/sandbox/faults", "{\"hang\":1}", 400 },
	{ "POST", "/sandbox/faults", "{\"explode\":true}", 400 },
	{ "POST", "/sandbox/settings", "{\"consumer\":{\"nothing\":1}}", 400 },
	{ "POST", "/sandbox/settings", "{\"consumer\":{\"lock_threshold\":0}}",
	    400 },
	{ "POST", "/sandbox/settings",
	    "{\"consumer\":{\"lock_threshold\":\"3\"}}", 400 },
	{ "POST", "/sandbox/settings",
	    "{\"b2b\":{\"password_policy\":\"none\"}}", 400 },
	{ "POST", "/sandbox/settings",
	    "{\"consumer\":{\"redirect_urls\":[{\"url\":\"x\"}]}}", 400 },
	{ "POST", "/sandbox/settings",
	    "{\"consumer\":{\"redirect_urls\":[{\"url\":\"x\","
	    "\"types\":[\"PARTY\"]}]}}",
	    400 },
	{ "POST", "/sandbox/seed", "{\"nothing\":1}", 400 },
	{ "POST", "/sandbox/seed", "{\"users\":{}}", 400 },
	{ "POST", "/sandbox/seed", "{\"users\":[7]}", 400 },
	{ "POST", "/sandbox/seed", "{\"users\":[{\"trusted_metadata\":[]}]}",
	    400 },
	{ "POST", "/sandbox/seed", "{\"users\":[{\"roles\":\"x\"}]}", 400 },
	{ "POST", "/sandbox/seed", "{\"users\":[{\"external_id\":\"a b\"}]}",
	    400 },
	{ "POST", "/sandbox/seed", "{\"users\":[{\"emails\":[7]}]}", 400 },
	{ "POST", "/sandbox/seed", "{\"users\":[{\"emails\":[\"nobody\"]}]}",
	    400 },
	{ "POST", "/sandbox/seed",
	    "{\"users\":[{\"user_id\":\"me\",\"emails\":"
	    "[\"a@example.com\"]}]}",
	    400 },
	{ "POST", "/sandbox/seed",
	    "{\"users\":[{\"totp\":{\"secret\":\"1\"}}]}", 400 },
	{ "POST", "/sandbox/seed",
	    "{\"users\":[{\"totp\":{\"recovery_codes\":[\"x\"]}}]}", 400 },
	{ "POST", "/sandbox/seed", "{\"users\":[{\"roles\":[\"x\"]}]}", 400 },
};

static void
what_is_no_control_call_is_refused(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_calls); i++) {
		print_message("%s %s\n", bad_calls[i].target,
		    bad_calls[i].body != NULL ? bad_calls[i].body : "");
		if (bad_calls[i].body == NULL)
			control(bad_calls[i].status, *state,
			    bad_calls[i].method, bad_calls[i].target, NULL);
		else
			control(bad_calls[i].status, *state,
			    bad_calls[i].method, bad_calls[i].target, "%s",
			    bad_calls[i].body);
	}
}

/* What the sandbox says its time is. */
static int64_t
time_of(struct sandbox *sandbox)
{
	CLEANUP(json_free)
	cJSON *clock = drive_control(sandbox, "GET", "/sandbox/clock", NULL);
	int64_t now_us;

	assert_int_equal(time_parse(text_at(clock, "now"), &now_us), 0);
	return now_us;
}

static void
a_frozen_clock_moves_when_it_is_advanced_alone(void **state)
{
	int64_t before = time_of(*state);
	int64_t real = clock_real_us();

	while (clock_real_us() == real)
		continue;
	assert_true(time_of(*state) == before);
	advance(*state, 60);
	assert_true(time_of(*state) == before + MINUTE_US);
	control(200, *state, "POST", "/sandbox/clock", "{\"freeze\":false}");
	assert_true(time_of(*state) > before + MINUTE_US);
}

static void
a_setting_that_is_refused_sets_none_of_them(void **state)
{
	CLEANUP(json_free) cJSON *settings = NULL;

	control(400, *state, "POST", "/sandbox/settings",
	    "{\"b2b\":{\"lock_threshold\":4},\"consumer\":{\"lock_threshold\":"
	    "3,\"lock_minutes\":1}}");
	settings = drive_control(*state, "GET", "/sandbox/settings", NULL);
	assert_int_equal(int_at(settings, "consumer.lock_threshold"), 10);
	assert_int_equal(int_at(settings, "b2b.lock_threshold"), 10);
	control(200, *state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"lock_threshold\":3}}");
	control(200, *state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"lock_threshold\":null}}");
	json_free(&settings);
	settings = drive_control(*state, "GET", "/sandbox/settings", NULL);
	assert_int_equal(int_at(settings, "consumer.lock_threshold"), 10);
}

static void
faults_come_first_in_first_out_and_count_down(void **state)
{
	struct faults *faults = sandbox_faults(*state);
	struct fault fault = { .count = 0 };

	control(200, *state, "POST", "/sandbox/faults",
	    "{\"path\":\"/v1/a\",\"status\":503,\"count\":2}");
	control(200, *state, "POST", "/sandbox/faults",
	    "{\"path\":\"/v1/*\",\"status\":429,\"retry_after\":3,\"count\":1}");
	assert_false(faults_take(faults, "/sandbox/messages", &fault));
	assert_false(faults_take(faults, "/", &fault));
	for (int i = 0; i < 2; i++) {
		assert_true(faults_take(faults, "/v1/a?x=1", &fault));
		assert_int_equal(fault.status, 503);
		fault_clear(&fault);
	}
	assert_true(faults_take(faults, "/v1/a", &fault));
	assert_int_equal(fault.status, 429);
	assert_int_equal(fault.retry_after, 3);
	fault_clear(&fault);
	assert_false(faults_take(faults, "/v1/a", &fault));
	control(200, *state, "POST", "/sandbox/faults", "{\"hang\":true}");
	assert_true(faults_take(faults, "/v1/a", &fault));
	assert_true(fault.hang);
	assert_false(fault_replaces(&fault));
	fault_clear(&fault);
	control(200, *state, "DELETE", "/sandbox/faults", NULL);
	assert_false(faults_take(faults, "/v1/a", &fault));
}

static void
a_fault_answers_in_the_form_of_the_api(void **state)
{
	static const struct {
		struct fault fault;
		int status;
		const char *type;
	} cases[] = {
		{ { .status = 500 }, 500, "internal_server_error" },
		{ { .status = 429 }, 429, "too_many_requests" },
		{ { .status = 503 }, 503, "server_unavailable" },
		{ { .status = 418 }, 418, "internal_server_error" },
	};
	struct fault named = { .error_type = strdup("weak_password") };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(http_reply_clear)
		struct http_reply reply = HTTP_REPLY_INIT;
		CLEANUP(json_free) cJSON *answer = NULL;

		fault_answer(*state, &cases[i].fault, "/v1/users", &reply);
		answer = json_parse(buf_text(&reply.body), reply.body.len);
		assert_int_equal(reply.status, cases[i].status);
		assert_int_equal(int_at(answer, "status_code"),
		    cases[i].status);
		assert_string_equal(text_at(answer, "error_type"),
		    cases[i].type);
	}
	{
		CLEANUP(http_reply_clear)
		struct http_reply reply = HTTP_REPLY_INIT;

		assert_non_null(named.error_type);
		fault_answer(*state, &named, "/v1/b2b/x", &reply);
		assert_int_equal(reply.status, 400);
		assert_non_null(
		    strstr(buf_text(&reply.body), "b2b/api/errors/400"));
		fault_clear(&named);
	}
}

static void
a_seed_makes_users_and_is_read_twice_without_harm(void **state)
{
	static const char seed[] =
	    "{\"settings\":{\"lock_threshold\":5},\"users\":[{\"user_id\":"
	    "\"user-test-00000000-0000-4000-8000-000000000001\","
	    "\"external_id\":\"alice\",\"status\":\"pending\",\"name\":"
	    "{\"first_name\":\"A\"},\"emails\":[{\"email\":"
	    "\"alice@example.com\",\"email_id\":"
	    "\"email-test-00000000-0000-4000-8000-000000000002\","
	    "\"verified\":false}],\"phone_numbers\":[\"+12025550162\"],"
	    "\"password_hash\":{\"hash_type\":\"sha_1\",\"hash\":"
	    "\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"},\"totp\":"
	    "{\"secret\":\"JBSWY3DPEHPK3PXP\",\"verified\":false},"
	    "\"locked\":true}]}";
	CLEANUP(json_free) cJSON *user = NULL;

	control(200, *state, "POST", "/sandbox/seed", "%s", seed);
	control(200, *state, "POST", "/sandbox/seed", "%s", seed);
	user = consumer(*state, "GET", "/v1/users/alice", NULL);
	assert_string_equal(text_at(user, "user_id"),
	    "user-test-00000000-0000-4000-8000-000000000001");
	assert_string_equal(text_at(user, "status"), "pending");
	assert_string_equal(text_at(user, "emails.0.email_id"),
	    "email-test-00000000-0000-4000-8000-000000000002");
	assert_false(bool_at(user, "emails.0.verified"));
	assert_true(bool_at(user, "phone_numbers.0.verified"));
	assert_false(bool_at(user, "totps.0.verified"));
	assert_true(bool_at(user, "is_locked"));
	assert_non_null(text_at(user, "password.password_id"));
}

static void
a_seed_that_is_refused_changes_nothing(void **state)
{
	control(400, *state, "POST", "/sandbox/seed",
	    "{\"users\":[{\"external_id\":\"good\",\"emails\":"
	    "[\"good@example.com\"]},{\"external_id\":\"bad\",\"emails\":"
	    "[\"good@example.com\"]}]}");
	refused(API_USER_NOT_FOUND, *state, "GET", "/v1/users/good", NULL);
}

static void
a_reset_forgets_all_but_the_projects(void **state)
{
	add_user(*state, "a@example.com", "a");
	CLEANUP(json_free) cJSON *inbox = NULL;
	CLEANUP(json_free) cJSON *faults = NULL;

	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/otps/email/send", "{\"email\":\"a@example.com\"}");
	control(200, *state, "POST", "/sandbox/faults", "{\"hang\":true}");
	advance(*state, 86400);
	control(200, *state, "POST", "/sandbox/reset", NULL);
	refused(API_USER_NOT_FOUND, *state, "GET", "/v1/users/a", NULL);
	inbox = drive_control(*state, "GET", "/sandbox/messages", NULL);
	assert_null(json_at(inbox, "0"));
	faults = drive_control(*state, "GET", "/sandbox/faults", NULL);
	assert_null(json_at(faults, "faults.0"));
	{
		CLEANUP(json_free)
		cJSON *clock =
		    drive_control(*state, "GET", "/sandbox/clock", NULL);
		int64_t now_us;

		assert_int_equal(time_parse(text_at(clock, "now"), &now_us), 0);
		assert_true(now_us < clock_real_us() + MINUTE_US);
	}
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "GET",
	    "/v1/debug/whoami", NULL);
}

static void
messages_are_listed_newest_first_by_recipient(void **state)
{
	CLEANUP(json_free) cJSON *list = NULL;

	for (int i = 0; i < 3; i++)
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/otps/email/login_or_create",
		    "{\"email\":\"u%d@example.com\"}", i % 2);
	list = drive_control(*state, "GET",
	    "/sandbox/messages?to=U0%40example.com", NULL);
	assert_int_equal(cJSON_GetArraySize(list), 2);
	assert_true(strcmp(text_at(list, "0.created_at"),
			text_at(list, "1.created_at")) >= 0);
	assert_string_equal(text_at(list, "0.channel"), "email");
	assert_string_equal(text_at(list, "0.kind"), "otp");
	assert_null(json_at(list, "0.link"));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, drive_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(control_is_for_this_machine_and_no_foreign_page),
		TEST(a_token_opens_what_it_closes),
		TEST(what_is_no_control_call_is_refused),
		TEST(a_frozen_clock_moves_when_it_is_advanced_alone),
		TEST(a_setting_that_is_refused_sets_none_of_them),
		TEST(faults_come_first_in_first_out_and_count_down),
		TEST(a_fault_answers_in_the_form_of_the_api),
		TEST(a_seed_makes_users_and_is_read_twice_without_harm),
		TEST(a_seed_that_is_refused_changes_nothing),
		TEST(a_reset_forgets_all_but_the_projects),
		TEST(messages_are_listed_newest_first_by_recipient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
