/* SPDX-License-Identifier: BSD-2-Clause */
/* SCIM users: what a push of one does to the member. */
#include "config.h"

#include "sandbox/b2b_scim.h"
#include "sandbox/form.h"
#include "sandbox/session.h"

#include <string.h>
#include <strings.h>

#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

static const char *
text_of(const cJSON *object, const char *name)
{
	const char *text =
	    cJSON_GetStringValue(cJSON_GetObjectItem(object, name));

	return text != NULL ? text : "";
}

/* Some clients write "False". */
static bool
is_active(const cJSON *resource)
{
	const cJSON *active = cJSON_GetObjectItem(resource, "active");

	if (cJSON_IsString(active))
		return strcasecmp(active->valuestring, "false") != 0;
	return !cJSON_IsFalse(active);
}

/* The primary address, else the first, else a userName that is one. */
static const char *
address_of(const cJSON *resource)
{
	const cJSON *emails = cJSON_GetObjectItem(resource, "emails");
	const char *found = "";
	const cJSON *item;

	cJSON_ArrayForEach (item, emails) {
		if (*found == '\0' ||
		    cJSON_IsTrue(cJSON_GetObjectItem(item, "primary")))
			found = text_of(item, "value");
	}
	return *found != '\0' ? found : text_of(resource, "userName");
}

static cJSON *
groups_of(struct request *rq, const char *member_id)
{
	return scim_pairs(rq,
	    "SELECT group_id, name FROM scim_groups JOIN scim_group_members "
	    "USING (group_id) WHERE member_id = ? ORDER BY number",
	    member_id);
}

cJSON *
scim_user_get(struct request *rq, const struct scim_connection *connection,
    const char *id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *resource;

	query_open(&query, rq->store,
	    "SELECT body FROM scim_users WHERE connection_id = ? AND "
	    "member_id = ?",
	    "ss", connection->id.text, id);
	if (!query_next(&query))
		return NULL;
	resource = json_parse_stored(query_text(&query, 0), "{}");
	json_set_string(resource, "id", id);
	json_set_bool(resource, "active", is_active(resource));
	json_set(resource, "groups", groups_of(rq, id));
	return resource;
}

cJSON *
scim_user_ids(struct request *rq, const struct scim_connection *connection)
{
	return scim_column(rq,
	    "SELECT member_id FROM scim_users WHERE connection_id = ? ORDER BY "
	    "number",
	    connection->id.text);
}

/* ---- How Stytch shows the resource. ---- */

static void
copy_texts(cJSON *to, const cJSON *from, const char *const (*names)[2],
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		json_set_string(to, names[i][0], text_of(from, names[i][1]));
}

/* A list whose items have value, type and primary, and maybe more. */
static cJSON *
copy_list(const cJSON *from, const char *name)
{
	static const char *const more[][2] = { { "formatted", "formatted" },
		{ "street_address", "streetAddress" },
		{ "locality", "locality" }, { "region", "region" },
		{ "postal_code", "postalCode" }, { "country", "country" },
		{ "type", "type" } };
	static const char *const plain[][2] = { { "value", "value" },
		{ "type", "type" } };
	bool addresses = strcmp(name, "addresses") == 0;
	cJSON *list = json_array();
	const cJSON *item;

	cJSON_ArrayForEach (item, cJSON_GetObjectItem(from, name)) {
		cJSON *shown = json_object();

		copy_texts(shown, item, addresses ? more : plain,
		    addresses ? ARRAY_LEN(more) : ARRAY_LEN(plain));
		json_set_bool(shown, "primary",
		    cJSON_IsTrue(cJSON_GetObjectItem(item, "primary")));
		json_push(list, shown);
	}
	return list;
}

static cJSON *
enterprise(const cJSON *resource)
{
	static const char *const names[][2] = {
		{ "employee_number", "employeeNumber" },
		{ "cost_center", "costCenter" },
		{ "division", "division" },
		{ "department", "department" },
		{ "organization", "organization" },
	};
	static const char *const of_manager[][2] = { { "value", "value" },
		{ "ref", "$ref" }, { "display_name", "displayName" } };
	const cJSON *from = cJSON_GetObjectItem(resource, ENTERPRISE);
	cJSON *shown = json_object();
	cJSON *manager = json_object();

	copy_texts(shown, from, names, ARRAY_LEN(names));
	copy_texts(manager, cJSON_GetObjectItem(from, "manager"), of_manager,
	    ARRAY_LEN(of_manager));
	json_set(shown, "manager", manager);
	return shown;
}

static cJSON *
attributes_of(struct request *rq, const cJSON *resource, const char *id)
{
	static const char *const texts[][2] = { { "user_name", "userName" },
		{ "external_id", "externalId" },
		{ "display_name", "displayName" }, { "nick_name", "nickName" },
		{ "profile_url", "profileUrl" }, { "user_type", "userType" },
		{ "title", "title" },
		{ "preferred_language", "preferredLanguage" },
		{ "locale", "locale" }, { "timezone", "timezone" } };
	static const char *const lists[][2] = { { "emails", "emails" },
		{ "phone_numbers", "phoneNumbers" },
		{ "addresses", "addresses" }, { "ims", "ims" },
		{ "photos", "photos" }, { "entitlements", "entitlements" },
		{ "roles", "roles" },
		{ "x509certificates", "x509Certificates" } };
	static const char *const names[][2] = { { "formatted", "formatted" },
		{ "family_name", "familyName" }, { "given_name", "givenName" },
		{ "middle_name", "middleName" },
		{ "honorific_prefix", "honorificPrefix" },
		{ "honorific_suffix", "honorificSuffix" } };
	cJSON *shown = json_object();
	cJSON *name = json_object();

	json_set_string(shown, "id", id);
	copy_texts(shown, resource, texts, ARRAY_LEN(texts));
	json_set_bool(shown, "active", is_active(resource));
	json_set(shown, "groups", groups_of(rq, id));
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		json_set(shown, lists[i][0], copy_list(resource, lists[i][1]));
	copy_texts(name, cJSON_GetObjectItem(resource, "name"), names,
	    ARRAY_LEN(names));
	json_set(shown, "name", name);
	json_set(shown, "enterprise_extension", enterprise(resource));
	return shown;
}

/* Set the member's scim_registration from the resource. */
static void
set_registration(struct request *rq, const struct scim_connection *connection,
    struct member *member, const cJSON *resource)
{
	const cJSON *old = json_get(member->body, "scim_registration");
	const char *known = json_string(old, "registration_id");
	cJSON *registration = json_object();
	struct id id;

	request_id_make(rq, "scim-registration", &id);
	json_set_string(registration, "connection_id", connection->id.text);
	json_set_string(registration, "registration_id",
	    known != NULL ? known : id.text);
	json_set_string(registration, "external_id",
	    text_of(resource, "externalId"));
	json_set(registration, "scim_attributes",
	    attributes_of(rq, resource, member->id.text));
	json_set(member->body, "scim_registration", registration);
}

void
scim_user_refresh(struct request *rq, const struct scim_connection *connection,
    const char *id)
{
	CLEANUP(member_clear) struct member member = MEMBER_INIT;
	CLEANUP(json_free) cJSON *resource = scim_user_get(rq, connection, id);

	if (resource == NULL || !member_by_id(rq, id, &member))
		return;
	set_registration(rq, connection, &member, resource);
	member_save(rq, &member);
}

/* ---- What a push does. ---- */

/* Roles and sessions go at once, and the member with them. */
static void
deprovision(struct request *rq, struct member *member)
{
	session_revoke_owner(rq, member->id.text, NULL);
	json_free(&member->roles);
	member->roles = json_array();
	json_set_string(member->body, "status", "deleted");
}

/* "Given Family", or what is shown. */
static void
set_name(struct member *member, const cJSON *resource)
{
	const cJSON *name = cJSON_GetObjectItem(resource, "name");
	const char *shown = text_of(resource, "displayName");
	CLEANUP(buf_clear) struct buf both = BUF_INIT(2048);

	if (*shown == '\0')
		shown = text_of(name, "formatted");
	if (*shown == '\0') {
		buf_addf(&both, "%.900s%s%.900s", text_of(name, "givenName"),
		    *text_of(name, "givenName") != '\0' &&
			    *text_of(name, "familyName") != '\0'
			? " "
			: "",
		    text_of(name, "familyName"));
		shown = buf_text(&both);
	}
	if (*shown != '\0')
		json_set_string(member->body, "name", shown);
}

/* The member to be changed; a new one for a new address. */
static enum scim_status
find_member(struct request *rq, const struct scim_connection *connection,
    const char *id, const char *address, struct member *out)
{
	if (id != NULL) {
		if (!member_by_id(rq, id, out))
			return SCIM_NOT_FOUND;
		if (strcasecmp(member_text(out, "email_address"), address) == 0)
			return SCIM_OK;
		if (!member_may_take_email(rq, out, address))
			return SCIM_CONFLICT;
		member_change_email(rq, out, address, true);
		return SCIM_OK;
	}
	if (member_by_email(rq, &connection->organization, address, out)) {
		CLEANUP(json_free)
		cJSON *there = scim_user_get(rq, connection, out->id.text);

		return there != NULL ? SCIM_CONFLICT : SCIM_OK;
	}
	if (!member_email_is_free(rq, &connection->organization, address))
		return SCIM_CONFLICT;
	member_init(rq, &connection->organization, address, "active", out);
	return SCIM_OK;
}

static void
keep(struct request *rq, const struct scim_connection *connection,
    const char *id, const cJSON *resource)
{
	CLEANUP(string_free) char *text = json_text(resource);

	store_run(rq->store,
	    "INSERT INTO scim_users (member_id, connection_id, body) VALUES "
	    "(?, ?, ?) ON CONFLICT (member_id) DO UPDATE SET connection_id = "
	    "excluded.connection_id, body = excluded.body",
	    "sss", id, connection->id.text, text);
}

enum scim_status
scim_user_put(struct request *rq, const struct scim_connection *connection,
    const char *id, const cJSON *resource, struct id *out_id)
{
	CLEANUP(member_clear) struct member member = MEMBER_INIT;
	const char *address = address_of(resource);
	enum scim_status status;

	if (*text_of(resource, "userName") == '\0' || !is_email(address))
		return SCIM_INVALID;
	status = find_member(rq, connection, id, address, &member);
	if (status != SCIM_OK)
		return status;
	set_name(&member, resource);
	json_set_bool(member.body, "email_address_verified", true);
	if (is_active(resource))
		json_set_string(member.body, "status", "active");
	else
		deprovision(rq, &member);
	set_registration(rq, connection, &member, resource);
	member_save(rq, &member);
	keep(rq, connection, member.id.text, resource);
	*out_id = member.id;
	return id != NULL ? SCIM_OK : SCIM_CREATED;
}

enum scim_status
scim_user_delete(struct request *rq, const struct scim_connection *connection,
    const char *id)
{
	CLEANUP(member_clear) struct member member = MEMBER_INIT;

	store_run(rq->store,
	    "DELETE FROM scim_users WHERE connection_id = ? AND member_id = ?",
	    "ss", connection->id.text, id);
	if (store_changes(rq->store) == 0 || !member_by_id(rq, id, &member))
		return SCIM_NOT_FOUND;
	store_run(rq->store,
	    "DELETE FROM scim_group_members WHERE member_id = ?", "s", id);
	deprovision(rq, &member);
	json_set_null(member.body, "scim_registration");
	member_save(rq, &member);
	return SCIM_NO_CONTENT;
}
