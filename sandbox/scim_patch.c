/* SPDX-License-Identifier: BSD-2-Clause */
/* SCIM's changes (RFC 7644, 3.5.2), as clients use. */
#include "config.h"

#include "sandbox/b2b_scim.h"

#include <string.h>
#include <strings.h>

/* ATTRIBUTE, ATTRIBUTE.SUB, ATTRIBUTE[FILTER] and that with .SUB. */
struct scim_path {
	char attribute[128];
	char filter[320]; /* "": none */
	char sub[64];     /* "": none */
};

static bool
copy(char *out, size_t size, const char *text, size_t len)
{
	if (len == 0 || len >= size)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

/* FILTER], *text moves behind it. */
static bool
read_selection(const char **text, struct scim_path *out)
{
	const char *start = *text;
	bool is_valid;

	(void)scim_filter(NULL, text, &is_valid);
	if (!is_valid || **text != ']' ||
	    !copy(out->filter, sizeof(out->filter), start,
		(size_t)(*text - start)))
		return false;
	++*text;
	return true;
}

static bool
read_path(const char *text, struct scim_path *out)
{
	/* The names of schemas have dots; what follows their colon may too. */
	const char *colon =
	    strncmp(text, "urn:", 4) == 0 ? strrchr(text, ':') : NULL;
	size_t len;

	memset(out, 0, sizeof(*out));
	if (colon != NULL && strcasecmp(colon, ":User") != 0)
		return copy(out->attribute, sizeof(out->attribute), text,
			   (size_t)(colon - text)) &&
		    copy(out->sub, sizeof(out->sub), colon + 1,
			strlen(colon + 1));
	len = colon != NULL ? strlen(text) : strcspn(text, ".[");
	if (!copy(out->attribute, sizeof(out->attribute), text, len))
		return false;
	text += len;
	if (*text == '[') {
		text++;
		if (!read_selection(&text, out))
			return false;
	}
	if (*text == '.')
		return copy(out->sub, sizeof(out->sub), text + 1,
		    strlen(text + 1));
	return *text == '\0';
}

static void
set_or_remove(cJSON *object, const char *name, const cJSON *value)
{
	/* Names of attributes are the same in any case of letters. */
	cJSON_DeleteItemFromObject(object, name);
	if (value != NULL && !cJSON_IsNull(value))
		json_set(object, name, json_copy(value));
}

static bool
is_selected(const cJSON *item, const char *filter)
{
	bool is_valid;

	return scim_filter(item, &filter, &is_valid);
}

/*
 * What a filter of the form KEY eq "VALUE" asks for, as an item; NULL for any
 * other.
 */
static cJSON *
item_of(const char *filter)
{
	size_t key_len = strcspn(filter, " ");
	const char *end = NULL;
	cJSON *value, *item;
	char key[64];

	if (!copy(key, sizeof(key), filter, key_len) ||
	    strncasecmp(filter + key_len, " eq ", 4) != 0)
		return NULL;
	value = cJSON_ParseWithOpts(filter + key_len + 4, &end, false);
	if (value == NULL || *end != '\0') {
		json_free(&value);
		return NULL;
	}
	item = json_object();
	json_set(item, key, value);
	return item;
}

/*
 * Items of a list that the path selects; value NULL removes.  Where there is
 * none, one is made if the filter says which.
 */
static bool
change_selected(cJSON *list, const struct scim_path *path, const cJSON *value)
{
	cJSON *item = list->child, *next;
	bool any = false;

	for (; item != NULL; item = next) {
		next = item->next;
		if (!is_selected(item, path->filter))
			continue;
		any = true;
		if (path->sub[0] != '\0')
			set_or_remove(item, path->sub, value);
		else if (value == NULL)
			cJSON_Delete(cJSON_DetachItemViaPointer(list, item));
	}
	if (any || value == NULL || path->sub[0] == '\0')
		return true;
	item = item_of(path->filter);
	if (item == NULL)
		return false;
	set_or_remove(item, path->sub, value);
	json_push(list, item);
	return true;
}

/* The member of that name, made if there is none. */
static cJSON *
child_of(cJSON *resource, const char *name, cJSON *(*make)(void))
{
	cJSON *child = cJSON_GetObjectItem(resource, name);

	if (child == NULL) {
		json_set(resource, name, make());
		child = cJSON_GetObjectItem(resource, name);
	}
	return child;
}

/* Take the items of an array out of the list, by their "value". */
static void
remove_values(cJSON *list, const cJSON *values)
{
	const cJSON *value;

	cJSON_ArrayForEach (value, values) {
		const char *text = json_string(value, "value");
		cJSON *item = list->child, *next;

		for (; text != NULL && item != NULL; item = next) {
			const char *one = json_string(item, "value");

			next = item->next;
			if (one != NULL && strcmp(one, text) == 0)
				cJSON_Delete(
				    cJSON_DetachItemViaPointer(list, item));
		}
	}
}

/* Add items to a list, each value once. */
static void
add_values(cJSON *list, const cJSON *values)
{
	const cJSON *value;

	remove_values(list, values);
	cJSON_ArrayForEach (value, values) {
		json_push(list, json_copy(value));
	}
}

static bool
change(cJSON *resource, const char *op, const char *text, const cJSON *value)
{
	bool remove = strcasecmp(op, "remove") == 0;
	struct scim_path path;
	cJSON *child;

	if (!read_path(text, &path) || (!remove && value == NULL))
		return false;
	child = cJSON_GetObjectItem(resource, path.attribute);
	if (path.filter[0] != '\0') {
		child = child_of(resource, path.attribute, json_array);
		return cJSON_IsArray(child) &&
		    change_selected(child, &path, remove ? NULL : value);
	}
	if (path.sub[0] != '\0') {
		child = child_of(resource, path.attribute, json_object);
		if (!cJSON_IsObject(child))
			return false;
		set_or_remove(child, path.sub, remove ? NULL : value);
	} else if (remove && cJSON_IsArray(child) && cJSON_IsArray(value)) {
		remove_values(child, value);
	} else if (strcasecmp(op, "add") == 0 && cJSON_IsArray(child) &&
	    cJSON_IsArray(value)) {
		add_values(child, value);
	} else {
		set_or_remove(resource, path.attribute, remove ? NULL : value);
	}
	return true;
}

static bool
apply(cJSON *resource, const cJSON *operation)
{
	const char *op =
	    cJSON_GetStringValue(cJSON_GetObjectItem(operation, "op"));
	const char *path =
	    cJSON_GetStringValue(cJSON_GetObjectItem(operation, "path"));
	const cJSON *value = cJSON_GetObjectItem(operation, "value");
	const cJSON *item;

	if (op == NULL ||
	    (strcasecmp(op, "add") != 0 && strcasecmp(op, "replace") != 0 &&
		strcasecmp(op, "remove") != 0))
		return false;
	if (path != NULL)
		return change(resource, op, path, value);
	if (strcasecmp(op, "remove") == 0 || !cJSON_IsObject(value))
		return false;
	cJSON_ArrayForEach (item, value) {
		if (!change(resource, op, item->string, item))
			return false;
	}
	return true;
}

bool
scim_patch(cJSON *resource, const cJSON *patch)
{
	const cJSON *operations = cJSON_GetObjectItem(patch, "Operations");
	const cJSON *operation;

	if (!cJSON_IsArray(operations))
		return false;
	cJSON_ArrayForEach (operation, operations) {
		if (!apply(resource, operation))
			return false;
	}
	return true;
}
