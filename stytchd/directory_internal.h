/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the directory share; not for others. */
#ifndef STYTCHD_DIRECTORY_INTERNAL_H
#define STYTCHD_DIRECTORY_INTERNAL_H

#include "stytchd/directory.h"
#include "stytchd/flights.h"
#include "stytchd/people.h"
#include "stytchd/publish.h"
#include "stytchd/view.h"

#include <pthread.h>

struct directory {
	struct stytch_client *client; /* borrowed */
	struct store *store;          /* borrowed */
	struct view_holder views;
	struct flights *flights;
	struct publisher publisher;
	pthread_mutex_t sync_lock; /* one sync at a time */

	/* The timer's thread (directory_timer.c). */
	pthread_mutex_t timer_lock;
	pthread_cond_t timer_changed;
	pthread_t timer;
	bool has_timer;
	const struct sync_report *report;
	bool is_dirty;         /* the base map is to be made anew */
	bool wants_sync;       /* before its time */
	_Atomic bool stopping; /* a sync under way ends at its next page */
};

/* For tests: the files of a host below root. */
int directory_open_at(const char *root, struct configuration *configuration,
    struct stytch_client *client, struct store *store,
    struct directory **out_directory) MUST_CHECK;

/*
 * Bring the state in line with the configuration, if it is not, and publish
 * it; people out of scope are gone.  Until then nothing is stored by it.
 */
int directory_settle(struct directory *directory) MUST_CHECK;

/* The base map no longer tells the truth: make it anew soon. */
void directory_touch(struct directory *directory);

/* The timer is to sync at once. */
void directory_want_sync(struct directory *directory);

/*
 * Make it at once; an error is logged, and the timer tries again.  Returns it.
 */
int directory_publish(struct directory *directory, const struct rules *rules);

/* Milliseconds of the monotonic clock. */
int64_t directory_now_ms(void);

/* A word about the last sync, kept in the state (facts). */
void directory_note_sync(struct directory *directory, enum stytch_class class_,
    const struct sync_result *result);

/*
 * Store what Stytch said of a person, in a flushed transaction that may make
 * accounts and groups.  Returns 0 or a negative errno.
 */
int directory_take(struct directory *directory, const struct rules *rules,
    const struct person *person, const char *slug,
    enum people_change *out_change) MUST_CHECK;

/* The account of a name or an identity, a gone one too: 0, -ENOENT, ... */
int directory_load(struct directory *directory, const struct rules *rules,
    const char *name, const char *identity, struct account **out_account)
    MUST_CHECK;

#endif
