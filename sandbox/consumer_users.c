/* SPDX-License-Identifier: BSD-2-Clause */
/* users.*: made, read, changed, taken apart (the search is in a file apart). */
#include "config.h"

#include "sandbox/contact.h"
#include "sandbox/grant.h"
#include "sandbox/password.h"
#include "sandbox/totp.h"
#include "sandbox/user.h"

#include <string.h>

/* Add the address of parameter name, if it is given; its id to the reply. */
static enum api_error
add_contact(struct request *rq, enum contact_kind kind, const char *name,
    const struct id *user_id)
{
	bool email = kind == CONTACT_EMAIL;
	const char *address = param_string(rq, name);
	struct contact_wish wish = { .kind = kind,
		.user_id = user_id->text,
		.address = address };
	struct contact contact = { .id = "" };

	if (address != NULL) {
		if (contact_find(rq, kind, address, &contact))
			return email ? API_DUPLICATE_EMAIL
				     : API_DUPLICATE_PHONE_NUMBER;
		contact_add(rq, &wish, &contact);
	}
	json_set_string(rq->reply, email ? "email_id" : "phone_id", contact.id);
	return API_OK;
}

enum api_error
users_create(struct request *rq)
{
	struct user_wish wish = {
		.object = rq->params,
		.pending = param_bool(rq, "create_user_as_pending", false),
	};
	enum api_error error;
	struct id user_id;

	error = user_add(rq, &wish, &user_id);
	if (error == API_OK)
		error = add_contact(rq, CONTACT_EMAIL, "email", &user_id);
	if (error == API_OK)
		error =
		    add_contact(rq, CONTACT_PHONE, "phone_number", &user_id);
	if (error != API_OK)
		return error;
	json_set_string(rq->reply, "user_id", user_id.text);
	json_set_string(rq->reply, "status",
	    wish.pending ? "pending" : "active");
	json_set(rq->reply, "user", user_json(rq, user_id.text));
	rq->status = 201;
	return API_OK;
}

enum api_error
users_get(struct request *rq)
{
	struct id user_id;
	enum api_error error =
	    user_find(rq, param_string(rq, "user_id"), &user_id);

	if (error == API_OK)
		user_describe(rq, user_id.text, rq->reply);
	return error;
}

enum api_error
users_update(struct request *rq)
{
	struct id user_id;
	enum api_error error =
	    user_find(rq, param_string(rq, "user_id"), &user_id);

	if (error == API_OK)
		error = user_update(rq, user_id.text, rq->params);
	if (error != API_OK)
		return error;
	json_set_string(rq->reply, "user_id", user_id.text);
	json_set(rq->reply, "user", user_json(rq, user_id.text));
	json_set(rq->reply, "emails",
	    contact_list(rq, CONTACT_EMAIL, user_id.text));
	json_set(rq->reply, "phone_numbers",
	    contact_list(rq, CONTACT_PHONE, user_id.text));
	json_set(rq->reply, "crypto_wallets",
	    json_copy(json_get(json_get(rq->reply, "user"), "crypto_wallets")));
	return API_OK;
}

enum api_error
users_delete(struct request *rq)
{
	struct id user_id;
	enum api_error error =
	    user_find(rq, param_string(rq, "user_id"), &user_id);

	if (error != API_OK)
		return error;
	user_delete(rq, user_id.text);
	json_set_string(rq->reply, "user_id", user_id.text);
	return API_OK;
}

/* The answer of the calls that take something off a user. */
static enum api_error
answer_user(struct request *rq, const char *user_id)
{
	json_set_string(rq->reply, "user_id", user_id);
	json_set(rq->reply, "user", user_json(rq, user_id));
	return API_OK;
}

/* The user's only address, which may be exchanged; false: none or several. */
static bool
only_contact(struct request *rq, const char *user_id,
    struct contact *out_contact)
{
	CLEANUP(json_free)
	cJSON *emails = contact_list(rq, CONTACT_EMAIL, user_id);
	CLEANUP(json_free)
	cJSON *phones = contact_list(rq, CONTACT_PHONE, user_id);

	if (cJSON_GetArraySize(emails) + cJSON_GetArraySize(phones) != 1)
		return false;
	if (emails->child != NULL)
		return contact_by_id(rq, CONTACT_EMAIL,
		    json_string(emails->child, "email_id"), out_contact);
	return contact_by_id(rq, CONTACT_PHONE,
	    json_string(phones->child, "phone_id"), out_contact);
}

enum api_error
users_exchange_primary_factor(struct request *rq)
{
	const char *email = param_string(rq, "email_address");
	enum contact_kind kind = email != NULL ? CONTACT_EMAIL : CONTACT_PHONE;
	struct contact_wish wish = { .kind = kind };
	struct contact old, other;
	struct id user_id;
	enum api_error error =
	    user_find(rq, param_string(rq, "user_id"), &user_id);

	if (error != API_OK)
		return error;
	if (!only_contact(rq, user_id.text, &old))
		return API_INVALID_EXCHANGE_PRIMARY_FACTOR_USER;
	wish.user_id = user_id.text;
	wish.address = email != NULL ? email : param_string(rq, "phone_number");
	wish.verified = true;
	contact_delete(rq, &old);
	if (contact_find(rq, kind, wish.address, &other))
		return email != NULL ? API_DUPLICATE_EMAIL
				     : API_DUPLICATE_PHONE_NUMBER;
	contact_add(rq, &wish, &other);
	return answer_user(rq, user_id.text);
}

/* Delete an address by the id in parameter name. */
static enum api_error
delete_contact(struct request *rq, enum contact_kind kind, const char *name)
{
	struct contact contact;

	if (!contact_by_id(rq, kind, param_string(rq, name), &contact))
		return kind == CONTACT_EMAIL ? API_EMAIL_NOT_FOUND
					     : API_PHONE_NUMBER_NOT_FOUND;
	if (contact_count(rq, contact.user_id) == 1)
		return API_CANNOT_DELETE_LAST_PRIMARY_FACTOR;
	contact_delete(rq, &contact);
	return answer_user(rq, contact.user_id);
}

enum api_error
users_emails_delete(struct request *rq)
{
	return delete_contact(rq, CONTACT_EMAIL, "email_id");
}

enum api_error
users_phone_numbers_delete(struct request *rq)
{
	return delete_contact(rq, CONTACT_PHONE, "phone_id");
}

/* The owner of a row; false: there is none. */
static bool
owner_of(struct request *rq, const char *sql, const char *id,
    struct id *out_owner)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store, sql, "ss", id, rq->project->id);
	if (!query_next(&query))
		return false;
	query_copy(&query, 0, out_owner->text, sizeof(out_owner->text));
	return true;
}

/* Delete a registration of whatever kind by the id in parameter name. */
static enum api_error
delete_registration(struct request *rq, const char *name,
    enum api_error missing)
{
	const char *id = param_string(rq, name);
	struct id owner;

	if (!owner_of(rq,
		"SELECT owner_id FROM registrations WHERE registration_id = "
		"? AND project_id = ?",
		id, &owner))
		return missing;
	store_run(rq->store,
	    "DELETE FROM registrations WHERE registration_id = ? AND "
	    "owner_id = ?",
	    "ss", id, owner.text);
	return answer_user(rq, owner.text);
}

enum api_error
users_webauthn_registrations_delete(struct request *rq)
{
	return delete_registration(rq, "webauthn_registration_id",
	    API_WEBAUTHN_REGISTRATION_NOT_FOUND);
}

enum api_error
users_biometric_registrations_delete(struct request *rq)
{
	return delete_registration(rq, "biometric_registration_id",
	    API_BIOMETRIC_REGISTRATION_NOT_FOUND);
}

enum api_error
users_crypto_wallets_delete(struct request *rq)
{
	return delete_registration(rq, "crypto_wallet_id",
	    API_CRYPTO_WALLET_NOT_FOUND);
}

enum api_error
users_oauth_delete_oauth_registration(struct request *rq)
{
	return delete_registration(rq, "oauth_user_registration_id",
	    API_OAUTH_USER_REGISTRATION_NOT_FOUND);
}

enum api_error
users_totps_delete(struct request *rq)
{
	struct id owner;

	if (!owner_of(rq,
		"SELECT owner_id FROM totps WHERE totp_id = ? AND project_id "
		"= ?",
		param_string(rq, "totp_id"), &owner))
		return API_TOTP_NOT_FOUND;
	totp_delete(rq, owner.text);
	return answer_user(rq, owner.text);
}

enum api_error
users_passwords_delete(struct request *rq)
{
	struct id owner;

	if (!owner_of(rq,
		"SELECT owner_id FROM passwords WHERE password_id = ? AND "
		"project_id = ?",
		param_string(rq, "password_id"), &owner))
		return API_PASSWORD_NOT_FOUND;
	password_delete(rq, owner.text);
	return answer_user(rq, owner.text);
}

enum api_error
users_external_id_delete(struct request *rq)
{
	struct id user_id;
	enum api_error error =
	    user_find(rq, param_string(rq, "user_id"), &user_id);

	if (error != API_OK)
		return error;
	store_run(rq->store,
	    "UPDATE users SET external_id = NULL WHERE user_id = ?", "s",
	    user_id.text);
	return answer_user(rq, user_id.text);
}

enum api_error
users_connected_apps(struct request *rq)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();
	struct id user_id;
	enum api_error error =
	    user_find(rq, param_string(rq, "user_id"), &user_id);

	query_open(&query, rq->store,
	    "SELECT details FROM registrations WHERE owner_id = ? AND kind = "
	    "'connected_app' ORDER BY created_at, registration_id",
	    "s", error == API_OK ? user_id.text : "");
	while (query_next(&query))
		json_push(list, json_parse_stored(query_text(&query, 0), "{}"));
	json_set(rq->reply, "connected_apps", list);
	return error;
}

enum api_error
users_connected_apps_revoke(struct request *rq)
{
	struct id user_id;
	enum api_error error =
	    user_find(rq, param_string(rq, "user_id"), &user_id);

	if (error != API_OK)
		return error;
	return grant_revoke(rq, param_string(rq, "connected_app_id"),
		   user_id.text)
	    ? API_OK
	    : API_CONNECTED_APP_NOT_FOUND;
}
