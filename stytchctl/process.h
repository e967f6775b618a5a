/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is asking: what BEGIN says of the calling process. */
#ifndef STYTCHCTL_PROCESS_H
#define STYTCHCTL_PROCESS_H

#include "common/attr.h"

#include <stddef.h>
#include <stdint.h>

struct process {
	uint64_t start; /* clock ticks since boot */
	uint32_t parent_pid;
	uint64_t parent_start;
	char tty[65]; /* of standard input, or "" */
};

/* Read /proc/self and the parent's.  0, -EPROTO, or what open() says. */
int process_read(struct process *out_process) MUST_CHECK;

/*
 * Field 22 of a /proc/PID/stat, whose second field may hold anything.  Pure.
 * 0 or -EPROTO.
 */
int process_parse_start(const char *text, size_t len, uint64_t *out_start)
    MUST_CHECK;

#endif
