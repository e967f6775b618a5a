/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "libstytch/endpoint.h"

#include "common/buf.h"
#include "libstytch/check.h"

#include <stytch/stytch.h>

#include <errno.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FOR_EACH_ENDPOINT(endpoint) \
	for (const struct endpoint *endpoint = endpoint_get(0); \
	     endpoint != NULL; endpoint = endpoint_get(endpoint->id + 1))

#define FOR_EACH_PARAM(param, endpoint) \
	for (const struct endpoint_param *param = (endpoint)->params; \
	     param->name != NULL; param++)

static void
every_endpoint_has_its_number_and_its_name(void **state)
{
	unsigned count = 0;

	(void)state;
	FOR_EACH_ENDPOINT(endpoint)
	{
		enum stytch_endpoint id = STYTCH_ENDPOINT_COUNT;

		assert_int_equal(endpoint->id, count++);
		assert_ptr_equal(endpoint_find(endpoint->name), endpoint);
		assert_true(stytch_endpoint_find(endpoint->name, &id));
		assert_int_equal(id, endpoint->id);
		assert_string_equal(stytch_endpoint_name(id), endpoint->name);
	}
	assert_int_equal(count, 184);
	assert_int_equal(STYTCH_ENDPOINT_COUNT, 184);
	assert_string_equal(stytch_endpoint_name(STYTCH_OTPS_SMS_SEND),
	    "otps.sms.send");
}

static void
what_is_no_endpoint_is_not_found(void **state)
{
	enum stytch_endpoint id = STYTCH_USERS_GET;

	(void)state;
	assert_null(endpoint_get(STYTCH_ENDPOINT_COUNT));
	assert_null(endpoint_get((enum stytch_endpoint) - 1));
	assert_null(stytch_endpoint_name(STYTCH_ENDPOINT_COUNT));
	assert_null(endpoint_find(""));
	assert_null(endpoint_find("otps.sms"));
	assert_null(endpoint_find("OTPS.SMS.SEND"));
	assert_false(stytch_endpoint_find("otps.sms.send ", &id));
	assert_false(stytch_endpoint_find(NULL, &id));
	assert_int_equal(id, STYTCH_USERS_GET);
}

/* The path with "v0", "v1" ... for its parameters. */
static void
fill_path(const struct endpoint *endpoint, struct buf *out_path)
{
	const char *path = endpoint->path;
	unsigned number = 0;

	for (; *path != '\0'; path++) {
		if (*path == '{') {
			buf_addf(out_path, "v%u", number++);
			path = strchr(path, '}');
		} else {
			buf_addc(out_path, *path);
		}
	}
}

static void
every_path_leads_to_its_endpoint(void **state)
{
	(void)state;
	FOR_EACH_ENDPOINT(endpoint)
	{
		CLEANUP(buf_clear) struct buf path = BUF_INIT(512);
		struct endpoint_match match;

		fill_path(endpoint, &path);
		assert_int_equal(endpoint_route(endpoint_method_name(
						    endpoint->method),
				     buf_text(&path), &match),
		    0);
		assert_string_equal(match.endpoint->name, endpoint->name);
		for (size_t i = 0; i < match.count; i++) {
			char value[24];

			(void)snprintf(value, sizeof(value), "v%zu", i);
			assert_int_equal(match.capture[i].len, 2);
			assert_memory_equal(match.capture[i].value, value, 2);
			assert_ptr_equal(match.capture[i].param,
			    &endpoint->params[i]);
		}
	}
}

static void
path_parameters_come_first_and_in_the_paths_order(void **state)
{
	(void)state;
	FOR_EACH_ENDPOINT(endpoint)
	{
		const char *path = endpoint->path;
		const struct endpoint_param *param = endpoint->params;

		while ((path = strchr(path, '{')) != NULL) {
			size_t len = strlen(param->name);

			assert_int_equal(param->where, ENDPOINT_PATH);
			assert_memory_equal(path + 1, param->name, len);
			assert_int_equal(path[1 + len], '}');
			path++;
			param++;
		}
		for (; param->name != NULL; param++)
			assert_int_not_equal(param->where, ENDPOINT_PATH);
	}
}

static void
fixed_segment_goes_before_a_parameter(void **state)
{
	static const struct {
		const char *method, *path, *name;
	} cases[] = {
		{ "POST", "/v1/users/search", "users.search" },
		{ "GET", "/v1/users/search", "users.get" },
		{ "GET", "/v1/b2b/organizations/members/dangerously_get/m",
		    "b2b.organizations.members.dangerously_get" },
		{ "DELETE", "/v1/users/emails/e", "users.emails.delete" },
		{ "DELETE", "/v1/users/u/external_id",
		    "users.external_id.delete" },
		{ "GET", "/v1/b2b/sessions/jwks/p", "b2b.sessions.jwks.get" },
		{ "POST", "/v1/b2b/sso/oidc/o",
		    "b2b.sso.oidc.create_connection" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct endpoint_match match;

		assert_int_equal(endpoint_route(cases[i].method, cases[i].path,
				     &match),
		    0);
		assert_string_equal(match.endpoint->name, cases[i].name);
	}
}

static void
foreign_paths_and_methods_are_refused(void **state)
{
	static const struct {
		const char *method, *path;
		int error;
	} cases[] = {
		{ "GET", "", -ENOENT },
		{ "GET", "/", -ENOENT },
		{ "GET", "v1/debug/whoami", -ENOENT },
		{ "GET", "/v1/debug/whoami/", -ENOENT },
		{ "GET", "//v1/debug/whoami", -ENOENT },
		{ "GET", "/v1/debug//whoami", -ENOENT },
		{ "GET", "/v1/debug/whoami?x=1", -ENOENT },
		{ "GET", "/V1/debug/whoami", -ENOENT },
		{ "GET", "/v1/debug/whoam", -ENOENT },
		{ "GET", "/v1/debug/whoamii", -ENOENT },
		{ "GET", "/v1/users/", -ENOENT },
		{ "GET", "/v1/users/a/b", -ENOENT },
		{ "GET", "/v1/users/a/", -ENOENT },
		{ "GET", "/v2/users/a", -ENOENT },
		{ "POST", "/v1/debug/whoami", -ENOTSUP },
		{ "get", "/v1/debug/whoami", -ENOTSUP },
		{ "PATCH", "/v1/users/a", -ENOTSUP },
		{ "", "/v1/users/a", -ENOTSUP },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct endpoint_match match = { .count = 77 };

		assert_int_equal(endpoint_route(cases[i].method, cases[i].path,
				     &match),
		    cases[i].error);
		assert_int_equal(match.count, 77);
	}
}

/* What the checks and the making of requests rely on. */
static void
rows_are_of_a_form_the_checks_know(void **state)
{
	(void)state;
	FOR_EACH_ENDPOINT(endpoint)
	{
		FOR_EACH_PARAM(param, endpoint)
		{
			assert_in_range(strlen(param->name), 1,
			    CHECK_NAME_MAX - 4);
			assert_ptr_equal(endpoint_param(endpoint, param->name),
			    param);
			assert_string_not_equal(endpoint_type_name(param->type),
			    "");
			if (param->where != ENDPOINT_BODY)
				assert_true(param->type == ENDPOINT_STRING ||
				    (param->where == ENDPOINT_QUERY &&
					(param->type == ENDPOINT_INTEGER ||
					    param->type == ENDPOINT_BOOLEAN)));
			assert_int_equal(param->type == ENDPOINT_ARRAY ||
				param->type == ENDPOINT_MAP,
			    param->item != ENDPOINT_NO_TYPE);
			assert_true(
			    param->max == 0 || param->min <= param->max);
			assert_true(param->max_length == 0 ||
			    param->min_length <= param->max_length);
		}
	}
}

static void
every_pattern_is_a_regular_expression(void **state)
{
	unsigned count = 0;

	(void)state;
	FOR_EACH_ENDPOINT(endpoint)
	{
		FOR_EACH_PARAM(param, endpoint)
		{
			regex_t regex;

			if (param->pattern == NULL)
				continue;
			assert_int_equal(regcomp(&regex, param->pattern,
					     REG_EXTENDED | REG_NOSUB),
			    0);
			regfree(&regex);
			count++;
		}
	}
	assert_int_not_equal(count, 0);
}

static void
every_rule_names_parameters_that_exist(void **state)
{
	(void)state;
	FOR_EACH_ENDPOINT(endpoint)
	{
		for (const struct endpoint_rule *rule = endpoint->rules;
		     rule->names != NULL; rule++) {
			char names[256];
			char *name, *rest = names;

			(void)snprintf(names, sizeof(names), "%s", rule->names);
			while ((name = strsep(&rest, "+,")) != NULL)
				assert_non_null(endpoint_param(endpoint, name));
		}
	}
}

static void
list_has_whole_words_alone(void **state)
{
	(void)state;
	assert_true(endpoint_list_has("a|bc|d", "a"));
	assert_true(endpoint_list_has("a|bc|d", "bc"));
	assert_true(endpoint_list_has("a|bc|d", "d"));
	assert_false(endpoint_list_has("a|bc|d", "b"));
	assert_false(endpoint_list_has("a|bc|d", "c"));
	assert_false(endpoint_list_has("a|bc|d", "a|bc"));
	assert_false(endpoint_list_has("a|bc|d", ""));
	assert_false(endpoint_list_has(NULL, "a"));
}

static void
words_of_the_table_have_names(void **state)
{
	(void)state;
	assert_string_equal(endpoint_method_name(ENDPOINT_DELETE), "DELETE");
	assert_string_equal(endpoint_type_name(ENDPOINT_MAP), "map");
	assert_string_equal(endpoint_format_name(ENDPOINT_FORMAT_E164), "e164");
	assert_string_equal(endpoint_where_name(ENDPOINT_QUERY), "query");
	assert_string_equal(endpoint_rule_name(ENDPOINT_AT_MOST_ONE),
	    "at_most_one");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_endpoint_has_its_number_and_its_name),
		cmocka_unit_test(what_is_no_endpoint_is_not_found),
		cmocka_unit_test(every_path_leads_to_its_endpoint),
		cmocka_unit_test(
		    path_parameters_come_first_and_in_the_paths_order),
		cmocka_unit_test(fixed_segment_goes_before_a_parameter),
		cmocka_unit_test(foreign_paths_and_methods_are_refused),
		cmocka_unit_test(rows_are_of_a_form_the_checks_know),
		cmocka_unit_test(every_pattern_is_a_regular_expression),
		cmocka_unit_test(every_rule_names_parameters_that_exist),
		cmocka_unit_test(list_has_whole_words_alone),
		cmocka_unit_test(words_of_the_table_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
