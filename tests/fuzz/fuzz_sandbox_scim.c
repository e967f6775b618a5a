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
	const char *end;
	bool valid, valid_of_none;

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
	/* What meets a filter, meets a valid one, valid for any resource. */
	end = copy;
	if (scim_filter(resource, &end, &valid) && !valid)
		abort();
	end = copy;
	(void)scim_filter(NULL, &end, &valid_of_none);
	if (valid != valid_of_none)
		abort();
	if (cJSON_IsObject(resource) && scim_patch(resource, patch) &&
	    !cJSON_IsObject(resource))
		abort();
	json_reset();
	return 0;
}
