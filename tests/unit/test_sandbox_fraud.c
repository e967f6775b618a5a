/* SPDX-License-Identifier: BSD-2-Clause */
/* fingerprint.lookup, rules.*, verdict_reasons.*, email.risk, metrics. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <stdio.h>
#include <string.h>

#define LOOKUP "/v1/fingerprint/lookup"
#define SET "/v1/rules/set"
#define LIST "/v1/rules/list"
#define OVERRIDE "/v1/verdict_reasons/override"

/* A telemetry id "t" of that device. */
static void
make_device(void **state, const char *more)
{
	CLEANUP(json_free)
	cJSON *made = drive_control(*state, "POST", "/sandbox/telemetry",
	    "{\"telemetry_id\":\"t\"%s}", more);

	assert_int_equal(int_at(made, "status_code"), 200);
	assert_string_equal(text_at(made, "telemetry_id"), "t");
}

static void
set_rule(void **state, const char *rule)
{
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", SET, "{%s}",
	    rule);
}

static void
assert_verdict(void **state, const char *action, const char *type)
{
	CLEANUP(json_free)
	cJSON *answer =
	    consumer(*state, "POST", LOOKUP, "{\"telemetry_id\":\"t\"}");

	assert_answer(answer, API_OK);
	assert_string_equal(text_at(answer, "verdict.action"), action);
	if (type == NULL)
		assert_null(json_at(answer, "verdict.rule_match_type"));
	else
		assert_string_equal(text_at(answer, "verdict.rule_match_type"),
		    type);
}

static void
a_lookup_tells_the_device_and_the_verdict(void **state)
{
	CLEANUP(json_free) cJSON *answer = NULL;

	make_device(state, ",\"ip_address\":\"198.51.100.7\"");
	answer = consumer(*state, "POST", LOOKUP,
	    "{\"telemetry_id\":\"t\",\"external_metadata\":{\"external_id\":"
	    "\"me\"}}");
	assert_answer(answer, API_OK);
	assert_memory_equal(text_at(answer, "request_id"), "request-id-fraud-",
	    17);
	assert_non_null(json_at(answer, "fingerprints.network_fingerprint"));
	assert_string_equal(text_at(answer,
				"properties.network_properties.ip_address"),
	    "198.51.100.7");
	assert_string_equal(text_at(answer, "external_metadata.external_id"),
	    "me");
	assert_int_equal(cJSON_GetArraySize(json_at(answer, "verdict.reasons")),
	    0);
	assert_true(bool_at(answer, "verdict.is_authentic_device"));
	assert_verdict(state, "ALLOW", NULL);
	assert_b2b(API_TELEMETRY_ID_NOT_FOUND, state, "POST", LOOKUP,
	    "{\"telemetry_id\":\"t\"}");
	advance(*state, 86400);
	refused(API_TELEMETRY_ID_NOT_FOUND, *state, "POST", LOOKUP,
	    "{\"telemetry_id\":\"t\"}");
}

static void
lookups_that_are_refused(void **state)
{
	refused(API_BAD_REQUEST, *state, "POST", LOOKUP, "{}");
	refused(API_TELEMETRY_ID_NOT_FOUND, *state, "POST", LOOKUP,
	    "{\"telemetry_id\":\"none\"}");
	refused(API_INVALID_REQUEST_VALUE, *state, "POST", LOOKUP,
	    "{\"telemetry_id\":\"t\",\"external_metadata\":{\"external_id\":"
	    "\"a b\"}}");
}

static void
telemetry_with_a_reason_unknown_is_not_made(void **state)
{
	static const char *const reasons[] = { "\"x\"", "[\"x\"]", "[1]" };

	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		CLEANUP(json_free)
		cJSON *made = drive_control(*state, "POST",
		    "/sandbox/telemetry", "{\"reasons\":%s}", reasons[i]);

		assert_int_equal(int_at(made, "status_code"), 400);
	}
}

static void
the_strictest_reason_decides(void **state)
{
	make_device(state, ",\"reasons\":[\"VIRTUAL_MACHINE\"]");
	assert_verdict(state, "CHALLENGE", NULL);
	make_device(state,
	    ",\"reasons\":[\"VIRTUAL_MACHINE\","
	    "\"HEADLESS_BROWSER_AUTOMATION\"]");
	assert_verdict(state, "BLOCK", NULL);
}

static void
a_reason_is_overridden_and_restored(void **state)
{
	CLEANUP(json_free) cJSON *set = NULL;
	CLEANUP(json_free) cJSON *list = NULL;
	CLEANUP(json_free) cJSON *all = NULL;

	make_device(state, ",\"reasons\":[\"VIRTUAL_MACHINE\"]");
	set = consumer(*state, "POST", OVERRIDE,
	    "{\"verdict_reason\":\"VIRTUAL_MACHINE\",\"override_action\":"
	    "\"BLOCK\",\"override_description\":\"no\"}");
	assert_answer(set, API_OK);
	assert_string_equal(text_at(set,
				"verdict_reason_action.default_action"),
	    "CHALLENGE");
	assert_string_equal(text_at(set,
				"verdict_reason_action.override_action"),
	    "BLOCK");
	assert_verdict(state, "BLOCK", NULL);
	list = consumer(*state, "POST", "/v1/verdict_reasons/list",
	    "{\"overrides_only\":true}");
	assert_answer(list, API_OK);
	assert_int_equal(cJSON_GetArraySize(
			     json_at(list, "verdict_reason_actions")),
	    1);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", OVERRIDE,
	    "{\"verdict_reason\":\"VIRTUAL_MACHINE\",\"override_action\":"
	    "\"NONE\"}");
	assert_verdict(state, "CHALLENGE", NULL);
	all = consumer(*state, "POST", "/v1/verdict_reasons/list", "{}");
	assert_int_equal(cJSON_GetArraySize(
			     json_at(all, "verdict_reason_actions")),
	    4);
}

static void
overrides_that_are_refused(void **state)
{
	refused(API_INVALID_ARGUMENT, *state, "POST", OVERRIDE,
	    "{\"verdict_reason\":\"RULE_MATCH\",\"override_action\":\"BLOCK\"}");
	refused(API_INVALID_ARGUMENT, *state, "POST", OVERRIDE,
	    "{\"verdict_reason\":\"X\",\"override_action\":\"BLOCK\"}");
	refused(API_BAD_REQUEST, *state, "POST", OVERRIDE,
	    "{\"verdict_reason\":\"VIRTUAL_MACHINE\"}");
	refused(API_BAD_REQUEST, *state, "POST", "/v1/verdict_reasons/list",
	    "{\"overrides_only\":\"yes\"}");
}

static void
rules_decide_by_precedence(void **state)
{
	make_device(state,
	    ",\"visitor_id\":\"v\",\"ip_address\":\"198.51.100.7\",\"asn\":"
	    "\"7\",\"country\":\"NO\",\"reasons\":[\"VIRTUAL_MACHINE\"]");
	set_rule(state, "\"action\":\"BLOCK\",\"country_code\":\"NO\"");
	assert_verdict(state, "BLOCK", "COUNTRY_CODE");
	set_rule(state, "\"action\":\"CHALLENGE\",\"asn\":\"7\"");
	assert_verdict(state, "CHALLENGE", "ASN");
	set_rule(state,
	    "\"action\":\"BLOCK\",\"cidr_block\":\"198.51.100.9/16\"");
	assert_verdict(state, "BLOCK", "CIDR_BLOCK");
	set_rule(state,
	    "\"action\":\"CHALLENGE\",\"cidr_block\":\"198.51.100.0/24\"");
	assert_verdict(state, "CHALLENGE", "CIDR_BLOCK");
	set_rule(state, "\"action\":\"BLOCK\",\"cidr_block\":\"203.0.113.7\"");
	assert_verdict(state, "CHALLENGE", "CIDR_BLOCK");
	set_rule(state, "\"action\":\"ALLOW\",\"visitor_id\":\"v\"");
	assert_verdict(state, "ALLOW", "VISITOR_ID");
	set_rule(state, "\"action\":\"NONE\",\"visitor_id\":\"v\"");
	assert_verdict(state, "CHALLENGE", "CIDR_BLOCK");
}

static void
blocks_of_ipv6_are_matched_bit_by_bit(void **state)
{
	static const struct {
		const char *block, *kept;
		bool has;
	} cases[] = {
		{ "2001:db8::/32", "2001:db8::/32", true },
		{ "2001:DB8:0:f::1/57", "2001:db8::/57", true },
		{ "2001:db8:0:80::/57", "2001:db8:0:80::/57", false },
		{ "2001:db8:0:1::7", "2001:db8:0:1::7/128", true },
		{ "2001:db8:0:1::6/127", "2001:db8:0:1::6/127", true },
		{ "2001:db8:0:1::8", "2001:db8:0:1::8/128", false },
		{ "2002::/16", "2002::/16", false },
		/* The same bits, of an address of IPv4. */
		{ "32.1.13.184/32", "32.1.13.184/32", false },
	};

	make_device(state, ",\"ip_address\":\"2001:db8:0:1::7\"");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *set = consumer(*state, "POST", SET,
		    "{\"action\":\"BLOCK\",\"cidr_block\":\"%s\"}",
		    cases[i].block);

		assert_answer(set, API_OK);
		assert_string_equal(text_at(set, "cidr_block"), cases[i].kept);
		assert_verdict(state, cases[i].has ? "BLOCK" : "ALLOW",
		    cases[i].has ? "CIDR_BLOCK" : NULL);
		set_rule(state,
		    target_of("\"action\":\"NONE\",\"cidr_block\":\"%s\"",
			cases[i].block)
			.text);
	}
	/* The smallest block wins. */
	set_rule(state,
	    "\"action\":\"CHALLENGE\",\"cidr_block\":"
	    "\"2001:db8:0:1::/64\"");
	set_rule(state,
	    "\"action\":\"BLOCK\",\"cidr_block\":\"2001:db8::/32\"");
	assert_verdict(state, "CHALLENGE", "CIDR_BLOCK");
}

static void
a_rule_may_expire(void **state)
{
	make_device(state, ",\"visitor_id\":\"v\"");
	set_rule(state,
	    "\"action\":\"BLOCK\",\"visitor_id\":\"v\","
	    "\"expires_in_minutes\":5");
	assert_verdict(state, "BLOCK", "VISITOR_ID");
	advance(*state, 300);
	assert_verdict(state, "ALLOW", NULL);
}

static void
rules_are_listed_page_by_page(void **state)
{
	CLEANUP(json_free) cJSON *first = NULL;
	CLEANUP(json_free) cJSON *second = NULL;

	set_rule(state, "\"action\":\"BLOCK\",\"asn\":\"1\"");
	set_rule(state, "\"action\":\"BLOCK\",\"browser_id\":\"b\"");
	set_rule(state, "\"action\":\"ALLOW\",\"browser_id\":\"b\"");
	first = consumer(*state, "POST", LIST, "{\"limit\":1}");
	assert_answer(first, API_OK);
	assert_string_equal(text_at(first, "rules.0.rule_type"), "ASN");
	assert_true(cJSON_IsNull(json_at(first, "rules.0.last_updated_at")));
	second = consumer(*state, "POST", LIST,
	    "{\"limit\":1,\"cursor\":\"%s\"}", text_at(first, "next_cursor"));
	assert_string_equal(text_at(second, "rules.0.browser_id"), "b");
	assert_string_equal(text_at(second, "rules.0.action"), "ALLOW");
	assert_true(cJSON_IsNull(json_at(second, "next_cursor")));
	refused(API_INVALID_ARGUMENT, *state, "POST", LIST,
	    "{\"cursor\":\"x\"}");
	refused(API_INVALID_REQUEST_VALUE, *state, "POST", LIST,
	    "{\"limit\":101}");
}

static void
rules_that_are_refused(void **state)
{
	static const struct {
		enum api_error error;
		const char *body;
	} cases[] = {
		{ API_BAD_REQUEST, "{\"action\":\"BLOCK\"}" },
		{ API_BAD_REQUEST,
		    "{\"action\":\"BLOCK\",\"asn\":\"1\",\"visitor_id\":"
		    "\"v\"}" },
		{ API_BAD_REQUEST, "{\"asn\":\"1\"}" },
		{ API_INVALID_REQUEST_VALUE,
		    "{\"action\":\"HOLD\",\"asn\":\"1\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"ALLOW\",\"country_code\":\"US\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"BLOCK\",\"asn\":\"4294967296\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"BLOCK\",\"asn\":\"-1\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"BLOCK\",\"cidr_block\":\"10.0.0.0/8\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"BLOCK\",\"cidr_block\":\"10.0.0.0/33\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"BLOCK\",\"cidr_block\":\"10.0.0/24\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"BLOCK\",\"cidr_block\":\"10.0.0.0/\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"BLOCK\",\"cidr_block\":\"2001::/15\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"BLOCK\",\"cidr_block\":\"2001::/129\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"BLOCK\",\"cidr_block\":\"2001:::/32\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"BLOCK\",\"cidr_block\":\"[::1]/32\"}" },
		{ API_INVALID_ARGUMENT,
		    "{\"action\":\"BLOCK\",\"asn\":\"1\","
		    "\"expires_in_minutes\":-1}" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		refused(cases[i].error, *state, "POST", SET, "%s",
		    cases[i].body);
}

static void
an_address_is_weighed(void **state)
{
	static const struct {
		const char *address, *normal, *action;
		int dropped;
	} cases[] = {
		{ "Ann@example.com", "ann@example.com", "ALLOW", 0 },
		{ "a.n.n+x@gmail.com", "ann@gmail.com", "ALLOW", 4 },
		{ "a.n@example.com", "a.n@example.com", "ALLOW", 0 },
		{ "admin@example.com", "admin@example.com", "CHALLENGE", 0 },
		{ "ann@mailinator.com", "ann@mailinator.com", "BLOCK", 0 },
		{ "ann@no.invalid", "ann@no.invalid", "BLOCK", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *answer = consumer(*state, "POST", "/v1/email/risk",
		    "{\"email_address\":\"%s\"}", cases[i].address);

		assert_answer(answer, API_OK);
		assert_string_equal(text_at(answer, "action"), cases[i].action);
		assert_string_equal(text_at(answer,
					"address_information.normalized_email"),
		    cases[i].normal);
		assert_int_equal(int_at(answer,
				     "address_information.tumbling_character_"
				     "count"),
		    cases[i].dropped);
		assert_in_range(int_at(answer, "risk_score"), 0, 100);
	}
	refused(API_INVALID_EMAIL, *state, "POST", "/v1/email/risk", "{}");
}

static void
metrics_count_what_is_there(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "a@b.example", "a");
	assert_non_null(user);
	CLEANUP(json_free)
	cJSON *answer = consumer(*state, "GET", "/v1/projects/metrics", NULL);
	CLEANUP(json_free)
	cJSON *b2b = b2b(state, "GET", "/v1/projects/metrics", NULL);

	assert_answer(answer, API_OK);
	assert_string_equal(text_at(answer, "metrics.0.metric_type"),
	    "USER_COUNT");
	assert_int_equal(int_at(answer, "metrics.0.count"), 1);
	assert_int_equal(int_at(answer, "metrics.1.count"), 0);
	assert_answer(b2b, API_OK);
	assert_string_equal(text_at(b2b, "metrics.1.metric_type"),
	    "MEMBER_COUNT");
}

static void
metrics_want_the_secret(void **state)
{
	struct http_request http = { .method = "GET",
		.target = "/v1/projects/metrics" };
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;

	sandbox_handle(*state, &http, &reply);
	assert_int_equal(reply.status, 400);
	assert_non_null(
	    strstr(buf_text(&reply.body), "invalid_authorization_header"));
}

#define PASSWORD "correct-Zebra-47-lantern"

/* Log a user in with that telemetry id. */
static cJSON *
login_with(void **state, const char *telemetry_id)
{
	cJSON *answer = consumer(*state, "POST", "/v1/passwords/authenticate",
	    "{\"email\":\"d@example.com\",\"password\":\"" PASSWORD "\","
	    "\"telemetry_id\":\"%s\"}",
	    telemetry_id);

	assert_answer(answer, API_OK);
	return answer;
}

static void
a_login_tells_since_when_a_device_is_known(void **state)
{
	CLEANUP(json_free) cJSON *first = NULL;
	CLEANUP(json_free) cJSON *again = NULL;
	CLEANUP(json_free) cJSON *other = NULL;

	make_device(state, ",\"visitor_id\":\"v1\",\"country\":\"DE\"");
	first = consumer(*state, "POST", "/v1/passwords",
	    "{\"email\":\"d@example.com\",\"password\":\"" PASSWORD "\","
	    "\"telemetry_id\":\"t\"}");
	assert_answer(first, API_OK);
	assert_string_equal(text_at(first, "user_device.visitor_id"), "v1");
	assert_true(bool_at(first, "user_device.visitor_id_details.is_new"));
	advance(*state, 60);
	again = login_with(state, "t");
	assert_false(bool_at(again, "user_device.visitor_id_details.is_new"));
	assert_string_equal(text_at(again,
				"user_device.visitor_id_details.first_seen_at"),
	    text_at(first, "user_device.visitor_id_details.first_seen_at"));
	make_device(state, ",\"visitor_id\":\"v2\",\"country\":\"DE\"");
	other = login_with(state, "t");
	assert_true(bool_at(other, "user_device.visitor_id_details.is_new"));
	assert_false(
	    bool_at(other, "user_device.ip_geo_country_details.is_new"));
	assert_string_not_equal(
	    text_at(other, "user_device.ip_geo_country_details.first_seen_at"),
	    text_at(other, "user_device.ip_geo_country_details.last_seen_at"));
}

static void
an_unknown_device_refuses_nobody(void **state)
{
	CLEANUP(json_free) cJSON *made = NULL;
	CLEANUP(json_free) cJSON *unknown = NULL;
	CLEANUP(json_free) cJSON *expired = NULL;

	made = consumer(*state, "POST", "/v1/passwords",
	    "{\"email\":\"d@example.com\",\"password\":\"" PASSWORD "\"}");
	assert_true(cJSON_IsNull(json_at(made, "user_device")));
	make_device(state, "");
	unknown = login_with(state, "none");
	assert_true(cJSON_IsNull(json_at(unknown, "user_device")));
	advance(*state, 86400);
	expired = login_with(state, "t");
	assert_true(cJSON_IsNull(json_at(expired, "user_device")));
}

static void
what_a_user_was_seen_with_goes_with_the_user(void **state)
{
	struct store *store = sandbox_store(*state);
	CLEANUP(json_free) cJSON *user = NULL;
	static const char count[] = "SELECT count(*) FROM devices";
	char target[256];

	make_device(state, "");
	user = consumer(*state, "POST", "/v1/passwords",
	    "{\"email\":\"d@example.com\",\"password\":\"" PASSWORD "\","
	    "\"telemetry_id\":\"t\"}");
	assert_answer(user, API_OK);
	assert_int_equal(store_int(store, 0, count, ""), 3);
	(void)snprintf(target, sizeof(target), "/v1/users/%s",
	    text_at(user, "user_id"));
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "DELETE", target, NULL);
	assert_int_equal(store_int(store, 0, count, ""), 0);
}

#define CASE(test) \
	cmocka_unit_test_setup_teardown(test, drive_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_lookup_tells_the_device_and_the_verdict),
		CASE(lookups_that_are_refused),
		CASE(telemetry_with_a_reason_unknown_is_not_made),
		CASE(the_strictest_reason_decides),
		CASE(a_reason_is_overridden_and_restored),
		CASE(overrides_that_are_refused),
		CASE(rules_decide_by_precedence),
		CASE(blocks_of_ipv6_are_matched_bit_by_bit),
		CASE(a_rule_may_expire),
		CASE(rules_are_listed_page_by_page),
		CASE(rules_that_are_refused),
		CASE(an_address_is_weighed),
		CASE(metrics_count_what_is_there),
		CASE(metrics_want_the_secret),
		CASE(a_login_tells_since_when_a_device_is_known),
		CASE(an_unknown_device_refuses_nobody),
		CASE(what_a_user_was_seen_with_goes_with_the_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
