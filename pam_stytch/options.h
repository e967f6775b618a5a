/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options on the module's line of a PAM service file, from one table.
 */
#ifndef PAM_STYTCH_OPTIONS_H
#define PAM_STYTCH_OPTIONS_H

#include "common/attr.h"

#include <stdbool.h>

#define OPTIONS_RUNTIME_DIR "/run/stytchd"
#define OPTIONS_RUNTIME_DIR_MAX 80 /* as [stytch] runtime_dir */

struct options {
	const char *runtime_dir; /* absolute; points into argv or is constant */
	bool use_first_pass;     /* answer with PAM_AUTHTOK, never ask */
	bool try_first_pass;     /* answer with PAM_AUTHTOK, then ask */
	bool debug;
};

/*
 * Read the module's arguments; argv and its strings must stay while the
 * options are used.  Returns 0, or -EINVAL where an option is unknown, stands
 * twice, lacks its value or has one it does not take, where the folder is not
 * an absolute path, or where both first_pass options are given; then
 * *out_bad is the argument at fault and *out_options is not touched.
 */
int options_parse(int argc, const char **argv, struct options *out_options,
    const char **out_bad) MUST_CHECK;

#endif
