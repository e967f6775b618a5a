/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of stytchctl api become a call's parameters. */
#include "config.h"

#include "stytchctl/api.h"

#include "common/buf.h"
#include "libstytch/json.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX (4U << 20)

/* Secrets inside an object's JSON would be in argv as well. */
static bool
holds_secret(const struct api *api, const struct endpoint_param *param,
    const cJSON *json)
{
	const struct endpoint_param *row = api->endpoint->params;
	size_t len = strlen(param->name);

	for (; row->name != NULL; row++)
		if ((row->flags & ENDPOINT_SECRET) != 0 &&
		    strncmp(row->name, param->name, len) == 0 &&
		    row->name[len] == '.' &&
		    json_at(json, row->name + len + 1) != NULL)
			return true;
	return false;
}

static enum ctl_exit
bad_value(const struct api *api, const struct api_value *value,
    const char *what)
{
	char typed[API_NAME_SIZE];

	api_option_name(value->param, typed);
	return api_complain(api, "--%s: %s", typed, what);
}

static enum ctl_exit
set_integer(const struct api *api, struct stytch_call *call,
    const struct api_value *value)
{
	char *end = NULL;
	long long number;

	errno = 0;
	number = strtoll(value->text, &end, 10);
	if (errno != 0 || end == value->text || *end != '\0' ||
	    isspace((unsigned char)value->text[0]))
		return bad_value(api, value, "is not a whole number");
	stytch_call_set_int(call, value->param->name, number);
	return CTL_OK;
}

static enum ctl_exit
set_boolean(const struct api *api, struct stytch_call *call,
    const struct api_value *value)
{
	bool is_true = strcmp(value->text, "true") == 0;

	if (!is_true && strcmp(value->text, "false") != 0)
		return bad_value(api, value, "is true or false");
	stytch_call_set_bool(call, value->param->name, is_true);
	return CTL_OK;
}

/* Items of an array of objects: all the option's values, one after another. */
static enum ctl_exit
set_items(const struct api *api, struct stytch_call *call,
    const struct api_value *first)
{
	CLEANUP(json_free) cJSON *array = cJSON_CreateArray();
	CLEANUP(secret_clear) struct secret text = SECRET_INIT;
	const struct api_value *end = api->values + api->value_count;

	for (const struct api_value *value = api->values; value < end;
	     value++) {
		CLEANUP(json_free) cJSON *item = NULL;
		cJSON *inner;

		if (value->param != first->param || value->text[0] == '\0')
			continue;
		if (value < first)
			return CTL_OK; /* done at the first of them */
		item = cJSON_ParseWithOpts(value->text, NULL, true);
		if (item == NULL)
			return bad_value(api, value, "is not JSON");
		if (!cJSON_IsArray(item)) {
			if (cJSON_AddItemToArray(array, item))
				item = NULL;
			continue;
		}
		while ((inner = cJSON_DetachItemFromArray(item, 0)) != NULL)
			if (!cJSON_AddItemToArray(array, inner))
				cJSON_Delete(inner);
	}
	if (array == NULL || json_print(array, BODY_MAX, &text) != 0)
		return api_complain(api, "out of memory, or too long");
	stytch_call_set_json(call, first->param->name, secret_reveal(&text));
	return CTL_OK;
}

static enum ctl_exit
set_array(const struct api *api, struct stytch_call *call,
    const struct api_value *value)
{
	if (value->param->item != ENDPOINT_STRING)
		return set_items(api, call, value);
	if (value->text[0] == '\0')
		stytch_call_set_json(call, value->param->name, "[]");
	else
		stytch_call_add(call, value->param->name, value->text);
	return CTL_OK;
}

static enum ctl_exit
set_object(const struct api *api, struct stytch_call *call,
    const struct api_value *value)
{
	CLEANUP(json_free)
	cJSON *json = cJSON_ParseWithOpts(value->text, NULL, true);

	if (json == NULL)
		return bad_value(api, value, "is not JSON");
	if (holds_secret(api, value->param, json))
		return bad_value(api, value,
		    "a secret is not given on the command line");
	stytch_call_set_json(call, value->param->name, value->text);
	return CTL_OK;
}

/* A member of a map: JSON where it is JSON, else a string. */
static enum ctl_exit
set_member(const struct api *api, struct stytch_call *call,
    const struct api_value *value)
{
	CLEANUP(buf_clear) struct buf name = BUF_INIT(512);
	CLEANUP(json_free)
	cJSON *json = cJSON_ParseWithOpts(value->text, NULL, true);

	buf_addf(&name, "%s.%s", value->param->name, value->key);
	if (buf_error(&name) != 0)
		return bad_value(api, value, "the key is too long");
	if (json != NULL)
		stytch_call_set_json(call, buf_text(&name), value->text);
	else
		stytch_call_set(call, buf_text(&name), value->text);
	return CTL_OK;
}

/* A secret, or an array of them one a line. */
static enum ctl_exit
set_secret(const struct api *api, struct stytch_call *call,
    const struct api_value *value)
{
	CLEANUP(secret_clear) struct secret secret = SECRET_INIT;
	char typed[API_NAME_SIZE];
	enum ctl_exit result;
	char *line, *end;

	api_option_name(value->param, typed);
	result = api_read_secret(api, typed, value->text, &secret);
	if (result != CTL_OK)
		return result;
	if (value->param->type != ENDPOINT_ARRAY) {
		stytch_call_set(call, value->param->name,
		    secret_reveal(&secret));
		return CTL_OK;
	}
	for (line = secret.bytes; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		if (*line != '\0')
			stytch_call_add(call, value->param->name, line);
	}
	return CTL_OK;
}

static enum ctl_exit
set_value(const struct api *api, struct stytch_call *call,
    const struct api_value *value)
{
	if ((value->param->flags & ENDPOINT_SECRET) != 0)
		return set_secret(api, call, value);
	if (value->key != NULL)
		return set_member(api, call, value);
	switch (value->param->type) {
	case ENDPOINT_STRING:
		stytch_call_set(call, value->param->name, value->text);
		return CTL_OK;
	case ENDPOINT_INTEGER:
		return set_integer(api, call, value);
	case ENDPOINT_BOOLEAN:
		return set_boolean(api, call, value);
	case ENDPOINT_ARRAY:
		return set_array(api, call, value);
	case ENDPOINT_NUMBER:
	case ENDPOINT_OBJECT:
	case ENDPOINT_MAP:
	case ENDPOINT_ANY:
		return set_object(api, call, value);
	case ENDPOINT_NO_TYPE:
		break;
	}
	return bad_value(api, value, "cannot be given");
}

/* Each member of the body's object is a parameter. */
static enum ctl_exit
set_body(const struct api *api, struct stytch_call *call)
{
	CLEANUP(secret_clear) struct secret text = SECRET_INIT;
	CLEANUP(json_free) cJSON *body = NULL;
	const cJSON *member;
	enum ctl_exit result = api_read_secret(api, "body", api->body, &text);

	if (result != CTL_OK)
		return result;
	body = cJSON_ParseWithOpts(secret_reveal(&text), NULL, true);
	if (!cJSON_IsObject(body))
		return api_complain(api, "--body: is not a JSON object");
	cJSON_ArrayForEach (member, body) {
		CLEANUP(secret_clear) struct secret value = SECRET_INIT;
		const struct endpoint_param *param =
		    endpoint_param(api->endpoint, member->string);

		if (param == NULL || param->where != ENDPOINT_BODY ||
		    strpbrk(member->string, ".[") != NULL)
			return api_complain(api,
			    "--body: %s is not a member of this endpoint's "
			    "body",
			    member->string);
		if (json_print(member, BODY_MAX, &value) != 0)
			return api_complain(api, "--body: out of memory");
		stytch_call_set_json(call, member->string,
		    secret_reveal(&value));
	}
	return CTL_OK;
}

static enum ctl_exit
set_member_session(const struct api *api, struct stytch_call *call)
{
	CLEANUP(secret_clear) struct secret secret = SECRET_INIT;
	bool is_jwt = (api->options & API_SESSION_JWT) != 0;
	enum ctl_exit result = api_read_secret(api,
	    is_jwt ? "member-session-jwt" : "member-session-token",
	    api->member_session, &secret);
	const char *session = secret_reveal(&secret);

	if (result == CTL_OK)
		stytch_call_set_member_session(call, is_jwt ? NULL : session,
		    is_jwt ? session : NULL);
	return result;
}

enum ctl_exit
api_set_values(const struct api *api, struct stytch_call *call)
{
	enum ctl_exit result = CTL_OK;

	if (api->body != NULL)
		result = set_body(api, call);
	for (size_t i = 0; i < api->value_count && result == CTL_OK; i++)
		result = set_value(api, call, &api->values[i]);
	if (result == CTL_OK && api->member_session != NULL)
		result = set_member_session(api, call);
	return result;
}
