/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent's two sockets: a table of requests by socket, a thread for each
 * connection, a slot for each conversation.
 */
#ifndef STYTCHD_SERVER_H
#define STYTCHD_SERVER_H

#include "stytchd/admin.h"
#include "stytchd/agent.h"

struct server;

enum server_socket {
	SERVER_ROOT,
	SERVER_PUBLIC,
	SERVER_SOCKETS
};

/*
 * Serve on the service manager's sockets, or make those it did not give in
 * runtime_dir: root.sock 0600 and public.sock 0666, over what a dead agent
 * left.  Returns 0 or a negative errno, logged.
 */
int server_open(struct agent *agent, struct admin *admin,
    const char *runtime_dir, struct server **out_server) MUST_CHECK;

/*
 * Take connections until server_stop(), in this thread.  runtime_dir/ready is
 * there meanwhile.
 */
void server_run(struct server *server);

/* Let server_run() return; may be called from any thread. */
void server_stop(struct server *server);

/* Close, unlink what was made. */
void server_close(struct server **server);

/*
 * Serve one connection from a socket of that kind to its end, on fd, which
 * stays open.  The slot at the door is borrowed.  The tests' and the fuzzer's
 * face.
 */
void server_serve(struct agent *agent, struct admin *admin,
    const struct peer *peer, struct slot *slot);

/* Whether a peer may use a socket: root.sock is root's and the agent's own. */
bool server_may_connect(enum server_socket which, uid_t uid);

#endif
