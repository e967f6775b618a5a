/* SPDX-License-Identifier: BSD-2-Clause */
/* Search of organizations and members, and roles. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <string.h>

#define MEMBERS ORGANIZATIONS "/members/search"
#define SEARCH ORGANIZATIONS "/search"

static cJSON *
find_members(void **state, const char *query)
{
	return b2b(state, "POST", MEMBERS,
	    "{\"organization_ids\":[\"plain\",\"strict\"],\"query\":%s}",
	    query);
}

#define FILTER(name, value) \
	"{\"operator\":\"AND\",\"operands\":[{\"filter_name\":\"" name \
	"\",\"filter_value\":" value "}]}"

static void
pages_hold_every_member_once(void **state)
{
	struct target cursor = { "null" };
	int seen = 0, pages = 1;

	for (;; pages++) {
		CLEANUP(json_free)
		cJSON *page = b2b(state, "POST", MEMBERS,
		    "{\"organization_ids\":[\"plain\",\"strict\"],\"limit\":2,"
		    "\"cursor\":%s}",
		    cursor.text);
		const cJSON *next =
		    json_at(page, "results_metadata.next_cursor");

		assert_answer(page, API_OK);
		assert_int_equal(int_at(page, "results_metadata.total"), 6);
		seen += cJSON_GetArraySize(json_at(page, "members"));
		if (cJSON_IsNull(next))
			break;
		assert_true(cJSON_IsString(next));
		assert_in_range(pages, 1, 3);
		cursor = target_of("\"%s\"", next->valuestring);
	}
	assert_int_equal(seen, 6);
	assert_int_equal(pages, 3);
}

static void
filters_find_whom_they_say(void **state)
{
	static const struct {
		const char *query;
		int total;
	} cases[] = {
		{ FILTER("member_ids", "[\"ann\"]"), 2 },
		{ FILTER("member_emails", "[\"BOB@example.org\"]"), 1 },
		{ FILTER("member_email_fuzzy", "\"EXAMPLE.org\""), 1 },
		{ FILTER("member_email_fuzzy", "\"%xample\""), 0 },
		{ FILTER("member_is_breakglass", "true"), 0 },
		{ FILTER("member_is_breakglass", "false"), 6 },
		{ FILTER("statuses", "[\"deleted\",\"pending\"]"), 2 },
		{ FILTER("member_phone_numbers", "[\"+12025550162\"]"), 1 },
		{ FILTER("member_phone_number_fuzzy", "\"5550162\""), 1 },
		{ FILTER("member_roles", "[\"ops\"]"), 1 },
		{ FILTER("password_exists", "true"), 1 },
		{ FILTER("totp_exists", "true"), 1 },
		{ "{\"operator\":\"AND\",\"operands\":[]}", 6 },
		{ "{\"operator\":\"AND\",\"operands\":[{\"filter_name\":"
		  "\"member_ids\",\"filter_value\":[\"ann\",\"bob\"]},"
		  "{\"filter_name\":\"member_phone_numbers\",\"filter_value\":"
		  "[\"+12025550162\"]}]}",
		    1 },
		{ "{\"operator\":\"OR\",\"operands\":[{\"filter_name\":"
		  "\"member_ids\",\"filter_value\":[\"ann\"]},"
		  "{\"filter_name\":\"member_phone_numbers\",\"filter_value\":"
		  "[\"+12025550162\"]}]}",
		    3 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *found = find_members(state, cases[i].query);

		print_message("%s\n", cases[i].query);
		assert_answer(found, API_OK);
		assert_int_equal(int_at(found, "results_metadata.total"),
		    cases[i].total);
		assert_int_equal(cJSON_GetArraySize(json_at(found, "members")),
		    cases[i].total);
	}
}

static void
every_organization_of_a_page_comes_along(void **state)
{
	CLEANUP(json_free)
	cJSON *found = find_members(state, FILTER("member_ids", "[\"ann\"]"));
	const char *id = text_at(found, "members.0.organization_id");

	assert_int_equal(cJSON_GetArraySize(json_at(found, "organizations")),
	    2);
	assert_string_equal(json_string(json_get(json_at(found,
						     "organizations"),
					    id),
				"organization_slug"),
	    "plain");
}

static void
bad_searches_have_their_own_errors(void **state)
{
	static const struct {
		const char *query;
		enum api_error error;
	} cases[] = {
		{ FILTER("member_id", "[\"ann\"]"),
		    API_MEMBER_SEARCH_FILTER_NAME_NOT_RECOGNIZED },
		{ FILTER("organization_ids", "[\"x\"]"),
		    API_MEMBER_SEARCH_FILTER_NAME_NOT_RECOGNIZED },
		{ FILTER("member_ids", "\"ann\""),
		    API_MEMBER_SEARCH_EXPECTED_ARRAY_OF_STRINGS },
		{ FILTER("member_ids", "[1]"),
		    API_MEMBER_SEARCH_EXPECTED_ARRAY_OF_STRINGS },
		{ FILTER("member_email_fuzzy", "[\"abc\"]"),
		    API_MEMBER_SEARCH_EXPECTED_STRING },
		{ FILTER("member_email_fuzzy", "\"ab\""),
		    API_MEMBER_SEARCH_MEMBER_EMAIL_FUZZY_TOO_SHORT },
		{ FILTER("member_is_breakglass", "\"true\""),
		    API_MEMBER_SEARCH_EXPECTED_BOOLEAN },
		{ FILTER("statuses", "[\"gone\"]"),
		    API_SEARCH_INVALID_STATUS_FILTER },
		{ FILTER("member_ids",
		      "[\"ann\",\"member-test-11111111-1111-4111-8111-"
		      "111111111111\"]"),
		    API_MEMBER_SEARCH_CANNOT_MIX_INTERNAL_AND_EXTERNAL_MEMBER_IDS },
		{ "{\"operator\":\"NOT\",\"operands\":[]}", API_BAD_REQUEST },
		{ "{\"operands\":[]}", API_BAD_REQUEST },
		{ "[]", API_BAD_REQUEST },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].query);
		assert_b2b(cases[i].error, state, "POST", MEMBERS,
		    "{\"organization_ids\":[\"plain\"],\"query\":%s}",
		    cases[i].query);
	}
	assert_b2b(API_MEMBER_SEARCH_ORGANIZATION_IDS_EMPTY, state, "POST",
	    MEMBERS, "{\"organization_ids\":[]}");
	assert_b2b(API_ORGANIZATION_NOT_FOUND, state, "POST", MEMBERS,
	    "{\"organization_ids\":[\"plain\",\"none\"]}");
	assert_b2b(API_BAD_REQUEST, state, "POST", MEMBERS,
	    "{\"organization_ids\":[\"plain\"],\"limit\":0}");
	assert_b2b(API_BAD_REQUEST, state, "POST", MEMBERS,
	    "{\"organization_ids\":[\"plain\"],\"cursor\":\"zzzz\"}");
}

static void
organizations_are_found_by_their_settings_and_members(void **state)
{
	static const struct {
		const char *query;
		int total;
	} cases[] = {
		{ "{\"operator\":\"AND\",\"operands\":[]}", 2 },
		{ FILTER("organization_slugs", "[\"plain\"]"), 1 },
		{ FILTER("organization_ids", "[\"ext-plain\"]"), 1 },
		{ FILTER("organization_name_fuzzy", "\"TRIC\""), 1 },
		{ FILTER("organization_slug_fuzzy", "\"lai\""), 1 },
		{ FILTER("member_emails", "[\"ann@example.com\"]"), 2 },
		{ FILTER("member_emails", "[\"gone@example.com\"]"), 0 },
		{ FILTER("member_email_fuzzy", "\"bob@\""), 1 },
		{ FILTER("allowed_domains", "[\"Example.com\"]"), 1 },
		{ FILTER("allowed_domain_fuzzy", "\"xample\""), 1 },
		{ FILTER("claimed_email_domains", "[\"example.com\"]"), 0 },
		{ FILTER("has_active_sso_connection", "false"), 2 },
		{ FILTER("sso_connection_id", "\"x\""), 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *found = b2b(state, "POST", SEARCH, "{\"query\":%s}",
		    cases[i].query);

		print_message("%s\n", cases[i].query);
		assert_answer(found, API_OK);
		assert_int_equal(int_at(found, "results_metadata.total"),
		    cases[i].total);
		assert_int_equal(cJSON_GetArraySize(
				     json_at(found, "organizations")),
		    cases[i].total);
	}
	assert_b2b(API_ORGANIZATION_SEARCH_FILTER_NAME_NOT_RECOGNIZED, state,
	    "POST", SEARCH, "{\"query\":%s}",
	    FILTER("organization_slug", "\"plain\""));
	assert_b2b(API_ORGANIZATION_SEARCH_EXPECTED_ARRAY_OF_STRINGS, state,
	    "POST", SEARCH, "{\"query\":%s}",
	    FILTER("organization_slugs", "\"plain\""));
}

/* ---- Roles ---- */

#define POLICY "/v1/b2b/rbac/organizations/plain"

#define ROLES(roles) "{\"org_policy\":{\"roles\":[" roles "]}}"
#define ROLE(id, resource, actions) \
	"{\"role_id\":\"" id "\",\"description\":\"d\",\"permissions\":[{" \
	"\"resource_id\":\"" resource "\",\"actions\":[" actions "]}]}"

static void
an_organization_s_own_roles_count(void **state)
{
	CLEANUP(json_free) cJSON *policy = NULL;
	CLEANUP(json_free) cJSON *login = NULL;

	assert_b2b(API_OK, state, "PUT", POLICY,
	    ROLES(ROLE("desk", "stytch.member", "\"search\"")));
	policy = b2b(state, "GET", POLICY, NULL);
	assert_string_equal(text_at(policy, "org_policy.roles.0.role_id"),
	    "desk");
	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/plain/members/ann",
	    "{\"roles\":[\"desk\"]}");
	assert_b2b(API_INVALID_RBAC_ROLE_ASSIGNMENT, state, "PUT",
	    ORGANIZATIONS "/strict/members/ann", "{\"roles\":[\"desk\"]}");
	login = b2b_email_login(state, "plain", "ann@example.com");
	assert_b2b(API_OK, state, "POST", "/v1/b2b/sessions/authenticate",
	    "{\"session_token\":\"%s\",\"authorization_check\":{"
	    "\"organization_id\":\"%s\",\"resource_id\":\"stytch.member\","
	    "\"action\":\"search\"}}",
	    text_at(login, "session_token"), text_at(login, "organization_id"));
	assert_b2b(API_SESSION_AUTHORIZATION_ERROR, state, "POST",
	    "/v1/b2b/sessions/authenticate",
	    "{\"session_token\":\"%s\",\"authorization_check\":{"
	    "\"organization_id\":\"%s\",\"resource_id\":\"stytch.member\","
	    "\"action\":\"delete\"}}",
	    text_at(login, "session_token"), text_at(login, "organization_id"));
}

static void
bad_roles_are_refused(void **state)
{
	static const struct {
		const char *roles;
		enum api_error error;
	} cases[] = {
		{ "{}", API_BAD_REQUEST },
		{ ROLES(ROLE("stytch_x", "stytch.self", "\"*\"")),
		    API_INVALID_RBAC_STYTCH_ROLE_EDIT },
		{ ROLES(ROLE("ops", "stytch.self", "\"*\"")),
		    API_RBAC_ROLE_DUPLICATE },
		{ ROLES(ROLE("a", "stytch.self", "\"*\"") "," ROLE("a",
		      "stytch.self", "\"*\"")),
		    API_RBAC_ROLE_DUPLICATE },
		{ ROLES(ROLE("a", "no.resource", "\"*\"")),
		    API_INVALID_RBAC_CUSTOM_ROLE },
		{ ROLES(ROLE("a", "stytch.self", "\"*\",\"x\"")),
		    API_INVALID_RBAC_CUSTOM_ROLE },
		{ ROLES(ROLE("a", "stytch.self", "")),
		    API_RBAC_PERMISSION_MISSING_ACTIONS },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].roles);
		assert_b2b(cases[i].error, state, "PUT", POLICY, "%s",
		    cases[i].roles);
	}
}

/* ---- Requests in a member's name ---- */

/* One request with a member's session; the answer. */
static cJSON *
as_member(void **state, const char *session_token, const char *method,
    const char *target, const char *body)
{
	const struct project *project = sandbox_project(*state, VERTICAL_B2B);
	struct target pair = target_of("%s:%s", project->id, project->secret);
	CLEANUP(buf_clear) struct buf header = BUF_INIT(1024);
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	struct http_request http = {
		.method = method,
		.target = target,
		.member_session = session_token,
		.body = body,
		.body_len = strlen(body),
	};

	buf_adds(&header, "Basic ");
	base64_add(&header, pair.text, strlen(pair.text));
	http.authorization = buf_text(&header);
	sandbox_handle(*state, &http, &reply);
	return json_parse(buf_text(&reply.body), reply.body.len);
}

static void
a_member_s_session_may_do_what_the_roles_say(void **state)
{
	static const struct {
		const char *label, *method, *target, *body;
		enum api_error error;
	} cases[] = {
		{ "own name", "PUT", ORGANIZATIONS "/plain/members/ann",
		    "{\"name\":\"A\"}", API_OK },
		{ "another's name", "PUT", ORGANIZATIONS "/plain/members/bob",
		    "{\"name\":\"B\"}", API_SESSION_AUTHORIZATION_ERROR },
		{ "own roles", "PUT", ORGANIZATIONS "/plain/members/ann",
		    "{\"roles\":[\"stytch_admin\"]}",
		    API_SESSION_AUTHORIZATION_ERROR },
		{ "own trusted metadata", "PUT",
		    ORGANIZATIONS "/plain/members/ann",
		    "{\"trusted_metadata\":{\"unix\":{\"uid\":0}}}",
		    API_CANNOT_UPDATE_TRUSTED_METADATA },
		{ "a new member", "POST", ORGANIZATIONS "/plain/members",
		    "{\"email_address\":\"x@y.com\"}",
		    API_SESSION_AUTHORIZATION_ERROR },
		{ "another organization", "PUT", ORGANIZATIONS "/strict",
		    "{\"organization_name\":\"X\"}",
		    API_SESSION_AUTHORIZATION_TENANCY_ERROR },
		{ "search", "POST", MEMBERS,
		    "{\"organization_ids\":[\"plain\"]}",
		    API_SESSION_AUTHORIZATION_ERROR },
		{ "the organization's end", "DELETE", ORGANIZATIONS "/plain",
		    "", API_SESSION_AUTHORIZATION_ERROR },
	};
	CLEANUP(json_free)
	cJSON *login = b2b_email_login(state, "plain", "ann@example.com");
	CLEANUP(json_free) cJSON *unknown = NULL;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free)
		cJSON *answer =
		    as_member(state, text_at(login, "session_token"),
			cases[i].method, cases[i].target, cases[i].body);

		print_message("%s\n", cases[i].label);
		assert_answer(answer, cases[i].error);
	}
	unknown = as_member(state, "none", "PUT",
	    ORGANIZATIONS "/plain/members/ann", "{\"name\":\"A\"}");
	assert_answer(unknown, API_INVALID_SESSION_TOKEN);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, b2b_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_hold_every_member_once),
		TEST(filters_find_whom_they_say),
		TEST(every_organization_of_a_page_comes_along),
		TEST(bad_searches_have_their_own_errors),
		TEST(organizations_are_found_by_their_settings_and_members),
		TEST(an_organization_s_own_roles_count),
		TEST(bad_roles_are_refused),
		TEST(a_member_s_session_may_do_what_the_roles_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
