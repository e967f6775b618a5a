/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out anywhere in a request is a refusal: no crash, and never
 * a success that skipped something.
 */
#include "config.h"

#include "tests/unit/failing.h"
#include "tests/unit/sandbox_b2b_drive.h"

#include <string.h>

#define ATTEMPTS_MAX 20000
#ifdef EVERY_ALLOCATION
#define STRIDE 1
#else
#define STRIDE 7 /* in every build; one by one takes half a minute */
#endif

/* A request as sandbox_handle() takes it. */
struct prepared {
	struct target authorization;
	char body[1024];
	struct http_request http;
};

static void
prepare(void **state, struct prepared *prepared, const char *method,
    const char *target, const char *body)
{
	const struct project *project = sandbox_project(*state, VERTICAL_B2B);
	struct target pair = target_of("%s:%s", project->id, project->secret);
	CLEANUP(buf_clear) struct buf encoded = BUF_INIT(512);

	base64_add(&encoded, pair.text, strlen(pair.text));
	memset(prepared, 0, sizeof(*prepared));
	prepared->authorization = target_of("Basic %s", buf_text(&encoded));
	assert_in_range(strlen(body), 0, sizeof(prepared->body) - 1);
	memcpy(prepared->body, body, strlen(body));
	prepared->http.method = method;
	prepared->http.target = target;
	prepared->http.authorization = prepared->authorization.text;
	prepared->http.body = prepared->body;
	prepared->http.body_len = strlen(body);
}

/* Make the request of one attempt; what it needs happens with memory. */
typedef void (*preparer)(void **state, struct prepared *prepared);

/*
 * Fail the first allocation, then a later one, ...; the answer at the end.  A
 * refusal may come after the commit (the answer itself found no memory), so
 * each attempt has a request of its own.
 */
static cJSON *
drive_failing(void **state, preparer make)
{
	for (unsigned n = 1; n < ATTEMPTS_MAX; n += STRIDE) {
		CLEANUP(http_reply_clear)
		struct http_reply reply = HTTP_REPLY_INIT;
		struct prepared prepared;
		unsigned left;

		make(state, &prepared);
		failing_at = n;
		sandbox_handle(*state, &prepared.http, &reply);
		left = failing_at;
		failing_at = 0;
		if (left == 0) {
			if (reply.status == 200)
				fail_msg("success although call %u failed", n);
			assert_in_range(reply.status, 400, 599);
			continue;
		}
		assert_int_equal(buf_error(&reply.body), 0);
		assert_in_range(n, 20, ATTEMPTS_MAX);
		return json_parse(buf_text(&reply.body), reply.body.len);
	}
	fail_msg("more than %d allocations", ATTEMPTS_MAX);
	return NULL;
}

/* Many attempts must not make a long list of messages. */
static void
forget_messages(void **state)
{
	struct store *store = sandbox_store(*state);

	store_begin(store);
	store_run(store, "DELETE FROM messages", "");
	assert_int_equal(store_end(store, true), 0);
}

static void
prepare_first_step(void **state, struct prepared *prepared)
{
	forget_messages(state);
	assert_b2b(API_OK, state, "POST", "/v1/b2b/otps/email/login_or_signup",
	    "{\"organization_id\":\"strict\",\"email_address\":"
	    "\"tom@example.com\"}");
	prepare(state, prepared, "POST", "/v1/b2b/otps/email/authenticate",
	    target_of("{\"organization_id\":\"strict\",\"email_address\":"
		      "\"tom@example.com\",\"code\":\"%s\"}",
		sent_code(state, "tom@example.com").text)
		.text);
}

static void
prepare_second_step(void **state, struct prepared *prepared)
{
	CLEANUP(json_free) cJSON *owed = NULL;

	forget_messages(state);
	owed = b2b_email_login(state, "strict", "tom@example.com");
	advance(*state, 30);
	prepare(state, prepared, "POST", "/v1/b2b/totp/authenticate",
	    target_of("{\"organization_id\":\"strict\",\"member_id\":\"tom\","
		      "\"code\":\"%s\",\"intermediate_session_token\":\"%s\"}",
		totp_code(state, TOM_SECRET, 1).text,
		text_at(owed, "intermediate_session_token"))
		.text);
}

static void
a_login_without_memory_is_refused(void **state)
{
	/* The signing key takes long to make: have it before. */
	CLEANUP(json_free)
	cJSON *warm = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free)
	cJSON *owed = drive_failing(state, prepare_first_step);
	CLEANUP(json_free)
	cJSON *done = drive_failing(state, prepare_second_step);

	assert_answer(warm, API_OK);
	assert_answer(owed, API_OK);
	assert_false(bool_at(owed, "member_authenticated"));
	assert_answer(done, API_OK);
	assert_non_null(
	    json_at(done, "member_session.authentication_factors.1"));
}

static void
prepare_organization(void **state, struct prepared *prepared)
{
	prepare(state, prepared, "PUT", ORGANIZATIONS "/plain",
	    "{\"trusted_metadata\":{\"a\":1},\"claimed_email_domains\":"
	    "[\"claimed.com\"]}");
}

static void
prepare_member(void **state, struct prepared *prepared)
{
	prepare(state, prepared, "PUT", ORGANIZATIONS "/plain/members/ann",
	    "{\"email_address\":\"anna@example.com\",\"roles\":[\"ops\"],"
	    "\"mfa_phone_number\":\"+12025550190\"}");
}

static void
prepare_search(void **state, struct prepared *prepared)
{
	prepare(state, prepared, "POST", ORGANIZATIONS "/members/search",
	    "{\"organization_ids\":[\"plain\"],\"limit\":2,\"query\":{"
	    "\"operator\":\"AND\",\"operands\":[{\"filter_name\":"
	    "\"member_email_fuzzy\",\"filter_value\":\"example\"}]}}");
}

static void
changes_without_memory_are_refused(void **state)
{
	CLEANUP(json_free)
	cJSON *organization = drive_failing(state, prepare_organization);
	CLEANUP(json_free) cJSON *member = drive_failing(state, prepare_member);
	CLEANUP(json_free) cJSON *found = drive_failing(state, prepare_search);

	assert_answer(organization, API_OK);
	assert_answer(member, API_OK);
	assert_int_equal(cJSON_GetArraySize(
			     json_at(member, "member.retired_email_addresses")),
	    1);
	assert_answer(found, API_OK);
	assert_int_equal(int_at(found, "results_metadata.total"), 3);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, b2b_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_login_without_memory_is_refused),
		TEST(changes_without_memory_are_refused),
	};
	cJSON_Hooks hooks = { .malloc_fn = malloc, .free_fn = free };

	/* Through the wrapper, so that cJSON runs out of memory too. */
	cJSON_InitHooks(&hooks);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
