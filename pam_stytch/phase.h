/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The six phases of PAM, as the entry points call them.  Each takes the
 * arguments of its entry point (see pam_sm_authenticate(3) and its kin) and
 * returns its code.
 *
 * A local name is PAM_USER_UNKNOWN and nothing is sent.  No error is ever
 * PAM_SUCCESS or PAM_IGNORE: whatever cannot be told is PAM_AUTHINFO_UNAVAIL,
 * a bad option too (in the session phases PAM_SESSION_ERR).
 */
#ifndef PAM_STYTCH_PHASE_H
#define PAM_STYTCH_PHASE_H

#include "pam_stytch/call.h"

/* What an entry point was given. */
struct arguments {
	pam_handle_t *pamh;
	int flags;
	int argc;
	const char **argv;
};

/* Let the person in, and keep the login for the session phase. */
int phase_authenticate(const struct host *host, const struct arguments *given);

/*
 * Give no credentials; say whether the account is ours.  Who was let in by
 * this handle, or passed account by it, is.  Else the agent is asked, as root.
 */
int phase_setcred(const struct host *host, const struct arguments *given);

/* Ask the agent whether the account may be used. */
int phase_account(const struct host *host, const struct arguments *given);

/*
 * Open and close the session.  A login that this handle holds goes before
 * PAM_USER, which sudo sets to the target.
 */
int phase_open_session(const struct host *host, const struct arguments *given);
int phase_close_session(const struct host *host, const struct arguments *given);

/* No password is changed here: PAM_USER_UNKNOWN. */
int phase_chauthtok(const struct host *host, const struct arguments *given);

#endif
