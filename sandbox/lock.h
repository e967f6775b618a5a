/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock of a user or member: so many failures in a row, by any method, and
 * authentication is refused for a time.  Every authenticate asks lock_check()
 * before it looks at a credential, answers a wrong one by lock_fail() and a
 * right one after lock_forget().  Times and numbers are settings.
 */
#ifndef SANDBOX_LOCK_H
#define SANDBOX_LOCK_H

#include "sandbox/sandbox.h"

/* API_OK, or API_USER_LOCK_LIMIT_REACHED while owner_id is locked. */
enum api_error lock_check(struct request *rq, const char *owner_id) MUST_CHECK;

/* Count a failure of owner_id although the request is refused; error. */
enum api_error lock_fail(struct request *rq, const char *owner_id,
    enum api_error error) MUST_CHECK;

/* A success: failures so far no longer count. */
void lock_forget(struct request *rq, const char *owner_id);

/* Lock at once, or unlock: what the vendor's dashboard and the seed do. */
void lock_set(struct request *rq, const char *owner_id, bool locked);

/* Set is_locked, lock_created_at and lock_expires_at of a user or member. */
void lock_describe(struct request *rq, const char *owner_id, cJSON *object);

/* Write what lock_fail() noted; called once the refusal was rolled back. */
void lock_count(struct request *rq);

#endif
