/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * webauthn.*: credentials kept and used.  What the API shows of one is a
 * registration of its user; key, counter and handle are beside it.
 */
#include "config.h"

#include "sandbox/cose.h"
#include "sandbox/lock.h"
#include "sandbox/registration.h"
#include "sandbox/session.h"
#include "sandbox/user.h"
#include "sandbox/webauthn.h"

#include <errno.h>
#include <string.h>

#define KIND "webauthn"
#define ENCODED_MAX 65536
#define KEY_MAX 2048 /* bytes of a public key */

static cJSON *
webauthn_factor(struct request *rq, const cJSON *registration)
{
	static const char *const names[] = { "webauthn_registration_id",
		"domain", "user_agent" };
	cJSON *factor = factor_make(rq, "webauthn", "webauthn_registration");
	cJSON *details = json_object();

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		json_set_string(details, names[i],
		    json_string(registration, names[i]));
	json_set(factor, "webauthn_factor", details);
	return factor;
}

/* The ceremony is done: the registration's user is logged in. */
static enum api_error
finish(struct request *rq, const struct webauthn_ceremony *ceremony,
    const char *user_id, const cJSON *registration)
{
	webauthn_end(rq, ceremony);
	json_set_string(rq->reply, "webauthn_registration_id",
	    json_string(registration, "webauthn_registration_id"));
	return user_login(rq, user_id, webauthn_factor(rq, registration));
}

/* ---- Register. ---- */

/* What reading or checking bytes of outside said. */
static enum api_error
refuse_bytes(struct request *rq, int rc, enum api_error refusal)
{
	if (rc == -ENOTSUP)
		return request_refuse(rq, API_INVALID_PUBLIC_KEY_CREDENTIAL,
		    "The algorithm or attestation format is not supported.");
	if (rc == -EBADMSG)
		return refusal;
	store_fail(rq->store, rc);
	return API_INTERNAL_SERVER_ERROR;
}

/* The attestation object as a whole: the credential's, its key, its proof. */
static enum api_error
check_attestation(struct request *rq,
    const struct webauthn_credential *credential,
    struct attestation *out_attestation)
{
	const struct bytes hash = { credential->client_hash,
		sizeof(credential->client_hash) };
	CLEANUP(cose_key_clear) struct cose_key key = COSE_KEY_INIT;
	int rc = attestation_read(credential->object, out_attestation);
	const struct bytes *id = &out_attestation->data.credential_id;

	if (rc != 0)
		return refuse_bytes(rq, rc,
		    API_INVALID_PUBLIC_KEY_CREDENTIAL_MALFORMED_ATTESTATION_OBJECT);
	if (id->len != credential->id.len ||
	    memcmp(id->data, credential->id.data, id->len) != 0)
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_INVALID_ID;
	rc = out_attestation->data.public_key.len <= KEY_MAX
	    ? cose_key_read(out_attestation->data.public_key, &key)
	    : -EBADMSG;
	if (rc != 0)
		return refuse_bytes(rq, rc,
		    API_INVALID_PUBLIC_KEY_CREDENTIAL_INVALID_AUTHENTICATOR_DATA);
	rc = attestation_check(out_attestation, hash);
	return rc == 0
	    ? API_OK
	    : refuse_bytes(rq, rc,
		  API_INVALID_PUBLIC_KEY_CREDENTIAL_INVALID_SIGNATURE);
}

/* As authenticators are reached, by texts; anything else is left out. */
static char *
transports(const struct webauthn_credential *credential)
{
	CLEANUP(json_free) cJSON *list = json_array();
	const cJSON *item;

	cJSON_ArrayForEach (item,
	    json_get(json_get(credential->json, "response"), "transports")) {
		if (cJSON_IsString(item) && cJSON_GetArraySize(list) < 8)
			json_push_string(list, item->valuestring);
	}
	return json_text(list);
}

/* A credential's id as it is kept. */
static void
encode_id(struct request *rq, struct bytes id, struct buf *out)
{
	base64url_add(out, id.data, id.len);
	store_fail(rq->store, buf_error(out));
}

/* Keep the registration as the API shows it, and what it does not show. */
static cJSON *
keep(struct request *rq, const struct webauthn_ceremony *ceremony,
    const struct webauthn_credential *credential,
    const struct authenticator_data *data)
{
	CLEANUP(string_free) char *transport_list = transports(credential);
	CLEANUP(buf_clear) struct buf id_text = BUF_INIT(ENCODED_MAX);
	CLEANUP(buf_clear) struct buf key_text = BUF_INIT(ENCODED_MAX);
	const char *attachment =
	    json_string(credential->json, "authenticatorAttachment");
	cJSON *shown = json_object();
	struct id id;

	request_id_make(rq, "webauthn-registration", &id);
	json_set_string(shown, "webauthn_registration_id", id.text);
	json_set_string(shown, "domain", ceremony->domain.text);
	json_set_string(shown, "user_agent",
	    json_string(ceremony->details, "user_agent"));
	json_set_string(shown, "authenticator_type",
	    attachment != NULL &&
		    endpoint_list_has("platform|cross-platform", attachment)
		? attachment
		: json_string(ceremony->details, "authenticator_type"));
	json_set_bool(shown, "verified", true);
	json_set_string(shown, "name", "");
	registration_keep(rq, ceremony->user_id.text, KIND, id.text, shown);
	encode_id(rq, credential->id, &id_text);
	base64_add(&key_text, data->public_key.data, data->public_key.len);
	store_fail(rq->store, buf_error(&key_text));
	store_run(rq->store,
	    "INSERT INTO webauthn_credentials VALUES (?, ?, ?, ?, ?, ?, ?, ?, "
	    "?)",
	    "ssssssssi", id.text, rq->project->id, ceremony->user_id.text,
	    buf_text(&id_text), ceremony->domain.text, buf_text(&key_text),
	    json_string(ceremony->details, "user_handle"), transport_list,
	    (int64_t)data->counter);
	return shown;
}

/* Whether somebody registered the credential before. */
static bool
is_known(struct request *rq, const struct webauthn_credential *credential)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(ENCODED_MAX);

	encode_id(rq, credential->id, &text);
	return store_int(rq->store, 0,
		   "SELECT count(*) FROM webauthn_credentials WHERE "
		   "project_id = ? AND credential_id = ?",
		   "ss", rq->project->id, buf_text(&text)) != 0;
}

enum api_error
webauthn_register(struct request *rq)
{
	CLEANUP(webauthn_credential_clear)
	struct webauthn_credential credential = WEBAUTHN_CREDENTIAL_INIT;
	CLEANUP(webauthn_ceremony_clear)
	struct webauthn_ceremony ceremony = WEBAUTHN_CEREMONY_INIT;
	CLEANUP(attestation_clear)
	struct attestation attestation = ATTESTATION_INIT;
	CLEANUP(json_free) cJSON *registration = NULL;
	struct id user_id;
	enum api_error error =
	    user_find(rq, param_string(rq, "user_id"), &user_id);

	if (error == API_OK)
		error = lock_check(rq, user_id.text);
	if (error == API_OK)
		error = webauthn_credential_read(param_string(rq,
						     "public_key_credential"),
		    &webauthn_create, &credential);
	if (error == API_OK)
		error =
		    webauthn_find(rq, &webauthn_create, &credential, &ceremony);
	if (error == API_OK && strcmp(ceremony.user_id.text, user_id.text) != 0)
		error = webauthn_create.missing;
	if (error == API_OK)
		error = check_attestation(rq, &credential, &attestation);
	if (error == API_OK)
		error = webauthn_check(rq, &webauthn_create, &ceremony,
		    &credential, &attestation.data);
	if (error == API_OK && is_known(rq, &credential))
		error = API_DUPLICATE_WEBAUTHN_REGISTRATION;
	if (error != API_OK)
		return error;
	registration = keep(rq, &ceremony, &credential, &attestation.data);
	return finish(rq, &ceremony, user_id.text, registration);
}

/* ---- Authenticate. ---- */

/* A credential that is kept. */
struct kept {
	struct id registration_id;
	struct id user_id;
	char domain[WEBAUTHN_DOMAIN_MAX + 1];
	char user_handle[96]; /* in base64url */
	uint8_t public_key[KEY_MAX];
	size_t public_key_len;
	int64_t counter;
	cJSON *registration;
};

static void
kept_clear(struct kept *kept)
{
	json_free(&kept->registration);
}

static enum api_error
find_kept(struct request *rq, struct bytes id, struct kept *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	CLEANUP(buf_clear) struct buf text = BUF_INIT(ENCODED_MAX);

	encode_id(rq, id, &text);
	query_open(&query, rq->store,
	    "SELECT c.registration_id, c.owner_id, c.domain, c.user_handle, "
	    "c.public_key, c.counter, r.details FROM webauthn_credentials c "
	    "JOIN registrations r USING (owner_id, registration_id) WHERE "
	    "c.project_id = ? AND c.credential_id = ?",
	    "ss", rq->project->id, buf_text(&text));
	if (!query_next(&query))
		return API_WEBAUTHN_REGISTRATION_NOT_FOUND;
	query_copy(&query, 0, out->registration_id.text,
	    sizeof(out->registration_id.text));
	query_copy(&query, 1, out->user_id.text, sizeof(out->user_id.text));
	query_copy(&query, 2, out->domain, sizeof(out->domain));
	query_copy(&query, 3, out->user_handle, sizeof(out->user_handle));
	store_fail(rq->store,
	    base64_read(query_text(&query, 4), out->public_key,
		sizeof(out->public_key), &out->public_key_len));
	out->counter = query_int(&query, 5);
	out->registration = json_parse_stored(query_text(&query, 6), "{}");
	return API_OK;
}

/* Whether the credential is one of those that the start asked for. */
static enum api_error
check_owner(struct request *rq, const struct webauthn_ceremony *ceremony,
    const struct webauthn_credential *credential, const struct kept *kept)
{
	CLEANUP(buf_clear) struct buf handle = BUF_INIT(ENCODED_MAX);

	if (strcmp(ceremony->domain.text, kept->domain) != 0)
		return request_refuse(rq, webauthn_get.refusal,
		    "The credential is of another domain.");
	if (ceremony->user_id.text[0] != '\0' &&
	    strcmp(ceremony->user_id.text, kept->user_id.text) != 0)
		return request_refuse(rq, webauthn_get.refusal,
		    "The credential is of another user.");
	if (credential->user_handle.data == NULL)
		return ceremony->user_id.text[0] != '\0'
		    ? API_OK
		    : request_refuse(rq, webauthn_get.refusal,
			  "Without a user_id at the start there must be a "
			  "userHandle.");
	base64url_add(&handle, credential->user_handle.data,
	    credential->user_handle.len);
	return buf_error(&handle) == 0 &&
		strcmp(buf_text(&handle), kept->user_handle) == 0
	    ? API_OK
	    : request_refuse(rq, webauthn_get.refusal,
		  "The userHandle is of another user.");
}

/* The signature over both kinds of data, by the key that is kept. */
static enum api_error
check_signature(struct request *rq,
    const struct webauthn_credential *credential, const struct kept *kept)
{
	const struct bytes key_bytes = { kept->public_key,
		kept->public_key_len };
	CLEANUP(cose_key_clear) struct cose_key key = COSE_KEY_INIT;
	CLEANUP(buf_clear) struct buf text = BUF_INIT(ENCODED_MAX);
	struct bytes signed_text;
	int rc;

	buf_add(&text, credential->object.data, credential->object.len);
	buf_add(&text, credential->client_hash,
	    sizeof(credential->client_hash));
	signed_text.data = (const uint8_t *)buf_text(&text);
	signed_text.len = text.len;
	rc = buf_error(&text);
	if (rc == 0)
		rc = cose_key_read(key_bytes, &key);
	if (rc != 0) {
		store_fail(rq->store, rc);
		return API_INTERNAL_SERVER_ERROR;
	}
	rc = cose_check(key.algorithm, key.key, signed_text,
	    credential->signature);
	if (rc == -EBADMSG)
		return request_refuse(rq, webauthn_get.refusal,
		    "The signature is not the credential's.");
	store_fail(rq->store, rc);
	return API_OK;
}

/*
 * Signature and counter, which only whoever has the key gets right.  A
 * counter that both know to count must have moved on: else there are two.
 */
static enum api_error
check_proof(struct request *rq, const struct webauthn_credential *credential,
    const struct authenticator_data *data, const struct kept *kept)
{
	enum api_error error = check_signature(rq, credential, kept);

	if (error == API_OK && (data->counter != 0 || kept->counter != 0) &&
	    data->counter <= kept->counter)
		error = request_refuse(rq, webauthn_get.refusal,
		    "The counter did not move on: the credential may have "
		    "been copied.");
	return error == webauthn_get.refusal
	    ? lock_fail(rq, kept->user_id.text, error)
	    : error;
}

static enum api_error
check_assertion(struct request *rq, const struct webauthn_ceremony *ceremony,
    const struct webauthn_credential *credential, const struct kept *kept)
{
	struct authenticator_data data;
	enum api_error error = check_owner(rq, ceremony, credential, kept);

	if (error != API_OK)
		return error;
	if (authenticator_data_read(credential->object, &data) != 0)
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_INVALID_AUTHENTICATOR_DATA;
	error = webauthn_check(rq, &webauthn_get, ceremony, credential, &data);
	if (error == API_OK)
		error = check_proof(rq, credential, &data, kept);
	if (error == API_OK)
		store_run(rq->store,
		    "UPDATE webauthn_credentials SET counter = ? WHERE "
		    "registration_id = ?",
		    "is", (int64_t)data.counter, kept->registration_id.text);
	return error;
}

enum api_error
webauthn_authenticate(struct request *rq)
{
	CLEANUP(webauthn_credential_clear)
	struct webauthn_credential credential = WEBAUTHN_CREDENTIAL_INIT;
	CLEANUP(webauthn_ceremony_clear)
	struct webauthn_ceremony ceremony = WEBAUTHN_CEREMONY_INIT;
	CLEANUP(kept_clear) struct kept kept = { .registration = NULL };
	enum api_error error =
	    webauthn_credential_read(param_string(rq, "public_key_credential"),
		&webauthn_get, &credential);

	if (error == API_OK)
		error =
		    webauthn_find(rq, &webauthn_get, &credential, &ceremony);
	if (error == API_OK)
		error = find_kept(rq, credential.id, &kept);
	if (error == API_OK)
		error = lock_check(rq, kept.user_id.text);
	if (error == API_OK)
		error = check_assertion(rq, &ceremony, &credential, &kept);
	return error == API_OK
	    ? finish(rq, &ceremony, kept.user_id.text, kept.registration)
	    : error;
}

/* ---- Seeing and naming. ---- */

enum api_error
webauthn_update(struct request *rq)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	const char *id = param_string(rq, "webauthn_registration_id");
	cJSON *registration;
	struct id owner;

	query_open(&query, rq->store,
	    "SELECT owner_id, details FROM registrations WHERE "
	    "registration_id = ? AND project_id = ? AND kind = '" KIND "'",
	    "ss", id, rq->project->id);
	if (!query_next(&query))
		return API_WEBAUTHN_REGISTRATION_NOT_FOUND;
	query_copy(&query, 0, owner.text, sizeof(owner.text));
	registration = json_parse_stored(query_text(&query, 1), "{}");
	json_set_string(registration, "name", param_string(rq, "name"));
	registration_keep(rq, owner.text, KIND, id, registration);
	json_set(rq->reply, "webauthn_registration", registration);
	return API_OK;
}

enum api_error
webauthn_credentials_list(struct request *rq)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	struct webauthn_domain domain;
	struct id user_id;
	cJSON *list;
	enum api_error error =
	    webauthn_read_domain(param_string(rq, "domain"), &domain);

	if (error == API_OK)
		error = user_find(rq, param_string(rq, "user_id"), &user_id);
	if (error != API_OK)
		return error;
	list = json_array();
	query_open(&query, rq->store,
	    "SELECT registration_id, credential_id, public_key FROM "
	    "webauthn_credentials WHERE project_id = ? AND owner_id = ? AND "
	    "domain = ? ORDER BY rowid",
	    "sss", rq->project->id, user_id.text, domain.text);
	while (query_next(&query)) {
		cJSON *item = json_object();

		json_set_string(item, "webauthn_registration_id",
		    query_text(&query, 0));
		json_set_string(item, "credential_id", query_text(&query, 1));
		json_set_string(item, "type", "public-key");
		json_set_string(item, "public_key", query_text(&query, 2));
		json_push(list, item);
	}
	json_set(rq->reply, "credentials", list);
	return API_OK;
}
