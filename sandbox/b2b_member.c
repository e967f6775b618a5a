/* SPDX-License-Identifier: BSD-2-Clause */
/* Members: found, made, changed, and shown as the API shows them. */
#include "config.h"

#include "sandbox/b2b.h"
#include "sandbox/b2b_derived.h"
#include "sandbox/b2b_password.h"
#include "sandbox/b2b_rbac.h"
#include "sandbox/lock.h"
#include "sandbox/totp.h"

#include <string.h>
#include <strings.h>

/* The columns that member_read() reads. */
#define MEMBER_COLUMNS \
	"member_id, organization_id, email_id, phone_id, roles, body"

void
member_clear(struct member *member)
{
	json_free(&member->body);
	json_free(&member->roles);
	member->id.text[0] = '\0';
}

void
party_clear(struct party *party)
{
	organization_clear(&party->organization);
	member_clear(&party->member);
}

const char *
member_text(const struct member *member, const char *name)
{
	const char *text = json_string(member->body, name);

	return text != NULL ? text : "";
}

bool
member_flag(const struct member *member, const char *name)
{
	return json_bool(member->body, name, false);
}

bool
member_is(const struct member *member, const char *status)
{
	return strcmp(member_text(member, "status"), status) == 0;
}

static void
member_read(struct query *query, struct member *out)
{
	member_clear(out);
	query_copy(query, 0, out->id.text, sizeof(out->id.text));
	query_copy(query, 1, out->organization_id.text,
	    sizeof(out->organization_id.text));
	query_copy(query, 2, out->email_id.text, sizeof(out->email_id.text));
	query_copy(query, 3, out->phone_id.text, sizeof(out->phone_id.text));
	out->roles = json_parse_stored(query_text(query, 4), "[]");
	out->body = json_parse_stored(query_text(query, 5), "{}");
}

enum api_error
member_find(struct request *rq, const struct organization *organization,
    const char *key, struct member *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT " MEMBER_COLUMNS " FROM members WHERE organization_id = ?1 "
	    "AND (member_id = ?2 OR external_id = ?2) AND status <> 'deleted' "
	    "ORDER BY member_id = ?2 DESC LIMIT 1",
	    "ss", organization->id.text, key);
	if (!query_next(&query))
		return API_MEMBER_NOT_FOUND;
	member_read(&query, out);
	return API_OK;
}

bool
member_by_email(struct request *rq, const struct organization *organization,
    const char *address, struct member *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT " MEMBER_COLUMNS " FROM members WHERE organization_id = ? "
	    "AND email_address = ?",
	    "ss", organization->id.text, address);
	if (!query_next(&query))
		return false;
	member_read(&query, out);
	return true;
}

bool
member_by_id(struct request *rq, const char *id, struct member *out)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;

	query_open(&query, rq->store,
	    "SELECT " MEMBER_COLUMNS " FROM members WHERE member_id = ? AND "
	    "organization_id IN (SELECT organization_id FROM organizations "
	    "WHERE project_id = ?)",
	    "ss", id, rq->project->id);
	if (!query_next(&query))
		return false;
	member_read(&query, out);
	return true;
}

enum api_error
party_params(struct request *rq, struct party *out)
{
	enum api_error error = organization_param(rq, &out->organization);

	if (error != API_OK)
		return error;
	return member_find(rq, &out->organization,
	    param_string(rq, "member_id"), &out->member);
}

enum api_error
party_by_email(struct request *rq, struct party *out)
{
	enum api_error error = organization_param(rq, &out->organization);

	if (error != API_OK)
		return error;
	if (!member_by_email(rq, &out->organization,
		param_string(rq, "email_address"), &out->member) ||
	    member_is(&out->member, "deleted"))
		return API_MEMBER_NOT_FOUND;
	return API_OK;
}

enum api_error
party_by_member(struct request *rq, const char *member_id, struct party *out)
{
	if (!member_by_id(rq, member_id, &out->member) ||
	    member_is(&out->member, "deleted"))
		return API_MEMBER_NOT_FOUND;
	return organization_find(rq, out->member.organization_id.text,
	    &out->organization);
}

void
member_init(struct request *rq, const struct organization *organization,
    const char *address, const char *status, struct member *out)
{
	static const char *const empty[] = { "name", "mfa_phone_number",
		"default_mfa_method", "external_id" };
	static const char *const no[] = { "is_breakglass", "mfa_enrolled",
		"email_address_verified", "mfa_phone_number_verified" };

	member_clear(out);
	request_id_make(rq, "member", &out->id);
	request_id_make(rq, "email", &out->email_id);
	out->organization_id = organization->id;
	out->phone_id.text[0] = '\0';
	out->roles = json_array();
	out->body = json_object();
	json_set_string(out->body, "organization_id", organization->id.text);
	json_set_string(out->body, "member_id", out->id.text);
	json_set_string(out->body, "email_address", address);
	json_set_string(out->body, "status", status);
	for (size_t i = 0; i < ARRAY_LEN(empty); i++)
		json_set_string(out->body, empty[i], "");
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		json_set_bool(out->body, no[i], false);
	json_set(out->body, "sso_registrations", json_array());
	json_set(out->body, "oauth_registrations", json_array());
	json_set_null(out->body, "scim_registration");
	json_set(out->body, "trusted_metadata", json_object());
	json_set(out->body, "untrusted_metadata", json_object());
	json_set_time(out->body, "created_at", rq->now_us);
}

void
member_save(struct request *rq, struct member *member)
{
	CLEANUP(string_free) char *body = NULL;
	CLEANUP(string_free) char *roles = json_text(member->roles);

	json_set_time(member->body, "updated_at", rq->now_us);
	body = json_text(member->body);
	store_run(rq->store,
	    "INSERT INTO members (member_id, organization_id, email_id, "
	    "email_address, external_id, status, phone_id, phone_number, "
	    "roles, body) VALUES (?, ?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?) "
	    "ON CONFLICT (member_id) DO UPDATE SET email_id = "
	    "excluded.email_id, email_address = excluded.email_address, "
	    "external_id = excluded.external_id, status = excluded.status, "
	    "phone_id = excluded.phone_id, phone_number = "
	    "excluded.phone_number, roles = excluded.roles, body = "
	    "excluded.body",
	    "ssssssssss", member->id.text, member->organization_id.text,
	    member->email_id.text, member_text(member, "email_address"),
	    member_text(member, "external_id"), member_text(member, "status"),
	    member->phone_id.text, member_text(member, "mfa_phone_number"),
	    roles, body);
}

enum api_error
member_set_roles(struct request *rq, const struct organization *organization,
    struct member *member, const cJSON *roles)
{
	CLEANUP(json_free) cJSON *set = json_array();
	const cJSON *role;

	cJSON_ArrayForEach (role, roles) {
		const char *id = cJSON_GetStringValue(role);

		if (id != NULL && strcmp(id, ROLE_MEMBER) == 0)
			return API_CANNOT_ASSIGN_DEFAULT_RBAC_ROLE_ID;
		if (!rbac_has_role(rq, organization, id))
			return API_INVALID_RBAC_ROLE_ASSIGNMENT;
		if (!json_has_string(set, id))
			json_push_string(set, id);
	}
	json_free(&member->roles);
	member->roles = STEAL(set);
	return API_OK;
}

void
member_set_phone(struct request *rq, struct member *member, const char *number)
{
	request_id_make(rq, "phone-number", &member->phone_id);
	json_set_string(member->body, "mfa_phone_number", number);
	json_set_bool(member->body, "mfa_phone_number_verified", false);
}

enum api_error
member_set_external_id(struct request *rq, struct member *member,
    const char *external_id)
{
	if (store_int(rq->store, 0,
		"SELECT count(*) FROM members WHERE organization_id = ?1 AND "
		"member_id <> ?2 AND (external_id = ?3 OR member_id = ?3)",
		"sss", member->organization_id.text, member->id.text,
		external_id) > 0)
		return API_DUPLICATE_MEMBER_EXTERNAL_ID;
	json_set_string(member->body, "external_id", external_id);
	return API_OK;
}

enum api_error
member_merge(struct member *member, const char *name, const cJSON *changes)
{
	return metadata_apply(member->body, name, changes);
}

bool
member_email_is_free(struct request *rq,
    const struct organization *organization, const char *address)
{
	return store_int(rq->store, 0,
		   "SELECT (SELECT count(*) FROM members WHERE organization_id "
		   "= ?1 AND email_address = ?2) + (SELECT count(*) FROM "
		   "retired_emails WHERE organization_id = ?1 AND "
		   "email_address = ?2)",
		   "ss", organization->id.text, address) == 0;
}

bool
member_has_totp(struct request *rq, const struct member *member)
{
	struct totp totp;

	return totp_find(rq, member->id.text, &totp) && totp.verified;
}

bool
member_has_second(struct request *rq, const struct member *member)
{
	return member_flag(member, "mfa_phone_number_verified") ||
	    member_has_totp(rq, member);
}

/* ---- How a member is shown ---- */

static cJSON *
role_source(const char *type, const cJSON *details)
{
	cJSON *source = json_object();

	json_set_string(source, "type", type);
	json_set(source, "details",
	    details != NULL ? json_copy(details) : json_object());
	return source;
}

/* Add a role with a source, or the source to the role that is there. */
static void
add_role(cJSON *roles, const char *role_id, const char *type,
    const cJSON *details)
{
	cJSON *role, *sources;

	cJSON_ArrayForEach (role, roles) {
		const char *id = json_string(role, "role_id");

		if (id == NULL || strcmp(id, role_id) != 0)
			continue;
		json_push(cJSON_GetObjectItemCaseSensitive(role, "sources"),
		    role_source(type, details));
		return;
	}
	role = json_object();
	sources = json_array();
	json_set_string(role, "role_id", role_id);
	json_push(sources, role_source(type, details));
	json_set(role, "sources", sources);
	json_push(roles, role);
}

/* Explicit roles, that of everyone, those of the address's domain. */
static cJSON *
own_roles(const struct organization *organization, const struct member *member)
{
	const char *domain =
	    address_domain(member_text(member, "email_address"));
	cJSON *roles = json_array();
	const cJSON *item;

	add_role(roles, ROLE_MEMBER, "direct_assignment", NULL);
	cJSON_ArrayForEach (item, member->roles) {
		add_role(roles, cJSON_GetStringValue(item), "direct_assignment",
		    NULL);
	}
	if (!member_flag(member, "email_address_verified"))
		return roles;
	cJSON_ArrayForEach (item,
	    json_get(organization->body,
		"rbac_email_implicit_role_assignments")) {
		const char *of = json_string(item, "domain");
		CLEANUP(json_free) cJSON *details = NULL;

		if (of == NULL || strcasecmp(of, domain) != 0)
			continue;
		details = json_object();
		json_set_string(details, "email_domain", of);
		add_role(roles, json_string(item, "role_id"),
		    "email_assignment", details);
	}
	return roles;
}

/* Those, and the ones of connections; factors as for derived_roles(). */
static cJSON *
roles_with_sources(struct request *rq, const struct organization *organization,
    const struct member *member, const cJSON *factors)
{
	CLEANUP(json_free) cJSON *derived = derived_roles(rq, member, factors);
	cJSON *roles = own_roles(organization, member);
	const cJSON *item;

	cJSON_ArrayForEach (item, derived) {
		add_role(roles, json_string(item, "role_id"),
		    json_string(item, "type"), json_get(item, "details"));
	}
	return roles;
}

cJSON *
member_role_ids(struct request *rq, const struct organization *organization,
    const struct member *member, const cJSON *factors)
{
	CLEANUP(json_free)
	cJSON *roles = roles_with_sources(rq, organization, member, factors);
	cJSON *ids = json_array();
	const cJSON *role;

	cJSON_ArrayForEach (role, roles) {
		json_push_string(ids, json_string(role, "role_id"));
	}
	return ids;
}

static void
add_retired_emails(struct request *rq, const struct member *member,
    cJSON *shown)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *retired = json_array();

	query_open(&query, rq->store,
	    "SELECT email_id, email_address FROM retired_emails WHERE "
	    "member_id = ? ORDER BY rowid",
	    "s", member->id.text);
	while (query_next(&query)) {
		cJSON *email = json_object();

		json_set_string(email, "email_id", query_text(&query, 0));
		json_set_string(email, "email_address", query_text(&query, 1));
		json_push(retired, email);
	}
	json_set(shown, "retired_email_addresses", retired);
}

/* The ids of what the member has beside: a verified TOTP, a password. */
static void
add_credentials(struct request *rq, const struct member *member, cJSON *shown)
{
	struct password password;
	struct totp totp;
	bool has_totp = totp_find(rq, member->id.text, &totp) && totp.verified;
	bool has_password =
	    password_find(rq, password_owner_of(rq, member).id, &password);

	json_set_string(shown, "totp_registration_id",
	    has_totp ? totp.totp_id : "");
	json_set_string(shown, "member_password_id",
	    has_password ? password.password_id : "");
}

cJSON *
member_json(struct request *rq, const struct organization *organization,
    const struct member *member)
{
	CLEANUP(json_free)
	cJSON *ids = member_role_ids(rq, organization, member, NULL);
	cJSON *shown = json_copy(member->body);

	json_set(shown, "roles",
	    roles_with_sources(rq, organization, member, NULL));
	json_set_bool(shown, "is_admin", json_has_string(ids, ROLE_ADMIN));
	add_retired_emails(rq, member, shown);
	add_credentials(rq, member, shown);
	lock_describe(rq, member->id.text, shown);
	return shown;
}

void
party_reply(struct request *rq, const struct party *party)
{
	json_set_string(rq->reply, "member_id", party->member.id.text);
	json_set(rq->reply, "member",
	    member_json(rq, &party->organization, &party->member));
	json_set(rq->reply, "organization",
	    json_copy(party->organization.body));
}
