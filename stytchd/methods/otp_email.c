/* SPDX-License-Identifier: BSD-2-Clause */
/* A code by email. */
#include "config.h"

#include "stytchd/methods/otp.h"

/*
 * Consumer: "send" and never login_or_create, which would make a user of any
 * name that somebody types.
 */
static void
fill_send(const struct step *step, struct stytch_call *call)
{
	method_fill_email(step, call);
	stytch_call_set_int(call, "expiration_minutes", CODE_MINUTES);
	method_fill_attributes(step, call);
	method_fill_locale(step, call);
}

/* B2B has no "send" alone: the member was just seen to exist (sending.c). */
static void
fill_send_member(const struct step *step, struct stytch_call *call)
{
	method_fill_member_email(step, call);
	stytch_call_set_int(call, "login_expiration_minutes", CODE_MINUTES);
	method_fill_locale(step, call);
}

/* clang-format off */
const struct method method_otp_email = {
	.name = "otp_email",
	.menu = "Code by email to %s",
	.prompt = "Code sent to %s: ",
	.kind = WIRE_PROMPT_CODE,
	.factor = FACTOR_MAILBOX,
	.b2b_primary = true,
	.b2b_auth_method = "email_otp",
	.evidence_types = { "otp", "email_otp" },
	.evidence_delivery = "email",
	.send = {
		[PROJECT_CONSUMER] = { STYTCH_OTPS_EMAIL_SEND, fill_send, NULL, NULL },
		[PROJECT_B2B] = { STYTCH_B2B_OTPS_EMAIL_LOGIN_OR_SIGNUP, fill_send_member, NULL, NULL },
	},
	.verify = {
		[PROJECT_CONSUMER] = { STYTCH_OTPS_AUTHENTICATE, otp_fill_verify, "code", NULL },
		[PROJECT_B2B] = { STYTCH_B2B_OTPS_EMAIL_AUTHENTICATE, method_fill_member_email, "code", NULL },
	},
	.is_usable = method_has_email,
	.read_answer = method_read_code,
};
/* clang-format on */
