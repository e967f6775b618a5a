/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Templates of claims: the JSON of an object in which {{ user.name.first_name }}
 * stands for a value, as a whole; never for a key, nor inside a string.
 */
#ifndef SANDBOX_CLAIM_TEMPLATE_H
#define SANDBOX_CLAIM_TEMPLATE_H

#include "sandbox/error.h"
#include "sandbox/json.h"

/*
 * Whether text is a template whose tags begin with one of roots ("a|b").
 * API_OK; API_JWT_TEMPLATE_INVALID_JSON; API_JWT_TEMPLATE_MISMATCHED_TAG for
 * a tag without end; API_JWT_TEMPLATE_INVALID_TAG for one that is no path of
 * a root, a key, or inside a string.
 */
enum api_error claim_template_check(const char *text, const char *roots)
    MUST_CHECK;

/*
 * The claims that a template makes of values, an object with the roots; what
 * is null or not there is left out.  An empty object for what is no template.
 */
cJSON *claim_template_render(const char *text, const cJSON *values) MUST_CHECK;

#endif
