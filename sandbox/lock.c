/* SPDX-License-Identifier: BSD-2-Clause */
/* Consecutive failures and the lock that follows. */
#include "config.h"

#include "sandbox/lock.h"

#include "sandbox/settings.h"

#include <string.h>

/* When the lock of owner_id ends, or 0 where there is none now. */
static int64_t
locked_until(struct request *rq, const char *owner_id)
{
	return store_int(rq->store, 0,
	    "SELECT expires_at FROM locks WHERE owner_id = ? AND "
	    "expires_at > ?",
	    "si", owner_id, rq->now_us);
}

enum api_error
lock_check(struct request *rq, const char *owner_id)
{
	return locked_until(rq, owner_id) != 0 ? API_USER_LOCK_LIMIT_REACHED
					       : API_OK;
}

enum api_error
lock_fail(struct request *rq, const char *owner_id, enum api_error error)
{
	size_t len = strnlen(owner_id, sizeof(rq->failed_owner) - 1);

	memcpy(rq->failed_owner, owner_id, len);
	rq->failed_owner[len] = '\0';
	return error;
}

void
lock_forget(struct request *rq, const char *owner_id)
{
	store_run(rq->store, "DELETE FROM locks WHERE owner_id = ?", "s",
	    owner_id);
}

void
lock_set(struct request *rq, const char *owner_id, bool locked)
{
	int64_t minutes = settings_int(rq, "lock_minutes");

	lock_forget(rq, owner_id);
	if (locked)
		store_run(rq->store, "INSERT INTO locks VALUES (?, 0, ?, ?)",
		    "sii", owner_id, rq->now_us,
		    rq->now_us + minutes * MINUTE_US);
}

void
lock_describe(struct request *rq, const char *owner_id, cJSON *object)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	int64_t from = 0, until = 0;

	query_open(&query, rq->store,
	    "SELECT locked_at, expires_at FROM locks WHERE owner_id = ? AND "
	    "expires_at > ?",
	    "si", owner_id, rq->now_us);
	if (query_next(&query)) {
		from = query_int(&query, 0);
		until = query_int(&query, 1);
	}
	json_set_bool(object, "is_locked", until != 0);
	json_set_time(object, "lock_created_at", from);
	json_set_time(object, "lock_expires_at", until);
}

void
lock_count(struct request *rq)
{
	int64_t failures;

	if (rq->failed_owner[0] == '\0' ||
	    locked_until(rq, rq->failed_owner) != 0)
		return;
	store_run(rq->store,
	    "INSERT INTO locks VALUES (?, 1, 0, 0) ON CONFLICT (owner_id) DO "
	    "UPDATE SET failures = CASE WHEN expires_at = 0 THEN failures + "
	    "1 ELSE 1 END, locked_at = 0, expires_at = 0",
	    "s", rq->failed_owner);
	failures = store_int(rq->store, 0,
	    "SELECT failures FROM locks WHERE owner_id = ?", "s",
	    rq->failed_owner);
	if (failures >= settings_int(rq, "lock_threshold"))
		lock_set(rq, rq->failed_owner, true);
}
