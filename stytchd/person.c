/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user or member object of the API as a person.  Fields may be absent, null
 * or "" (backends do all three); whatever is too long or of the wrong type is
 * as if absent, but for the id.
 */
#include "config.h"

#include "common/buf.h"
#include "stytchd/account.h"
#include "stytchd/grammar.h"
#include "stytchd/person_json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#define CONTACTS_MAX 64
#define LIST_MAX 1024
#define ADDRESS_MAX 320 /* RFC 5321: 64, '@', 255 */
#define WORD_MAX 256    /* role ids, group names */
#define NAME_MAX_LEN 256
#define UNIX_MAX 8192 /* the API keeps 4 KB of metadata, escapes grow it */

/* Whether text is 1 to max_len bytes of UTF-8. */
static bool
is_text(const char *text, size_t max_len)
{
	size_t len = strnlen(text, max_len + 1);

	if (len == 0 || len > max_len)
		return false;
	while (len > 0) {
		unsigned point = 0;
		size_t step = utf8_character(text, len, &point);

		if (step == 0)
			return false;
		text += step;
		len -= step;
	}
	return true;
}

/* A string of 1 to max_len bytes of UTF-8, or NULL. */
static const char *
text_of(const cJSON *item, size_t max_len)
{
	const char *text = cJSON_GetStringValue(item);

	return text != NULL && is_text(text, max_len) ? text : NULL;
}

const char *
person_json_text(const struct cJSON *object, const char *name, size_t max_len)
{
	return text_of(cJSON_GetObjectItemCaseSensitive(object, name), max_len);
}

/* A copy of a text of the object; absent is NULL. */
static int
copy_text(const cJSON *object, const char *name, size_t max_len, char **out)
{
	const char *text = person_json_text(object, name, max_len);

	if (text == NULL)
		return 0;
	*out = strdup(text);
	return *out == NULL ? -ENOMEM : 0;
}

static int
copy_id(const cJSON *object, const char *name, char **out)
{
	const char *text = person_json_text(object, name, 128);

	if (text == NULL || !grammar_is_id(text))
		return 0;
	*out = strdup(text);
	return *out == NULL ? -ENOMEM : 0;
}

static bool
is_true(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* An array, or NULL, and how many items of it count. */
static const cJSON *
array_of(const cJSON *object, const char *name, size_t max, size_t *out_count)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, name);
	int count = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : 0;

	*out_count = (size_t)count > max ? max : (size_t)count;
	return *out_count == 0 ? NULL : array;
}

static int
read_contacts(const cJSON *array, size_t count, const char *const names[2],
    struct contact **out_contacts, size_t *out_count)
{
	const cJSON *item = NULL;

	if (array == NULL)
		return 0;
	*out_contacts = calloc(count, sizeof(**out_contacts));
	if (*out_contacts == NULL)
		return -ENOMEM;
	cJSON_ArrayForEach (item, array) {
		struct contact *contact = &(*out_contacts)[*out_count];
		int result = 0;

		if (*out_count == count)
			break;
		if (person_json_text(item, names[1], ADDRESS_MAX) == NULL)
			continue;
		++*out_count;
		result = copy_id(item, names[0], &contact->id);
		if (result == 0)
			result = copy_text(item, names[1], ADDRESS_MAX,
			    &contact->value);
		if (result != 0)
			return result;
		contact->verified = is_true(item, "verified");
	}
	return 0;
}

/* The only address of a member, or its MFA phone. */
static int
read_contact(const cJSON *member, const char *name, const char *verified,
    struct contact **out_contacts, size_t *out_count)
{
	if (person_json_text(member, name, ADDRESS_MAX) == NULL)
		return 0;
	*out_contacts = calloc(1, sizeof(**out_contacts));
	if (*out_contacts == NULL)
		return -ENOMEM;
	*out_count = 1;
	(*out_contacts)->verified = is_true(member, verified);
	return copy_text(member, name, ADDRESS_MAX, &(*out_contacts)->value);
}

/* Texts of an array, or of one member of the objects in it; each once. */
static int
read_list(const cJSON *array, size_t count, const char *member,
    struct text_list *out_list)
{
	const cJSON *item = NULL;

	if (array == NULL)
		return 0;
	out_list->items = calloc(count, sizeof(out_list->items[0]));
	if (out_list->items == NULL)
		return -ENOMEM;
	cJSON_ArrayForEach (item, array) {
		const cJSON *value = member == NULL
		    ? item
		    : cJSON_GetObjectItemCaseSensitive(item, member);
		const char *text = text_of(value, WORD_MAX);

		if (out_list->count == count)
			break;
		if (text == NULL || text_list_has(out_list, text))
			continue;
		out_list->items[out_list->count] = strdup(text);
		if (out_list->items[out_list->count] == NULL)
			return -ENOMEM;
		out_list->count++;
	}
	return 0;
}

static int
read_list_of(const cJSON *object, const char *name, const char *member,
    struct text_list *out_list)
{
	size_t count = 0;
	const cJSON *array = array_of(object, name, LIST_MAX, &count);

	return read_list(array, count, member, out_list);
}

/* trusted_metadata.unix, printed small. */
static int
read_unix(const cJSON *object, char **out_json)
{
	const cJSON *metadata =
	    cJSON_GetObjectItemCaseSensitive(object, "trusted_metadata");
	const cJSON *part = cJSON_GetObjectItemCaseSensitive(metadata, "unix");
	char *json;
	int result = 0;

	if (!cJSON_IsObject(part))
		return 0;
	json = cJSON_PrintUnformatted(part);
	if (json == NULL)
		return -ENOMEM;
	if (is_text(json, UNIX_MAX)) {
		*out_json = strdup(json);
		result = *out_json == NULL ? -ENOMEM : 0;
	}
	cJSON_free(json);
	return result;
}

/* The parts of a name that are there, with blanks between, clean. */
static int
read_name(const cJSON *object, const char *const *parts, size_t count,
    char **out_name)
{
	CLEANUP(buf_clear) struct buf name = BUF_INIT(4 * NAME_MAX_LEN);

	for (size_t i = 0; i < count; i++) {
		const char *part =
		    person_json_text(object, parts[i], NAME_MAX_LEN);

		if (part != NULL && name.len > 0)
			buf_addc(&name, ' ');
		if (part != NULL)
			buf_add_clean(&name, part, NAME_MAX_LEN);
	}
	return buf_take(&name, out_name);
}

static int
read_totps(const cJSON *user, struct person *person)
{
	size_t count = 0;
	const cJSON *array = array_of(user, "totps", LIST_MAX, &count);
	const cJSON *totp = NULL;

	cJSON_ArrayForEach (totp, array) {
		if (is_true(totp, "verified") && person->totp_id == NULL) {
			int result = copy_id(totp, "totp_id", &person->totp_id);

			if (result != 0)
				return result;
		}
	}
	return 0;
}

static enum person_status
read_status(const cJSON *object)
{
	const char *status = person_json_text(object, "status", 32);

	if (status != NULL && strcmp(status, "active") == 0)
		return PERSON_ACTIVE;
	if (status != NULL && strcmp(status, "deleted") == 0)
		return PERSON_GONE;
	return PERSON_PENDING;
}

static int
read_user(const cJSON *user, struct person *person)
{
	static const char *const email[2] = { "email_id", "email" };
	static const char *const phone[2] = { "phone_id", "phone_number" };
	static const char *const name[] = { "first_name", "middle_name",
		"last_name" };
	size_t count = 0;
	const cJSON *array = array_of(user, "emails", CONTACTS_MAX, &count);
	int result = read_contacts(array, count, email, &person->emails,
	    &person->email_count);

	array = array_of(user, "phone_numbers", CONTACTS_MAX, &count);
	if (result == 0)
		result = read_contacts(array, count, phone, &person->phones,
		    &person->phone_count);
	if (result == 0)
		result =
		    read_name(cJSON_GetObjectItemCaseSensitive(user, "name"),
			name, ARRAY_LEN(name), &person->full_name);
	if (result == 0)
		result = read_totps(user, person);
	if (result == 0)
		result = read_list_of(user, "roles", NULL, &person->roles);
	person->has_password =
	    cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(user, "password"));
	return result;
}

static int
read_member(const cJSON *member, struct person *person)
{
	static const char *const name[] = { "name" };
	const cJSON *scim =
	    cJSON_GetObjectItemCaseSensitive(member, "scim_registration");
	int result = read_contact(member, "email_address",
	    "email_address_verified", &person->emails, &person->email_count);

	if (result == 0)
		result = read_contact(member, "mfa_phone_number",
		    "mfa_phone_number_verified", &person->phones,
		    &person->phone_count);
	if (result == 0)
		result = read_name(member, name, 1, &person->full_name);
	if (result == 0)
		result =
		    copy_id(member, "totp_registration_id", &person->totp_id);
	if (result == 0)
		result =
		    read_list_of(member, "roles", "role_id", &person->roles);
	if (result == 0)
		result = read_list_of(cJSON_GetObjectItemCaseSensitive(scim,
					  "scim_attributes"),
		    "groups", "display", &person->scim_groups);
	person->has_password =
	    person_json_text(member, "member_password_id", 128) != NULL;
	return result;
}

int
person_parse(const struct cJSON *object, enum project_kind kind,
    struct person **out_person)
{
	CLEANUP(person_free) struct person *person = calloc(1, sizeof(*person));
	bool b2b = kind == PROJECT_B2B;
	int result;

	if (person == NULL)
		return -ENOMEM;
	person->kind = kind;
	result =
	    copy_id(object, b2b ? "member_id" : "user_id", &person->identity);
	if (result == 0 && b2b)
		result =
		    copy_id(object, "organization_id", &person->organization);
	if (result == 0 &&
	    (person->identity == NULL || (b2b && person->organization == NULL)))
		return -EPROTO;
	if (result == 0)
		result = copy_id(object, "external_id", &person->external_id);
	if (result == 0)
		result = read_unix(object, &person->trusted_unix);
	if (result == 0)
		result = b2b ? read_member(object, person)
			     : read_user(object, person);
	if (result != 0)
		return result;
	person->status = read_status(object);
	person->locked = is_true(object, "is_locked");
	person->has_recovery_codes = person->totp_id != NULL;
	*out_person = STEAL(person);
	return 0;
}
