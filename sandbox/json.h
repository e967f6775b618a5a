/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON values, made and read through cJSON.  Making never needs a check: a
 * failure (memory) is remembered for the thread, and the request is answered
 * with an error (json_failed()).  Names are compared exactly.
 */
#ifndef SANDBOX_JSON_H
#define SANDBOX_JSON_H

#include "common/attr.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Let cJSON's own allocations be remembered too; once, before all else. */
void json_init(void);

/* Forget what failed in this thread; whether something did since. */
void json_reset(void);
bool json_failed(void) MUST_CHECK;

/* A new value, or NULL (remembered). */
cJSON *json_object(void);
cJSON *json_array(void);
cJSON *json_copy(const cJSON *value);

/* Set a member, in place of one of that name.  item's ownership is taken. */
void json_set(cJSON *object, const char *name, cJSON *item);
/* NULL is set as "". */
void json_set_string(cJSON *object, const char *name, const char *value);
void json_set_int(cJSON *object, const char *name, int64_t value);
void json_set_bool(cJSON *object, const char *name, bool value);
void json_set_null(cJSON *object, const char *name);
/* Microseconds of the epoch as RFC 3339; 0 is set as null. */
void json_set_time(cJSON *object, const char *name, int64_t time_us);
/* Append; item's ownership is taken. */
void json_push(cJSON *array, cJSON *item);
void json_push_string(cJSON *array, const char *value);

/*
 * Parse text, which must be one JSON value in UTF-8 and nothing else but
 * white space.  NULL where it is not, or without memory (json_failed()).
 */
cJSON *json_parse(const char *text, size_t len);
/* As json_parse(), for what the store holds: "" and NULL give fallback. */
cJSON *json_parse_stored(const char *text, const char *fallback);

/* The value as text, to be freed (string_free); NULL is remembered. */
char *json_text(const cJSON *value);

/* A member, or NULL, fallback, false where it is absent or of another type. */
const cJSON *json_get(const cJSON *object, const char *name);
const char *json_string(const cJSON *object, const char *name);
int64_t json_int(const cJSON *object, const char *name, int64_t fallback);
bool json_bool(const cJSON *object, const char *name, bool fallback);

/* Whether value is a number without a fraction that int64_t holds exactly. */
bool json_is_int(const cJSON *value);
/* Whether an array of strings has that one. */
bool json_has_string(const cJSON *array, const char *value);

/* Free and set to NULL. */
void json_free(cJSON **value);

/* Whether it is an array of strings alone. */
bool json_is_strings(const cJSON *value) MUST_CHECK;

#endif
