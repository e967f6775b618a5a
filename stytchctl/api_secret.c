/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets of stytchctl api: from a file, standard input or a person. */
#include "config.h"

#include "stytchctl/api.h"

#include "common/buf.h"
#include "common/wire_socket.h"
#include "stytchctl/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#define SECRET_MAX (1U << 20) /* a certificate, a WebAuthn credential */
#define ASK_MS 600000

/* Everything fd has to say, without a newline at the end. */
static int
read_all(int fd, struct secret *out_secret)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(SECRET_MAX);
	int result;

	buf_add_file(&text, fd);
	result = buf_error(&text);
	if (result == 0 && text.len > 0 && text.data[text.len - 1] == '\n')
		text.len--;
	if (result == 0 &&
	    (text.len == 0 || memchr(text.data, '\0', text.len) != NULL))
		result = -EINVAL;
	if (result == 0)
		result = secret_set(out_secret, text.data, text.len);
	return result;
}

static enum ctl_exit
ask(const struct api *api, const char *name, struct secret *out_secret)
{
	CLEANUP(fd_close)
	int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char text[API_NAME_SIZE + 8];
	struct question question = {
		.in = fd,
		.out = api->err,
		.text = text,
		.watch = -1,
		.deadline_ms = wire_now_ms() + ASK_MS,
	};
	int number = 0;
	int result;

	if (fd < 0)
		return api_complain(api,
		    "%s cannot be asked for without a terminal: use --%s-file",
		    name, name);
	(void)snprintf(text, sizeof(text), "%s: ", name);
	result = terminal_ask(&question, out_secret, &number);
	if (result == -EINTR)
		(void)raise(number);
	if (result != 0)
		return api_complain(api, "%s: %s", name, strerror(-result));
	return CTL_OK;
}

enum ctl_exit
api_read_secret(const struct api *api, const char *name, const char *source,
    struct secret *out_secret)
{
	CLEANUP(fd_close) int opened = -1;
	int fd = STDIN_FILENO;
	int result;

	if (strcmp(source, API_ASK) == 0)
		return ask(api, name, out_secret);
	if (strcmp(source, "-") != 0) {
		opened = open(source, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		fd = opened;
	}
	result = fd < 0 ? -errno : read_all(fd, out_secret);
	if (result != 0)
		return api_complain(api, "--%s-file: cannot read %s: %s", name,
		    source,
		    result == -EINVAL ? "empty, or not a text"
				      : strerror(-result));
	return CTL_OK;
}
