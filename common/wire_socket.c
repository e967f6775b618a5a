/* SPDX-License-Identifier: BSD-2-Clause */
/* Moving packets; see wire_socket.h. */
#include "config.h"

#include "common/wire_socket.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

int64_t
wire_now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait until fd is ready for events.  0, -ETIMEDOUT or poll()'s error. */
static int
wait_for(int fd, short events, int64_t deadline_ms)
{
	struct pollfd ready = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = deadline_ms - wire_now_ms();
		int n;

		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(&ready, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

static int
set_address(const char *runtime_dir, const char *name,
    struct sockaddr_un *address)
{
	int len;

	if (runtime_dir[0] != '/')
		return -EINVAL;
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	len = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s",
	    runtime_dir, name);
	if (len < 0 || (size_t)len >= sizeof(address->sun_path))
		return -EINVAL;
	return 0;
}

/* A backlog that is full answers EAGAIN at once; try until the deadline. */
static int
connect_until(int fd, const struct sockaddr_un *address, int64_t deadline_ms)
{
	const struct timespec pause = { .tv_nsec = 5000000 };

	while (connect(fd, (const struct sockaddr *)address,
		   sizeof(*address)) != 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (wire_now_ms() >= deadline_ms)
			return -ETIMEDOUT;
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

/* The server must be root, or own the folder of its sockets. */
static int
check_server(int fd, const char *runtime_dir)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	struct stat status;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return -errno;
	if (peer.uid == 0)
		return 0;
	if (lstat(runtime_dir, &status) != 0)
		return -errno;
	if (!S_ISDIR(status.st_mode) || status.st_uid != peer.uid)
		return -EACCES;
	return 0;
}

int
wire_connect(const char *runtime_dir, const char *name, int64_t deadline_ms,
    int *out_fd)
{
	CLEANUP(fd_close) int fd = -1;
	struct sockaddr_un address;
	int error = set_address(runtime_dir, name, &address);

	if (error != 0)
		return error;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	error = connect_until(fd, &address, deadline_ms);
	if (error == 0)
		error = check_server(fd, runtime_dir);
	if (error != 0)
		return error;
	*out_fd = fd;
	fd = -1;
	return 0;
}

int
wire_send(int fd, const struct wire_writer *writer, int64_t deadline_ms)
{
	int error = wire_finish(writer);

	while (error == 0) {
		ssize_t n = send(fd, writer->data, writer->len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			return (size_t)n == writer->len ? 0 : -EIO;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		error = wait_for(fd, POLLOUT, deadline_ms);
	}
	return error;
}

int
wire_receive(int fd, uint8_t *packet, size_t size, int64_t deadline_ms,
    struct wire_message *out_message)
{
	struct iovec part = { .iov_base = packet, .iov_len = size };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	for (;;) {
		ssize_t n =
		    recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		int error;

		if (n == 0)
			return -EPIPE;
		if (n > 0 && (header.msg_flags & MSG_TRUNC) != 0)
			return -EMSGSIZE;
		if (n > 0)
			return wire_parse(packet, (size_t)n, out_message);
		/*
		 * ECONNRESET is said once, ahead of all that came before: the
		 * peer left something of ours unread.
		 */
		if (errno == EINTR || errno == ECONNRESET)
			continue;
		if (errno != EAGAIN)
			return -errno;
		error = wait_for(fd, POLLIN, deadline_ms);
		if (error != 0)
			return error;
	}
}
