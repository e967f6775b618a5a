/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent's sockets; see server.h. */
#include "config.h"

#include "stytchd/server.h"

#include "common/log.h"
#include "common/wire_socket.h"
#include "stytchd/listen.h"
#include "stytchd/request.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

struct server {
	struct agent *agent;
	struct admin *admin;
	struct listener listeners[SERVER_SOCKETS];
	struct ready ready;
	int wake; /* eventfd */
	atomic_bool stops;
};

/* One connection on its way to its thread. */
struct connection {
	struct agent *agent;
	struct admin *admin;
	struct peer peer;
	struct slot slot;
};

bool
server_may_connect(enum server_socket which, uid_t uid)
{
	return which == SERVER_PUBLIC || uid == 0 || uid == geteuid();
}

int
server_open(struct agent *agent, struct admin *admin, const char *runtime_dir,
    struct server **out_server)
{
	CLEANUP(server_close)
	struct server *server = calloc(1, sizeof(*server));
	int error;

	if (server == NULL)
		return -ENOMEM;
	server->agent = agent;
	server->admin = admin;
	for (unsigned i = 0; i < SERVER_SOCKETS; i++)
		server->listeners[i].fd = -1;
	server->ready = (struct ready){ .folder = runtime_dir };
	server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server->wake < 0)
		return -errno;
	error = listen_open(runtime_dir, &server->listeners[SERVER_ROOT],
	    &server->listeners[SERVER_PUBLIC]);
	if (error == 0)
		*out_server = STEAL(server);
	return error;
}

void
server_close(struct server **server)
{
	struct server *self = *server;

	if (self == NULL)
		return;
	ready_clear(&self->ready);
	for (unsigned i = 0; i < SERVER_SOCKETS; i++)
		listen_close(&self->listeners[i]);
	fd_close(&self->wake);
	free(self);
	*server = NULL;
}

void
server_stop(struct server *server)
{
	atomic_store(&server->stops, true);
	(void)eventfd_write(server->wake, 1);
}

/* Who waits for nothing is told at once. */
static void
refuse(int fd)
{
	struct wire_writer out;

	wire_start(&out, WIRE_DONE);
	wire_add_u32(&out, WIRE_CODE, REQUEST_UNAVAILABLE);
	(void)!wire_send(fd, &out, wire_now_ms());
}

static void
log_refusal(struct server *server, const char *why)
{
	if (slots_may_log(server->agent->slots))
		log_warning("a connection is refused: %s", why);
}

static void
connection_main(void *argument)
{
	struct connection *connection = argument;

	server_serve(connection->agent, connection->admin, &connection->peer,
	    &connection->slot);
	slots_leave(&connection->slot);
	(void)close(connection->peer.fd);
	free(connection);
}

static int
get_peer(int fd, enum server_socket which, struct peer *out_peer)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
		return -errno;
	if (!server_may_connect(which, who.uid))
		return -EACCES;
	*out_peer = (struct peer){ .fd = fd,
		.uid = who.uid,
		.pid = who.pid,
		.is_public = which == SERVER_PUBLIC };
	return 0;
}

static enum slots_answer
enter(struct server *server, struct connection *connection)
{
	struct configuration *configuration =
	    agent_configuration(server->agent);
	enum slots_answer answer = slots_enter(server->agent->slots,
	    &configuration->stytch, connection->peer.uid, &connection->slot);

	configuration_unref(&configuration);
	return answer;
}

static void
take_connection(struct server *server, int fd, enum server_socket which)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	enum slots_answer answer;

	if (connection == NULL || get_peer(fd, which, &connection->peer) != 0) {
		log_refusal(server, "not the caller's socket, or no memory");
		free(connection);
		(void)close(fd);
		return;
	}
	connection->agent = server->agent;
	connection->admin = server->admin;
	answer = enter(server, connection);
	if (answer == SLOTS_TAKEN &&
	    crew_start(server->agent->crew, connection_main, connection) == 0)
		return;
	log_refusal(server, slots_answer_text(answer));
	slots_leave(&connection->slot);
	refuse(fd);
	free(connection);
	(void)close(fd);
}

static void
accept_all(struct server *server, enum server_socket which)
{
	for (int i = 0; i < 64; i++) {
		int fd = accept4(server->listeners[which].fd, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0)
			take_connection(server, fd, which);
		else if (errno == EMFILE || errno == ENFILE)
			log_refusal(server, "out of descriptors");
		if (fd < 0)
			return;
	}
}

void
server_run(struct server *server)
{
	struct pollfd polled[SERVER_SOCKETS + 1] = {
		[SERVER_ROOT] = { server->listeners[SERVER_ROOT].fd, POLLIN,
		    0 },
		[SERVER_PUBLIC] = { server->listeners[SERVER_PUBLIC].fd, POLLIN,
		    0 },
		[SERVER_SOCKETS] = { server->wake, POLLIN, 0 },
	};

	if (ready_set(&server->ready) != 0)
		log_error("cannot make %s/ready", server->ready.folder);
	while (!atomic_load(&server->stops)) {
		if (poll(polled, ARRAY_LEN(polled), -1) < 0 && errno != EINTR)
			break;
		for (unsigned i = 0; i < SERVER_SOCKETS; i++)
			if ((polled[i].revents & POLLIN) != 0)
				accept_all(server, (enum server_socket)i);
	}
	ready_clear(&server->ready);
}
