/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that must not be seen; see secret.h. */
#include "config.h"

#include "common/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX 1024

int
secret_set(struct secret *secret, const char *bytes, size_t len)
{
	char *copy = malloc(len + 1);

	if (copy == NULL)
		return -ENOMEM;
	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	secret_clear(secret);
	secret->bytes = copy;
	secret->len = len;
	return 0;
}

const char *
secret_reveal(const struct secret *secret)
{
	return secret->bytes == NULL ? "" : secret->bytes;
}

bool
secret_is_set(const struct secret *secret)
{
	return secret->bytes != NULL;
}

bool
secret_equal(const struct secret *a, const struct secret *b)
{
	unsigned char difference = 0;

	if (a->bytes == NULL || b->bytes == NULL || a->len != b->len)
		return false;
	for (size_t i = 0; i < a->len; i++)
		difference |= (unsigned char)(a->bytes[i] ^ b->bytes[i]);
	return difference == 0;
}

static int
check_file(int fd)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if ((status.st_uid != 0 && status.st_uid != geteuid()) ||
	    (status.st_mode & 077) != 0)
		return -EPERM;
	return 0;
}

/* Read until the end of the file or until size is reached. */
static int
read_all(int fd, char *data, size_t size, size_t *out_len)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, data + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*out_len = len;
	return 0;
}

int
secret_read_file(struct secret *secret, const char *path)
{
	CLEANUP(fd_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char data[FILE_MAX + 2];
	size_t len = 0;
	int error;

	if (fd < 0)
		return -errno;
	error = check_file(fd);
	if (error == 0)
		error = read_all(fd, data, sizeof(data), &len);
	if (error == 0 && len > 0 && data[len - 1] == '\n')
		len--;
	if (error == 0 &&
	    (len == 0 || len > FILE_MAX || memchr(data, '\0', len) != NULL ||
		memchr(data, '\n', len) != NULL))
		error = -EINVAL;
	if (error == 0)
		error = secret_set(secret, data, len);
	explicit_bzero(data, sizeof(data));
	return error;
}

void
secret_clear(struct secret *secret)
{
	if (secret->bytes != NULL) {
		explicit_bzero(secret->bytes, secret->len);
		free(secret->bytes);
	}
	secret->bytes = NULL;
	secret->len = 0;
}
