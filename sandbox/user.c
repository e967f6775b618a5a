/* SPDX-License-Identifier: BSD-2-Clause */
/* Users: made, changed, shown, logged in. */
#include "config.h"

#include "sandbox/user.h"

#include "sandbox/device.h"
#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/metadata.h"
#include "sandbox/password.h"
#include "sandbox/session.h"
#include "sandbox/settings.h"
#include "sandbox/totp.h"

#include <errno.h>
#include <string.h>

enum api_error
user_find(struct request *rq, const char *user_id, struct id *out_user_id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT user_id FROM users WHERE project_id = ?1 AND (user_id = "
	    "?2 OR external_id = ?2)",
	    "ss", rq->project->id, user_id);
	if (!query_next(&query))
		return API_USER_NOT_FOUND;
	query_copy(&query, 0, out_user_id->text, sizeof(out_user_id->text));
	return API_OK;
}

/* ---- Making and changing. ---- */

static enum api_error
check_roles(struct request *rq, const cJSON *roles)
{
	CLEANUP(json_free) cJSON *policy = NULL;
	const cJSON *role, *known;

	if (roles == NULL)
		return API_OK;
	policy = project_policy(rq);
	cJSON_ArrayForEach (role, roles) {
		bool found = false;

		cJSON_ArrayForEach (known, json_get(policy, "roles")) {
			const char *id = json_string(known, "role_id");

			if (id != NULL && cJSON_IsString(role) &&
			    strcmp(id, role->valuestring) == 0)
				found = true;
		}
		if (!found)
			return API_INVALID_ROLE;
	}
	return API_OK;
}

static enum api_error
check_external_id(struct request *rq, const char *user_id,
    const char *external_id)
{
	int64_t others = 0;

	if (external_id != NULL)
		others = store_int(rq->store, 0,
		    "SELECT count(*) FROM users WHERE project_id = ? AND "
		    "external_id = ? AND user_id <> ?",
		    "sss", rq->project->id, external_id, user_id);
	return others == 0 ? API_OK : API_DUPLICATE_USER_EXTERNAL_ID;
}

/* The user's metadata of that column merged with update, and kept. */
static enum api_error
merge_metadata(struct request *rq, const char *user_id, bool trusted,
    const cJSON *update)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	CLEANUP(string_free) char *text = NULL;
	enum api_error error;

	if (update == NULL)
		return API_OK;
	query_open(&query, rq->store,
	    trusted ? "SELECT trusted_metadata FROM users WHERE user_id = ?"
		    : "SELECT untrusted_metadata FROM users WHERE user_id = ?",
	    "s", user_id);
	error =
	    metadata_merge(query_next(&query) ? query_text(&query, 0) : NULL,
		update, &text);
	query_close(&query);
	if (error == API_OK)
		store_run(rq->store,
		    trusted ? "UPDATE users SET trusted_metadata = ? WHERE "
			      "user_id = ?"
			    : "UPDATE users SET untrusted_metadata = ? WHERE "
			      "user_id = ?",
		    "ss", text, user_id);
	return error;
}

static void
set_name(struct request *rq, const char *user_id, const cJSON *name)
{
	if (name != NULL)
		store_run(rq->store,
		    "UPDATE users SET first_name = coalesce(?, first_name), "
		    "middle_name = coalesce(?, middle_name), last_name = "
		    "coalesce(?, last_name) WHERE user_id = ?",
		    "ssss", json_string(name, "first_name"),
		    json_string(name, "middle_name"),
		    json_string(name, "last_name"), user_id);
}

static void
set_roles(struct request *rq, const char *user_id, const cJSON *roles)
{
	CLEANUP(string_free) char *text = NULL;

	if (roles == NULL)
		return;
	text = json_text(roles);
	store_run(rq->store, "UPDATE users SET roles = ? WHERE user_id = ?",
	    "ss", text, user_id);
}

enum api_error
user_update(struct request *rq, const char *user_id, const cJSON *object)
{
	const char *external_id = json_string(object, "external_id");
	enum api_error error = check_external_id(rq, user_id, external_id);

	if (error == API_OK)
		error = check_roles(rq, json_get(object, "roles"));
	if (error == API_OK)
		error = merge_metadata(rq, user_id, true,
		    json_get(object, "trusted_metadata"));
	if (error == API_OK)
		error = merge_metadata(rq, user_id, false,
		    json_get(object, "untrusted_metadata"));
	if (error != API_OK)
		return error;
	set_name(rq, user_id, json_get(object, "name"));
	set_roles(rq, user_id, json_get(object, "roles"));
	if (external_id != NULL)
		store_run(rq->store,
		    "UPDATE users SET external_id = ? WHERE user_id = ?", "ss",
		    external_id, user_id);
	return API_OK;
}

enum api_error
user_add(struct request *rq, const struct user_wish *wish,
    struct id *out_user_id)
{
	struct id id;

	request_id_make(rq, "user", &id);
	if (wish->user_id != NULL) {
		size_t len = strnlen(wish->user_id, sizeof(id.text) - 1);

		memcpy(id.text, wish->user_id, len);
		id.text[len] = '\0';
	}
	store_run(rq->store,
	    "INSERT INTO users (user_id, project_id, status, created_at) "
	    "VALUES (?, ?, ?, ?)",
	    "sssi", id.text, rq->project->id,
	    wish->pending ? "pending" : "active", rq->now_us);
	*out_user_id = id;
	return user_update(rq, id.text, wish->object);
}

void
user_delete(struct request *rq, const char *user_id)
{
	session_revoke_owner(rq, user_id, NULL);
	totp_delete(rq, user_id);
	password_delete(rq, user_id);
	lock_forget(rq, user_id);
	device_forget(rq, user_id);
	store_run(rq->store, "DELETE FROM links WHERE owner_id = ?", "s",
	    user_id);
	store_run(rq->store, "DELETE FROM otps WHERE owner_id = ?", "s",
	    user_id);
	store_run(rq->store, "DELETE FROM challenges WHERE owner_id = ?", "s",
	    user_id);
	store_run(rq->store, "DELETE FROM registrations WHERE owner_id = ?",
	    "s", user_id);
	store_run(rq->store, "DELETE FROM users WHERE user_id = ?", "s",
	    user_id);
}

bool
user_is_pending(struct request *rq, const char *user_id)
{
	return store_int(rq->store, 0,
		   "SELECT count(*) FROM users WHERE user_id = ? AND status "
		   "= 'pending'",
		   "s", user_id) != 0;
}

void
user_activate(struct request *rq, const char *user_id)
{
	store_run(rq->store,
	    "UPDATE users SET status = 'active' WHERE user_id = ?", "s",
	    user_id);
}

/* ---- Showing. ---- */

/* The lists of what is kept as registrations. */
static void
describe_registrations(struct request *rq, const char *user_id, cJSON *object)
{
	static const struct {
		const char *kind, *member;
	} lists[] = {
		{ "webauthn", "webauthn_registrations" },
		{ "oauth", "providers" },
		{ "crypto_wallet", "crypto_wallets" },
		{ "biometric", "biometric_registrations" },
	};
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list[ARRAY_LEN(lists)];

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		json_set(object, lists[i].member, json_array());
		/* What could not be set is gone. */
		list[i] =
		    cJSON_GetObjectItemCaseSensitive(object, lists[i].member);
	}
	query_open(&query, rq->store,
	    "SELECT kind, details FROM registrations WHERE owner_id = ? "
	    "ORDER BY created_at, registration_id",
	    "s", user_id);
	while (query_next(&query)) {
		for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
			if (strcmp(query_text(&query, 0), lists[i].kind) == 0)
				json_push(list[i],
				    json_parse_stored(query_text(&query, 1),
					"{}"));
		}
	}
}

static cJSON *
totps_json(struct request *rq, const char *user_id)
{
	cJSON *list = json_array();
	struct totp totp;

	if (totp_find(rq, user_id, &totp)) {
		cJSON *item = json_object();

		json_set_string(item, "totp_id", totp.totp_id);
		json_set_bool(item, "verified", totp.verified);
		json_push(list, item);
	}
	return list;
}

static void
describe_password(struct request *rq, const char *user_id, cJSON *object)
{
	struct password password;
	cJSON *item;

	if (!password_find(rq, user_id, &password)) {
		json_set_null(object, "password");
		return;
	}
	item = json_object();
	json_set_string(item, "password_id", password.password_id);
	json_set_bool(item, "requires_reset", password.requires_reset);
	json_set(object, "password", item);
}

static void
describe_row(struct request *rq, const char *user_id, cJSON *object)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *name = json_object();

	query_open(&query, rq->store,
	    "SELECT status, first_name, middle_name, last_name, "
	    "trusted_metadata, untrusted_metadata, roles, created_at, "
	    "external_id FROM users WHERE user_id = ?",
	    "s", user_id);
	if (!query_next(&query))
		store_fail(rq->store, -ENOENT);
	else {
		json_set_string(object, "status", query_text(&query, 0));
		json_set_string(name, "first_name", query_text(&query, 1));
		json_set_string(name, "middle_name", query_text(&query, 2));
		json_set_string(name, "last_name", query_text(&query, 3));
		json_set(object, "trusted_metadata",
		    json_parse_stored(query_text(&query, 4), "{}"));
		json_set(object, "untrusted_metadata",
		    json_parse_stored(query_text(&query, 5), "{}"));
		json_set(object, "roles",
		    json_parse_stored(query_text(&query, 6), "[]"));
		json_set_time(object, "created_at", query_int(&query, 7));
		json_set_string(object, "external_id", query_text(&query, 8));
	}
	json_set(object, "name", name);
}

void
user_describe(struct request *rq, const char *user_id, cJSON *object)
{
	if (magic_is(rq, user_id, MAGIC_USER)) {
		magic_describe_user(rq, object);
		return;
	}
	json_set_string(object, "user_id", user_id);
	describe_row(rq, user_id, object);
	json_set(object, "emails", contact_list(rq, CONTACT_EMAIL, user_id));
	json_set(object, "phone_numbers",
	    contact_list(rq, CONTACT_PHONE, user_id));
	describe_registrations(rq, user_id, object);
	json_set(object, "totps", totps_json(rq, user_id));
	describe_password(rq, user_id, object);
	lock_describe(rq, user_id, object);
}

cJSON *
user_json(struct request *rq, const char *user_id)
{
	cJSON *object = json_object();

	user_describe(rq, user_id, object);
	return object;
}

/* ---- Login. ---- */

cJSON *
user_session_roles(struct request *rq, const char *user_id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *roles;

	query_open(&query, rq->store,
	    "SELECT roles FROM users WHERE user_id = ?", "s", user_id);
	roles =
	    json_parse_stored(query_next(&query) ? query_text(&query, 0) : NULL,
		"[]");
	if (!json_has_string(roles, "stytch_user"))
		json_push_string(roles, "stytch_user");
	return roles;
}

/* The session that the factor goes to; *out_any: there is one. */
static enum api_error
login_session(struct request *rq, const char *user_id,
    struct session *out_session, bool *out_any)
{
	int64_t minutes = param_int(rq, "session_duration_minutes", 0);
	enum api_error error = session_from_params(rq, out_session, out_any);

	if (error != API_OK)
		return error;
	if (*out_any && strcmp(out_session->owner_id, user_id) != 0)
		return API_USER_ID_MISMATCH;
	if (!*out_any && minutes == 0)
		return API_OK;
	if (!*out_any)
		session_begin(rq, user_id, NULL, out_session);
	*out_any = true;
	if (minutes != 0)
		error = session_extend(rq, out_session, minutes);
	if (error == API_OK)
		error = session_merge_claims(rq, out_session);
	out_session->last_accessed_at = rq->now_us;
	return error;
}

enum api_error
user_login(struct request *rq, const char *user_id, cJSON *factor)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	CLEANUP(json_free) cJSON *owned = factor;
	CLEANUP(json_free) cJSON *roles = NULL;
	struct session_view view;
	enum api_error error;
	bool any = false;

	error = login_session(rq, user_id, &session, &any);
	if (error != API_OK)
		return error;
	lock_forget(rq, user_id);
	user_activate(rq, user_id);
	roles = user_session_roles(rq, user_id);
	view.roles = roles;
	view.organization_slug = NULL;
	if (any) {
		session_add_factor(rq, &session, STEAL(owned));
		session_save(rq, &session);
	}
	json_set_string(rq->reply, "user_id", user_id);
	json_set(rq->reply, "user", user_json(rq, user_id));
	session_reply(rq, any ? &session : NULL, &view, "session");
	device_reply(rq, user_id, "user_device");
	return API_OK;
}
