/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests whose memory runs out, for a test program of that: see failing.h.
 */
#ifndef TESTS_UNIT_SANDBOX_FAILING_H
#define TESTS_UNIT_SANDBOX_FAILING_H

#include "tests/unit/failing.h"
#include "tests/unit/sandbox_drive.h"

#include <string.h>

#define ATTEMPTS_MAX 20000
#ifdef EVERY_ALLOCATION
#define STRIDE 1
#else
#define STRIDE 7 /* in every build; one by one takes half a minute */
#endif

/* A request as sandbox_handle() takes it. */
struct prepared {
	char authorization[512];
	char body[8192];
	struct http_request http;
};

static inline void
prepare(void **state, struct prepared *prepared, enum vertical vertical,
    const char *target, const char *body)
{
	const struct project *project = sandbox_project(*state, vertical);
	CLEANUP(buf_clear)
	struct buf pair = BUF_INIT(256);
	CLEANUP(buf_clear)
	struct buf encoded = BUF_INIT(sizeof(prepared->authorization) - 1);

	buf_addf(&pair, "%s:%s", project->id, project->secret);
	buf_adds(&encoded, "Basic ");
	base64_add(&encoded, buf_text(&pair), pair.len);
	assert_int_equal(buf_error(&encoded), 0);
	memset(prepared, 0, sizeof(*prepared));
	memcpy(prepared->authorization, buf_text(&encoded), encoded.len + 1);
	assert_in_range(strlen(body), 0, sizeof(prepared->body) - 1);
	memcpy(prepared->body, body, strlen(body));
	prepared->http.method = "POST";
	prepared->http.target = target;
	prepared->http.authorization = prepared->authorization;
	prepared->http.body = prepared->body;
	prepared->http.body_len = strlen(body);
}

/* Make the request of one attempt; what it needs happens with memory. */
typedef void (*preparer)(void **state, struct prepared *prepared);

/*
 * Fail the first allocation, then a later one, ...; the answer at the end.  A
 * refusal may come after the commit (the answer itself found no memory), so
 * each attempt has a request of its own.
 */
static inline cJSON *
drive_failing(void **state, preparer make)
{
	for (unsigned n = 1; n < ATTEMPTS_MAX; n += STRIDE) {
		CLEANUP(http_reply_clear)
		struct http_reply reply = HTTP_REPLY_INIT;
		struct prepared prepared;
		unsigned left;

		make(state, &prepared);
		failing_at = n;
		sandbox_handle(*state, &prepared.http, &reply);
		left = failing_at;
		failing_at = 0;
		if (left == 0) {
			if (reply.status == 200)
				fail_msg("success although call %u failed", n);
			assert_in_range(reply.status, 400, 599);
			continue;
		}
		assert_int_equal(buf_error(&reply.body), 0);
		assert_in_range(n, 20, ATTEMPTS_MAX);
		return json_parse(buf_text(&reply.body), reply.body.len);
	}
	fail_msg("more than %d allocations", ATTEMPTS_MAX);
	return NULL;
}

#endif
