/* SPDX-License-Identifier: BSD-2-Clause */
/* Every page of a search, one after another; see stytch.h. */
#include "config.h"

#include "libstytch/call.h"
#include "libstytch/client.h"
#include "libstytch/error.h"

#include <string.h>
#include <time.h>

#define PAUSE_FIRST_MS 1000
#define PAUSE_MAX_MS 60000

struct paging {
	struct stytch_call *call;
	int64_t wait_left_ms;
	int64_t pause_ms; /* the next one's length */
};

/* Where the cursor of the next page is: searches and plain lists differ. */
static const char *
next_cursor(const struct stytch_reply *reply)
{
	static const char *const paths[] = { "results_metadata.next_cursor",
		"next_cursor" };

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const char *cursor = stytch_reply_string(reply, paths[i]);

		if (cursor != NULL && cursor[0] != '\0')
			return cursor;
	}
	return NULL;
}

static void
pause_for(int64_t pause_ms)
{
	struct timespec pause = {
		.tv_sec = (time_t)(pause_ms / 1000),
		.tv_nsec = (long)(pause_ms % 1000) * 1000000L,
	};

	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

/* Wait as long as the API asks, else longer each time; false: too long. */
static bool
wait_for_limit(struct paging *paging, int64_t retry_after_ms)
{
	int64_t pause_ms = retry_after_ms;

	if (pause_ms < 0) {
		pause_ms = paging->pause_ms;
		paging->pause_ms =
		    pause_ms * 2 < PAUSE_MAX_MS ? pause_ms * 2 : PAUSE_MAX_MS;
	}
	if (pause_ms > paging->wait_left_ms)
		return false;
	paging->wait_left_ms -= pause_ms;
	pause_for(pause_ms);
	return true;
}

static enum stytch_class
read_page(struct paging *paging, struct stytch_reply **out_reply,
    struct stytch_error *error)
{
	for (;;) {
		int64_t retry_after_ms;
		enum stytch_class class_ = client_perform(paging->call,
		    out_reply, &retry_after_ms, error);

		if (class_ != STYTCH_THROTTLED)
			return class_;
		if (!wait_for_limit(paging, retry_after_ms))
			return class_;
	}
}

static enum stytch_class
read_pages(struct paging *paging, const struct stytch_pages *pages,
    struct stytch_error *error)
{
	CLEANUP(string_free) char *cursor = NULL;

	for (;;) {
		CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
		enum stytch_class class_ = read_page(paging, &reply, error);
		const char *next;

		if (class_ != STYTCH_OK || !pages->take(reply, pages->context))
			return class_;
		next = next_cursor(reply);
		if (next == NULL)
			return STYTCH_OK;
		if (cursor != NULL && strcmp(cursor, next) == 0)
			return error_set(error, STYTCH_PROTOCOL, "cursor",
			    "the next page is this page again");
		string_free(&cursor);
		cursor = strdup(next);
		if (cursor == NULL)
			return error_set(error, STYTCH_UNAVAILABLE, "",
			    "out of memory");
		stytch_call_set(paging->call, "cursor", cursor);
	}
}

enum stytch_class
stytch_call_each_page(struct stytch_call *call,
    const struct stytch_pages *pages, struct stytch_error *error)
{
	struct stytch_error failure;
	struct paging paging = { .call = call, .pause_ms = PAUSE_FIRST_MS };
	enum stytch_class class_;

	if (call == NULL) {
		class_ = error_set(&failure, STYTCH_UNAVAILABLE, "",
		    "out of memory");
	} else if (call->client == NULL || pages == NULL ||
	    pages->take == NULL) {
		class_ = error_set(&failure, STYTCH_MISCONFIGURED, "pages",
		    "no client, or nothing to take pages");
	} else {
		paging.wait_left_ms = pages->max_wait_ms;
		if (pages->size != 0)
			stytch_call_set_int(call, "limit", pages->size);
		class_ = read_pages(&paging, pages, &failure);
		/* Performed again, the call starts at the first page. */
		call_unset(call, "cursor");
	}
	if (class_ != STYTCH_OK && error != NULL)
		*error = failure;
	return class_;
}
