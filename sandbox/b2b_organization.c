/* SPDX-License-Identifier: BSD-2-Clause */
/* Organizations: found, made, checked, saved. */
#include "config.h"

#include "sandbox/b2b.h"
#include "sandbox/b2b_rbac.h"

#include <ctype.h>
#include <string.h>

enum setting_kind {
	SETTING_TEXT,
	SETTING_LIST,
	SETTING_MAP,
};

/* clang-format off */
static const struct setting {
	const char *name;
	enum setting_kind kind;
	bool is_login;		/* says how one joins or logs in */
	const char *fallback;	/* of a text */
} settings[] = {
	{ "organization_logo_url", SETTING_TEXT, false, "" },
	{ "sso_default_connection_id", SETTING_TEXT, false, "" },
	{ "sso_jit_provisioning", SETTING_TEXT, true, "ALL_ALLOWED" },
	{ "sso_jit_provisioning_allowed_connections", SETTING_LIST, true, "" },
	{ "sso_active_connections", SETTING_LIST, false, "" },
	{ "email_allowed_domains", SETTING_LIST, true, "" },
	{ "email_jit_provisioning", SETTING_TEXT, true, "NOT_ALLOWED" },
	{ "email_invites", SETTING_TEXT, true, "ALL_ALLOWED" },
	{ "auth_methods", SETTING_TEXT, true, "ALL_ALLOWED" },
	{ "allowed_auth_methods", SETTING_LIST, true, "" },
	{ "mfa_policy", SETTING_TEXT, true, "OPTIONAL" },
	{ "mfa_methods", SETTING_TEXT, true, "ALL_ALLOWED" },
	{ "allowed_mfa_methods", SETTING_LIST, true, "" },
	{ "oauth_tenant_jit_provisioning", SETTING_TEXT, true, "NOT_ALLOWED" },
	{ "allowed_oauth_tenants", SETTING_MAP, true, "" },
	{ "claimed_email_domains", SETTING_LIST, false, "" },
	{ "rbac_email_implicit_role_assignments", SETTING_LIST, false, "" },
	{ "first_party_connected_apps_allowed_type", SETTING_TEXT, false, "ALL_ALLOWED" },
	{ "allowed_first_party_connected_apps", SETTING_LIST, false, "" },
	{ "third_party_connected_apps_allowed_type", SETTING_TEXT, false, "ALL_ALLOWED" },
	{ "allowed_third_party_connected_apps", SETTING_LIST, false, "" },
	{ "custom_roles", SETTING_LIST, false, "" },
	{ "trusted_metadata", SETTING_MAP, false, "" },
};
/* clang-format on */

/* Domains where anyone gets an address: being there proves nothing. */
static const char *const common_domains[] = { "gmail.com", "googlemail.com",
	"outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com",
	"me.com", "aol.com", "proton.me", "protonmail.com", "gmx.com",
	"gmx.net", "mail.com", "qq.com", "163.com", "yandex.ru", "mail.ru" };

static const char *const auth_methods[] = { "sso", "magic_link", "email_otp",
	"password", "google_oauth", "microsoft_oauth", "slack_oauth",
	"github_oauth", "hubspot_oauth", NULL };
static const char *const mfa_methods[] = { "sms_otp", "totp", NULL };

void
organization_clear(struct organization *organization)
{
	json_free(&organization->body);
	organization->id.text[0] = '\0';
}

const char *
organization_text(const struct organization *organization, const char *name)
{
	const char *text = json_string(organization->body, name);

	return text != NULL ? text : "";
}

bool
organization_lists(const struct organization *organization, const char *name,
    const char *text)
{
	return json_has_string(json_get(organization->body, name), text);
}

enum api_error
organization_find(struct request *rq, const char *key, struct organization *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	organization_clear(out);
	query_open(&query, rq->store,
	    "SELECT organization_id, body FROM organizations WHERE project_id "
	    "= ?1 AND (organization_id = ?2 OR slug = ?2 OR external_id = ?2) "
	    "ORDER BY organization_id = ?2 DESC, slug = ?2 DESC LIMIT 1",
	    "ss", rq->project->id, key);
	if (!query_next(&query))
		return API_ORGANIZATION_NOT_FOUND;
	query_copy(&query, 0, out->id.text, sizeof(out->id.text));
	out->body = json_parse_stored(query_text(&query, 1), "{}");
	return API_OK;
}

enum api_error
organization_param(struct request *rq, struct organization *out)
{
	return organization_find(rq, param_string(rq, "organization_id"), out);
}

void
organization_init(struct request *rq, const char *name,
    struct organization *out)
{
	organization_clear(out);
	request_id_make(rq, "organization", &out->id);
	out->body = json_object();
	json_set_string(out->body, "organization_id", out->id.text);
	json_set_string(out->body, "organization_name", name);
	json_set_string(out->body, "organization_slug", "");
	json_set_string(out->body, "organization_external_id", "");
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		if (settings[i].kind == SETTING_LIST)
			json_set(out->body, settings[i].name, json_array());
		else if (settings[i].kind == SETTING_MAP)
			json_set(out->body, settings[i].name, json_object());
		else
			json_set_string(out->body, settings[i].name,
			    settings[i].fallback);
	}
	json_set_null(out->body, "scim_active_connection");
	json_set_time(out->body, "created_at", rq->now_us);
}

/* Copy what values has; metadata is merged. */
static enum api_error
take_values(cJSON *body, const cJSON *values, bool is_new)
{
	bool has_login = false;

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const cJSON *value = json_get(values, settings[i].name);

		if (value == NULL ||
		    strcmp(settings[i].name, "trusted_metadata") == 0)
			continue;
		has_login |= settings[i].is_login;
		json_set(body, settings[i].name, json_copy(value));
	}
	if (is_new && has_login && json_get(values, "email_invites") == NULL)
		json_set_string(body, "email_invites", "NOT_ALLOWED");
	if (json_get(values, "organization_name") != NULL)
		json_set(body, "organization_name",
		    json_copy(json_get(values, "organization_name")));
	return metadata_apply(body, "trusted_metadata",
	    json_get(values, "trusted_metadata"));
}

static bool
is_one_of(const char *text, const char *const *names)
{
	for (; text != NULL && *names != NULL; names++) {
		if (strcmp(text, *names) == 0)
			return true;
	}
	return false;
}

/* A RESTRICTED setting needs its list; a list has known names alone. */
static enum api_error
check_restricted(const struct organization *organization, const char *setting,
    const char *list, const char *const *names)
{
	const cJSON *values = json_get(organization->body, list);
	const cJSON *value;
	bool auth = names == auth_methods;

	cJSON_ArrayForEach (value, values) {
		if (!is_one_of(cJSON_GetStringValue(value), names))
			return auth
			    ? API_INVALID_ORGANIZATION_ALLOWED_AUTH_METHODS
			    : API_INVALID_ORGANIZATION_ALLOWED_MFA_METHODS;
	}
	if (strcmp(organization_text(organization, setting), "RESTRICTED") ==
		0 &&
	    cJSON_GetArraySize(values) == 0)
		return auth ? API_ALLOWED_AUTH_METHODS_REQUIRED_FOR_RESTRICTED
			    : API_ALLOWED_MFA_METHODS_REQUIRED_FOR_RESTRICTED;
	return API_OK;
}

static bool
is_domain(const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (len < 3 || len > 253 || strchr(text, '.') == NULL ||
	    strstr(text, "..") != NULL)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool edge = i == 0 || i + 1 == len;

		if (!isalnum((unsigned char)text[i]) &&
		    (edge || (text[i] != '-' && text[i] != '.')))
			return false;
	}
	return true;
}

static bool
is_common(const char *domain)
{
	for (size_t i = 0; i < ARRAY_LEN(common_domains); i++) {
		if (strcasecmp(domain, common_domains[i]) == 0)
			return true;
	}
	return false;
}

static enum api_error
check_domains(const struct organization *organization, const char *list,
    bool claimed)
{
	const cJSON *values = json_get(organization->body, list);
	const cJSON *value;

	cJSON_ArrayForEach (value, values) {
		const char *domain = cJSON_GetStringValue(value);

		if (!is_domain(domain))
			return claimed
			    ? API_ORGANIZATION_SETTINGS_INVALID_CLAIMED_DOMAIN
			    : API_ORGANIZATION_SETTINGS_INVALID_DOMAIN;
		if (is_common(domain))
			return claimed
			    ? API_ORGANIZATION_SETTINGS_CLAIMED_DOMAIN_TOO_COMMON
			    : API_ORGANIZATION_SETTINGS_DOMAIN_TOO_COMMON;
		for (const cJSON *other = value->next; other != NULL;
		     other = other->next) {
			const char *text = cJSON_GetStringValue(other);

			if (text == NULL || strcasecmp(domain, text) != 0)
				continue;
			return claimed
			    ? API_ORGANIZATION_SETTINGS_DUPLICATE_CLAIMED_DOMAIN
			    : API_ORGANIZATION_SETTINGS_DUPLICATE_DOMAIN;
		}
	}
	return API_OK;
}

/* Someone must be able to join: one provisioning setting stays open. */
static enum api_error
check_open(const struct organization *organization)
{
	static const char *const names[] = { "sso_jit_provisioning",
		"email_jit_provisioning", "email_invites",
		"oauth_tenant_jit_provisioning" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(organization_text(organization, names[i]),
			"NOT_ALLOWED") != 0)
			return API_OK;
	}
	return API_INVALID_ORGANIZATION_AUTH_FACTOR_SETTING;
}

static enum api_error
check_email_restriction(const struct organization *organization)
{
	if (cJSON_GetArraySize(
		json_get(organization->body, "email_allowed_domains")) > 0)
		return API_OK;
	if (strcmp(organization_text(organization, "email_jit_provisioning"),
		"RESTRICTED") == 0 ||
	    strcmp(organization_text(organization, "email_invites"),
		"RESTRICTED") == 0)
		return API_INVALID_RESTRICTED_EMAIL_SETTING;
	return API_OK;
}

static enum api_error
check_email_roles(struct request *rq, const struct organization *organization)
{
	const cJSON *rows = json_get(organization->body,
	    "rbac_email_implicit_role_assignments");
	const cJSON *row;

	cJSON_ArrayForEach (row, rows) {
		const char *domain = json_string(row, "domain");

		if (!is_domain(domain))
			return API_RBAC_INVALID_DOMAIN;
		if (is_common(domain))
			return API_RBAC_DOMAIN_TOO_COMMON;
		if (!rbac_has_role(rq, organization,
			json_string(row, "role_id")))
			return API_INVALID_RBAC_ROLE_ID;
	}
	return API_OK;
}

static bool
claimed_by_another(struct request *rq, const struct organization *organization)
{
	CLEANUP(string_free)
	char *domains =
	    json_text(json_get(organization->body, "claimed_email_domains"));

	return store_int(rq->store, 0,
		   "SELECT count(*) FROM organizations o, "
		   "json_each(o.body, '$.claimed_email_domains') c, "
		   "json_each(?) d WHERE o.project_id = ? AND "
		   "o.organization_id <> ? AND lower(c.value) = "
		   "lower(d.value)",
		   "sss", domains, rq->project->id, organization->id.text) > 0;
}

/* The API refuses a value it does not know by an error of its own. */
static enum api_error
unknown_value(const char *setting)
{
	if (strcmp(setting, "auth_methods") == 0)
		return API_INVALID_ORGANIZATION_AUTH_METHOD_SETTINGS;
	if (strcmp(setting, "mfa_methods") == 0)
		return API_INVALID_ORGANIZATION_MFA_FACTOR_SETTING;
	if (strcmp(setting, "mfa_policy") == 0)
		return API_INVALID_ORGANIZATION_MFA_POLICY;
	return API_INVALID_ORGANIZATION_AUTH_FACTOR_SETTING;
}

/* The table leaves these lists open for a client; a server knows its own. */
static enum api_error
check_values(const struct organization *organization)
{
	const struct endpoint *update =
	    endpoint_get(STYTCH_B2B_ORGANIZATIONS_UPDATE);

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		const char *name = settings[i].name;
		const struct endpoint_param *param =
		    endpoint_param(update, name);

		if (settings[i].kind == SETTING_TEXT && param != NULL &&
		    param->values != NULL &&
		    !endpoint_list_has(param->values,
			organization_text(organization, name)))
			return unknown_value(name);
	}
	return API_OK;
}

static enum api_error
check_settings(struct request *rq, const struct organization *organization)
{
	enum api_error error = check_values(organization);

	if (error == API_OK)
		error = check_restricted(organization, "auth_methods",
		    "allowed_auth_methods", auth_methods);
	if (error == API_OK)
		error = check_restricted(organization, "mfa_methods",
		    "allowed_mfa_methods", mfa_methods);
	if (error == API_OK)
		error =
		    check_domains(organization, "email_allowed_domains", false);
	if (error == API_OK)
		error =
		    check_domains(organization, "claimed_email_domains", true);
	if (error == API_OK && claimed_by_another(rq, organization))
		error = API_ORGANIZATION_SETTINGS_DUPLICATE_CLAIMED_DOMAIN;
	if (error == API_OK)
		error = check_email_restriction(organization);
	if (error == API_OK)
		error = check_open(organization);
	if (error == API_OK)
		error = check_email_roles(rq, organization);
	return error;
}

static bool
is_taken(struct request *rq, const struct organization *organization,
    const char *key)
{
	return store_int(rq->store, 0,
		   "SELECT count(*) FROM organizations WHERE project_id = ?1 "
		   "AND organization_id <> ?2 AND (slug = ?3 OR external_id = "
		   "?3 OR organization_id = ?3)",
		   "sss", rq->project->id, organization->id.text, key) > 0;
}

/* A slug from the name, made unlike all others by chance where it must. */
static void
make_slug(struct request *rq, struct organization *organization)
{
	char slug[129] = "";
	size_t len = 0;
	const char *name = organization_text(organization, "organization_name");

	for (; *name != '\0' && len < 100; name++) {
		if (isalnum((unsigned char)*name))
			slug[len++] = (char)tolower((unsigned char)*name);
		else if (len > 0 && slug[len - 1] != '-')
			slug[len++] = '-';
	}
	while (len > 0 && slug[len - 1] == '-')
		len--;
	slug[len] = '\0';
	if (len < 2 || is_taken(rq, organization, slug)) {
		slug[len++] = '-';
		random_alphanumeric(slug + len, 8);
	}
	json_set_string(organization->body, "organization_slug", slug);
}

/* Slug and external id, each the only one of its kind. */
static enum api_error
take_keys(struct request *rq, struct organization *organization,
    const cJSON *values)
{
	const char *slug = json_string(values, "organization_slug");
	const char *external = json_string(values, "organization_external_id");

	if (slug != NULL && is_taken(rq, organization, slug))
		return API_ORGANIZATION_SLUG_ALREADY_USED;
	if (external != NULL && is_taken(rq, organization, external))
		return API_ORGANIZATION_EXTERNAL_ID_ALREADY_USED;
	if (slug != NULL)
		json_set_string(organization->body, "organization_slug", slug);
	else if (*organization_text(organization, "organization_slug") == '\0')
		make_slug(rq, organization);
	if (external != NULL)
		json_set_string(organization->body, "organization_external_id",
		    external);
	return API_OK;
}

void
organization_save(struct request *rq, struct organization *organization)
{
	CLEANUP(string_free) char *body = NULL;
	const char *external =
	    organization_text(organization, "organization_external_id");

	json_set_time(organization->body, "updated_at", rq->now_us);
	body = json_text(organization->body);
	store_run(rq->store,
	    "INSERT INTO organizations (organization_id, project_id, slug, "
	    "external_id, name, body) VALUES (?, ?, ?, nullif(?, ''), ?, ?) "
	    "ON CONFLICT (organization_id) DO UPDATE SET slug = "
	    "excluded.slug, external_id = excluded.external_id, name = "
	    "excluded.name, body = excluded.body",
	    "ssssss", organization->id.text, rq->project->id,
	    organization_text(organization, "organization_slug"), external,
	    organization_text(organization, "organization_name"), body);
}

enum api_error
organization_apply(struct request *rq, struct organization *organization,
    const cJSON *values, bool is_new)
{
	enum api_error error = take_values(organization->body, values, is_new);

	if (error == API_OK)
		error = check_settings(rq, organization);
	if (error == API_OK)
		error = take_keys(rq, organization, values);
	if (error == API_OK)
		organization_save(rq, organization);
	return error;
}
