/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins by SSO, and the tokens that OIDC providers gave. */
#include "config.h"

#include "sandbox/b2b_connection.h"
#include "sandbox/b2b_login.h"
#include "sandbox/b2b_rbac.h"
#include "sandbox/idp.h"
#include "sandbox/link.h"
#include "sandbox/lock.h"
#include "sandbox/registration.h"

#include <string.h>

/* Whether the connection lets in whom the organization does not know. */
static enum api_error
check_jit(struct request *rq, const struct connection *connection,
    const char *address)
{
	const struct organization *organization = &connection->organization;
	const char *setting =
	    organization_text(organization, "sso_jit_provisioning");

	if (strcmp(setting, "NOT_ALLOWED") == 0 ||
	    (strcmp(setting, "RESTRICTED") == 0 &&
		!organization_lists(organization,
		    "sso_jit_provisioning_allowed_connections",
		    connection->id.text)))
		return request_refuse(rq,
		    API_EMAIL_JIT_PROVISIONING_NOT_ALLOWED,
		    "The organization does not let new members in by this "
		    "connection.");
	if (!member_email_is_free(rq, organization, address))
		return API_DUPLICATE_MEMBER_EMAIL;
	return policy_domain_free(rq, organization, address);
}

/* The member with the provider's address, made if there is none. */
static enum api_error
find_member(struct request *rq, struct connection *connection,
    const cJSON *claims, const char *address, struct party *party)
{
	enum api_error error = organization_find(rq,
	    connection->organization.id.text, &party->organization);

	if (error != API_OK)
		return error;
	if (!member_by_email(rq, &party->organization, address,
		&party->member)) {
		error = check_jit(rq, connection, address);
		if (error != API_OK)
			return error;
		member_init(rq, &party->organization, address, "active",
		    &party->member);
		json_set_string(party->member.body, "name",
		    json_string(claims, "name"));
		member_save(rq, &party->member);
	}
	return member_is(&party->member, "deleted") ? API_MEMBER_NOT_FOUND
						    : API_OK;
}

/* What the provider said, as the registration shows it. */
static cJSON *
sso_attributes(const cJSON *claims)
{
	static const char *const names[] = { "email", "name", "groups" };
	cJSON *attributes = json_copy(json_get(claims, "attributes"));

	if (attributes == NULL)
		attributes = json_object();
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		json_set(attributes, names[i],
		    json_copy(json_get(claims, names[i])));
	return attributes;
}

/* The member's registration with the connection, brought up to date. */
static const char *
keep_registration(struct request *rq, struct member *member,
    const struct connection *connection, const cJSON *claims)
{
	cJSON *list =
	    cJSON_GetObjectItemCaseSensitive(member->body, "sso_registrations");
	const char *subject = json_string(claims, "subject");
	cJSON *item;
	struct id id;

	cJSON_ArrayForEach (item, list) {
		if (strcmp(json_string(item, "connection_id"),
			connection->id.text) == 0 &&
		    strcmp(json_string(item, "external_id"), subject) == 0)
			break;
	}
	if (item == NULL) {
		item = json_object();
		request_id_make(rq, "sso-registration", &id);
		json_set_string(item, "connection_id", connection->id.text);
		json_set_string(item, "external_id", subject);
		json_set_string(item, "registration_id", id.text);
		json_push(list, item);
	}
	json_set(item, "sso_attributes", sso_attributes(claims));
	member_save(rq, member);
	return json_string(item, "registration_id");
}

/*
 * The connection that speaks with the provider: for an external one it is
 * another organization's.
 */
static enum api_error
find_source(struct request *rq, const struct connection *connection,
    struct connection *out)
{
	const char *id = connection->kind == CONNECTION_EXTERNAL
	    ? connection_text(connection, "external_connection_id")
	    : connection->id.text;

	return connection_find(rq, id, out) ? API_OK
					    : API_SSO_CONNECTION_NOT_FOUND;
}

/*
 * What the connection maps, to the member's trusted metadata, key by key; a
 * key that the provider does not send stays as it is.
 */
static enum api_error
map_attributes(const struct connection *source, const cJSON *claims,
    struct member *member)
{
	/* Every login reads these itself. */
	static const char own[] = "email|full_name|first_name|last_name|groups";
	CLEANUP(json_free) cJSON *sent = sso_attributes(claims);
	CLEANUP(json_free) cJSON *changes = json_object();
	const cJSON *mapping;

	cJSON_ArrayForEach (mapping,
	    json_get(source->body, "attribute_mapping")) {
		const cJSON *value = cJSON_IsString(mapping)
		    ? json_get(sent, mapping->valuestring)
		    : NULL;

		if (value != NULL && !cJSON_IsNull(value) &&
		    !endpoint_list_has(own, mapping->string))
			json_set(changes, mapping->string, json_copy(value));
	}
	return metadata_apply(member->body, "trusted_metadata", changes);
}

static cJSON *
sso_factor(struct request *rq, bool oidc, const struct connection *connection,
    const char *registration_id, const char *subject)
{
	cJSON *factor = factor_make(rq, "sso", oidc ? "sso_oidc" : "sso_saml");
	cJSON *detail = json_object();

	json_set_string(detail, "id", registration_id);
	json_set_string(detail, "provider_id", connection->id.text);
	json_set_string(detail, "external_id", subject);
	json_set(factor, oidc ? "oidc_sso_factor" : "saml_sso_factor", detail);
	return factor;
}

/* Everything is checked: registration, tokens, factor. */
static enum api_error
log_in(struct request *rq, struct party *party, struct login *login,
    const struct connection *connection, const cJSON *claims)
{
	CLEANUP(connection_clear) struct connection source = CONNECTION_INIT;
	const char *subject = json_string(claims, "subject");
	enum api_error error = find_source(rq, connection, &source);
	const char *id;
	bool oidc;

	if (error == API_OK)
		error = map_attributes(&source, claims, &party->member);
	if (error != API_OK)
		return error;
	oidc = source.kind == CONNECTION_OIDC;
	lock_forget(rq, party->member.id.text);
	login_prove_email(rq, party);
	id = keep_registration(rq, &party->member, connection, claims);
	if (oidc) {
		CLEANUP(json_free) cJSON *values = idp_values(rq, claims);

		json_set_string(values, "connection_id", connection->id.text);
		json_set_string(values, "provider_subject", subject);
		registration_keep(rq, party->member.id.text, "oidc_tokens", id,
		    values);
	}
	json_set_bool(rq->reply, "reset_session", false);
	return login_primary(rq, party, login,
	    sso_factor(rq, oidc, connection, id, subject));
}

enum api_error
b2b_sso_authenticate(struct request *rq)
{
	CLEANUP(link_clear) struct link link = { .kind = "" };
	CLEANUP(connection_clear)
	struct connection connection = CONNECTION_INIT;
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	CLEANUP(login_clear) struct login login = LOGIN_INIT;
	CLEANUP(json_free) cJSON *claims = NULL;
	const char *token = param_string(rq, "sso_token");
	enum api_error error;

	if (link_find(rq, token, "sso", &link) != LINK_GOOD)
		return API_SSO_TOKEN_NOT_FOUND;
	claims = idp_claims(link.details);
	if (!connection_find(rq, json_string(claims, "provider"), &connection))
		return API_SSO_CONNECTION_NOT_FOUND;
	error = link_check_pkce(&link, param_string(rq, "pkce_code_verifier"));
	if (error == API_OK)
		error =
		    find_member(rq, &connection, claims, link.email, &party);
	if (error == API_OK)
		error = login_begin(rq, &party, &login);
	if (error == API_OK &&
	    !policy_auth_allowed(&party.organization, &party.member, "sso"))
		error = API_OPERATION_RESTRICTED_BY_ORGANIZATION_AUTH_METHODS;
	if (error == API_OK)
		error = lock_check(rq, party.member.id.text);
	if (error != API_OK)
		return error;
	link_use(rq, token);
	return log_in(rq, &party, &login, &connection, claims);
}

enum api_error
b2b_members_oidc_providers(struct request *rq)
{
	CLEANUP(party_clear) struct party party = PARTY_INIT;
	enum api_error error = party_params(rq, &party);

	if (error == API_OK)
		error =
		    rbac_check_caller(rq, &party.organization, &party.member);
	if (error == API_OK)
		json_set(rq->reply, "registrations",
		    registration_tokens(rq, party.member.id.text, "oidc_tokens",
			NULL));
	return error;
}
