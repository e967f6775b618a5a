/* SPDX-License-Identifier: BSD-2-Clause */
/* The form of single values: addresses, numbers, ids, the table's formats. */
#ifndef SANDBOX_FORM_H
#define SANDBOX_FORM_H

#include "common/attr.h"
#include "libstytch/endpoint.h"

#include <stdbool.h>
#include <stddef.h>

bool is_email(const char *text) MUST_CHECK;
bool is_phone_number(const char *text) MUST_CHECK; /* E.164 */
/* 1 to 128 of letters, digits and "._|-" (semantics of external_id). */
bool is_external_id(const char *text) MUST_CHECK;
/* What may stand where an id may: an external id or a slug. */
bool is_other_identifier(const char *text) MUST_CHECK;

/* Whether text has a format of the endpoint table. */
bool form_holds(enum endpoint_format format, const char *text) MUST_CHECK;
/*
 * Whether text matches a POSIX extended regular expression, a literal: 1, 0
 * or -ENOMEM.
 */
int form_matches(const char *pattern, const char *text) MUST_CHECK;
/* How many characters valid UTF-8 has. */
size_t form_characters(const char *text);

#endif
