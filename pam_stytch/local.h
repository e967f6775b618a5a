/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local names, by the module's own look into /etc/passwd: the answer must not
 * hang on NSS, which may ask the agent.
 */
#ifndef PAM_STYTCH_LOCAL_H
#define PAM_STYTCH_LOCAL_H

#include "common/attr.h"

/*
 * Whether name stands in the passwd file at path: 1 or 0.  A negative errno
 * where that cannot be told: the file cannot be opened or read (open()'s and
 * read()'s errors), has no entry at all (-ENODATA) or a line longer than 16
 * KiB (-ERANGE); the caller must not go on as if the name were not local.
 */
int local_has(const char *path, const char *name) MUST_CHECK;

#endif
