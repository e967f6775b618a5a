/* SPDX-License-Identifier: BSD-2-Clause */
/* The types of values that stytch.conf knows, one reader each. */
#include "config.h"

#include "stytchd/configuration_internal.h"

#include <errno.h>
#include <string.h>

/* Digits alone, no sign, no blank; false where there are none or too many. */
static bool
read_digits(const char **text, uint64_t *out_value)
{
	size_t len = strspn(*text, "0123456789");
	uint64_t value = 0;

	if (len == 0 || len > 18)
		return false;
	for (size_t i = 0; i < len; i++)
		value = value * 10 + (unsigned)((*text)[i] - '0');
	*text += len;
	*out_value = value;
	return true;
}

static bool
within(const struct option *option, uint64_t value)
{
	return value >= (uint64_t)option->min && value <= (uint64_t)option->max;
}

static int
read_text(struct builder *builder, const struct option *option,
    const char *text, void *field)
{
	const char **out = field;
	size_t len = strlen(text);

	if (len == 0 && option->min == 0) {
		*out = NULL;
		return 0;
	}
	if (!within(option, len))
		return builder_fail(builder, -EINVAL,
		    "%zu bytes; it must have %lld to %lld", len,
		    (long long)option->min, (long long)option->max);
	*out = arena_text(builder->arena, text, len);
	return *out == NULL ? builder_fail(builder, -ENOMEM, "out of memory")
			    : 0;
}

/* Whether a path is absolute and goes nowhere but down. */
static bool
is_straight(const char *path)
{
	if (path[0] != '/')
		return false;
	for (const char *part = path; part != NULL;
	     part = strchr(part + 1, '/'))
		if (strncmp(part, "/../", 4) == 0 || strcmp(part, "/..") == 0)
			return false;
	return true;
}

static int
read_path(struct builder *builder, const struct option *option,
    const char *text, void *field)
{
	if (text[0] != '\0' && !is_straight(text))
		return builder_fail(builder, -EINVAL,
		    "not an absolute path without \"..\"");
	return read_text(builder, option, text, field);
}

/* Schemes and what may follow; the rest of the rules is in the checks. */
static bool
is_url(const char *url)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "-._~:/[]%";
	static const char *const schemes[] = { "https://", "http://",
		"socks5://", "socks5h://", "unix:/" };

	if (url[strspn(url, plain)] != '\0' || strstr(url, "/../") != NULL)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		size_t len = strlen(schemes[i]);

		if (strncmp(url, schemes[i], len) == 0)
			return url[len] != '\0' && url[len] != '/' &&
			    url[len] != ':';
	}
	return false;
}

static int
read_url(struct builder *builder, const struct option *option, const char *text,
    void *field)
{
	if (text[0] != '\0' && !is_url(text))
		return builder_fail(builder, -EINVAL,
		    "not a URL of scheme and host, without user, query and "
		    "fragment");
	return read_text(builder, option, text, field);
}

static int
read_bool(struct builder *builder, const struct option *option,
    const char *text, void *field)
{
	bool *out = field;

	(void)option;
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return builder_fail(builder, -EINVAL, "neither yes nor no");
	*out = text[0] == 'y';
	return 0;
}

static int
read_int(struct builder *builder, const struct option *option, const char *text,
    void *field)
{
	long *out = field;
	uint64_t value;

	if (!read_digits(&text, &value) || text[0] != '\0' ||
	    !within(option, value))
		return builder_fail(builder, -EINVAL,
		    "not a number from %lld to %lld", (long long)option->min,
		    (long long)option->max);
	*out = (long)value;
	return 0;
}

static int
read_duration(struct builder *builder, const struct option *option,
    const char *text, void *field)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 } };
	int64_t *out = field;
	uint64_t value;

	if (!read_digits(&text, &value) || value > UINT32_MAX)
		return builder_fail(builder, -EINVAL,
		    "not a duration such as 250ms, 90s, 5m, 2h, 7d");
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(text, units[i].name) != 0)
			continue;
		value *= units[i].ms;
		if (!within(option, value))
			return builder_fail(builder, -EINVAL,
			    "out of range: %lldms to %lldms",
			    (long long)option->min, (long long)option->max);
		*out = (int64_t)value;
		return 0;
	}
	return builder_fail(builder, -EINVAL,
	    "a duration's unit is ms, s, m, h or d");
}

static int
read_range(struct builder *builder, const struct option *option,
    const char *text, void *field)
{
	struct id_range *out = field;
	uint64_t first, last;

	if (text[0] == '\0' && option->fallback[0] == '\0') {
		*out = (struct id_range){ 0, 0 };
		return 0;
	}
	if (!read_digits(&text, &first) || *text++ != '-' ||
	    !read_digits(&text, &last) || text[0] != '\0')
		return builder_fail(builder, -EINVAL,
		    "not a range such as 100000-199999");
	if (!within(option, first) || !within(option, last) || first > last)
		return builder_fail(builder, -EINVAL,
		    "a range goes up, from %lld to at most %lld",
		    (long long)option->min, (long long)option->max);
	*out = (struct id_range){ (uint32_t)first, (uint32_t)last };
	return 0;
}

/* The place of text (len bytes) in values ("a|b|c"), or -1. */
static int
place_in(const char *values, const char *text, size_t len)
{
	for (int i = 0;; i++) {
		size_t one = strcspn(values, "|");

		if (one == len && memcmp(values, text, len) == 0)
			return i;
		if (values[one] == '\0')
			return -1;
		values += one + 1;
	}
}

static int
read_enum(struct builder *builder, const struct option *option,
    const char *text, void *field)
{
	int *out = field;

	*out = -1;
	if (text[0] == '\0' && option->fallback[0] == '\0')
		return 0;
	*out = place_in(option->values, text, strlen(text));
	if (*out < 0)
		return builder_fail(builder, -EINVAL, "none of %s",
		    option->values);
	return 0;
}

/* Check one item of a list and put it there. */
static int
add_item(struct builder *builder, const struct option *option,
    struct text_list *list, const char *item, size_t len)
{
	while (len > 0 && (item[0] == ' ' || item[0] == '\t')) {
		item++;
		len--;
	}
	while (len > 0 && (item[len - 1] == ' ' || item[len - 1] == '\t'))
		len--;
	if (len == 0)
		return builder_fail(builder, -EINVAL,
		    "item %zu of the list is empty", list->count + 1);
	if (list->count == (size_t)option->max)
		return builder_fail(builder, -EINVAL, "more than %lld items",
		    (long long)option->max);
	if (option->values[0] != '\0' &&
	    place_in(option->values, item, len) < 0)
		return builder_fail(builder, -EINVAL, "item %zu is none of %s",
		    list->count + 1, option->values);
	list->items[list->count] = arena_text(builder->arena, item, len);
	if (list->items[list->count] == NULL)
		return builder_fail(builder, -ENOMEM, "out of memory");
	if (text_list_has(list, list->items[list->count]))
		return builder_fail(builder, -EINVAL,
		    "item %zu stands there twice", list->count + 1);
	list->count++;
	return 0;
}

static int
read_list(struct builder *builder, const struct option *option,
    const char *text, void *field)
{
	struct text_list *out = field;
	struct text_list list = { NULL, 0 };

	while (text != NULL && text[0] != '\0') {
		const char *comma = strchr(text, ',');
		size_t len =
		    comma == NULL ? strlen(text) : (size_t)(comma - text);

		if (list.items == NULL)
			list.items = arena_get(builder->arena,
			    (size_t)option->max * sizeof(list.items[0]));
		if (list.items == NULL)
			return builder_fail(builder, -ENOMEM, "out of memory");
		if (add_item(builder, option, &list, text, len) != 0)
			return builder->failure;
		text = comma == NULL ? NULL : comma + 1;
		if (text != NULL && text[0] == '\0')
			return builder_fail(builder, -EINVAL,
			    "a comma ends the list");
	}
	if (list.count < (size_t)option->min)
		return builder_fail(builder, -EINVAL,
		    "at least %lld must be named", (long long)option->min);
	*out = list;
	return 0;
}

int
option_read(struct builder *builder, const struct option *option,
    const char *text, void *field)
{
	/* clang-format off */
	static int (*const readers[])(struct builder *builder,
	    const struct option *option, const char *text, void *field) = {
		[OPTION_TEXT] = read_text,
		[OPTION_PATH] = read_path,
		[OPTION_URL] = read_url,
		[OPTION_BOOL] = read_bool,
		[OPTION_INT] = read_int,
		[OPTION_DURATION] = read_duration,
		[OPTION_RANGE] = read_range,
		[OPTION_ENUM] = read_enum,
		[OPTION_LIST] = read_list,
	};
	/* clang-format on */
	_Static_assert(ARRAY_LEN(readers) == OPTION_LIST + 1,
	    "one reader a type");

	return readers[option->type](builder, option, text, field);
}
