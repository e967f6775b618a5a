/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "libstytch/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_request(const struct stytch_call *call, const char *target,
    const char *body)
{
	CLEANUP(request_clear) struct request request = REQUEST_INIT;
	struct stytch_error error = { .message = "" };

	if (call_request(call, &request, &error) != STYTCH_OK)
		fail_msg("%s %s", error.parameter, error.message);
	assert_string_equal(buf_text(&request.target), target);
	assert_int_equal(request.has_body, body != NULL);
	assert_string_equal(secret_reveal(&request.body),
	    body == NULL ? "" : body);
}

static void
assert_fault(const struct stytch_call *call, const char *parameter)
{
	CLEANUP(request_clear) struct request request = REQUEST_INIT;
	struct stytch_error error;

	assert_int_equal(call_request(call, &request, &error),
	    STYTCH_MISCONFIGURED);
	assert_string_equal(error.parameter, parameter);
	assert_false(request.has_body);
}

static void
parameters_go_where_the_table_says(void **state)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(NULL, STYTCH_B2B_ORGANIZATIONS_MEMBERS_UPDATE);

	(void)state;
	stytch_call_set(call, "organization_id", "org/1");
	stytch_call_set(call, "member_id", "m\xc3\xa4");
	stytch_call_set(call, "name", "A \"B\"");
	stytch_call_set_bool(call, "mfa_enrolled", true);
	stytch_call_add(call, "roles", "r1");
	stytch_call_add(call, "roles", "r2");
	assert_request(call, "/v1/b2b/organizations/org%2F1/members/m%C3%A4",
	    "{\"name\":\"A \\\"B\\\"\",\"mfa_enrolled\":true,"
	    "\"roles\":[\"r1\",\"r2\"]}");
}

static void
query_is_typed_and_encoded(void **state)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(NULL, STYTCH_B2B_SCIM_CONNECTION_GET_GROUPS);
	CLEANUP(stytch_call_free)
	struct stytch_call *member =
	    stytch_call_new(NULL, STYTCH_B2B_ORGANIZATIONS_MEMBER_GET);

	(void)state;
	stytch_call_set(call, "organization_id", "o");
	stytch_call_set(call, "connection_id", "c");
	stytch_call_set(call, "cursor", "a&b=c d");
	stytch_call_set_int(call, "limit", 7);
	assert_request(call,
	    "/v1/b2b/scim/o/connection/c?cursor=a%26b%3Dc%20d"
	    "&limit=7",
	    NULL);
	stytch_call_set(member, "organization_id", "o");
	stytch_call_set(member, "email_address", "");
	stytch_call_set(member, "member_id", "alice");
	assert_request(member, "/v1/b2b/organizations/o/member?member_id=alice",
	    NULL);
}

static void
booleans_of_a_query_are_words(void **state)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(NULL,
	    STYTCH_B2B_ORGANIZATIONS_MEMBERS_DANGEROUSLY_GET);

	(void)state;
	stytch_call_set(call, "member_id", "m");
	stytch_call_set_bool(call, "include_deleted", true);
	assert_request(call,
	    "/v1/b2b/organizations/members/dangerously_get/m"
	    "?include_deleted=true",
	    NULL);
	stytch_call_set_bool(call, "include_deleted", false);
	assert_request(call,
	    "/v1/b2b/organizations/members/dangerously_get/m"
	    "?include_deleted=false",
	    NULL);
}

static void
later_value_replaces(void **state)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(NULL, STYTCH_OTPS_EMAIL_SEND);

	(void)state;
	stytch_call_set(call, "email", "a@b.c");
	stytch_call_set(call, "email", NULL);
	stytch_call_set_int(call, "expiration_minutes", 9);
	stytch_call_set(call, "email", "d@e.f");
	stytch_call_set_int(call, "expiration_minutes", 3);
	assert_request(call, "/v1/otps/email/send",
	    "{\"email\":\"d@e.f\",\"expiration_minutes\":3}");
}

static void
nested_names_make_objects(void **state)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(NULL, STYTCH_USERS_CREATE);

	(void)state;
	stytch_call_set(call, "email", "a@b.c");
	stytch_call_set(call, "name.first_name", "A");
	stytch_call_set(call, "name.last_name", "B");
	stytch_call_set_json(call, "trusted_metadata.unix", "{\"uid\":7}");
	stytch_call_set_json(call, "trusted_metadata.a.b", "null");
	assert_request(call, "/v1/users",
	    "{\"email\":\"a@b.c\","
	    "\"name\":{\"first_name\":\"A\",\"last_name\":\"B\"},"
	    "\"trusted_metadata\":{\"unix\":{\"uid\":7},\"a.b\":null}}");
}

static void
first_fault_is_kept(void **state)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(NULL, STYTCH_OTPS_EMAIL_SEND);

	(void)state;
	stytch_call_set(call, "emial", "a@b.c");
	stytch_call_set(call, "email", "a@b.c");
	stytch_call_set(call, "also_wrong", "x");
	assert_fault(call, "emial");
}

static void
faults_of_setting_are_named(void **state)
{
	static const char *const names[] = { "", ".", "name.", ".name",
		"name.first_name.x", "roles[]", "roles[0]", "trusted_metadata.",
		"email\n" };
	char long_name[400];

	(void)state;
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	for (size_t i = 0; i <= ARRAY_LEN(names); i++) {
		const char *name = i < ARRAY_LEN(names) ? names[i] : long_name;
		CLEANUP(stytch_call_free)
		struct stytch_call *call =
		    stytch_call_new(NULL, STYTCH_USERS_CREATE);
		CLEANUP(request_clear) struct request request = REQUEST_INIT;
		struct stytch_error error;

		stytch_call_set(call, "email", "a@b.c");
		stytch_call_set(call, name, "x");
		assert_int_equal(call_request(call, &request, &error),
		    STYTCH_MISCONFIGURED);
	}
	for (size_t i = 0; i < 4; i++) {
		CLEANUP(stytch_call_free)
		struct stytch_call *call =
		    stytch_call_new(NULL, STYTCH_USERS_CREATE);

		stytch_call_set(call, "email", "a@b.c");
		if (i == 0)
			stytch_call_set_json(call, "roles", "[\"a\"");
		if (i == 1)
			stytch_call_set_json(call, "roles", "[] []");
		if (i == 2)
			stytch_call_set_int(call, "roles", INT64_MAX);
		if (i == 3)
			stytch_call_set_int(call, "roles", INT64_MIN);
		assert_fault(call, "roles");
	}
}

static void
only_arrays_are_added_to(void **state)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(NULL, STYTCH_USERS_CREATE);
	CLEANUP(stytch_call_free)
	struct stytch_call *other = stytch_call_new(NULL, STYTCH_USERS_CREATE);

	(void)state;
	stytch_call_add(call, "email", "a@b.c");
	assert_fault(call, "email");
	stytch_call_set(other, "roles", "r");
	stytch_call_add(other, "roles", "s");
	assert_fault(other, "roles");
}

static void
member_session_is_checked(void **state)
{
	static const char *const bad[] = { "", "a b", "a\r\nX-Evil: 1", "\xc3",
		"\x7f" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CLEANUP(stytch_call_free)
		struct stytch_call *call =
		    stytch_call_new(NULL, STYTCH_B2B_ORGANIZATIONS_UPDATE);

		stytch_call_set(call, "organization_id", "o");
		stytch_call_set_member_session(call, bad[i], NULL);
		assert_fault(call, "member_session");
	}
	{
		CLEANUP(stytch_call_free)
		struct stytch_call *call =
		    stytch_call_new(NULL, STYTCH_B2B_ORGANIZATIONS_UPDATE);

		stytch_call_set(call, "organization_id", "o");
		stytch_call_set_member_session(call, "a", "b");
		assert_fault(call, "member_session");
	}
	{
		CLEANUP(stytch_call_free)
		struct stytch_call *call =
		    stytch_call_new(NULL, STYTCH_USERS_SEARCH);

		stytch_call_set_member_session(call, "a", NULL);
		assert_fault(call, "member_session");
	}
	{
		CLEANUP(stytch_call_free)
		struct stytch_call *call =
		    stytch_call_new(NULL, STYTCH_B2B_ORGANIZATIONS_UPDATE);

		stytch_call_set(call, "organization_id", "o");
		stytch_call_set_member_session(call, "token", NULL);
		stytch_call_set_json(call, "trusted_metadata", "{}");
		assert_fault(call, "trusted_metadata");
	}
}

static void
secrets_are_recognised_in_texts(void **state)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(NULL, STYTCH_B2B_TOTP_MIGRATE);

	(void)state;
	stytch_call_set(call, "organization_id", "organization-1");
	stytch_call_set(call, "member_id", "member-1");
	stytch_call_set(call, "secret", "SEED-SEED");
	stytch_call_add(call, "recovery_codes", "aaaa-bbbb");
	stytch_call_add(call, "recovery_codes", "cc");
	assert_true(call_text_has_secret(call, "bad SEED-SEED here"));
	assert_true(call_text_has_secret(call, "aaaa-bbbb"));
	assert_false(call_text_has_secret(call, "member-1 organization-1"));
	assert_false(call_text_has_secret(call, "SEED"));
	/* Too short to be told from chance. */
	assert_false(call_text_has_secret(call, "accept"));
	assert_false(call_text_has_secret(call, ""));
}

static void
masked_request_holds_no_secret(void **state)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(NULL, STYTCH_B2B_TOTP_MIGRATE);
	CLEANUP(stytch_call_free)
	struct stytch_call *update =
	    stytch_call_new(NULL, STYTCH_B2B_ORGANIZATIONS_UPDATE);
	CLEANUP(request_clear) struct request request = REQUEST_INIT;
	CLEANUP(request_clear) struct request other = REQUEST_INIT;
	struct stytch_error error;

	(void)state;
	stytch_call_set(call, "organization_id", "o");
	stytch_call_set(call, "member_id", "m");
	stytch_call_set(call, "secret", "CANARY");
	stytch_call_add(call, "recovery_codes", "CANARY1");
	stytch_call_add(call, "recovery_codes", "CANARY2");
	assert_int_equal(call_request_masked(call, &request, &error),
	    STYTCH_OK);
	assert_string_equal(secret_reveal(&request.body),
	    "{\"organization_id\":\"o\",\"member_id\":\"m\","
	    "\"secret\":\"***\",\"recovery_codes\":[\"***\",\"***\"]}");
	stytch_call_set(update, "organization_id", "o");
	stytch_call_set_member_session(update, "CANARY", NULL);
	assert_int_equal(call_request_masked(update, &other, &error),
	    STYTCH_OK);
	assert_string_equal(secret_reveal(&other.member_header),
	    "X-Stytch-Member-Session: ***");
	/* The call itself is as it was. */
	assert_true(call_text_has_secret(call, "CANARY1"));
	assert_true(call_text_has_secret(update, "CANARY"));
}

static void
masked_request_is_checked_as_the_real_one(void **state)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call =
	    stytch_call_new(NULL, STYTCH_TOTPS_AUTHENTICATE);
	CLEANUP(request_clear) struct request request = REQUEST_INIT;
	struct stytch_error error;

	(void)state;
	stytch_call_set(call, "user_id", "u");
	stytch_call_set(call, "totp_code", "12345");
	assert_int_equal(call_request_masked(call, &request, &error),
	    STYTCH_REJECTED);
	assert_false(request.has_body);
}

static void
long_values_are_refused(void **state)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call = stytch_call_new(NULL, STYTCH_USERS_GET);
	CLEANUP(request_clear) struct request request = REQUEST_INIT;
	struct stytch_error error;
	char value[9000];

	(void)state;
	memset(value, 'a', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	stytch_call_set(call, "user_id", value);
	assert_int_equal(call_request(call, &request, &error),
	    STYTCH_MISCONFIGURED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters_go_where_the_table_says),
		cmocka_unit_test(query_is_typed_and_encoded),
		cmocka_unit_test(booleans_of_a_query_are_words),
		cmocka_unit_test(later_value_replaces),
		cmocka_unit_test(nested_names_make_objects),
		cmocka_unit_test(first_fault_is_kept),
		cmocka_unit_test(faults_of_setting_are_named),
		cmocka_unit_test(only_arrays_are_added_to),
		cmocka_unit_test(member_session_is_checked),
		cmocka_unit_test(secrets_are_recognised_in_texts),
		cmocka_unit_test(masked_request_holds_no_secret),
		cmocka_unit_test(masked_request_is_checked_as_the_real_one),
		cmocka_unit_test(long_values_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
