/* SPDX-License-Identifier: BSD-2-Clause */
/* cJSON trees that may hold secrets: wiped, printed, and read by path. */
#ifndef LIBSTYTCH_JSON_H
#define LIBSTYTCH_JSON_H

#include "common/attr.h"
#include "common/secret.h"

#include <cjson/cJSON.h>

#include <stdint.h>

/* The largest integer whose neighbours a JSON number can tell apart. */
#define JSON_INTEGER_MAX ((INT64_C(1) << 53) - 1)

/* Wipe every text in the tree and delete it; *json may be NULL. */
void json_free(cJSON **json);

/*
 * The tree as compact text.  Returns 0, -ENOMEM, or -E2BIG: longer than max.
 * Blocks left on the way are wiped.
 */
int json_print(const cJSON *json, size_t max, struct secret *out_text)
    MUST_CHECK;

/*
 * The value at a path like "user.emails[0].email_id", or NULL: absent, or a
 * path that is not one.  A key with dots is written ["key"].  "" is json itself; json may be NULL.
 */
const cJSON *json_at(const cJSON *json, const char *path);

/* Whether a value is a whole number within JSON_INTEGER_MAX. */
bool json_is_integer(const cJSON *value);

#endif
