/* SPDX-License-Identifier: BSD-2-Clause */
/* From the API's error_type to a class; see error.h. */
#include "config.h"

#include "libstytch/error.h"

#include "common/buf.h"

#include <fnmatch.h>
#include <string.h>

/*
 * Types that mean the same on every endpoint, in the order of the classes.
 * A name may be a pattern of fnmatch().  What is not here goes by status.
 */
/* clang-format off */
static const struct {
	const char *type;
	enum stytch_class class_;
} types[] = {
	{ "otp_code_not_found",                   STYTCH_REJECTED },
	{ "unable_to_authenticate_totp",          STYTCH_REJECTED },
	{ "invalid_totp_code",                    STYTCH_REJECTED },
	{ "invalid_code",                         STYTCH_REJECTED },
	{ "unable_to_authenticate_recovery_code", STYTCH_REJECTED },
	{ "invalid_recovery_code",                STYTCH_REJECTED },
	{ "recovery_code_used_as_totp_code",      STYTCH_REJECTED },
	{ "totp_code_used_as_recovery_code",      STYTCH_REJECTED },
	{ "unable_to_auth_webauthn_registration", STYTCH_REJECTED },
	{ "unable_to_authenticate_crypto_wallet", STYTCH_REJECTED },

	{ "unable_to_auth_otp_code",              STYTCH_EXPIRED },
	{ "unable_to_auth_magic_link",            STYTCH_EXPIRED },
	{ "magic_link_not_found",                 STYTCH_EXPIRED },
	{ "unable_to_auth_password_reset_token",  STYTCH_EXPIRED },
	{ "unable_to_auth_impersonation_token",   STYTCH_EXPIRED },
	{ "intermediate_session_not_found",       STYTCH_EXPIRED },
	{ "session_not_found",                    STYTCH_EXPIRED },
	{ "invalid_session_token",                STYTCH_EXPIRED },
	{ "expired_totp",                         STYTCH_EXPIRED },
	{ "totp_code_already_authenticated",      STYTCH_EXPIRED },
	{ "sso_token_not_found",                  STYTCH_EXPIRED },
	{ "oauth_token_not_found",                STYTCH_EXPIRED },

	{ "too_many_requests",                    STYTCH_THROTTLED },
	{ "too_few_tokens_authenticated",         STYTCH_THROTTLED },
	{ "captcha_failed",                       STYTCH_THROTTLED },

	{ "user_lock_limit_reached",              STYTCH_LOCKED },

	{ "user_not_found",                       STYTCH_NOT_FOUND },
	{ "member_not_found",                     STYTCH_NOT_FOUND },
	{ "email_not_found",                      STYTCH_NOT_FOUND },
	{ "phone_number_not_found",               STYTCH_NOT_FOUND },
	{ "no_user_password",                     STYTCH_NOT_FOUND },
	{ "member_password_not_found",            STYTCH_NOT_FOUND },
	{ "totps_not_found_for_user",             STYTCH_NOT_FOUND },
	{ "totp_not_found",                       STYTCH_NOT_FOUND },

	{ "stale_factors",                        STYTCH_DENIED },
	{ "unauthorized_action",                  STYTCH_DENIED },
	{ "session_authorization_error",          STYTCH_DENIED },
	{ "session_authorization_tenancy_error",  STYTCH_DENIED },
	{ "consumer_session_authorization_error", STYTCH_DENIED },
	{ "operation_restricted_by_organization_*", STYTCH_DENIED },
	{ "email_jit_provisioning_not_allowed",   STYTCH_DENIED },
	{ "invalid_email_for_jit_provisioning",   STYTCH_DENIED },
	{ "organization_suspended",               STYTCH_DENIED },
	{ "attribute_mismatch",                   STYTCH_DENIED },
	{ "unsubscribed_phone_number",            STYTCH_DENIED },
	{ "inactive_email",                       STYTCH_DENIED },
	{ "reset_password",                       STYTCH_DENIED },
	{ "member_reset_password",                STYTCH_DENIED },
	{ "breached_password",                    STYTCH_DENIED },
	{ "weak_password",                        STYTCH_DENIED },

	{ "unauthorized_credentials*",            STYTCH_MISCONFIGURED },
	{ "invalid_project_id_authentication",    STYTCH_MISCONFIGURED },
	{ "invalid_secret_authentication",        STYTCH_MISCONFIGURED },
	{ "invalid_b2b_endpoint",                 STYTCH_MISCONFIGURED },
	{ "invalid_consumer_endpoint",            STYTCH_MISCONFIGURED },
	{ "route_not_found",                      STYTCH_MISCONFIGURED },
	{ "method_not_allowed",                   STYTCH_MISCONFIGURED },
	{ "no_*_redirect_url*",                   STYTCH_MISCONFIGURED },
	{ "no_match_for_provided_*_url",          STYTCH_MISCONFIGURED },
	{ "billing_not_verified*",                STYTCH_MISCONFIGURED },
	{ "wrong_stack_*",                        STYTCH_MISCONFIGURED },

	{ "downstream_carrier_error",             STYTCH_UNAVAILABLE },
	{ "search_timeout",                       STYTCH_UNAVAILABLE },
	{ "client_closed_request",                STYTCH_UNAVAILABLE },
	{ "server_unavailable",                   STYTCH_UNAVAILABLE },
	{ "internal_server_error",                STYTCH_UNAVAILABLE },
};
/* clang-format on */

/*
 * Where a 401 unauthorized_credentials may be the person's mistake.  For codes
 * no document says so, but an API's own stand-in answers it to a wrong one.
 */
static const enum stytch_endpoint proof_endpoints[] = {
	STYTCH_PASSWORDS_AUTHENTICATE,
	STYTCH_PASSWORDS_EXISTING_PASSWORD_RESET,
	STYTCH_B2B_PASSWORDS_AUTHENTICATE,
	STYTCH_B2B_PASSWORDS_DISCOVERY_AUTHENTICATE,
	STYTCH_B2B_PASSWORDS_EXISTING_PASSWORD_RESET,
	STYTCH_OTPS_AUTHENTICATE,
	STYTCH_TOTPS_AUTHENTICATE,
	STYTCH_TOTPS_RECOVER,
	STYTCH_B2B_OTPS_SMS_AUTHENTICATE,
	STYTCH_B2B_OTPS_EMAIL_AUTHENTICATE,
	STYTCH_B2B_OTPS_EMAIL_DISCOVERY_AUTHENTICATE,
	STYTCH_B2B_TOTP_AUTHENTICATE,
	STYTCH_B2B_RECOVERY_CODES_RECOVER,
};

const char *
stytch_class_name(enum stytch_class class_)
{
	static const char *const names[] = {
		[STYTCH_OK] = "ok",
		[STYTCH_REJECTED] = "rejected",
		[STYTCH_EXPIRED] = "expired",
		[STYTCH_THROTTLED] = "throttled",
		[STYTCH_LOCKED] = "locked",
		[STYTCH_NOT_FOUND] = "not_found",
		[STYTCH_DENIED] = "denied",
		[STYTCH_MISCONFIGURED] = "misconfigured",
		[STYTCH_UNAVAILABLE] = "unavailable",
		[STYTCH_PROTOCOL] = "protocol",
	};

	return (size_t)class_ < ARRAY_LEN(names) ? names[class_] : "unknown";
}

static enum stytch_class
classify_status(int http_status)
{
	switch (http_status) {
	case 403:
		return STYTCH_DENIED;
	case 404:
		return STYTCH_NOT_FOUND;
	case 408:
	case 499:
		return STYTCH_UNAVAILABLE;
	case 429:
		return STYTCH_THROTTLED;
	default:
		return http_status >= 500 ? STYTCH_UNAVAILABLE
					  : STYTCH_MISCONFIGURED;
	}
}

enum stytch_class
error_classify(int http_status, const char *error_type)
{
	/* A server in trouble has no say about a code or a user. */
	if (http_status >= 500)
		return STYTCH_UNAVAILABLE;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (fnmatch(types[i].type, error_type, 0) == 0)
			return types[i].class_;
	return classify_status(http_status);
}

bool
error_endpoint_takes_proof(enum stytch_endpoint endpoint)
{
	for (size_t i = 0; i < ARRAY_LEN(proof_endpoints); i++)
		if (proof_endpoints[i] == endpoint)
			return true;
	return false;
}

bool
error_is_ambiguous(enum stytch_endpoint endpoint, int http_status,
    const char *error_type)
{
	return http_status == 401 &&
	    strcmp(error_type, "unauthorized_credentials") == 0 &&
	    error_endpoint_takes_proof(endpoint);
}

void
error_text(char *out, size_t size, const char *text)
{
	CLEANUP(buf_clear) struct buf clean = BUF_INIT(size - 1);

	buf_add_clean(&clean, text, size - 1);
	memset(out, 0, size);
	memcpy(out, buf_text(&clean), clean.len);
}

enum stytch_class
error_set(struct stytch_error *error, enum stytch_class class_,
    const char *parameter, const char *message)
{
	memset(error, 0, sizeof(*error));
	error->class_ = class_;
	error_text(error->parameter, sizeof(error->parameter), parameter);
	error_text(error->message, sizeof(error->message), message);
	return class_;
}
