/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping one account map from its file; see map_load.h. */
#include "config.h"

#include "nss_stytch/map_load.h"

#include "common/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static int
open_folder(const char *path, const char *slash, int *out_fd)
{
	CLEANUP(buf_clear) struct buf folder = BUF_INIT(PATH_MAX);
	int fd;

	buf_add(&folder, path, (size_t)(slash - path) + 1);
	if (buf_error(&folder) != 0)
		return buf_error(&folder);
	fd = open(buf_text(&folder), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*out_fd = fd;
	return 0;
}

static int
check_owner(int folder, int fd, size_t *out_size)
{
	struct stat file, above;

	if (fstat(folder, &above) != 0 || fstat(fd, &file) != 0)
		return -errno;
	if (!S_ISREG(file.st_mode) || ((file.st_mode | above.st_mode) & 022) ||
	    (file.st_uid != 0 && file.st_uid != above.st_uid))
		return -EPERM;
	if (file.st_size <= 0 || (uintmax_t)file.st_size > SIZE_MAX)
		return -EBADMSG;
	*out_size = (size_t)file.st_size;
	return 0;
}

int
map_load(const char *path, struct map_mapping *out_mapping)
{
	CLEANUP(map_unload) struct map_mapping mapping = MAP_MAPPING_INIT;
	CLEANUP(fd_close) int folder = -1;
	CLEANUP(fd_close) int fd = -1;
	const char *slash = strrchr(path, '/');
	void *data;
	int error;

	if (path[0] != '/')
		return -EINVAL;
	error = open_folder(path, slash, &folder);
	if (error != 0)
		return error;
	fd = openat(folder, slash + 1,
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	error = check_owner(folder, fd, &mapping.size);
	if (error != 0)
		return error;
	data = mmap(NULL, mapping.size, PROT_READ, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	mapping.data = data;
	error = map_attach(mapping.data, mapping.size, &mapping.map);
	if (error != 0)
		return error;
	*out_mapping = mapping;
	mapping.data = NULL;
	return 0;
}

void
map_unload(struct map_mapping *mapping)
{
	if (mapping->data != NULL)
		(void)munmap(mapping->data, mapping->size);
	mapping->data = NULL;
	mapping->size = 0;
}
