/* SPDX-License-Identifier: BSD-2-Clause */
/* The entry points of the PAM module; what they do is in phase.c. */
#include "config.h"

#include "common/wire.h"
#include "pam_stytch/phase.h"

static const struct host this_host = {
	.passwd_file = SYSCONFDIR "/passwd",
	.proc_dir = "/proc",
	.reply_max_ms = WIRE_REPLY_MAX_MS,
};

#define ENTRY_POINT(name, phase) \
	EXPORT int name(pam_handle_t *pamh, int flags, int argc, \
	    const char **argv) \
	{ \
		const struct arguments given = { pamh, flags, argc, argv }; \
\
		return phase(&this_host, &given); \
	}

ENTRY_POINT(pam_sm_authenticate, phase_authenticate)
ENTRY_POINT(pam_sm_setcred, phase_setcred)
ENTRY_POINT(pam_sm_acct_mgmt, phase_account)
ENTRY_POINT(pam_sm_open_session, phase_open_session)
ENTRY_POINT(pam_sm_close_session, phase_close_session)
ENTRY_POINT(pam_sm_chauthtok, phase_chauthtok)
