/* SPDX-License-Identifier: BSD-2-Clause */
/* Persons and accounts as values: what they own, and its end. */
#include "config.h"

#include "stytchd/account.h"

#include <string.h>

static void
contacts_free(struct contact *contacts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		string_free(&contacts[i].id);
		string_free(&contacts[i].value);
	}
	free(contacts);
}

static void
list_free(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		string_free(&list->items[i]);
	free(list->items);
	*list = (struct text_list){ NULL, 0 };
}

void
person_free(struct person **person)
{
	struct person *freed = *person;

	*person = NULL;
	if (freed == NULL)
		return;
	string_free(&freed->identity);
	string_free(&freed->organization);
	string_free(&freed->external_id);
	string_free(&freed->full_name);
	contacts_free(freed->emails, freed->email_count);
	contacts_free(freed->phones, freed->phone_count);
	string_free(&freed->totp_id);
	list_free(&freed->roles);
	list_free(&freed->scim_groups);
	string_free(&freed->trusted_unix);
	free(freed);
}

void
account_free(struct account **account)
{
	struct account *freed = *account;

	*account = NULL;
	if (freed == NULL)
		return;
	string_free(&freed->name);
	string_free(&freed->gecos);
	string_free(&freed->home);
	string_free(&freed->shell);
	for (size_t i = 0; i < freed->group_count; i++)
		string_free(&freed->group_names[i]);
	free(freed->group_names);
	free(freed->gids);
	person_free(&freed->person);
	free(freed);
}

bool
account_in_group(const struct account *account, const char *group)
{
	for (size_t i = 0; i < account->group_count; i++)
		if (strcmp(account->group_names[i], group) == 0)
			return true;
	/* The private group has the account's own name. */
	return strcmp(account->name, group) == 0;
}
