/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The open connections.  There may be so many; before it comes to that each
 * new one closes the one that has been silent for longest, whether it sent
 * nothing, half a request, or does not read its answer.  Any thread may call.
 */
#ifndef SANDBOX_CONNECTIONS_H
#define SANDBOX_CONNECTIONS_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct connections;
struct connection;

/*
 * As many as there may be descriptors for, whose limit is raised; 2048 at
 * most.  0 or -ENOMEM.
 */
int connections_new(struct connections **out_connections) MUST_CHECK;
/* Free, set to NULL; every connection has been removed. */
void connections_free(struct connections **connections);

/* How many there may be; further ones are to wait until one is closed. */
unsigned connections_max(const struct connections *connections);

/* One that begins; NULL where there is no memory: it is never closed here. */
struct connection *connection_add(struct connections *connections, int fd);
/* It ends; before its descriptor is closed.  connection may be NULL. */
void connection_remove(struct connections *connections,
    struct connection *connection);

/*
 * It is heard of.  As long as it is busy, being answered, it is not closed.
 * connection may be NULL.
 */
void connection_heard(struct connections *connections,
    struct connection *connection, bool busy);

#endif
