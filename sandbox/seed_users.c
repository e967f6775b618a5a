/* SPDX-License-Identifier: BSD-2-Clause */
/* The seed's users. */
#include "config.h"

#include "sandbox/contact.h"
#include "sandbox/lock.h"
#include "sandbox/password.h"
#include "sandbox/seed.h"
#include "sandbox/totp.h"
#include "sandbox/user.h"
#include "sandbox/validate.h"

#include <string.h>

/* A string of the list, or the member name of an object of it. */
static const char *
text_of(const cJSON *item, const char *name)
{
	const char *text = cJSON_GetStringValue(item);

	return text != NULL ? text : json_string(item, name);
}

static enum api_error
add_contact(struct request *rq, const char *user_id, enum contact_kind kind,
    const cJSON *item)
{
	bool email = kind == CONTACT_EMAIL;
	struct contact_wish wish = {
		.kind = kind,
		.user_id = user_id,
		.address = text_of(item, email ? "email" : "phone_number"),
		.id = json_string(item, email ? "email_id" : "phone_id"),
		.verified = json_bool(item, "verified", true),
	};
	struct contact contact;

	if (wish.address == NULL ||
	    !(email ? is_email(wish.address) : is_phone_number(wish.address)))
		return email ? API_INVALID_EMAIL : API_INVALID_PHONE_NUMBER;
	if (wish.id != NULL &&
	    !id_is_kind(wish.id, email ? "email" : "phone-number"))
		return API_INVALID_ID;
	if (contact_find(rq, kind, wish.address, &contact))
		return email ? API_DUPLICATE_EMAIL : API_DUPLICATE_PHONE_NUMBER;
	contact_add(rq, &wish, &contact);
	return API_OK;
}

static enum api_error
add_contacts(struct request *rq, const char *user_id, const cJSON *user)
{
	enum api_error error = API_OK;
	const cJSON *item;

	cJSON_ArrayForEach (item, json_get(user, "emails")) {
		if (error == API_OK)
			error = add_contact(rq, user_id, CONTACT_EMAIL, item);
	}
	cJSON_ArrayForEach (item, json_get(user, "phone_numbers")) {
		if (error == API_OK)
			error = add_contact(rq, user_id, CONTACT_PHONE, item);
	}
	return error;
}

/* "totp" with its parts, or "totp_secret" alone. */
static enum api_error
add_totp(struct request *rq, const char *user_id, const cJSON *user)
{
	const cJSON *item = json_get(user, "totp");
	const char *secret = json_string(user, "totp_secret");
	struct totp_wish wish = {
		.kind = "totp",
		.owner_id = user_id,
		.secret = secret != NULL ? secret : json_string(item, "secret"),
		.recovery_codes = json_get(item, "recovery_codes"),
		.totp_id = json_string(item, "totp_id"),
		.minutes = 1440,
		.verified = json_bool(item, "verified", true),
	};
	struct totp totp;

	if (item == NULL && secret == NULL)
		return API_OK;
	if (wish.totp_id != NULL && !id_is_kind(wish.totp_id, "totp"))
		return API_INVALID_TOTP_ID;
	return totp_create(rq, &wish, &totp);
}

/* "password" is the word itself; "password_hash" what migrate takes. */
static enum api_error
add_password(struct request *rq, const char *user_id, const cJSON *user)
{
	const char *password = json_string(user, "password");
	const cJSON *hash = json_get(user, "password_hash");

	if (password != NULL)
		password_set(rq, "password", user_id, password);
	if (hash != NULL)
		return password_import(rq, "password", user_id, hash);
	return API_OK;
}

/* Passkeys, wallets and the like, as the API shows them. */
static enum api_error
add_registrations(struct request *rq, const char *user_id, const cJSON *user)
{
	static const struct {
		const char *member, *kind, *id;
	} lists[] = {
		{ "webauthn_registrations", "webauthn",
		    "webauthn_registration_id" },
		{ "biometric_registrations", "biometric",
		    "biometric_registration_id" },
		{ "crypto_wallets", "crypto_wallet", "crypto_wallet_id" },
		{ "providers", "oauth", "oauth_user_registration_id" },
		{ "connected_apps", "connected_app", "connected_app_id" },
	};
	const cJSON *item;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		cJSON_ArrayForEach (item, json_get(user, lists[i].member)) {
			CLEANUP(string_free) char *text = json_text(item);
			const char *id = json_string(item, lists[i].id);

			if (id == NULL)
				return API_INVALID_ID;
			store_run(rq->store,
			    "INSERT INTO registrations VALUES (?, ?, ?, ?, "
			    "?, ?)",
			    "sssssi", id, rq->project->id, user_id,
			    lists[i].kind, text, rq->now_us);
		}
	}
	return API_OK;
}

/* Whether the user of the seed is there from an earlier run. */
static bool
is_there(struct request *rq, const cJSON *user)
{
	const char *user_id = json_string(user, "user_id");
	const char *external_id = json_string(user, "external_id");
	const char *email = text_of(json_get(user, "emails") != NULL
		? json_get(user, "emails")->child
		: NULL,
	    "email");
	struct contact contact;
	struct id found;

	if (user_id != NULL)
		return user_find(rq, user_id, &found) == API_OK;
	if (external_id != NULL)
		return user_find(rq, external_id, &found) == API_OK;
	return email != NULL &&
	    contact_find(rq, CONTACT_EMAIL, email, &contact);
}

/* What users.update takes is checked as there. */
static enum api_error
check_updatable(struct request *rq, const cJSON *user)
{
	CLEANUP(json_free) cJSON *params = json_object();
	const cJSON *member;

	rq->endpoint = endpoint_get(STYTCH_USERS_UPDATE);
	cJSON_ArrayForEach (member, user) {
		if (endpoint_param(rq->endpoint, member->string) != NULL)
			json_set(params, member->string, json_copy(member));
	}
	json_set_string(params, "user_id", "seed");
	return validate_params(rq, params);
}

static enum api_error
check_user(struct request *rq, const cJSON *user)
{
	static const char *const members[] = { "user_id", "external_id", "name",
		"emails", "phone_numbers", "status", "roles",
		"trusted_metadata", "untrusted_metadata", "password",
		"password_hash", "totp", "totp_secret", "locked",
		"webauthn_registrations", "biometric_registrations",
		"crypto_wallets", "providers", "connected_apps" };
	const char *user_id = json_string(user, "user_id");
	const cJSON *member;

	cJSON_ArrayForEach (member, user) {
		size_t i = 0;

		while (i < ARRAY_LEN(members) &&
		    strcmp(members[i], member->string) != 0)
			i++;
		if (i == ARRAY_LEN(members))
			return request_refuse(rq, API_BAD_REQUEST,
			    "A user has no member %.64s.", member->string);
	}
	if (user_id != NULL && !id_is_kind(user_id, "user"))
		return API_INVALID_USER_ID;
	return check_updatable(rq, user);
}

static enum api_error
add_user(struct request *rq, const cJSON *user)
{
	const char *status = json_string(user, "status");
	struct user_wish wish = {
		.object = user,
		.user_id = json_string(user, "user_id"),
		.pending = status != NULL && strcmp(status, "pending") == 0,
	};
	enum api_error error = check_user(rq, user);
	struct id user_id;

	if (error != API_OK || is_there(rq, user))
		return error;
	error = user_add(rq, &wish, &user_id);
	if (error == API_OK)
		error = add_contacts(rq, user_id.text, user);
	if (error == API_OK)
		error = add_password(rq, user_id.text, user);
	if (error == API_OK)
		error = add_totp(rq, user_id.text, user);
	if (error == API_OK)
		error = add_registrations(rq, user_id.text, user);
	if (error == API_OK && json_bool(user, "locked", false))
		lock_set(rq, user_id.text, true);
	return error;
}

enum api_error
seed_users(struct request *rq, const cJSON *list)
{
	const cJSON *user;

	if (!cJSON_IsArray(list))
		return request_refuse(rq, API_BAD_REQUEST,
		    "users is an array.");
	cJSON_ArrayForEach (user, list) {
		enum api_error error = cJSON_IsObject(user)
		    ? add_user(rq, user)
		    : request_refuse(rq, API_BAD_REQUEST,
			  "A user is an object.");

		if (error != API_OK)
			return error;
	}
	return API_OK;
}
