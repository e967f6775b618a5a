/* SPDX-License-Identifier: BSD-2-Clause */
/* Where requests go: a base URL, judged and taken apart. */
#ifndef LIBSTYTCH_ORIGIN_H
#define LIBSTYTCH_ORIGIN_H

#include "common/attr.h"

#include <stdbool.h>

struct origin {
	char *prefix;    /* what a path is appended to: no slash at its end */
	char *unix_path; /* NULL, or the socket to connect to */
	bool is_plain;   /* http */
};

#define ORIGIN_INIT \
	{ \
		.prefix = NULL, .unix_path = NULL, .is_plain = false \
	}

/*
 * Take https://HOST[:PORT][/PREFIX]; with allow_plain also the same with http
 * to a loopback address in figures, and unix:/PATH.  No user, password, query
 * or fragment.  Returns 0, -EINVAL or -ENOMEM; out_origin is written on
 * success only.
 */
int origin_parse(const char *url, bool allow_plain, struct origin *out_origin)
    MUST_CHECK;

void origin_clear(struct origin *origin);

#endif
