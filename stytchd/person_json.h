/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading texts of JSON objects with care; for the files of persons. */
#ifndef STYTCHD_PERSON_JSON_H
#define STYTCHD_PERSON_JSON_H

#include "common/attr.h"

#include <cjson/cJSON.h>
#include <stddef.h>

/*
 * The text called name in object, if it is a string of 1 to max_len bytes of
 * UTF-8; else NULL.  object may be NULL.
 */
const char *person_json_text(const struct cJSON *object, const char *name,
    size_t max_len);

/* Cleanup of a tree. */
static inline void
json_free(cJSON **json)
{
	cJSON_Delete(*json);
	*json = NULL;
}

#endif
