/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening sockets. */
#include "config.h"

#include "sandbox/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BACKLOG 1024

const char *
listen_unix_path(const char *address)
{
	return strncmp(address, "unix:", 5) == 0 ? address + 5 : NULL;
}

/* The descriptor, which its scope no longer closes. */
static int
keep_open(int *fd)
{
	int kept = *fd;

	*fd = -1;
	return kept;
}

/* Whether nobody answers at the socket of that path any more. */
static bool
is_dead_socket(const struct sockaddr_un *name)
{
	CLEANUP(fd_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	return fd >= 0 && lstat(name->sun_path, &st) == 0 &&
	    S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)name, sizeof(*name)) != 0 &&
	    errno == ECONNREFUSED;
}

static int
listen_unix(const char *path, int *out_fd)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	CLEANUP(fd_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask;
	int rc;

	if (path[0] != '/' || strlen(path) >= sizeof(name.sun_path))
		return -EINVAL;
	if (fd < 0)
		return -errno;
	memcpy(name.sun_path, path, strlen(path) + 1);
	if (is_dead_socket(&name))
		(void)unlink(path);
	mask = umask(0177);
	rc = bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0
	    ? 0
	    : -errno;
	(void)umask(mask);
	if (rc == 0 && listen(fd, BACKLOG) != 0)
		rc = -errno;
	if (rc == 0)
		*out_fd = keep_open(&fd);
	return rc;
}

/* Split "HOST:PORT" or "[V6]:PORT". */
static int
split(const char *address, char *host, size_t host_size, const char **port)
{
	const char *colon = strrchr(address, ':');
	const char *start = address, *end = colon;

	if (colon == NULL || colon[1] == '\0' || strlen(colon + 1) > 5 ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
	    strtol(colon + 1, NULL, 10) > 65535)
		return -EINVAL;
	if (address[0] == '[' && colon > address + 1 && colon[-1] == ']') {
		start++;
		end--;
	} else if (memchr(address, ':', (size_t)(colon - address)) != NULL) {
		return -EINVAL;
	}
	if (end == start || (size_t)(end - start) >= host_size)
		return -EINVAL;
	memcpy(host, start, (size_t)(end - start));
	host[end - start] = '\0';
	*port = colon + 1;
	return 0;
}

static int
bind_to(const struct addrinfo *info, int *out_fd)
{
	CLEANUP(fd_close)
	int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, info->ai_addr, info->ai_addrlen) != 0 ||
	    listen(fd, BACKLOG) != 0)
		return -errno;
	*out_fd = keep_open(&fd);
	return 0;
}

static int
real_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} name;
	socklen_t len = sizeof(name);

	memset(&name, 0, sizeof(name));
	if (getsockname(fd, &name.any, &len) != 0)
		return -1;
	return ntohs(name.any.sa_family == AF_INET6 ? name.v6.sin6_port
						    : name.v4.sin_port);
}

static int
listen_tcp(const char *address, int *out_fd, struct buf *out_authority)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	const char *port;
	char host[256];
	int rc = split(address, host, sizeof(host), &port);

	if (rc != 0)
		return rc;
	if (getaddrinfo(host, port, &hints, &list) != 0)
		return -EINVAL;
	rc = bind_to(list, out_fd);
	freeaddrinfo(list);
	if (rc != 0)
		return rc;
	if (strchr(host, ':') != NULL)
		buf_addf(out_authority, "[%s]", host);
	else
		buf_adds(out_authority, host);
	buf_addf(out_authority, ":%d", real_port(*out_fd));
	return buf_error(out_authority);
}

int
listen_at(const char *address, int *out_fd, struct buf *out_authority)
{
	const char *path = listen_unix_path(address);

	if (path != NULL)
		return listen_unix(path, out_fd);
	return listen_tcp(address, out_fd, out_authority);
}
