/* SPDX-License-Identifier: BSD-2-Clause */
/* Passcodes. */
#include "config.h"

#include "sandbox/otp.h"

#include "sandbox/link.h"
#include "sandbox/message.h"

#include <string.h>

#define OLD_CODES "20" /* of a method that are still told from wrong ones */

static void
void_others(struct request *rq, const char *method_id)
{
	store_run(rq->store,
	    "UPDATE otps SET live = 0 WHERE project_id = ? AND method_id = ?",
	    "ss", rq->project->id, method_id);
	store_run(rq->store,
	    "DELETE FROM otps WHERE project_id = ?1 AND method_id = ?2 AND "
	    "number NOT IN (SELECT number FROM otps WHERE project_id = ?1 AND "
	    "method_id = ?2 ORDER BY number DESC LIMIT " OLD_CODES ")",
	    "ss", rq->project->id, method_id);
}

enum api_error
otp_send(struct request *rq, const struct otp_wish *wish)
{
	const cJSON *attributes = param_json(rq, "attributes");
	char code[7];
	const struct message message = {
		.to = wish->to,
		.channel = wish->channel,
		.kind = "otp",
		.code = code,
		.minutes = wish->minutes,
	};

	code_make(code);
	void_others(rq, wish->method_id);
	store_run(rq->store,
	    "INSERT INTO otps (project_id, method_id, owner_id, kind, code, "
	    "ip_address, user_agent, expires_at, live) VALUES (?, ?, ?, ?, ?, "
	    "?, ?, ?, 1)",
	    "sssssssi", rq->project->id, wish->method_id, wish->owner_id,
	    wish->channel, code, json_string(attributes, "ip_address"),
	    json_string(attributes, "user_agent"),
	    rq->now_us + wish->minutes * MINUTE_US);
	return message_send(rq, &message);
}

enum api_error
otp_use(struct request *rq, const char *method_id, const char *code)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	enum api_error error;

	if (strlen(code) != 6 || strspn(code, "0123456789") != 6)
		return API_INVALID_CODE;
	query_open(&query, rq->store,
	    "SELECT number, live AND expires_at > ?4, ip_address, user_agent "
	    "FROM otps WHERE project_id = ?1 AND method_id = ?2 AND code = ?3 "
	    "ORDER BY number DESC LIMIT 1",
	    "sssi", rq->project->id, method_id, code, rq->now_us);
	if (!query_next(&query))
		return API_OTP_CODE_NOT_FOUND;
	if (query_int(&query, 1) == 0)
		return API_UNABLE_TO_AUTH_OTP_CODE;
	error =
	    attributes_check(rq, query_text(&query, 2), query_text(&query, 3));
	if (error == API_OK)
		store_run(rq->store,
		    "UPDATE otps SET live = 0 WHERE number = ?", "i",
		    query_int(&query, 0));
	return error;
}

bool
otp_last(struct request *rq, const char *method_id, struct id *out_owner_id,
    char *out_channel, size_t channel_size)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT owner_id, kind FROM otps WHERE project_id = ? AND "
	    "method_id = ? ORDER BY number DESC LIMIT 1",
	    "ss", rq->project->id, method_id);
	if (!query_next(&query))
		return false;
	query_copy(&query, 0, out_owner_id->text, sizeof(out_owner_id->text));
	query_copy(&query, 1, out_channel, channel_size);
	return true;
}
