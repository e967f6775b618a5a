/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/account.h"
#include "stytchd/person_json.h"

#include "tests/unit/failing.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char user[] =
    "{\"user_id\":\"user-test-1\",\"status\":\"active\",\"is_locked\":true,"
    "\"external_id\":\"alice\",\"roles\":[\"ops\",\"dev\",\"ops\",7,\"\"],"
    "\"name\":{\"first_name\":\"Alice\",\"middle_name\":\"\","
    "\"last_name\":\"Ex\\u001bample\"},"
    "\"emails\":[{\"email_id\":\"email-test-1\",\"email\":\"a@x.example\","
    "\"verified\":true},{\"email\":\"\"},{\"email\":\"b@x.example\"}],"
    "\"phone_numbers\":[{\"phone_id\":\"phone-number-test-1\","
    "\"phone_number\":\"+10000000000\",\"verified\":true}],"
    "\"totps\":[{\"totp_id\":\"totp-test-0\",\"verified\":false},"
    "{\"totp_id\":\"totp-test-1\",\"verified\":true}],"
    "\"password\":{\"password_id\":\"password-test-1\"},"
    "\"trusted_metadata\":{\"unix\":{\"username\":\"alice\",\"uid\":2001}},"
    "\"untrusted_metadata\":{\"unix\":{\"username\":\"root\"}}}";

static const char member[] =
    "{\"member_id\":\"member-test-1\",\"status\":\"active\","
    "\"organization_id\":\"organization-test-1\","
    "\"email_address\":\"bob@x.example\",\"email_address_verified\":true,"
    "\"name\":\"Bob Builder\",\"mfa_phone_number\":\"+10000000001\","
    "\"mfa_phone_number_verified\":false,\"is_locked\":false,"
    "\"totp_registration_id\":\"member-totp-test-1\","
    "\"member_password_id\":\"\",\"external_id\":null,"
    "\"roles\":[{\"role_id\":\"stytch_member\",\"sources\":[]},"
    "{\"role_id\":\"ops\"}],"
    "\"scim_registration\":{\"scim_attributes\":{\"groups\":["
    "{\"value\":\"1\",\"display\":\"Site Reliability\"},{\"value\":\"2\"}]}},"
    "\"trusted_metadata\":{}}";

static int
parse(const char *text, enum project_kind kind, struct person **out_person)
{
	CLEANUP(json_free) cJSON *object = cJSON_Parse(text);

	assert_non_null(object);
	return person_parse(object, kind, out_person);
}

static void
user_is_read_whole(void **state)
{
	CLEANUP(person_free) struct person *person = NULL;

	(void)state;
	assert_int_equal(parse(user, PROJECT_CONSUMER, &person), 0);
	assert_string_equal(person->identity, "user-test-1");
	assert_null(person->organization);
	assert_string_equal(person->external_id, "alice");
	assert_string_equal(person->full_name, "Alice Ex?ample");
	assert_int_equal(person->status, PERSON_ACTIVE);
	assert_true(person->locked);
	assert_int_equal(person->email_count, 2);
	assert_string_equal(person->emails[0].id, "email-test-1");
	assert_true(person->emails[0].verified);
	assert_string_equal(person->emails[1].value, "b@x.example");
	assert_null(person->emails[1].id);
	assert_false(person->emails[1].verified);
	assert_int_equal(person->phone_count, 1);
	assert_string_equal(person->totp_id, "totp-test-1");
	assert_true(person->has_password);
	assert_true(person->has_recovery_codes);
	assert_int_equal(person->roles.count, 2);
	assert_string_equal(person->roles.items[1], "dev");
	assert_string_equal(person->trusted_unix,
	    "{\"username\":\"alice\",\"uid\":2001}");
}

static void
member_is_read_whole(void **state)
{
	CLEANUP(person_free) struct person *person = NULL;

	(void)state;
	assert_int_equal(parse(member, PROJECT_B2B, &person), 0);
	assert_string_equal(person->identity, "member-test-1");
	assert_string_equal(person->organization, "organization-test-1");
	assert_null(person->external_id);
	assert_string_equal(person->full_name, "Bob Builder");
	assert_false(person->locked);
	assert_string_equal(person->emails[0].value, "bob@x.example");
	assert_null(person->emails[0].id);
	assert_true(person->emails[0].verified);
	assert_string_equal(person->phones[0].value, "+10000000001");
	assert_false(person->phones[0].verified);
	assert_string_equal(person->totp_id, "member-totp-test-1");
	assert_false(person->has_password);
	assert_int_equal(person->roles.count, 2);
	assert_string_equal(person->roles.items[0], "stytch_member");
	assert_int_equal(person->scim_groups.count, 1);
	assert_string_equal(person->scim_groups.items[0], "Site Reliability");
	assert_null(person->trusted_unix);
}

static void
object_without_good_ids_is_no_person(void **state)
{
	static const struct {
		const char *text;
		enum project_kind kind;
	} cases[] = {
		{ "{}", PROJECT_CONSUMER },
		{ "[]", PROJECT_CONSUMER },
		{ "null", PROJECT_CONSUMER },
		{ "\"user_id\"", PROJECT_CONSUMER },
		{ "{\"user_id\":\"\"}", PROJECT_CONSUMER },
		{ "{\"user_id\":null}", PROJECT_CONSUMER },
		{ "{\"user_id\":7}", PROJECT_CONSUMER },
		{ "{\"user_id\":\"a/b\"}", PROJECT_CONSUMER },
		{ "{\"user_id\":\"a\\nb\"}", PROJECT_CONSUMER },
		{ "{\"USER_ID\":\"user-test-1\"}", PROJECT_CONSUMER },
		{ "{\"member_id\":\"m\"}", PROJECT_B2B },
		{ "{\"organization_id\":\"o\"}", PROJECT_B2B },
		{ "{\"member_id\":\"m\",\"organization_id\":\"\"}",
		    PROJECT_B2B },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct person *person = NULL;

		if (parse(cases[i].text, cases[i].kind, &person) != -EPROTO)
			fail_msg("taken: %s", cases[i].text);
		assert_null(person);
	}
	{
		struct person *person = NULL;

		assert_int_equal(parse(user, PROJECT_B2B, &person), -EPROTO);
		assert_int_equal(parse(member, PROJECT_CONSUMER, &person),
		    -EPROTO);
	}
}

static void
status_that_proves_nothing_is_pending(void **state)
{
	static const struct {
		const char *text;
		enum person_status status;
	} cases[] = {
		{ "{\"user_id\":\"u\",\"status\":\"active\"}", PERSON_ACTIVE },
		{ "{\"user_id\":\"u\",\"status\":\"pending\"}",
		    PERSON_PENDING },
		{ "{\"user_id\":\"u\",\"status\":\"invited\"}",
		    PERSON_PENDING },
		{ "{\"user_id\":\"u\",\"status\":\"deleted\"}", PERSON_GONE },
		{ "{\"user_id\":\"u\",\"status\":\"Active\"}", PERSON_PENDING },
		{ "{\"user_id\":\"u\",\"status\":\"new\"}", PERSON_PENDING },
		{ "{\"user_id\":\"u\",\"status\":1}", PERSON_PENDING },
		{ "{\"user_id\":\"u\"}", PERSON_PENDING },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(person_free) struct person *person = NULL;

		assert_int_equal(parse(cases[i].text, PROJECT_CONSUMER,
				     &person),
		    0);
		assert_int_equal(person->status, cases[i].status);
	}
}

static void
wrong_types_are_as_if_absent(void **state)
{
	CLEANUP(person_free) struct person *person = NULL;

	(void)state;
	assert_int_equal(
	    parse("{\"user_id\":\"u\",\"emails\":{},\"phone_numbers\":7,"
		  "\"totps\":\"x\",\"password\":null,\"roles\":null,"
		  "\"name\":[],\"external_id\":\"a/b\",\"is_locked\":\"yes\","
		  "\"trusted_metadata\":{\"unix\":\"root\"}}",
		PROJECT_CONSUMER, &person),
	    0);
	assert_int_equal(person->email_count, 0);
	assert_int_equal(person->phone_count, 0);
	assert_null(person->totp_id);
	assert_false(person->has_password);
	assert_int_equal(person->roles.count, 0);
	assert_string_equal(person->full_name, "");
	assert_null(person->external_id);
	assert_false(person->locked);
	assert_null(person->trusted_unix);
}

static void
lists_are_cut_at_their_limits(void **state)
{
	CLEANUP(json_free) cJSON *object = cJSON_CreateObject();
	CLEANUP(person_free) struct person *person = NULL;
	cJSON *roles, *emails;
	char text[32];

	(void)state;
	(void)cJSON_AddStringToObject(object, "user_id", "u");
	roles = cJSON_AddArrayToObject(object, "roles");
	emails = cJSON_AddArrayToObject(object, "emails");
	for (unsigned i = 0; i < 1100; i++) {
		cJSON *email = cJSON_CreateObject();

		(void)snprintf(text, sizeof(text), "r%u", i);
		(void)cJSON_AddItemToArray(roles, cJSON_CreateString(text));
		(void)cJSON_AddStringToObject(email, "email", text);
		(void)cJSON_AddItemToArray(emails, email);
	}
	assert_int_equal(person_parse(object, PROJECT_CONSUMER, &person), 0);
	assert_int_equal(person->roles.count, 1024);
	assert_int_equal(person->email_count, 64);
}

static void
text_that_is_no_utf8_is_as_if_absent(void **state)
{
	CLEANUP(person_free) struct person *person = NULL;

	(void)state;
	assert_int_equal(
	    parse("{\"user_id\":\"u\",\"name\":{\"first_name\":\"\xff\"},"
		  "\"emails\":[{\"email\":\"a\xc3@x\"}],"
		  "\"trusted_metadata\":{\"unix\":{\"\xf5\":1}}}",
		PROJECT_CONSUMER, &person),
	    0);
	assert_string_equal(person->full_name, "");
	assert_int_equal(person->email_count, 0);
	assert_null(person->trusted_unix);
}

static void
state_keeps_all_of_a_person(void **state)
{
	static const char *const texts[] = { user, member };

	(void)state;
	for (int i = 0; i < 2; i++) {
		CLEANUP(person_free) struct person *person = NULL;
		CLEANUP(person_free) struct person *again = NULL;
		CLEANUP(string_free) char *first = NULL;
		CLEANUP(string_free) char *second = NULL;

		assert_int_equal(parse(texts[i],
				     i == 0 ? PROJECT_CONSUMER : PROJECT_B2B,
				     &person),
		    0);
		assert_int_equal(person_format(person, &first), 0);
		assert_int_equal(person_read(first, &again), 0);
		assert_int_equal(person_format(again, &second), 0);
		assert_string_equal(first, second);
		assert_string_equal(again->emails[0].value,
		    person->emails[0].value);
		assert_int_equal(again->locked, person->locked);
		assert_int_equal(again->roles.count, person->roles.count);
	}
}

static void
state_that_is_not_ours_is_refused(void **state)
{
	static const char *const bad[] = { "", "{", "[]", "7", "{}",
		"{\"kind\":0,\"identity\":\"u\"}",
		"{\"kind\":9,\"status\":1,\"identity\":\"u\"}",
		"{\"kind\":0,\"status\":-1,\"identity\":\"u\"}",
		"{\"kind\":0,\"status\":1,\"identity\":\"a/b\"}",
		"{\"kind\":0,\"status\":1}",
		"{\"kind\":1,\"status\":1,\"identity\":\"u\"}",
		("{\"kind\":0,\"status\":1,\"identity\":\"u\","
		 "\"organization\":\"o\"}"),
		"{\"kind\":0,\"status\":1,\"identity\":\"u\",\"roles\":[7]}",
		"{\"kind\":0,\"status\":1,\"identity\":\"u\",\"emails\":[7]}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct person *person = NULL;

		if (person_read(bad[i], &person) != -EPROTO)
			fail_msg("taken: %s", bad[i]);
	}
}

static void *
json_malloc(size_t size)
{
	return malloc(size);
}

static void
memory_that_runs_out_anywhere_is_an_error_and_no_leak(void **state)
{
	cJSON_Hooks hooks = { json_malloc, free };
	struct person *again = NULL;
	unsigned n;

	(void)state;
	cJSON_InitHooks(&hooks);
	for (n = 1; n < 1000 && again == NULL; n++) {
		CLEANUP(json_free) cJSON *object = cJSON_Parse(user);
		CLEANUP(person_free) struct person *person = NULL;
		CLEANUP(string_free) char *json = NULL;
		int result;

		failing_at = n;
		result = person_parse(object, PROJECT_CONSUMER, &person);
		if (result == 0)
			result = person_format(person, &json);
		if (result == 0)
			result = person_read(json, &again);
		failing_at = 0;
		assert_true((result == 0) == (again != NULL));
	}
	cJSON_InitHooks(NULL);
	assert_non_null(again);
	assert_true(n > 100);
	person_free(&again);
}

static void
private_group_counts_as_a_group(void **state)
{
	char alice[] = "alice", ops[] = "stytch-ops";
	char *groups[] = { ops };
	const struct account account = { .name = alice,
		.group_names = groups,
		.group_count = 1 };

	(void)state;
	assert_true(account_in_group(&account, "stytch-ops"));
	assert_true(account_in_group(&account, "alice"));
	assert_false(account_in_group(&account, "stytch-op"));
	assert_false(account_in_group(&account, "bob"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_is_read_whole),
		cmocka_unit_test(member_is_read_whole),
		cmocka_unit_test(object_without_good_ids_is_no_person),
		cmocka_unit_test(status_that_proves_nothing_is_pending),
		cmocka_unit_test(wrong_types_are_as_if_absent),
		cmocka_unit_test(lists_are_cut_at_their_limits),
		cmocka_unit_test(text_that_is_no_utf8_is_as_if_absent),
		cmocka_unit_test(state_keeps_all_of_a_person),
		cmocka_unit_test(state_that_is_not_ours_is_refused),
		cmocka_unit_test(
		    memory_that_runs_out_anywhere_is_an_error_and_no_leak),
		cmocka_unit_test(private_group_counts_as_a_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
