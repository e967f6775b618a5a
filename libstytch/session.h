/* SPDX-License-Identifier: BSD-2-Clause */
/* The project's public keys, kept by the client for stytch_session_verify(). */
#ifndef LIBSTYTCH_SESSION_H
#define LIBSTYTCH_SESSION_H

#include "libstytch/jwt.h"

#include <pthread.h>

/* Keys of one kind of project. */
struct session_keys {
	pthread_mutex_t lock;
	struct jwt_keys keys;
	int64_t fetched_ms; /* on the monotonic clock; 0: never */
};

/* Returns 0 or -ENOMEM. */
int session_keys_init(struct session_keys *keys) MUST_CHECK;
void session_keys_clear(struct session_keys *keys);

#endif
