/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules about several parameters of an endpoint: exactly one of these, ... */
#ifndef LIBSTYTCH_RULE_H
#define LIBSTYTCH_RULE_H

#include "libstytch/check.h"

/*
 * Check one rule of the table.  A parameter counts as given if it is there
 * and no empty text.  STYTCH_OK, or STYTCH_MISCONFIGURED with error filled in.
 */
enum stytch_class rule_check(const struct endpoint_rule *rule,
    const struct check_values *values, struct stytch_error *error) MUST_CHECK;

#endif
