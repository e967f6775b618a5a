/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out anywhere in a request is a refusal: no crash, and never
 * a success that skipped something.
 */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"
#include "tests/unit/sandbox_failing.h"

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
	prepare(state, prepared, VERTICAL_B2B,
	    "/v1/b2b/otps/email/authenticate",
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
	prepare(state, prepared, VERTICAL_B2B, "/v1/b2b/totp/authenticate",
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
	prepare(state, prepared, VERTICAL_B2B, ORGANIZATIONS "/plain",
	    "{\"trusted_metadata\":{\"a\":1},\"claimed_email_domains\":"
	    "[\"claimed.com\"]}");
	prepared->http.method = "PUT";
}

static void
prepare_member(void **state, struct prepared *prepared)
{
	prepare(state, prepared, VERTICAL_B2B,
	    ORGANIZATIONS "/plain/members/ann",
	    "{\"email_address\":\"anna@example.com\",\"roles\":[\"ops\"],"
	    "\"mfa_phone_number\":\"+12025550190\"}");
	prepared->http.method = "PUT";
}

static void
prepare_search(void **state, struct prepared *prepared)
{
	prepare(state, prepared, VERTICAL_B2B, ORGANIZATIONS "/members/search",
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
