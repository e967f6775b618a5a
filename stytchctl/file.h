/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole small text files, in and out. */
#ifndef STYTCHCTL_FILE_H
#define STYTCHCTL_FILE_H

#include "common/attr.h"

#include <stddef.h>

/*
 * Read a regular file of at most max bytes; *out_text is the caller's and
 * ends at the first NUL of the file.  0, -EFBIG, -EINVAL (not a file),
 * -ENOMEM, or what open() and read() say.
 */
int file_read(const char *path, size_t max, char **out_text) MUST_CHECK;

/*
 * Put text at path as one step: beside it, flushed, renamed over it; mode
 * 0644, owned by the caller.  On failure path is as it was and nothing is
 * left beside it.  0 or a negative errno.
 */
int file_replace(const char *path, const char *text) MUST_CHECK;

#endif
