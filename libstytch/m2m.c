/* SPDX-License-Identifier: BSD-2-Clause */
/* Access tokens of machines: had, asked about, verified; see stytch.h. */
#include "config.h"

#include "libstytch/client.h"
#include "libstytch/error.h"
#include "libstytch/json.h"
#include "libstytch/reply.h"

#include <stytch/stytch.h>

#include <string.h>

#define FORM_MAX 65536
#define TARGET_MAX 1024
#define REPLY_MAX 65536

/* A form's fields, name and value by turns, ending with NULL. */
static enum stytch_class
post_form(struct stytch_client *client, const char *verb,
    const char *const *fields, struct stytch_reply **out_reply,
    struct stytch_error *error)
{
	CLEANUP(buf_clear) struct buf form = BUF_INIT(FORM_MAX);
	CLEANUP(buf_clear) struct buf target = BUF_INIT(TARGET_MAX);
	CLEANUP(secret_clear) struct secret body = SECRET_INIT;
	CLEANUP(exchange_clear)
	struct exchange exchange = {
		.method = "POST",
		.origin = &client->api,
		.body = &body,
		.member_header = "",
		.is_form = true,
		.reply_max = REPLY_MAX,
		.deadline_ms = transport_now_ms() + client->total_timeout_ms,
	};
	enum stytch_class class_;

	for (; fields[0] != NULL; fields += 2) {
		if (fields[1] == NULL)
			continue;
		if (form.len > 0)
			buf_addc(&form, '&');
		buf_adds(&form, fields[0]);
		buf_addc(&form, '=');
		buf_add_encoded(&form, fields[1]);
	}
	buf_adds(&target, "/v1/public/");
	buf_add_segment(&target, client->project_id);
	buf_addf(&target, "/oauth2/%s", verb);
	if (buf_error(&form) != 0 || buf_error(&target) != 0 ||
	    secret_set(&body, buf_text(&form), form.len) != 0)
		return error_set(error, STYTCH_UNAVAILABLE, "",
		    "out of memory, or the request is too long");
	exchange.target = buf_text(&target);
	class_ = transport_perform(&client->transport, &exchange, error);
	if (class_ != STYTCH_OK)
		return class_;
	return reply_parse(exchange.http_status, buf_text(&exchange.reply),
	    exchange.reply.len, out_reply, error);
}

/* A server that quotes a secret must not get it into a log. */
static void
hide(struct stytch_error *error, const char *secret)
{
	if (secret != NULL && secret[0] != '\0' &&
	    strstr(error->message, secret) != NULL)
		error_text(error->message, sizeof(error->message), "");
}

static enum stytch_class
missing(struct stytch_error *error, const char *name)
{
	return error_set(error, STYTCH_MISCONFIGURED, name, "is required");
}

static bool
is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* Give the caller the failure, if it wants it. */
static enum stytch_class
done(enum stytch_class class_, const struct stytch_error *failure,
    struct stytch_error *error)
{
	if (class_ != STYTCH_OK && error != NULL)
		*error = *failure;
	return class_;
}

/* What every call needs and was not given; NULL: all is there. */
static const char *
lacking(const struct stytch_client *client,
    const struct stytch_m2m_client *machine)
{
	if (client == NULL)
		return "client";
	return machine == NULL || !is_set(machine->client_id) ? "client_id"
							      : NULL;
}

static enum stytch_class
get_token(struct stytch_client *client, const struct stytch_m2m_client *machine,
    const char *scope, struct stytch_reply **out_reply,
    struct stytch_error *error)
{
	const char *fields[] = { "grant_type", "client_credentials",
		"client_id", machine->client_id, "client_secret",
		machine->client_secret, "scope", is_set(scope) ? scope : NULL,
		NULL };
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	enum stytch_class class_;

	if (!is_set(machine->client_secret))
		return missing(error, "client_secret");
	class_ = post_form(client, "token", fields, &reply, error);
	if (class_ != STYTCH_OK) {
		hide(error, machine->client_secret);
		return class_;
	}
	if (stytch_reply_string(reply, "access_token") == NULL)
		return error_set(error, STYTCH_PROTOCOL, "access_token",
		    "is missing in the answer");
	*out_reply = STEAL(reply);
	return STYTCH_OK;
}

enum stytch_class
stytch_m2m_token(struct stytch_client *client,
    const struct stytch_m2m_client *machine, const char *scope,
    struct stytch_reply **out_reply, struct stytch_error *error)
{
	const char *lacks = lacking(client, machine);
	struct stytch_error failure;
	enum stytch_class class_ = lacks != NULL
	    ? missing(&failure, lacks)
	    : get_token(client, machine, scope, out_reply, &failure);

	return done(class_, &failure, error);
}

static enum stytch_class
introspect(struct stytch_client *client,
    const struct stytch_m2m_client *machine, const char *token,
    struct stytch_reply **out_reply, struct stytch_error *error)
{
	const char *secret = machine->client_secret;
	const char *fields[] = { "token", token, "client_id",
		machine->client_id, "client_secret",
		is_set(secret) ? secret : NULL, "token_type_hint",
		"access_token", NULL };
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	enum stytch_class class_;

	if (!is_set(token))
		return missing(error, "token");
	class_ = post_form(client, "introspect", fields, &reply, error);
	if (class_ != STYTCH_OK) {
		hide(error, secret);
		hide(error, token);
		return class_;
	}
	if (!cJSON_IsBool(json_at(stytch_reply_json(reply), "active")))
		return error_set(error, STYTCH_PROTOCOL, "active",
		    "is missing in the answer");
	*out_reply = STEAL(reply);
	return STYTCH_OK;
}

enum stytch_class
stytch_m2m_introspect(struct stytch_client *client,
    const struct stytch_m2m_client *machine, const char *token,
    struct stytch_reply **out_reply, struct stytch_error *error)
{
	const char *lacks = lacking(client, machine);
	struct stytch_error failure;
	enum stytch_class class_ = lacks != NULL
	    ? missing(&failure, lacks)
	    : introspect(client, machine, token, out_reply, &failure);

	return done(class_, &failure, error);
}

/* ---- scopes --------------------------------------------------------------- */

/* A scope's two halves; without a colon it is of the resource "-". */
struct scope {
	const char *action, *resource;
	size_t action_len, resource_len;
};

/* The next of a list by blanks; false at its end. */
static bool
next_scope(const char **list, struct scope *out_scope)
{
	const char *start = *list + strspn(*list, " ");
	size_t len = strcspn(start, " ");
	const char *colon = memchr(start, ':', len);

	if (len == 0)
		return false;
	out_scope->action = start;
	out_scope->action_len = colon == NULL ? len : (size_t)(colon - start);
	out_scope->resource = colon == NULL ? "-" : colon + 1;
	out_scope->resource_len =
	    colon == NULL ? 1 : len - out_scope->action_len - 1;
	*list = start + len;
	return true;
}

static bool
is_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* Whether one of granted covers what is needed. */
static bool
is_granted(const char *granted, const struct scope *needed)
{
	struct scope scope;

	while (next_scope(&granted, &scope))
		if (is_same(scope.action, scope.action_len, needed->action,
			needed->action_len) &&
		    (is_same(scope.resource, scope.resource_len, "*", 1) ||
			is_same(scope.resource, scope.resource_len,
			    needed->resource, needed->resource_len)))
			return true;
	return false;
}

static enum stytch_class
check_scopes(const cJSON *claims, const char *needed,
    struct stytch_error *error)
{
	const char *granted = cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(claims, "scope"));
	struct scope scope;

	if (cJSON_GetObjectItemCaseSensitive(claims, SESSION_CLAIM) != NULL)
		return error_set(error, STYTCH_REJECTED, "access_token",
		    "is a session's");
	if (granted == NULL)
		granted = "";
	while (needed != NULL && next_scope(&needed, &scope))
		if (!is_granted(granted, &scope))
			return error_set(error, STYTCH_DENIED, "scope",
			    "is not granted");
	return STYTCH_OK;
}

enum stytch_class
stytch_m2m_verify(struct stytch_client *client,
    const struct stytch_m2m_need *need, const char *access_token,
    struct stytch_reply **out_claims, struct stytch_error *error)
{
	CLEANUP(json_free) cJSON *claims = NULL;
	struct stytch_error failure;
	enum stytch_class class_;

	if (client == NULL || need == NULL || access_token == NULL ||
	    out_claims == NULL) {
		class_ = missing(&failure, "access_token");
		return done(class_, &failure, error);
	}
	class_ = session_token_claims(client, need->is_b2b, access_token,
	    &claims, &failure);
	if (class_ == STYTCH_OK)
		class_ = check_scopes(claims, need->scope, &failure);
	if (class_ == STYTCH_OK && reply_new(&claims, out_claims) != 0)
		class_ = error_set(&failure, STYTCH_UNAVAILABLE, "",
		    "out of memory");
	return done(class_, &failure, error);
}
