/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts with {placeholders}: [accounts] home and name_template. */
#ifndef STYTCHD_TEMPLATE_H
#define STYTCHD_TEMPLATE_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct template_value {
	const char *name;
	const char *value; /* NULL: the person has none */
};

/*
 * Put the values in.  Returns 0, -EINVAL (an unknown placeholder, a stray
 * brace), -ENOENT (a placeholder whose value is NULL or empty), -E2BIG (more
 * than 1024 bytes) or -ENOMEM.
 */
int template_expand(const char *text, const struct template_value *values,
    size_t count, char **out_text) MUST_CHECK;

/* Whether text can name accounts: its placeholders are known, one at least. */
bool template_is_name(const char *text);

/* Whether text is a home for every account: absolute, {name} in it, no other. */
bool template_is_home(const char *text);

#endif
