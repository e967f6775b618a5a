/* SPDX-License-Identifier: BSD-2-Clause */
/* A template of claims: what is one is filled in, and stays small. */
#include "config.h"

#include "sandbox/claim_template.h"

#include <stdlib.h>
#include <string.h>

#define ROOTS "user|member|organization"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] = "{\"user\":{\"a\":1,\"b\":{\"c\":\"d\"}}}";
	CLEANUP(json_free) cJSON *values = json_parse(text, strlen(text));
	CLEANUP(string_free) char *copy = malloc(size + 1);
	CLEANUP(json_free) cJSON *made = NULL;
	CLEANUP(string_free) char *shown = NULL;

	if (copy == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	made = claim_template_render(copy, values);
	shown = json_text(made);
	/* No mark of a tag is left, and nothing is made of what is none. */
	if (!cJSON_IsObject(made) || shown == NULL ||
	    strstr(shown, "\\u0001") != NULL)
		abort();
	if (claim_template_check(copy, ROOTS) ==
		API_JWT_TEMPLATE_INVALID_JSON &&
	    cJSON_GetArraySize(made) != 0)
		abort();
	json_reset();
	return 0;
}
