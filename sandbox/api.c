/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests to the API.  The order of the checks is the API's own: project id,
 * secret, kind of project, then the parameters.
 */
#include "config.h"

#include "sandbox/api.h"

#include "sandbox/lock.h"
#include "sandbox/validate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const request_handler handlers[STYTCH_ENDPOINT_COUNT] = {
#define HANDLER(ENDPOINT, function) [STYTCH_##ENDPOINT] = function,
#include "sandbox/handlers_consumer.def"
#define HANDLER(ENDPOINT, function) [STYTCH_##ENDPOINT] = function,
#include "sandbox/handlers_b2b.def"
#define HANDLER(ENDPOINT, function) [STYTCH_##ENDPOINT] = function,
#include "sandbox/handlers_apps.def"
};

request_handler
api_handler(enum stytch_endpoint endpoint)
{
	return (size_t)endpoint < ARRAY_LEN(handlers) ? handlers[endpoint]
						      : NULL;
}

static bool
starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Groups that both kinds of project have under one path. */
static bool
is_shared(const struct endpoint *endpoint)
{
	static const char *const groups[] = { "connected_apps.", "debug.",
		"m2m.", "projects." };

	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		if (starts_with(endpoint->name, groups[i]))
			return true;
	}
	return endpoint->host == ENDPOINT_FRAUD;
}

bool
api_serves(const struct endpoint *endpoint, enum vertical vertical)
{
	bool is_b2b = starts_with(endpoint->name, "b2b.");

	return is_shared(endpoint) || is_b2b == (vertical == VERTICAL_B2B);
}

/* A new request_id, in the answer and in the log of calls. */
static void
add_request_id(cJSON *body, const char *environment, enum endpoint_host host,
    struct http_reply *reply)
{
	struct id id;

	id_make("request-id", host == ENDPOINT_FRAUD ? "fraud" : environment,
	    &id);
	json_set_string(body, "request_id", id.text);
	memcpy(reply->request_id, id.text, sizeof(id.text));
}

static void
reply_json(struct http_reply *reply, const cJSON *body, int status)
{
	CLEANUP(string_free) char *text = json_text(body);

	buf_reset(&reply->body);
	reply->status = status;
	reply->content_type = "application/json";
	if (text != NULL)
		buf_adds(&reply->body, text);
	if (text == NULL || buf_error(&reply->body) != 0 || json_failed()) {
		buf_reset(&reply->body);
		reply->status = 500;
	}
}

/* What stands between the host and "api/errors" in an error's URL. */
static const char *
docs_of(enum vertical vertical, enum endpoint_host host)
{
	if (host == ENDPOINT_FRAUD)
		return "fraud/";
	return vertical == VERTICAL_B2B ? "b2b/" : "";
}

/* The form of an error; texts of a request go in by the caller. */
static cJSON *
error_body(enum vertical vertical, enum endpoint_host host,
    const char *error_type, const char *text, int status)
{
	CLEANUP(buf_clear) struct buf url = BUF_INIT(1024);
	cJSON *body = json_object();

	buf_addf(&url, "https://stytch.com/docs/%sapi/errors/%d#%.200s",
	    docs_of(vertical, host), status, error_type);
	json_set_int(body, "status_code", status);
	json_set_string(body, "error_type", error_type);
	json_set_string(body, "error_message", text);
	json_set_string(body, "error_url", buf_text(&url));
	return body;
}

void
sandbox_error_as(const struct project *project, enum api_error error,
    const char *error_type, int status, struct http_reply *reply)
{
	const struct api_error_row *row = error_row(error);
	CLEANUP(json_free) cJSON *body = NULL;

	if (status == 0)
		status = row->status;
	body = error_body(project->vertical, ENDPOINT_API,
	    error_type != NULL ? error_type : row->type, row->text, status);
	add_request_id(body, project->environment, ENDPOINT_API, reply);
	http_reply_note_error(reply,
	    error_type != NULL ? error_type : row->type);
	reply_json(reply, body, status);
}

void
sandbox_error(const struct project *project, enum api_error error,
    struct http_reply *reply)
{
	sandbox_error_as(project, error, NULL, 0, reply);
}

static void
reply_error(const struct request *rq, enum api_error error,
    struct http_reply *reply)
{
	const struct api_error_row *row = error_row(error);
	enum endpoint_host host =
	    rq->endpoint != NULL ? rq->endpoint->host : ENDPOINT_API;
	CLEANUP(json_free)
	cJSON *body = error_body(rq->project->vertical, host, row->type,
	    rq->detail[0] != '\0' ? rq->detail : row->text, row->status);

	add_request_id(body, rq->project->environment, host, reply);
	http_reply_note_error(reply, row->type);
	if (rq->error_details != NULL)
		json_set(body, "error_details", json_copy(rq->error_details));
	reply_json(reply, body, row->status);
}

/* The project whose id it is, or NULL. */
static const struct project *
find_project(const struct sandbox *sandbox, const char *id)
{
	for (int i = 0; i < VERTICALS; i++) {
		const struct project *project =
		    sandbox_project(sandbox, (enum vertical)i);

		if (strcmp(project->id, id) == 0)
			return project;
	}
	return NULL;
}

static enum api_error
check_credentials(struct sandbox *sandbox, const struct http_request *http,
    struct request *rq)
{
	char id[256], secret[256];
	bool fraud = rq->endpoint->host == ENDPOINT_FRAUD;
	const struct project *project;

	if (http_basic(http->authorization, id, secret, sizeof(id)) != 0)
		return API_INVALID_AUTHORIZATION_HEADER;
	project = find_project(sandbox, id);
	if (project == NULL)
		return fraud ? API_INTERNAL_SERVER_ERROR
			     : API_INVALID_PROJECT_ID_AUTHENTICATION;
	rq->project = project;
	if (!text_equal(project->secret, secret))
		return fraud ? API_UNAUTHORIZED_CREDENTIALS_ERROR
			     : API_UNAUTHORIZED_CREDENTIALS;
	if (!api_serves(rq->endpoint, project->vertical))
		return project->vertical == VERTICAL_CONSUMER
		    ? API_INVALID_B2B_ENDPOINT
		    : API_INVALID_CONSUMER_ENDPOINT;
	return API_OK;
}

/*
 * Everything before the parameters; *out_match, which points into path, on
 * success.
 */
static enum api_error
check_route(struct sandbox *sandbox, const struct http_request *http,
    struct request *rq, struct buf *path, struct endpoint_match *out_match)
{
	int rc;

	if (starts_with(http->target, "/v1/b2b/"))
		rq->project = sandbox_project(sandbox, VERTICAL_B2B);
	buf_add(path, http->target, http_path_len(http->target));
	if (buf_error(path) != 0)
		return buf_error(path) == -ENOMEM ? API_INTERNAL_SERVER_ERROR
						  : API_ROUTE_NOT_FOUND;
	rc = endpoint_route(http->method, buf_text(path), out_match);
	if (rc != 0)
		return rc == -ENOTSUP ? API_METHOD_NOT_ALLOWED
				      : API_ROUTE_NOT_FOUND;
	rq->endpoint = out_match->endpoint;
	if (rq->endpoint->auth == ENDPOINT_OPTIONAL)
		return API_OK;
	return check_credentials(sandbox, http, rq);
}

/* End the transaction as the handler's answer wants; the answer to give. */
static enum api_error
finish(struct request *rq, enum api_error error)
{
	bool failed = store_error(rq->store) != 0 || json_failed();

	if (failed)
		error = API_INTERNAL_SERVER_ERROR;
	if (error != API_OK && (failed || !rq->keep)) {
		store_undo(rq->store);
		if (!failed)
			lock_count(rq);
	}
	if (store_end(rq->store, true) != 0)
		error = API_INTERNAL_SERVER_ERROR;
	return error;
}

/* Two replies are documented without a request_id. */
static bool
names_request(enum stytch_endpoint endpoint)
{
	return endpoint != STYTCH_B2B_SCIM_CONNECTION_GET_GROUPS &&
	    endpoint != STYTCH_B2B_ORGANIZATIONS_CONNECTED_APPS_GET;
}

/*
 * Written before the transaction ends: an answer that cannot be must not stand
 * for something done.
 */
static void
reply_success(const struct request *rq, struct http_reply *reply)
{
	if (names_request(rq->endpoint->id))
		add_request_id(rq->reply, rq->project->environment,
		    rq->endpoint->host, reply);
	json_set_int(rq->reply, "status_code", rq->status);
	reply_json(reply, rq->reply, rq->status);
	if (reply->status != rq->status)
		store_fail(rq->store, -ENOMEM);
}

static enum api_error
run(struct request *rq, struct http_reply *reply)
{
	request_handler handler = api_handler(rq->endpoint->id);
	struct request clock;
	enum api_error error;

	store_begin(rq->store);
	sandbox_request(rq->sandbox, rq->project->vertical, &clock);
	rq->now_us = clock.now_us;
	error = handler(rq);
	if (error == API_OK)
		reply_success(rq, reply);
	return finish(rq, error);
}

/* For the log of calls: the template, and the last id in the path. */
static void
note_route(const struct endpoint_match *match, struct http_reply *reply)
{
	reply->route = match->endpoint->path;
	for (size_t i = match->count; i-- > 0;) {
		if (!id_is_any(match->capture[i].value, match->capture[i].len))
			continue;
		memcpy(reply->subject, match->capture[i].value,
		    match->capture[i].len);
		reply->subject[match->capture[i].len] = '\0';
		return;
	}
}

void
api_handle(struct sandbox *sandbox, const struct http_request *http,
    struct http_reply *reply)
{
	CLEANUP(json_free) cJSON *params = NULL;
	CLEANUP(json_free) cJSON *answer = json_object();
	CLEANUP(buf_clear) struct buf path = BUF_INIT(8192);
	struct endpoint_match match;
	enum api_error error;
	struct request rq = {
		.sandbox = sandbox,
		.store = sandbox_store(sandbox),
		.project = sandbox_project(sandbox, VERTICAL_CONSUMER),
		.reply = answer,
		.status = 200,
		.base_url = sandbox_base_url(sandbox),
		.member_session = http->member_session,
		.member_jwt = http->member_jwt,
	};

	error = check_route(sandbox, http, &rq, &path, &match);
	if (rq.endpoint != NULL)
		note_route(&match, reply);
	if (error == API_OK && api_handler(rq.endpoint->id) == NULL)
		error = request_refuse(&rq, API_UNAVAILABLE_ENDPOINT,
		    "This sandbox does not serve %s yet.", rq.endpoint->name);
	if (error == API_OK)
		error = validate(&rq, &match, http, &params);
	rq.params = params;
	if (error == API_OK)
		error = run(&rq, reply);
	if (error != API_OK && json_failed())
		error = API_INTERNAL_SERVER_ERROR;
	json_reset();
	if (error != API_OK)
		reply_error(&rq, error, reply);
	json_free(&rq.error_details);
}
