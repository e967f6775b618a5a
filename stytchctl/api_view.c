/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers of the API, for people and as JSON that a terminal survives. */
#include "config.h"

#include "stytchctl/api.h"

#include "common/buf.h"
#include "libstytch/json.h"
#include "stytchctl/table.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#define PATH_MAX_LEN 512
#define TEXT_MAX (32U << 20)
#define CELL_MAX 65536

static bool
is_plain(const cJSON *value)
{
	return cJSON_IsString(value) || cJSON_IsNumber(value) ||
	    cJSON_IsBool(value);
}

/* What is not set is not worth a line. */
static bool
is_empty(const cJSON *value)
{
	if (cJSON_IsString(value))
		return value->valuestring[0] == '\0';
	return cJSON_IsNull(value) ||
	    (!is_plain(value) && value->child == NULL);
}

struct cJSON *
api_view_row(const cJSON *model, const cJSON *row)
{
	CLEANUP(json_free) cJSON *out = cJSON_CreateObject();
	const cJSON *column;
	unsigned count = 0;

	cJSON_ArrayForEach (column, model) {
		const cJSON *value =
		    cJSON_GetObjectItemCaseSensitive(row, column->string);
		cJSON *copy;

		if (!is_plain(column) || count == API_COLUMNS_MAX)
			continue;
		copy = is_plain(value) ? cJSON_Duplicate(value, false)
				       : cJSON_CreateNull();
		if (out == NULL || copy == NULL ||
		    !cJSON_AddItemToObject(out, column->string, copy)) {
			cJSON_Delete(copy);
			return NULL;
		}
		count++;
	}
	return STEAL(out);
}

/* An array of objects as a table under its path. */
static int
view_table(const cJSON *array, const char *path, FILE *out)
{
	CLEANUP(table_clear) struct table table = TABLE_INIT(out, false, false);
	const cJSON *item;

	(void)fprintf(out, "\n%s (%d):\n", path, cJSON_GetArraySize(array));
	cJSON_ArrayForEach (item, array) {
		CLEANUP(json_free)
		cJSON *row = api_view_row(array->child, item);

		if (row == NULL || !table_add_row(&table, row, ""))
			return -ENOMEM;
	}
	return table_end(&table);
}

static void
add_plain(struct buf *cell, const cJSON *value)
{
	if (cJSON_IsString(value))
		buf_add_clean(cell, value->valuestring,
		    strlen(value->valuestring));
	else if (cJSON_IsNumber(value))
		buf_addf(cell, "%.15g", value->valuedouble);
	else if (cJSON_IsNull(value))
		buf_addc(cell, '-');
	else
		buf_adds(cell, cJSON_IsTrue(value) ? "yes" : "no");
}

static void
view_line(const cJSON *value, const char *path, FILE *out)
{
	CLEANUP(buf_clear) struct buf cell = BUF_INIT(CELL_MAX);
	const cJSON *item;

	if (is_plain(value))
		add_plain(&cell, value);
	cJSON_ArrayForEach (item, value) {
		if (cell.len > 0)
			buf_adds(&cell, ", ");
		add_plain(&cell, item);
	}
	(void)fprintf(out, "%s: %s%s\n", path, buf_text(&cell),
	    buf_error(&cell) == 0 ? "" : " (cut)");
}

/* What has lines of its own goes first, tables behind. */
static int
view_object(const cJSON *object, const char *prefix, bool tables, FILE *out)
{
	const cJSON *value;
	int result = 0;

	cJSON_ArrayForEach (value, object) {
		CLEANUP(buf_clear) struct buf path = BUF_INIT(PATH_MAX_LEN);
		bool is_table = cJSON_IsArray(value) && value->child != NULL &&
		    !is_plain(value->child);

		buf_adds(&path, prefix);
		if (value->string != NULL)
			buf_add_clean(&path, value->string,
			    strlen(value->string));
		if (is_empty(value))
			continue;
		if (is_table && tables && cJSON_IsObject(value->child))
			result = view_table(value, buf_text(&path), out);
		if (cJSON_IsObject(value)) {
			buf_addc(&path, '.');
			result =
			    view_object(value, buf_text(&path), tables, out);
		} else if (!is_table && !tables) {
			view_line(value, buf_text(&path), out);
		}
		if (result != 0)
			return result;
	}
	return 0;
}

enum ctl_exit
api_view(const struct stytch_reply *reply, FILE *out)
{
	const cJSON *json = stytch_reply_json(reply);

	if (view_object(json, "", false, out) != 0 ||
	    view_object(json, "", true, out) != 0)
		return CTL_REFUSED;
	return CTL_OK;
}

/* \uXXXX, or two of them, for a code point. */
static void
add_escape(struct buf *out, unsigned point)
{
	if (point > 0xffff) {
		point -= 0x10000;
		buf_addf(out, "\\u%04x", 0xd800 + (point >> 10));
		point = 0xdc00 + (point & 0x3ff);
	}
	buf_addf(out, "\\u%04x", point);
}

int
api_json_text(const cJSON *json, bool pretty, struct secret *out_text)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(TEXT_MAX);
	char *raw = pretty ? cJSON_Print(json) : cJSON_PrintUnformatted(json);
	const char *at = raw;
	int result;

	if (raw == NULL)
		return -ENOMEM;
	while (*at != '\0') {
		unsigned point = 0xfffd;
		size_t step = utf8_character(at, strnlen(at, 4), &point);

		if (step == 0)
			point = 0xfffd;
		/* Newlines and tabs are the printer's own layout. */
		if (step > 0 &&
		    (*at == '\n' || *at == '\t' || utf8_is_clean(point)))
			buf_add(&text, at, step);
		else
			add_escape(&text, point);
		at += step == 0 ? 1 : step;
	}
	explicit_bzero(raw, strlen(raw));
	cJSON_free(raw);
	result = buf_error(&text);
	if (result == 0)
		result = secret_set(out_text, buf_text(&text), text.len);
	return result;
}
