/* SPDX-License-Identifier: BSD-2-Clause */
/* Open connections, the one heard of last at the end of the list. */
#include "config.h"

#include "sandbox/connections.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define DESCRIPTORS 2048
#define OTHER_DESCRIPTORS 64

struct connection {
	TAILQ_ENTRY(connection) link;
	int fd;
	bool busy;
	bool closing;
};

struct connections {
	pthread_mutex_t mutex;
	TAILQ_HEAD(connection_list, connection) list;
	unsigned max;
	unsigned open; /* those that are not closing */
};

/* Of the descriptors that the process may have, those for connections. */
static unsigned
find_max(void)
{
	const rlim_t wanted = DESCRIPTORS + OTHER_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return OTHER_DESCRIPTORS;
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur =
		    limit.rlim_max < wanted ? limit.rlim_max : wanted;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (limit.rlim_cur >= wanted)
		return DESCRIPTORS;
	return limit.rlim_cur > 2 * OTHER_DESCRIPTORS
	    ? (unsigned)limit.rlim_cur - OTHER_DESCRIPTORS
	    : OTHER_DESCRIPTORS;
}

int
connections_new(struct connections **out_connections)
{
	struct connections *connections = calloc(1, sizeof(*connections));

	if (connections == NULL)
		return -ENOMEM;
	if (pthread_mutex_init(&connections->mutex, NULL) != 0) {
		free(connections);
		return -ENOMEM;
	}
	TAILQ_INIT(&connections->list);
	connections->max = find_max();
	*out_connections = connections;
	return 0;
}

void
connections_free(struct connections **connections)
{
	if (*connections == NULL)
		return;
	pthread_mutex_destroy(&(*connections)->mutex);
	free(STEAL(*connections));
}

unsigned
connections_max(const struct connections *connections)
{
	return connections->max;
}

/* Its thread hears of the end, and removes it. */
static void
close_most_silent(struct connections *connections)
{
	struct connection *connection;

	TAILQ_FOREACH(connection, &connections->list, link)
	{
		if (connection->busy || connection->closing)
			continue;
		connection->closing = true;
		connections->open--;
		(void)shutdown(connection->fd, SHUT_RDWR);
		return;
	}
}

struct connection *
connection_add(struct connections *connections, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (connection == NULL)
		return NULL;
	connection->fd = fd;
	pthread_mutex_lock(&connections->mutex);
	/* Well before the limit: who is closed takes a while to go. */
	if (connections->open >= connections->max - connections->max / 8)
		close_most_silent(connections);
	TAILQ_INSERT_TAIL(&connections->list, connection, link);
	connections->open++;
	pthread_mutex_unlock(&connections->mutex);
	return connection;
}

void
connection_remove(struct connections *connections,
    struct connection *connection)
{
	if (connection == NULL)
		return;
	pthread_mutex_lock(&connections->mutex);
	TAILQ_REMOVE(&connections->list, connection, link);
	if (!connection->closing)
		connections->open--;
	pthread_mutex_unlock(&connections->mutex);
	free(connection);
}

void
connection_heard(struct connections *connections, struct connection *connection,
    bool busy)
{
	if (connection == NULL)
		return;
	pthread_mutex_lock(&connections->mutex);
	TAILQ_REMOVE(&connections->list, connection, link);
	TAILQ_INSERT_TAIL(&connections->list, connection, link);
	connection->busy = busy;
	pthread_mutex_unlock(&connections->mutex);
}
