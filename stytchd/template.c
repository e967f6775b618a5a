/* SPDX-License-Identifier: BSD-2-Clause */
/* Placeholders of home and name_template; see template.h. */
#include "config.h"

#include "stytchd/template.h"

#include "common/buf.h"
#include "stytchd/grammar.h"

#include <errno.h>
#include <string.h>

#define EXPANDED_MAX 1024

static const struct template_value *
find_value(const struct template_value *values, size_t count, const char *name,
    size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(values[i].name) == len &&
		    memcmp(values[i].name, name, len) == 0)
			return &values[i];
	return NULL;
}

int
template_expand(const char *text, const struct template_value *values,
    size_t count, char **out_text)
{
	CLEANUP(buf_clear) struct buf expanded = BUF_INIT(EXPANDED_MAX);

	while (text[0] != '\0') {
		size_t plain = strcspn(text, "{}");
		const struct template_value *value;
		size_t len;

		buf_add(&expanded, text, plain);
		text += plain;
		if (text[0] == '\0')
			break;
		len = text[0] == '{' ? strcspn(text + 1, "{}") : 0;
		if (text[0] != '{' || text[1 + len] != '}')
			return -EINVAL;
		value = find_value(values, count, text + 1, len);
		if (value == NULL)
			return -EINVAL;
		if (value->value == NULL || value->value[0] == '\0')
			return -ENOENT;
		buf_adds(&expanded, value->value);
		text += len + 2;
	}
	return buf_take(&expanded, out_text);
}

bool
template_is_name(const char *text)
{
	static const struct template_value samples[] = {
		{ "email_local", "e" },
		{ "first_name", "f" },
		{ "last_name", "l" },
		{ "first_initial", "i" },
	};
	CLEANUP(string_free) char *name = NULL;

	return strchr(text, '{') != NULL &&
	    template_expand(text, samples, ARRAY_LEN(samples), &name) == 0 &&
	    grammar_is_name(name);
}

bool
template_is_home(const char *text)
{
	static const char longest[] = "abcdefghijklmnopqrstuvwxyz012345";
	static const struct template_value samples[] = { { "name", longest } };
	CLEANUP(string_free) char *home = NULL;

	_Static_assert(sizeof(longest) == GRAMMAR_NAME_MAX + 1,
	    "the longest name");
	return strchr(text, '{') != NULL &&
	    template_expand(text, samples, ARRAY_LEN(samples), &home) == 0 &&
	    grammar_is_home(home);
}
