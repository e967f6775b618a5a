/* SPDX-License-Identifier: BSD-2-Clause */
/* cJSON trees that may hold secrets; see json.h. */
#include "config.h"

#include "libstytch/json.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define PRINT_FIRST 1024
#define KEY_MAX 256

/* Depth is bounded: cJSON parses no deeper than CJSON_NESTING_LIMIT. */
static void
wipe(cJSON *json)
{
	for (; json != NULL; json = json->next) {
		if (json->valuestring != NULL &&
		    (json->type & cJSON_IsReference) == 0)
			explicit_bzero(json->valuestring,
			    strlen(json->valuestring));
		if ((json->type & cJSON_IsReference) == 0)
			wipe(json->child);
	}
}

void
json_free(cJSON **json)
{
	if (*json == NULL)
		return;
	wipe(*json);
	cJSON_Delete(*json);
	*json = NULL;
}

int
json_print(const cJSON *json, size_t max, struct secret *out_text)
{
	CLEANUP(secret_clear) struct secret text = SECRET_INIT;

	for (size_t size = PRINT_FIRST;; size *= 2) {
		char *block = malloc(size);

		if (block == NULL || size > INT_MAX / 2) {
			free(block);
			return -ENOMEM;
		}
		text.bytes = block;
		text.len = size - 1;
		if (cJSON_PrintPreallocated((cJSON *)(uintptr_t)json, block,
			(int)size, false)) {
			text.len = strlen(block);
			break;
		}
		secret_clear(&text);
		/* cJSON wants a few bytes more than it then uses. */
		if (size > max && size - max > 64)
			return -E2BIG;
	}
	if (text.len > max)
		return -E2BIG;
	secret_clear(out_text);
	*out_text = text;
	text.bytes = NULL;
	text.len = 0;
	return 0;
}

/* Step into "key" at *path, of an object. */
static const cJSON *
step_key(const cJSON *json, const char **path)
{
	size_t len = strcspn(*path, ".[");
	char key[KEY_MAX];

	if (len == 0 || len >= sizeof(key) || !cJSON_IsObject(json))
		return NULL;
	memcpy(key, *path, len);
	key[len] = '\0';
	*path += len;
	return cJSON_GetObjectItemCaseSensitive(json, key);
}

/* Step into '["key"]' at *path, of an object: a key with dots in it. */
static const cJSON *
step_quoted(const cJSON *json, const char **path)
{
	size_t len = strcspn(*path + 2, "\"");
	char key[KEY_MAX];

	if (len == 0 || len >= sizeof(key) ||
	    strncmp(*path + 2 + len, "\"]", 2) != 0 || !cJSON_IsObject(json))
		return NULL;
	memcpy(key, *path + 2, len);
	key[len] = '\0';
	*path += len + 4;
	return cJSON_GetObjectItemCaseSensitive(json, key);
}

/* Step into "[n]" at *path, of an array. */
static const cJSON *
step_index(const cJSON *json, const char **path)
{
	size_t digits = strspn(*path + 1, "0123456789");
	int index = 0;

	if (digits == 0 || digits > 8 || (*path)[1 + digits] != ']' ||
	    !cJSON_IsArray(json))
		return NULL;
	for (size_t i = 1; i <= digits; i++)
		index = index * 10 + ((*path)[i] - '0');
	*path += digits + 2;
	return cJSON_GetArrayItem(json, index);
}

const cJSON *
json_at(const cJSON *json, const char *path)
{
	bool first = true;

	while (json != NULL && *path != '\0') {
		if (path[0] == '[' && path[1] == '"') {
			json = step_quoted(json, &path);
		} else if (*path == '[') {
			json = step_index(json, &path);
		} else if (first || *path == '.') {
			path += first ? 0 : 1;
			json = step_key(json, &path);
		} else {
			json = NULL;
		}
		first = false;
	}
	return json;
}

bool
json_is_integer(const cJSON *value)
{
	return cJSON_IsNumber(value) &&
	    value->valuedouble >= (double)-JSON_INTEGER_MAX &&
	    value->valuedouble <= (double)JSON_INTEGER_MAX &&
	    (double)(int64_t)value->valuedouble == value->valuedouble;
}
