/* SPDX-License-Identifier: BSD-2-Clause */
/* What a DONE means; see verdict.h. */
#include "config.h"

#include "pam_stytch/verdict.h"

#include "pam_stytch/record.h"

#include <string.h>

/* clang-format off */
#define CODE(code) (UINT32_C(1) << (code))

/* The refusals that doc/PROTOCOL.md lists for each operation. */
static const uint32_t refusals[] = {
	[WIRE_AUTHENTICATE] = CODE(PAM_AUTH_ERR) | CODE(PAM_MAXTRIES) |
	    CODE(PAM_USER_UNKNOWN) | CODE(PAM_AUTHINFO_UNAVAIL) | CODE(PAM_ABORT),
	[WIRE_ACCOUNT] = CODE(PAM_PERM_DENIED) | CODE(PAM_ACCT_EXPIRED) |
	    CODE(PAM_USER_UNKNOWN) | CODE(PAM_AUTHINFO_UNAVAIL),
	[WIRE_OPEN] = CODE(PAM_SESSION_ERR) | CODE(PAM_USER_UNKNOWN) |
	    CODE(PAM_AUTHINFO_UNAVAIL),
	[WIRE_CLOSE] = CODE(PAM_SESSION_ERR) | CODE(PAM_USER_UNKNOWN) |
	    CODE(PAM_AUTHINFO_UNAVAIL),
	[WIRE_CHAUTHTOK] = CODE(PAM_USER_UNKNOWN),
};
/* clang-format on */
_Static_assert(ARRAY_LEN(refusals) == WIRE_CHAUTHTOK + 1, "one row each");

void
verdict_read(enum wire_operation operation, const struct wire_message *done,
    struct verdict *verdict)
{
	uint32_t code = wire_u32(done, WIRE_CODE, UINT32_MAX);
	const char *login = wire_text(done, WIRE_LOGIN);

	if (login != NULL && !login_is_valid(login))
		return;
	if (code != PAM_SUCCESS) {
		if (code < 32 && (refusals[operation] & CODE(code)) != 0)
			verdict->refusal = (int)code;
		return;
	}
	if (operation == WIRE_CHAUTHTOK ||
	    (operation == WIRE_AUTHENTICATE && login == NULL))
		return;
	if (login != NULL)
		memcpy(verdict->login, login, sizeof(verdict->login));
	verdict->is_granted = true;
}
