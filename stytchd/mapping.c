/* SPDX-License-Identifier: BSD-2-Clause */
/* Which account a person is to have; see mapping.h. */
#include "config.h"

#include "stytchd/mapping.h"

#include "stytchd/grammar.h"
#include "stytchd/person_json.h"
#include "stytchd/template.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define GROUPS_MAX 256

/* One mapping under way. */
struct mapper {
	const struct rules *rules;
	const struct person *person;
	const cJSON *unix_fields; /* NULL: none */
	struct wanted *wanted;
};

static void PRINTF_LIKE(2, 3)
    find(struct mapper *mapper, const char *format, ...)
{
	struct wanted *wanted = mapper->wanted;
	va_list arguments;

	if (wanted->finding[0] != '\0')
		return;
	va_start(arguments, format);
	if (vsnprintf(wanted->finding, sizeof(wanted->finding), format,
		arguments) < 0)
		wanted->finding[0] = '\0';
	va_end(arguments);
}

static bool
is_trusted(const struct mapper *mapper, const char *field)
{
	return mapper->unix_fields != NULL &&
	    text_list_has(&mapper->rules->configuration->accounts.trust_unix,
		field);
}

/* A field of trusted_metadata.unix that is believed, or NULL. */
static const cJSON *
unix_field(const struct mapper *mapper, const char *field)
{
	const cJSON *item = is_trusted(mapper, field)
	    ? cJSON_GetObjectItemCaseSensitive(mapper->unix_fields, field)
	    : NULL;

	return cJSON_IsNull(item) ? NULL : item;
}

/* Names, source by source: 1 ends the search, 0 goes on, or -ENOMEM. */

static int
name_by_metadata(struct mapper *mapper)
{
	const cJSON *item = unix_field(mapper, "username");
	const char *name = cJSON_GetStringValue(item);

	if (item == NULL)
		return 0;
	if (name == NULL || !grammar_is_name(name)) {
		find(mapper, "username in the metadata is no account name");
		mapper->wanted->is_broken = true;
		return 1;
	}
	mapper->wanted->name = strdup(name);
	return mapper->wanted->name == NULL ? -ENOMEM : 1;
}

static int
name_by_external_id(struct mapper *mapper)
{
	const char *name = mapper->person->external_id;

	if (name == NULL || !grammar_is_name(name))
		return 0;
	mapper->wanted->name = strdup(name);
	return mapper->wanted->name == NULL ? -ENOMEM : 1;
}

static void
fold(char *text)
{
	for (; *text != '\0'; text++)
		if (*text >= 'A' && *text <= 'Z')
			*text = (char)(*text - 'A' + 'a');
}

/* The part before the @ of the first address that counts; 0 with NULL: none. */
static int
email_local(const struct mapper *mapper, char **out_local)
{
	const struct person *person = mapper->person;
	const struct text_list *domains =
	    &mapper->rules->configuration->accounts.email_domains;

	for (size_t i = 0; i < person->email_count; i++) {
		CLEANUP(string_free)
		char *address = strdup(person->emails[i].value);
		char *at;

		if (address == NULL)
			return -ENOMEM;
		fold(address);
		at = strrchr(address, '@');
		if (!person->emails[i].verified || at == NULL ||
		    !text_list_has(domains, at + 1))
			continue;
		*at = '\0';
		*out_local = STEAL(address);
		return 0;
	}
	return 0;
}

static int
name_by_email(struct mapper *mapper)
{
	CLEANUP(string_free) char *local = NULL;
	int result = email_local(mapper, &local);

	if (result != 0 || local == NULL)
		return result;
	if (!grammar_is_name(local))
		return 0;
	mapper->wanted->name = STEAL(local);
	return 1;
}

/* The word at text, folded to a part of a name; 0 with NULL: nothing left. */
static int
fold_word(const char *text, size_t len, char **out_word)
{
	CLEANUP(string_free) char *word = strndup(text, len);
	int result;

	if (word == NULL)
		return -ENOMEM;
	result = grammar_fold(word, out_word);
	return result == -EINVAL ? 0 : result;
}

static int
name_by_template(struct mapper *mapper)
{
	const char *full_name = mapper->person->full_name;
	const char *last = strrchr(full_name, ' ');
	CLEANUP(string_free) char *local = NULL;
	CLEANUP(string_free) char *first_name = NULL;
	CLEANUP(string_free) char *last_name = NULL;
	CLEANUP(string_free) char *name = NULL;
	char initial[2] = "";
	int result = email_local(mapper, &local);

	if (result != 0 || local == NULL)
		return result;
	result = fold_word(full_name, strcspn(full_name, " "), &first_name);
	if (result == 0 && last != NULL)
		result = fold_word(last + 1, strlen(last + 1), &last_name);
	if (result != 0)
		return result;
	initial[0] = first_name == NULL ? '\0' : first_name[0];
	{
		const struct template_value values[] = {
			{ "email_local", local },
			{ "first_name", first_name },
			{ "last_name", last_name },
			{ "first_initial", initial },
		};

		result = template_expand(mapper->rules->configuration->accounts
					     .name_template,
		    values, ARRAY_LEN(values), &name);
	}
	if (result != 0 || !grammar_is_name(name))
		return result == -ENOMEM ? result : 0;
	mapper->wanted->name = STEAL(name);
	mapper->wanted->by_template = true;
	return 1;
}

static int
find_name(struct mapper *mapper)
{
	static const struct {
		const char *source;
		int (*name)(struct mapper *mapper);
	} sources[] = {
		{ "metadata", name_by_metadata },
		{ "external_id", name_by_external_id },
		{ "email", name_by_email },
		{ "template", name_by_template },
	};
	const struct text_list *order =
	    &mapper->rules->configuration->accounts.name_from;
	int result = 0;

	for (size_t i = 0; result == 0 && i < order->count; i++)
		for (size_t j = 0; result == 0 && j < ARRAY_LEN(sources); j++)
			if (strcmp(order->items[i], sources[j].source) == 0)
				result = sources[j].name(mapper);
	if (result == 0)
		find(mapper, "nothing gives a name");
	return result < 0 ? result : 0;
}

static bool
in_range(const struct id_range *range, double id)
{
	return range->last != 0 && id >= range->first && id <= range->last;
}

static void
take_uid(struct mapper *mapper)
{
	const struct configuration_accounts *accounts =
	    &mapper->rules->configuration->accounts;
	const cJSON *item = unix_field(mapper, "uid");
	double uid = cJSON_GetNumberValue(item);

	if (item == NULL)
		return;
	if (!cJSON_IsNumber(item) ||
	    (!in_range(&accounts->uid_range, uid) &&
		!in_range(&accounts->pinned_range, uid))) {
		find(mapper,
		    "uid in the metadata is in neither uid_range nor "
		    "pinned_range");
		return;
	}
	mapper->wanted->uid = (uint32_t)uid;
}

static int
take_shell(struct mapper *mapper)
{
	const cJSON *item = unix_field(mapper, "shell");
	const char *shell = cJSON_GetStringValue(item);

	if (item != NULL &&
	    (shell == NULL || !grammar_is_shell(shell) ||
		!local_has_shell(mapper->rules->local, shell))) {
		find(mapper, "shell in the metadata is none of /etc/shells");
		shell = NULL;
	}
	mapper->wanted->shell = strdup(shell != NULL
		? shell
		: mapper->rules->configuration->accounts.shell);
	return mapper->wanted->shell == NULL ? -ENOMEM : 0;
}

static int
take_home(struct mapper *mapper)
{
	const cJSON *item = unix_field(mapper, "home");
	const char *home = cJSON_GetStringValue(item);

	if (item == NULL)
		return 0;
	if (home == NULL || !grammar_is_home(home)) {
		find(mapper, "home in the metadata is no path of a home");
		return 0;
	}
	mapper->wanted->home = strdup(home);
	return mapper->wanted->home == NULL ? -ENOMEM : 0;
}

static int
take_groups(struct mapper *mapper)
{
	const cJSON *array = unix_field(mapper, "groups");
	struct text_list *groups = &mapper->wanted->groups;
	const cJSON *item = NULL;

	if (!cJSON_IsArray(array))
		return 0;
	groups->items = calloc(GROUPS_MAX, sizeof(groups->items[0]));
	if (groups->items == NULL)
		return -ENOMEM;
	cJSON_ArrayForEach (item, array) {
		const char *name = cJSON_GetStringValue(item);

		if (name == NULL || !grammar_is_group(name) ||
		    text_list_has(groups, name) || groups->count == GROUPS_MAX)
			continue;
		groups->items[groups->count] = strdup(name);
		if (groups->items[groups->count] == NULL)
			return -ENOMEM;
		groups->count++;
	}
	return 0;
}

static int
map(struct mapper *mapper)
{
	int result = find_name(mapper);

	if (result == 0)
		result = grammar_clean_gecos(mapper->person->full_name,
		    &mapper->wanted->gecos);
	if (result == 0)
		result = take_shell(mapper);
	if (result == 0)
		result = take_home(mapper);
	if (result == 0)
		result = take_groups(mapper);
	if (result == 0)
		take_uid(mapper);
	return result;
}

int
mapping_person(const struct rules *rules, const struct person *person,
    struct wanted *out_wanted)
{
	CLEANUP(json_free)
	cJSON *fields = person->trusted_unix == NULL
	    ? NULL
	    : cJSON_Parse(person->trusted_unix);
	CLEANUP(wanted_clear) struct wanted wanted = { .name = NULL };
	struct mapper mapper = { rules, person, fields, &wanted };
	int result;

	/* It was printed by cJSON: only memory can be lacking. */
	if (person->trusted_unix != NULL && fields == NULL)
		return -ENOMEM;
	result = map(&mapper);
	if (result != 0)
		return result;
	*out_wanted = wanted;
	wanted = (struct wanted){ .name = NULL };
	return 0;
}

void
wanted_clear(struct wanted *wanted)
{
	string_free(&wanted->name);
	string_free(&wanted->gecos);
	string_free(&wanted->shell);
	string_free(&wanted->home);
	for (size_t i = 0; i < wanted->groups.count; i++)
		string_free(&wanted->groups.items[i]);
	free(wanted->groups.items);
	wanted->groups = (struct text_list){ NULL, 0 };
}

int
mapping_home(const struct configuration *configuration, const char *name,
    char **out_home)
{
	const struct template_value values[] = { { "name", name } };

	return template_expand(configuration->accounts.home, values, 1,
	    out_home);
}

const char *
mapping_refuses(const struct rules *rules, const char *name)
{
	if (!grammar_is_group(name))
		return "is no name";
	if (grammar_is_reserved(name) ||
	    text_list_has(&rules->configuration->accounts.reserved_names, name))
		return "is reserved";
	if (local_has_name(rules->local, name))
		return "is a name of this host";
	return NULL;
}
