/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' logins by OAuth. */
#include "config.h"

#include "sandbox/device.h"
#include "sandbox/idp.h"
#include "sandbox/link.h"
#include "sandbox/lock.h"
#include "sandbox/magic.h"
#include "sandbox/registration.h"
#include "sandbox/session.h"
#include "sandbox/user.h"

#include <string.h>

#define MAGIC_OAUTH "hdPVZHHX0UoRa7hJTuuPHi1vlddffSnoweRbVFf5-H8g"
#define MAGIC_OAUTH_ID "oauth-user-test-de86770c-911d-463f-80e7-f0b089cffb71"

enum api_error
oauth_attach(struct request *rq)
{
	CLEANUP(session_clear) struct session session = SESSION_INIT;
	const char *user_id = param_string(rq, "user_id");
	const struct idp_provider *provider =
	    idp_provider(param_string(rq, "provider"), VERTICAL_CONSUMER);
	struct link_wish wish = {
		.kind = "oauth_attach",
		.token_type = "oauth_attach",
		.minutes = IDP_TOKEN_MINUTES,
	};
	struct token token;
	struct id id;
	bool given;
	enum api_error error;

	if (provider == NULL)
		return API_OAUTH_CONFIG_NOT_FOUND;
	if (user_id == NULL) {
		error = session_from_params(rq, &session, &given);
		if (error != API_OK)
			return error;
		user_id = session.owner_id;
	}
	error = user_find(rq, user_id, &id);
	if (error != API_OK)
		return error;
	wish.owner_id = id.text;
	wish.email = provider->name;
	link_make(rq, &wish, &token, NULL);
	json_set_string(rq->reply, "oauth_attach_token", token.text);
	return API_OK;
}

/* The user who has that subject of the provider, by *out_id; or false. */
static bool
find_registered(struct request *rq, const struct idp_provider *provider,
    const char *subject, struct id *out_user, struct id *out_registration)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT owner_id, registration_id FROM registrations WHERE "
	    "project_id = ? AND kind = 'oauth' AND json_extract(details, "
	    "'$.provider_type') = ? AND json_extract(details, "
	    "'$.provider_subject') = ?",
	    "sss", rq->project->id, provider->shown, subject);
	if (!query_next(&query))
		return false;
	query_copy(&query, 0, out_user->text, sizeof(out_user->text));
	query_copy(&query, 1, out_registration->text,
	    sizeof(out_registration->text));
	return true;
}

/* A user of that address, who is asked for first; made if there is none. */
static enum api_error
find_by_address(struct request *rq, const char *address, const char *name,
    struct id *out_user)
{
	struct contact contact;
	struct user_wish wish = { .object = NULL };
	struct contact_wish address_wish = {
		.kind = CONTACT_EMAIL,
		.address = address,
		.verified = true,
	};
	enum api_error error;
	CLEANUP(json_free) cJSON *object = json_object();
	cJSON *names;

	if (contact_find(rq, CONTACT_EMAIL, address, &contact)) {
		memcpy(out_user->text, contact.user_id, sizeof(out_user->text));
		contact_prove(rq, &contact, false);
		return API_OK;
	}
	names = json_object();
	json_set_string(names, "first_name", name);
	json_set(object, "name", names);
	wish.object = object;
	error = user_add(rq, &wish, out_user);
	if (error != API_OK)
		return error;
	address_wish.user_id = out_user->text;
	contact_add(rq, &address_wish, &contact);
	return API_OK;
}

static void
register_subject(struct request *rq, const struct id *user,
    const struct idp_provider *provider, const char *subject,
    struct id *out_registration)
{
	CLEANUP(json_free) cJSON *details = json_object();

	request_id_make(rq, "oauth-user", out_registration);
	json_set_string(details, "provider_type", provider->shown);
	json_set_string(details, "provider_subject", subject);
	json_set_string(details, "profile_picture_url", "");
	json_set_string(details, "locale", "");
	json_set_string(details, "oauth_user_registration_id",
	    out_registration->text);
	registration_keep(rq, user->text, "oauth", out_registration->text,
	    details);
}

static void
reply_provider(struct request *rq, const struct idp_provider *provider,
    const char *subject, const char *registration_id)
{
	json_set_string(rq->reply, "provider_type", provider->shown);
	json_set_string(rq->reply, "provider_subject", subject);
	json_set_string(rq->reply, "oauth_user_registration_id",
	    registration_id);
	json_set_bool(rq->reply, "reset_sessions", false);
}

/* user_login(), whose session has another name here. */
static enum api_error
log_in(struct request *rq, const char *user_id,
    const struct idp_provider *provider, const char *subject,
    const char *registration_id)
{
	cJSON *factor = factor_make(rq, "oauth", provider->delivery);
	cJSON *detail = json_object();
	enum api_error error;

	json_set_string(detail, "id", registration_id);
	json_set_string(detail, "provider_subject", subject);
	json_set(factor, provider->factor, detail);
	error = user_login(rq, user_id, factor);
	if (error == API_OK)
		json_set(rq->reply, "user_session",
		    cJSON_DetachItemFromObjectCaseSensitive(rq->reply,
			"session"));
	return error;
}

static enum api_error
authenticate_magic(struct request *rq)
{
	const struct idp_provider *provider =
	    idp_provider("google", VERTICAL_CONSUMER);
	CLEANUP(json_free) cJSON *claims = json_object();
	cJSON *user = json_object();

	json_set_string(claims, "subject", "10769150350006150715113082367");
	json_set_string(claims, "email", MAGIC_EMAIL);
	json_set_string(claims, "name", "");
	json_set(claims, "groups", json_array());
	magic_describe_user(rq, user);
	json_set_string(rq->reply, "user_id", MAGIC_USER);
	json_set(rq->reply, "user", user);
	json_set_string(rq->reply, "session_token", "");
	json_set_string(rq->reply, "session_jwt", "");
	json_set_null(rq->reply, "user_session");
	device_reply(rq, MAGIC_USER, "user_device");
	json_set(rq->reply, "provider_values", idp_values(rq, claims));
	reply_provider(rq, provider, json_string(claims, "subject"),
	    MAGIC_OAUTH_ID);
	return API_OK;
}

/* Whose login it is; the registration, made at the first one. */
static enum api_error
find_user(struct request *rq, const struct link *link,
    const struct idp_provider *provider, const cJSON *claims,
    struct id *out_ids)
{
	const char *subject = json_string(claims, "subject");
	bool attached = link->owner_id[0] != '\0';
	enum api_error error = API_OK;

	if (find_registered(rq, provider, subject, &out_ids[0], &out_ids[1]))
		return attached && strcmp(link->owner_id, out_ids[0].text) != 0
		    ? API_USER_ID_MISMATCH
		    : API_OK;
	if (attached)
		error = user_find(rq, link->owner_id, &out_ids[0]);
	else
		error = find_by_address(rq, link->email,
		    json_string(claims, "name"), &out_ids[0]);
	if (error == API_OK)
		register_subject(rq, &out_ids[0], provider, subject,
		    &out_ids[1]);
	return error;
}

enum api_error
oauth_authenticate(struct request *rq)
{
	CLEANUP(link_clear) struct link link = { .kind = "" };
	CLEANUP(json_free) cJSON *claims = NULL;
	const char *token = param_string(rq, "token");
	const struct idp_provider *provider;
	struct id ids[2]; /* user, registration */
	enum api_error error;

	if (magic_is(rq, token, MAGIC_OAUTH))
		return authenticate_magic(rq);
	if (link_find(rq, token, "oauth", &link) != LINK_GOOD)
		return API_OAUTH_TOKEN_NOT_FOUND;
	claims = idp_claims(link.details);
	provider =
	    idp_provider(json_string(claims, "provider"), VERTICAL_CONSUMER);
	if (provider == NULL)
		return API_OAUTH_CONFIG_NOT_FOUND;
	error = link_check_pkce(&link, param_string(rq, "code_verifier"));
	if (error == API_OK)
		error = find_user(rq, &link, provider, claims, ids);
	if (error == API_OK)
		error = lock_check(rq, ids[0].text);
	if (error != API_OK)
		return error;
	link_use(rq, token);
	json_set(rq->reply, "provider_values", idp_values(rq, claims));
	reply_provider(rq, provider, json_string(claims, "subject"),
	    ids[1].text);
	return log_in(rq, ids[0].text, provider, json_string(claims, "subject"),
	    ids[1].text);
}
