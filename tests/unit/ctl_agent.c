/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "ctl_agent.h"

#include "common/wire_socket.h"
#include "stytchctl/command.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define WAIT_MS 20000

static void
must(bool condition, const char *what)
{
	if (!condition) {
		perror(what);
		abort();
	}
}

static int
listen_at(const char *folder, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	must(fd >= 0, "socket");
	must(snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
		 folder, name) < (int)sizeof(address.sun_path),
	    "path");
	must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0,
	    "bind");
	must(listen(fd, 8) == 0, "listen");
	return fd;
}

static void
serve_one(struct ctl_agent *agent, int listener)
{
	CLEANUP(fd_close) int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	uint8_t packet[WIRE_PACKET_MAX];
	struct wire_message request;

	must(fd >= 0, "accept");
	agent->connections++;
	if (wire_receive(fd, packet, sizeof(packet), wire_now_ms() + WAIT_MS,
		&request) == 0)
		agent->serve(fd, &request);
}

static void *
agent_loop(void *context)
{
	struct ctl_agent *agent = context;

	for (;;) {
		struct pollfd fds[] = {
			{ agent->stop[0], POLLIN, 0 },
			{ agent->listeners[0], POLLIN, 0 },
			{ agent->listeners[1], POLLIN, 0 },
		};

		must(poll(fds, ARRAY_LEN(fds), -1) > 0, "poll");
		for (size_t i = 1; i < ARRAY_LEN(fds); i++)
			if (fds[i].revents != 0)
				serve_one(agent, fds[i].fd);
		if (fds[0].revents != 0)
			return NULL;
	}
}

void
ctl_agent_start(struct ctl_agent *agent,
    void (*serve)(int fd, const struct wire_message *request))
{
	memset(agent, 0, sizeof(*agent));
	(void)snprintf(agent->folder, sizeof(agent->folder),
	    "/tmp/ctl-agent.XXXXXX");
	must(mkdtemp(agent->folder) != NULL, "mkdtemp");
	agent->listeners[0] = listen_at(agent->folder, "root.sock");
	agent->listeners[1] = listen_at(agent->folder, "public.sock");
	agent->serve = serve;
	must(pipe(agent->stop) == 0, "pipe");
	must(pthread_create(&agent->thread, NULL, agent_loop, agent) == 0,
	    "pthread_create");
}

static void
remove_in(const char *folder, const char *name)
{
	char path[128];

	must(snprintf(path, sizeof(path), "%s/%s", folder, name) <
		(int)sizeof(path),
	    "path");
	(void)unlink(path);
}

void
ctl_agent_stop(struct ctl_agent *agent)
{
	must(close(agent->stop[1]) == 0, "close");
	must(pthread_join(agent->thread, NULL) == 0, "pthread_join");
	(void)close(agent->stop[0]);
	(void)close(agent->listeners[0]);
	(void)close(agent->listeners[1]);
	remove_in(agent->folder, "root.sock");
	remove_in(agent->folder, "public.sock");
	(void)rmdir(agent->folder);
}

static bool
send_writer(int fd, const struct wire_writer *writer)
{
	return wire_send(fd, writer, wire_now_ms() + WAIT_MS) == 0;
}

bool
ctl_agent_row(int fd, const char *json)
{
	struct wire_writer writer;

	wire_start(&writer, WIRE_ROW);
	wire_add_text(&writer, WIRE_ROW_JSON, json);
	return send_writer(fd, &writer);
}

bool
ctl_agent_end(int fd, enum wire_status status, const char *text)
{
	struct wire_writer writer;

	wire_start(&writer, WIRE_END);
	wire_add_u32(&writer, WIRE_STATUS, (uint32_t)status);
	wire_add_text(&writer, WIRE_TEXT, text);
	return send_writer(fd, &writer);
}

bool
ctl_agent_done(int fd, uint32_t code, const char *login)
{
	struct wire_writer writer;

	wire_start(&writer, WIRE_DONE);
	wire_add_u32(&writer, WIRE_CODE, code);
	wire_add_text(&writer, WIRE_LOGIN, login);
	return send_writer(fd, &writer);
}

void
ctl_agent_prompt(int fd, const char *text, bool echo, char *out_answer,
    size_t size)
{
	struct wire_writer writer;
	uint8_t packet[WIRE_PACKET_MAX];
	struct wire_message answer;
	const char *said = "<gone>";

	wire_start(&writer, WIRE_PROMPT);
	wire_add_u32(&writer, WIRE_PROMPT_KIND, WIRE_PROMPT_CODE);
	wire_add_u32(&writer, WIRE_ECHO, echo ? 1 : 0);
	wire_add_text(&writer, WIRE_TEXT, text);
	if (send_writer(fd, &writer) &&
	    wire_receive(fd, packet, sizeof(packet), wire_now_ms() + WAIT_MS,
		&answer) == 0)
		said = answer.type == WIRE_ANSWER
		    ? wire_text(&answer, WIRE_ANSWER_TEXT)
		    : "<cancel>";
	must(snprintf(out_answer, size, "%s", said) >= 0, "snprintf");
}

/* Read a finished stream back, cut to size. */
static void
read_back(FILE *stream, char *out, size_t size)
{
	size_t len;

	rewind(stream);
	len = fread(out, 1, size - 1, stream);
	out[len] = '\0';
	(void)fclose(stream);
}

int
ctl_agent_run(const struct ctl_agent *agent, const char *words, char *out,
    char *err, size_t size)
{
	char copy[1024];
	char folder[128];
	char name[] = "stytchctl";
	char *argv[32] = { name, folder };
	int argc = 2;
	char *rest = copy;
	FILE *out_file = tmpfile();
	FILE *err_file = tmpfile();
	int code;

	must(out_file != NULL && err_file != NULL, "tmpfile");
	must(snprintf(copy, sizeof(copy), "%s", words) < (int)sizeof(copy),
	    "words");
	must(snprintf(folder, sizeof(folder), "--runtime-dir=%s",
		 agent != NULL ? agent->folder : "/nonexistent") <
		(int)sizeof(folder),
	    "folder");
	while (rest != NULL && argc < 31)
		argv[argc++] = strsep(&rest, " ");
	code = (int)command_main(argc, argv, out_file, err_file);
	read_back(out_file, out, size);
	read_back(err_file, err, size);
	return code;
}
