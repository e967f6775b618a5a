/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A template is made JSON first: each tag becomes a string that no template
 * can have itself, MARK and the path.
 */
#include "config.h"

#include "sandbox/claim_template.h"

#include "common/buf.h"
#include "libstytch/endpoint.h"

#include <ctype.h>
#include <string.h>

#define MARK '\x01'
#define MARK_TEXT "\\u0001" /* as JSON writes it */
#define TEMPLATE_MAX 16384
#define NAME_MAX_LEN 128

static bool
is_name_character(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Whether text (of len characters) is "root.name.name". */
static bool
is_path(const char *text, size_t len, const char *roots)
{
	char root[NAME_MAX_LEN] = "";
	size_t names = 0, name_len = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.' && name_len > 0) {
			name_len = 0;
			names++;
			continue;
		}
		if (!is_name_character(text[i]) || name_len + 1 == sizeof(root))
			return false;
		if (names == 0)
			root[name_len] = text[i];
		name_len++;
		if (names == 0)
			root[name_len] = '\0';
	}
	return names > 0 && name_len > 0 && endpoint_list_has(roots, root);
}

/* The tag at *text, "{{ path }}", becomes a string; *text moves behind it. */
static enum api_error
take_tag(const char **text, const char *roots, struct buf *out)
{
	const char *start = *text + 2;
	const char *end = strstr(start, "}}");
	const char *path = start;
	size_t len;

	if (end == NULL)
		return API_JWT_TEMPLATE_MISMATCHED_TAG;
	path += strspn(path, " \t\r\n");
	len = path < end ? (size_t)(end - path) : 0;
	while (len > 0 && strchr(" \t\r\n", path[len - 1]) != NULL)
		len--;
	if (roots != NULL && !is_path(path, len, roots))
		return API_JWT_TEMPLATE_INVALID_TAG;
	buf_addf(out, "\"%s%.*s\"", MARK_TEXT, (int)len, path);
	*text = end + 2;
	return API_OK;
}

/* The string at *text, with its quotes; *text moves behind it. */
static enum api_error
take_string(const char **text, struct buf *out)
{
	const char *end = *text + 1;

	while (*end != '\0' && *end != '"')
		end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
	if (*end == '\0')
		return API_JWT_TEMPLATE_INVALID_JSON;
	end++;
	for (const char *c = *text; c + 1 < end; c++) {
		if (c[0] == '{' && c[1] == '{')
			return API_JWT_TEMPLATE_INVALID_TAG;
	}
	buf_add(out, *text, (size_t)(end - *text));
	*text = end;
	return API_OK;
}

/* The template as JSON with marks.  roots NULL: it was checked before. */
static enum api_error
mark(const char *text, const char *roots, struct buf *out)
{
	enum api_error error = API_OK;

	if (strlen(text) > TEMPLATE_MAX || strchr(text, MARK) != NULL ||
	    strstr(text, MARK_TEXT) != NULL)
		return API_JWT_TEMPLATE_INVALID_JSON;
	while (*text != '\0' && error == API_OK && buf_error(out) == 0) {
		if (*text == '"')
			error = take_string(&text, out);
		else if (strncmp(text, "{{", 2) == 0)
			error = take_tag(&text, roots, out);
		else
			buf_addc(out, *text++);
	}
	return error;
}

/* Whether a tag stands for a key, anywhere in value. */
static bool
has_marked_key(const cJSON *value)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, value) {
		if ((item->string != NULL && item->string[0] == MARK) ||
		    has_marked_key(item))
			return true;
	}
	return false;
}

enum api_error
claim_template_check(const char *text, const char *roots)
{
	CLEANUP(buf_clear) struct buf marked = BUF_INIT(8 * TEMPLATE_MAX);
	CLEANUP(json_free) cJSON *parsed = NULL;
	enum api_error error = mark(text, roots, &marked);

	if (error == API_OK && buf_error(&marked) != 0)
		error = API_INTERNAL_SERVER_ERROR;
	if (error != API_OK)
		return error;
	parsed = json_parse(buf_text(&marked), marked.len);
	if (!cJSON_IsObject(parsed))
		return API_JWT_TEMPLATE_INVALID_JSON;
	return has_marked_key(parsed) ? API_JWT_TEMPLATE_INVALID_TAG : API_OK;
}

/* ---- Rendering. ---- */

/* What a path leads to, or NULL. */
static const cJSON *
look_up(const cJSON *values, const char *path)
{
	while (values != NULL && *path != '\0') {
		char name[NAME_MAX_LEN];
		size_t len = strcspn(path, ".");

		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		values = json_get(values, name);
		path += len + (path[len] == '.');
	}
	return cJSON_IsNull(values) ? NULL : values;
}

static cJSON *render(const cJSON *value, const cJSON *values);

/* The items of an array or object, without those that are nothing, and
 * without keys that are tags. */
static cJSON *
render_all(const cJSON *value, const cJSON *values)
{
	bool is_object = cJSON_IsObject(value);
	cJSON *out = is_object ? json_object() : json_array();
	const cJSON *item;

	cJSON_ArrayForEach (item, value) {
		bool has_key = item->string == NULL || item->string[0] != MARK;
		cJSON *rendered = has_key ? render(item, values) : NULL;

		if (rendered == NULL)
			continue;
		if (is_object)
			json_set(out, item->string, rendered);
		else
			json_push(out, rendered);
	}
	return out;
}

/* A value with its tags replaced; NULL where it is one that leads nowhere. */
static cJSON *
render(const cJSON *value, const cJSON *values)
{
	const char *text = cJSON_GetStringValue(value);
	const cJSON *found;

	if (cJSON_IsObject(value) || cJSON_IsArray(value))
		return render_all(value, values);
	if (text == NULL || text[0] != MARK)
		return json_copy(value);
	found = look_up(values, text + 1);
	return found != NULL ? json_copy(found) : NULL;
}

cJSON *
claim_template_render(const char *text, const cJSON *values)
{
	CLEANUP(buf_clear) struct buf marked = BUF_INIT(8 * TEMPLATE_MAX);
	CLEANUP(json_free) cJSON *parsed = NULL;

	if (mark(text, NULL, &marked) == API_OK && buf_error(&marked) == 0)
		parsed = json_parse(buf_text(&marked), marked.len);
	return cJSON_IsObject(parsed) ? render_all(parsed, values)
				      : json_object();
}
