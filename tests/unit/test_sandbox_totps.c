/* SPDX-License-Identifier: BSD-2-Clause */
/* totps.* */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include <liboath/oath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AUTHENTICATE "/v1/totps/authenticate"
#define SECRET "JBSWY3DPEHPK3PXP"

/* The sandbox's time in seconds. */
static time_t
sandbox_time(struct sandbox *sandbox)
{
	CLEANUP(json_free)
	cJSON *clock = drive_control(sandbox, "GET", "/sandbox/clock", NULL);
	int64_t now_us;

	assert_int_equal(time_parse(text_at(clock, "now"), &now_us), 0);
	return (time_t)(now_us / SECOND_US);
}

/* The code of the step that is steps away from now. */
static void
code_at(struct sandbox *sandbox, const char *secret, int steps, char code[7])
{
	char *bytes = NULL;
	size_t len;

	assert_int_equal(oath_base32_decode(secret, strlen(secret), &bytes,
			     &len),
	    OATH_OK);
	assert_int_equal(oath_totp_generate(bytes, len,
			     sandbox_time(sandbox) + steps * 30, 30, 0, 6,
			     code),
	    OATH_OK);
	free(bytes);
}

static enum api_error
authenticate(struct sandbox *sandbox, const char *code)
{
	CLEANUP(json_free)
	cJSON *answer = consumer(sandbox, "POST", AUTHENTICATE,
	    "{\"user_id\":\"a\",\"totp_code\":\"%s\"}", code);
	const char *type = json_string(answer, "error_type");

	return type != NULL ? error_by_type(type) : API_OK;
}

/* A sandbox at the start of a step, with user "a" and a verified TOTP. */
static int
setup(void **state)
{
	int rc = drive_setup(state);

	if (rc != 0)
		return rc;
	{
		CLEANUP(json_free)
		cJSON *seeded = drive_control(*state, "POST", "/sandbox/seed",
		    "{\"users\":[{\"external_id\":\"a\",\"emails\":"
		    "[\"a@example.com\"],\"totp\":{\"secret\":\"" SECRET
		    "\",\"recovery_codes\":[\"aaaa-bbbb-cccc\","
		    "\"dddd-eeee-ffff\"]}}]}");

		assert_int_equal(int_at(seeded, "status_code"), 200);
	}
	advance(*state, 30 - sandbox_time(*state) % 30);
	return 0;
}

static void
an_enrolment_is_used_once_to_be_verified(void **state)
{
	add_user(*state, "b@example.com", "b");
	CLEANUP(json_free)
	cJSON *made =
	    consumer(*state, "POST", "/v1/totps", "{\"user_id\":\"b\"}");
	CLEANUP(json_free) cJSON *answer = NULL;
	char code[7];

	assert_answer(made, API_OK);
	assert_int_equal(strlen(text_at(made, "secret")), 32);
	assert_int_equal(cJSON_GetArraySize(json_at(made, "recovery_codes")),
	    10);
	assert_memory_equal(text_at(made, "qr_code"),
	    "data:image/png;base64, iVBORw0KGgo", 34);
	assert_false(bool_at(made, "user.totps.0.verified"));
	code_at(*state, text_at(made, "secret"), 0, code);
	answer = consumer(*state, "POST", AUTHENTICATE,
	    "{\"user_id\":\"b\",\"totp_code\":\"%s\","
	    "\"session_duration_minutes\":60}",
	    code);
	assert_answer(answer, API_OK);
	assert_true(bool_at(answer, "user.totps.0.verified"));
	assert_string_equal(
	    text_at(answer,
		"session.authentication_factors.0.authenticator_app_factor."
		"totp_id"),
	    text_at(made, "totp_id"));
	refused(API_ACTIVE_TOTP_EXISTS, *state, "POST", "/v1/totps",
	    "{\"user_id\":\"b\"}");
}

static void
an_unused_enrolment_is_replaced_or_expires(void **state)
{
	add_user(*state, "b@example.com", "b");
	CLEANUP(json_free)
	cJSON *first =
	    consumer(*state, "POST", "/v1/totps", "{\"user_id\":\"b\"}");
	CLEANUP(json_free)
	cJSON *second = consumer(*state, "POST", "/v1/totps",
	    "{\"user_id\":\"b\",\"expiration_minutes\":5}");
	char code[7];

	assert_answer(second, API_OK);
	code_at(*state, text_at(first, "secret"), 0, code);
	refused(API_UNABLE_TO_AUTHENTICATE_TOTP, *state, "POST", AUTHENTICATE,
	    "{\"user_id\":\"b\",\"totp_code\":\"%s\"}", code);
	advance(*state, 300);
	code_at(*state, text_at(second, "secret"), 0, code);
	refused(API_EXPIRED_TOTP, *state, "POST", AUTHENTICATE,
	    "{\"user_id\":\"b\",\"totp_code\":\"%s\"}", code);
}

static void
the_last_this_and_the_next_code_are_taken(void **state)
{
	static const struct {
		int step;
		enum api_error error;
	} cases[] = {
		{ -2, API_UNABLE_TO_AUTHENTICATE_TOTP },
		{ 2, API_UNABLE_TO_AUTHENTICATE_TOTP },
		{ -1, API_OK },
		{ 0, API_OK },
		{ 1, API_OK },
	};
	char code[7];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		code_at(*state, SECRET, cases[i].step, code);
		assert_int_equal(authenticate(*state, code), cases[i].error);
	}
}

static void
a_code_is_taken_once_and_none_before_it(void **state)
{
	char code[7], earlier[7];

	code_at(*state, SECRET, 0, code);
	code_at(*state, SECRET, -1, earlier);
	assert_int_equal(authenticate(*state, code), API_OK);
	assert_int_equal(authenticate(*state, code),
	    API_TOTP_CODE_ALREADY_AUTHENTICATED);
	assert_int_equal(authenticate(*state, earlier),
	    API_TOTP_CODE_ALREADY_AUTHENTICATED);
	advance(*state, 30);
	assert_int_equal(authenticate(*state, code),
	    API_TOTP_CODE_ALREADY_AUTHENTICATED);
}

static void
what_is_no_code_is_refused_by_form(void **state)
{
	static const struct {
		const char *code;
		enum api_error error;
	} cases[] = {
		{ "", API_INVALID_TOTP_CODE },
		{ "12345", API_INVALID_TOTP_CODE },
		{ "1234567", API_INVALID_TOTP_CODE },
		{ "12345a", API_INVALID_TOTP_CODE },
		{ " 12345", API_INVALID_TOTP_CODE },
		{ "aaaa-bbbb-cccc", API_RECOVERY_CODE_USED_AS_TOTP_CODE },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(authenticate(*state, cases[i].code),
		    cases[i].error);
	refused(API_USER_NOT_FOUND, *state, "POST", AUTHENTICATE,
	    "{\"user_id\":\"nobody\",\"totp_code\":\"123456\"}");
	{
		add_user(*state, "b@example.com", "b");

		refused(API_TOTPS_NOT_FOUND_FOR_USER, *state, "POST",
		    AUTHENTICATE,
		    "{\"user_id\":\"b\",\"totp_code\":\"123456\"}");
	}
}

static void
guesses_lock_across_methods(void **state)
{
	char right[7], wrong[7];

	code_at(*state, SECRET, 0, right);
	code_at(*state, SECRET, 100, wrong);
	for (int i = 0; i < 10; i++)
		assert_int_equal(authenticate(*state, wrong),
		    API_UNABLE_TO_AUTHENTICATE_TOTP);
	assert_int_equal(authenticate(*state, right),
	    API_USER_LOCK_LIMIT_REACHED);
	refused(API_USER_LOCK_LIMIT_REACHED, *state, "POST",
	    "/v1/totps/recover",
	    "{\"user_id\":\"a\",\"recovery_code\":\"aaaa-bbbb-cccc\"}");
}

static enum api_error
recover(struct sandbox *sandbox, const char *code)
{
	CLEANUP(json_free)
	cJSON *answer = consumer(sandbox, "POST", "/v1/totps/recover",
	    "{\"user_id\":\"a\",\"recovery_code\":\"%s\"}", code);
	const char *type = json_string(answer, "error_type");

	return type != NULL ? error_by_type(type) : API_OK;
}

static void
a_recovery_code_burns(void **state)
{
	CLEANUP(json_free) cJSON *before = NULL;
	CLEANUP(json_free) cJSON *after = NULL;

	before = consumer(*state, "POST", "/v1/totps/recovery_codes",
	    "{\"user_id\":\"a\"}");
	assert_string_equal(text_at(before, "totps.0.recovery_codes.0"),
	    "aaaa-bbbb-cccc");
	assert_int_equal(recover(*state, "aaaa-bbbb-cccc"), API_OK);
	assert_int_equal(recover(*state, "aaaa-bbbb-cccc"),
	    API_UNABLE_TO_AUTHENTICATE_RECOVERY_CODE);
	after = consumer(*state, "POST", "/v1/totps/recovery_codes",
	    "{\"user_id\":\"a\"}");
	assert_string_equal(text_at(after, "totps.0.recovery_codes.0"),
	    "dddd-eeee-ffff");
	assert_null(json_at(after, "totps.0.recovery_codes.1"));
	assert_int_equal(recover(*state, "zzzz-zzzz-zzzz"),
	    API_UNABLE_TO_AUTHENTICATE_RECOVERY_CODE);
	assert_int_equal(recover(*state, "AAAA-BBBB-CCCC"),
	    API_INVALID_RECOVERY_CODE);
	assert_int_equal(recover(*state, "aaaabbbbcccc"),
	    API_INVALID_RECOVERY_CODE);
	assert_int_equal(recover(*state, "123456"),
	    API_TOTP_CODE_USED_AS_RECOVERY_CODE);
}

static void
a_deleted_totp_takes_its_codes_along(void **state)
{
	CLEANUP(json_free)
	cJSON *user = consumer(*state, "GET", "/v1/users/a", NULL);
	char target[200];

	(void)snprintf(target, sizeof(target), "/v1/users/totps/%s",
	    text_at(user, "totps.0.totp_id"));
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "DELETE", target, NULL);
	refused(API_TOTP_NOT_FOUND, *state, "DELETE", target, NULL);
	assert_int_equal(recover(*state, "aaaa-bbbb-cccc"),
	    API_TOTPS_NOT_FOUND_FOR_USER);
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", "/v1/totps",
	    "{\"user_id\":\"a\"}");
}

static void
magic_values_work_again_and_again(void **state)
{
	static const char user[] =
	    "user-test-e3795c81-f849-4167-bfda-e4a6e9c280fd";

	for (int i = 0; i < 2; i++) {
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/totps", "{\"user_id\":\"%s\"}", user);
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    AUTHENTICATE,
		    "{\"user_id\":\"%s\",\"totp_code\":\"000000\"}", user);
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/totps/recover",
		    "{\"user_id\":\"%s\",\"recovery_code\":"
		    "\"a1b2-c3d4-e5f6\"}",
		    user);
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/totps/recovery_codes", "{\"user_id\":\"%s\"}", user);
	}
	refused(API_UNABLE_TO_AUTHENTICATE_TOTP, *state, "POST", AUTHENTICATE,
	    "{\"user_id\":\"%s\",\"totp_code\":\"000001\"}", user);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_enrolment_is_used_once_to_be_verified),
		TEST(an_unused_enrolment_is_replaced_or_expires),
		TEST(the_last_this_and_the_next_code_are_taken),
		TEST(a_code_is_taken_once_and_none_before_it),
		TEST(what_is_no_code_is_refused_by_form),
		TEST(guesses_lock_across_methods),
		TEST(a_recovery_code_burns),
		TEST(a_deleted_totp_takes_its_codes_along),
		TEST(magic_values_work_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
