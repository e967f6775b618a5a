/* SPDX-License-Identifier: BSD-2-Clause */
/* otps.*, and the lock that failures bring. */
#include "config.h"

#include "tests/unit/sandbox_drive.h"

#include <stdio.h>
#include <string.h>

#define AUTHENTICATE "/v1/otps/authenticate"
#define EMAIL "a@example.com"
#define PHONE "+12025550162"

/* Send a code to EMAIL; the method's id and the code. */
struct sent {
	char method_id[96];
	char code[8];
};

static void
send_code(struct sandbox *sandbox, struct sent *out)
{
	CLEANUP(json_free)
	cJSON *sent = consumer(sandbox, "POST", "/v1/otps/email/send",
	    "{\"email\":\"" EMAIL "\"}");
	CLEANUP(json_free) cJSON *mail = NULL;

	assert_answer(sent, API_OK);
	mail = last_message(sandbox, EMAIL);
	(void)snprintf(out->method_id, sizeof(out->method_id), "%s",
	    text_at(sent, "email_id"));
	(void)snprintf(out->code, sizeof(out->code), "%s",
	    text_at(mail, "code"));
}

/* A code that is not the one. */
static const char *
other_code(const char *code)
{
	return strcmp(code, "123456") == 0 ? "654321" : "123456";
}

static enum api_error
authenticate(struct sandbox *sandbox, const char *method_id, const char *code)
{
	CLEANUP(json_free)
	cJSON *answer = consumer(sandbox, "POST", AUTHENTICATE,
	    "{\"method_id\":\"%s\",\"code\":\"%s\"}", method_id, code);
	const char *type = json_string(answer, "error_type");

	return type != NULL ? error_by_type(type) : API_OK;
}

static int
setup(void **state)
{
	int rc = drive_setup(state);

	if (rc == 0)
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/users",
		    "{\"email\":\"" EMAIL "\",\"phone_number\":\"" PHONE
		    "\",\"external_id\":\"a\"}");
	return rc;
}

static void
a_code_logs_in_once(void **state)
{
	struct sent sent;
	CLEANUP(json_free) cJSON *answer = NULL;

	send_code(*state, &sent);
	answer = consumer(*state, "POST", AUTHENTICATE,
	    "{\"method_id\":\"%s\",\"code\":\"%s\"}", sent.method_id,
	    sent.code);
	assert_answer(answer, API_OK);
	assert_string_equal(text_at(answer, "method_id"), sent.method_id);
	assert_true(bool_at(answer, "user.emails.0.verified"));
	assert_true(cJSON_IsNull(json_at(answer, "session")));
	assert_string_equal(text_at(answer, "session_token"), "");
	assert_string_equal(text_at(answer, "session_jwt"), "");
	assert_false(bool_at(answer, "reset_sessions"));
	assert_int_equal(authenticate(*state, sent.method_id, sent.code),
	    API_UNABLE_TO_AUTH_OTP_CODE);
}

static void
a_wrong_code_is_told_from_an_expired_one(void **state)
{
	struct sent sent;

	send_code(*state, &sent);
	assert_int_equal(authenticate(*state, sent.method_id,
			     other_code(sent.code)),
	    API_OTP_CODE_NOT_FOUND);
	advance(*state, 119);
	assert_int_equal(authenticate(*state, sent.method_id,
			     other_code(sent.code)),
	    API_OTP_CODE_NOT_FOUND);
	advance(*state, 1);
	assert_int_equal(authenticate(*state, sent.method_id, sent.code),
	    API_UNABLE_TO_AUTH_OTP_CODE);
}

static void
a_new_code_voids_the_old_one(void **state)
{
	struct sent first, second;

	send_code(*state, &first);
	do {
		send_code(*state, &second);
	} while (strcmp(first.code, second.code) == 0);
	assert_int_equal(authenticate(*state, first.method_id, first.code),
	    API_UNABLE_TO_AUTH_OTP_CODE);
	assert_int_equal(authenticate(*state, second.method_id, second.code),
	    API_OK);
}

static void
what_is_no_code_or_method_is_refused_by_form(void **state)
{
	struct sent sent;

	send_code(*state, &sent);
	assert_int_equal(authenticate(*state, sent.method_id, "12345"),
	    API_INVALID_CODE);
	assert_int_equal(authenticate(*state, sent.method_id, "12345a"),
	    API_INVALID_CODE);
	assert_int_equal(authenticate(*state, sent.method_id, "1234567"),
	    API_INVALID_CODE);
	assert_int_equal(authenticate(*state, "a", sent.code),
	    API_INVALID_METHOD_ID);
	assert_int_equal(authenticate(*state,
			     "email-test-00000000-0000-4000-8000-000000000000",
			     sent.code),
	    API_OTP_CODE_NOT_FOUND);
	refused(API_INVALID_METHOD_ID, *state, "POST", AUTHENTICATE,
	    "{\"code\":\"123456\"}");
	refused(API_INVALID_CODE, *state, "POST", AUTHENTICATE,
	    "{\"method_id\":\"%s\"}", sent.method_id);
	refused(API_INVALID_SESSION_DURATION_MINUTES, *state, "POST",
	    AUTHENTICATE,
	    "{\"method_id\":\"%s\",\"code\":\"%s\",\"session_duration_minutes"
	    "\":4}",
	    sent.method_id, sent.code);
	/* None of these used it up. */
	assert_int_equal(authenticate(*state, sent.method_id, sent.code),
	    API_OK);
}

static void
another_ones_code_does_not_do(void **state)
{
	CLEANUP(json_free)
	cJSON *other = make_user(*state, "b@example.com", "b");
	struct sent sent;

	send_code(*state, &sent);
	assert_int_equal(authenticate(*state, text_at(other, "email_id"),
			     sent.code),
	    API_OTP_CODE_NOT_FOUND);
}

static void
a_send_is_only_to_known_addresses(void **state)
{
	refused(API_EMAIL_NOT_FOUND, *state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"nobody@example.com\"}");
	refused(API_PHONE_NUMBER_NOT_FOUND, *state, "POST", "/v1/otps/sms/send",
	    "{\"phone_number\":\"+12025550199\"}");
	refused(API_INVALID_EXPIRATION_OTP, *state, "POST",
	    "/v1/otps/email/send",
	    "{\"email\":\"" EMAIL "\",\"expiration_minutes\":11}");
	refused(API_INVALID_EXPIRATION_OTP, *state, "POST",
	    "/v1/otps/email/send",
	    "{\"email\":\"" EMAIL "\",\"expiration_minutes\":-1}");
	refused(API_INVALID_LOCALE, *state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"" EMAIL "\",\"locale\":\"tlh\"}");
	refused(API_BAD_REQUEST, *state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"" EMAIL "\",\"expiration_minutes\":1.5}");
}

static void
phones_get_codes_by_sms_and_whatsapp(void **state)
{
	static const struct {
		const char *target, *channel;
	} ways[] = { { "/v1/otps/sms/send", "sms" },
		{ "/v1/otps/whatsapp/send", "whatsapp" } };

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		CLEANUP(json_free)
		cJSON *sent = consumer(*state, "POST", ways[i].target,
		    "{\"phone_number\":\"" PHONE "\"}");
		CLEANUP(json_free) cJSON *message = last_message(*state, PHONE);
		CLEANUP(json_free) cJSON *answer = NULL;

		assert_string_equal(text_at(message, "channel"),
		    ways[i].channel);
		answer = consumer(*state, "POST", AUTHENTICATE,
		    "{\"method_id\":\"%s\",\"code\":\"%s\","
		    "\"session_duration_minutes\":60}",
		    text_at(sent, "phone_id"), text_at(message, "code"));
		assert_answer(answer, API_OK);
		assert_string_equal(
		    text_at(answer,
			"session.authentication_factors.0.delivery_method"),
		    ways[i].channel);
		assert_string_equal(text_at(answer,
					"session.authentication_factors.0."
					"phone_number_factor.phone_number"),
		    PHONE);
	}
}

static void
some_recipients_get_nothing(void **state)
{
	CLEANUP(json_free)
	cJSON *settings = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"unsubscribed_phone_numbers\":[\"" PHONE
	    "\"],\"inactive_emails\":[\"" EMAIL "\"]}}");

	assert_int_equal(int_at(settings, "status_code"), 200);
	refused(API_UNSUBSCRIBED_PHONE_NUMBER, *state, "POST",
	    "/v1/otps/sms/send", "{\"phone_number\":\"" PHONE "\"}");
	refused(API_INACTIVE_EMAIL, *state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"" EMAIL "\"}");
	refused(API_INVALID_PHONE_NUMBER_COUNTRY_CODE, *state, "POST",
	    "/v1/otps/sms/login_or_create",
	    "{\"phone_number\":\"+442071838750\"}");
	/* A refused send makes no user either. */
	refused(API_PHONE_NUMBER_NOT_FOUND, *state, "POST", "/v1/otps/sms/send",
	    "{\"phone_number\":\"+442071838750\"}");
}

static void
login_or_create_makes_a_user_once(void **state)
{
	CLEANUP(json_free)
	cJSON *first = consumer(*state, "POST",
	    "/v1/otps/email/login_or_create",
	    "{\"email\":\"new@example.com\",\"create_user_as_pending\":true}");
	CLEANUP(json_free)
	cJSON *second =
	    consumer(*state, "POST", "/v1/otps/email/login_or_create",
		"{\"email\":\"new@example.com\"}");
	CLEANUP(json_free)
	cJSON *mail = last_message(*state, "new@example.com");
	CLEANUP(json_free) cJSON *answer = NULL;

	assert_true(bool_at(first, "user_created"));
	assert_false(bool_at(second, "user_created"));
	assert_string_equal(text_at(first, "user_id"),
	    text_at(second, "user_id"));
	answer = consumer(*state, "POST", AUTHENTICATE,
	    "{\"method_id\":\"%s\",\"code\":\"%s\"}",
	    text_at(second, "email_id"), text_at(mail, "code"));
	assert_answer(answer, API_OK);
	assert_string_equal(text_at(answer, "user.status"), "active");
}

static void
an_address_is_attached_for_five_minutes(void **state)
{
	struct sent sent;
	CLEANUP(json_free) cJSON *before = NULL;
	CLEANUP(json_free) cJSON *after = NULL;

	refused(API_TOO_MANY_UNVERIFIED_FACTORS, *state, "POST",
	    "/v1/otps/email/send",
	    "{\"email\":\"second@example.com\",\"user_id\":\"a\"}");
	send_code(*state, &sent);
	assert_int_equal(authenticate(*state, sent.method_id, sent.code),
	    API_OK);
	refused(API_TOO_MANY_UNVERIFIED_FACTORS, *state, "POST",
	    "/v1/otps/email/send",
	    "{\"email\":\"second@example.com\",\"user_id\":\"a\"}");
	refused(API_TOO_MANY_USER_SELECTION_ARGUMENTS, *state, "POST",
	    "/v1/otps/email/send",
	    "{\"email\":\"second@example.com\",\"user_id\":\"a\","
	    "\"session_token\":\"x\"}");
	{
		add_user(*state, "b@example.com", "b");
		CLEANUP(json_free)
		cJSON *verify = consumer(*state, "POST", "/v1/otps/email/send",
		    "{\"email\":\"b@example.com\"}");
		CLEANUP(json_free)
		cJSON *mail = last_message(*state, "b@example.com");

		assert_int_equal(authenticate(*state,
				     text_at(verify, "email_id"),
				     text_at(mail, "code")),
		    API_OK);
		assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
		    "/v1/otps/email/send",
		    "{\"email\":\"second@example.com\",\"user_id\":\"b\","
		    "\"expiration_minutes\":10}");
	}
	refused(API_DUPLICATE_EMAIL, *state, "POST", "/v1/otps/email/send",
	    "{\"email\":\"second@example.com\",\"user_id\":\"a\"}");
	before = consumer(*state, "GET", "/v1/users/b", NULL);
	assert_int_equal(cJSON_GetArraySize(json_at(before, "emails")), 2);
	advance(*state, 300);
	/* It no longer stands in the way of another one. */
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/otps/sms/send",
	    "{\"phone_number\":\"+12025550199\",\"user_id\":\"b\"}");
	after = consumer(*state, "GET", "/v1/users/b", NULL);
	assert_int_equal(cJSON_GetArraySize(json_at(after, "emails")), 1);
}

/* Fail n times in a row. */
static void
fail_times(struct sandbox *sandbox, const struct sent *sent, int n)
{
	for (int i = 0; i < n; i++)
		assert_int_equal(authenticate(sandbox, sent->method_id,
				     other_code(sent->code)),
		    API_OTP_CODE_NOT_FOUND);
}

static void
ten_failures_in_a_row_lock_for_an_hour(void **state)
{
	struct sent sent;
	CLEANUP(json_free) cJSON *user = NULL;

	send_code(*state, &sent);
	fail_times(*state, &sent, 10);
	assert_int_equal(authenticate(*state, sent.method_id, sent.code),
	    API_USER_LOCK_LIMIT_REACHED);
	user = consumer(*state, "GET", "/v1/users/a", NULL);
	assert_true(bool_at(user, "is_locked"));
	assert_non_null(text_at(user, "lock_created_at"));
	/* A send still goes. */
	send_code(*state, &sent);
	advance(*state, 3599);
	send_code(*state, &sent);
	assert_int_equal(authenticate(*state, sent.method_id, sent.code),
	    API_USER_LOCK_LIMIT_REACHED);
	advance(*state, 1);
	fail_times(*state, &sent, 1); /* counts anew, does not lock at once */
	assert_int_equal(authenticate(*state, sent.method_id, sent.code),
	    API_OK);
}

static void
a_success_forgets_the_failures(void **state)
{
	struct sent sent;

	for (int round = 0; round < 3; round++) {
		send_code(*state, &sent);
		fail_times(*state, &sent, 9);
		assert_int_equal(authenticate(*state, sent.method_id,
				     sent.code),
		    API_OK);
	}
}

static void
the_threshold_is_a_setting_and_an_admin_unlocks(void **state)
{
	CLEANUP(json_free)
	cJSON *settings = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"consumer\":{\"lock_threshold\":2}}");
	CLEANUP(json_free)
	cJSON *user = consumer(*state, "GET", "/v1/users/a", NULL);
	CLEANUP(json_free) cJSON *unlocked = NULL;
	struct sent sent;

	assert_int_equal(int_at(settings, "status_code"), 200);
	send_code(*state, &sent);
	fail_times(*state, &sent, 2);
	assert_int_equal(authenticate(*state, sent.method_id, sent.code),
	    API_USER_LOCK_LIMIT_REACHED);
	unlocked = drive_control(*state, "POST", "/sandbox/settings",
	    "{\"unlock\":[\"%s\"]}", text_at(user, "user_id"));
	assert_int_equal(int_at(unlocked, "status_code"), 200);
	assert_int_equal(authenticate(*state, sent.method_id, sent.code),
	    API_OK);
}

static void
the_client_that_asked_can_be_required(void **state)
{
	static const char send[] =
	    "{\"email\":\"" EMAIL "\",\"attributes\":{\"ip_address\":"
	    "\"192.0.2.1\"}}";
	CLEANUP(json_free)
	cJSON *sent =
	    consumer(*state, "POST", "/v1/otps/email/send", "%s", send);
	CLEANUP(json_free) cJSON *mail = last_message(*state, EMAIL);

	refused(API_ATTRIBUTE_MISMATCH, *state, "POST", AUTHENTICATE,
	    "{\"method_id\":\"%s\",\"code\":\"%s\",\"options\":"
	    "{\"ip_match_required\":true,\"user_agent_match_required\":false},"
	    "\"attributes\":{\"ip_address\":\"192.0.2.2\"}}",
	    text_at(sent, "email_id"), text_at(mail, "code"));
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST", AUTHENTICATE,
	    "{\"method_id\":\"%s\",\"code\":\"%s\",\"options\":"
	    "{\"ip_match_required\":true,\"user_agent_match_required\":false},"
	    "\"attributes\":{\"ip_address\":\"192.0.2.1\"}}",
	    text_at(sent, "email_id"), text_at(mail, "code"));
}

static void
magic_values_work_in_a_test_project(void **state)
{
	static const char *const targets[] = { "/v1/otps/email/send",
		"/v1/otps/email/login_or_create" };
	CLEANUP(json_free) cJSON *inbox = NULL;

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		CLEANUP(json_free)
		cJSON *sent = consumer(*state, "POST", targets[i],
		    "{\"email\":\"sandbox@stytch.com\"}");
		CLEANUP(json_free) cJSON *answer = NULL;

		assert_answer(sent, API_OK);
		assert_string_equal(text_at(sent, "user_id"),
		    "user-test-e3795c81-f849-4167-bfda-e4a6e9c280fd");
		refused(API_OTP_CODE_NOT_FOUND, *state, "POST", AUTHENTICATE,
		    "{\"method_id\":\"%s\",\"code\":\"111111\"}",
		    text_at(sent, "email_id"));
		answer = consumer(*state, "POST", AUTHENTICATE,
		    "{\"method_id\":\"%s\",\"code\":\"000000\","
		    "\"session_duration_minutes\":60}",
		    text_at(sent, "email_id"));
		assert_answer(answer, API_OK);
		assert_user(json_at(answer, "user"));
	}
	assert_call(API_OK, *state, VERTICAL_CONSUMER, "POST",
	    "/v1/otps/whatsapp/send", "{\"phone_number\":\"+10000000000\"}");
	inbox = drive_control(*state, "GET", "/sandbox/messages", NULL);
	assert_null(json_at(inbox, "0"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, drive_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_code_logs_in_once),
		TEST(a_wrong_code_is_told_from_an_expired_one),
		TEST(a_new_code_voids_the_old_one),
		TEST(what_is_no_code_or_method_is_refused_by_form),
		TEST(another_ones_code_does_not_do),
		TEST(a_send_is_only_to_known_addresses),
		TEST(phones_get_codes_by_sms_and_whatsapp),
		TEST(some_recipients_get_nothing),
		TEST(login_or_create_makes_a_user_once),
		TEST(an_address_is_attached_for_five_minutes),
		TEST(ten_failures_in_a_row_lock_for_an_hour),
		TEST(a_success_forgets_the_failures),
		TEST(the_threshold_is_a_setting_and_an_admin_unlocks),
		TEST(the_client_that_asked_can_be_required),
		TEST(magic_values_work_in_a_test_project),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
