/* SPDX-License-Identifier: BSD-2-Clause */
/* Marking a published map; see map_retire.h. */
#include "config.h"

#include "nss_stytch/map_retire.h"

#include "nss_stytch/map_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int
map_retire_open(const char *path, int *out_fd)
{
	CLEANUP(fd_close)
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct map_header header;
	struct stat status;
	ssize_t len;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) != 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EBADMSG;
	len = pread(fd, &header, sizeof(header), 0);
	if (len < 0)
		return -errno;
	if ((size_t)len < sizeof(header) ||
	    memcmp(header.magic, MAP_MAGIC, sizeof(header.magic)) != 0 ||
	    le16toh(header.major) != MAP_MAJOR)
		return -EBADMSG;
	*out_fd = fd;
	fd = -1;
	return 0;
}

int
map_retire_mark(int fd, enum map_retired word)
{
	uint32_t value = htole32((uint32_t)word);
	ssize_t len = pwrite(fd, &value, sizeof(value),
	    offsetof(struct map_header, retired));

	if (len < 0)
		return -errno;
	return len == (ssize_t)sizeof(value) ? 0 : -EIO;
}

int
map_reread(const char *path)
{
	CLEANUP(fd_close) int fd = -1;
	int error = map_retire_open(path, &fd);

	return error != 0 ? error : map_retire_mark(fd, MAP_REREAD);
}
