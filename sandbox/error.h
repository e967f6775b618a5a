/* SPDX-License-Identifier: BSD-2-Clause */
/* The errors of the API: one number each, and its row of errors.def. */
#ifndef SANDBOX_ERROR_H
#define SANDBOX_ERROR_H

#include "common/attr.h"

/* API_OK, then API_<error_type in capitals> for each row. */
enum api_error {
	API_OK,
#define API_ERROR(name, status, type, text) API_##name,
#include "sandbox/errors.def"
#define API_ERROR(name, status, type, text) API_##name,
#include "sandbox/b2b_errors.def"
#define API_ERROR(name, status, type, text) API_##name,
#include "sandbox/apps_errors.def"
	API_ERROR_COUNT
};

struct api_error_row {
	const char *type; /* the API's error_type */
	const char *text; /* error_message, one sentence */
	int status;       /* of HTTP */
};

/* The row of error, which is not API_OK; never NULL. */
const struct api_error_row *error_row(enum api_error error);

/* The error of that error_type, or API_OK where there is none. */
enum api_error error_by_type(const char *type);

#endif
