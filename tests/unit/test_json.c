/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "libstytch/json.h"
#include "libstytch/reply.h"

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char document[] =
    "{\"user\":{\"emails\":[{\"email_id\":\"e0\"},{\"email_id\":\"e1\"}],"
    "\"count\":3,\"big\":9007199254740993,\"part\":1.5,\"no\":false,"
    "\"yes\":true,\"none\":null,\"empty\":\"\"},\"request_id\":\"r-1\","
    "\"list\":[1,\"two\",[3]]}";

static void
values_are_found_by_path(void **state)
{
	static const struct {
		const char *path, *value;
	} cases[] = {
		{ "request_id", "r-1" },
		{ "user.emails[0].email_id", "e0" },
		{ "user.emails[1].email_id", "e1" },
		{ "user.empty", "" },
		{ "list[1]", "two" },
		{ "user.emails[2].email_id", NULL },
		{ "user.emails[-1].email_id", NULL },
		{ "user.emails[].email_id", NULL },
		{ "user.emails[0", NULL },
		{ "user.emails[0]email_id", NULL },
		{ "user.emails[999999999999].email_id", NULL },
		{ "user.emails.email_id", NULL },
		{ "user..emails", NULL },
		{ ".request_id", NULL },
		{ "request_id.", NULL },
		{ "request_id.x", NULL },
		{ "request_id[0]", NULL },
		{ "Request_Id", NULL },
		{ "nobody", NULL },
		{ "user.none", NULL },
		{ "user", NULL },
		{ "", NULL },
	};
	CLEANUP(json_free) cJSON *json = cJSON_Parse(document);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *value =
		    cJSON_GetStringValue(json_at(json, cases[i].path));

		if (cases[i].value == NULL)
			assert_null(value);
		else
			assert_string_equal(value, cases[i].value);
	}
	assert_null(json_at(NULL, "a"));
	assert_ptr_equal(json_at(json, ""), json);
}

static void
too_long_a_key_is_no_path(void **state)
{
	CLEANUP(json_free) cJSON *json = cJSON_Parse("{\"a\":1}");
	char path[1000];

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_null(json_at(json, path));
}

static void
replies_are_read_by_type(void **state)
{
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	struct stytch_error error;

	(void)state;
	assert_int_equal(reply_parse(200, document, strlen(document), &reply,
			     &error),
	    STYTCH_OK);
	assert_string_equal(stytch_reply_request_id(reply), "r-1");
	assert_string_equal(stytch_reply_string(reply,
				"user.emails[0].email_id"),
	    "e0");
	assert_null(stytch_reply_string(reply, "user.count"));
	assert_int_equal(stytch_reply_int(reply, "user.count", -1), 3);
	assert_int_equal(stytch_reply_int(reply, "user.part", -1), -1);
	assert_int_equal(stytch_reply_int(reply, "user.big", -1), -1);
	assert_int_equal(stytch_reply_int(reply, "request_id", -1), -1);
	assert_true(stytch_reply_bool(reply, "user.yes", false));
	assert_false(stytch_reply_bool(reply, "user.no", true));
	assert_true(stytch_reply_bool(reply, "user.count", true));
	assert_false(stytch_reply_bool(reply, "user.none", false));
	assert_int_equal(stytch_reply_count(reply, "user.emails"), 2);
	assert_int_equal(stytch_reply_count(reply, "user"), 8);
	assert_int_equal(stytch_reply_count(reply, "request_id"), 0);
	assert_int_equal(stytch_reply_count(reply, "nobody"), 0);
	assert_true(stytch_reply_has(reply, "user.empty"));
	assert_false(stytch_reply_has(reply, "user.none"));
	assert_false(stytch_reply_has(reply, "nobody"));
	assert_true(cJSON_IsObject(stytch_reply_json(reply)));
}

static void
text_is_printed_up_to_its_limit(void **state)
{
	CLEANUP(secret_clear) struct secret text = SECRET_INIT;
	CLEANUP(json_free) cJSON *json = cJSON_CreateObject();
	char value[5001];

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_non_null(cJSON_AddStringToObject(json, "k", value));
	/* {"k":"..."} */
	assert_int_equal(json_print(json, 5007, &text), -E2BIG);
	assert_false(secret_is_set(&text));
	assert_int_equal(json_print(json, 5008, &text), 0);
	assert_int_equal(text.len, 5008);
	assert_int_equal(strlen(secret_reveal(&text)), 5008);
	assert_int_equal(json_print(json, 1, &text), -E2BIG);
	assert_int_equal(text.len, 5008);
}

static void
whole_numbers_are_told_from_others(void **state)
{
	static const struct {
		const char *text;
		bool is_integer;
	} cases[] = {
		{ "0", true },
		{ "-1", true },
		{ "1e3", true },
		{ "9007199254740991", true },
		{ "-9007199254740991", true },
		{ "9007199254740992", false },
		{ "1e300", false },
		{ "-1e300", false },
		{ "1e999", false },
		{ "0.5", false },
		{ "\"1\"", false },
		{ "true", false },
		{ "null", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_free) cJSON *json = cJSON_Parse(cases[i].text);

		assert_non_null(json);
		assert_int_equal(json_is_integer(json), cases[i].is_integer);
	}
	assert_false(json_is_integer(NULL));
}

static unsigned canaries;

/* A block given back: does it still hold the canary? */
static void
look_and_free(void *block)
{
	if (block != NULL &&
	    memmem(block, malloc_usable_size(block), "CANARY", 6) != NULL)
		canaries++;
	free(block);
}

static unsigned
canaries_after_free(void (*give_back)(cJSON **json))
{
	cJSON_Hooks hooks = { .malloc_fn = malloc, .free_fn = look_and_free };
	cJSON *json;

	cJSON_InitHooks(&hooks);
	json = cJSON_Parse("{\"a\":\"CANARY1\",\"b\":[\"CANARY2\","
			   "{\"c\":{\"d\":\"CANARY3\"}}]}");
	assert_non_null(json);
	canaries = 0;
	give_back(&json);
	cJSON_InitHooks(NULL);
	return canaries;
}

static void
delete_alone(cJSON **json)
{
	cJSON_Delete(*json);
}

static void
freed_tree_holds_no_text(void **state)
{
	(void)state;
	assert_int_equal(canaries_after_free(json_free), 0);
	/* The test can see them. */
	assert_int_equal(canaries_after_free(delete_alone), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found_by_path),
		cmocka_unit_test(too_long_a_key_is_no_path),
		cmocka_unit_test(replies_are_read_by_type),
		cmocka_unit_test(text_is_printed_up_to_its_limit),
		cmocka_unit_test(whole_numbers_are_told_from_others),
		cmocka_unit_test(freed_tree_holds_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
