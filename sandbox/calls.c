/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of calls: a ring of fixed entries behind a lock. */
#include "config.h"

#include "sandbox/calls.h"

#include "libstytch/endpoint.h"
#include "sandbox/clock.h"
#include "sandbox/token.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Texts that are pointers are literals. */
struct call {
	int64_t at_us; /* the machine's time */
	int64_t took_us;
	const char *method;
	const char *route;
	const char *fault; /* what was made to go wrong, or NULL */
	int status;
	char error_type[64];
	char subject[96];
	char request_id[96];
};

struct calls {
	pthread_mutex_t mutex;
	uint64_t total;
	uint64_t first; /* the number of the oldest that is kept */
	uint64_t changes;
	char instance[9]; /* another one after a restart */
	struct call ring[CALLS_MAX];
};

int
calls_new(struct calls **out_calls)
{
	struct calls *calls = calloc(1, sizeof(*calls));

	if (calls == NULL)
		return -ENOMEM;
	if (pthread_mutex_init(&calls->mutex, NULL) != 0) {
		free(calls);
		return -ENOMEM;
	}
	calls->first = 1;
	random_alphanumeric(calls->instance, sizeof(calls->instance) - 1);
	*out_calls = calls;
	return 0;
}

void
calls_free(struct calls **calls)
{
	if (*calls == NULL)
		return;
	pthread_mutex_destroy(&(*calls)->mutex);
	free(STEAL(*calls));
}

/* A client may write any word for its method: only known ones are kept. */
static const char *
known_method(const char *method)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE",
		"PATCH", "HEAD", "OPTIONS" };

	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		if (strcmp(method, methods[i]) == 0)
			return methods[i];
	}
	return "OTHER";
}

/* The template of the path where no handler named it: after a fault. */
static const char *
route_of(const struct http_request *http)
{
	CLEANUP(buf_clear) struct buf path = BUF_INIT(8192);
	struct endpoint_match match;

	buf_add(&path, http->target, http_path_len(http->target));
	if (buf_error(&path) != 0 ||
	    endpoint_route(http->method, buf_text(&path), &match) != 0)
		return "(no such route)";
	return match.endpoint->path;
}

void
calls_add(struct calls *calls, const struct http_request *http,
    const struct http_reply *reply)
{
	struct call call = {
		.at_us = clock_real_us(),
		.took_us = clock_monotonic_us() - http->begun_us,
		.method = known_method(http->method),
		.route = reply->route != NULL ? reply->route : route_of(http),
		.fault = http->fault,
		.status = reply->status,
	};

	memcpy(call.error_type, reply->error_type, sizeof(call.error_type));
	memcpy(call.subject, reply->subject, sizeof(call.subject));
	memcpy(call.request_id, reply->request_id, sizeof(call.request_id));
	pthread_mutex_lock(&calls->mutex);
	calls->total++;
	calls->changes++;
	calls->ring[calls->total % CALLS_MAX] = call;
	if (calls->total - calls->first >= CALLS_MAX)
		calls->first = calls->total - CALLS_MAX + 1;
	pthread_mutex_unlock(&calls->mutex);
}

void
calls_clear(struct calls *calls)
{
	pthread_mutex_lock(&calls->mutex);
	calls->first = calls->total + 1;
	calls->changes++;
	memset(calls->ring, 0, sizeof(calls->ring));
	pthread_mutex_unlock(&calls->mutex);
}

void
calls_touch(struct calls *calls)
{
	pthread_mutex_lock(&calls->mutex);
	calls->changes++;
	pthread_mutex_unlock(&calls->mutex);
}

void
calls_mark(struct calls *calls, struct calls_mark *out_mark)
{
	uint64_t changes;
	int n;

	pthread_mutex_lock(&calls->mutex);
	changes = calls->changes;
	pthread_mutex_unlock(&calls->mutex);
	n = snprintf(out_mark->text, sizeof(out_mark->text), "%s-%" PRIx64,
	    calls->instance, changes);
	if (n < 0)
		out_mark->text[0] = '\0';
}

uint64_t
calls_total(struct calls *calls)
{
	uint64_t total;

	pthread_mutex_lock(&calls->mutex);
	total = calls->total;
	pthread_mutex_unlock(&calls->mutex);
	return total;
}

static void
set_optional(cJSON *object, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_set_string(object, name, text);
}

static cJSON *
describe(const struct call *call, uint64_t number)
{
	cJSON *object = json_object();

	json_set_int(object, "number", (int64_t)number);
	json_set_time(object, "at", call->at_us);
	json_set_string(object, "method", call->method);
	json_set_string(object, "route", call->route);
	set_optional(object, "subject", call->subject);
	json_set_int(object, "status", call->status);
	set_optional(object, "error_type", call->error_type);
	set_optional(object, "fault", call->fault);
	json_set_int(object, "took_us", call->took_us);
	set_optional(object, "request_id", call->request_id);
	return object;
}

/*
 * Entries are copied out one by one: making their JSON holds up no request.
 * Whether there is one of that number.
 */
static bool
copy_out(struct calls *calls, uint64_t number, struct call *out_call)
{
	bool kept;

	pthread_mutex_lock(&calls->mutex);
	kept = number >= calls->first && number <= calls->total;
	if (kept)
		*out_call = calls->ring[number % CALLS_MAX];
	pthread_mutex_unlock(&calls->mutex);
	return kept;
}

cJSON *
calls_list(struct calls *calls, uint64_t after, size_t limit)
{
	uint64_t number = calls_total(calls);
	cJSON *list = json_array();
	struct call call;

	for (; limit > 0 && number > after && copy_out(calls, number, &call);
	     number--, limit--)
		json_push(list, describe(&call, number));
	return list;
}
