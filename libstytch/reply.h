/* SPDX-License-Identifier: BSD-2-Clause */
/* A parsed answer; its accessors are in stytch/stytch.h. */
#ifndef LIBSTYTCH_REPLY_H
#define LIBSTYTCH_REPLY_H

#include "common/attr.h"

#include <cjson/cJSON.h>
#include <stytch/stytch.h>

/*
 * Judge an answer of endpoint: its status and the len bytes of its body.
 * On STYTCH_OK *out_reply is the caller's; else error is filled in.  A 2xx
 * that is no JSON object is STYTCH_PROTOCOL, as is a redirect; an error page
 * that is none, STYTCH_UNAVAILABLE.
 */
enum stytch_class reply_parse(int http_status, const char *body, size_t len,
    struct stytch_reply **out_reply, struct stytch_error *error) MUST_CHECK;

/*
 * A reply made of a JSON object, which it takes over: *json becomes NULL.
 * Returns 0 or -ENOMEM, and then *json is still the caller's.
 */
int reply_new(cJSON **json, struct stytch_reply **out_reply) MUST_CHECK;

#endif
