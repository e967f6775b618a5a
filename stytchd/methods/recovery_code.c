/* SPDX-License-Identifier: BSD-2-Clause */
/* One of the codes written down at enrolment; each is good once. */
#include "config.h"

#include "stytchd/methods/method.h"

#include <errno.h>
#include <string.h>

static bool
is_usable(const struct person *person, const struct contact **out_contact)
{
	*out_contact = NULL;
	return person->has_recovery_codes;
}

/* Lower case, blanks dropped: letters, digits and hyphens, 6 to 64. */
static int
read_answer(const char *typed, struct secret *out_answer)
{
	char code[64];
	size_t len = 0;
	int error = 0;

	for (; *typed != '\0' && error == 0; typed++) {
		char c = *typed;

		if (c == ' ')
			continue;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (len == sizeof(code) ||
		    (c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z')))
			error = -EINVAL;
		else
			code[len++] = c;
	}
	if (len < 6)
		error = -EINVAL;
	if (error == 0)
		error = secret_set(out_answer, code, len);
	explicit_bzero(code, sizeof(code));
	return error;
}

/* clang-format off */
const struct method method_recovery_code = {
	.name = "recovery_code",
	.menu = "Recovery code",
	.prompt = "Recovery code: ",
	.kind = WIRE_PROMPT_CODE,
	.factor = FACTOR_AUTHENTICATOR,
	.b2b_secondary = true,
	.evidence_types = { "recovery_codes", NULL },
	.verify = {
		[PROJECT_CONSUMER] = { STYTCH_TOTPS_RECOVER, method_fill_user, "recovery_code", NULL },
		[PROJECT_B2B] = { STYTCH_B2B_RECOVERY_CODES_RECOVER, method_fill_member, "recovery_code", NULL },
	},
	.is_usable = is_usable,
	.read_answer = read_answer,
};
/* clang-format on */
