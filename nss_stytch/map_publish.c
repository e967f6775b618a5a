/* SPDX-License-Identifier: BSD-2-Clause */
/* Storing an account map so that no reader ever sees half of one. */
#include "config.h"

#include "common/buf.h"
#include "nss_stytch/map_image.h"
#include "nss_stytch/map_retire.h"
#include "nss_stytch/map_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAP_MODE 0644

static int
write_all(int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t len = write(fd, data, size);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		if (len == 0)
			return -EIO;
		data += len;
		size -= (size_t)len;
	}
	return 0;
}

/* Write and sync the file beside; what a killed writer left is replaced. */
static int
write_beside(const char *path, const struct map_image *image)
{
	CLEANUP(fd_close) int fd = -1;
	int error;

	if (unlink(path) != 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    MAP_MODE);
	if (fd < 0)
		return -errno;
	/* Against the umask: every process reads the map. */
	if (fchmod(fd, MAP_MODE) != 0)
		return -errno;
	error = write_all(fd, image->data, image->size);
	if (error != 0)
		return error;
	return fsync(fd) == 0 ? 0 : -errno;
}

/* Sync the folder that holds path, so that the rename lasts. */
static int
sync_folder(const char *path)
{
	CLEANUP(buf_clear) struct buf folder = BUF_INIT(PATH_MAX);
	CLEANUP(fd_close) int fd = -1;
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		buf_addc(&folder, '.');
	else
		buf_add(&folder, path, (size_t)(slash - path) + 1);
	if (buf_error(&folder) != 0)
		return buf_error(&folder);
	fd = open(buf_text(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fsync(fd) == 0 ? 0 : -errno;
}

/*
 * Put the new file in place of the old one.  The old one is marked before and
 * after: killed in between, its readers still come to look.
 */
static int
replace(const char *beside, const char *path)
{
	CLEANUP(fd_close) int old = -1;
	int error, synced;

	/* No old map, or not a map: nobody has it mapped. */
	error = map_retire_open(path, &old);
	if (error != 0 && error != -ENOENT && error != -EBADMSG)
		return error;
	error = old >= 0 ? map_retire_mark(old, MAP_LEAVING) : 0;
	if (error != 0)
		return error;
	if (rename(beside, path) != 0)
		return -errno;
	synced = sync_folder(path);
	error = old >= 0 ? map_retire_mark(old, MAP_RETIRED) : 0;
	return synced != 0 ? synced : error;
}

int
map_writer_publish(struct map_writer *writer, const char *path)
{
	CLEANUP(map_image_clear) struct map_image image = MAP_IMAGE_INIT;
	CLEANUP(buf_clear) struct buf beside = BUF_INIT(PATH_MAX - 1);
	int error;

	buf_adds(&beside, path);
	buf_adds(&beside, ".tmp");
	error = buf_error(&beside);
	if (error != 0)
		return error == -E2BIG ? -ENAMETOOLONG : error;
	error = map_image_build(writer, &image);
	if (error != 0)
		return error;
	error = write_beside(buf_text(&beside), &image);
	if (error == 0)
		error = replace(buf_text(&beside), path);
	if (error != 0)
		(void)unlink(buf_text(&beside));
	return error;
}
