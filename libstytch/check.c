/* SPDX-License-Identifier: BSD-2-Clause */
/* A call's parameters against the endpoint table; see check.h. */
#include "config.h"

#include "libstytch/check.h"

#include "common/buf.h"
#include "libstytch/error.h"
#include "libstytch/format.h"
#include "libstytch/json.h"
#include "libstytch/rule.h"

#include <errno.h>
#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

struct check {
	const struct endpoint *endpoint;
	bool has_member_session;
	struct stytch_error *error;
};

/* The rows that describe an object's members, and where the object is. */
struct scope {
	const struct endpoint_param *rows;
	enum endpoint_where where;
	const char *prefix; /* "" or "name" or "roles[]" */
};

static enum stytch_class check_object(struct check *check,
    const struct scope *scope, const cJSON *object);

static enum stytch_class
refuse(struct check *check, const char *name, const char *message)
{
	return error_set(check->error, STYTCH_MISCONFIGURED, name, message);
}

static enum stytch_class
out_of_memory(struct check *check)
{
	return error_set(check->error, STYTCH_UNAVAILABLE, "", "out of memory");
}

/*
 * Refuse a text that cannot be right: where a person has typed it as a proof,
 * that is a wrong code and nobody's set-up.
 */
static enum stytch_class
refuse_text(struct check *check, const char *name, const char *message)
{
	static const char proofs[] =
	    "password|existing_password|code|totp_code|recovery_code";
	bool is_proof = error_endpoint_takes_proof(check->endpoint->id) &&
	    endpoint_list_has(proofs, name);

	return error_set(check->error,
	    is_proof ? STYTCH_REJECTED : STYTCH_MISCONFIGURED, name, message);
}

static enum stytch_class
refuse_number(struct check *check, const char *name, const char *what,
    int64_t limit)
{
	char message[64];

	(void)snprintf(message, sizeof(message), "%s %" PRId64, what, limit);
	return refuse(check, name, message);
}

/* Characters of a text, or -1 where it is not UTF-8. */
static int64_t
count_characters(const char *text)
{
	size_t len = strlen(text);
	int64_t count = 0;

	while (len > 0) {
		unsigned point;
		size_t step = utf8_character(text, len, &point);

		if (step == 0)
			return -1;
		text += step;
		len -= step;
		count++;
	}
	return count;
}

static enum stytch_class
check_pattern(struct check *check, const struct endpoint_param *param,
    const char *name, const char *text)
{
	regex_t regex;
	int no_match;

	if (param->pattern == NULL)
		return STYTCH_OK;
	if (regcomp(&regex, param->pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return out_of_memory(check);
	no_match = regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return no_match
	    ? refuse_text(check, name, "does not have the form it must have")
	    : STYTCH_OK;
}

static enum stytch_class
check_text(struct check *check, const struct endpoint_param *param,
    const char *name, const char *text)
{
	int64_t length = count_characters(text);

	if (length < 0)
		return refuse_text(check, name, "is not UTF-8");
	if (length == 0 &&
	    (param->flags & (ENDPOINT_REQUIRED | ENDPOINT_MAY_BE_EMPTY)) ==
		ENDPOINT_REQUIRED)
		return refuse_text(check, name, "is required and empty");
	if (length < (int64_t)param->min_length)
		return refuse_number(check, name, "is shorter than",
		    (int64_t)param->min_length);
	if (param->max_length != 0 && length > (int64_t)param->max_length)
		return refuse_number(check, name, "is longer than",
		    (int64_t)param->max_length);
	if (param->values != NULL && (param->flags & ENDPOINT_ENUM_OPEN) == 0 &&
	    !endpoint_list_has(param->values, text))
		return refuse_text(check, name,
		    "is none of the values it may have");
	/* An empty text unsets an optional value: it has no form to keep. */
	if (length == 0)
		return STYTCH_OK;
	if (!format_fits_text(param->format, text)) {
		char message[96];

		(void)snprintf(message, sizeof(message), "is not %s",
		    format_wants(param->format));
		return refuse_text(check, name, message);
	}
	return check_pattern(check, param, name, text);
}

static enum stytch_class
check_number(struct check *check, const struct endpoint_param *param,
    const char *name, const cJSON *value)
{
	if (param->min != 0 && value->valuedouble < (double)param->min)
		return refuse_number(check, name, "is less than", param->min);
	if (param->max != 0 && value->valuedouble > (double)param->max)
		return refuse_number(check, name, "is more than", param->max);
	if (json_is_integer(value) &&
	    !format_fits_integer(param->format, (int64_t)value->valuedouble)) {
		char message[96];

		(void)snprintf(message, sizeof(message), "is not %s",
		    format_wants(param->format));
		return refuse(check, name, message);
	}
	return STYTCH_OK;
}

/* Whether a value has a type; of objects and arrays, the outside alone. */
static bool
has_type(enum endpoint_type type, const cJSON *value)
{
	switch (type) {
	case ENDPOINT_STRING:
		return cJSON_IsString(value);
	case ENDPOINT_INTEGER:
		return json_is_integer(value);
	case ENDPOINT_NUMBER:
		return cJSON_IsNumber(value);
	case ENDPOINT_BOOLEAN:
		return cJSON_IsBool(value);
	case ENDPOINT_OBJECT:
	case ENDPOINT_MAP:
		return cJSON_IsObject(value);
	case ENDPOINT_ARRAY:
		return cJSON_IsArray(value);
	case ENDPOINT_ANY:
		return !cJSON_IsNull(value);
	case ENDPOINT_NO_TYPE:
		break;
	}
	return false;
}

static enum stytch_class
refuse_type(struct check *check, const char *name, enum endpoint_type type)
{
	char message[64];

	(void)snprintf(message, sizeof(message), "is not of type %s",
	    endpoint_type_name(type));
	return refuse(check, name, message);
}

/* Every text in a tree whose members no table knows must be UTF-8. */
static bool
is_utf8(const cJSON *value)
{
	for (; value != NULL; value = value->next) {
		if (value->string != NULL &&
		    count_characters(value->string) < 0)
			return false;
		if (cJSON_IsString(value) &&
		    count_characters(value->valuestring) < 0)
			return false;
		if (!is_utf8(value->child))
			return false;
	}
	return true;
}

static enum stytch_class
check_map(struct check *check, const struct endpoint_param *param,
    const char *name, const cJSON *map)
{
	const cJSON *member;
	size_t keys = 0;

	if (!is_utf8(map->child))
		return refuse(check, name, "is not UTF-8");
	cJSON_ArrayForEach (member, map) {
		keys++;
		if (param->keys != NULL &&
		    !endpoint_list_has(param->keys, member->string))
			return refuse(check, name, "has a key it may not have");
		/* null removes a key. */
		if (!cJSON_IsNull(member) && !has_type(param->item, member))
			return refuse_type(check, name, param->item);
	}
	if (param->max_keys != 0 && keys > param->max_keys)
		return refuse_number(check, name, "has more keys than",
		    (int64_t)param->max_keys);
	if (param->max_bytes != 0) {
		CLEANUP(secret_clear) struct secret text = SECRET_INIT;
		int error = json_print(map, param->max_bytes, &text);

		if (error == -E2BIG)
			return refuse_number(check, name, "has more bytes than",
			    (int64_t)param->max_bytes);
		if (error != 0)
			return out_of_memory(check);
	}
	return STYTCH_OK;
}

/* What search operands say of filter_value, by the operand's filter_name. */
static enum stytch_class check_value(struct check *check,
    const struct scope *scope, const struct endpoint_param *param,
    const cJSON *value);

static enum stytch_class
check_filter(struct check *check, const cJSON *operand)
{
	const struct endpoint_param *rows = check->endpoint->filters;
	struct scope scope = { .rows = rows, .where = ENDPOINT_BODY };
	const char *filter_name = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(operand, "filter_name"));
	const cJSON *value =
	    cJSON_GetObjectItemCaseSensitive(operand, "filter_value");

	for (; rows->name != NULL; rows++)
		if (filter_name != NULL && strcmp(rows->name, filter_name) == 0)
			return check_value(check, &scope, rows, value);
	return STYTCH_OK;
}

static enum stytch_class
check_array(struct check *check, const struct scope *scope,
    const struct endpoint_param *param, const cJSON *array)
{
	char prefix[CHECK_NAME_MAX];
	struct scope inner = *scope;
	enum stytch_class class_ = STYTCH_OK;
	const cJSON *item;

	(void)snprintf(prefix, sizeof(prefix), "%s[]", param->name);
	inner.prefix = prefix;
	cJSON_ArrayForEach (item, array) {
		if (!has_type(param->item, item))
			return refuse_type(check, prefix, param->item);
		if (param->item == ENDPOINT_STRING)
			class_ =
			    check_text(check, param, prefix, item->valuestring);
		if (param->item == ENDPOINT_OBJECT)
			class_ = check_object(check, &inner, item);
		if (class_ == STYTCH_OK &&
		    strcmp(prefix, "query.operands[]") == 0)
			class_ = check_filter(check, item);
		if (class_ != STYTCH_OK)
			return class_;
	}
	return STYTCH_OK;
}

static enum stytch_class
check_value(struct check *check, const struct scope *scope,
    const struct endpoint_param *param, const cJSON *value)
{
	struct scope inner = *scope;

	if (!has_type(param->type, value))
		return refuse_type(check, param->name, param->type);
	switch (param->type) {
	case ENDPOINT_STRING:
		return check_text(check, param, param->name,
		    value->valuestring);
	case ENDPOINT_INTEGER:
	case ENDPOINT_NUMBER:
		return check_number(check, param, param->name, value);
	case ENDPOINT_OBJECT:
		inner.prefix = param->name;
		return check_object(check, &inner, value);
	case ENDPOINT_ARRAY:
		return check_array(check, scope, param, value);
	case ENDPOINT_MAP:
		return check_map(check, param, param->name, value);
	case ENDPOINT_ANY:
		return is_utf8(value->child)
		    ? STYTCH_OK
		    : refuse(check, param->name, "is not UTF-8");
	case ENDPOINT_BOOLEAN:
	case ENDPOINT_NO_TYPE:
		break;
	}
	return STYTCH_OK;
}

/* The name of a row as a member of scope's object, or NULL if it is none. */
static const char *
member_name(const struct scope *scope, const struct endpoint_param *row)
{
	size_t len = strlen(scope->prefix);
	const char *name = row->name;

	if (len == 0 && row->where != scope->where)
		return NULL;
	if (len > 0) {
		if (strncmp(name, scope->prefix, len) != 0 || name[len] != '.')
			return NULL;
		name += len + 1;
	}
	for (const char *at = name; *at != '\0'; at++)
		if (*at == '.' || *at == '[')
			return NULL;
	return name;
}

static const struct endpoint_param *
find_member(const struct scope *scope, const char *key)
{
	size_t len = strlen(scope->prefix);

	for (const struct endpoint_param *row = scope->rows; row->name != NULL;
	     row++) {
		const char *name;

		/* Most rows are ruled out by the end of their name alone. */
		if (strncmp(row->name, scope->prefix, len) != 0 ||
		    strcmp(row->name + len +
			    (len > 0 && row->name[len] != '\0'),
			key) != 0)
			continue;
		name = member_name(scope, row);
		if (name != NULL && strcmp(name, key) == 0)
			return row;
	}
	return NULL;
}

static enum stytch_class
check_object(struct check *check, const struct scope *scope,
    const cJSON *object)
{
	const cJSON *member;

	cJSON_ArrayForEach (member, object) {
		const struct endpoint_param *row =
		    find_member(scope, member->string);
		enum stytch_class class_;

		if (row == NULL)
			return refuse(check, member->string,
			    "is not a parameter of this endpoint");
		if ((row->flags & ENDPOINT_NO_MEMBER_SESSION) != 0 &&
		    check->has_member_session)
			return refuse(check, row->name,
			    "may not be set with a member's session");
		class_ = check_value(check, scope, row, member);
		if (class_ != STYTCH_OK)
			return class_;
	}
	for (const struct endpoint_param *row = scope->rows; row->name != NULL;
	     row++) {
		const char *name = (row->flags & ENDPOINT_REQUIRED) != 0
		    ? member_name(scope, row)
		    : NULL;

		if (name != NULL &&
		    cJSON_GetObjectItemCaseSensitive(object, name) == NULL)
			return refuse(check, row->name, "is required");
	}
	return STYTCH_OK;
}

enum stytch_class
check_values(const struct endpoint *endpoint, const struct check_values *values,
    struct stytch_error *error)
{
	struct check check = {
		.endpoint = endpoint,
		.has_member_session = values->has_member_session,
		.error = error,
	};

	for (unsigned where = 0; where < ARRAY_LEN(values->in); where++) {
		struct scope scope = {
			.rows = endpoint->params,
			.where = (enum endpoint_where)where,
			.prefix = "",
		};
		enum stytch_class class_ =
		    check_object(&check, &scope, values->in[where]);

		if (class_ != STYTCH_OK)
			return class_;
	}
	for (const struct endpoint_rule *rule = endpoint->rules;
	     rule->names != NULL; rule++) {
		enum stytch_class class_ = rule_check(rule, values, error);

		if (class_ != STYTCH_OK)
			return class_;
	}
	return STYTCH_OK;
}
