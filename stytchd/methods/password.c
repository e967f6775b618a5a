/* SPDX-License-Identifier: BSD-2-Clause */
/* A password kept by Stytch. */
#include "config.h"

#include "stytchd/methods/method.h"

static bool
is_usable(const struct person *person, const struct contact **out_contact)
{
	return method_has_email(person, out_contact) && person->has_password;
}

/* clang-format off */
const struct method method_password = {
	.name = "password",
	.menu = "Password",
	.prompt = "Password: ",
	.kind = WIRE_PROMPT_PASSWORD,
	.factor = FACTOR_KNOWLEDGE,
	.b2b_primary = true,
	.b2b_auth_method = "password",
	.evidence_types = { "password", NULL },
	.verify = {
		[PROJECT_CONSUMER] = { STYTCH_PASSWORDS_AUTHENTICATE, method_fill_email, "password", NULL },
		[PROJECT_B2B] = { STYTCH_B2B_PASSWORDS_AUTHENTICATE, method_fill_member_email, "password", NULL },
	},
	.is_usable = is_usable,
	.read_answer = method_read_password,
};
/* clang-format on */
