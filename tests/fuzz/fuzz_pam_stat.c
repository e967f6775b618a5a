/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID/stat and /proc/PID/sessionid, whatever a program calls itself. */
#include "config.h"

#include "pam_stytch/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read, written again in the plainest form, reads the same. */
static void
check_again(const struct process_stat *stat)
{
	struct process_stat again;
	char text[256];
	int n = snprintf(text, sizeof(text),
	    "%lu (x) S %lu 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 %llu\n",
	    (unsigned long)stat->pid, (unsigned long)stat->parent_pid,
	    (unsigned long long)stat->start);

	if (n < 0 || process_parse_stat(text, (size_t)n, &again) != 0 ||
	    again.pid != stat->pid || again.parent_pid != stat->parent_pid ||
	    again.start != stat->start)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct process_stat stat;
	uint32_t session = 0;

	if (process_parse_stat((const char *)data, size, &stat) == 0)
		check_again(&stat);
	if (process_parse_session((const char *)data, size, &session) == 0 &&
	    session == UINT32_MAX)
		abort();
	return 0;
}
