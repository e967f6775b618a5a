/* SPDX-License-Identifier: BSD-2-Clause */
/* Searches: from operands to SQL, and pages. */
#include "config.h"

#include "sandbox/search.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZY_MIN 3
#define DEFAULT_LIMIT 100

/* A condition being built: its text, and the values it binds. */
struct condition {
	const struct search *search;
	struct buf sql;
	cJSON *values;
};

static void
condition_clear(struct condition *condition)
{
	buf_clear(&condition->sql);
	json_free(&condition->values);
}

static const struct filter *
find_filter(const struct search *search, const char *name)
{
	for (size_t i = 0; i < search->filter_count; i++) {
		if (strcmp(search->filters[i].name, name) == 0)
			return &search->filters[i];
	}
	return NULL;
}

static enum api_error
bind_time(struct condition *condition, const char *text)
{
	int64_t time_us;

	if (text == NULL || time_parse(text, &time_us) != 0)
		return condition->search->errors->no_time;
	json_push(condition->values, cJSON_CreateNumber((double)time_us));
	return API_OK;
}

static enum api_error
bind_strings(struct condition *condition, const cJSON *value)
{
	CLEANUP(string_free) char *text = NULL;

	if (!json_is_strings(value))
		return condition->search->errors->no_strings;
	text = json_text(value);
	if (text != NULL)
		json_push_string(condition->values, text);
	return API_OK;
}

static enum api_error
bind_fuzzy(struct condition *condition, const struct filter *filter,
    const cJSON *value)
{
	char text[256];
	size_t len;

	if (!cJSON_IsString(value))
		return condition->search->errors->no_string;
	len = strlen(value->valuestring);
	if (len < FUZZY_MIN)
		return filter->too_short;
	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	for (size_t i = 0; i < len; i++)
		text[i] = (char)tolower((unsigned char)value->valuestring[i]);
	text[len] = '\0';
	json_push_string(condition->values, text);
	return API_OK;
}

/* Whether the ids are all Stytch's, all others, or (-1) mixed. */
static int
ids_are_external(const struct filter *filter, const cJSON *value)
{
	const cJSON *item;
	int external = 0, total = 0;

	cJSON_ArrayForEach (item, value) {
		total++;
		external += cJSON_IsString(item) &&
		    !id_is_kind(item->valuestring, filter->prefix);
	}
	if (external != 0 && external != total)
		return -1;
	return external != 0;
}

static enum api_error
bind_value(struct condition *condition, const struct filter *filter,
    const cJSON *value, const char **out_sql)
{
	const struct search_errors *errors = condition->search->errors;
	enum api_error error;
	int external;

	*out_sql = filter->sql;
	switch (filter->type) {
	case FILTER_STRING:
		if (!cJSON_IsString(value))
			return errors->no_string;
		json_push_string(condition->values, value->valuestring);
		return API_OK;
	case FILTER_STRINGS:
		return bind_strings(condition, value);
	case FILTER_FUZZY:
		return bind_fuzzy(condition, filter, value);
	case FILTER_BOOL:
		if (!cJSON_IsBool(value))
			return errors->no_bool;
		json_push(condition->values,
		    cJSON_CreateNumber(cJSON_IsTrue(value) ? 1 : 0));
		return API_OK;
	case FILTER_TIME:
		return bind_time(condition, cJSON_GetStringValue(value));
	case FILTER_BETWEEN:
		if (!cJSON_IsObject(value))
			return errors->no_object;
		error =
		    bind_time(condition, json_string(value, "greater_than"));
		return error != API_OK
		    ? error
		    : bind_time(condition, json_string(value, "less_than"));
	case FILTER_IDS:
		external = ids_are_external(filter, value);
		if (external < 0)
			return errors->mixed_ids;
		if (external != 0)
			*out_sql = filter->other_sql;
		return bind_strings(condition, value);
	}
	return errors->name_not_recognized;
}

static enum api_error
add_operand(struct condition *condition, const cJSON *operand,
    const char *joint)
{
	const struct search_errors *errors = condition->search->errors;
	const cJSON *name = json_get(operand, "filter_name");
	const cJSON *value = json_get(operand, "filter_value");
	const struct filter *filter;
	const char *sql;
	enum api_error error;

	if (name == NULL)
		return errors->missing_name;
	if (!cJSON_IsString(name))
		return errors->name_no_string;
	filter = find_filter(condition->search, name->valuestring);
	if (filter == NULL)
		return errors->name_not_recognized;
	if (value == NULL || cJSON_IsNull(value))
		return errors->missing_value;
	error = bind_value(condition, filter, value, &sql);
	buf_addf(&condition->sql, "%s(%s)", joint, sql);
	return error;
}

static enum api_error
add_operands(struct condition *condition, const cJSON *query)
{
	const char *operation = json_string(query, "operator");
	const cJSON *operands = json_get(query, "operands");
	const cJSON *operand;
	const char *joint = " AND (";
	bool either;

	if (operands == NULL || operands->child == NULL)
		return API_OK;
	if (operation == NULL ||
	    (strcmp(operation, "AND") != 0 && strcmp(operation, "OR") != 0))
		return condition->search->errors->bad_operator;
	either = strcmp(operation, "OR") == 0;
	cJSON_ArrayForEach (operand, operands) {
		enum api_error error = add_operand(condition, operand, joint);

		if (error != API_OK)
			return error;
		joint = either ? " OR " : " AND ";
	}
	buf_addc(&condition->sql, ')');
	return buf_error(&condition->sql) == 0 ? API_OK : API_BAD_REQUEST;
}

/* ---- Pages. ---- */

static enum api_error
read_cursor(struct request *rq, const struct search *search, int64_t *out_after)
{
	const char *cursor = param_string(rq, "cursor");
	uint8_t bytes[32];
	char *end;
	size_t len;

	*out_after = 0;
	if (cursor == NULL)
		return API_OK;
	if (base64_read(cursor, bytes, sizeof(bytes) - 1, &len) != 0 ||
	    len < 2 || bytes[0] != 'n')
		return search->errors->bad_cursor;
	bytes[len] = '\0';
	*out_after = strtoll((const char *)bytes + 1, &end, 10);
	return *end == '\0' && *out_after >= 0 ? API_OK
					       : search->errors->bad_cursor;
}

static void
set_cursor(cJSON *metadata, int64_t after)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(64);
	CLEANUP(buf_clear) struct buf cursor = BUF_INIT(64);

	buf_addf(&text, "n%lld", (long long)after);
	base64url_add(&cursor, buf_text(&text), text.len);
	json_set_string(metadata, "next_cursor", buf_text(&cursor));
}

static int64_t
count_all(struct request *rq, const struct condition *condition)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	CLEANUP(buf_clear) struct buf sql = BUF_INIT(65536);

	buf_addf(&sql, "%s%s", condition->search->count,
	    buf_text(&condition->sql));
	store_fail(rq->store, buf_error(&sql));
	query_open_values(&query, rq->store, buf_text(&sql), condition->values);
	return query_next(&query) ? query_int(&query, 0) : 0;
}

/* One page after that position; the position of the last, if more follow. */
static int64_t
add_page(struct request *rq, const struct condition *condition, int64_t after,
    cJSON *list)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	CLEANUP(buf_clear) struct buf sql = BUF_INIT(65536);
	int64_t limit = param_int(rq, "limit", DEFAULT_LIMIT);
	int64_t last = 0;

	buf_addf(&sql, "%s%s AND number > %lld ORDER BY number LIMIT %lld",
	    condition->search->select, buf_text(&condition->sql),
	    (long long)after, (long long)limit + 1);
	store_fail(rq->store, buf_error(&sql));
	query_open_values(&query, rq->store, buf_text(&sql), condition->values);
	for (int64_t i = 0; query_next(&query); i++) {
		struct id id;

		if (i == limit)
			return last;
		last = query_int(&query, 0);
		query_copy(&query, 1, id.text, sizeof(id.text));
		condition->search->add(rq, id.text, list);
	}
	return 0;
}

enum api_error
search_run(struct request *rq, const struct search *search, cJSON *list)
{
	CLEANUP(condition_clear)
	struct condition condition = { .search = search,
		.sql = BUF_INIT(32768),
		.values = json_copy(search->values) };
	cJSON *metadata = json_object();
	enum api_error error;
	int64_t after, next;

	json_set(rq->reply, "results_metadata", metadata);
	error = add_operands(&condition, param_json(rq, "query"));
	if (error == API_OK)
		error = read_cursor(rq, search, &after);
	if (error == API_OK && param_int(rq, "limit", DEFAULT_LIMIT) < 1)
		error = search->errors->bad_limit;
	if (error != API_OK)
		return error;
	next = add_page(rq, &condition, after, list);
	json_set_int(metadata, "total", count_all(rq, &condition));
	if (next != 0)
		set_cursor(metadata, next);
	else
		json_set_null(metadata, "next_cursor");
	return API_OK;
}
