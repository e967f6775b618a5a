/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading credentials, and what both ceremonies check (WebAuthn 7.1, 7.2). */
#include "config.h"

#include "sandbox/webauthn.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#define CREDENTIAL_MAX 65536 /* characters of its text */
#define LABEL_MAX 63

const struct webauthn_kind webauthn_create = {
	.type = "webauthn.create",
	.object = "attestationObject",
	.missing = API_NO_PENDING_WEBAUTHN_REGISTRATION,
	.refusal = API_INVALID_PUBLIC_KEY_CREDENTIAL,
};
const struct webauthn_kind webauthn_get = {
	.type = "webauthn.get",
	.object = "authenticatorData",
	.is_signed = true,
	.missing = API_UNABLE_TO_AUTH_WEBAUTHN_REGISTRATION,
	.refusal = API_UNABLE_TO_AUTH_WEBAUTHN_REGISTRATION,
};

/* ---- Domains and origins. ---- */

static bool
is_label(const char *label, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)label[i]) &&
		    (label[i] != '-' || i == 0 || i + 1 == len))
			return false;
	}
	return len > 0 && len <= LABEL_MAX;
}

enum api_error
webauthn_read_domain(const char *text, struct webauthn_domain *out_domain)
{
	const char *last = strrchr(text, '.');
	size_t len = strlen(text);

	last = last != NULL ? last + 1 : text;
	if (len > WEBAUTHN_DOMAIN_MAX ||
	    strspn(last, "0123456789") == strlen(last))
		return API_INVALID_WEBAUTHN_REGISTRATION_DOMAIN;
	for (const char *label = text;; label++) {
		size_t label_len = strcspn(label, ".");

		if (!is_label(label, label_len))
			return API_INVALID_WEBAUTHN_REGISTRATION_DOMAIN;
		label += label_len;
		if (*label == '\0')
			break;
	}
	for (size_t i = 0; i <= len; i++)
		out_domain->text[i] = (char)tolower((unsigned char)text[i]);
	return API_OK;
}

/* Whether host is domain or a name below it. */
static bool
is_within(const char *host, size_t host_len, const char *domain)
{
	size_t len = strlen(domain);

	return host_len >= len &&
	    memcmp(host + host_len - len, domain, len) == 0 &&
	    (host_len == len || host[host_len - len - 1] == '.');
}

/* "" or a colon and a port. */
static bool
is_port(const char *text)
{
	size_t digits;

	if (*text == '\0')
		return true;
	digits = strspn(text + 1, "0123456789");
	return *text == ':' && digits > 0 && digits <= 5 &&
	    text[1 + digits] == '\0';
}

bool
webauthn_origin_fits(const char *origin, const char *domain)
{
	static const char https[] = "https://", http[] = "http://";
	bool is_https = strncmp(origin, https, strlen(https)) == 0;
	const char *host = origin + (is_https ? strlen(https) : strlen(http));
	size_t len;

	if (!is_https && strncmp(origin, http, strlen(http)) != 0)
		return false;
	len = strcspn(host, ":/?#@[");
	return is_port(host + len) && is_within(host, len, domain) &&
	    (is_https || is_within(host, len, "localhost"));
}

/* ---- Credentials. ---- */

void
webauthn_credential_clear(struct webauthn_credential *credential)
{
	json_free(&credential->json);
	json_free(&credential->client);
	free(credential->block);
	memset(credential, 0, sizeof(*credential));
}

/* A member in base64 or base64url; false where there is none, or no such. */
static bool
decode(struct webauthn_credential *credential, const cJSON *object,
    const char *name, struct bytes *out)
{
	const char *text = json_string(object, name);
	uint8_t *start = credential->block + credential->used;

	if (text == NULL ||
	    base64_read(text, start, credential->size - credential->used,
		&out->len) != 0)
		return false;
	out->data = start;
	credential->used += out->len;
	return true;
}

static bool
is_same(struct bytes a, struct bytes b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* id and rawId: one id, twice. */
static enum api_error
read_id(struct webauthn_credential *out)
{
	const char *type = json_string(out->json, "type");
	struct bytes raw;

	if (json_get(out->json, "id") == NULL ||
	    json_get(out->json, "rawId") == NULL)
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_ID_FIELD;
	if (!decode(out, out->json, "id", &out->id) ||
	    !decode(out, out->json, "rawId", &raw) || !is_same(out->id, raw) ||
	    raw.len == 0 || raw.len > CREDENTIAL_ID_MAX)
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_INVALID_ID;
	return type != NULL && strcmp(type, "public-key") == 0
	    ? API_OK
	    : API_INVALID_PUBLIC_KEY_CREDENTIAL;
}

static enum api_error
read_client_data(const cJSON *response, struct webauthn_credential *out)
{
	if (json_get(response, "clientDataJSON") == NULL)
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_CLIENT_DATA_JSON_FIELD;
	if (!decode(out, response, "clientDataJSON", &out->client_data))
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_MALFORMED_CLIENT_DATA_JSON;
	out->client = json_parse((const char *)out->client_data.data,
	    out->client_data.len);
	if (json_string(out->client, "type") == NULL ||
	    json_string(out->client, "challenge") == NULL ||
	    json_string(out->client, "origin") == NULL)
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_MALFORMED_CLIENT_DATA_JSON;
	SHA256(out->client_data.data, out->client_data.len, out->client_hash);
	return API_OK;
}

static enum api_error
read_attestation_object(const cJSON *response, struct webauthn_credential *out)
{
	if (json_get(response, webauthn_create.object) == NULL)
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_ATTESTATION_OBJECT_FIELD;
	return decode(out, response, webauthn_create.object, &out->object)
	    ? API_OK
	    : API_INVALID_PUBLIC_KEY_CREDENTIAL_MALFORMED_ATTESTATION_OBJECT;
}

static enum api_error
read_assertion(const cJSON *response, struct webauthn_credential *out)
{
	const cJSON *handle = json_get(response, "userHandle");

	if (json_get(response, webauthn_get.object) == NULL)
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_AUTHENTICATOR_DATA_FIELD;
	if (!decode(out, response, webauthn_get.object, &out->object))
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_INVALID_AUTHENTICATOR_DATA;
	if (json_get(response, "signature") == NULL)
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_SIGNATURE_FIELD;
	if (!decode(out, response, "signature", &out->signature))
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_INVALID_SIGNATURE;
	/* null, as "", is what an authenticator without one gives. */
	if (cJSON_IsString(handle) && handle->valuestring[0] != '\0' &&
	    !decode(out, response, "userHandle", &out->user_handle))
		return API_INVALID_PUBLIC_KEY_CREDENTIAL;
	return handle == NULL || cJSON_IsNull(handle) || cJSON_IsString(handle)
	    ? API_OK
	    : API_INVALID_PUBLIC_KEY_CREDENTIAL;
}

enum api_error
webauthn_credential_read(const char *text, const struct webauthn_kind *kind,
    struct webauthn_credential *out)
{
	size_t len = strlen(text);
	const cJSON *response;
	enum api_error error;

	webauthn_credential_clear(out);
	if (len > CREDENTIAL_MAX)
		return API_INVALID_PUBLIC_KEY_CREDENTIAL;
	/* What base64 stands for is shorter than the text with all of it. */
	out->block = malloc(len + 1);
	if (out->block == NULL)
		return API_INTERNAL_SERVER_ERROR;
	out->size = len;
	out->json = json_parse(text, len);
	if (!cJSON_IsObject(out->json))
		return API_INVALID_PUBLIC_KEY_CREDENTIAL;
	error = read_id(out);
	if (error != API_OK)
		return error;
	response = json_get(out->json, "response");
	if (!cJSON_IsObject(response))
		return API_INVALID_PUBLIC_KEY_CREDENTIAL_MISSING_RESPONSE_FIELD;
	error = read_client_data(response, out);
	if (error != API_OK)
		return error;
	return kind->is_signed ? read_assertion(response, out)
			       : read_attestation_object(response, out);
}

/* ---- Ceremonies. ---- */

void
webauthn_ceremony_clear(struct webauthn_ceremony *ceremony)
{
	json_free(&ceremony->details);
	memset(ceremony, 0, sizeof(*ceremony));
}

void
webauthn_begin(struct request *rq, const struct webauthn_kind *kind,
    struct webauthn_ceremony *ceremony)
{
	CLEANUP(string_free) char *details = json_text(ceremony->details);
	CLEANUP(buf_clear)
	struct buf challenge = BUF_INIT(sizeof(ceremony->challenge) - 1);
	uint8_t random[32];

	random_fill(random, sizeof(random));
	base64url_add(&challenge, random, sizeof(random));
	store_fail(rq->store, buf_error(&challenge));
	memcpy(ceremony->challenge, buf_text(&challenge), challenge.len + 1);
	store_run(rq->store,
	    "DELETE FROM challenges WHERE project_id = ? AND kind = ? AND "
	    "expires_at <= ?",
	    "ssi", rq->project->id, kind->type, rq->now_us);
	store_run(rq->store,
	    "INSERT INTO challenges VALUES (?, ?, ?, ?, ?, ?, ?)", "ssssssi",
	    ceremony->challenge, rq->project->id, kind->type,
	    ceremony->user_id.text, ceremony->domain.text, details,
	    rq->now_us + WEBAUTHN_MINUTES * MINUTE_US);
}

enum api_error
webauthn_find(struct request *rq, const struct webauthn_kind *kind,
    const struct webauthn_credential *credential, struct webauthn_ceremony *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	webauthn_ceremony_clear(out);
	if (strcmp(json_string(credential->client, "type"), kind->type) != 0)
		return request_refuse(rq, kind->refusal,
		    "The client data's type is not %s.", kind->type);
	query_open(&query, rq->store,
	    "SELECT challenge, owner_id, subject, details FROM challenges "
	    "WHERE challenge = ? AND project_id = ? AND kind = ? AND "
	    "expires_at > ?",
	    "sssi", json_string(credential->client, "challenge"),
	    rq->project->id, kind->type, rq->now_us);
	if (!query_next(&query))
		return request_refuse(rq, kind->missing,
		    "The challenge is none that is open.");
	query_copy(&query, 0, out->challenge, sizeof(out->challenge));
	query_copy(&query, 1, out->user_id.text, sizeof(out->user_id.text));
	query_copy(&query, 2, out->domain.text, sizeof(out->domain.text));
	out->details = json_parse_stored(query_text(&query, 3), "{}");
	return API_OK;
}

void
webauthn_end(struct request *rq, const struct webauthn_ceremony *ceremony)
{
	store_run(rq->store, "DELETE FROM challenges WHERE challenge = ?", "s",
	    ceremony->challenge);
}

enum api_error
webauthn_check(struct request *rq, const struct webauthn_kind *kind,
    const struct webauthn_ceremony *ceremony,
    const struct webauthn_credential *credential,
    const struct authenticator_data *data)
{
	const char *domain = ceremony->domain.text;
	const char *verification =
	    json_string(ceremony->details, "user_verification");
	uint8_t hash[RP_ID_HASH_LEN];

	if (!webauthn_origin_fits(json_string(credential->client, "origin"),
		domain))
		return request_refuse(rq, kind->refusal,
		    "The origin is not of %s.", domain);
	if (json_bool(credential->client, "crossOrigin", false))
		return request_refuse(rq, kind->refusal,
		    "The page was in a frame of another origin.");
	SHA256((const uint8_t *)domain, strlen(domain), hash);
	if (CRYPTO_memcmp(hash, data->rp_id_hash, sizeof(hash)) != 0)
		return request_refuse(rq, kind->refusal,
		    "The authenticator data is not for %s.", domain);
	if ((data->flags & FLAG_USER_PRESENT) == 0)
		return request_refuse(rq, kind->refusal, "Nobody was present.");
	if (verification != NULL && strcmp(verification, "required") == 0 &&
	    (data->flags & FLAG_USER_VERIFIED) == 0)
		return request_refuse(rq, kind->refusal,
		    "The authenticator did not verify who it was.");
	return API_OK;
}
