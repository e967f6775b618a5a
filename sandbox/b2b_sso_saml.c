/* SPDX-License-Identifier: BSD-2-Clause */
/* SAML connections: what is set of them, their certificates and keys. */
#include "config.h"

#include "sandbox/b2b_connection.h"
#include "sandbox/certificate.h"
#include "sandbox/key.h"

#include <string.h>

#define CERTIFICATES_MAX 5
#define NAMEID_EMAIL "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"

/* Add an item with a new id to a list of the connection's. */
static void
add_with_id(struct request *rq, struct connection *connection, const char *list,
    const char *id_name, cJSON *item)
{
	bool is_key = strcmp(id_name, "private_key_id") == 0;
	struct id id;

	request_id_make(rq,
	    is_key ? "saml-encryption-key" : "saml-verification-key", &id);
	json_set_string(item, id_name, id.text);
	json_push(cJSON_GetObjectItemCaseSensitive(connection->body, list),
	    item);
}

/* The certificate of the project's own key: what requests are signed by. */
static void
add_project_certificate(struct request *rq, struct connection *connection)
{
	CLEANUP(json_free) cJSON *keys = key_set(rq);
	const cJSON *key = json_get(keys, "keys");
	const char *text;
	cJSON *shown;

	key = cJSON_GetArrayItem(key != NULL ? key : keys, 0);
	text =
	    cJSON_GetStringValue(cJSON_GetArrayItem(json_get(key, "x5c"), 0));
	shown = text != NULL ? certificate_json(rq, text) : NULL;
	if (shown != NULL)
		add_with_id(rq, connection, "signing_certificates",
		    "certificate_id", shown);
}

enum api_error
b2b_sso_saml_create_connection(struct request *rq)
{
	static const char *const empty[] = { "idp_entity_id", "idp_sso_url",
		"alternative_audience_uri", "alternative_acs_url" };
	static const char *const lists[] = { "signing_certificates",
		"verification_certificates", "encryption_private_keys",
		"saml_connection_implicit_role_assignments",
		"saml_group_implicit_role_assignments" };
	CLEANUP(connection_clear)
	struct connection connection = CONNECTION_INIT;
	CLEANUP(buf_clear) struct buf url = BUF_INIT(1024);
	enum api_error error =
	    connection_create(rq, CONNECTION_SAML, &connection);

	if (error != API_OK)
		return error;
	for (size_t i = 0; i < ARRAY_LEN(empty); i++)
		json_set_string(connection.body, empty[i], "");
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		json_set(connection.body, lists[i], json_array());
	buf_addf(&url, "%s/v1/public/sso/saml/%s", rq->base_url,
	    connection.id.text);
	json_set_string(connection.body, "audience_uri", buf_text(&url));
	buf_adds(&url, "/callback");
	store_fail(rq->store, buf_error(&url));
	json_set_string(connection.body, "acs_url", buf_text(&url));
	json_set_string(connection.body, "nameid_format", NAMEID_EMAIL);
	json_set_bool(connection.body, "idp_initiated_auth_disabled", false);
	json_set_bool(connection.body, "allow_gateway_callback", false);
	json_set(connection.body, "attribute_mapping", json_object());
	add_project_certificate(rq, &connection);
	connection_save(rq, &connection);
	return API_OK;
}

/* ---- Update ---- */

static enum api_error
check_mapping(const cJSON *mapping)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, mapping) {
		if (!cJSON_IsString(item))
			return API_SAML_CONNECTION_NO_NESTED_KEYS_IN_ATTRIBUTE_MAPPING;
	}
	if (json_get(mapping, "email") == NULL)
		return API_SAML_CONNECTION_EMAIL_MAPPING_REQUIRED;
	if (json_get(mapping, "full_name") == NULL &&
	    (json_get(mapping, "first_name") == NULL ||
		json_get(mapping, "last_name") == NULL))
		return API_SAML_CONNECTION_NAME_MAPPING_REQUIRED;
	return API_OK;
}

/* Plain HTTP only where the sandbox plays the identity provider. */
static enum api_error
check_sso_url(struct request *rq, const char *url)
{
	size_t len = strlen(rq->base_url);

	if (strncmp(url, "https://", 8) == 0 && url[8] != '\0')
		return API_OK;
	if (strncmp(url, rq->base_url, len) == 0 && url[len] == '/')
		return API_OK;
	return strncmp(url, "http://", 7) == 0
	    ? API_SAML_CONNECTION_IDP_SSO_URL_NOT_HTTPS
	    : API_SAML_CONNECTION_IDP_SSO_URL_INVALID_FORMAT;
}

static enum api_error
add_verification(struct request *rq, struct connection *connection,
    const char *text)
{
	const cJSON *list =
	    json_get(connection->body, "verification_certificates");
	const cJSON *known;
	cJSON *shown = certificate_json(rq, text);

	if (shown == NULL)
		return API_INVALID_X509_CERTIFICATE;
	cJSON_ArrayForEach (known, list) {
		const char *pem = json_string(known, "certificate");

		if (pem != NULL &&
		    strcmp(pem, json_string(shown, "certificate")) == 0) {
			json_free(&shown);
			return API_OK;
		}
	}
	if (cJSON_GetArraySize(list) >= CERTIFICATES_MAX) {
		json_free(&shown);
		return API_TOO_MANY_SSO_VERIFICATION_CERTIFICATES;
	}
	add_with_id(rq, connection, "verification_certificates",
	    "certificate_id", shown);
	return API_OK;
}

/* Keys for signing requests and for reading encrypted assertions. */
static enum api_error
take_keys(struct request *rq, struct connection *connection)
{
	const char *signing = param_string(rq, "signing_private_key");
	const char *encryption =
	    param_string(rq, "saml_encryption_private_key");
	cJSON *shown;

	if (signing != NULL) {
		shown = certificate_of_key(rq, signing);
		if (shown == NULL)
			return API_SAML_SIGNING_PRIVATE_KEY_INVALID;
		json_set(connection->body, "signing_certificates",
		    json_array());
		add_with_id(rq, connection, "signing_certificates",
		    "certificate_id", shown);
	}
	if (encryption == NULL)
		return API_OK;
	if (!certificate_is_rsa_key(encryption))
		return request_refuse(rq, API_INVALID_REQUEST_VALUE,
		    "saml_encryption_private_key is no RSA key in PEM.");
	shown = json_object();
	json_set_string(shown, "private_key", encryption);
	json_set_time(shown, "created_at", rq->now_us);
	add_with_id(rq, connection, "encryption_private_keys", "private_key_id",
	    shown);
	return API_OK;
}

static enum api_error
take_roles(struct request *rq, struct connection *connection)
{
	static const char roles[] = "saml_connection_implicit_role_assignments";
	static const char groups[] = "saml_group_implicit_role_assignments";
	enum api_error error =
	    connection_take_roles(rq, connection, roles, roles, false);

	if (error == API_OK)
		error =
		    connection_take_roles(rq, connection, groups, groups, true);
	if (error == API_OK &&
	    cJSON_GetArraySize(json_get(connection->body, groups)) > 0 &&
	    json_get(json_get(connection->body, "attribute_mapping"),
		"groups") == NULL)
		error =
		    API_SAML_CONNECTION_ATTRIBUTE_MAPPING_MISSING_GROUPS_KEY;
	return error;
}

/* Active as soon as everything that a login needs is set. */
static void
save(struct request *rq, struct connection *connection)
{
	bool complete = *connection_text(connection, "idp_sso_url") != '\0' &&
	    *connection_text(connection, "idp_entity_id") != '\0' &&
	    check_mapping(json_get(connection->body, "attribute_mapping")) ==
		API_OK &&
	    cJSON_GetArraySize(
		json_get(connection->body, "verification_certificates")) > 0;

	json_set_string(connection->body, "status",
	    complete ? "active" : "pending");
	connection_save(rq, connection);
}

enum api_error
b2b_sso_saml_connections_update(struct request *rq)
{
	static const char *const names[] = { "idp_entity_id", "display_name",
		"attribute_mapping", "idp_sso_url", "alternative_audience_uri",
		"identity_provider", "nameid_format", "alternative_acs_url",
		"idp_initiated_auth_disabled", "allow_gateway_callback", NULL };
	CLEANUP(connection_clear)
	struct connection connection = CONNECTION_INIT;
	const char *certificate = param_string(rq, "x509_certificate");
	const char *url = param_string(rq, "idp_sso_url");
	enum api_error error =
	    connection_params(rq, CONNECTION_SAML, &connection);

	if (error == API_OK && url != NULL)
		error = check_sso_url(rq, url);
	if (error == API_OK && param_has(rq, "attribute_mapping"))
		error = check_mapping(param_json(rq, "attribute_mapping"));
	if (error == API_OK && certificate != NULL)
		error = add_verification(rq, &connection, certificate);
	if (error == API_OK)
		error = take_keys(rq, &connection);
	if (error != API_OK)
		return error;
	connection_take(rq, &connection, names);
	error = take_roles(rq, &connection);
	if (error == API_OK)
		save(rq, &connection);
	return error;
}

/*
 * No foreign metadata is fetched; that of the identity provider which the
 * sandbox plays is known: its certificate is the project's.
 */
enum api_error
b2b_sso_saml_connections_url_update(struct request *rq)
{
	CLEANUP(connection_clear)
	struct connection connection = CONNECTION_INIT;
	CLEANUP(buf_clear) struct buf own = BUF_INIT(1024);
	const cJSON *signing;
	enum api_error error =
	    connection_params(rq, CONNECTION_SAML, &connection);

	if (error != API_OK)
		return error;
	buf_addf(&own, "%s%s", rq->base_url, IDP_METADATA_PATH);
	if (strcmp(param_string(rq, "metadata_url"), buf_text(&own)) != 0)
		return API_SAML_CONNECTION_METADATA_INVALID_FORMAT;
	json_set_string(connection.body, "idp_entity_id", buf_text(&own));
	buf_reset(&own);
	buf_addf(&own, "%s%s/sso", rq->base_url, IDP_PATH);
	store_fail(rq->store, buf_error(&own));
	json_set_string(connection.body, "idp_sso_url", buf_text(&own));
	signing = cJSON_GetArrayItem(json_get(connection.body,
					 "signing_certificates"),
	    0);
	if (signing != NULL)
		error = add_verification(rq, &connection,
		    json_string(signing, "certificate"));
	if (error == API_OK)
		save(rq, &connection);
	return error;
}

/* ---- Taking certificates and keys away ---- */

/* Remove the item of that id from the list; whether there was one. */
static bool
remove_by_id(struct connection *connection, const char *list,
    const char *id_name, const char *id)
{
	cJSON *items = cJSON_GetObjectItemCaseSensitive(connection->body, list);
	int place = 0;
	const cJSON *item;

	cJSON_ArrayForEach (item, items) {
		const char *known = json_string(item, id_name);

		if (known != NULL && strcmp(known, id) == 0) {
			cJSON_DeleteItemFromArray(items, place);
			return true;
		}
		place++;
	}
	return false;
}

/* absent: the answer where there is none of that id. */
static enum api_error
delete_by_id(struct request *rq, const char *list, const char *id_name,
    enum api_error absent)
{
	CLEANUP(connection_clear)
	struct connection connection = CONNECTION_INIT;
	const char *id = param_string(rq, id_name);
	bool was_active;
	enum api_error error =
	    connection_params(rq, CONNECTION_SAML, &connection);

	if (error != API_OK)
		return error;
	was_active = connection_is_active(&connection);
	if (!remove_by_id(&connection, list, id_name, id))
		return absent;
	save(rq, &connection);
	if (was_active && !connection_is_active(&connection))
		return API_CANNOT_DELETE_LAST_SSO_VERIFICATION_KEY;
	cJSON_DeleteItemFromObjectCaseSensitive(rq->reply, "connection");
	json_set_string(rq->reply, id_name, id);
	return API_OK;
}

enum api_error
b2b_sso_saml_certificates_delete(struct request *rq)
{
	return delete_by_id(rq, "verification_certificates", "certificate_id",
	    API_SSO_VERIFICATION_KEY_NOT_FOUND);
}

enum api_error
b2b_sso_saml_keys_delete(struct request *rq)
{
	return delete_by_id(rq, "encryption_private_keys", "private_key_id",
	    API_SSO_ENCRYPTION_PRIVATE_KEY_NOT_FOUND);
}
