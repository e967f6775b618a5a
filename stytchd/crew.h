/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent's threads: detached, with small stacks, counted, so that a clean
 * stop can wait for the last one.
 */
#ifndef STYTCHD_CREW_H
#define STYTCHD_CREW_H

#include "common/attr.h"

#include <stdint.h>

struct crew;

int crew_new(struct crew **out_crew) MUST_CHECK;

/* Run function(argument) in a thread.  Returns 0 or pthread_create()'s error. */
int crew_start(struct crew *crew, void (*function)(void *argument),
    void *argument) MUST_CHECK;

/* Wait until no thread runs.  Returns 0 or -ETIMEDOUT. */
int crew_wait(struct crew *crew, int64_t deadline_ms) MUST_CHECK;

/* How many run now. */
unsigned crew_size(struct crew *crew);

/* Free and set to NULL; no thread of it may run. */
void crew_free(struct crew **crew);

#endif
