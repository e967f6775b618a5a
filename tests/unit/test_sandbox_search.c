/* SPDX-License-Identifier: BSD-2-Clause */
/* users.search: filters, pages, refusals. */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include <stdio.h>
#include <string.h>

#define SEARCH "/v1/users/search"

/* Users u00..u11, a year apart in what sets them apart. */
static int
setup(void **state)
{
	int rc = drive_setup(state);

	for (int i = 0; rc == 0 && i < 12; i++) {
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/users",
		    "{\"email\":\"u%02d@%s.example\",\"external_id\":\"u%02d\""
		    ",\"name\":{\"first_name\":\"First%02d\",\"last_name\":"
		    "\"Last\"},\"create_user_as_pending\":%s%s}",
		    i, i < 6 ? "a" : "b", i, i, i % 2 == 0 ? "false" : "true",
		    i == 3 ? ",\"phone_number\":\"+12025550162\"" : "");
		advance(*state, 86400);
	}
	if (rc == 0) {
		CLEANUP(json_free)
		cJSON *seeded = drive_control(*state, "POST", "/sandbox/seed",
		    "{\"users\":[{\"external_id\":\"full\",\"emails\":"
		    "[\"full@c.example\"],\"password\":\"x\",\"totp\":"
		    "{\"secret\":\"JBSWY3DPEHPK3PXP\"},\"crypto_wallets\":"
		    "[{\"crypto_wallet_id\":\"w1\",\"crypto_wallet_address\":"
		    "\"0xab\",\"verified\":true}],\"providers\":"
		    "[{\"oauth_user_registration_id\":\"o1\","
		    "\"provider_type\":\"Google\"}]}]}");

		assert_int_equal(int_at(seeded, "status_code"), 200);
	}
	return rc;
}

static void
each_filter_finds_its_users(void **state)
{
	static const struct {
		const char *name, *value;
		int total;
	} cases[] = {
		{ "status", "\"pending\"", 6 },
		{ "status", "\"deleted\"", 0 },
		{ "user_id", "[\"u01\",\"u02\",\"nobody\"]", 2 },
		{ "user_id", "[]", 0 },
		{ "full_name_fuzzy", "\"first0\"", 10 },
		{ "full_name_fuzzy", "\"%%%\"", 0 },
		{ "phone_number", "[\"+12025550162\"]", 1 },
		{ "phone_number_fuzzy", "\"5550162\"", 1 },
		{ "phone_verified", "true", 0 },
		{ "phone_verified", "false", 1 },
		{ "email_address",
		    "[\"U01@a.example\",\"u07@b.example\",\"x@y.example\"]",
		    2 },
		{ "email_address_fuzzy", "\"@A.EX\"", 6 },
		{ "email_domain", "\"b.example\"", 6 },
		{ "email_domain", "\"example\"", 0 },
		{ "email_verified", "true", 1 },
		{ "totp_verified", "true", 1 },
		{ "totp_verified", "false", 0 },
		{ "password_exists", "true", 1 },
		{ "password_exists", "false", 12 },
		{ "crypto_wallet_id", "[\"w1\"]", 1 },
		{ "crypto_wallet_address", "[\"0xab\"]", 1 },
		{ "crypto_wallet_verified", "true", 1 },
		{ "oauth_provider", "[\"Google\",\"Apple\"]", 1 },
		{ "webauthn_registration_verified", "true", 0 },
		{ "biometric_verified", "true", 0 },
		{ "created_at_greater_than", "\"2000-01-01T00:00:00Z\"", 13 },
		{ "created_at_less_than", "\"2000-01-01T00:00:00Z\"", 0 },
		{ "created_at_between",
		    "{\"greater_than\":\"2000-01-01T00:00:00Z\",\"less_than\":"
		    "\"9999-01-01T00:00:00+01:00\"}",
		    13 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *answer = consumer(*state, "POST", SEARCH,
		    "{\"query\":{\"operator\":\"AND\",\"operands\":"
		    "[{\"filter_name\":\"%s\",\"filter_value\":%s}]}}",
		    cases[i].name, cases[i].value);

		print_message("%s %s\n", cases[i].name, cases[i].value);
		assert_answer(answer, API_OK);
		assert_int_equal(int_at(answer, "results_metadata.total"),
		    cases[i].total);
		assert_int_equal(cJSON_GetArraySize(json_at(answer, "results")),
		    cases[i].total);
	}
}

static void
operands_are_joined_by_the_operator(void **state)
{
	static const struct {
		const char *operation;
		int total;
	} cases[] = { { "AND", 3 }, { "OR", 9 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *answer = consumer(*state, "POST", SEARCH,
		    "{\"query\":{\"operator\":\"%s\",\"operands\":"
		    "[{\"filter_name\":\"status\",\"filter_value\":"
		    "\"pending\"},{\"filter_name\":\"email_domain\","
		    "\"filter_value\":\"a.example\"}]}}",
		    cases[i].operation);

		assert_int_equal(int_at(answer, "results_metadata.total"),
		    cases[i].total);
	}
}

static void
pages_hold_each_user_once(void **state)
{
	char cursor[64] = "";
	int found = 0, pages = 0;

	do {
		CLEANUP(json_free)
		cJSON *page = consumer(*state, "POST", SEARCH,
		    "{\"limit\":5,\"cursor\":\"%s\"}", cursor);
		const cJSON *next;

		assert_answer(page, API_OK);
		assert_int_equal(int_at(page, "results_metadata.total"), 13);
		assert_user(json_at(page, "results.0"));
		found += cJSON_GetArraySize(json_at(page, "results"));
		pages++;
		next = json_at(page, "results_metadata.next_cursor");
		(void)snprintf(cursor, sizeof(cursor), "%s",
		    cJSON_IsString(next) ? next->valuestring : "");
	} while (cursor[0] != '\0');
	assert_int_equal(found, 13);
	assert_int_equal(pages, 3);
}

static void
a_user_deleted_between_pages_is_all_that_is_missing(void **state)
{
	CLEANUP(json_free)
	cJSON *first = consumer(*state, "POST", SEARCH, "{\"limit\":5}");
	CLEANUP(json_free) cJSON *rest = NULL;

	assert_call(API_OK, *state, VERTICAL_CONSUMER, "DELETE",
	    "/v1/users/u01", NULL);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "DELETE",
	    "/v1/users/u06", NULL);
	rest = consumer(*state, "POST", SEARCH, "{\"cursor\":\"%s\"}",
	    text_at(first, "results_metadata.next_cursor"));
	assert_int_equal(cJSON_GetArraySize(json_at(rest, "results")), 7);
}

#define ONE(operand) \
	"\"query\":{\"operator\":\"AND\",\"operands\":[" operand "]}"
static const struct {
	const char *label, *body;
	enum api_error error;
} bad_queries[] = {
	{ "unknown filter",
	    ONE("{\"filter_name\":\"shoe_size\",\"filter_value\":1}"),
	    API_USER_SEARCH_FILTER_NAME_NOT_RECOGNIZED },
	{ "a filter of another search",
	    ONE("{\"filter_name\":\"member_ids\",\"filter_value\":[]}"),
	    API_USER_SEARCH_FILTER_NAME_NOT_RECOGNIZED },
	{ "no name", ONE("{\"filter_value\":1}"),
	    API_USER_SEARCH_MISSING_FILTER_NAME },
	{ "name a number", ONE("{\"filter_name\":1,\"filter_value\":1}"),
	    API_USER_SEARCH_FILTER_NAME_MUST_BE_STRING },
	{ "no value", ONE("{\"filter_name\":\"status\"}"),
	    API_USER_SEARCH_MISSING_FILTER_VALUE },
	{ "string expected",
	    ONE("{\"filter_name\":\"status\",\"filter_value\":1}"),
	    API_USER_SEARCH_EXPECTED_STRING },
	{ "array expected",
	    ONE("{\"filter_name\":\"user_id\",\"filter_value\":"
		"\"u01\"}"),
	    API_USER_SEARCH_EXPECTED_ARRAY_OF_STRING },
	{ "strings expected",
	    ONE("{\"filter_name\":\"email_id\",\"filter_value\":[1]}"),
	    API_USER_SEARCH_EXPECTED_ARRAY_OF_STRING },
	{ "truth expected",
	    ONE("{\"filter_name\":\"email_verified\",\"filter_value\":"
		"\"true\"}"),
	    API_USER_SEARCH_EXPECTED_BOOL },
	{ "time expected",
	    ONE("{\"filter_name\":\"created_at_less_than\","
		"\"filter_value\":\"yesterday\"}"),
	    API_USER_SEARCH_EXPECTED_TIMESTAMP },
	{ "object expected",
	    ONE("{\"filter_name\":\"created_at_between\","
		"\"filter_value\":\"2020-01-01T00:00:00Z\"}"),
	    API_USER_SEARCH_EXPECTED_OBJECT },
	{ "half a range",
	    ONE("{\"filter_name\":\"created_at_between\","
		"\"filter_value\":{\"greater_than\":"
		"\"2020-01-01T00:00:00Z\"}}"),
	    API_USER_SEARCH_EXPECTED_TIMESTAMP },
	{ "too fuzzy",
	    ONE("{\"filter_name\":\"full_name_fuzzy\","
		"\"filter_value\":\"ab\"}"),
	    API_USER_SEARCH_FULL_NAME_FUZZY_TOO_SHORT },
	{ "both kinds of ids",
	    ONE("{\"filter_name\":\"user_id\",\"filter_value\":"
		"[\"u01\",\"user-test-00000000-0000-4000-8000-"
		"000000000000\"]}"),
	    API_USER_SEARCH_CANNOT_MIX_INTERNAL_AND_EXTERNAL_USER_IDS },
	{ "operator",
	    "\"query\":{\"operator\":\"XOR\",\"operands\":"
	    "[{\"filter_name\":\"status\",\"filter_value\":"
	    "\"active\"}]}",
	    API_USER_SEARCH_INVALID_OPERATOR },
	{ "no operator",
	    "\"query\":{\"operands\":[{\"filter_name\":\"status\","
	    "\"filter_value\":\"active\"}]}",
	    API_USER_SEARCH_INVALID_OPERATOR },
	{ "cursor", "\"cursor\":\"nonsense\"", API_USER_SEARCH_INVALID_CURSOR },
	{ "negative cursor", "\"cursor\":\"bi0x\"",
	    API_USER_SEARCH_INVALID_CURSOR },
	{ "limit", "\"limit\":1001", API_USER_SEARCH_INVALID_LIMIT },
	{ "limit of nothing", "\"limit\":0", API_USER_SEARCH_INVALID_LIMIT },
	{ "limit below", "\"limit\":-1", API_USER_SEARCH_INVALID_LIMIT },
	{ "operands an object",
	    "\"query\":{\"operator\":\"AND\",\"operands\":{}}",
	    API_BAD_REQUEST },
};

static void
what_is_no_query_is_refused_by_name(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_queries); i++) {
		print_message("%s\n", bad_queries[i].label);
		refused(bad_queries[i].error, *state, "POST", SEARCH, "{%s}",
		    bad_queries[i].body);
	}
}

static void
without_operands_all_are_found(void **state)
{
	static const char *const bodies[] = { "{}",
		"{\"query\":{\"operator\":\"AND\",\"operands\":[]}}",
		"{\"query\":null,\"cursor\":\"\"}" };

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		CLEANUP(json_free)
		cJSON *answer =
		    consumer(*state, "POST", SEARCH, "%s", bodies[i]);

		assert_int_equal(int_at(answer, "results_metadata.total"), 13);
		assert_true(cJSON_IsNull(
		    json_at(answer, "results_metadata.next_cursor")));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_filter_finds_its_users),
		TEST(operands_are_joined_by_the_operator),
		TEST(pages_hold_each_user_once),
		TEST(a_user_deleted_between_pages_is_all_that_is_missing),
		TEST(what_is_no_query_is_refused_by_name),
		TEST(without_operands_all_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
