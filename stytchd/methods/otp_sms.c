/* SPDX-License-Identifier: BSD-2-Clause */
/* A code by text message; in B2B the second step alone, to the MFA phone. */
#include "config.h"

#include "stytchd/methods/otp.h"

static void
fill_send_member(const struct step *step, struct stytch_call *call)
{
	method_fill_member(step, call);
	method_fill_locale(step, call);
}

/* clang-format off */
const struct method method_otp_sms = {
	.name = "otp_sms",
	.menu = "Code by text message to %s",
	.prompt = "Code sent to %s: ",
	.kind = WIRE_PROMPT_CODE,
	.factor = FACTOR_PHONE,
	.is_text = true,
	.b2b_secondary = true,
	.evidence_types = { "otp", NULL },
	.evidence_delivery = "sms",
	.send = {
		[PROJECT_CONSUMER] = { STYTCH_OTPS_SMS_SEND, otp_fill_send_phone, NULL, NULL },
		[PROJECT_B2B] = { STYTCH_B2B_OTPS_SMS_SEND, fill_send_member, NULL, NULL },
	},
	.verify = {
		[PROJECT_CONSUMER] = { STYTCH_OTPS_AUTHENTICATE, otp_fill_verify, "code", NULL },
		[PROJECT_B2B] = { STYTCH_B2B_OTPS_SMS_AUTHENTICATE, method_fill_member, "code", NULL },
	},
	.is_usable = otp_has_phone,
	.read_answer = method_read_code,
};
/* clang-format on */
