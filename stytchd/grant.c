/* SPDX-License-Identifier: BSD-2-Clause */
/* Items of grant and rename, read; see grant.h. */
#include "config.h"

#include "stytchd/grant.h"

#include "stytchd/grammar.h"

#include <errno.h>
#include <string.h>

#define USERS_MAX 64

/* A name, or a gid that is neither root's nor "no group". */
static bool
is_group(const char *text)
{
	unsigned long long gid = 0;
	size_t len = strspn(text, "0123456789");

	if (text[len] != '\0' || len == 0)
		return grammar_is_group(text);
	if (len > 10 || text[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++)
		gid = gid * 10 + (unsigned)(text[i] - '0');
	return gid < UINT32_MAX;
}

/* The text up to the separator or the end, and where to go on, or NULL. */
static int
take_field(const char **text, char separator, char **out_field)
{
	const char *end = strchr(*text, separator);

	*out_field =
	    end == NULL ? strdup(*text) : strndup(*text, (size_t)(end - *text));
	if (*out_field == NULL)
		return -ENOMEM;
	*text = end == NULL ? NULL : end + 1;
	return 0;
}

static int
take_users(const char *text, struct text_list *users)
{
	users->items = calloc(USERS_MAX, sizeof(users->items[0]));
	if (users->items == NULL)
		return -ENOMEM;
	while (text != NULL) {
		int error;

		if (users->count == USERS_MAX)
			return -EINVAL;
		error = take_field(&text, '+', &users->items[users->count]);
		if (error != 0)
			return error;
		users->count++;
		if (!grammar_is_name(users->items[users->count - 1]))
			return -EINVAL;
	}
	return 0;
}

int
grant_parse(const char *text, struct grant *out_grant)
{
	CLEANUP(grant_clear)
	struct grant grant = { NULL, NULL, NULL, { NULL, 0 } };
	char **fields[] = { &grant.group, &grant.organization, &grant.role };
	int error;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (text == NULL)
			return -EINVAL;
		error = take_field(&text, ':', fields[i]);
		if (error != 0)
			return error;
	}
	if (!is_group(grant.group) || grant.role[0] == '\0')
		return -EINVAL;
	if (grant.organization[0] != '\0' && !grammar_is_id(grant.organization))
		return -EINVAL;
	if (text != NULL) {
		error = take_users(text, &grant.users);
		if (error != 0)
			return error;
	}
	*out_grant = grant;
	grant = (struct grant){ NULL, NULL, NULL, { NULL, 0 } };
	return 0;
}

void
grant_clear(struct grant *grant)
{
	string_free(&grant->group);
	string_free(&grant->organization);
	string_free(&grant->role);
	for (size_t i = 0; i < grant->users.count; i++)
		string_free(&grant->users.items[i]);
	free(grant->users.items);
	grant->users = (struct text_list){ NULL, 0 };
}

static bool
is_kind(const char *kind)
{
	static const char *const kinds[] = { "organization", "role", "scim",
		"metadata" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

int
rename_parse(const char *text, struct rename *out_rename)
{
	CLEANUP(rename_clear) struct rename item = { NULL, NULL, NULL };
	const char *colon = strchr(text, ':');
	const char *equals = strrchr(text, '=');

	if (colon == NULL || equals == NULL || equals <= colon + 1)
		return -EINVAL;
	item.kind = strndup(text, (size_t)(colon - text));
	item.id = strndup(colon + 1, (size_t)(equals - colon - 1));
	item.name = strdup(equals + 1);
	if (item.kind == NULL || item.id == NULL || item.name == NULL)
		return -ENOMEM;
	if (!is_kind(item.kind) || !grammar_is_group(item.name) ||
	    grammar_is_reserved(item.name))
		return -EINVAL;
	*out_rename = item;
	item = (struct rename){ NULL, NULL, NULL };
	return 0;
}

void
rename_clear(struct rename *rename_)
{
	string_free(&rename_->kind);
	string_free(&rename_->id);
	string_free(&rename_->name);
}
