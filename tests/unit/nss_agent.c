/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/nss_agent.h"

#include "common/wire_socket.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define WAIT_MS 20000

static const struct nss_agent_row *all_rows;
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static pthread_t thread;
static int listener = -1;
static int stop_pipe[2];
static atomic_uint questions;

static void
must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(99);
}

/* A client that has gone is no failure of the agent's. */
static void
send_or_lose(int fd, const struct wire_writer *writer)
{
	int error = wire_send(fd, writer, wire_now_ms() + WAIT_MS);

	must(error == 0 || error == -EPIPE, "wire_send");
}

static void
answer_record(int fd, const struct nss_agent_row *row)
{
	static const enum wire_record_kind kinds[] = { WIRE_RECORD_FOUND,
		WIRE_RECORD_ABSENT, WIRE_RECORD_UNAVAILABLE };
	struct wire_writer writer;

	wire_start(&writer, WIRE_RECORD);
	wire_add_u32(&writer, WIRE_RECORD_KIND, kinds[row->way]);
	if (row->way == AGENT_FOUND) {
		wire_add_text(&writer, WIRE_NAME, row->answer_name);
		wire_add_u32(&writer, WIRE_UID, row->uid);
		wire_add_u32(&writer, WIRE_GID, row->gid);
		wire_add_text(&writer, WIRE_GECOS, row->gecos);
		wire_add_text(&writer, WIRE_HOME, row->home);
		wire_add_text(&writer, WIRE_SHELL, row->shell);
		if (row->group_count > 0)
			wire_add_u32s(&writer, WIRE_GROUPS, row->groups,
			    row->group_count);
	}
	must(wire_finish(&writer) == 0, row->name);
	send_or_lose(fd, &writer);
}

static void
answer(int fd, const struct nss_agent_row *row)
{
	struct pollfd gone = { .fd = fd, .events = POLLIN };
	struct wire_writer writer;

	switch (row->way) {
	case AGENT_FOUND:
	case AGENT_ABSENT:
	case AGENT_UNAVAILABLE:
		answer_record(fd, row);
		break;
	case AGENT_SILENT:
		(void)poll(&gone, 1, WAIT_MS);
		break;
	case AGENT_HANGS_UP:
		break;
	case AGENT_GARBAGE:
		(void)send(fd, "\1\104\0\0\0\1\0\377", 8, MSG_NOSIGNAL);
		break;
	case AGENT_OTHER_MESSAGE:
		wire_start(&writer, WIRE_DONE);
		wire_add_u32(&writer, WIRE_CODE, 0);
		send_or_lose(fd, &writer);
		break;
	}
}

static void
serve(int fd)
{
	static const struct nss_agent_row absent = { .way = AGENT_ABSENT };
	static uint8_t packet[WIRE_PACKET_MAX];
	const struct nss_agent_row *row;
	struct wire_message message;

	if (wire_receive(fd, packet, sizeof(packet), wire_now_ms() + WAIT_MS,
		&message) != 0 ||
	    message.type != WIRE_LOOKUP)
		return;
	atomic_fetch_add(&questions, 1);
	for (row = all_rows; row->name != NULL; row++)
		if (strcmp(row->name, wire_text(&message, WIRE_NAME)) == 0)
			break;
	answer(fd, row->name == NULL ? &absent : row);
}

static void *
run(void *context)
{
	struct pollfd ready[] = { { .fd = listener, .events = POLLIN },
		{ .fd = stop_pipe[0], .events = POLLIN } };

	(void)context;
	while (poll(ready, 2, -1) >= 0 && ready[1].revents == 0) {
		CLEANUP(fd_close)
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			serve(fd);
	}
	return NULL;
}

void
nss_agent_start(const char *runtime_dir, const struct nss_agent_row *rows)
{
	int len = snprintf(address.sun_path, sizeof(address.sun_path),
	    "%s/root.sock", runtime_dir);

	must(len > 0 && (size_t)len < sizeof(address.sun_path), runtime_dir);
	all_rows = rows;
	atomic_store(&questions, 0);
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	must(listener >= 0, "socket");
	must(bind(listener, (const struct sockaddr *)&address,
		 sizeof(address)) == 0,
	    address.sun_path);
	must(listen(listener, 16) == 0, "listen");
	must(pipe(stop_pipe) == 0, "pipe");
	must(pthread_create(&thread, NULL, run, NULL) == 0, "thread");
}

unsigned
nss_agent_questions(void)
{
	return atomic_load(&questions);
}

void
nss_agent_stop(void)
{
	must(write(stop_pipe[1], "", 1) == 1, "stop");
	must(pthread_join(thread, NULL) == 0, "join");
	fd_close(&listener);
	fd_close(&stop_pipe[0]);
	fd_close(&stop_pipe[1]);
	(void)unlink(address.sun_path);
}
