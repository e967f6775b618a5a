/* SPDX-License-Identifier: BSD-2-Clause */
/* SCIM's filters, by RFC 7644's own examples and what is none. */
#include "config.h"

#include "sandbox/b2b_scim.h"
#include "tests/unit/sandbox_drive.h"

#include <string.h>

#define USER \
	"{\"userName\":\"bjensen\",\"title\":\"Tour Guide\"," \
	"\"userType\":\"Employee\",\"active\":true,\"age\":28.5," \
	"\"nickName\":null,\"name\":{\"familyName\":\"O'Malley\"}," \
	"\"emails\":[{\"type\":\"work\",\"value\":\"bj@example.com\"}," \
	"{\"type\":\"home\",\"value\":\"babs@example.org\"}]," \
	"\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"]," \
	"\"meta\":{\"lastModified\":\"2011-05-13T04:42:34Z\"}," \
	"\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":" \
	"{\"department\":\"Tours\",\"manager\":{\"value\":\"26\"}}}"

static void
filters_mean_what_the_rfc_says(void **state)
{
	static const struct {
		const char *filter;
		bool meets;
	} rows[] = {
		{ "userName eq \"bjensen\"", true },
		{ "USERNAME EQ \"BJENSEN\"", true },
		{ "userName ne \"bjensen\"", false },
		{ "userName ne \"other\"", true },
		{ "missing ne \"other\"", true },
		{ "missing eq \"other\"", false },
		{ "name.familyName co \"O'Malley\"", true },
		{ "name.familyName co \"\"", true },
		{ "name.familyName co \"O'Malleys\"", false },
		{ "userName sw \"BJ\"", true },
		{ "userName sw \"j\"", false },
		{ "userName ew \"sen\"", true },
		{ "userName ew \"bje\"", false },
		{ "urn:ietf:params:scim:schemas:core:2.0:User:userName sw "
		  "\"bj\"",
		    true },
		{ "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
		  "department eq \"tours\"",
		    true },
		{ "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
		  "manager.value eq \"26\"",
		    true },
		{ "title pr", true },
		{ "nickName pr", false },
		{ "nickName eq null", true },
		{ "title eq null", false },
		{ "name.givenName pr", false },
		{ "emails.type pr", true },
		{ "emails.display pr", false },
		{ "meta.lastModified gt \"2011-05-13T04:42:33Z\"", true },
		{ "meta.lastModified ge \"2011-05-13T04:42:34Z\"", true },
		{ "meta.lastModified lt \"2011-05-13T04:42:34Z\"", false },
		{ "meta.lastModified le \"2011-05-13T04:42:34Z\"", true },
		{ "age gt 28", true },
		{ "age le 28.5", true },
		{ "age lt 28.5", false },
		{ "age eq \"28.5\"", false },
		{ "active eq true", true },
		{ "active eq false", false },
		{ "active gt false", false },
		{ "title pr and userType eq \"Employee\"", true },
		{ "title pr and userType eq \"Intern\"", false },
		{ "title pr or userType eq \"Intern\"", true },
		{ "schemas eq \"urn:ietf:params:scim:schemas:core:2.0:User\"",
		    true },
		{ "userType eq \"Employee\" and (emails co \"example.com\" or "
		  "emails.value co \"example.net\")",
		    true },
		{ "userType ne \"Employee\" and not (emails co "
		  "\"example.com\")",
		    false },
		{ "not (userName eq \"x\")", true },
		{ "NOT(userName eq \"x\")", true },
		/* and binds tighter than or. */
		{ "active eq true or active eq true and active eq false",
		    true },
		{ "(active eq true or active eq true) and active eq false",
		    false },
		{ "emails[type eq \"work\" and value co \"@example.com\"]",
		    true },
		/* Of one item, not of two. */
		{ "emails[type eq \"work\" and value co \"@example.org\"]",
		    false },
		{ "emails[not (type eq \"work\")] and active eq true", true },
		{ "missing[type eq \"work\"]", false },
		{ "userName eq \"a\\\"b\"", false },
		{ "notes eq \"x\" or android eq \"y\"", false },
		{ "userName eq \"] and )\" or active eq true", true },
	};
	CLEANUP(json_free) cJSON *user = json_parse(USER, strlen(USER));

	(void)state;
	assert_non_null(user);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *end = rows[i].filter;
		bool is_valid = false;
		bool meets = scim_filter(user, &end, &is_valid);

		if (!is_valid || *end != '\0' || meets != rows[i].meets)
			fail_msg("%s: valid %d, meets %d, left \"%s\"",
			    rows[i].filter, is_valid, meets, end);
	}
}

static void
what_is_no_filter_is_refused(void **state)
{
	static const char *const rows[] = { "", " ", "userName", "userName ",
		"userName eq", "userName eq ", "userName eq x",
		"userName eq \"x", "userName xx \"x\"", "userName eq\"x\"",
		"userName eq {}", "userName eq [\"x\"]", ".x pr",
		"userName. pr", "eq \"x\"", "(userName pr", "userName pr)",
		"()", "not", "not userName pr", "userName pr and",
		"userName pr or ", "and userName pr", "userName pr userName pr",
		"emails[type eq \"work\"", "emails[]", "emails]",
		"emails[a[b pr]]", "emails.type[a pr]", "urn: pr",
		"urn:x: eq \"y\"", "\"userName\" eq \"x\"",
		"((((((((((((((((( a pr )))))))))))))))))" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *end = rows[i];
		bool is_valid = true;

		if (scim_filter(NULL, &end, &is_valid) ||
		    (is_valid && *end == '\0'))
			fail_msg("taken for a filter: %s", rows[i]);
	}
}

static void
a_filter_is_valid_whatever_it_is_asked_of(void **state)
{
	static const char filter[] =
	    "a eq \"x\" or b[c pr and d gt 3] and not (e pr)";
	static const char *const objects[] = { "{}", "{\"a\":\"x\"}", "[]",
		"\"a\"", "{\"b\":[{\"c\":1,\"d\":4},7,null,[1]]}",
		"{\"b\":{\"c\":1}}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(objects); i++) {
		CLEANUP(json_free)
		cJSON *object = json_parse(objects[i], strlen(objects[i]));
		const char *end = filter;
		bool is_valid = false;

		(void)scim_filter(object, &end, &is_valid);
		assert_true(is_valid);
		assert_string_equal(end, "");
	}
}

static void
a_change_selects_by_any_filter(void **state)
{
	static const struct {
		const char *path;
		const char *emails; /* NULL: refused */
	} rows[] = {
		{ "emails[type eq \"work\"].value",
		    "[{\"type\":\"work\",\"value\":\"new\"},"
		    "{\"type\":\"home\",\"value\":\"h\"}]" },
		{ "emails[type eq \"home\" or type eq \"work\"].value",
		    "[{\"type\":\"work\",\"value\":\"new\"},"
		    "{\"type\":\"home\",\"value\":\"new\"}]" },
		{ "emails[type eq \"other\"].value",
		    "[{\"type\":\"work\",\"value\":\"w\"},"
		    "{\"type\":\"home\",\"value\":\"h\"},"
		    "{\"type\":\"other\",\"value\":\"new\"}]" },
		{ "emails[type sw \"o\"].value", NULL },
		{ "emails[type eq \"work\"", NULL },
		{ "emails[type eq \"work\"]]", NULL },
		{ "emails[].value", NULL },
		{ "emails[type eq].value", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(json_free) cJSON *patch = json_object();
		CLEANUP(json_free) cJSON *user = NULL;
		CLEANUP(string_free) char *text = NULL;
		cJSON *operations = json_array(), *operation = json_object();
		static const char before[] =
		    "{\"emails\":[{\"type\":\"work\",\"value\":\"w\"},"
		    "{\"type\":\"home\",\"value\":\"h\"}]}";

		user = json_parse(before, strlen(before));
		json_set(patch, "Operations", operations);
		json_push(operations, operation);
		json_set_string(operation, "op", "replace");
		json_set_string(operation, "path", rows[i].path);
		json_set_string(operation, "value", "new");
		if (scim_patch(user, patch) != (rows[i].emails != NULL))
			fail_msg("%s", rows[i].path);
		if (rows[i].emails == NULL)
			continue;
		text =
		    cJSON_PrintUnformatted(cJSON_GetObjectItem(user, "emails"));
		assert_string_equal(text, rows[i].emails);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_mean_what_the_rfc_says),
		cmocka_unit_test(what_is_no_filter_is_refused),
		cmocka_unit_test(a_filter_is_valid_whatever_it_is_asked_of),
		cmocka_unit_test(a_change_selects_by_any_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
