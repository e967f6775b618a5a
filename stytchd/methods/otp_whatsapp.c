/* SPDX-License-Identifier: BSD-2-Clause */
/* A code by WhatsApp; consumer projects alone. */
#include "config.h"

#include "stytchd/methods/otp.h"

/* clang-format off */
const struct method method_otp_whatsapp = {
	.name = "otp_whatsapp",
	.menu = "Code by WhatsApp to %s",
	.prompt = "Code sent to %s: ",
	.kind = WIRE_PROMPT_CODE,
	.factor = FACTOR_PHONE,
	.is_text = true,
	.evidence_types = { "otp", NULL },
	.evidence_delivery = "whatsapp",
	.send = {
		[PROJECT_CONSUMER] = { STYTCH_OTPS_WHATSAPP_SEND, otp_fill_send_phone, NULL, NULL },
	},
	.verify = {
		[PROJECT_CONSUMER] = { STYTCH_OTPS_AUTHENTICATE, otp_fill_verify, "code", NULL },
	},
	.is_usable = otp_has_phone,
	.read_answer = method_read_code,
};
/* clang-format on */
