/* SPDX-License-Identifier: BSD-2-Clause */
/* A person as a line of JSON in the state, and back. */
#include "config.h"

#include "stytchd/account.h"
#include "stytchd/grammar.h"
#include "stytchd/person_json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#define TEXT_MAX 16384

/* An absent text is left out. */
static bool
add_text(cJSON *object, const char *name, const char *text)
{
	return text == NULL ||
	    cJSON_AddStringToObject(object, name, text) != NULL;
}

static bool
add_contacts(cJSON *object, const char *name, const struct contact *contacts,
    size_t count)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);

	for (size_t i = 0; array != NULL && i < count; i++) {
		cJSON *item = cJSON_CreateObject();

		if (!cJSON_AddItemToArray(array, item)) {
			cJSON_Delete(item);
			return false;
		}
		if (!add_text(item, "id", contacts[i].id) ||
		    !add_text(item, "value", contacts[i].value) ||
		    cJSON_AddBoolToObject(item, "verified",
			contacts[i].verified) == NULL)
			return false;
	}
	return array != NULL;
}

static bool
add_list(cJSON *object, const char *name, const struct text_list *list)
{
	cJSON *array = cJSON_AddArrayToObject(object, name);

	for (size_t i = 0; array != NULL && i < list->count; i++) {
		cJSON *item = cJSON_CreateString(list->items[i]);

		if (!cJSON_AddItemToArray(array, item)) {
			cJSON_Delete(item);
			return false;
		}
	}
	return array != NULL;
}

static bool
add_person(cJSON *object, const struct person *person)
{
	return cJSON_AddNumberToObject(object, "kind", person->kind) != NULL &&
	    cJSON_AddNumberToObject(object, "status", person->status) != NULL &&
	    add_text(object, "identity", person->identity) &&
	    add_text(object, "organization", person->organization) &&
	    add_text(object, "external_id", person->external_id) &&
	    add_text(object, "full_name", person->full_name) &&
	    add_text(object, "totp_id", person->totp_id) &&
	    add_text(object, "trusted_unix", person->trusted_unix) &&
	    add_contacts(object, "emails", person->emails,
		person->email_count) &&
	    add_contacts(object, "phones", person->phones,
		person->phone_count) &&
	    add_list(object, "roles", &person->roles) &&
	    add_list(object, "scim_groups", &person->scim_groups) &&
	    cJSON_AddBoolToObject(object, "locked", person->locked) != NULL &&
	    cJSON_AddBoolToObject(object, "has_password",
		person->has_password) != NULL &&
	    cJSON_AddBoolToObject(object, "has_recovery_codes",
		person->has_recovery_codes) != NULL;
}

int
person_format(const struct person *person, char **out_json)
{
	CLEANUP(json_free) cJSON *object = cJSON_CreateObject();
	char *json;

	if (object == NULL || !add_person(object, person))
		return -ENOMEM;
	json = cJSON_PrintUnformatted(object);
	if (json == NULL)
		return -ENOMEM;
	*out_json = strdup(json);
	cJSON_free(json);
	return *out_json == NULL ? -ENOMEM : 0;
}

static int
take_text(const cJSON *object, const char *name, char **out_text)
{
	const char *text = person_json_text(object, name, TEXT_MAX);

	if (text == NULL)
		return 0;
	*out_text = strdup(text);
	return *out_text == NULL ? -ENOMEM : 0;
}

static bool
take_bool(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* A number below limit, or -1. */
static int
take_number(const cJSON *object, const char *name, int limit)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsNumber(item) && item->valueint >= 0 &&
		item->valueint < limit
	    ? item->valueint
	    : -1;
}

static int
take_contacts(const cJSON *object, const char *name,
    struct contact **out_contacts, size_t *out_count)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, name);
	int count = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : 0;
	const cJSON *item = NULL;

	if (count == 0)
		return 0;
	*out_contacts = calloc((size_t)count, sizeof(**out_contacts));
	if (*out_contacts == NULL)
		return -ENOMEM;
	cJSON_ArrayForEach (item, array) {
		struct contact *contact = &(*out_contacts)[*out_count];
		int result;

		++*out_count;
		result = take_text(item, "id", &contact->id);
		if (result == 0)
			result = take_text(item, "value", &contact->value);
		if (result == 0 && contact->value == NULL)
			result = -EPROTO;
		if (result != 0)
			return result;
		contact->verified = take_bool(item, "verified");
	}
	return 0;
}

static int
take_list(const cJSON *object, const char *name, struct text_list *out_list)
{
	const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, name);
	int count = cJSON_IsArray(array) ? cJSON_GetArraySize(array) : 0;
	const cJSON *item = NULL;

	if (count == 0)
		return 0;
	out_list->items = calloc((size_t)count, sizeof(out_list->items[0]));
	if (out_list->items == NULL)
		return -ENOMEM;
	cJSON_ArrayForEach (item, array) {
		const char *text = cJSON_GetStringValue(item);

		if (text == NULL)
			return -EPROTO;
		out_list->items[out_list->count] = strdup(text);
		if (out_list->items[out_list->count] == NULL)
			return -ENOMEM;
		out_list->count++;
	}
	return 0;
}

static int
take_texts(const cJSON *object, struct person *person)
{
	const struct {
		const char *name;
		char **text;
	} texts[] = {
		{ "identity", &person->identity },
		{ "organization", &person->organization },
		{ "external_id", &person->external_id },
		{ "full_name", &person->full_name },
		{ "totp_id", &person->totp_id },
		{ "trusted_unix", &person->trusted_unix },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (take_text(object, texts[i].name, texts[i].text) != 0)
			return -ENOMEM;
	if (person->full_name == NULL)
		person->full_name = strdup("");
	return person->full_name == NULL ? -ENOMEM : 0;
}

static int
take_person(const cJSON *object, struct person *person)
{
	int kind = take_number(object, "kind", PROJECT_B2B + 1);
	int status = take_number(object, "status", PERSON_GONE + 1);
	int result =
	    kind < 0 || status < 0 ? -EPROTO : take_texts(object, person);

	if (result == 0)
		result = take_contacts(object, "emails", &person->emails,
		    &person->email_count);
	if (result == 0)
		result = take_contacts(object, "phones", &person->phones,
		    &person->phone_count);
	if (result == 0)
		result = take_list(object, "roles", &person->roles);
	if (result == 0)
		result = take_list(object, "scim_groups", &person->scim_groups);
	if (result != 0)
		return result;
	person->kind = (enum project_kind)kind;
	person->status = (enum person_status)status;
	person->locked = take_bool(object, "locked");
	person->has_password = take_bool(object, "has_password");
	person->has_recovery_codes = take_bool(object, "has_recovery_codes");
	if (person->identity == NULL || !grammar_is_id(person->identity) ||
	    (kind == PROJECT_B2B) != (person->organization != NULL))
		return -EPROTO;
	return 0;
}

int
person_read(const char *json, struct person **out_person)
{
	CLEANUP(json_free) cJSON *object = cJSON_Parse(json);
	CLEANUP(person_free) struct person *person = calloc(1, sizeof(*person));
	int result;

	if (person == NULL)
		return -ENOMEM;
	/* cJSON does not tell a fault from a lack of memory. */
	if (!cJSON_IsObject(object))
		return -EPROTO;
	result = take_person(object, person);
	if (result == 0)
		*out_person = STEAL(person);
	return result;
}
