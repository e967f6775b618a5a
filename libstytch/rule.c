/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules about several parameters of an endpoint; see rule.h. */
#include "config.h"

#include "libstytch/rule.h"

#include "libstytch/error.h"
#include "libstytch/json.h"

#include <stdio.h>
#include <string.h>

/* Whether a parameter is given, and not as an empty text. */
static bool
is_given(const struct check_values *values, const char *name)
{
	for (size_t where = 0; where < ARRAY_LEN(values->in); where++) {
		const cJSON *value = json_at(values->in[where], name);

		if (value != NULL &&
		    !(cJSON_IsString(value) && value->valuestring[0] == '\0'))
			return true;
	}
	return false;
}

/*
 * Whether the names of one alternative ("a+b", len bytes) are given: true if
 * any is; *out_missing is the first that is not, or "".
 */
static bool
is_alternative_given(const struct check_values *values, const char *names,
    size_t len, char out_missing[CHECK_NAME_MAX])
{
	const char *end = names + len;
	bool any = false;

	out_missing[0] = '\0';
	while (names < end) {
		size_t name_len = strcspn(names, "+,");
		char name[CHECK_NAME_MAX];

		(void)snprintf(name, sizeof(name), "%.*s", (int)name_len,
		    names);
		if (is_given(values, name))
			any = true;
		else if (out_missing[0] == '\0')
			memcpy(out_missing, name, sizeof(name));
		names += name_len + 1;
	}
	return any;
}

static enum stytch_class
refuse(struct stytch_error *error, const char *names, const char *message)
{
	return error_set(error, STYTCH_MISCONFIGURED, names, message);
}

static enum stytch_class
check_items(const struct endpoint_rule *rule, const cJSON *array,
    struct stytch_error *error)
{
	char message[64];

	if (array == NULL || (unsigned)cJSON_GetArraySize(array) >= rule->value)
		return STYTCH_OK;
	(void)snprintf(message, sizeof(message), "has fewer items than %u",
	    rule->value);
	return refuse(error, rule->names, message);
}

enum stytch_class
rule_check(const struct endpoint_rule *rule, const struct check_values *values,
    struct stytch_error *error)
{
	const char *names = rule->names;
	unsigned count = 0;

	if (rule->kind == ENDPOINT_MIN_ITEMS)
		return check_items(rule,
		    json_at(values->in[ENDPOINT_BODY], names), error);
	while (*names != '\0') {
		char missing[CHECK_NAME_MAX];
		size_t len = strcspn(names, ",");

		if (is_alternative_given(values, names, len, missing)) {
			count++;
			if (missing[0] != '\0')
				return refuse(error, missing,
				    "is required too");
		}
		names += len + (names[len] == ',');
	}
	if (count == 0 && rule->kind != ENDPOINT_AT_MOST_ONE)
		return refuse(error, rule->names, "one of these is required");
	if (count > 1 && rule->kind != ENDPOINT_AT_LEAST_ONE)
		return refuse(error, rule->names,
		    "only one of these may be set");
	return STYTCH_OK;
}
