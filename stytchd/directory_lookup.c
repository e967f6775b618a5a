/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking Stytch for one person; see directory.h. */
#include "config.h"

#include "common/buf.h"
#include "common/log.h"
#include "stytchd/ask.h"
#include "stytchd/directory_internal.h"
#include "stytchd/grammar.h"
#include "stytchd/groups.h"
#include "stytchd/mapping.h"

#include <errno.h>
#include <string.h>

#define OVERLAY_MAX 256 /* accounts, before a new base map is made */

/* ---- storing an answer --------------------------------------------------- */

struct taking {
	const struct rules *rules;
	const struct person *person;
	const char *slug;
	unsigned flags;
	enum people_change change;
};

static int
take(struct sqlite3 *database, void *context)
{
	struct taking *taking = context;
	struct people_outcome outcome;
	int result = people_check_rules(database, taking->rules);

	if (result == 0 && taking->slug != NULL &&
	    taking->person->organization != NULL)
		result = groups_see_organization(database,
		    taking->person->organization, taking->slug);
	if (result == 0)
		result = people_store(database, taking->rules, taking->person,
		    taking->flags, &outcome);
	if (result == 0)
		taking->change = outcome.change;
	return result;
}

int
directory_take(struct directory *directory, const struct rules *rules,
    const struct person *person, const char *slug,
    enum people_change *out_change)
{
	struct taking taking = { .rules = rules,
		.person = person,
		.slug = slug,
		.flags = PEOPLE_CREATE };
	int result = store_write(directory->store, take, &taking);

	if (result == 0)
		*out_change = taking.change;
	return result;
}

/* Show who came in the overlay; a change of others waits for the base map. */
static void
publish_change(struct directory *directory, const struct rules *rules,
    enum people_change change)
{
	size_t count = 0;
	int result = 0;

	switch (change) {
	case PEOPLE_NOTHING:
		return;
	case PEOPLE_CHANGED:
	case PEOPLE_REMOVED:
		directory_touch(directory);
		return;
	case PEOPLE_ADDED:
		result = publish_overlay(&directory->publisher,
		    directory->store, rules, &count);
		break;
	}
	if (result != 0)
		log_error("accounts: the overlay cannot be published: %s",
		    strerror(-result));
	if (result != 0 || count > OVERLAY_MAX)
		directory_touch(directory);
}

/* ---- finding by name ------------------------------------------------------ */

/* One search, over every place where the name may be. */
struct search {
	struct directory *directory;
	const struct rules *rules;
	const char *name;
};

static void
log_failure(const char *what, enum stytch_class class_,
    const struct stytch_error *error)
{
	log_warning("%s: %s%s%s%s%s", what, stytch_class_name(class_),
	    error->message[0] == '\0' ? "" : ": ", error->message,
	    error->request_id[0] == '\0' ? "" : ", ", error->request_id);
}

/* Store the answer if it is what makes an account of the name. */
static enum directory_answer
take_answer(const struct search *search, const struct answer *answer)
{
	CLEANUP(wanted_clear) struct wanted wanted = { .name = NULL };
	CLEANUP(account_free) struct account *account = NULL;
	enum people_change change = PEOPLE_NOTHING;
	int result = mapping_person(search->rules, answer->person, &wanted);

	if (result != 0)
		return DIRECTORY_UNAVAILABLE;
	if (wanted.name == NULL || strcmp(wanted.name, search->name) != 0)
		return DIRECTORY_ABSENT;
	result = directory_take(search->directory, search->rules,
	    answer->person, answer->slug, &change);
	if (result != 0) {
		log_error("%s: the state cannot be written: %s", search->name,
		    store_strerror(result));
		return DIRECTORY_UNAVAILABLE;
	}
	publish_change(search->directory, search->rules, change);
	result = directory_load(search->directory, search->rules, search->name,
	    NULL, &account);
	if (result == -ENOENT)
		return DIRECTORY_ABSENT;
	if (result != 0)
		return DIRECTORY_UNAVAILABLE;
	/* The name may be another's, or the person may be gone. */
	return strcmp(account->person->identity, answer->person->identity) ==
		    0 &&
		account->person->status != PERSON_GONE
	    ? DIRECTORY_FOUND
	    : DIRECTORY_ABSENT;
}

static enum directory_answer
ask(const struct search *search, const struct question *question)
{
	CLEANUP(answer_clear) struct answer answer = { NULL, NULL };
	struct stytch_error error = { .class_ = STYTCH_OK };
	enum stytch_class class_ =
	    ask_person(search->directory->client, question, &answer, &error);

	if (class_ == STYTCH_OK)
		return take_answer(search, &answer);
	if (class_ == STYTCH_NOT_FOUND)
		return DIRECTORY_ABSENT;
	log_failure(search->name, class_, &error);
	return DIRECTORY_UNAVAILABLE;
}

/* The member with the address name@domain. */
static enum directory_answer
ask_address(const struct search *search, const char *organization,
    const char *domain)
{
	CLEANUP(buf_clear) struct buf email = BUF_INIT(320);
	struct question question = { .organization = organization };

	buf_addf(&email, "%s@%s", search->name, domain);
	if (buf_error(&email) != 0)
		return DIRECTORY_UNAVAILABLE;
	question.email = buf_text(&email);
	return ask(search, &question);
}

/* Addresses in the domains that may give names. */
static enum directory_answer
ask_by_email(const struct search *search, const char *organization)
{
	const struct text_list *domains =
	    &search->rules->configuration->accounts.email_domains;
	enum directory_answer answer = DIRECTORY_ABSENT;

	for (size_t i = 0; answer == DIRECTORY_ABSENT && i < domains->count;
	     i++)
		answer = ask_address(search, organization, domains->items[i]);
	return answer;
}

/* One organization (B2B), or the project (NULL). */
static enum directory_answer
ask_in(const struct search *search, const char *organization)
{
	const struct text_list *sources =
	    &search->rules->configuration->accounts.name_from;
	const struct question question = { .organization = organization,
		.external_id = search->name };
	enum directory_answer answer = DIRECTORY_ABSENT;

	/* A name of the metadata is found where the external id is the same. */
	if (text_list_has(sources, "metadata") ||
	    text_list_has(sources, "external_id"))
		answer = ask(search, &question);
	if (answer == DIRECTORY_ABSENT && organization != NULL &&
	    text_list_has(sources, "email"))
		answer = ask_by_email(search, organization);
	return answer;
}

/*
 * Every organization in the configuration's order.  One that cannot be asked
 * ends the search: its person may be the one whose name it is.
 */
static enum directory_answer
ask_everywhere(const struct search *search)
{
	const struct text_list *organizations =
	    &search->rules->configuration->stytch.organizations;
	enum directory_answer answer = DIRECTORY_ABSENT;

	if (search->rules->configuration->stytch.kind == PROJECT_CONSUMER)
		return ask_in(search, NULL);
	for (size_t i = 0;
	     answer == DIRECTORY_ABSENT && i < organizations->count; i++)
		answer = ask_in(search, organizations->items[i]);
	return answer;
}

static enum directory_answer
ask_in_turn(const struct search *search)
{
	const struct configuration_accounts *accounts =
	    &search->rules->configuration->accounts;
	struct flights *flights = search->directory->flights;
	enum directory_answer answer = DIRECTORY_UNAVAILABLE;

	switch (flights_enter(flights, search->name, directory_now_ms(),
	    accounts->lookup_per_minute, &answer)) {
	case FLIGHTS_ASK:
		answer = ask_everywhere(search);
		flights_leave(flights, search->name, answer, directory_now_ms(),
		    accounts->negative_ttl);
		return answer;
	case FLIGHTS_ANSWERED:
		return answer;
	case FLIGHTS_ABSENT:
		return DIRECTORY_ABSENT;
	case FLIGHTS_BUSY:
		return DIRECTORY_UNAVAILABLE;
	}
	return DIRECTORY_UNAVAILABLE;
}

enum directory_answer
directory_find(struct directory *directory, const char *name,
    struct account **out_account)
{
	CLEANUP(view_drop) struct view *view = NULL;
	enum directory_answer answer;
	struct search search = { .directory = directory, .name = name };

	if (!grammar_is_name(name))
		return DIRECTORY_ABSENT;
	answer = directory_known(directory, name, out_account);
	if (answer != DIRECTORY_ABSENT)
		return answer;
	if (view_take(&directory->views, &view) != 0)
		return DIRECTORY_UNAVAILABLE;
	search.rules = &view->rules;
	if (mapping_refuses(&view->rules, name) != NULL ||
	    view->rules.configuration->accounts.name_from.count == 0)
		return DIRECTORY_ABSENT;
	answer = ask_in_turn(&search);
	return answer == DIRECTORY_FOUND
	    ? directory_known(directory, name, out_account)
	    : answer;
}

/* ---- asking again ---------------------------------------------------------- */

static int
remove_identity(struct sqlite3 *database, void *context)
{
	struct taking *taking = context;

	taking->change = PEOPLE_NOTHING;
	return people_remove(database, taking->person->identity,
	    &taking->change);
}

/* Stytch has no such person any more. */
static enum stytch_class
lose(struct directory *directory, const struct person *person)
{
	struct taking taking = { .person = person };
	int result = store_write(directory->store, remove_identity, &taking);

	if (result != 0) {
		log_error("%s: the state cannot be written: %s",
		    person->identity, store_strerror(result));
		return STYTCH_UNAVAILABLE;
	}
	if (taking.change == PEOPLE_REMOVED)
		directory_touch(directory);
	return STYTCH_NOT_FOUND;
}

/* Store the answer and replace the account by what it says. */
static enum stytch_class
renew(struct directory *directory, const struct rules *rules,
    const struct answer *answer, struct account **account)
{
	CLEANUP(account_free) struct account *renewed = NULL;
	enum people_change change = PEOPLE_NOTHING;
	int result = directory_take(directory, rules, answer->person,
	    answer->slug, &change);

	/* It is so now, whatever comes of this look-up. */
	if (result == 0) {
		publish_change(directory, rules, change);
		result = directory_load(directory, rules, NULL,
		    answer->person->identity, &renewed);
	}
	if (result != 0) {
		log_error("%s: the state cannot be used: %s",
		    answer->person->identity, store_strerror(result));
		return STYTCH_UNAVAILABLE;
	}
	if (renewed->person->status == PERSON_GONE)
		return STYTCH_NOT_FOUND;
	account_free(account);
	*account = STEAL(renewed);
	return STYTCH_OK;
}

enum stytch_class
directory_refresh(struct directory *directory, struct account **account)
{
	CLEANUP(view_drop) struct view *view = NULL;
	CLEANUP(answer_clear) struct answer answer = { NULL, NULL };
	const struct person *person = (*account)->person;
	const struct question question = { .organization = person->organization,
		.identity = person->identity };
	struct stytch_error error = { .class_ = STYTCH_OK };
	enum stytch_class class_;

	if (view_take(&directory->views, &view) != 0)
		return STYTCH_UNAVAILABLE;
	/* Nobody asks with this project's secret for another one's people. */
	if (!people_in_scope(view->rules.configuration, person))
		return STYTCH_NOT_FOUND;
	class_ = ask_person(directory->client, &question, &answer, &error);
	if (class_ == STYTCH_NOT_FOUND)
		return lose(directory, person);
	if (class_ != STYTCH_OK) {
		log_failure((*account)->name, class_, &error);
		return class_;
	}
	return renew(directory, &view->rules, &answer, account);
}

/* ---- what an authentication answered --------------------------------------- */

/* A person to be stored by the writer thread. */
struct observation {
	struct directory *directory;
	struct view *view;
	struct person *person;
};

static void
observation_free(void *context)
{
	struct observation *observation = context;

	view_drop(&observation->view);
	person_free(&observation->person);
	free(observation);
}

static int
store_observation(struct sqlite3 *database, void *context)
{
	struct observation *observation = context;
	const struct rules *rules = &observation->view->rules;
	struct people_outcome outcome;
	int result = people_check_rules(database, rules);

	if (result == 0)
		result = people_store(database, rules, observation->person, 0,
		    &outcome);
	/* Without PEOPLE_CREATE nobody new is made; touch() is enough. */
	if (result == 0 && outcome.change != PEOPLE_NOTHING)
		directory_touch(observation->directory);
	return result;
}

static int
observe(struct directory *directory, struct view **view, struct person **person)
{
	struct observation *observation = calloc(1, sizeof(*observation));

	if (observation == NULL)
		return -ENOMEM;
	observation->directory = directory;
	observation->view = STEAL(*view);
	observation->person = STEAL(*person);
	return store_later(directory->store, store_observation, observation,
	    observation_free);
}

static int
parse_observed(struct directory *directory, const struct cJSON *object,
    struct view **out_view, struct person **out_person)
{
	int result = view_take(&directory->views, out_view);

	if (result != 0)
		return result;
	return person_parse(object,
	    (enum project_kind)(*out_view)->rules.configuration->stytch.kind,
	    out_person);
}

void
directory_observe(struct directory *directory, const struct cJSON *object)
{
	CLEANUP(view_drop) struct view *view = NULL;
	CLEANUP(person_free) struct person *person = NULL;
	int result = parse_observed(directory, object, &view, &person);

	if (result == 0)
		result = observe(directory, &view, &person);
	if (result != 0)
		log_warning("accounts: a login's answer is not kept: %s",
		    strerror(-result));
}

struct preview {
	const struct rules *rules;
	const struct person *person;
	struct account *account;
};

static int
preview(struct sqlite3 *database, void *context)
{
	struct preview *wanted = context;

	return people_preview(database, wanted->rules, wanted->person,
	    &wanted->account);
}

static bool
is_owner(const struct account *account, const struct person *person)
{
	const char *organization = account->person->organization;

	return strcmp(account->person->identity, person->identity) == 0 &&
	    (organization == NULL) == (person->organization == NULL) &&
	    (organization == NULL ||
		strcmp(organization, person->organization) == 0);
}

int
directory_admit(struct directory *directory, const struct cJSON *object,
    struct account **account)
{
	CLEANUP(view_drop) struct view *view = NULL;
	CLEANUP(person_free) struct person *person = NULL;
	struct preview wanted = { .account = NULL };
	int result = parse_observed(directory, object, &view, &person);

	if (result != 0)
		return result == -EPROTO || result == -ENOMEM ? result : -EIO;
	if (!is_owner(*account, person))
		return -EINVAL;
	wanted.rules = &view->rules;
	wanted.person = person;
	result = store_read(directory->store, preview, &wanted);
	if (result == 0 && strcmp(wanted.account->name, (*account)->name) != 0)
		result = -EINVAL;
	if (result != 0) {
		account_free(&wanted.account);
		return result == -ENOMEM || result == -EINVAL ? result : -EIO;
	}
	account_free(account);
	*account = wanted.account;
	if (observe(directory, &view, &person) != 0)
		log_warning("%s: a login's answer is not kept",
		    (*account)->name);
	return 0;
}
