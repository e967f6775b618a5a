/* SPDX-License-Identifier: BSD-2-Clause */
/* SCIM's changes (RFC 7644, 3.5.2) and filters (3.4.2.2), as clients use. */
#include "config.h"

#include "sandbox/b2b_scim.h"

#include <string.h>
#include <strings.h>

/* ATTRIBUTE, ATTRIBUTE.SUB, ATTRIBUTE[KEY eq "VALUE"] and that with .SUB. */
struct scim_path {
	char attribute[128];
	char key[32], value[256]; /* "": no filter */
	char sub[64];             /* "": none */
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

/* KEY eq "VALUE"], *text moves behind it. */
static bool
read_selection(const char **text, struct scim_path *out)
{
	const char *at = *text;
	size_t key = strcspn(at, " ]");
	const char *quote, *end;

	if (!copy(out->key, sizeof(out->key), at, key) ||
	    strncasecmp(at + key, " eq \"", 5) != 0)
		return false;
	quote = at + key + 5;
	end = strchr(quote, '"');
	if (end == NULL || end[1] != ']' ||
	    !copy(out->value, sizeof(out->value), quote, (size_t)(end - quote)))
		return false;
	*text = end + 2;
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
is_selected(const cJSON *item, const struct scim_path *path)
{
	const char *text =
	    cJSON_GetStringValue(cJSON_GetObjectItem(item, path->key));

	return text != NULL && strcmp(text, path->value) == 0;
}

/* Items of a list that the path selects; value NULL removes. */
static void
change_selected(cJSON *list, const struct scim_path *path, const cJSON *value)
{
	cJSON *item = list->child, *next;
	bool any = false;

	for (; item != NULL; item = next) {
		next = item->next;
		if (!is_selected(item, path))
			continue;
		any = true;
		if (path->sub[0] != '\0')
			set_or_remove(item, path->sub, value);
		else if (value == NULL)
			cJSON_Delete(cJSON_DetachItemViaPointer(list, item));
	}
	if (any || value == NULL || path->sub[0] == '\0')
		return;
	item = json_object();
	json_set_string(item, path->key, path->value);
	set_or_remove(item, path->sub, value);
	json_push(list, item);
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
		struct scim_path path = { .key = "value" };
		const char *text = json_string(value, "value");

		if (text != NULL &&
		    copy(path.value, sizeof(path.value), text, strlen(text)))
			change_selected(list, &path, NULL);
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
	if (path.key[0] != '\0') {
		child = child_of(resource, path.attribute, json_array);
		if (!cJSON_IsArray(child))
			return false;
		change_selected(child, &path, remove ? NULL : value);
	} else if (path.sub[0] != '\0') {
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

/* ---- Filters ---- */

static bool
compare(const char *text, const char *op, const char *value)
{
	size_t len = strlen(value);

	if (text == NULL)
		return false;
	if (strcasecmp(op, "sw") == 0)
		return strncasecmp(text, value, len) == 0;
	if (strcasecmp(op, "eq") == 0)
		return strcasecmp(text, value) == 0;
	for (; *text != '\0'; text++) {
		if (strncasecmp(text, value, len) == 0)
			return true;
	}
	return len == 0;
}

/* Any text at ATTRIBUTE or ATTRIBUTE.SUB; a list's are its values'. */
static bool
any_meets(const cJSON *resource, const struct scim_path *path, const char *op,
    const char *value)
{
	const cJSON *child = cJSON_GetObjectItem(resource, path->attribute);
	const char *sub = path->sub[0] != '\0' ? path->sub : "value";
	const cJSON *item;

	if (!cJSON_IsArray(child))
		return compare(cJSON_GetStringValue(path->sub[0] != '\0'
				       ? cJSON_GetObjectItem(child, path->sub)
				       : child),
		    op, value);
	cJSON_ArrayForEach (item, child) {
		if (compare(cJSON_GetStringValue(
				cJSON_GetObjectItem(item, sub)),
			op, value))
			return true;
	}
	return false;
}

bool
scim_filter(const cJSON *resource, const char *filter, bool *out_valid)
{
	size_t name = strcspn(filter, " ");
	char attribute[160], op[3] = "", value[256];
	struct scim_path path;
	const char *quote, *end;

	*out_valid = false;
	if (!copy(attribute, sizeof(attribute), filter, name) ||
	    !read_path(attribute, &path) || strlen(filter + name) < 6 ||
	    !copy(op, sizeof(op), filter + name + 1, 2) ||
	    (strcasecmp(op, "eq") != 0 && strcasecmp(op, "co") != 0 &&
		strcasecmp(op, "sw") != 0) ||
	    filter[name + 3] != ' ' || filter[name + 4] != '"')
		return false;
	quote = filter + name + 5;
	end = strrchr(quote, '"');
	if (end == NULL || end[1] != '\0' ||
	    memchr(quote, '"', (size_t)(end - quote)) != NULL ||
	    !copy(value, sizeof(value), quote, (size_t)(end - quote)))
		return false;
	*out_valid = true;
	return any_meets(resource, &path, op, value);
}
