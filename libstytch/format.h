/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a text or number has one of the endpoint table's formats. */
#ifndef LIBSTYTCH_FORMAT_H
#define LIBSTYTCH_FORMAT_H

#include "libstytch/endpoint.h"

/* Of a text; formats of numbers take any. */
bool format_fits_text(enum endpoint_format format, const char *text);

/* Of a whole number; formats of texts take any. */
bool format_fits_integer(enum endpoint_format format, int64_t value);

/* What to say where it does not: "an email address". */
const char *format_wants(enum endpoint_format format);

#endif
