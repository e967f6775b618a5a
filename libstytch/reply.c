/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers of the API: judged, kept as a tree, read by path. */
#include "config.h"

#include "libstytch/reply.h"

#include "libstytch/error.h"
#include "libstytch/json.h"

#include <errno.h>
#include <string.h>

struct stytch_reply {
	cJSON *json; /* an object */
	char request_id[STYTCH_TEXT_SIZE];
};

static const char *
string_at(const cJSON *json, const char *path)
{
	const char *text = cJSON_GetStringValue(json_at(json, path));

	return text == NULL ? "" : text;
}

/* The API says error_type; its OAuth endpoints say error. */
static enum stytch_class
failure(int http_status, const cJSON *json, struct stytch_error *error)
{
	const char *type = string_at(json, "error_type");
	const char *message = string_at(json, "error_message");

	if (type[0] == '\0') {
		type = string_at(json, "error");
		message = string_at(json, "error_description");
	}
	if (json == NULL) {
		/* Of a gateway or proxy; its 429 means what the API's does. */
		error_set(error,
		    http_status == 429 ? STYTCH_THROTTLED : STYTCH_UNAVAILABLE,
		    "", "the answer is an error page that is not JSON");
		error->http_status = http_status;
		return error->class_;
	}
	error_set(error, error_classify(http_status, type), "", message);
	error->http_status = http_status;
	error_text(error->error_type, sizeof(error->error_type), type);
	error_text(error->request_id, sizeof(error->request_id),
	    string_at(json, "request_id"));
	return error->class_;
}

static enum stytch_class
protocol(int http_status, const char *message, struct stytch_error *error)
{
	error_set(error, STYTCH_PROTOCOL, "", message);
	error->http_status = http_status;
	return STYTCH_PROTOCOL;
}

enum stytch_class
reply_parse(int http_status, const char *body, size_t len,
    struct stytch_reply **out_reply, struct stytch_error *error)
{
	CLEANUP(json_free) cJSON *json = NULL;
	const char *end = NULL;

	json = cJSON_ParseWithLengthOpts(body, len, &end, false);
	/* Anything but blanks behind the object makes it none. */
	while (end != NULL && end < body + len &&
	    (*end == ' ' || *end == '\t' || *end == '\r' || *end == '\n'))
		end++;
	if (!cJSON_IsObject(json) || end != body + len)
		json_free(&json);
	if (http_status >= 400)
		return failure(http_status, json, error);
	if (http_status < 200 || http_status >= 300)
		return protocol(http_status,
		    "a redirect, which is not followed", error);
	if (json == NULL)
		return protocol(http_status, "the answer is not a JSON object",
		    error);
	if (reply_new(&json, out_reply) != 0)
		return error_set(error, STYTCH_UNAVAILABLE, "",
		    "out of memory");
	return STYTCH_OK;
}

int
reply_new(cJSON **json, struct stytch_reply **out_reply)
{
	struct stytch_reply *reply = calloc(1, sizeof(*reply));

	if (reply == NULL)
		return -ENOMEM;
	error_text(reply->request_id, sizeof(reply->request_id),
	    string_at(*json, "request_id"));
	reply->json = STEAL(*json);
	*out_reply = reply;
	return 0;
}

void
stytch_reply_free(struct stytch_reply **reply)
{
	if (reply == NULL || *reply == NULL)
		return;
	json_free(&(*reply)->json);
	free(*reply);
	*reply = NULL;
}

const char *
stytch_reply_string(const struct stytch_reply *reply, const char *path)
{
	return cJSON_GetStringValue(json_at(reply->json, path));
}

int64_t
stytch_reply_int(const struct stytch_reply *reply, const char *path,
    int64_t fallback)
{
	const cJSON *value = json_at(reply->json, path);

	return json_is_integer(value) ? (int64_t)value->valuedouble : fallback;
}

bool
stytch_reply_bool(const struct stytch_reply *reply, const char *path,
    bool fallback)
{
	const cJSON *value = json_at(reply->json, path);

	return cJSON_IsBool(value) ? cJSON_IsTrue(value) : fallback;
}

size_t
stytch_reply_count(const struct stytch_reply *reply, const char *path)
{
	const cJSON *value = json_at(reply->json, path);

	if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
		return 0;
	return (size_t)cJSON_GetArraySize(value);
}

bool
stytch_reply_has(const struct stytch_reply *reply, const char *path)
{
	const cJSON *value = json_at(reply->json, path);

	return value != NULL && !cJSON_IsNull(value);
}

const struct cJSON *
stytch_reply_json(const struct stytch_reply *reply)
{
	return reply->json;
}

const char *
stytch_reply_request_id(const struct stytch_reply *reply)
{
	return reply->request_id;
}
