/* SPDX-License-Identifier: BSD-2-Clause */
/* users.* */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include <stdio.h>
#include <string.h>

static void
a_created_user_is_answered_by_201_and_read_back(void **state)
{
	CLEANUP(json_free)
	cJSON *made = consumer(*state, "POST", "/v1/users",
	    "{\"email\":\"a@example.com\",\"phone_number\":\"+12025550162\","
	    "\"name\":{\"first_name\":\"Ada\"},\"external_id\":\"ada\","
	    "\"trusted_metadata\":{\"k\":[1,null]}}");
	CLEANUP(json_free)
	cJSON *read = consumer(*state, "GET", "/v1/users/ada", NULL);

	assert_int_equal(int_at(made, "status_code"), 201);
	assert_string_equal(text_at(made, "status"), "active");
	assert_true(id_is_kind(text_at(made, "user_id"), "user"));
	assert_true(id_is_kind(text_at(made, "email_id"), "email"));
	assert_true(id_is_kind(text_at(made, "phone_id"), "phone-number"));
	assert_user(json_at(made, "user"));
	assert_user(read);
	assert_string_equal(text_at(read, "user_id"), text_at(made, "user_id"));
	assert_string_equal(text_at(read, "name.first_name"), "Ada");
	assert_string_equal(text_at(read, "name.last_name"), "");
	assert_string_equal(text_at(read, "emails.0.email"), "a@example.com");
	assert_false(bool_at(read, "emails.0.verified"));
	assert_int_equal(int_at(read, "trusted_metadata.k.0"), 1);
	assert_true(cJSON_IsNull(json_at(read, "password")));
	assert_true(cJSON_IsNull(json_at(read, "lock_expires_at")));
}

static void
what_cannot_be_a_user_is_refused_by_name(void **state)
{
	static const struct {
		const char *label, *body;
		enum api_error error;
	} cases[] = {
		{ "nothing", "{}", API_INVALID_CREATE_USER_REQUEST },
		{ "no body", NULL, API_INVALID_CREATE_USER_REQUEST },
		{ "empty address", "{\"email\":\"\"}",
		    API_INVALID_CREATE_USER_REQUEST },
		{ "null address", "{\"email\":null}",
		    API_INVALID_CREATE_USER_REQUEST },
		{ "no at", "{\"email\":\"example.com\"}", API_INVALID_EMAIL },
		{ "no domain", "{\"email\":\"a@\"}", API_INVALID_EMAIL },
		{ "no dot", "{\"email\":\"a@b\"}", API_INVALID_EMAIL },
		{ "blank", "{\"email\":\"a b@example.com\"}",
		    API_INVALID_EMAIL },
		{ "newline", "{\"email\":\"a\\n@example.com\"}",
		    API_INVALID_EMAIL },
		{ "address a number", "{\"email\":7}", API_BAD_REQUEST },
		{ "phone without plus", "{\"phone_number\":\"12025550162\"}",
		    API_INVALID_PHONE_NUMBER },
		{ "phone too short", "{\"phone_number\":\"+12\"}",
		    API_INVALID_PHONE_NUMBER },
		{ "phone with dashes", "{\"phone_number\":\"+1202-555-0162\"}",
		    API_INVALID_PHONE_NUMBER },
		{ "external id with a blank",
		    "{\"email\":\"a@example.com\",\"external_id\":\"a b\"}",
		    API_INVALID_REQUEST_VALUE },
		{ "external id with a slash",
		    "{\"email\":\"a@example.com\",\"external_id\":\"a/b\"}",
		    API_INVALID_REQUEST_VALUE },
		{ "role that is none",
		    "{\"email\":\"a@example.com\",\"roles\":[\"boss\"]}",
		    API_INVALID_ROLE },
		{ "role a number",
		    "{\"email\":\"a@example.com\",\"roles\":[1]}",
		    API_BAD_REQUEST },
		{ "metadata an array",
		    "{\"email\":\"a@example.com\",\"trusted_metadata\":[]}",
		    API_METADATA_INVALID_FORMAT },
		{ "name a string",
		    "{\"email\":\"a@example.com\",\"name\":\"Ada\"}",
		    API_BAD_REQUEST },
		{ "body an array", "[]", API_BAD_REQUEST },
		{ "body cut", "{\"email\":\"a@exam", API_BAD_REQUEST },
		{ "two bodies", "{} {}", API_BAD_REQUEST },
		{ "not UTF-8", "{\"email\":\"\xff@example.com\"}",
		    API_BAD_REQUEST },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s\n", cases[i].label);
		if (cases[i].body == NULL)
			refused(cases[i].error, *state, "POST", "/v1/users",
			    NULL);
		else
			refused(cases[i].error, *state, "POST", "/v1/users",
			    "%s", cases[i].body);
	}
}

static void
an_address_and_an_external_id_belong_to_one_user(void **state)
{
	add_user(*state, "a@example.com", "a");

	refused(API_DUPLICATE_EMAIL, *state, "POST", "/v1/users",
	    "{\"email\":\"A@Example.com\"}");
	refused(API_DUPLICATE_USER_EXTERNAL_ID, *state, "POST", "/v1/users",
	    "{\"email\":\"b@example.com\",\"external_id\":\"a\"}");
	/* What was refused left nothing behind. */
	refused(API_USER_NOT_FOUND, *state, "GET", "/v1/users/b", NULL);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", "/v1/users",
	    "{\"email\":\"b@example.com\",\"external_id\":\"b\"}");
	refused(API_DUPLICATE_USER_EXTERNAL_ID, *state, "PUT", "/v1/users/b",
	    "{\"external_id\":\"a\"}");
}

static void
ids_are_checked_by_form_and_environment(void **state)
{
	refused(API_USER_NOT_FOUND, *state, "GET",
	    "/v1/users/user-test-00000000-0000-4000-8000-000000000000", NULL);
	refused(API_INVALID_USER_ID, *state, "GET", "/v1/users/user-test-1",
	    NULL);
	refused(API_INVALID_USER_ID, *state, "GET", "/v1/users/a%20b", NULL);
	refused(API_INVALID_USER_ID, *state, "GET", "/v1/users/a%2Fb", NULL);
	refused(API_LIVE_ID_USED_IN_TEST_ENVIRONMENT, *state, "GET",
	    "/v1/users/user-live-00000000-0000-4000-8000-000000000000", NULL);
	refused(API_BAD_REQUEST, *state, "GET", "/v1/users/%zz", NULL);
	refused(API_INVALID_EMAIL_ID, *state, "DELETE",
	    "/v1/users/emails/someone", NULL);
	refused(API_EMAIL_NOT_FOUND, *state, "DELETE",
	    "/v1/users/emails/email-test-00000000-0000-4000-8000-000000000000",
	    NULL);
}

static void
metadata_is_merged_by_its_top_level_keys(void **state)
{
	add_user(*state, "a@example.com", "a");
	CLEANUP(json_free)
	cJSON *first = consumer(*state, "PUT", "/v1/users/a",
	    "{\"trusted_metadata\":{\"a\":1,\"b\":{\"x\":1}}}");
	CLEANUP(json_free)
	cJSON *second = consumer(*state, "PUT", "/v1/users/a",
	    "{\"trusted_metadata\":{\"a\":null,\"b\":{\"y\":2},\"c\":3},"
	    "\"untrusted_metadata\":{\"d\":4}}");

	assert_answer(first, API_OK);
	assert_answer(second, API_OK);
	assert_null(json_at(second, "user.trusted_metadata.a"));
	assert_null(json_at(second, "user.trusted_metadata.b.x"));
	assert_int_equal(int_at(second, "user.trusted_metadata.b.y"), 2);
	assert_int_equal(int_at(second, "user.trusted_metadata.c"), 3);
	assert_int_equal(int_at(second, "user.untrusted_metadata.d"), 4);
}

/* {"k00":0, ...} of count keys from first on. */
static void
write_keys(char *out, size_t size, int first, int count)
{
	size_t len = 0;

	for (int i = 0; i < count; i++)
		len += (size_t)snprintf(out + len, size - len, "%s\"k%02d\":0",
		    i == 0 ? "" : ",", first + i);
}

static void
metadata_stays_small_also_after_merging(void **state)
{
	add_user(*state, "a@example.com", "a");
	char keys[512], text[5000];

	write_keys(keys, sizeof(keys), 0, 21);
	refused(API_METADATA_TOO_MANY_KEYS, *state, "PUT", "/v1/users/a",
	    "{\"trusted_metadata\":{%s}}", keys);
	write_keys(keys, sizeof(keys), 0, 20);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "PUT", "/v1/users/a",
	    "{\"trusted_metadata\":{%s}}", keys);
	refused(API_METADATA_TOO_MANY_KEYS, *state, "PUT", "/v1/users/a",
	    "{\"trusted_metadata\":{\"one_more\":0}}");
	memset(text, 'x', sizeof(text));
	text[4096 - 10] = '\0'; /* {"t":"..."} is 8 more */
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "PUT", "/v1/users/a",
	    "{\"untrusted_metadata\":{\"t\":\"%s\"}}", text);
	refused(API_METADATA_TOO_LARGE, *state, "PUT", "/v1/users/a",
	    "{\"untrusted_metadata\":{\"t\":\"%sxxx\"}}", text);
	refused(API_METADATA_TOO_LARGE, *state, "PUT", "/v1/users/a",
	    "{\"untrusted_metadata\":{\"u\":1}}");
}

static void
names_change_part_by_part_and_roles_as_a_whole(void **state)
{
	CLEANUP(json_free)
	cJSON *settings = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"rbac_policy\":{\"roles\":[{\"role_id\":\"ops\","
	    "\"permissions\":[]},{\"role_id\":\"dev\",\"permissions\":[]}],"
	    "\"resources\":[],\"scopes\":[]}}}");
	add_user(*state, "a@example.com", "a");
	CLEANUP(json_free)
	cJSON *first = consumer(*state, "PUT", "/v1/users/a",
	    "{\"name\":{\"first_name\":\"A\",\"last_name\":\"B\"},\"roles\":"
	    "[\"ops\"]}");
	CLEANUP(json_free)
	cJSON *second = consumer(*state, "PUT", "/v1/users/a",
	    "{\"name\":{\"last_name\":\"C\"},\"roles\":[\"dev\"]}");

	assert_int_equal(int_at(settings, "status_code"), 200);
	assert_answer(first, API_OK);
	assert_string_equal(text_at(second, "user.name.first_name"), "A");
	assert_string_equal(text_at(second, "user.name.last_name"), "C");
	assert_string_equal(text_at(second, "user.roles.0"), "dev");
	assert_null(json_at(second, "user.roles.1"));
}

static void
a_deleted_user_leaves_nothing_that_logs_in(void **state)
{
	add_user(*state, "a@example.com", "a");
	CLEANUP(json_free)
	cJSON *sent = consumer(*state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"a@example.com\"}");
	CLEANUP(json_free) cJSON *mail = last_message(*state, "a@example.com");
	CLEANUP(json_free)
	cJSON *session = consumer(*state, "POST", "/v1/otps/authenticate",
	    "{\"method_id\":\"%s\",\"code\":\"%s\",\"session_duration_minutes"
	    "\":60}",
	    text_at(sent, "email_id"), text_at(mail, "code"));

	assert_answer(session, API_OK);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "DELETE", "/v1/users/a",
	    NULL);
	refused(API_USER_NOT_FOUND, *state, "DELETE", "/v1/users/a", NULL);
	refused(API_SESSION_NOT_FOUND, *state, "POST",
	    "/v1/sessions/authenticate", "{\"session_token\":\"%s\"}",
	    text_at(session, "session_token"));
	refused(API_EMAIL_NOT_FOUND, *state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"a@example.com\"}");
}

static void
a_user_keeps_at_least_one_address(void **state)
{
	CLEANUP(json_free)
	cJSON *user = consumer(*state, "POST", "/v1/users",
	    "{\"email\":\"a@example.com\",\"phone_number\":\"+12025550162\"}");
	char target[200];

	(void)snprintf(target, sizeof(target), "/v1/users/phone_numbers/%s",
	    text_at(user, "phone_id"));
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "DELETE", target, NULL);
	refused(API_PHONE_NUMBER_NOT_FOUND, *state, "DELETE", target, NULL);
	(void)snprintf(target, sizeof(target), "/v1/users/emails/%s",
	    text_at(user, "email_id"));
	refused(API_CANNOT_DELETE_LAST_PRIMARY_FACTOR, *state, "DELETE", target,
	    NULL);
}

static void
the_only_address_can_be_exchanged(void **state)
{
	add_user(*state, "a@example.com", "a");
	add_user(*state, "b@example.com", "b");
	const char *target = "/v1/users/a/exchange_primary_factor";
	CLEANUP(json_free) cJSON *answer = NULL;

	refused(API_INVALID_EXCHANGE_PRIMARY_FACTOR_FIELDS, *state, "PUT",
	    target, "{}");
	refused(API_INVALID_EXCHANGE_PRIMARY_FACTOR_FIELDS, *state, "PUT",
	    target,
	    "{\"email_address\":\"c@example.com\",\"phone_number\":"
	    "\"+12025550162\"}");
	refused(API_DUPLICATE_EMAIL, *state, "PUT", target,
	    "{\"email_address\":\"b@example.com\"}");
	answer = consumer(*state, "PUT", target,
	    "{\"phone_number\":\"+12025550162\"}");
	assert_answer(answer, API_OK);
	assert_null(json_at(answer, "user.emails.0"));
	assert_string_equal(text_at(answer,
				"user.phone_numbers.0.phone_number"),
	    "+12025550162");
}

static void
an_external_id_can_be_taken_off(void **state)
{
	CLEANUP(json_free)
	cJSON *user = make_user(*state, "a@example.com", "a");
	CLEANUP(json_free) cJSON *answer = NULL;
	char target[200];

	(void)snprintf(target, sizeof(target), "/v1/users/%s/external_id",
	    text_at(user, "user_id"));
	answer = consumer(*state, "DELETE", target, NULL);
	assert_answer(answer, API_OK);
	assert_string_equal(text_at(answer, "user.external_id"), "");
	refused(API_USER_NOT_FOUND, *state, "GET", "/v1/users/a", NULL);
}

static void
registrations_of_a_seed_are_shown_and_deleted(void **state)
{
	static const char uuid[] = "test-00000000-0000-4000-8000-00000000000";
	static const struct {
		const char *list, *path, *id;
		enum api_error missing;
	} kinds[] = {
		{ "webauthn_registrations", "webauthn_registrations",
		    "webauthn-registration",
		    API_WEBAUTHN_REGISTRATION_NOT_FOUND },
		{ "biometric_registrations", "biometric_registrations",
		    "biometric-registration",
		    API_BIOMETRIC_REGISTRATION_NOT_FOUND },
		{ "crypto_wallets", "crypto_wallets", "crypto-wallet",
		    API_CRYPTO_WALLET_NOT_FOUND },
		{ "providers", "oauth", "oauth-user",
		    API_OAUTH_USER_REGISTRATION_NOT_FOUND },
	};
	CLEANUP(json_free)
	cJSON *seeded = drive_control(*state, "POST", "/sandbox/seed",
	    "{\"users\":[{\"external_id\":\"a\",\"emails\":[\"a@example.com\"]"
	    ",\"webauthn_registrations\":[{\"webauthn_registration_id\":"
	    "\"webauthn-registration-%s1\"}],\"biometric_registrations\":"
	    "[{\"biometric_registration_id\":\"biometric-registration-%s1\"}]"
	    ",\"crypto_wallets\":[{\"crypto_wallet_id\":"
	    "\"crypto-wallet-%s1\"}],\"providers\":"
	    "[{\"oauth_user_registration_id\":\"oauth-user-%s1\"}],"
	    "\"connected_apps\":[{\"connected_app_id\":"
	    "\"connected-app-%s1\",\"name\":\"App\"}]}]}",
	    uuid, uuid, uuid, uuid, uuid);
	CLEANUP(json_free) cJSON *user = NULL;
	char target[200];

	assert_int_equal(int_at(seeded, "status_code"), 200);
	user = consumer(*state, "GET", "/v1/users/a", NULL);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		assert_int_equal(cJSON_GetArraySize(
				     json_at(user, kinds[i].list)),
		    1);
		(void)snprintf(target, sizeof(target), "/v1/users/%s/%s-%s1",
		    kinds[i].path, kinds[i].id, uuid);
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "DELETE", target,
		    NULL);
		refused(kinds[i].missing, *state, "DELETE", target, NULL);
	}
}

static void
connected_apps_are_listed_until_revoked(void **state)
{
	static const char app[] =
	    "connected-app-test-00000000-0000-4000-8000-000000000001";
	CLEANUP(json_free)
	cJSON *seeded = drive_control(*state, "POST", "/sandbox/seed",
	    "{\"users\":[{\"external_id\":\"a\",\"emails\":[\"a@example.com\"]"
	    ",\"connected_apps\":[{\"connected_app_id\":\"%s\",\"name\":"
	    "\"App\"}]}]}",
	    app);
	CLEANUP(json_free)
	cJSON *list =
	    consumer(*state, "GET", "/v1/users/a/connected_apps", NULL);
	char target[200];

	assert_int_equal(int_at(seeded, "status_code"), 200);
	assert_string_equal(text_at(list, "connected_apps.0.name"), "App");
	(void)snprintf(target, sizeof(target),
	    "/v1/users/a/connected_apps/%s/revoke", app);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", target, "{}");
	refused(API_CONNECTED_APP_NOT_FOUND, *state, "POST", target, "{}");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, drive_setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_created_user_is_answered_by_201_and_read_back),
		TEST(what_cannot_be_a_user_is_refused_by_name),
		TEST(an_address_and_an_external_id_belong_to_one_user),
		TEST(ids_are_checked_by_form_and_environment),
		TEST(metadata_is_merged_by_its_top_level_keys),
		TEST(metadata_stays_small_also_after_merging),
		TEST(names_change_part_by_part_and_roles_as_a_whole),
		TEST(a_deleted_user_leaves_nothing_that_logs_in),
		TEST(a_user_keeps_at_least_one_address),
		TEST(the_only_address_can_be_exchanged),
		TEST(an_external_id_can_be_taken_off),
		TEST(registrations_of_a_seed_are_shown_and_deleted),
		TEST(connected_apps_are_listed_until_revoked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
