/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the state to the account maps that NSS reads.  The base map holds
 * every account; the overlay those who came since the base was made.
 */
#ifndef STYTCHD_PUBLISH_H
#define STYTCHD_PUBLISH_H

#include "common/attr.h"
#include "stytchd/rules.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct store;

struct publisher {
	pthread_mutex_t lock; /* one map is made at a time */
	char *base_path;
	char *overlay_path;
	/* accounts.added of the last one in the base map; -1: none was made */
	int64_t based;
};

/* Maps in state_dir. */
int publisher_open(struct publisher *publisher, const char *state_dir)
    MUST_CHECK;
void publisher_close(struct publisher *publisher);

/* Publish the base map, and an overlay of whoever came meanwhile. */
int publish_base(struct publisher *publisher, struct store *store,
    const struct rules *rules) MUST_CHECK;

/*
 * Publish the overlay alone; *out_count (may be NULL) is how many accounts it
 * holds.
 */
int publish_overlay(struct publisher *publisher, struct store *store,
    const struct rules *rules, size_t *out_count) MUST_CHECK;

#endif
