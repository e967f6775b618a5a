/* SPDX-License-Identifier: BSD-2-Clause */
/* Small files: read whole, replaced whole. */
#include "config.h"

#include "stytchctl/file.h"

#include "common/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
file_read(const char *path, size_t max, char **out_text)
{
	CLEANUP(fd_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	CLEANUP(buf_clear) struct buf text = BUF_INIT(max);
	struct stat status;
	int result;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) != 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	buf_add_file(&text, fd);
	result = buf_take(&text, out_text);
	return result == -E2BIG ? -EFBIG : result;
}

static int
write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t put = write(fd, text, left);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		text += put;
		left -= (size_t)put;
	}
	if (fchmod(fd, 0644) != 0 || fsync(fd) != 0)
		return -errno;
	return 0;
}

/* The rename is on the disk only when its folder is. */
static int
flush_folder(const char *path)
{
	CLEANUP(buf_clear) struct buf folder = BUF_INIT(4096);
	CLEANUP(fd_close) int fd = -1;
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		buf_adds(&folder, slash == NULL ? "." : "/");
	else
		buf_add(&folder, path, (size_t)(slash - path));
	if (buf_error(&folder) != 0)
		return buf_error(&folder);
	fd = open(buf_text(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		return -errno;
	return 0;
}

int
file_replace(const char *path, const char *text)
{
	CLEANUP(buf_clear) struct buf beside = BUF_INIT(4096);
	CLEANUP(fd_close) int fd = -1;
	int result;

	buf_addf(&beside, "%s.new", path);
	if (buf_error(&beside) != 0)
		return buf_error(&beside);
	(void)unlink(buf_text(&beside)); /* of an earlier, broken off run */
	fd = open(buf_text(&beside),
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	result = write_all(fd, text);
	if (result == 0 && rename(buf_text(&beside), path) != 0)
		result = -errno;
	if (result != 0) {
		(void)unlink(buf_text(&beside));
		return result;
	}
	return flush_folder(path);
}
