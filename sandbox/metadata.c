/* SPDX-License-Identifier: BSD-2-Clause */
/* Metadata: merged, and kept small. */
#include "config.h"

#include "sandbox/metadata.h"

#include <string.h>

#define KEYS_MAX 20
#define BYTES_MAX 4096

enum api_error
metadata_merge(const char *current, const cJSON *update, char **out_text)
{
	CLEANUP(json_free) cJSON *merged = json_parse_stored(current, "{}");
	CLEANUP(string_free) char *text = NULL;
	const cJSON *value;

	cJSON_ArrayForEach (value, update) {
		if (cJSON_IsNull(value))
			cJSON_DeleteItemFromObjectCaseSensitive(merged,
			    value->string);
		else
			json_set(merged, value->string, json_copy(value));
	}
	if (cJSON_GetArraySize(merged) > KEYS_MAX)
		return API_METADATA_TOO_MANY_KEYS;
	text = json_text(merged);
	if (text == NULL)
		return API_INTERNAL_SERVER_ERROR;
	if (strlen(text) > BYTES_MAX)
		return API_METADATA_TOO_LARGE;
	*out_text = STEAL(text);
	return API_OK;
}
