/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows for people and for programs. */
#include "config.h"

#include "stytchctl/table.h"

#include "common/buf.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#define CELL_MAX 4096

static bool
is_whole(double number)
{
	return number > -1e15 && number < 1e15 &&
	    !((double)(int64_t)number < number) &&
	    !((double)(int64_t)number > number);
}

/* A value as one clean text; what is inside arrays by comma. */
static void
add_value(struct buf *cell, const cJSON *value)
{
	const cJSON *item = NULL;
	const char *separator = "";

	if (cJSON_IsString(value)) {
		buf_add_clean(cell, value->valuestring,
		    strlen(value->valuestring));
	} else if (cJSON_IsBool(value)) {
		buf_adds(cell, cJSON_IsTrue(value) ? "yes" : "no");
	} else if (cJSON_IsNumber(value)) {
		double number = cJSON_GetNumberValue(value);

		/* Whole numbers (ids, times) without a point. */
		buf_addf(cell, is_whole(number) ? "%.0f" : "%g", number);
	} else if (cJSON_IsArray(value) || cJSON_IsObject(value)) {
		cJSON_ArrayForEach (item, value) {
			buf_adds(cell, separator);
			if (item->string != NULL) {
				buf_add_clean(cell, item->string,
				    strlen(item->string));
				buf_addc(cell, '=');
			}
			if (!cJSON_IsArray(item) && !cJSON_IsObject(item))
				add_value(cell, item);
			else
				buf_adds(cell, "...");
			separator = ",";
		}
	} else {
		buf_addc(cell, '-');
	}
}

/* Characters, not bytes. */
static size_t
text_width(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++)
		if (((unsigned char)*text & 0xc0u) != 0x80u)
			width++;
	return width;
}

static void
print_cell(const struct table *table, const char *text, size_t column)
{
	size_t width = text_width(text);
	size_t pad = 0;

	if (column + 1 < table->column_count)
		pad = 2 +
		    (table->widths[column] > width
			    ? table->widths[column] - width
			    : 0);
	(void)fprintf(table->out, "%s%*s", text, (int)pad, "");
}

static void
print_row(struct table *table, const cJSON *row)
{
	for (size_t i = 0; i < table->column_count; i++) {
		CLEANUP(buf_clear) struct buf cell = BUF_INIT(CELL_MAX);

		add_value(&cell,
		    cJSON_GetObjectItemCaseSensitive(row, table->columns[i]));
		print_cell(table, buf_text(&cell), i);
	}
	(void)fputc('\n', table->out);
	table->printed++;
}

static void
print_heading(struct table *table)
{
	if (table->printed > 0)
		(void)fputc('\n', table->out);
	for (size_t i = 0; i < table->column_count; i++) {
		CLEANUP(buf_clear) struct buf cell = BUF_INIT(CELL_MAX);

		buf_add_clean(&cell, table->columns[i],
		    strlen(table->columns[i]));
		for (size_t j = 0; j < cell.len; j++)
			if (cell.data[j] >= 'a' && cell.data[j] <= 'z')
				cell.data[j] = (char)(cell.data[j] - 'a' + 'A');
		print_cell(table, buf_text(&cell), i);
	}
	(void)fputc('\n', table->out);
}

static void
widen(struct table *table, const cJSON *row)
{
	for (size_t i = 0; i < table->column_count; i++) {
		CLEANUP(buf_clear) struct buf cell = BUF_INIT(CELL_MAX);
		size_t width;

		add_value(&cell,
		    cJSON_GetObjectItemCaseSensitive(row, table->columns[i]));
		width = text_width(buf_text(&cell));
		if (width > table->widths[i])
			table->widths[i] = width;
	}
}

/* Print heading and rows that were held; from now on rows stream. */
static void
release_held(struct table *table)
{
	if (table->held_count == 0)
		return;
	for (size_t i = 0; i < table->held_count; i++)
		widen(table, table->held[i]);
	print_heading(table);
	for (size_t i = 0; i < table->held_count; i++) {
		print_row(table, table->held[i]);
		cJSON_Delete(table->held[i]);
		table->held[i] = NULL;
	}
	table->held_count = 0;
}

static void
forget_columns(struct table *table)
{
	for (size_t i = 0; i < table->column_count; i++)
		free(table->columns[i]);
	table->column_count = 0;
}

static bool
has_columns(const struct table *table, const cJSON *row)
{
	size_t i = 0;
	const cJSON *item = NULL;

	cJSON_ArrayForEach (item, row) {
		if (i == TABLE_COLUMNS_MAX)
			return true; /* more are not shown */
		if (i == table->column_count ||
		    strcmp(item->string, table->columns[i]) != 0)
			return false;
		i++;
	}
	return i == table->column_count;
}

/* The columns of row; what was held under others is printed first. */
static int
take_columns(struct table *table, const cJSON *row)
{
	const cJSON *item = NULL;

	release_held(table);
	forget_columns(table);
	cJSON_ArrayForEach (item, row) {
		size_t i = table->column_count;

		if (i == TABLE_COLUMNS_MAX)
			break;
		table->columns[i] = strdup(item->string);
		if (table->columns[i] == NULL)
			return -ENOMEM;
		table->widths[i] = text_width(item->string);
		table->column_count++;
	}
	return 0;
}

static void
print_pairs(struct table *table, const cJSON *row)
{
	const cJSON *item = NULL;

	if (table->printed > 0)
		(void)fputc('\n', table->out);
	cJSON_ArrayForEach (item, row) {
		CLEANUP(buf_clear) struct buf cell = BUF_INIT(CELL_MAX);

		buf_add_clean(&cell, item->string, strlen(item->string));
		buf_adds(&cell, ": ");
		add_value(&cell, item);
		(void)fprintf(table->out, "%s\n", buf_text(&cell));
	}
	table->printed++;
}

static int
hold_row(struct table *table, const cJSON *object)
{
	int result = 0;

	if (table->column_count == 0 || !has_columns(table, object))
		result = take_columns(table, object);
	else if (table->held_count == 0) { /* the widths are settled */
		print_row(table, object);
		return 0;
	}
	if (result != 0)
		return result;
	table->held[table->held_count] = cJSON_Duplicate(object, true);
	if (table->held[table->held_count] == NULL)
		return -ENOMEM;
	table->held_count++;
	if (table->held_count == TABLE_HELD_MAX)
		release_held(table);
	return 0;
}

bool
table_add_row(void *context, const cJSON *object, const char *text)
{
	struct table *table = context;

	if (table->error == 0 && table->json) {
		const char *before = table->printed == 0 ? "[" : ",\n ";

		(void)fprintf(table->out, "%s%s", table->one_row ? "" : before,
		    text);
		table->printed++;
	} else if (table->error == 0 && table->one_row) {
		print_pairs(table, object);
	} else if (table->error == 0) {
		table->error = hold_row(table, object);
	}
	if (table->error == 0 && ferror(table->out) != 0)
		table->error = -EIO;
	return table->error == 0;
}

int
table_end(struct table *table)
{
	release_held(table);
	if (table->json && table->one_row && table->printed > 0)
		(void)fputc('\n', table->out);
	else if (table->json && !table->one_row)
		(void)fputs(table->printed == 0 ? "[]\n" : "]\n", table->out);
	if (table->error == 0 && ferror(table->out) != 0)
		table->error = -EIO;
	return table->error;
}

void
table_clear(struct table *table)
{
	for (size_t i = 0; i < table->held_count; i++)
		cJSON_Delete(table->held[i]);
	table->held_count = 0;
	forget_columns(table);
}
