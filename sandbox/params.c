/* SPDX-License-Identifier: BSD-2-Clause */
/* A request's parameters gathered from path, query and body. */
#include "config.h"

#include "sandbox/validate.h"

#include <errno.h>
#include <string.h>

/* What a failure to decode is to the client: theirs, or want of memory. */
static enum api_error
decoded(int rc)
{
	if (rc == 0)
		return API_OK;
	return rc == -ENOMEM ? API_INTERNAL_SERVER_ERROR : API_BAD_REQUEST;
}

static enum api_error
gather_path(const struct endpoint_match *match, cJSON *params)
{
	for (size_t i = 0; i < match->count; i++) {
		CLEANUP(buf_clear) struct buf value = BUF_INIT(8192);
		enum api_error error;

		error = decoded(http_decode(&value, match->capture[i].value,
		    match->capture[i].len, false));
		if (error != API_OK)
			return error;
		json_set_string(params, match->capture[i].param->name,
		    buf_text(&value));
	}
	return API_OK;
}

/* A query's text as the type that the table says. */
static cJSON *
typed(const struct endpoint_param *param, const char *text)
{
	if (param->type == ENDPOINT_BOOLEAN && strcmp(text, "true") == 0)
		return cJSON_CreateTrue();
	if (param->type == ENDPOINT_BOOLEAN && strcmp(text, "false") == 0)
		return cJSON_CreateFalse();
	if (param->type == ENDPOINT_INTEGER || param->type == ENDPOINT_NUMBER) {
		cJSON *number = json_parse(text, strlen(text));

		if (cJSON_IsNumber(number))
			return number;
		cJSON_Delete(number);
	}
	return cJSON_CreateString(text);
}

static enum api_error
gather_query(const struct request *rq, const char *target, cJSON *params)
{
	CLEANUP(buf_clear) struct buf name = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf value = BUF_INIT(8192);
	const char *query = target + http_path_len(target);
	int rc;

	if (*query != '?')
		return API_OK;
	query++;
	while ((rc = http_query_next(&query, &name, &value)) > 0) {
		const struct endpoint_param *param =
		    endpoint_param(rq->endpoint, buf_text(&name));

		if (param != NULL && param->where == ENDPOINT_QUERY)
			json_set(params, param->name,
			    typed(param, buf_text(&value)));
	}
	return decoded(rc);
}

static enum api_error
gather_body(struct request *rq, const struct http_request *http, cJSON *params)
{
	CLEANUP(json_free) cJSON *body = NULL;
	const struct endpoint_param *param;

	if (http->body_too_long)
		return request_refuse(rq, API_BAD_REQUEST,
		    "The body is too long.");
	if (http->body_len == 0 || rq->endpoint->method == ENDPOINT_GET ||
	    rq->endpoint->method == ENDPOINT_DELETE)
		return API_OK;
	body = json_parse(http->body, http->body_len);
	if (json_failed())
		return API_INTERNAL_SERVER_ERROR;
	if (!cJSON_IsObject(body))
		return request_refuse(rq, API_BAD_REQUEST,
		    "The body is not a JSON object.");
	for (param = rq->endpoint->params; param->name != NULL; param++) {
		cJSON *value;

		if (param->where != ENDPOINT_BODY ||
		    strpbrk(param->name, ".[") != NULL)
			continue;
		value =
		    cJSON_DetachItemFromObjectCaseSensitive(body, param->name);
		if (value != NULL)
			json_set(params, param->name, value);
	}
	return API_OK;
}

enum api_error
validate(struct request *rq, const struct endpoint_match *match,
    const struct http_request *http, cJSON **out_params)
{
	CLEANUP(json_free) cJSON *params = json_object();
	enum api_error error = gather_body(rq, http, params);

	if (error == API_OK)
		error = gather_query(rq, http->target, params);
	if (error == API_OK)
		error = gather_path(match, params);
	if (error == API_OK && json_failed())
		error = API_INTERNAL_SERVER_ERROR;
	if (error == API_OK)
		error = validate_params(rq, params);
	if (error == API_OK)
		*out_params = STEAL(params);
	return error;
}
