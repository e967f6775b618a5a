/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes that must not be seen: passwords, codes, tokens, the project secret.
 * A struct, so that printf("%s") of one does not compile; wiped when cleared
 * or replaced; out only by secret_reveal(), each call of which is reviewed.
 */
#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct secret {
	char *bytes; /* NULL, or len bytes and a NUL */
	size_t len;
};

#define SECRET_INIT \
	{ \
		.bytes = NULL, .len = 0 \
	}

/*
 * Copy len bytes in; what was there is wiped.  Returns 0 or -ENOMEM, and then
 * the secret is unchanged.
 */
int secret_set(struct secret *secret, const char *bytes, size_t len) MUST_CHECK;

/* The bytes, with a NUL behind them; "" where nothing is set. */
const char *secret_reveal(const struct secret *secret);

bool secret_is_set(const struct secret *secret);

/* Whether both are set and the same; the time depends on the lengths alone. */
bool secret_equal(const struct secret *a, const struct secret *b) MUST_CHECK;

/*
 * Read a secret from a file: one line, at most 1024 bytes; one newline at the end is
 * dropped.  The file must be regular, not reached by a symbolic link, owned by root or
 * the caller's effective uid, and not open to group or others.  Returns 0,
 * -EPERM (owner or mode), -EINVAL (not a file, empty, too long, NUL inside) or what
 * open() and read() say.
 */
int secret_read_file(struct secret *secret, const char *path) MUST_CHECK;

/* Wipe and free; the empty state is left. */
void secret_clear(struct secret *secret);

#endif
