/* SPDX-License-Identifier: BSD-2-Clause */
/* From the text of stytch.conf to a configuration; for configuration.c alone. */
#ifndef STYTCHD_CONFIGURATION_PARSE_H
#define STYTCHD_CONFIGURATION_PARSE_H

#include "stytchd/configuration_internal.h"

/* What a file holds, and the name that messages call it by. */
struct configuration_text {
	const char *name;
	const char *text;
	size_t len;
};

/*
 * Fill in an empty configuration, its memory from arena.  Returns 0 or a
 * negative errno with error filled in.
 */
int configuration_build(const struct configuration_text *file,
    struct configuration *configuration, struct arena *arena,
    struct configuration_error *error) MUST_CHECK;

#endif
