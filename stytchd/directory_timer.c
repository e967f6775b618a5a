/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory's own thread: a sync every sync_interval (B2B), and a new
 * base map soon after the state has left it behind.
 */
#include "config.h"

#include "common/log.h"
#include "stytchd/directory_internal.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#define PUBLISH_GAP_MS 1000 /* at least, between two base maps */
#define RETRY_MS 30000
#define PUBLISH_SHARE 20 /* and so many times what the last one took */

/* When what is due, on the monotonic clock. */
struct due {
	int64_t sync_ms;
	int64_t publish_ms; /* not before */
};

void
directory_touch(struct directory *directory)
{
	(void)pthread_mutex_lock(&directory->timer_lock);
	directory->is_dirty = true;
	(void)pthread_cond_broadcast(&directory->timer_changed);
	(void)pthread_mutex_unlock(&directory->timer_lock);
}

void
directory_want_sync(struct directory *directory)
{
	(void)pthread_mutex_lock(&directory->timer_lock);
	directory->wants_sync = true;
	(void)pthread_cond_broadcast(&directory->timer_changed);
	(void)pthread_mutex_unlock(&directory->timer_lock);
}

static void
publish_now(struct directory *directory, struct due *due)
{
	CLEANUP(view_drop) struct view *view = NULL;
	int64_t start = directory_now_ms();
	int64_t took;
	int result = view_take(&directory->views, &view);

	if (result != 0)
		directory_touch(directory);
	else
		result = directory_publish(directory, &view->rules);
	took = directory_now_ms() - start;
	due->publish_ms = start + took + PUBLISH_SHARE * took +
	    (result == 0 ? PUBLISH_GAP_MS : RETRY_MS);
}

/* Sync if the project is one whose people are read; when next. */
static int64_t
sync_now(struct directory *directory)
{
	CLEANUP(view_drop) struct view *view = NULL;
	struct sync_result result;
	enum stytch_class class_;
	int64_t interval;
	int settled = directory_settle(directory);

	/* A reload that could not reach the state is made good here. */
	if (settled != 0 || view_take(&directory->views, &view) != 0) {
		log_error("accounts: the state is behind the configuration: "
			  "%s",
		    strerror(settled != 0 ? -settled : ENOMEM));
		return directory_now_ms() + RETRY_MS;
	}
	interval = view->rules.configuration->accounts.sync_interval;
	if (view->rules.configuration->stytch.kind != PROJECT_B2B)
		return directory_now_ms() + interval;
	class_ = directory_sync(directory, false, directory->report, &result);
	if (class_ == STYTCH_OK)
		log_info("sync: %lu members, %lu added, %lu changed, "
			 "%lu removed",
		    result.seen, result.added, result.changed, result.removed);
	else if (!atomic_load(&directory->stopping))
		log_error("sync: %s: %s; nobody was removed",
		    stytch_class_name(class_), result.reason);
	return directory_now_ms() + interval;
}

/* What is to be done now; waits for it.  Returns false at the end. */
static bool
wait_for_work(struct directory *directory, const struct due *due,
    bool *out_publish)
{
	bool goes_on = true;

	(void)pthread_mutex_lock(&directory->timer_lock);
	for (;;) {
		int64_t now = directory_now_ms();
		int64_t until = due->sync_ms;
		struct timespec at;

		goes_on = !atomic_load(&directory->stopping);
		*out_publish = directory->is_dirty && now >= due->publish_ms;
		if (!goes_on || *out_publish || directory->wants_sync ||
		    now >= due->sync_ms)
			break;
		if (directory->is_dirty && due->publish_ms < until)
			until = due->publish_ms;
		at.tv_sec = (time_t)(until / 1000);
		at.tv_nsec = (long)(until % 1000) * 1000000;
		(void)pthread_cond_timedwait(&directory->timer_changed,
		    &directory->timer_lock, &at);
	}
	if (*out_publish)
		directory->is_dirty = false;
	else
		directory->wants_sync = false;
	(void)pthread_mutex_unlock(&directory->timer_lock);
	return goes_on;
}

static void *
run_timer(void *argument)
{
	struct directory *directory = argument;
	struct due due = { directory_now_ms(), 0 };
	bool publish = false;

	while (wait_for_work(directory, &due, &publish)) {
		if (publish)
			publish_now(directory, &due);
		else
			due.sync_ms = sync_now(directory);
	}
	return NULL;
}

int
directory_start_timer(struct directory *directory,
    const struct sync_report *report)
{
	if (directory->has_timer)
		return -EALREADY;
	directory->report = report;
	atomic_store(&directory->stopping, false);
	if (pthread_create(&directory->timer, NULL, run_timer, directory) != 0)
		return -ENOMEM;
	directory->has_timer = true;
	return 0;
}

void
directory_stop_timer(struct directory *directory)
{
	if (!directory->has_timer)
		return;
	(void)pthread_mutex_lock(&directory->timer_lock);
	atomic_store(&directory->stopping, true);
	(void)pthread_cond_broadcast(&directory->timer_changed);
	(void)pthread_mutex_unlock(&directory->timer_lock);
	(void)pthread_join(directory->timer, NULL);
	directory->has_timer = false;
}
