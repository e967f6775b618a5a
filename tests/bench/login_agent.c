/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest agent; see login_agent.h. */
#include "config.h"

#include "tests/bench/login_agent.h"

#include "common/wire_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#define WAIT_MS 5000
#define LOGIN "0123456789abcdef0123456789abcdef"

static const char *const names[] = { "root.sock", "public.sock" };

static void
serve(int fd)
{
	uint8_t packet[WIRE_PACKET_MAX];
	struct wire_message message;
	struct wire_writer writer;
	int64_t deadline = wire_now_ms() + WAIT_MS;

	if (wire_receive(fd, packet, sizeof(packet), deadline, &message) != 0 ||
	    message.type != WIRE_BEGIN)
		return;
	if (wire_u32(&message, WIRE_OPERATION, 0) == WIRE_AUTHENTICATE) {
		wire_start(&writer, WIRE_PROMPT);
		wire_add_u32(&writer, WIRE_PROMPT_KIND, WIRE_PROMPT_CODE);
		wire_add_u32(&writer, WIRE_ECHO, 0);
		wire_add_text(&writer, WIRE_TEXT, "Code: ");
		if (wire_send(fd, &writer, deadline) != 0 ||
		    wire_receive(fd, packet, sizeof(packet), deadline,
			&message) != 0 ||
		    message.type != WIRE_ANSWER)
			return;
	}
	wire_start(&writer, WIRE_DONE);
	wire_add_u32(&writer, WIRE_CODE, PAM_SUCCESS);
	wire_add_text(&writer, WIRE_LOGIN, LOGIN);
	if (wire_send(fd, &writer, deadline) != 0)
		perror("login: the agent cannot answer");
}

static void
serve_until_cut(int lifeline, const int *listeners)
{
	struct pollfd ready[ARRAY_LEN(names) + 1] = {
		{ .fd = listeners[0], .events = POLLIN },
		{ .fd = listeners[1], .events = POLLIN },
		{ .fd = lifeline, .events = POLLIN },
	};

	while (poll(ready, ARRAY_LEN(ready), -1) > 0 &&
	    ready[ARRAY_LEN(names)].revents == 0) {
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			CLEANUP(fd_close) int fd = -1;

			if (ready[i].revents == 0)
				continue;
			fd = accept4(listeners[i], NULL, NULL,
			    SOCK_CLOEXEC | SOCK_NONBLOCK);
			if (fd >= 0)
				serve(fd);
		}
	}
}

static int
listen_at(const char *folder, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
	    folder, name);

	if (fd < 0)
		return -errno;
	if (n < 0 || (size_t)n >= sizeof(address.sun_path) ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, 64) != 0) {
		fd_close(&fd);
		return -EADDRNOTAVAIL;
	}
	return fd;
}

int
login_agent_start(const char *folder, struct login_agent *agent)
{
	int listeners[ARRAY_LEN(names)];
	int ends[2];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		listeners[i] = listen_at(folder, names[i]);
		if (listeners[i] < 0)
			return listeners[i];
	}
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	agent->pid = fork();
	if (agent->pid < 0)
		return -errno;
	if (agent->pid == 0) {
		fd_close(&ends[1]);
		serve_until_cut(ends[0], listeners);
		_exit(0);
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		fd_close(&listeners[i]);
	fd_close(&ends[0]);
	agent->lifeline = ends[1];
	return 0;
}

void
login_agent_stop(const char *folder, struct login_agent *agent)
{
	if (agent->pid <= 0)
		return;
	fd_close(&agent->lifeline);
	(void)waitpid(agent->pid, NULL, 0);
	agent->pid = 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[256];
		int n = snprintf(path, sizeof(path), "%s/%s", folder, names[i]);

		if (n > 0 && (size_t)n < sizeof(path))
			(void)unlink(path);
	}
}
