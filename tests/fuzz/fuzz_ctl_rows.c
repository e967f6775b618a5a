/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of an administration answer, any JSON: no escape may be printed. */
#include "config.h"

#include "stytchctl/table.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
print(const cJSON *object, bool one_row)
{
	char *printed = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&printed, &len);
	struct table table = TABLE_INIT(out, false, one_row);

	if (out == NULL)
		return;
	if (table_add_row(&table, object, "") &&
	    !table_add_row(&table, object, "") && table.error == 0)
		abort();
	(void)!table_end(&table);
	table_clear(&table);
	(void)fclose(out);
	for (size_t i = 0; i < len; i++)
		if ((printed[i] < 0x20 && printed[i] > 0 &&
			printed[i] != '\n') ||
		    printed[i] == 0x7f)
			abort();
	free(printed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cJSON *object = cJSON_ParseWithLength((const char *)data, size);

	if (cJSON_IsObject(object)) {
		print(object, false);
		print(object, true);
	}
	cJSON_Delete(object);
	return 0;
}
