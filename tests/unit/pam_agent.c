/* SPDX-License-Identifier: BSD-2-Clause */
/* An agent that plays a script; see pam_agent.h. */
#include "config.h"

#include "tests/unit/pam_agent.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#define WAIT_MS 10000

static const char *const socket_names[] = { "root.sock", "public.sock" };

struct agent_private {
	pthread_t thread;
	const struct agent_step *steps;
	size_t count;
	int listeners[ARRAY_LEN(socket_names)];
	int stop[2];
	int client;
	const char *socket;
	int is_finished;
};

const char *
agent_socket_name(void)
{
	return geteuid() == 0 ? "root.sock" : "public.sock";
}

/* As poll(), but seteuid() of the test, which interrupts it, is nothing. */
static int
wait_for(struct pollfd *ready, nfds_t count)
{
	int n;

	do
		n = poll(ready, count, WAIT_MS);
	while (n < 0 && errno == EINTR);
	return n;
}

static int
wait_readable(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return wait_for(&ready, 1) == 1 ? 0 : -1;
}

/* Take the next connection, unless one is there. */
static const char *
take_client(struct agent_private *own)
{
	struct pollfd ready[ARRAY_LEN(socket_names) + 1];

	if (own->client >= 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(socket_names); i++)
		ready[i] = (struct pollfd){ .fd = own->listeners[i],
			.events = POLLIN };
	ready[ARRAY_LEN(socket_names)] =
	    (struct pollfd){ .fd = own->stop[0], .events = POLLIN };
	if (wait_for(ready, ARRAY_LEN(ready)) < 1)
		return "nobody connected";
	for (size_t i = 0; i < ARRAY_LEN(socket_names); i++) {
		if (ready[i].revents == 0)
			continue;
		own->client =
		    accept4(own->listeners[i], NULL, NULL, SOCK_CLOEXEC);
		own->socket = socket_names[i];
		return own->client < 0 ? "accept failed" : NULL;
	}
	return "the test ended first";
}

static const char *
hear(struct agent *agent, unsigned type)
{
	struct agent_heard *heard = &agent->heard[agent->heard_count];
	ssize_t n;

	if (agent->heard_count == AGENT_HEARD_MAX)
		return "heard too much";
	if (wait_readable(agent->own->client) != 0)
		return "heard nothing";
	n = recv(agent->own->client, heard->packet, sizeof(heard->packet), 0);
	if (n <= 0)
		return "the client hung up";
	if (wire_parse(heard->packet, (size_t)n, &heard->message) != 0)
		return "heard a malformed packet";
	heard->socket = agent->own->socket;
	agent->heard_count++;
	return heard->message.type == type ? NULL : "heard another message";
}

static const char *
say(struct agent_private *own, const struct wire_writer *writer)
{
	if (wire_finish(writer) != 0)
		return "the script has a bad packet";
	/* A client that has gone is the client's affair. */
	(void)send(own->client, writer->data, writer->len, MSG_NOSIGNAL);
	return NULL;
}

static void
hang_up(struct agent_private *own)
{
	fd_close(&own->client);
}

static const char *
say_step(struct agent_private *own, const struct agent_step *step)
{
	struct wire_writer writer;

	switch (step->what) {
	case AGENT_PROMPT:
		wire_start(&writer, WIRE_PROMPT);
		wire_add_u32(&writer, WIRE_PROMPT_KIND, step->number);
		wire_add_u32(&writer, WIRE_ECHO, step->is_echo ? 1 : 0);
		wire_add_text(&writer, WIRE_TEXT, step->text);
		break;
	case AGENT_SHOW:
		wire_start(&writer, WIRE_SHOW);
		wire_add_u32(&writer, WIRE_SHOW_KIND, step->number);
		wire_add_text(&writer, WIRE_TEXT, step->text);
		break;
	case AGENT_DONE:
		wire_start(&writer, WIRE_DONE);
		wire_add_u32(&writer, WIRE_CODE, step->number);
		wire_add_text(&writer, WIRE_LOGIN, step->text);
		break;
	case AGENT_RECORD:
		wire_start(&writer, WIRE_RECORD);
		wire_add_u32(&writer, WIRE_RECORD_KIND, step->number);
		if (step->number == WIRE_RECORD_FOUND) {
			wire_add_text(&writer, WIRE_NAME, step->text);
			wire_add_u32(&writer, WIRE_UID, 1879048192);
			wire_add_u32(&writer, WIRE_GID, 1879048192);
			wire_add_text(&writer, WIRE_HOME, "/home/alice");
			wire_add_text(&writer, WIRE_SHELL, "/bin/bash");
		}
		break;
	case AGENT_HEAR:
	case AGENT_RAW:
	case AGENT_CLOSE:
	case AGENT_WAIT:
		return "not something to say";
	}
	return say(own, &writer);
}

static const char *
play_step(struct agent *agent, const struct agent_step *step)
{
	struct agent_private *own = agent->own;
	const char *fault = take_client(own);
	char byte;

	if (fault != NULL)
		return fault;
	switch (step->what) {
	case AGENT_HEAR:
		return hear(agent, step->number);
	case AGENT_PROMPT:
	case AGENT_SHOW:
		return say_step(own, step);
	case AGENT_DONE:
	case AGENT_RECORD:
		fault = say_step(own, step);
		hang_up(own);
		return fault;
	case AGENT_RAW:
		(void)send(own->client, step->text, step->number, MSG_NOSIGNAL);
		return NULL;
	case AGENT_CLOSE:
		hang_up(own);
		return NULL;
	case AGENT_WAIT:
		if (wait_readable(own->client) != 0)
			return "the client did not hang up";
		if (recv(own->client, &byte, 1, 0) > 0)
			return "the client sent something";
		hang_up(own);
		return NULL;
	}
	return "no such step";
}

static void *
play(void *argument)
{
	struct agent *agent = argument;

	while (agent->step < agent->own->count && agent->fault == NULL) {
		agent->fault =
		    play_step(agent, &agent->own->steps[agent->step]);
		if (agent->fault == NULL)
			agent->step++;
	}
	hang_up(agent->own);
	return NULL;
}

static int
listen_at(const char *folder, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
	    folder, name);

	assert_true(n > 0 && (size_t)n < sizeof(address.sun_path));
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	assert_int_equal(chmod(address.sun_path, 0666), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static struct agent *
start(const char *folder, const struct agent_step *steps, size_t count)
{
	struct agent *agent = calloc(1, sizeof(*agent));
	struct agent_private *own = calloc(1, sizeof(*own));
	int n;

	assert_non_null(agent);
	assert_non_null(own);
	agent->own = own;
	n = snprintf(agent->folder, sizeof(agent->folder), "%s", folder);
	assert_true(n > 0 && (size_t)n < sizeof(agent->folder));
	assert_int_equal(chmod(folder, 0755), 0);
	own->steps = steps;
	own->count = count;
	own->client = -1;
	for (size_t i = 0; i < ARRAY_LEN(socket_names); i++)
		own->listeners[i] = listen_at(agent->folder, socket_names[i]);
	assert_int_equal(pipe(own->stop), 0);
	assert_int_equal(pthread_create(&own->thread, NULL, play, agent), 0);
	return agent;
}

struct agent *
agent_start(const struct agent_step *steps, size_t count)
{
	char folder[] = "/tmp/pam_agent.XXXXXX";

	assert_non_null(mkdtemp(folder));
	return start(folder, steps, count);
}

struct agent *
agent_start_at(const char *folder, const struct agent_step *steps, size_t count)
{
	assert_int_equal(mkdir(folder, 0755), 0);
	return start(folder, steps, count);
}

void
agent_finish(struct agent *agent)
{
	if (agent->own->is_finished)
		return;
	agent->own->is_finished = 1;
	fd_close(&agent->own->stop[1]);
	assert_int_equal(pthread_join(agent->own->thread, NULL), 0);
}

void
agent_free(struct agent *agent)
{
	for (size_t i = 0; i < ARRAY_LEN(socket_names); i++) {
		char path[128];
		int n = snprintf(path, sizeof(path), "%s/%s", agent->folder,
		    socket_names[i]);

		assert_true(n > 0 && (size_t)n < sizeof(path));
		fd_close(&agent->own->listeners[i]);
		assert_int_equal(unlink(path), 0);
	}
	fd_close(&agent->own->stop[0]);
	assert_int_equal(rmdir(agent->folder), 0);
	free(agent->own);
	free(agent);
}

void
agent_end(struct agent *agent)
{
	agent_finish(agent);
	if (agent->fault != NULL)
		fail_msg("the agent's step %zu: %s", agent->step, agent->fault);
	agent_free(agent);
}
