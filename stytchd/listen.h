/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and removing the agent's sockets and its ready file. */
#ifndef STYTCHD_LISTEN_H
#define STYTCHD_LISTEN_H

#include "common/attr.h"

#include <stdbool.h>
#include <sys/un.h>

struct listener {
	int fd;
	struct sockaddr_un address; /* of one that is ours to unlink */
	bool is_own;
};

/*
 * Take the service manager's sockets, or make root.sock (0600) and
 * public.sock (0666) in folder, which must be ours or root's and not writable
 * by others; it is made where it is missing.  Returns 0 or a negative errno,
 * logged.
 */
int listen_open(const char *folder, struct listener *root,
    struct listener *public) MUST_CHECK;

/* Close; unlink an own one. */
void listen_close(struct listener *listener);

/* folder/ready, there while the agent serves. */
struct ready {
	const char *folder;
	bool is_set;
};

int ready_set(struct ready *ready) MUST_CHECK;
void ready_clear(struct ready *ready);

#endif
