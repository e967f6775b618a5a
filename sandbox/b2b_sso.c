/* SPDX-License-Identifier: BSD-2-Clause */
/* SSO connections in general, those of OIDC, and those of others. */
#include "config.h"

#include "sandbox/b2b_connection.h"
#include "sandbox/b2b_rbac.h"

#include <string.h>

enum api_error
b2b_sso_get_connections(struct request *rq)
{
	static const char *const names[] = {
		[CONNECTION_SAML] = "saml_connections",
		[CONNECTION_OIDC] = "oidc_connections",
		[CONNECTION_EXTERNAL] = "external_connections",
	};
	CLEANUP(organization_clear)
	struct organization organization = ORGANIZATION_INIT;
	enum api_error error = organization_param(rq, &organization);

	if (error == API_OK)
		error = rbac_check_caller(rq, &organization, NULL);
	if (error != API_OK)
		return error;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		json_set(rq->reply, names[i],
		    connection_list(rq, &organization,
			(enum connection_kind)i));
	return API_OK;
}

enum api_error
b2b_sso_connections_delete(struct request *rq)
{
	CLEANUP(connection_clear)
	struct connection connection = CONNECTION_INIT;
	enum api_error error =
	    connection_params(rq, CONNECTION_KINDS, &connection);

	if (error != API_OK)
		return error;
	connection_delete(rq, &connection);
	json_set_string(rq->reply, "connection_id", connection.id.text);
	return API_OK;
}

/* ---- OIDC ---- */

/* clang-format off */
static const struct {
	const char *name;
	const char *path; /* of the played provider's own */
	enum api_error invalid;
} oidc_urls[] = {
	{ "issuer", "", API_OIDC_CONNECTION_ISSUER_URL_INVALID_FORMAT },
	{ "authorization_url", "/authorize", API_OIDC_CONNECTION_AUTHORIZATION_URL_INVALID_FORMAT },
	{ "token_url", "/token", API_OIDC_CONNECTION_TOKEN_URL_INVALID_FORMAT },
	{ "userinfo_url", "/userinfo", API_OIDC_CONNECTION_USERINFO_URL_INVALID_FORMAT },
	{ "jwks_url", "/jwks", API_OIDC_CONNECTION_JWKS_URL_INVALID_FORMAT },
};
/* clang-format on */

static bool
is_web_url(const char *url)
{
	return (strncmp(url, "https://", 8) == 0 && url[8] != '\0') ||
	    (strncmp(url, "http://", 7) == 0 && url[7] != '\0');
}

enum api_error
b2b_sso_oidc_create_connection(struct request *rq)
{
	static const char *const empty[] = { "client_id", "client_secret",
		"custom_scopes" };
	CLEANUP(connection_clear)
	struct connection connection = CONNECTION_INIT;
	CLEANUP(buf_clear) struct buf callback = BUF_INIT(1024);
	enum api_error error =
	    connection_create(rq, CONNECTION_OIDC, &connection);

	if (error != API_OK)
		return error;
	buf_addf(&callback, "%s/v1/public/sso/oidc/%s/callback", rq->base_url,
	    connection.id.text);
	store_fail(rq->store, buf_error(&callback));
	json_set_string(connection.body, "redirect_url", buf_text(&callback));
	for (size_t i = 0; i < ARRAY_LEN(empty); i++)
		json_set_string(connection.body, empty[i], "");
	for (size_t i = 0; i < ARRAY_LEN(oidc_urls); i++)
		json_set_string(connection.body, oidc_urls[i].name, "");
	json_set(connection.body, "attribute_mapping", json_object());
	connection_save(rq, &connection);
	return API_OK;
}

/*
 * An issuer's discovery document would say the other URLs.  Of foreign ones
 * none is fetched; of the provider that the sandbox plays they are known.
 */
static void
infer_urls(struct request *rq, struct connection *connection)
{
	CLEANUP(buf_clear) struct buf own = BUF_INIT(1024);

	buf_addf(&own, "%s%s", rq->base_url, IDP_PATH);
	store_fail(rq->store, buf_error(&own));
	if (strcmp(connection_text(connection, "issuer"), buf_text(&own)) !=
	    0) {
		json_set_string(rq->reply, "warning",
		    "The issuer's discovery document could not be read: set "
		    "the URLs yourself.");
		return;
	}
	for (size_t i = 1; i < ARRAY_LEN(oidc_urls); i++) {
		if (*connection_text(connection, oidc_urls[i].name) != '\0')
			continue;
		buf_reset(&own);
		buf_addf(&own, "%s%s%s", rq->base_url, IDP_PATH,
		    oidc_urls[i].path);
		store_fail(rq->store, buf_error(&own));
		json_set_string(connection->body, oidc_urls[i].name,
		    buf_text(&own));
	}
}

/* Whether everything that a login needs is set. */
static bool
oidc_is_complete(const struct connection *connection)
{
	for (size_t i = 0; i < ARRAY_LEN(oidc_urls); i++) {
		if (*connection_text(connection, oidc_urls[i].name) == '\0')
			return false;
	}
	return *connection_text(connection, "client_id") != '\0' &&
	    *connection_text(connection, "client_secret") != '\0';
}

enum api_error
b2b_sso_oidc_connections_update(struct request *rq)
{
	static const char *const names[] = { "display_name", "client_id",
		"client_secret", "issuer", "authorization_url", "token_url",
		"userinfo_url", "jwks_url", "identity_provider",
		"custom_scopes", "attribute_mapping", NULL };
	CLEANUP(connection_clear)
	struct connection connection = CONNECTION_INIT;
	enum api_error error =
	    connection_params(rq, CONNECTION_OIDC, &connection);

	if (error != API_OK)
		return error;
	for (size_t i = 0; i < ARRAY_LEN(oidc_urls); i++) {
		const char *url = param_string(rq, oidc_urls[i].name);

		if (url != NULL && !is_web_url(url))
			return oidc_urls[i].invalid;
	}
	connection_take(rq, &connection, names);
	if (param_has(rq, "issuer") && !oidc_is_complete(&connection))
		infer_urls(rq, &connection);
	json_set_string(connection.body, "status",
	    oidc_is_complete(&connection) ? "active" : "pending");
	connection_save(rq, &connection);
	return API_OK;
}

/* ---- External: a connection of another organization ---- */

static enum api_error
take_external_roles(struct request *rq, struct connection *connection,
    const char *connections, const char *groups)
{
	enum api_error error = connection_take_roles(rq, connection,
	    "external_connection_implicit_role_assignments", connections,
	    false);

	return error != API_OK
	    ? error
	    : connection_take_roles(rq, connection,
		  "external_group_implicit_role_assignments", groups, true);
}

enum api_error
b2b_sso_external_create_connection(struct request *rq)
{
	const char *organization = param_string(rq, "external_organization_id");
	const char *id = param_string(rq, "external_connection_id");
	CLEANUP(connection_clear)
	struct connection connection = CONNECTION_INIT;
	CLEANUP(connection_clear) struct connection source = CONNECTION_INIT;
	enum api_error error =
	    connection_create(rq, CONNECTION_EXTERNAL, &connection);

	if (error != API_OK)
		return error;
	if (!connection_find(rq, id, &source) ||
	    source.kind == CONNECTION_EXTERNAL)
		return API_SSO_CONNECTION_NOT_FOUND;
	if (strcmp(source.organization.id.text, organization) != 0 ||
	    strcmp(connection.organization.id.text, organization) == 0)
		return API_SSO_CONNECTION_ORGANIZATION_MISMATCH;
	json_set_string(connection.body, "status", "active");
	json_set_string(connection.body, "external_organization_id",
	    organization);
	json_set_string(connection.body, "external_connection_id", id);
	json_set(connection.body,
	    "external_connection_implicit_role_assignments", json_array());
	json_set(connection.body, "external_group_implicit_role_assignments",
	    json_array());
	error = take_external_roles(rq, &connection,
	    "connection_implicit_role_assignments",
	    "group_implicit_role_assignments");
	if (error == API_OK)
		connection_save(rq, &connection);
	return error;
}

enum api_error
b2b_sso_external_connections_update(struct request *rq)
{
	static const char *const names[] = { "display_name", NULL };
	CLEANUP(connection_clear)
	struct connection connection = CONNECTION_INIT;
	enum api_error error =
	    connection_params(rq, CONNECTION_EXTERNAL, &connection);

	if (error == API_OK)
		error = take_external_roles(rq, &connection,
		    "external_connection_implicit_role_assignments",
		    "external_group_implicit_role_assignments");
	if (error != API_OK)
		return error;
	connection_take(rq, &connection, names);
	connection_save(rq, &connection);
	return API_OK;
}
