/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a SCIM client sends: a line that is a filter, a line that is a
 * resource, and a change of it.
 */
#include "config.h"

#include "sandbox/b2b_scim.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(string_free) char *copy = malloc(size + 1);
	CLEANUP(json_free) cJSON *resource = NULL;
	CLEANUP(json_free) cJSON *patch = NULL;
	char *second, *third;
	bool valid;

	if (copy == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	second = strchr(copy, '\n');
	third = second != NULL ? strchr(second + 1, '\n') : NULL;
	if (third == NULL)
		return 0;
	*second++ = '\0';
	*third++ = '\0';
	resource = json_parse(second, strlen(second));
	patch = json_parse(third, strlen(third));
	/* What meets a filter, meets a valid one. */
	if (scim_filter(resource, copy, &valid) && !valid)
		abort();
	if (cJSON_IsObject(resource) && scim_patch(resource, patch) &&
	    !cJSON_IsObject(resource))
		abort();
	json_reset();
	return 0;
}
