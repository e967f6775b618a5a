/* SPDX-License-Identifier: BSD-2-Clause */
/* What one call of a PAM entry point works with. */
#ifndef PAM_STYTCH_CALL_H
#define PAM_STYTCH_CALL_H

#include "pam_stytch/options.h"

#include <security/pam_modules.h>
#include <stdint.h>

/* Where the module looks; tests put other places. */
struct host {
	const char *passwd_file; /* /etc/passwd */
	const char *proc_dir;    /* /proc */
	int64_t reply_max_ms;    /* longest wait for one packet */
};

/* What is pointed to outlives the call. */
struct call {
	const struct host *host;
	pam_handle_t *pamh;
	struct options options;
	unsigned flags; /* the application's */
};

#endif
