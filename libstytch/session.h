/* SPDX-License-Identifier: BSD-2-Clause */
/* The project's public keys, kept by the client for stytch_session_verify(). */
#ifndef LIBSTYTCH_SESSION_H
#define LIBSTYTCH_SESSION_H

#include "libstytch/jwt.h"

#include <pthread.h>

/* Keys of one kind of project. */
struct session_keys {
	pthread_mutex_t lock;
	struct jwt_keys keys;
	int64_t fetched_ms; /* on the monotonic clock; 0: never */
};

/* Returns 0 or -ENOMEM. */
int session_keys_init(struct session_keys *keys) MUST_CHECK;
void session_keys_clear(struct session_keys *keys);

#define SESSION_CLAIM "https://stytch.com/session"
#define ORGANIZATION_CLAIM "https://stytch.com/organization"

/*
 * The claims of any token that the project signed, verified by the kept keys,
 * which are fetched where needed.  As stytch_session_verify() but for what
 * kind of token it is; *out_claims is freed with json_free().
 */
enum stytch_class session_token_claims(struct stytch_client *client,
    bool is_b2b, const char *token, cJSON **out_claims,
    struct stytch_error *error) MUST_CHECK;

#endif
