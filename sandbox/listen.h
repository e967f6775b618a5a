/* SPDX-License-Identifier: BSD-2-Clause */
/* The listening socket and its name. */
#ifndef SANDBOX_LISTEN_H
#define SANDBOX_LISTEN_H

#include "common/attr.h"
#include "common/buf.h"

#include <stdbool.h>

/*
 * Bind and listen at "HOST:PORT", "[V6]:PORT" or "unix:/PATH" (mode 0600; a
 * dead socket there is replaced).  On success *out_fd is the caller's and
 * out_authority has "HOST:PORT" with the real port, or "" for a unix socket.
 * Returns 0, -EINVAL, or what the system calls say.
 */
int listen_at(const char *address, int *out_fd, struct buf *out_authority)
    MUST_CHECK;

/* The path of "unix:/PATH", or NULL. */
const char *listen_unix_path(const char *address);

#endif
