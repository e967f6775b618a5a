/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder and the file of the state, and that they are the agent's alone. */
#include "config.h"

#include "common/buf.h"
#include "stytchd/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>

/* Ours, of the right type, and closed to all others. */
static int
check(int fd, mode_t type)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return -errno;
	if ((status.st_mode & S_IFMT) != type || status.st_uid != geteuid() ||
	    (status.st_mode & 077) != 0)
		return -EPERM;
	return 0;
}

static int
open_private(const char *state_dir, int *out_fd)
{
	CLEANUP(fd_close)
	int folder = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(fd_close) int fd = -1;
	int result;

	if (folder < 0)
		return -errno;
	if (mkdirat(folder, "private", 0700) != 0 && errno != EEXIST)
		return -errno;
	fd = openat(folder, "private",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP || errno == ENOTDIR ? -EPERM : -errno;
	result = check(fd, S_IFDIR);
	if (result != 0)
		return result;
	*out_fd = fd;
	fd = -1;
	return 0;
}

/* A file of private/, made where missing, looked at before it is used. */
static int
open_file(int folder, const char *name, int *out_fd)
{
	CLEANUP(fd_close)
	int fd = openat(folder, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	int result;

	if (fd < 0)
		return errno == ELOOP || errno == EISDIR ? -EPERM : -errno;
	result = check(fd, S_IFREG);
	if (result != 0)
		return result;
	*out_fd = fd;
	fd = -1;
	return 0;
}

int
store_folder_open(const char *state_dir, char **out_path, int *out_lock)
{
	CLEANUP(buf_clear) struct buf path = BUF_INIT(PATH_MAX);
	CLEANUP(fd_close) int folder = -1;
	CLEANUP(fd_close) int lock = -1;
	CLEANUP(fd_close) int database = -1;
	int result = open_private(state_dir, &folder);

	if (result == 0)
		result = open_file(folder, "lock", &lock);
	if (result != 0)
		return result;
	if (flock(lock, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	result = open_file(folder, "state.db", &database);
	if (result != 0)
		return result;
	buf_adds(&path, state_dir);
	buf_adds(&path, "/private/state.db");
	result = buf_take(&path, out_path);
	if (result != 0)
		return result;
	*out_lock = lock;
	lock = -1;
	return 0;
}
