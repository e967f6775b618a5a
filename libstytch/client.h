/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client holds: where it calls, as whom, and what it has learned. */
#ifndef LIBSTYTCH_CLIENT_H
#define LIBSTYTCH_CLIENT_H

#include "common/attr.h"
#include "libstytch/origin.h"
#include "libstytch/policy.h"
#include "libstytch/session.h"
#include "libstytch/transport.h"

#include <stytch/stytch.h>

#include <stdatomic.h>

struct stytch_client {
	struct transport transport;
	struct origin api, fraud;
	char *project_id;
	unsigned total_timeout_ms;
	/* When the API last took our credentials; 0: never. */
	_Atomic int64_t proven_ms;
	struct session_keys session_keys[2]; /* by is_b2b */
	bool has_session_keys;
	struct policies policies;
	bool has_policies;
};

/*
 * stytch_call_perform(), and where the answer asked for a pause, its length
 * in *out_retry_after_ms; else -1.
 */
enum stytch_class client_perform(struct stytch_call *call,
    struct stytch_reply **out_reply, int64_t *out_retry_after_ms,
    struct stytch_error *error) MUST_CHECK;

#endif
