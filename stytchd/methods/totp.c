/* SPDX-License-Identifier: BSD-2-Clause */
/* A code of an authenticator app; in B2B it needs a session or a first step. */
#include "config.h"

#include "stytchd/methods/method.h"

static bool
is_usable(const struct person *person, const struct contact **out_contact)
{
	*out_contact = NULL;
	return person->totp_id != NULL;
}

/* clang-format off */
const struct method method_totp = {
	.name = "totp",
	.menu = "Code from your authenticator app",
	.prompt = "Authenticator code: ",
	.kind = WIRE_PROMPT_CODE,
	.factor = FACTOR_AUTHENTICATOR,
	.burns = true,
	.b2b_secondary = true,
	.evidence_types = { "totp", NULL },
	.verify = {
		[PROJECT_CONSUMER] = { STYTCH_TOTPS_AUTHENTICATE, method_fill_user, "totp_code", NULL },
		[PROJECT_B2B] = { STYTCH_B2B_TOTP_AUTHENTICATE, method_fill_member, "code", NULL },
	},
	.is_usable = is_usable,
	.read_answer = method_read_code,
};
/* clang-format on */
