/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON values. */
#include "config.h"

#include "sandbox/json.h"

#include "common/buf.h"
#include "sandbox/clock.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Whole numbers up to here are exact in a double. */
#define EXACT_MAX 9007199254740992.0
/* Room that most texts fit in: cJSON starts with little and copies often. */
#define USUAL_TEXT 2048

static _Thread_local bool failed;

static void *
allocate(size_t size)
{
	void *block = malloc(size);

	if (block == NULL)
		failed = true;
	return block;
}

static void
init_once(void)
{
	cJSON_Hooks hooks = { .malloc_fn = allocate, .free_fn = free };

	cJSON_InitHooks(&hooks);
}

void
json_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, init_once);
}

void
json_reset(void)
{
	failed = false;
}

bool
json_failed(void)
{
	return failed;
}

static cJSON *
remember(cJSON *value)
{
	if (value == NULL)
		failed = true;
	return value;
}

cJSON *
json_object(void)
{
	return remember(cJSON_CreateObject());
}

cJSON *
json_array(void)
{
	return remember(cJSON_CreateArray());
}

cJSON *
json_copy(const cJSON *value)
{
	return remember(cJSON_Duplicate(value, true));
}

void
json_set(cJSON *object, const char *name, cJSON *item)
{
	if (object != NULL)
		cJSON_DeleteItemFromObjectCaseSensitive(object, name);
	if (object == NULL || item == NULL ||
	    !cJSON_AddItemToObject(object, name, item)) {
		cJSON_Delete(item);
		failed = true;
	}
}

void
json_set_string(cJSON *object, const char *name, const char *value)
{
	json_set(object, name, cJSON_CreateString(value != NULL ? value : ""));
}

void
json_set_int(cJSON *object, const char *name, int64_t value)
{
	json_set(object, name, cJSON_CreateNumber((double)value));
}

void
json_set_bool(cJSON *object, const char *name, bool value)
{
	json_set(object, name, cJSON_CreateBool(value));
}

void
json_set_null(cJSON *object, const char *name)
{
	json_set(object, name, cJSON_CreateNull());
}

void
json_set_time(cJSON *object, const char *name, int64_t time_us)
{
	struct time_text text;

	if (time_us == 0) {
		json_set_null(object, name);
		return;
	}
	time_format(time_us, &text);
	json_set_string(object, name, text.text);
}

void
json_push(cJSON *array, cJSON *item)
{
	if (array == NULL || item == NULL ||
	    !cJSON_AddItemToArray(array, item)) {
		cJSON_Delete(item);
		failed = true;
	}
}

void
json_push_string(cJSON *array, const char *value)
{
	json_push(array, cJSON_CreateString(value));
}

static bool
is_utf8(const char *text, size_t len)
{
	size_t step;
	unsigned point;

	for (size_t i = 0; i < len; i += step) {
		step = utf8_character(text + i, len - i, &point);
		if (step == 0 || point == 0)
			return false;
	}
	return true;
}

cJSON *
json_parse(const char *text, size_t len)
{
	const char *end = NULL;
	cJSON *value;

	if (text == NULL || !is_utf8(text, len))
		return NULL;
	value = cJSON_ParseWithLengthOpts(text, len, &end, false);
	if (value == NULL)
		return NULL;
	for (; end < text + len; end++) {
		if (strchr(" \t\r\n", *end) == NULL || *end == '\0') {
			cJSON_Delete(value);
			return NULL;
		}
	}
	return value;
}

cJSON *
json_parse_stored(const char *text, const char *fallback)
{
	if (text == NULL || text[0] == '\0')
		text = fallback;
	return remember(json_parse(text, strlen(text)));
}

char *
json_text(const cJSON *value)
{
	char *text = cJSON_PrintBuffered(value, USUAL_TEXT, false);

	if (text == NULL)
		failed = true;
	return text;
}

const cJSON *
json_get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

const char *
json_string(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(json_get(object, name));
}

bool
json_is_int(const cJSON *value)
{
	return cJSON_IsNumber(value) && isfinite(value->valuedouble) &&
	    fabs(value->valuedouble) <= EXACT_MAX &&
	    trunc(value->valuedouble) == value->valuedouble;
}

int64_t
json_int(const cJSON *object, const char *name, int64_t fallback)
{
	const cJSON *item = json_get(object, name);

	return json_is_int(item) ? (int64_t)item->valuedouble : fallback;
}

bool
json_bool(const cJSON *object, const char *name, bool fallback)
{
	const cJSON *item = json_get(object, name);

	return cJSON_IsBool(item) ? cJSON_IsTrue(item) != 0 : fallback;
}

bool
json_has_string(const cJSON *array, const char *value)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, array) {
		if (cJSON_IsString(item) &&
		    strcmp(item->valuestring, value) == 0)
			return true;
	}
	return false;
}

void
json_free(cJSON **value)
{
	cJSON_Delete(*value);
	*value = NULL;
}

bool
json_is_strings(const cJSON *value)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, value) {
		if (!cJSON_IsString(item))
			return false;
	}
	return cJSON_IsArray(value);
}
