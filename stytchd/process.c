/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes; see process.h. */
#include "config.h"

#include "stytchd/process.h"

#include "common/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#define START_FIELD 22
#define MARK_LEN 32 /* hex digits */
_Static_assert(MARK_LEN < BOOT_SIZE, "the mark fits");

uint64_t
process_stat_start(const char *stat, size_t len)
{
	const char *end = stat + len;
	const char *at = NULL;
	uint64_t start = 0;

	/* "PID (name) S ...": the name ends at the last bracket. */
	for (const char *c = stat; c < end; c++)
		if (*c == ')')
			at = c + 1;
	if (at == NULL)
		return 0;
	for (int field = 2; field < START_FIELD; field++) {
		while (at < end && *at != ' ')
			at++;
		if (at == end)
			return 0;
		at++;
	}
	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		if (start > (UINT64_MAX - 9) / 10)
			return 0;
		start = start * 10 + (uint64_t)(*at - '0');
	}
	return start;
}

/* Read a small file.  Returns its length or a negative errno. */
static ssize_t
read_small(const char *path, char *data, size_t size)
{
	CLEANUP(fd_close)
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, data, size);
	return len < 0 ? -errno : len;
}

bool
process_is_gone(const struct process_id *process)
{
	char path[64], stat[1024] = "";
	ssize_t len;
	int path_len;

	if (process->pid <= 0 || process->start == 0)
		return false;
	path_len =
	    snprintf(path, sizeof(path), "/proc/%ld/stat", (long)process->pid);
	if (path_len < 0 || (size_t)path_len >= sizeof(path))
		return false;
	len = read_small(path, stat, sizeof(stat));
	if (len >= 0)
		return process_stat_start(stat, (size_t)len) != process->start;
	/* Hidden ones are not there either: pid 1 tells which it is. */
	return (len == -ENOENT || len == -ESRCH) &&
	    access("/proc/1/stat", R_OK) == 0;
}

static int
write_mark(const char *path)
{
	CLEANUP(fd_close)
	int fd = open(path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	unsigned char bytes[MARK_LEN / 2];
	char text[MARK_LEN + 1];

	if (fd < 0)
		return -errno;
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -EIO;
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)!snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return write(fd, text, MARK_LEN) == MARK_LEN ? 0 : -EIO;
}

int
process_boot_mark(const char *runtime_dir, char out_boot[BOOT_SIZE])
{
	CLEANUP(buf_clear) struct buf path = BUF_INIT(4096);
	ssize_t len;
	int error;

	buf_addf(&path, "%s/boot", runtime_dir);
	if (buf_error(&path) != 0)
		return buf_error(&path);
	len = read_small(buf_text(&path), out_boot, BOOT_SIZE - 1);
	/* One that cannot be read now is no sign of another boot. */
	if (len == -ENOENT || (len >= 0 && len != MARK_LEN)) {
		(void)unlink(buf_text(&path)); /* one cut short */
		error = write_mark(buf_text(&path));
		if (error != 0)
			return error;
		len = read_small(buf_text(&path), out_boot, BOOT_SIZE - 1);
	}
	if (len != MARK_LEN)
		return len < 0 ? (int)len : -EIO;
	out_boot[len] = '\0';
	return 0;
}
