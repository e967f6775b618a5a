/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration and the host's own names as they stand at one moment,
 * counted: whoever works with them keeps what they began with.
 */
#ifndef STYTCHD_VIEW_H
#define STYTCHD_VIEW_H

#include "stytchd/rules.h"

#include <pthread.h>

struct view {
	struct rules rules;
	/* for view.c */
	struct configuration *configuration;
	struct local *local;
	char *fingerprint;
	_Atomic unsigned references;
};

/* Where the present view is kept. */
struct view_holder {
	pthread_mutex_t lock;
	const char *root; /* of local_load() */
	struct configuration *configuration;
	struct view *view; /* NULL: none yet */
};

void view_holder_open(struct view_holder *holder,
    struct configuration *configuration, const char *root);
void view_holder_close(struct view_holder *holder);

/* From now on another configuration; it is referenced. */
void view_configure(struct view_holder *holder,
    struct configuration *configuration);

/*
 * The present view, its host files read again if they changed.  Returns 0,
 * or a negative errno: the host's names cannot be told, so nothing may be
 * given to anybody.
 */
int view_take(struct view_holder *holder, struct view **out_view) MUST_CHECK;

/* Drop and set to NULL; *view may be NULL. */
void view_drop(struct view **view);

#endif
