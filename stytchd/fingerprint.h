/* SPDX-License-Identifier: BSD-2-Clause */
/* What tells two configurations apart that make different accounts. */
#ifndef STYTCHD_FINGERPRINT_H
#define STYTCHD_FINGERPRINT_H

#include "stytchd/configuration.h"

/*
 * A digest of all that decides who becomes which account.  Returns 0 or
 * -ENOMEM; *out_text is the caller's.
 */
int fingerprint_make(const struct configuration *configuration, char **out_text)
    MUST_CHECK;

#endif
