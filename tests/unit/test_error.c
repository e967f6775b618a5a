/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "libstytch/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
error_types_have_their_classes(void **state)
{
	static const struct {
		int status;
		const char *type;
		enum stytch_class class_;
	} cases[] = {
		{ 404, "otp_code_not_found", STYTCH_REJECTED },
		{ 401, "unable_to_authenticate_totp", STYTCH_REJECTED },
		{ 400, "invalid_totp_code", STYTCH_REJECTED },
		{ 400, "invalid_code", STYTCH_REJECTED },
		{ 401, "unable_to_authenticate_recovery_code",
		    STYTCH_REJECTED },
		{ 400, "invalid_recovery_code", STYTCH_REJECTED },
		{ 400, "recovery_code_used_as_totp_code", STYTCH_REJECTED },
		{ 400, "totp_code_used_as_recovery_code", STYTCH_REJECTED },
		{ 401, "unable_to_auth_otp_code", STYTCH_EXPIRED },
		{ 401, "unable_to_auth_magic_link", STYTCH_EXPIRED },
		{ 401, "unable_to_auth_webauthn_registration",
		    STYTCH_REJECTED },
		{ 401, "unable_to_authenticate_crypto_wallet",
		    STYTCH_REJECTED },
		{ 401, "unable_to_auth_impersonation_token", STYTCH_EXPIRED },
		{ 401, "stale_factors", STYTCH_DENIED },
		{ 401, "unauthorized_action", STYTCH_DENIED },
		{ 404, "magic_link_not_found", STYTCH_EXPIRED },
		{ 404, "intermediate_session_not_found", STYTCH_EXPIRED },
		{ 404, "session_not_found", STYTCH_EXPIRED },
		{ 400, "expired_totp", STYTCH_EXPIRED },
		{ 400, "totp_code_already_authenticated", STYTCH_EXPIRED },
		{ 404, "sso_token_not_found", STYTCH_EXPIRED },
		{ 400, "oauth_token_not_found", STYTCH_EXPIRED },
		{ 429, "too_many_requests", STYTCH_THROTTLED },
		{ 429, "too_few_tokens_authenticated", STYTCH_THROTTLED },
		{ 429, "captcha_failed", STYTCH_THROTTLED },
		{ 429, "user_lock_limit_reached", STYTCH_LOCKED },
		{ 404, "user_not_found", STYTCH_NOT_FOUND },
		{ 404, "member_not_found", STYTCH_NOT_FOUND },
		{ 404, "email_not_found", STYTCH_NOT_FOUND },
		{ 404, "phone_number_not_found", STYTCH_NOT_FOUND },
		{ 400, "no_user_password", STYTCH_NOT_FOUND },
		{ 404, "member_password_not_found", STYTCH_NOT_FOUND },
		{ 404, "totps_not_found_for_user", STYTCH_NOT_FOUND },
		{ 404, "totp_not_found", STYTCH_NOT_FOUND },
		{ 403, "session_authorization_error", STYTCH_DENIED },
		{ 403, "session_authorization_tenancy_error", STYTCH_DENIED },
		{ 403, "consumer_session_authorization_error", STYTCH_DENIED },
		{ 403, "captcha_required", STYTCH_DENIED },
		{ 400, "operation_restricted_by_organization_auth_methods",
		    STYTCH_DENIED },
		{ 400, "operation_restricted_by_organization_mfa_methods",
		    STYTCH_DENIED },
		{ 400, "email_jit_provisioning_not_allowed", STYTCH_DENIED },
		{ 400, "organization_suspended", STYTCH_DENIED },
		{ 401, "attribute_mismatch", STYTCH_DENIED },
		{ 400, "unsubscribed_phone_number", STYTCH_DENIED },
		{ 400, "inactive_email", STYTCH_DENIED },
		{ 401, "reset_password", STYTCH_DENIED },
		{ 401, "member_reset_password", STYTCH_DENIED },
		{ 400, "breached_password", STYTCH_DENIED },
		{ 400, "weak_password", STYTCH_DENIED },
		{ 401, "unauthorized_credentials", STYTCH_MISCONFIGURED },
		{ 401, "unauthorized_credentials_error", STYTCH_MISCONFIGURED },
		{ 400, "invalid_project_id_authentication",
		    STYTCH_MISCONFIGURED },
		{ 400, "invalid_b2b_endpoint", STYTCH_MISCONFIGURED },
		{ 400, "invalid_consumer_endpoint", STYTCH_MISCONFIGURED },
		{ 404, "route_not_found", STYTCH_MISCONFIGURED },
		{ 400, "no_login_redirect_urls_set", STYTCH_MISCONFIGURED },
		{ 400, "no_match_for_provided_magic_link_url",
		    STYTCH_MISCONFIGURED },
		{ 400, "billing_not_verified_for_email", STYTCH_MISCONFIGURED },
		{ 400, "wrong_stack_live", STYTCH_MISCONFIGURED },
		{ 400, "downstream_carrier_error", STYTCH_UNAVAILABLE },
		{ 408, "search_timeout", STYTCH_UNAVAILABLE },
		{ 499, "client_closed_request", STYTCH_UNAVAILABLE },
		{ 500, "internal_server_error", STYTCH_UNAVAILABLE },
		{ 503, "server_unavailable", STYTCH_UNAVAILABLE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (error_classify(cases[i].status, cases[i].type) !=
		    cases[i].class_)
			fail_msg("%s: %s", cases[i].type,
			    stytch_class_name(error_classify(cases[i].status,
				cases[i].type)));
}

static void
unknown_types_go_by_status(void **state)
{
	static const struct {
		int status;
		enum stytch_class class_;
	} cases[] = {
		{ 400, STYTCH_MISCONFIGURED },
		{ 401, STYTCH_MISCONFIGURED },
		{ 403, STYTCH_DENIED },
		{ 404, STYTCH_NOT_FOUND },
		{ 405, STYTCH_MISCONFIGURED },
		{ 408, STYTCH_UNAVAILABLE },
		{ 413, STYTCH_MISCONFIGURED },
		{ 429, STYTCH_THROTTLED },
		{ 499, STYTCH_UNAVAILABLE },
		{ 500, STYTCH_UNAVAILABLE },
		{ 502, STYTCH_UNAVAILABLE },
		{ 599, STYTCH_UNAVAILABLE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(error_classify(cases[i].status, ""),
		    cases[i].class_);
		assert_int_equal(error_classify(cases[i].status,
				     "never_heard_of"),
		    cases[i].class_);
		/* A name may not smuggle a pattern in. */
		assert_int_equal(error_classify(cases[i].status, "*"),
		    cases[i].class_);
	}
}

static void
server_in_trouble_decides_nothing(void **state)
{
	(void)state;
	assert_int_equal(error_classify(500, "otp_code_not_found"),
	    STYTCH_UNAVAILABLE);
	assert_int_equal(error_classify(502, "user_not_found"),
	    STYTCH_UNAVAILABLE);
	assert_int_equal(error_classify(503, "user_lock_limit_reached"),
	    STYTCH_UNAVAILABLE);
}

static void
no_error_is_ever_ok(void **state)
{
	(void)state;
	for (int status = 400; status < 600; status++)
		assert_int_not_equal(error_classify(status, "ok"), STYTCH_OK);
}

static void
unauthorized_is_ambiguous_where_a_proof_is_taken(void **state)
{
	static const enum stytch_endpoint proofs[] = {
		STYTCH_PASSWORDS_AUTHENTICATE,
		STYTCH_B2B_PASSWORDS_AUTHENTICATE,
		STYTCH_TOTPS_AUTHENTICATE,
		STYTCH_B2B_TOTP_AUTHENTICATE,
		STYTCH_OTPS_AUTHENTICATE,
		STYTCH_B2B_OTPS_SMS_AUTHENTICATE,
		STYTCH_B2B_RECOVERY_CODES_RECOVER,
	};
	static const enum stytch_endpoint others[] = {
		STYTCH_DEBUG_WHOAMI,
		STYTCH_USERS_GET,
		STYTCH_OTPS_SMS_SEND,
		STYTCH_PASSWORDS_CREATE,
		STYTCH_SESSIONS_AUTHENTICATE,
		STYTCH_B2B_SESSIONS_EXCHANGE,
		STYTCH_TOTPS_CREATE,
	};
	static const char type[] = "unauthorized_credentials";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(proofs); i++) {
		assert_true(error_is_ambiguous(proofs[i], 401, type));
		assert_false(error_is_ambiguous(proofs[i], 400, type));
		assert_false(error_is_ambiguous(proofs[i], 401, ""));
		assert_false(error_is_ambiguous(proofs[i], 401,
		    "unauthorized_credentials_error"));
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_false(error_is_ambiguous(others[i], 401, type));
}

static void
every_class_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i <= STYTCH_PROTOCOL; i++) {
		const char *name = stytch_class_name((enum stytch_class)i);

		assert_string_not_equal(name, "unknown");
		for (int j = 0; j < i; j++)
			assert_string_not_equal(name,
			    stytch_class_name((enum stytch_class)j));
	}
	assert_string_equal(stytch_class_name((enum stytch_class)99),
	    "unknown");
	assert_string_equal(stytch_class_name((enum stytch_class) - 1),
	    "unknown");
}

static void
texts_are_cut_and_cleaned(void **state)
{
	struct stytch_error error;
	char longer[600];

	(void)state;
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	memset(&error, 0xff, sizeof(error));
	assert_int_equal(error_set(&error, STYTCH_DENIED, longer, longer),
	    STYTCH_DENIED);
	assert_int_equal(strlen(error.parameter), STYTCH_TEXT_SIZE - 1);
	assert_int_equal(strlen(error.message), 2 * STYTCH_TEXT_SIZE - 1);
	assert_int_equal(error.http_status, 0);
	assert_string_equal(error.error_type, "");
	(void)error_set(&error, STYTCH_DENIED, "",
	    "a\x1b[2J\xff\n\xe2\x80\xae");
	assert_string_equal(error.message, "a?[2J???");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_types_have_their_classes),
		cmocka_unit_test(unknown_types_go_by_status),
		cmocka_unit_test(server_in_trouble_decides_nothing),
		cmocka_unit_test(no_error_is_ever_ok),
		cmocka_unit_test(
		    unauthorized_is_ambiguous_where_a_proof_is_taken),
		cmocka_unit_test(every_class_has_a_name_of_its_own),
		cmocka_unit_test(texts_are_cut_and_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
