/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters of a call, kept as JSON by where they go; see stytch.h. */
#include "config.h"

#include "libstytch/call.h"

#include "libstytch/error.h"
#include "libstytch/json.h"

#include <string.h>

#define NAME_MAX_LEN 255
#define MEMBER_SESSION_MAX 8192
#define SECRET_MIN 4

/* Keep the first fault of all; stytch_call_perform() answers it. */
static void
fault(struct stytch_call *call, enum stytch_class class_, const char *name,
    const char *message)
{
	if (call->fault.class_ == STYTCH_OK)
		(void)error_set(&call->fault, class_, name, message);
}

static void
fault_memory(struct stytch_call *call)
{
	fault(call, STYTCH_UNAVAILABLE, "", "out of memory");
}

struct stytch_call *
stytch_call_new(struct stytch_client *client, enum stytch_endpoint endpoint)
{
	CLEANUP(stytch_call_free)
	struct stytch_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->client = client;
	call->endpoint = endpoint_get(endpoint);
	for (size_t i = 0; i < ARRAY_LEN(call->values); i++) {
		call->values[i] = cJSON_CreateObject();
		if (call->values[i] == NULL)
			return NULL;
	}
	if (call->endpoint == NULL)
		fault(call, STYTCH_MISCONFIGURED, "", "no such endpoint");
	return STEAL(call);
}

void
stytch_call_free(struct stytch_call **call)
{
	if (call == NULL || *call == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN((*call)->values); i++)
		json_free(&(*call)->values[i]);
	secret_clear(&(*call)->member_session);
	free(*call);
	*call = NULL;
}

/* Where a value goes: down the objects of path, then under key. */
struct place {
	const struct endpoint_param *param;
	char path[NAME_MAX_LEN + 1]; /* dotted, "" for the top */
	const char *key;             /* in the caller's name */
};

static void
place_set(struct place *place, const char *name, const char *key)
{
	size_t len = (size_t)(key - name);

	/* Without the dot before the key. */
	memcpy(place->path, name, len);
	place->path[len > 0 ? len - 1 : 0] = '\0';
	place->key = key;
}

/*
 * Find a parameter by its name; "map.key" is a member of a parameter that is
 * a map, and then the key may have dots of its own.
 */
static bool
find_place(struct stytch_call *call, const char *name, struct place *out_place)
{
	const char *dot = strrchr(name, '.');

	if (call->fault.class_ != STYTCH_OK)
		return false;
	if (strlen(name) <= NAME_MAX_LEN && strchr(name, '[') == NULL) {
		out_place->param = endpoint_param(call->endpoint, name);
		if (out_place->param != NULL) {
			place_set(out_place, name,
			    dot == NULL ? name : dot + 1);
			return true;
		}
	}
	dot = strchr(name, '.');
	if (dot != NULL && strlen(name) <= NAME_MAX_LEN && dot[1] != '\0') {
		place_set(out_place, name, dot + 1);
		out_place->param =
		    endpoint_param(call->endpoint, out_place->path);
		if (out_place->param != NULL &&
		    out_place->param->type == ENDPOINT_MAP)
			return true;
	}
	fault(call, STYTCH_MISCONFIGURED, name,
	    "is not a parameter of this endpoint");
	return false;
}

/* The object that the place's key belongs in, made where it is missing. */
static cJSON *
find_object(struct stytch_call *call, const struct place *place)
{
	cJSON *object = call->values[place->param->where];
	const char *path = place->path;

	while (*path != '\0') {
		size_t len = strcspn(path, ".");
		char key[NAME_MAX_LEN + 1];
		cJSON *inner;

		memcpy(key, path, len);
		key[len] = '\0';
		inner = cJSON_GetObjectItemCaseSensitive(object, key);
		if (inner == NULL)
			inner = cJSON_AddObjectToObject(object, key);
		if (inner == NULL) {
			fault_memory(call);
			return NULL;
		}
		if (!cJSON_IsObject(inner)) {
			fault(call, STYTCH_MISCONFIGURED, place->param->name,
			    "belongs in a value that is not an object");
			return NULL;
		}
		object = inner;
		path += len + (path[len] == '.');
	}
	return object;
}

/* Put value, which is taken over, in its place; NULL is out of memory. */
static void
set_value(struct stytch_call *call, const char *name, cJSON *value)
{
	CLEANUP(json_free) cJSON *mine = value;
	CLEANUP(json_free) cJSON *old = NULL;
	struct place place;
	cJSON *object;

	if (mine == NULL) {
		fault_memory(call);
		return;
	}
	if (!find_place(call, name, &place))
		return;
	object = find_object(call, &place);
	if (object == NULL)
		return;
	old = cJSON_DetachItemFromObjectCaseSensitive(object, place.key);
	if (cJSON_AddItemToObject(object, place.key, mine))
		mine = NULL;
	else
		fault_memory(call);
}

void
stytch_call_set(struct stytch_call *call, const char *name, const char *value)
{
	if (call != NULL && value != NULL)
		set_value(call, name, cJSON_CreateString(value));
}

void
stytch_call_set_int(struct stytch_call *call, const char *name, int64_t value)
{
	if (call == NULL)
		return;
	if (value > JSON_INTEGER_MAX || value < -JSON_INTEGER_MAX) {
		fault(call, STYTCH_MISCONFIGURED, name, "is out of range");
		return;
	}
	set_value(call, name, cJSON_CreateNumber((double)value));
}

void
stytch_call_set_bool(struct stytch_call *call, const char *name, bool value)
{
	if (call != NULL)
		set_value(call, name, cJSON_CreateBool(value));
}

void
stytch_call_set_json(struct stytch_call *call, const char *name,
    const char *json)
{
	cJSON *value;

	if (call == NULL || json == NULL)
		return;
	value = cJSON_ParseWithOpts(json, NULL, true);
	if (value == NULL)
		fault(call, STYTCH_MISCONFIGURED, name, "is not JSON");
	else
		set_value(call, name, value);
}

void
stytch_call_add(struct stytch_call *call, const char *name, const char *value)
{
	CLEANUP(json_free) cJSON *item = NULL;
	struct place place;
	cJSON *object, *array;

	if (call == NULL || value == NULL || !find_place(call, name, &place))
		return;
	object = find_object(call, &place);
	if (object == NULL)
		return;
	array = cJSON_GetObjectItemCaseSensitive(object, place.key);
	if (array == NULL)
		array = cJSON_AddArrayToObject(object, place.key);
	item = cJSON_CreateString(value);
	if (array == NULL || item == NULL) {
		fault_memory(call);
	} else if (!cJSON_IsArray(array) ||
	    place.param->type != ENDPOINT_ARRAY) {
		fault(call, STYTCH_MISCONFIGURED, name, "is not an array");
	} else if (cJSON_AddItemToArray(array, item)) {
		item = NULL;
	}
}

void
call_unset(struct stytch_call *call, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(call->values); i++) {
		CLEANUP(json_free)
		cJSON *old =
		    cJSON_DetachItemFromObjectCaseSensitive(call->values[i],
			name);

		(void)old;
	}
}

/* Whether text may stand in a header: visible ASCII. */
static bool
is_header_value(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return false;
	return len > 0 && len <= MEMBER_SESSION_MAX;
}

void
stytch_call_set_member_session(struct stytch_call *call,
    const char *session_token, const char *session_jwt)
{
	static const char name[] = "member_session";
	const char *value = session_token != NULL ? session_token : session_jwt;

	if (call == NULL || value == NULL || call->endpoint == NULL)
		return;
	if (session_token != NULL && session_jwt != NULL)
		fault(call, STYTCH_MISCONFIGURED, name,
		    "is a token or a JWT, not both");
	else if ((call->endpoint->flags & ENDPOINT_MEMBER_SESSION) == 0)
		fault(call, STYTCH_MISCONFIGURED, name,
		    "is not taken by this endpoint");
	else if (!is_header_value(value))
		fault(call, STYTCH_MISCONFIGURED, name, "is not a token");
	else if (secret_set(&call->member_session, value, strlen(value)) != 0)
		fault_memory(call);
	call->member_session_is_jwt = session_token == NULL;
}

static bool
has_text(const char *text, const char *secret)
{
	return secret != NULL && strlen(secret) >= SECRET_MIN &&
	    strstr(text, secret) != NULL;
}

bool
call_text_has_secret(const struct stytch_call *call, const char *text)
{
	const struct endpoint_param *param = call->endpoint->params;

	if (has_text(text, secret_reveal(&call->member_session)))
		return true;
	for (; param->name != NULL; param++) {
		const cJSON *value, *item;

		if ((param->flags & ENDPOINT_SECRET) == 0)
			continue;
		value = json_at(call->values[param->where], param->name);
		if (has_text(text, cJSON_GetStringValue(value)))
			return true;
		cJSON_ArrayForEach (item, value)
			if (has_text(text, cJSON_GetStringValue(item)))
				return true;
	}
	return false;
}
