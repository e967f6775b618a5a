/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call performed: sent, read, judged, and repeated where that is harmless.
 * Pages of a search are read by each_page.c.
 */
#include "config.h"

#include "libstytch/call.h"
#include "libstytch/client.h"
#include "libstytch/error.h"
#include "libstytch/reply.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#define REPLY_MAX (1024U * 1024)
#define REPLY_MAX_PAGE (16U * 1024 * 1024) /* a page of 1000 users */
#define ATTEMPTS_MAX 3
#define BACKOFF_MS 100
#define JITTER_MS 100
#define RETRY_AFTER_MAX_MS 5000
/* How long the API's last yes to our credentials is believed. */
#define PROVEN_MS 60000

/* One perform: its request, and how the last attempt went. */
struct attempt {
	struct stytch_client *client;
	const struct endpoint *endpoint;
	const struct request *request;
	int64_t deadline_ms;
	int64_t retry_after_ms;
	struct stytch_reply *reply;
};

static void
sleep_until(int64_t at_ms)
{
	struct timespec at = {
		.tv_sec = (time_t)(at_ms / 1000),
		.tv_nsec = (long)(at_ms % 1000) * 1000000L,
	};

	/* Cut short by a signal: the retry comes early, which does no harm. */
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static int64_t
jitter_ms(void)
{
	unsigned char byte = 0;

	if (getrandom(&byte, 1, GRND_NONBLOCK) != 1)
		return 0;
	return byte * JITTER_MS / 255;
}

static enum stytch_class
send_once(struct attempt *attempt, struct stytch_error *error)
{
	const struct endpoint *endpoint = attempt->endpoint;
	struct stytch_client *client = attempt->client;
	bool is_paged = endpoint_param(endpoint, "cursor") != NULL;
	CLEANUP(exchange_clear)
	struct exchange exchange = {
		.method = endpoint_method_name(endpoint->method),
		.origin = endpoint->host == ENDPOINT_FRAUD ? &client->fraud
							   : &client->api,
		.target = buf_text(&attempt->request->target),
		.body =
		    attempt->request->has_body ? &attempt->request->body : NULL,
		.member_header =
		    secret_reveal(&attempt->request->member_header),
		.with_authorization = endpoint->auth == ENDPOINT_BASIC,
		.reply_max = is_paged ? REPLY_MAX_PAGE : REPLY_MAX,
		.deadline_ms = attempt->deadline_ms,
	};
	enum stytch_class class_;

	attempt->retry_after_ms = -1;
	class_ = transport_perform(&client->transport, &exchange, error);
	if (class_ != STYTCH_OK)
		return class_;
	attempt->retry_after_ms = exchange.retry_after_ms;
	class_ = reply_parse(exchange.http_status, buf_text(&exchange.reply),
	    exchange.reply.len, &attempt->reply, error);
	if (class_ == STYTCH_OK && exchange.with_authorization)
		atomic_store(&client->proven_ms, transport_now_ms());
	else if (class_ == STYTCH_MISCONFIGURED && error->http_status == 401 &&
	    !error_is_ambiguous(endpoint->id, 401, error->error_type))
		atomic_store(&client->proven_ms, 0);
	return class_;
}

/*
 * How long to pause before the next attempt, or -1 for none: where the
 * server refused to look at the request and named a time, or where it was
 * only read from, and the way there or the server failed.
 */
static int64_t
retry_pause(const struct attempt *attempt, const struct stytch_error *error,
    unsigned attempts)
{
	int status = error->http_status;

	if (attempts >= ATTEMPTS_MAX)
		return -1;
	if (attempt->retry_after_ms >= 0 &&
	    (status == 503 ||
		(status == 429 && error->class_ == STYTCH_THROTTLED)))
		return attempt->retry_after_ms <= RETRY_AFTER_MAX_MS
		    ? attempt->retry_after_ms
		    : -1;
	if (attempt->endpoint->method == ENDPOINT_GET &&
	    error->class_ == STYTCH_UNAVAILABLE)
		return (int64_t)BACKOFF_MS << (attempts - 1);
	return -1;
}

static enum stytch_class
send_repeatedly(struct attempt *attempt, struct stytch_error *error)
{
	for (unsigned attempts = 1;; attempts++) {
		enum stytch_class class_ = send_once(attempt, error);
		int64_t pause_ms, at_ms;

		if (class_ == STYTCH_OK)
			return class_;
		pause_ms = retry_pause(attempt, error, attempts);
		at_ms = transport_now_ms() + pause_ms + jitter_ms();
		if (pause_ms < 0 || at_ms >= attempt->deadline_ms)
			return class_;
		sleep_until(at_ms);
	}
}

/*
 * A password endpoint said unauthorized_credentials: of the person or of the
 * project?  Only if the API takes the project's, it was the person's.
 */
static enum stytch_class
tell_apart(const struct attempt *attempt, struct stytch_error *error)
{
	CLEANUP(request_clear) struct request request = REQUEST_INIT;
	struct attempt whoami = {
		.client = attempt->client,
		.endpoint = endpoint_get(STYTCH_DEBUG_WHOAMI),
		.request = &request,
		.deadline_ms = attempt->deadline_ms,
	};
	struct stytch_error whoami_error;
	int64_t proven_ms = atomic_load(&attempt->client->proven_ms);
	enum stytch_class class_;

	if (proven_ms != 0 && transport_now_ms() - proven_ms < PROVEN_MS)
		return error->class_ = STYTCH_REJECTED;
	buf_adds(&request.target, whoami.endpoint->path);
	class_ = buf_error(&request.target) == 0
	    ? send_repeatedly(&whoami, &whoami_error)
	    : error_set(&whoami_error, STYTCH_UNAVAILABLE, "", "out of memory");
	stytch_reply_free(&whoami.reply);
	if (class_ == STYTCH_OK)
		return error->class_ = STYTCH_REJECTED;
	if (class_ == STYTCH_MISCONFIGURED)
		return error->class_ = STYTCH_MISCONFIGURED;
	*error = whoami_error;
	return error->class_ = STYTCH_UNAVAILABLE;
}

enum stytch_class
client_perform(struct stytch_call *call, struct stytch_reply **out_reply,
    int64_t *out_retry_after_ms, struct stytch_error *error)
{
	CLEANUP(request_clear) struct request request = REQUEST_INIT;
	struct attempt attempt = {
		.client = call->client,
		.endpoint = call->endpoint,
		.request = &request,
		.deadline_ms =
		    transport_now_ms() + call->client->total_timeout_ms,
		.retry_after_ms = -1,
	};
	enum stytch_class class_;

	*out_retry_after_ms = -1;
	class_ = call_request(call, &request, error);
	if (class_ != STYTCH_OK)
		return class_;
	class_ = send_repeatedly(&attempt, error);
	*out_retry_after_ms = attempt.retry_after_ms;
	if (class_ == STYTCH_OK) {
		*out_reply = attempt.reply;
		return class_;
	}
	/* A server that quotes the question must not get it into a log. */
	if (call_text_has_secret(call, error->message))
		error_text(error->message, sizeof(error->message), "");
	if (error_is_ambiguous(call->endpoint->id, error->http_status,
		error->error_type))
		class_ = tell_apart(&attempt, error);
	return class_;
}

enum stytch_class
stytch_call_perform(struct stytch_call *call, struct stytch_reply **out_reply,
    struct stytch_error *error)
{
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	struct stytch_error failure;
	enum stytch_class class_;
	int64_t retry_after_ms;

	if (call == NULL)
		class_ = error_set(&failure, STYTCH_UNAVAILABLE, "",
		    "out of memory");
	else if (call->client == NULL || out_reply == NULL)
		class_ = error_set(&failure, STYTCH_MISCONFIGURED, "",
		    "no client, or no place for the reply");
	else
		class_ =
		    client_perform(call, &reply, &retry_after_ms, &failure);
	if (class_ == STYTCH_OK && out_reply != NULL)
		*out_reply = STEAL(reply);
	else if (error != NULL)
		*error = failure;
	return class_;
}
