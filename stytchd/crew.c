/* SPDX-License-Identifier: BSD-2-Clause */
/* Counted threads; see crew.h. */
#include "config.h"

#include "stytchd/crew.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

/* Enough for a TLS handshake; sanitizers need more for the same code. */
#ifdef WITH_SANITIZERS
#define STACK_SIZE (4U << 20)
#else
#define STACK_SIZE (256U << 10)
#endif

struct crew {
	pthread_mutex_t lock;
	pthread_cond_t idle;
	pthread_attr_t attributes;
	unsigned count;
};

struct task {
	struct crew *crew;
	void (*function)(void *argument);
	void *argument;
};

int
crew_new(struct crew **out_crew)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	pthread_condattr_t clock;

	if (crew == NULL)
		return -ENOMEM;
	(void)pthread_mutex_init(&crew->lock, NULL);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&crew->idle, &clock);
	(void)pthread_condattr_destroy(&clock);
	(void)pthread_attr_init(&crew->attributes);
	(void)pthread_attr_setdetachstate(&crew->attributes,
	    PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&crew->attributes, STACK_SIZE);
	*out_crew = crew;
	return 0;
}

static void
crew_leave(struct crew *crew)
{
	(void)pthread_mutex_lock(&crew->lock);
	if (--crew->count == 0)
		(void)pthread_cond_broadcast(&crew->idle);
	(void)pthread_mutex_unlock(&crew->lock);
}

static void *
crew_main(void *argument)
{
	struct task task = *(struct task *)argument;

	free(argument);
	task.function(task.argument);
	crew_leave(task.crew);
	return NULL;
}

int
crew_start(struct crew *crew, void (*function)(void *argument), void *argument)
{
	struct task *task = malloc(sizeof(*task));
	pthread_t thread;
	int error;

	if (task == NULL)
		return -ENOMEM;
	*task = (struct task){ crew, function, argument };
	(void)pthread_mutex_lock(&crew->lock);
	crew->count++;
	(void)pthread_mutex_unlock(&crew->lock);
	error = pthread_create(&thread, &crew->attributes, crew_main, task);
	if (error == 0)
		return 0;
	free(task);
	crew_leave(crew);
	return -error;
}

int
crew_wait(struct crew *crew, int64_t deadline_ms)
{
	const struct timespec until = {
		.tv_sec = (time_t)(deadline_ms / 1000),
		.tv_nsec = (long)(deadline_ms % 1000) * 1000000,
	};
	int error = 0;

	(void)pthread_mutex_lock(&crew->lock);
	while (crew->count > 0 && error == 0)
		error =
		    pthread_cond_timedwait(&crew->idle, &crew->lock, &until);
	(void)pthread_mutex_unlock(&crew->lock);
	return -error;
}

unsigned
crew_size(struct crew *crew)
{
	unsigned count;

	(void)pthread_mutex_lock(&crew->lock);
	count = crew->count;
	(void)pthread_mutex_unlock(&crew->lock);
	return count;
}

void
crew_free(struct crew **crew)
{
	if (*crew == NULL)
		return;
	(void)pthread_attr_destroy(&(*crew)->attributes);
	(void)pthread_cond_destroy(&(*crew)->idle);
	(void)pthread_mutex_destroy(&(*crew)->lock);
	free(*crew);
	*crew = NULL;
}
