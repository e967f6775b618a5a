/* SPDX-License-Identifier: BSD-2-Clause */
/* The sandbox's own routes. */
#include "config.h"

#include "sandbox/control.h"

#include "sandbox/calls.h"
#include "sandbox/fault.h"
#include "sandbox/fraud.h"
#include "sandbox/impersonation.h"
#include "sandbox/inbox.h"
#include "sandbox/lock.h"
#include "sandbox/message.h"
#include "sandbox/page.h"
#include "sandbox/people.h"
#include "sandbox/seed.h"
#include "sandbox/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGES_MAX 1000
#define PEOPLE_DEFAULT 100
#define PEOPLE_MAX 1000
#define NUMBER_DIGITS 18
#define ADVANCE_MAX_S (20LL * 366 * 86400)
#define OFFSET_MAX_US "31557600000000000" /* a thousand years */

static void
answer(struct http_reply *reply, int status, const cJSON *body)
{
	CLEANUP(string_free) char *text = json_text(body);

	buf_reset(&reply->body);
	reply->status = text != NULL ? status : 500;
	reply->content_type = "application/json";
	if (text != NULL)
		buf_adds(&reply->body, text);
}

static void
refuse(struct http_reply *reply, int status, const char *text)
{
	CLEANUP(json_free) cJSON *body = json_object();

	json_set_string(body, "error", text);
	answer(reply, status, body);
}

/* ---- Who may. ---- */

/* Whether a Host header names this machine. */
static bool
host_is_loopback(const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1",
		"[::1]" };

	for (size_t i = 0; host != NULL && i < ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i]);

		if (strncmp(host, names[i], len) == 0 &&
		    (host[len] == '\0' || host[len] == ':'))
			return true;
	}
	return false;
}

/* Whether the request comes from a page of ours, or from no page. */
static bool
origin_is_ours(const struct http_request *http)
{
	const char *host;

	if (http->origin == NULL)
		return true;
	host = strstr(http->origin, "://");
	return host != NULL && http->host != NULL &&
	    strcmp(host + 3, http->host) == 0;
}

static bool
has_token(struct sandbox *sandbox, const struct http_request *http)
{
	const char *token = sandbox_control_token(sandbox);
	CLEANUP(buf_clear) struct buf given = BUF_INIT(1024);

	if (token == NULL)
		return true;
	if (http->control_token != NULL)
		return text_equal(http->control_token, token);
	return http_query_get(http->target, "control_token", &given) &&
	    text_equal(buf_text(&given), token);
}

bool
control_allowed(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	const char *why = NULL;

	if (!http->local)
		why = "Only this machine may use this.";
	else if (!host_is_loopback(http->host))
		why = "The Host header must name a loopback address.";
	else if (!origin_is_ours(http))
		why = "Requests from foreign pages are refused.";
	else if (!has_token(sandbox, http))
		why = "The control token is needed (X-Sandbox-Token).";
	if (why != NULL)
		refuse(reply, 403, why);
	return why == NULL;
}

/* ---- Routes. ---- */

struct control {
	struct sandbox *sandbox;
	const struct http_request *http;
	struct http_reply *reply;
	cJSON *body; /* an object; of a POST without a body empty */
};

static void
answer_stored(struct control *control, const cJSON *body, int rc)
{
	if (rc != 0 || json_failed())
		refuse(control->reply, 500, "The state could not be kept.");
	else
		answer(control->reply, 200, body);
}

static void
get_messages(struct control *control)
{
	struct store *store = sandbox_store(control->sandbox);
	CLEANUP(json_free) cJSON *list = NULL;
	CLEANUP(buf_clear) struct buf to = BUF_INIT(1024);
	bool one = http_query_get(control->http->target, "to", &to);
	int rc;

	store_begin(store);
	list = message_list(store, one ? buf_text(&to) : NULL, MESSAGES_MAX);
	rc = store_end(store, true);
	answer_stored(control, list, rc);
}

/*
 * A number of the query, or fallback where it is not there.  Whether it is a
 * number of digits up to max; else the refusal is the reply.
 */
static bool
query_number(struct control *control, const char *name, uint64_t max,
    uint64_t *number)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(NUMBER_DIGITS);
	bool given = http_query_get(control->http->target, name, &text);
	size_t digits = strspn(buf_text(&text), "0123456789");
	uint64_t value;

	if (!given && buf_error(&text) == 0)
		return true;
	value = strtoull(buf_text(&text), NULL, 10);
	if (given && digits > 0 && digits == text.len && value <= max) {
		*number = value;
		return true;
	}
	refuse(control->reply, 400, "after and limit are whole numbers.");
	return false;
}

static void
get_calls(struct control *control)
{
	struct calls *calls = sandbox_calls(control->sandbox);
	CLEANUP(json_free) cJSON *body = json_object();
	uint64_t after = 0, limit = CALLS_MAX;

	if (!query_number(control, "after", UINT64_MAX, &after) ||
	    !query_number(control, "limit", CALLS_MAX, &limit))
		return;
	json_set_int(body, "total", (int64_t)calls_total(calls));
	json_set(body, "calls", calls_list(calls, after, limit));
	answer(control->reply, 200, body);
}

static void
get_changes(struct control *control)
{
	CLEANUP(json_free) cJSON *body = json_object();
	struct calls_mark mark = { "" };

	calls_mark(sandbox_calls(control->sandbox), &mark);
	json_set_string(body, "changes", mark.text);
	answer(control->reply, 200, body);
}

static void
get_people(struct control *control)
{
	struct store *store = sandbox_store(control->sandbox);
	CLEANUP(json_free) cJSON *body = NULL;
	uint64_t limit = PEOPLE_DEFAULT;
	int rc;

	if (!query_number(control, "limit", PEOPLE_MAX, &limit))
		return;
	store_begin(store);
	body = people_json(control->sandbox, (int)limit);
	rc = store_end(store, true);
	answer_stored(control, body, rc);
}

static void
answer_clock(struct control *control)
{
	struct store *store = sandbox_store(control->sandbox);
	CLEANUP(json_free) cJSON *body = json_object();
	struct request rq;
	int rc;

	store_begin(store);
	sandbox_request(control->sandbox, VERTICAL_CONSUMER, &rq);
	rc = store_end(store, true);
	json_set_time(body, "now", rq.now_us);
	answer_stored(control, body, rc);
}

/*
 * {"advance_seconds": n, "freeze": bool}: a frozen clock moves only when it is
 * advanced.
 */
static const char *
check_clock(const cJSON *body)
{
	const cJSON *seconds = json_get(body, "advance_seconds");
	const cJSON *freeze = json_get(body, "freeze");

	if (seconds == NULL && freeze == NULL)
		return "Give advance_seconds or freeze.";
	if (seconds != NULL &&
	    (!json_is_int(seconds) || seconds->valuedouble < 0 ||
		seconds->valuedouble > (double)ADVANCE_MAX_S))
		return "advance_seconds must be a whole number from 0.";
	if (freeze != NULL && !cJSON_IsBool(freeze))
		return "freeze is true or false.";
	return NULL;
}

static void
post_clock(struct control *control)
{
	struct store *store = sandbox_store(control->sandbox);
	const cJSON *freeze = json_get(control->body, "freeze");
	const char *why = check_clock(control->body);
	int rc;

	if (why != NULL) {
		refuse(control->reply, 400, why);
		return;
	}
	store_begin(store);
	store_run(store,
	    "UPDATE clock SET offset_us = min(offset_us + ?, " OFFSET_MAX_US
	    ")",
	    "i", json_int(control->body, "advance_seconds", 0) * SECOND_US);
	if (freeze != NULL)
		store_run(store, "UPDATE clock SET frozen_us = ?", "i",
		    cJSON_IsTrue(freeze) ? clock_real_us() : INT64_C(0));
	rc = store_end(store, true);
	if (rc != 0)
		answer_stored(control, control->body, rc);
	else
		answer_clock(control);
}

static void
answer_faults(struct control *control)
{
	CLEANUP(json_free) cJSON *body = json_object();

	json_set(body, "faults", faults_list(sandbox_faults(control->sandbox)));
	answer(control->reply, 200, body);
}

static void
post_faults(struct control *control)
{
	CLEANUP(buf_clear) struct buf why = BUF_INIT(1024);
	const char *what;
	int rc =
	    faults_add(sandbox_faults(control->sandbox), control->body, &what);

	if (rc == 0) {
		answer_faults(control);
		return;
	}
	buf_addf(&why, "This is no fault: see \"%.64s\".", what);
	refuse(control->reply, 400, buf_text(&why));
}

static void
delete_faults(struct control *control)
{
	faults_clear(sandbox_faults(control->sandbox));
	answer_faults(control);
}

static void
post_reset(struct control *control)
{
	struct store *store = sandbox_store(control->sandbox);
	bool empty = json_bool(control->body, "empty", false);
	enum api_error error = API_OK;
	char detail[256] = "";
	int rc;

	faults_clear(sandbox_faults(control->sandbox));
	calls_clear(sandbox_calls(control->sandbox));
	store_begin(store);
	store_clear(store);
	store_run(store, "UPDATE clock SET offset_us = 0, frozen_us = 0", "");
	if (!empty)
		error = seed_again(control->sandbox, detail, sizeof(detail));
	rc = store_end(store, error == API_OK);
	if (error != API_OK)
		refuse(control->reply, 500, detail);
	else
		answer_stored(control, control->body, rc);
}

static void
post_seed(struct control *control)
{
	struct store *store = sandbox_store(control->sandbox);
	enum api_error error;
	char detail[256] = "";
	int rc;

	store_begin(store);
	error =
	    seed_apply(control->sandbox, control->body, detail, sizeof(detail));
	rc = store_end(store, error == API_OK);
	if (error != API_OK)
		refuse(control->reply, 400, detail);
	else
		answer_stored(control, control->body, rc);
}

/* {"lock": [ids], "unlock": [ids]} */
static void
apply_locks(struct request *rq, const cJSON *ids, bool locked)
{
	const cJSON *id;

	cJSON_ArrayForEach (id, ids) {
		if (cJSON_IsString(id))
			lock_set(rq, id->valuestring, locked);
	}
}

static void
get_settings(struct control *control)
{
	struct store *store = sandbox_store(control->sandbox);
	CLEANUP(json_free) cJSON *body = json_object();
	struct request rq;
	int rc;

	store_begin(store);
	sandbox_request(control->sandbox, VERTICAL_CONSUMER, &rq);
	json_set(body, "consumer", settings_all(&rq));
	sandbox_request(control->sandbox, VERTICAL_B2B, &rq);
	json_set(body, "b2b", settings_all(&rq));
	rc = store_end(store, true);
	answer_stored(control, body, rc);
}

/*
 * {"consumer": {setting: value}, "b2b": {..}, "lock": [..], "unlock": [..]}
 */
static void
post_settings(struct control *control)
{
	struct store *store = sandbox_store(control->sandbox);
	const cJSON *consumer = json_get(control->body, "consumer");
	const cJSON *b2b = json_get(control->body, "b2b");
	enum api_error error = API_OK;
	struct request rq;
	int rc;

	store_begin(store);
	sandbox_request(control->sandbox, VERTICAL_B2B, &rq);
	if (b2b != NULL)
		error = settings_apply(&rq, b2b);
	if (error == API_OK && consumer != NULL) {
		rq.project =
		    sandbox_project(control->sandbox, VERTICAL_CONSUMER);
		error = settings_apply(&rq, consumer);
	}
	apply_locks(&rq, json_get(control->body, "lock"), true);
	apply_locks(&rq, json_get(control->body, "unlock"), false);
	rc = store_end(store, error == API_OK);
	if (error != API_OK)
		refuse(control->reply, 400, rq.detail);
	else if (rc != 0)
		answer_stored(control, control->body, rc);
	else
		get_settings(control);
}

/* The project that the member "project" names: "consumer" or "b2b". */
static enum vertical
wanted_vertical(const cJSON *body)
{
	const char *project = json_string(body, "project");

	return project != NULL && strcmp(project, "b2b") == 0
	    ? VERTICAL_B2B
	    : VERTICAL_CONSUMER;
}

/* Make something that otherwise the dashboard or a browser would. */
static void
make(struct control *control,
    enum api_error (*run)(struct request *rq, const cJSON *wish, cJSON *reply))
{
	struct store *store = sandbox_store(control->sandbox);
	CLEANUP(json_free) cJSON *body = json_object();
	enum api_error error;
	struct request rq;
	int rc;

	store_begin(store);
	sandbox_request(control->sandbox, wanted_vertical(control->body), &rq);
	error = run(&rq, control->body, body);
	rc = store_end(store, error == API_OK);
	if (error != API_OK)
		refuse(control->reply, 400,
		    rq.detail[0] != '\0' ? rq.detail : error_row(error)->text);
	else
		answer_stored(control, body, rc);
}

static void
post_telemetry(struct control *control)
{
	make(control, fraud_make_telemetry);
}

static void
post_impersonation(struct control *control)
{
	make(control, impersonation_make_token);
}

/* clang-format off */
static const struct control_route {
	const char *method;
	const char *path;
	void (*handle)(struct control *control);
} routes[] = {
	{ "GET",    "/sandbox/calls",    get_calls },
	{ "GET",    "/sandbox/changes",  get_changes },
	{ "GET",    "/sandbox/messages", get_messages },
	{ "GET",    "/sandbox/people",   get_people },
	{ "GET",    "/sandbox/clock",    answer_clock },
	{ "POST",   "/sandbox/clock",    post_clock },
	{ "GET",    "/sandbox/faults",   answer_faults },
	{ "POST",   "/sandbox/faults",   post_faults },
	{ "DELETE", "/sandbox/faults",   delete_faults },
	{ "POST",   "/sandbox/impersonation", post_impersonation },
	{ "POST",   "/sandbox/reset",    post_reset },
	{ "POST",   "/sandbox/seed",     post_seed },
	{ "GET",    "/sandbox/settings", get_settings },
	{ "POST",   "/sandbox/settings", post_settings },
	{ "POST",   "/sandbox/telemetry", post_telemetry },
};
/* clang-format on */

static const struct control_route *
find_route(const struct http_request *http)
{
	size_t len = http_path_len(http->target);

	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (strlen(routes[i].path) == len &&
		    memcmp(http->target, routes[i].path, len) == 0 &&
		    strcmp(http->method, routes[i].method) == 0)
			return &routes[i];
	}
	return NULL;
}

/* The body as an object; none is an empty one. */
static cJSON *
read_body(const struct http_request *http)
{
	cJSON *body;

	if (http->body_too_long)
		return NULL;
	if (http->body_len == 0)
		return json_object();
	body = json_parse(http->body, http->body_len);
	if (body != NULL && !cJSON_IsObject(body))
		json_free(&body);
	return body;
}

void
control_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	const struct control_route *route = find_route(http);
	CLEANUP(json_free) cJSON *body = NULL;
	struct control control = { sandbox, http, reply, NULL };
	size_t len = http_path_len(http->target);

	if (len == strlen(CONTROL_LANDING) &&
	    memcmp(http->target, CONTROL_LANDING, len) == 0) {
		inbox_landing(sandbox, http, reply);
		return;
	}
	if (page_asset(http, reply))
		return;
	if (!control_allowed(sandbox, http, reply))
		return;
	if (route == NULL) {
		refuse(reply, 404, "There is no such control route.");
		return;
	}
	body = control.body = read_body(http);
	if (body == NULL) {
		refuse(reply, json_failed() ? 500 : 400,
		    "The body is not a JSON object.");
		return;
	}
	route->handle(&control);
}
