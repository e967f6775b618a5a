/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID/stat: see proc(5). */
#include "config.h"

#include "stytchctl/process.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIELD_START 22 /* the first is 1; state, behind the name, is 3 */

int
process_parse_start(const char *text, size_t len, uint64_t *out_start)
{
	const char *at = memrchr(text, ')', len);
	const char *end = text + len;
	uint64_t value = 0;

	if (at == NULL)
		return -EPROTO;
	for (int field = 2; field < FIELD_START; field++) {
		at = memchr(at, ' ', (size_t)(end - at));
		if (at == NULL)
			return -EPROTO;
		at++;
	}
	if (at == end || !isdigit((unsigned char)*at))
		return -EPROTO;
	for (; at < end && isdigit((unsigned char)*at); at++) {
		if (value > (UINT64_MAX - 9) / 10)
			return -EPROTO;
		value = value * 10 + (uint64_t)(*at - '0');
	}
	*out_start = value;
	return 0;
}

static int
read_start(pid_t pid, uint64_t *out_start)
{
	CLEANUP(fd_close) int fd = -1;
	char path[64];
	char text[1024];
	ssize_t len;
	int written = snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);

	if (written < 0 || (size_t)written >= sizeof(path))
		return -EINVAL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text));
	if (len < 0)
		return -errno;
	return process_parse_start(text, (size_t)len, out_start);
}

int
process_read(struct process *out_process)
{
	struct process process = { .parent_pid = (uint32_t)getppid() };
	int result = read_start(getpid(), &process.start);

	/* The parent may be out of sight (another namespace, hidepid). */
	if (read_start(getppid(), &process.parent_start) != 0)
		process.parent_pid = 0;
	if (ttyname_r(STDIN_FILENO, process.tty, sizeof(process.tty)) != 0)
		process.tty[0] = '\0';
	if (result == 0)
		*out_process = process;
	return result;
}
