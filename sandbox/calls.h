/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log of calls: the last few hundred requests to the API, in memory, for
 * the inbox page and GET /sandbox/calls.  An entry has the route's template,
 * ids and the outcome; nothing that was typed, sent or answered: no body, no
 * query, no header, no path as the client wrote it.  Any number of threads.
 */
#ifndef SANDBOX_CALLS_H
#define SANDBOX_CALLS_H

#include "common/attr.h"
#include "sandbox/http.h"
#include "sandbox/json.h"

#include <stddef.h>
#include <stdint.h>

#define CALLS_MAX 512 /* kept; an older one gives way */

struct calls;

int calls_new(struct calls **out_calls) MUST_CHECK;
/* Free and set to NULL. */
void calls_free(struct calls **calls);

/*
 * Note a request and its outcome; reply->status 0: it got no answer.  What
 * reply does not say of route is looked up by the request's path.
 */
void calls_add(struct calls *calls, const struct http_request *http,
    const struct http_reply *reply);
/* Forget all; numbers go on. */
void calls_clear(struct calls *calls);

/*
 * The entries with a number above after, newest first, at most limit; freed
 * by the caller.
 */
cJSON *calls_list(struct calls *calls, uint64_t after, size_t limit) MUST_CHECK;
/* How many there were since the start, the forgotten ones too. */
uint64_t calls_total(struct calls *calls);

/* Something that the inbox page shows has changed. */
void calls_touch(struct calls *calls);

struct calls_mark {
	char text[32];
};
/* A text that differs from an earlier one if something has changed since. */
void calls_mark(struct calls *calls, struct calls_mark *out_mark);

#endif
