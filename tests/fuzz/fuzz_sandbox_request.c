/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sandbox's request path in process: a first byte that says method,
 * credentials and origin, a target up to a newline, a body.  Whatever comes,
 * there is an answer, and one of the API is JSON in the API's form.
 */
#include "config.h"

#include "sandbox/sandbox.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define RESET_EVERY 256
#define CONSUMER "project-test-11111111-1111-4111-8111-111111111111"
#define B2B "project-test-22222222-2222-4222-8222-222222222222"
#define USER \
	"{\"users\":[{\"external_id\":\"a\",\"emails\":[\"a@example.com\"]," \
	"\"totp\":{\"secret\":\"JBSWY3DPEHPK3PXP\"}}]}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sandbox *
make_sandbox(void)
{
	const struct sandbox_options options = {
		.db = ":memory:",
		.base_url = "http://127.0.0.1:1",
		.projects = { CONSUMER ":consumer", B2B ":business" },
	};
	struct sandbox *sandbox = NULL;

	if (sandbox_new(&options, &sandbox) != 0)
		abort();
	return sandbox;
}

/* The fraud host alone answers a project that it does not know with a 500. */
static bool
is_unknown_to_fraud(const struct http_request *http, const cJSON *answer)
{
	CLEANUP(buf_clear) struct buf path = BUF_INIT(HTTP_BODY_MAX);
	struct endpoint_match match;
	const char *type = json_string(answer, "error_type");
	char id[256], secret[256];

	buf_add(&path, http->target, http_path_len(http->target));
	return type != NULL && strcmp(type, "internal_server_error") == 0 &&
	    endpoint_route(http->method, buf_text(&path), &match) == 0 &&
	    match.endpoint->host == ENDPOINT_FRAUD &&
	    http_basic(http->authorization, id, secret, sizeof(id)) == 0 &&
	    strcmp(id, CONSUMER) != 0 && strcmp(id, B2B) != 0;
}

/* Groups of SCIM and one connected app are documented without. */
static bool
is_without_request_id(const struct http_request *http,
    const struct http_reply *reply)
{
	return reply->status == 200 && strcmp(http->method, "GET") == 0 &&
	    (strstr(http->target, "/connection/") != NULL ||
		strstr(http->target, "/connected_apps/") != NULL);
}

static void
run(struct sandbox *sandbox, struct http_request *http)
{
	CLEANUP(http_reply_clear) struct http_reply reply = HTTP_REPLY_INIT;
	CLEANUP(json_free) cJSON *answer = NULL;

	sandbox_handle(sandbox, http, &reply);
	if (reply.status < 200 || reply.status > 599 ||
	    buf_error(&reply.body) != 0)
		abort();
	if (strcmp(reply.content_type, "application/json") == 0) {
		answer = json_parse(buf_text(&reply.body), reply.body.len);
		if (answer == NULL)
			abort();
	}
	if (reply.status == 500 && !is_unknown_to_fraud(http, answer))
		abort();
	if (answer == NULL)
		return;
	if (strncmp(http->target, "/v1/", 4) == 0 &&
	    strstr(http->target, "/.well-known/") == NULL &&
	    ((json_string(answer, "request_id") == NULL &&
		 !is_without_request_id(http, &reply)) ||
		json_int(answer, "status_code", 0) != reply.status))
		abort();
}

/* Start again from the same state, so that it does not grow for ever. */
static void
reset(struct sandbox *sandbox)
{
	struct http_request http = {
		.method = "POST",
		.target = "/sandbox/reset",
		.host = "localhost",
		.local = true,
	};

	run(sandbox, &http);
	http.target = "/sandbox/seed";
	http.body = USER;
	http.body_len = strlen(USER);
	run(sandbox, &http);
}

static const char *
credentials(unsigned choice, struct buf *header)
{
	static const char *const pairs[] = { CONSUMER ":consumer",
		B2B ":business", CONSUMER ":wrong", "nobody:x" };

	if (choice >= ARRAY_LEN(pairs))
		return NULL;
	buf_adds(header, "Basic ");
	base64_add(header, pairs[choice], strlen(pairs[choice]));
	return buf_text(header);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE" };
	static struct sandbox *sandbox;
	static unsigned count;
	CLEANUP(buf_clear) struct buf header = BUF_INIT(1024);
	CLEANUP(buf_clear) struct buf target = BUF_INIT(HTTP_BODY_MAX);
	struct http_request http = { .host = "localhost", .local = true };
	const uint8_t *end;

	if (size < 2 || memchr(data, '\0', size) != NULL)
		return 0;
	if (sandbox == NULL)
		sandbox = make_sandbox();
	if (count++ % RESET_EVERY == 0)
		reset(sandbox);
	end = memchr(data + 1, '\n', size - 1);
	if (end == NULL)
		end = data + size;
	buf_add(&target, data + 1, (size_t)(end - data - 1));
	if (buf_error(&target) != 0)
		return 0;
	http.method = methods[data[0] & 3];
	http.authorization = credentials(data[0] >> 2 & 7, &header);
	http.origin = (data[0] & 32) != 0 ? "http://evil.example" : NULL;
	http.target = buf_text(&target);
	if (end < data + size) {
		http.body = (const char *)end + 1;
		http.body_len = (size_t)(data + size - end - 1);
	}
	run(sandbox, &http);
	return 0;
}
