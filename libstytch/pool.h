/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Warm connections: whole curl handles, each with the connections it has
 * open, lent to one thread at a time.  The handle used last is lent first.
 */
#ifndef LIBSTYTCH_POOL_H
#define LIBSTYTCH_POOL_H

#include "common/attr.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdint.h>

#define POOL_MAX 64

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t returned; /* on the monotonic clock */
	CURL *idle[POOL_MAX];    /* a stack */
	unsigned idle_count;
	unsigned count; /* handles that exist, lent ones too */
	unsigned max;
};

/* At most max handles (1 to POOL_MAX).  Returns 0 or -ENOMEM. */
int pool_init(struct pool *pool, unsigned max) MUST_CHECK;

/* Close all connections; every handle must have been returned. */
void pool_clear(struct pool *pool);

/*
 * Borrow a handle; where all are lent, wait for one.  deadline_ms is on the
 * monotonic clock.  Returns 0, -ETIMEDOUT or -ENOMEM.
 */
int pool_borrow(struct pool *pool, int64_t deadline_ms, CURL **out_handle)
    MUST_CHECK;

void pool_return(struct pool *pool, CURL *handle);

#endif
