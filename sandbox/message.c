/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages and the inbox that holds them. */
#include "config.h"

#include "sandbox/message.h"

#include "sandbox/settings.h"

#include <string.h>

static enum api_error
check_phone(struct request *rq, const char *number)
{
	CLEANUP(json_free)
	cJSON *codes = settings_json(rq, "phone_country_codes");
	CLEANUP(json_free)
	cJSON *stopped = settings_json(rq, "unsubscribed_phone_numbers");
	const cJSON *code;
	bool allowed = false;

	cJSON_ArrayForEach (code, codes) {
		if (strcmp(code->valuestring, "*") == 0 ||
		    strncmp(number + 1, code->valuestring,
			strlen(code->valuestring)) == 0)
			allowed = true;
	}
	if (!allowed)
		return API_INVALID_PHONE_NUMBER_COUNTRY_CODE;
	return json_has_string(stopped, number) ? API_UNSUBSCRIBED_PHONE_NUMBER
						: API_OK;
}

static enum api_error
check_recipient(struct request *rq, const struct message *message)
{
	CLEANUP(json_free) cJSON *inactive = NULL;

	if (strcmp(message->channel, "email") != 0)
		return check_phone(rq, message->to);
	inactive = settings_json(rq, "inactive_emails");
	return json_has_string(inactive, message->to) ? API_INACTIVE_EMAIL
						      : API_OK;
}

/* The words that a person would read. */
static void
write_text(const struct message *message, struct buf *text)
{
	bool mail = strcmp(message->channel, "email") == 0;

	if (message->code != NULL)
		buf_addf(text, "Your %s code is %s.",
		    mail ? "login" : "verification", message->code);
	else if (strcmp(message->kind, "invite") == 0)
		buf_adds(text, "You have been invited. Accept:");
	else if (strcmp(message->kind, "password_reset") == 0 ||
	    strcmp(message->kind, "discovery_password_reset") == 0)
		buf_adds(text, "Reset your password:");
	else
		buf_adds(text, "Log in by this link:");
	if (message->link != NULL)
		buf_addf(text, " %s", message->link);
	if (message->other_link != NULL)
		buf_addf(text, " Or log in without a password: %s",
		    message->other_link);
	if (message->minutes > 0)
		buf_addf(text, " It expires in %lld minute%s.",
		    (long long)message->minutes,
		    message->minutes == 1 ? "" : "s");
}

enum api_error
message_send(struct request *rq, const struct message *message)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(16384);
	enum api_error error = check_recipient(rq, message);
	struct id id;

	if (error != API_OK)
		return error;
	write_text(message, &text);
	store_fail(rq->store, buf_error(&text));
	request_id_make(rq, "message", &id);
	store_run(rq->store,
	    "INSERT INTO messages (id, project_id, recipient, channel, kind, "
	    "code, token, link, text, created_at) VALUES (?, ?, ?, ?, ?, ?, "
	    "?, ?, ?, ?)",
	    "sssssssssi", id.text, rq->project->id, message->to,
	    message->channel, message->kind, message->code, message->token,
	    message->link, buf_text(&text), rq->now_us);
	return API_OK;
}

/* Of how many messages the recipients are looked at. */
#define NEWEST "5000"

static void
set_optional(cJSON *object, const char *name, struct query *query, int column)
{
	if (!query_is_null(query, column))
		json_set_string(object, name, query_text(query, column));
}

cJSON *
message_list(struct store *store, const char *to, int limit)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();

	query_open(&query, store,
	    "SELECT id, recipient, channel, kind, code, token, link, text, "
	    "created_at FROM messages WHERE ?1 IS NULL OR recipient = ?1 "
	    "ORDER BY number DESC LIMIT ?2",
	    "sd", to, limit);
	while (query_next(&query)) {
		cJSON *message = json_object();

		json_set_string(message, "id", query_text(&query, 0));
		json_set_string(message, "to", query_text(&query, 1));
		json_set_string(message, "channel", query_text(&query, 2));
		json_set_string(message, "kind", query_text(&query, 3));
		set_optional(message, "code", &query, 4);
		set_optional(message, "token", &query, 5);
		set_optional(message, "link", &query, 6);
		json_set_string(message, "text", query_text(&query, 7));
		json_set_time(message, "created_at", query_int(&query, 8));
		json_push(list, message);
	}
	return list;
}

cJSON *
message_recipients(struct store *store, int limit)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();

	query_open(&query, store,
	    "SELECT recipient, count(*) FROM (SELECT recipient, number FROM "
	    "messages ORDER BY number DESC LIMIT " NEWEST ") GROUP BY "
	    "recipient ORDER BY max(number) DESC LIMIT ?",
	    "d", limit);
	while (query_next(&query)) {
		cJSON *recipient = json_object();

		json_set_string(recipient, "to", query_text(&query, 0));
		json_set_int(recipient, "count", query_int(&query, 1));
		json_push(list, recipient);
	}
	return list;
}
