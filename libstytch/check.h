/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Are a call's parameters what the endpoint table asks for?  Answered before
 * anything is sent, so that a mistake has a name and no person pays for it.
 */
#ifndef LIBSTYTCH_CHECK_H
#define LIBSTYTCH_CHECK_H

#include "common/attr.h"
#include "libstytch/endpoint.h"

#include <cjson/cJSON.h>
#include <stytch/stytch.h>

#define CHECK_NAME_MAX 256

/* A call's parameters, as JSON objects by enum endpoint_where. */
struct check_values {
	const cJSON *in[ENDPOINT_BODY + 1];
	bool has_member_session;
};

/*
 * Check all parameters: known, of the right type, within limits, the required
 * ones there, the rules kept.  Returns STYTCH_OK, or fills in error:
 * STYTCH_MISCONFIGURED naming the parameter; STYTCH_REJECTED for a password
 * or code that cannot be right, on the endpoints that take one;
 * STYTCH_UNAVAILABLE where memory is out.
 */
enum stytch_class check_values(const struct endpoint *endpoint,
    const struct check_values *values, struct stytch_error *error) MUST_CHECK;

#endif
