/* SPDX-License-Identifier: BSD-2-Clause */
/* What nss.limits must say, by the configuration. */
#ifndef STYTCHCTL_LIMITS_TEXT_H
#define STYTCHCTL_LIMITS_TEXT_H

#include "common/attr.h"

#include <stddef.h>

struct configuration;

/* Why no limits can be made of a configuration: a clean text. */
struct limits_fault {
	char text[256];
};

/*
 * The text of nss.limits: the ranges of [accounts], and each grant of
 * [groups] with its group looked up in the file group_path (the host's own
 * groups; never NSS).  *out_text is the caller's.  Returns 0, or -EINVAL (no
 * such group, or root's), -E2BIG, -ENOMEM, or what reading the file says,
 * with fault filled in.
 */
int limits_text(const struct configuration *configuration,
    const char *group_path, char **out_text, struct limits_fault *fault)
    MUST_CHECK;

#endif
