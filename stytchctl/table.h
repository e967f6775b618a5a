/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows of JSON objects, printed for people (columns, or "key: value" where a
 * command has one row) or for programs (JSON).  What a table shows is clean of
 * terminal escapes.  Memory is bounded: the widths of the columns come from
 * the first rows, the rest streams.
 */
#ifndef STYTCHCTL_TABLE_H
#define STYTCHCTL_TABLE_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct cJSON;

#define TABLE_HELD_MAX 256 /* rows looked at for the widths */
#define TABLE_COLUMNS_MAX 24

struct table {
	FILE *out;
	bool json;
	bool one_row; /* no array, no columns */
	size_t printed;
	struct cJSON *held[TABLE_HELD_MAX];
	size_t held_count;
	char *columns[TABLE_COLUMNS_MAX]; /* of the rows under way */
	size_t widths[TABLE_COLUMNS_MAX];
	size_t column_count;
	int error;
};

#define TABLE_INIT(out_, json_, one_row_) \
	{ \
		.out = (out_), .json = (json_), .one_row = (one_row_) \
	}

/*
 * Add a row; context is the struct table.  text is the object as JSON, free
 * of raw control characters.  Objects with other keys than the rows before begin a new
 * table.  Returns false when out cannot be written or memory is out.
 */
bool table_add_row(void *context, const struct cJSON *object, const char *text);

/* Print what is held and close the array.  0, -ENOMEM or -EIO. */
int table_end(struct table *table) MUST_CHECK;

/* Free everything; nothing more is printed. */
void table_clear(struct table *table);

#endif
