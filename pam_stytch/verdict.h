/* SPDX-License-Identifier: BSD-2-Clause */
/* What the agent's DONE means, by the table of doc/PROTOCOL.md. */
#ifndef PAM_STYTCH_VERDICT_H
#define PAM_STYTCH_VERDICT_H

#include "common/wire.h"

#include <security/pam_modules.h>
#include <stdbool.h>

/*
 * What came of a request.  Starts as a refusal; only the agent's word makes
 * it a grant.
 */
struct verdict {
	bool is_granted;
	int refusal;                    /* a PAM code, where not granted */
	char login[WIRE_LOGIN_LEN + 1]; /* where granted: the login id or "" */
};

#define VERDICT_INIT \
	{ \
		.is_granted = false, .refusal = PAM_AUTHINFO_UNAVAIL, \
		.login = "" \
	}

/*
 * Read a DONE as the answer to operation.  verdict comes in as VERDICT_INIT
 * and stays so for every code that the protocol does not list for the
 * operation, for a login that is no login id, and for a granted authenticate
 * without one.
 */
void verdict_read(enum wire_operation operation,
    const struct wire_message *done, struct verdict *verdict);

#endif
