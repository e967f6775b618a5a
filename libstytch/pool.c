/* SPDX-License-Identifier: BSD-2-Clause */
/* Warm connections, lent to one thread at a time; see pool.h. */
#include "config.h"

#include "libstytch/pool.h"

#include <errno.h>
#include <time.h>

int
pool_init(struct pool *pool, unsigned max)
{
	pthread_condattr_t attributes;

	*pool = (struct pool){ .max = max };
	if (pthread_mutex_init(&pool->lock, NULL) != 0)
		return -ENOMEM;
	if (pthread_condattr_init(&attributes) != 0) {
		(void)pthread_mutex_destroy(&pool->lock);
		return -ENOMEM;
	}
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (pthread_cond_init(&pool->returned, &attributes) != 0) {
		(void)pthread_condattr_destroy(&attributes);
		(void)pthread_mutex_destroy(&pool->lock);
		return -ENOMEM;
	}
	(void)pthread_condattr_destroy(&attributes);
	return 0;
}

void
pool_clear(struct pool *pool)
{
	if (pool->max == 0)
		return;
	for (unsigned i = 0; i < pool->idle_count; i++)
		curl_easy_cleanup(pool->idle[i]);
	(void)pthread_cond_destroy(&pool->returned);
	(void)pthread_mutex_destroy(&pool->lock);
	*pool = (struct pool){ .max = 0 };
}

int
pool_borrow(struct pool *pool, int64_t deadline_ms, CURL **out_handle)
{
	struct timespec deadline = {
		.tv_sec = (time_t)(deadline_ms / 1000),
		.tv_nsec = (long)(deadline_ms % 1000) * 1000000L,
	};
	CURL *handle = NULL;
	int error = 0;

	(void)pthread_mutex_lock(&pool->lock);
	while (error == 0 && pool->idle_count == 0 && pool->count == pool->max)
		error = pthread_cond_timedwait(&pool->returned, &pool->lock,
		    &deadline);
	if (pool->idle_count > 0) {
		handle = pool->idle[--pool->idle_count];
	} else if (pool->count < pool->max) {
		handle = curl_easy_init();
		pool->count += handle != NULL;
		error = handle == NULL ? ENOMEM : 0;
	}
	(void)pthread_mutex_unlock(&pool->lock);
	if (handle == NULL)
		return error == ENOMEM ? -ENOMEM : -ETIMEDOUT;
	*out_handle = handle;
	return 0;
}

void
pool_return(struct pool *pool, CURL *handle)
{
	(void)pthread_mutex_lock(&pool->lock);
	pool->idle[pool->idle_count++] = handle;
	(void)pthread_cond_signal(&pool->returned);
	(void)pthread_mutex_unlock(&pool->lock);
}
