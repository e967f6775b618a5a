/* SPDX-License-Identifier: BSD-2-Clause */
/* SSO connections: made, set, listed, taken away. */
#include "config.h"

#include "tests/unit/sandbox_b2b_drive.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#define SSO "/v1/b2b/sso"

static void
bio_free(BIO **bio)
{
	BIO_free(*bio);
}

/* A made connection's id, from POST to the path with that body. */
static struct target
make_connection(void **state, const char *path, const char *body)
{
	CLEANUP(json_free) cJSON *made = b2b(state, "POST", path, "%s", body);

	assert_answer(made, API_OK);
	return target_of("%s", text_at(made, "connection.connection_id"));
}

static struct target
base_url(void **state)
{
	return target_of("%s", sandbox_base_url(*state));
}

/* Everything an OIDC connection needs, of the played provider. */
static struct target
make_oidc(void **state, const char *organization)
{
	struct target path = target_of(SSO "/oidc/%s", organization);
	struct target id = make_connection(state, path.text,
	    "{\"display_name\":\"Ours\",\"identity_provider\":\"okta\"}");

	assert_b2b(API_OK, state, "PUT",
	    target_of(SSO "/oidc/%s/connections/%s", organization, id.text)
		.text,
	    "{\"issuer\":\"%s/sandbox/idp\",\"client_id\":\"a\","
	    "\"client_secret\":\"b\"}",
	    base_url(state).text);
	return id;
}

static void
an_oidc_connection_is_active_once_complete(void **state)
{
	struct target id = make_connection(state, SSO "/oidc/plain", "{}");
	struct target path =
	    target_of(SSO "/oidc/plain/connections/%s", id.text);
	CLEANUP(json_free) cJSON *partial = NULL;
	CLEANUP(json_free) cJSON *foreign = NULL;
	CLEANUP(json_free) cJSON *whole = NULL;

	partial = b2b(state, "PUT", path.text, "{\"client_id\":\"a\"}");
	assert_answer(partial, API_OK);
	assert_string_equal(text_at(partial, "connection.status"), "pending");
	assert_null(json_at(partial, "warning"));
	foreign = b2b(state, "PUT", path.text,
	    "{\"issuer\":\"https://idp.example.com\"}");
	assert_string_equal(text_at(foreign, "connection.status"), "pending");
	assert_non_null(json_at(foreign, "warning"));
	whole = b2b(state, "PUT", path.text,
	    "{\"client_secret\":\"b\",\"authorization_url\":"
	    "\"https://idp.example.com/a\",\"token_url\":"
	    "\"https://idp.example.com/t\",\"userinfo_url\":"
	    "\"https://idp.example.com/u\",\"jwks_url\":"
	    "\"https://idp.example.com/j\"}");
	assert_string_equal(text_at(whole, "connection.status"), "active");
}

static void
the_urls_of_the_played_provider_are_inferred(void **state)
{
	struct target id = make_oidc(state, "plain");
	CLEANUP(json_free)
	cJSON *organization = b2b(state, "GET", ORGANIZATIONS "/plain", NULL);
	CLEANUP(json_free)
	cJSON *list = b2b(state, "GET", SSO "/plain", NULL);

	assert_answer(list, API_OK);
	assert_string_equal(text_at(list, "oidc_connections.0.status"),
	    "active");
	assert_non_null(
	    strstr(text_at(list, "oidc_connections.0.token_url"), "/token"));
	assert_int_equal(cJSON_GetArraySize(json_at(list, "saml_connections")),
	    0);
	assert_string_equal(text_at(organization,
				"organization.sso_active_connections.0."
				"connection_id"),
	    id.text);
}

static void
urls_that_are_none_are_refused_by_name(void **state)
{
	static const struct {
		const char *name;
		enum api_error error;
	} rows[] = {
		{ "issuer", API_OIDC_CONNECTION_ISSUER_URL_INVALID_FORMAT },
		{ "token_url", API_OIDC_CONNECTION_TOKEN_URL_INVALID_FORMAT },
		{ "jwks_url", API_OIDC_CONNECTION_JWKS_URL_INVALID_FORMAT },
		{ "userinfo_url",
		    API_OIDC_CONNECTION_USERINFO_URL_INVALID_FORMAT },
		{ "authorization_url",
		    API_OIDC_CONNECTION_AUTHORIZATION_URL_INVALID_FORMAT },
	};
	struct target id = make_connection(state, SSO "/oidc/plain", "{}");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_b2b(rows[i].error, state, "PUT",
		    target_of(SSO "/oidc/plain/connections/%s", id.text).text,
		    "{\"%s\":\"ftp://nowhere\"}", rows[i].name);
}

static void
a_connection_is_found_in_its_own_organization_and_kind(void **state)
{
	struct target id = make_connection(state, SSO "/oidc/plain", "{}");

	assert_b2b(API_OIDC_CONNECTION_NOT_FOUND, state, "PUT",
	    target_of(SSO "/oidc/strict/connections/%s", id.text).text,
	    "{\"client_id\":\"a\"}");
	assert_b2b(API_INVALID_ID, state, "PUT",
	    target_of(SSO "/saml/plain/connections/%s", id.text).text,
	    "{\"display_name\":\"a\"}");
	assert_b2b(API_SAML_CONNECTION_NOT_FOUND, state, "PUT",
	    SSO
	    "/saml/plain/connections/saml-connection-test-11111111-1111-4111-8111-111111111111",
	    "{}");
	assert_b2b(API_SSO_CONNECTION_NOT_FOUND, state, "DELETE",
	    target_of(SSO "/strict/connections/%s", id.text).text, NULL);
	assert_b2b(API_ORGANIZATION_NOT_FOUND, state, "GET", SSO "/nobody",
	    NULL);
	assert_b2b(API_ORGANIZATION_NOT_FOUND, state, "POST",
	    SSO "/saml/nobody", "{}");
	assert_b2b(API_ORGANIZATION_NOT_FOUND, state, "POST",
	    SSO "/oidc/nobody", "{}");
}

static void
a_deleted_connection_is_gone_and_no_default(void **state)
{
	struct target id = make_oidc(state, "plain");
	CLEANUP(json_free) cJSON *gone = NULL;
	CLEANUP(json_free) cJSON *organization = NULL;

	assert_b2b(API_OK, state, "PUT", ORGANIZATIONS "/plain",
	    "{\"sso_default_connection_id\":\"%s\"}", id.text);
	gone = b2b(state, "DELETE",
	    target_of(SSO "/plain/connections/%s", id.text).text, NULL);
	assert_answer(gone, API_OK);
	assert_string_equal(text_at(gone, "connection_id"), id.text);
	organization = b2b(state, "GET", ORGANIZATIONS "/plain", NULL);
	assert_string_equal(text_at(organization,
				"organization.sso_default_connection_id"),
	    "");
	assert_int_equal(cJSON_GetArraySize(json_at(organization,
			     "organization.sso_active_connections")),
	    0);
	assert_b2b(API_SSO_CONNECTION_NOT_FOUND, state, "DELETE",
	    target_of(SSO "/plain/connections/%s", id.text).text, NULL);
}

/* ---- SAML ---- */

#define MAPPING "\"attribute_mapping\":{\"email\":\"m\",\"full_name\":\"n\"}"

/* text as a JSON string; freed by the caller. */
static char *
quoted(const char *text)
{
	CLEANUP(json_free) cJSON *value = cJSON_CreateString(text);

	return json_text(value);
}

/* A certificate that nobody has: the connection's own for signing. */
static char *
some_certificate(void **state)
{
	CLEANUP(json_free)
	cJSON *made = b2b(state, "POST", SSO "/saml/strict", "{}");

	assert_answer(made, API_OK);
	return quoted(
	    text_at(made, "connection.signing_certificates.0.certificate"));
}

static void
a_saml_connection_is_active_once_complete(void **state)
{
	struct target id = make_connection(state, SSO "/saml/plain", "{}");
	struct target path =
	    target_of(SSO "/saml/plain/connections/%s", id.text);
	CLEANUP(string_free) char *certificate = some_certificate(state);
	CLEANUP(json_free) cJSON *half = NULL;
	CLEANUP(json_free) cJSON *whole = NULL;

	half = b2b(state, "PUT", path.text,
	    "{" MAPPING ",\"idp_entity_id\":\"e\",\"idp_sso_url\":"
	    "\"https://idp.example.com/sso\"}");
	assert_answer(half, API_OK);
	assert_string_equal(text_at(half, "connection.status"), "pending");
	whole = b2b(state, "PUT", path.text, "{\"x509_certificate\":%s}",
	    certificate);
	assert_answer(whole, API_OK);
	assert_string_equal(text_at(whole, "connection.status"), "active");
	assert_string_equal(text_at(whole,
				"connection.verification_certificates.0."
				"issuer"),
	    "CN=stytch-sandbox");
	assert_non_null(strstr(text_at(whole, "connection.acs_url"), id.text));
	assert_b2b(API_OK, state, "PUT", path.text, "{\"x509_certificate\":%s}",
	    certificate);
}

static void
wrong_settings_of_saml_are_refused(void **state)
{
	static const struct {
		enum api_error error;
		const char *body;
	} rows[] = {
		{ API_SAML_CONNECTION_IDP_SSO_URL_NOT_HTTPS,
		    "{\"idp_sso_url\":\"http://idp.example.com\"}" },
		{ API_SAML_CONNECTION_IDP_SSO_URL_INVALID_FORMAT,
		    "{\"idp_sso_url\":\"nothing\"}" },
		{ API_SAML_CONNECTION_EMAIL_MAPPING_REQUIRED,
		    "{\"attribute_mapping\":{\"full_name\":\"n\"}}" },
		{ API_SAML_CONNECTION_NAME_MAPPING_REQUIRED,
		    "{\"attribute_mapping\":{\"email\":\"m\","
		    "\"first_name\":\"n\"}}" },
		{ API_SAML_CONNECTION_NO_NESTED_KEYS_IN_ATTRIBUTE_MAPPING,
		    "{\"attribute_mapping\":{\"email\":{}}}" },
		{ API_INVALID_X509_CERTIFICATE,
		    "{\"x509_certificate\":\"-----BEGIN CERTIFICATE-----\"}" },
		{ API_INVALID_X509_CERTIFICATE,
		    "{\"x509_certificate\":\"AAAA\"}" },
		{ API_SAML_SIGNING_PRIVATE_KEY_INVALID,
		    "{\"signing_private_key\":\"no key\"}" },
		{ API_INVALID_REQUEST_VALUE,
		    "{\"saml_encryption_private_key\":\"no key\"}" },
		{ API_INVALID_RBAC_ROLE_ASSIGNMENT,
		    "{\"saml_connection_implicit_role_assignments\":"
		    "[{\"role_id\":\"nobody\"}]}" },
		{ API_SAML_CONNECTION_ATTRIBUTE_MAPPING_MISSING_GROUPS_KEY,
		    "{\"saml_group_implicit_role_assignments\":[{\"role_id\":"
		    "\"ops\",\"group\":\"g\"}]}" },
	};
	struct target id = make_connection(state, SSO "/saml/plain", "{}");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_b2b(rows[i].error, state, "PUT",
		    target_of(SSO "/saml/plain/connections/%s", id.text).text,
		    "%s", rows[i].body);
}

static void
metadata_is_that_of_the_played_provider(void **state)
{
	struct target id = make_connection(state, SSO "/saml/plain", "{}");
	struct target path =
	    target_of(SSO "/saml/plain/connections/%s/url", id.text);
	CLEANUP(json_free) cJSON *set = NULL;

	assert_b2b(API_SAML_CONNECTION_METADATA_INVALID_FORMAT, state, "PUT",
	    path.text, "{\"metadata_url\":\"https://idp.example.com/m\"}");
	set = b2b(state, "PUT", path.text,
	    "{\"metadata_url\":\"%s/sandbox/idp/metadata\"}",
	    base_url(state).text);
	assert_answer(set, API_OK);
	assert_int_equal(cJSON_GetArraySize(json_at(set,
			     "connection.verification_certificates")),
	    1);
	assert_string_equal(text_at(set, "connection.status"), "pending");
}

static void
an_active_connection_keeps_a_certificate(void **state)
{
	struct target id = make_connection(state, SSO "/saml/plain", "{}");
	struct target path =
	    target_of(SSO "/saml/plain/connections/%s", id.text);
	CLEANUP(string_free) char *certificate = some_certificate(state);
	CLEANUP(json_free)
	cJSON *set = b2b(state, "PUT", path.text,
	    "{" MAPPING ",\"x509_certificate\":%s,\"idp_entity_id\":\"e\"}",
	    certificate);
	struct target item =
	    target_of("%s/verification_certificates/%s", path.text,
		text_at(set,
		    "connection.verification_certificates.0.certificate_id"));

	assert_b2b(API_OK, state, "PUT", path.text,
	    "{\"idp_sso_url\":\"https://idp.example.com/sso\"}");
	assert_b2b(API_CANNOT_DELETE_LAST_SSO_VERIFICATION_KEY, state, "DELETE",
	    item.text, NULL);
	assert_b2b(API_SSO_VERIFICATION_KEY_NOT_FOUND, state, "DELETE",
	    target_of(
		"%s/verification_certificates/saml-verification-key-test-11111111-1111-4111-8111-111111111111",
		path.text)
		.text,
	    NULL);
}

/* A private key in PEM as a JSON string; freed by the caller. */
static char *
some_key(const char *kind)
{
	CLEANUP(bio_free) BIO *bio = BIO_new(BIO_s_mem());
	EVP_PKEY *key = strcmp(kind, "RSA") == 0
	    ? EVP_RSA_gen(2048)
	    : EVP_PKEY_Q_keygen(NULL, NULL, kind);
	char *bytes;

	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL,
			     NULL),
	    1);
	assert_int_equal(BIO_write(bio, "", 1), 1);
	EVP_PKEY_free(key);
	assert_true(BIO_get_mem_data(bio, &bytes) > 0);
	return quoted(bytes);
}

static void
keys_are_rsa_and_can_be_taken_away(void **state)
{
	struct target id = make_connection(state, SSO "/saml/plain", "{}");
	struct target path =
	    target_of(SSO "/saml/plain/connections/%s", id.text);
	CLEANUP(string_free) char *rsa = some_key("RSA");
	CLEANUP(string_free) char *ed25519 = some_key("ED25519");
	CLEANUP(json_free) cJSON *set = NULL;
	struct target item;

	assert_b2b(API_SAML_SIGNING_PRIVATE_KEY_INVALID, state, "PUT",
	    path.text, "{\"signing_private_key\":%s}", ed25519);
	set = b2b(state, "PUT", path.text,
	    "{\"signing_private_key\":%s,\"saml_encryption_private_key\":%s}",
	    rsa, rsa);
	assert_answer(set, API_OK);
	assert_int_equal(cJSON_GetArraySize(
			     json_at(set, "connection.signing_certificates")),
	    1);
	item = target_of("%s/encryption_private_keys/%s", path.text,
	    text_at(set,
		"connection.encryption_private_keys.0.private_key_id"));
	assert_b2b(API_OK, state, "DELETE", item.text, NULL);
	assert_b2b(API_SSO_ENCRYPTION_PRIVATE_KEY_NOT_FOUND, state, "DELETE",
	    item.text, NULL);
}

static void
at_most_five_certificates_are_taken(void **state)
{
	struct target id = make_connection(state, SSO "/saml/plain", "{}");
	struct target path =
	    target_of(SSO "/saml/plain/connections/%s", id.text);
	CLEANUP(string_free) char *key = some_key("RSA");

	for (int i = 0; i < 6; i++) {
		CLEANUP(json_free)
		cJSON *other = b2b(state, "PUT", path.text,
		    "{\"signing_private_key\":%s}", key);
		CLEANUP(string_free)
		char *certificate = quoted(text_at(other,
		    "connection.signing_certificates.0.certificate"));

		free(key);
		key = some_key("RSA");
		assert_b2b(i < 5 ? API_OK
				 : API_TOO_MANY_SSO_VERIFICATION_CERTIFICATES,
		    state, "PUT", path.text, "{\"x509_certificate\":%s}",
		    certificate);
	}
}

/* ---- External ---- */

static void
an_external_connection_is_another_organization_s(void **state)
{
	struct target source = make_oidc(state, "strict");
	CLEANUP(json_free)
	cJSON *strict = b2b(state, "GET", ORGANIZATIONS "/strict", NULL);
	const char *strict_id = text_at(strict, "organization.organization_id");
	CLEANUP(json_free) cJSON *plain = NULL;
	CLEANUP(json_free) cJSON *made = NULL;
	struct target path;

	made = b2b(state, "POST", SSO "/external/plain",
	    "{\"external_organization_id\":\"%s\",\"external_connection_id\":"
	    "\"%s\",\"display_name\":\"Theirs\"}",
	    strict_id, source.text);
	assert_answer(made, API_OK);
	assert_string_equal(text_at(made, "connection.status"), "active");
	path = target_of(SSO "/external/plain/connections/%s",
	    text_at(made, "connection.connection_id"));
	assert_b2b(API_OK, state, "PUT", path.text,
	    "{\"display_name\":\"New\",\"external_connection_implicit_role_"
	    "assignments\":[{\"role_id\":\"ops\"}]}");
	assert_b2b(API_INVALID_RBAC_ROLE_ASSIGNMENT, state, "PUT", path.text,
	    "{\"external_group_implicit_role_assignments\":[{\"role_id\":"
	    "\"nobody\",\"group\":\"g\"}]}");
	plain = b2b(state, "GET", ORGANIZATIONS "/plain", NULL);
	assert_b2b(API_SSO_CONNECTION_ORGANIZATION_MISMATCH, state, "POST",
	    SSO "/external/plain",
	    "{\"external_organization_id\":\"%s\",\"external_connection_id\":"
	    "\"%s\"}",
	    text_at(plain, "organization.organization_id"), source.text);
	assert_b2b(API_SSO_CONNECTION_NOT_FOUND, state, "POST",
	    SSO "/external/plain",
	    "{\"external_organization_id\":\"%s\",\"external_connection_id\":"
	    "\"none\"}",
	    strict_id);
	assert_b2b(API_SSO_CONNECTION_NOT_FOUND, state, "PUT",
	    SSO
	    "/external/plain/connections/external-connection-test-11111111-1111-4111-8111-111111111111",
	    "{}");
}

int
main(void)
{
#define ROW(test) \
	cmocka_unit_test_setup_teardown(test, b2b_setup, drive_teardown)
	const struct CMUnitTest tests[] = {
		ROW(an_oidc_connection_is_active_once_complete),
		ROW(the_urls_of_the_played_provider_are_inferred),
		ROW(urls_that_are_none_are_refused_by_name),
		ROW(a_connection_is_found_in_its_own_organization_and_kind),
		ROW(a_deleted_connection_is_gone_and_no_default),
		ROW(a_saml_connection_is_active_once_complete),
		ROW(wrong_settings_of_saml_are_refused),
		ROW(metadata_is_that_of_the_played_provider),
		ROW(an_active_connection_keeps_a_certificate),
		ROW(keys_are_rsa_and_can_be_taken_away),
		ROW(at_most_five_certificates_are_taken),
		ROW(an_external_connection_is_another_organization_s),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
