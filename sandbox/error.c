/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of errors. */
#include "config.h"

#include "sandbox/error.h"

#include <string.h>

static const struct api_error_row rows[] = {
	[API_OK] = { "", "", 200 },
#define API_ERROR(name, http, error_type, message) \
	[API_##name] = { .type = error_type, .text = message, .status = http },
#include "sandbox/errors.def"
#define API_ERROR(name, http, error_type, message) \
	[API_##name] = { .type = error_type, .text = message, .status = http },
#include "sandbox/b2b_errors.def"
#define API_ERROR(name, http, error_type, message) \
	[API_##name] = { .type = error_type, .text = message, .status = http },
#include "sandbox/apps_errors.def"
};
_Static_assert(ARRAY_LEN(rows) == API_ERROR_COUNT, "one row an error");

const struct api_error_row *
error_row(enum api_error error)
{
	if (error <= API_OK || error >= API_ERROR_COUNT)
		return &rows[API_INTERNAL_SERVER_ERROR];
	return &rows[error];
}

enum api_error
error_by_type(const char *type)
{
	for (size_t i = API_OK + 1; i < ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].type, type) == 0)
			return (enum api_error)i;
	}
	return API_OK;
}
