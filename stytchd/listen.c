/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent's sockets in the file system; see listen.h. */
#include "config.h"

#include "stytchd/listen.h"

#include "common/log.h"
#include "stytchd/service_manager.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define BACKLOG 512

static int
check_folder(const char *folder)
{
	struct stat status;

	if (mkdir(folder, 0700) == 0) {
		if (chmod(folder, 0755) != 0)
			return -errno;
	} else if (errno != EEXIST) {
		return -errno;
	}
	if (lstat(folder, &status) != 0)
		return -errno;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	if ((status.st_uid != geteuid() && status.st_uid != 0) ||
	    (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return -EPERM;
	return 0;
}

static int
set_address(const char *folder, const char *name, struct sockaddr_un *address)
{
	int len;

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	len = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s",
	    folder, name);
	return len < 0 || (size_t)len >= sizeof(address->sun_path)
	    ? -ENAMETOOLONG
	    : 0;
}

/* What lies there is a dead agent's: a live one holds the state's lock. */
static int
unlink_stale(const char *path)
{
	struct stat status;

	if (lstat(path, &status) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EEXIST;
	return unlink(path) == 0 ? 0 : -errno;
}

/* Bound with no permission for anybody, then given its mode. */
static int
make_socket(const char *folder, const char *name, mode_t mode,
    struct listener *listener)
{
	mode_t old;
	int bound;
	int error = set_address(folder, name, &listener->address);

	if (error == 0)
		error = unlink_stale(listener->address.sun_path);
	if (error != 0)
		return error;
	listener->fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0)
		return -errno;
	old = umask(0177);
	bound = bind(listener->fd, (struct sockaddr *)&listener->address,
	    sizeof(listener->address));
	error = bound == 0 ? 0 : -errno;
	(void)umask(old);
	if (error != 0)
		return error;
	listener->is_own = true;
	if (chmod(listener->address.sun_path, mode) != 0 ||
	    listen(listener->fd, BACKLOG) != 0)
		return -errno;
	return 0;
}

static int
adopt(int fd, struct listener *listener)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return -errno;
	listener->fd = fd;
	return 0;
}

static int
open_one(const char *folder, const char *name, mode_t mode, int given,
    struct listener *listener)
{
	int error = given >= 0 ? adopt(given, listener)
			       : make_socket(folder, name, mode, listener);

	if (error != 0)
		log_error("cannot listen on %s/%s: %s", folder, name,
		    strerror(-error));
	return error;
}

int
listen_open(const char *folder, struct listener *root, struct listener *public)
{
	int given_root = -1, given_public = -1;
	int count = service_manager_sockets(&given_root, &given_public);
	int error;

	if (count < 0) {
		log_error("the sockets passed in are not root and public,"
			  " listening, of SOCK_SEQPACKET");
		return count;
	}
	error = check_folder(folder);
	if (error != 0) {
		log_error("runtime_dir %s must be a folder of ours or root's,"
			  " not writable by others: %s",
		    folder, strerror(-error));
		return error;
	}
	error = open_one(folder, "root.sock", 0600, given_root, root);
	if (error == 0)
		error =
		    open_one(folder, "public.sock", 0666, given_public, public);
	return error;
}

void
listen_close(struct listener *listener)
{
	if (listener->is_own)
		(void)unlink(listener->address.sun_path);
	listener->is_own = false;
	fd_close(&listener->fd);
}

int
ready_set(struct ready *ready)
{
	struct sockaddr_un path;
	CLEANUP(fd_close) int fd = -1;
	int error = set_address(ready->folder, "ready", &path);

	if (error != 0)
		return error;
	fd = open(path.sun_path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	    0644);
	if (fd < 0)
		return -errno;
	ready->is_set = true;
	return fchmod(fd, 0644) == 0 ? 0 : -errno;
}

void
ready_clear(struct ready *ready)
{
	struct sockaddr_un path;

	if (ready->is_set && set_address(ready->folder, "ready", &path) == 0)
		(void)unlink(path.sun_path);
	ready->is_set = false;
}
