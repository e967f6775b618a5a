/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What BEGIN says of the calling process: who it is and who started it, so
 * that the agent can bind a login to both.
 */
#ifndef PAM_STYTCH_PROCESS_H
#define PAM_STYTCH_PROCESS_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Three of the fields of /proc/PID/stat (proc(5)). */
struct process_stat {
	uint32_t pid;
	uint32_t parent_pid;
	uint64_t start; /* clock ticks since boot */
};

/* What is unknown is absent: its has_ is false. */
struct process {
	bool has_start;
	bool has_parent;
	bool has_audit_session;
	uint64_t start;
	uint32_t parent_pid;
	uint64_t parent_start;
	uint32_t audit_session;
};

/*
 * Read the text of a /proc/PID/stat.  The name of the program, in parentheses,
 * may hold anything, spaces and parentheses too.  Returns 0 or -EINVAL, and
 * then *out_stat is not touched.
 */
int process_parse_stat(const char *text, size_t len,
    struct process_stat *out_stat) MUST_CHECK;

/*
 * Read the text of a /proc/PID/sessionid.  Returns 0, -ENODATA (no session is
 * set) or -EINVAL, and then *out_session is not touched.
 */
int process_parse_session(const char *text, size_t len, uint32_t *out_session)
    MUST_CHECK;

/*
 * Tell what can be told of this process from the proc file system mounted at
 * proc ("/proc").  Never fails; where nothing can be read, nothing is there.
 */
void process_read(const char *proc, struct process *out_process);

#endif
