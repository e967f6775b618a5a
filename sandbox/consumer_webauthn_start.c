/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * webauthn.*.start: what navigator.credentials.create() and .get() are to be
 * given, as text.
 */
#include "config.h"

#include "sandbox/cose.h"
#include "sandbox/settings.h"
#include "sandbox/user.h"
#include "sandbox/webauthn.h"

#include <string.h>

#define TIMEOUT_MS (WEBAUTHN_MINUTES * 60 * 1000)
#define USER_HANDLE_MAX 64

/* Set bytes in the encoding that the request asks for. */
static void
set_bytes(struct request *rq, cJSON *object, const char *name,
    struct bytes bytes)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(2048);

	if (param_bool(rq, "use_base64_url_encoding", false))
		base64url_add(&text, bytes.data, bytes.len);
	else
		base64_add(&text, bytes.data, bytes.len);
	store_fail(rq->store, buf_error(&text));
	json_set_string(object, name, buf_text(&text));
}

/* The same of what is kept in base64url. */
static void
set_encoded(struct request *rq, cJSON *object, const char *name,
    const char *encoded)
{
	uint8_t data[CREDENTIAL_ID_MAX + 1];
	struct bytes bytes = { .data = data };

	if (encoded != NULL &&
	    base64_read(encoded, data, sizeof(data), &bytes.len) == 0)
		set_bytes(rq, object, name, bytes);
}

static cJSON *
descriptors(struct request *rq, const struct webauthn_ceremony *ceremony)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();

	query_open(&query, rq->store,
	    "SELECT credential_id, transports FROM webauthn_credentials WHERE "
	    "project_id = ? AND owner_id = ? AND domain = ? ORDER BY rowid",
	    "sss", rq->project->id, ceremony->user_id.text,
	    ceremony->domain.text);
	while (query_next(&query)) {
		cJSON *item = json_object();

		json_set_string(item, "type", "public-key");
		set_encoded(rq, item, "id", query_text(&query, 0));
		json_set(item, "transports",
		    json_parse_stored(query_text(&query, 1), "[]"));
		json_push(list, item);
	}
	return list;
}

static cJSON *
algorithms(void)
{
	static const int numbers[] = { COSE_ES256, COSE_EDDSA, COSE_RS256 };
	cJSON *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		cJSON *item = json_object();

		json_set_string(item, "type", "public-key");
		json_set_int(item, "alg", numbers[i]);
		json_push(list, item);
	}
	return list;
}

/* The user's first address of that list, or NULL. */
static const char *
first_of(const cJSON *user, const char *list, const char *name)
{
	return json_string(cJSON_GetArrayItem(json_get(user, list), 0), name);
}

/* Append a word of a name, if there is one. */
static void
add_word(struct buf *name, const char *word)
{
	if (word == NULL || *word == '\0')
		return;
	if (name->len > 0)
		buf_addc(name, ' ');
	buf_adds(name, word);
}

/* What authenticators show of the user: overridden, or as it is known. */
static cJSON *
user_entity(struct request *rq, const struct webauthn_ceremony *ceremony)
{
	CLEANUP(json_free)
	cJSON *user = user_json(rq, ceremony->user_id.text);
	const char *display = param_string(rq, "override_display_name");
	const char *name = param_string(rq, "override_name");
	CLEANUP(buf_clear) struct buf full = BUF_INIT(1024);
	cJSON *entity = json_object();

	if (name == NULL)
		name = first_of(user, "emails", "email");
	if (name == NULL)
		name = first_of(user, "phone_numbers", "phone_number");
	if (name == NULL)
		name = ceremony->user_id.text;
	add_word(&full, json_string(json_get(user, "name"), "first_name"));
	add_word(&full, json_string(json_get(user, "name"), "last_name"));
	if (display == NULL)
		display = full.len > 0 && buf_error(&full) == 0
		    ? buf_text(&full)
		    : name;
	set_encoded(rq, entity, "id",
	    json_string(ceremony->details, "user_handle"));
	json_set_string(entity, "name", name);
	json_set_string(entity, "displayName", display);
	return entity;
}

/* The way the person proves to be it: a setting, for both ceremonies. */
static void
decide_verification(struct request *rq, struct webauthn_ceremony *ceremony)
{
	CLEANUP(json_free)
	cJSON *setting = settings_json(rq, "webauthn_user_verification");

	json_set_string(ceremony->details, "user_verification",
	    cJSON_GetStringValue(setting));
}

static cJSON *
selection(struct request *rq, const struct webauthn_ceremony *ceremony)
{
	const char *type = param_string(rq, "authenticator_type");
	bool passkey =
	    param_bool(rq, "return_passkey_credential_options", false);
	cJSON *object = json_object();

	if (type != NULL)
		json_set_string(object, "authenticatorAttachment", type);
	json_set_string(object, "residentKey",
	    passkey ? "required" : "discouraged");
	json_set_bool(object, "requireResidentKey", passkey);
	json_set_string(object, "userVerification",
	    json_string(ceremony->details, "user_verification"));
	return object;
}

/* What both kinds of options have; then they are the reply's text. */
static void
reply_options(struct request *rq, const char *name, cJSON *options,
    const struct webauthn_ceremony *ceremony)
{
	CLEANUP(string_free) char *text = NULL;

	set_encoded(rq, options, "challenge", ceremony->challenge);
	json_set_int(options, "timeout", TIMEOUT_MS);
	text = json_text(options);
	json_set_string(rq->reply, name, text);
	json_set_string(rq->reply, "user_id", ceremony->user_id.text);
}

/* ---- Register. ---- */

/* The handle under which authenticators keep the user: bytes, in base64url. */
static enum api_error
decide_handle(struct request *rq, struct webauthn_ceremony *ceremony)
{
	CLEANUP(buf_clear) struct buf encoded = BUF_INIT(256);
	const char *handle = param_string(rq, "override_id");

	if (handle == NULL)
		handle = ceremony->user_id.text;
	if (strlen(handle) > USER_HANDLE_MAX)
		return request_refuse(rq, API_INVALID_REQUEST_VALUE,
		    "override_id has at most %d bytes.", USER_HANDLE_MAX);
	base64url_add(&encoded, handle, strlen(handle));
	store_fail(rq->store, buf_error(&encoded));
	json_set_string(ceremony->details, "user_handle", buf_text(&encoded));
	return API_OK;
}

static enum api_error
begin_register(struct request *rq, struct webauthn_ceremony *ceremony)
{
	const char *type = param_string(rq, "authenticator_type");
	enum api_error error =
	    webauthn_read_domain(param_string(rq, "domain"), &ceremony->domain);

	if (error == API_OK && type != NULL &&
	    !endpoint_list_has("platform|cross-platform", type))
		error = API_INVALID_REQUEST_VALUE;
	if (error == API_OK)
		error = user_find(rq, param_string(rq, "user_id"),
		    &ceremony->user_id);
	if (error != API_OK)
		return error;
	ceremony->details = json_object();
	json_set_string(ceremony->details, "user_agent",
	    param_string(rq, "user_agent"));
	json_set_string(ceremony->details, "authenticator_type", type);
	decide_verification(rq, ceremony);
	return decide_handle(rq, ceremony);
}

enum api_error
webauthn_register_start(struct request *rq)
{
	CLEANUP(webauthn_ceremony_clear)
	struct webauthn_ceremony ceremony = WEBAUTHN_CEREMONY_INIT;
	CLEANUP(json_free) cJSON *options = NULL;
	enum api_error error = begin_register(rq, &ceremony);
	cJSON *party;

	if (error != API_OK)
		return error;
	webauthn_begin(rq, &webauthn_create, &ceremony);
	options = json_object();
	party = json_object();
	json_set_string(party, "id", ceremony.domain.text);
	json_set_string(party, "name", ceremony.domain.text);
	json_set(options, "rp", party);
	json_set(options, "user", user_entity(rq, &ceremony));
	json_set(options, "pubKeyCredParams", algorithms());
	json_set(options, "excludeCredentials", descriptors(rq, &ceremony));
	json_set(options, "authenticatorSelection", selection(rq, &ceremony));
	json_set_string(options, "attestation", "direct");
	reply_options(rq, "public_key_credential_creation_options", options,
	    &ceremony);
	return API_OK;
}

/* ---- Authenticate. ---- */

enum api_error
webauthn_authenticate_start(struct request *rq)
{
	CLEANUP(webauthn_ceremony_clear)
	struct webauthn_ceremony ceremony = WEBAUTHN_CEREMONY_INIT;
	CLEANUP(json_free) cJSON *options = NULL;
	const char *user_id = param_string(rq, "user_id");
	enum api_error error =
	    webauthn_read_domain(param_string(rq, "domain"), &ceremony.domain);
	cJSON *allowed;

	if (error == API_OK && user_id != NULL)
		error = user_find(rq, user_id, &ceremony.user_id);
	if (error != API_OK)
		return error;
	options = json_object();
	allowed = descriptors(rq, &ceremony);
	json_set(options, "allowCredentials", allowed);
	if (user_id != NULL && cJSON_GetArraySize(allowed) == 0)
		return API_NO_ACTIVE_WEBAUTHN_REGISTRATIONS;
	ceremony.details = json_object();
	decide_verification(rq, &ceremony);
	webauthn_begin(rq, &webauthn_get, &ceremony);
	json_set_string(options, "rpId", ceremony.domain.text);
	json_set_string(options, "userVerification",
	    json_string(ceremony.details, "user_verification"));
	reply_options(rq, "public_key_credential_request_options", options,
	    &ceremony);
	return API_OK;
}
