/* SPDX-License-Identifier: BSD-2-Clause */
/* The directory's life, and what it knows without asking; see directory.h. */
#include "config.h"

#include "stytchd/directory.h"

#include "common/buf.h"
#include "common/log.h"
#include "stytchd/directory_internal.h"
#include "stytchd/facts.h"
#include "stytchd/groups.h"
#include "stytchd/ledger.h"
#include "stytchd/mapping.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t
directory_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- a change of the configuration ------------------------------------- */

struct remap {
	const struct rules *rules;
	bool is_done;   /* people were stored anew */
	char **removed; /* identities, to be told of when it is on the disk */
	size_t removed_count;
	size_t removed_size;
	bool is_short; /* of memory for them */
};

static void
remap_clear(struct remap *remap)
{
	for (size_t i = 0; i < remap->removed_count; i++)
		string_free(&remap->removed[i]);
	free(remap->removed);
}

static void
remember_removed(void *context, const char *identity)
{
	struct remap *remap = context;

	if (remap->removed_count == remap->removed_size) {
		size_t size =
		    remap->removed_size == 0 ? 16 : 2 * remap->removed_size;
		char **removed =
		    realloc(remap->removed, size * sizeof(*removed));

		if (removed == NULL) {
			remap->is_short = true;
			return;
		}
		remap->removed = removed;
		remap->removed_size = size;
	}
	remap->removed[remap->removed_count] = strdup(identity);
	if (remap->removed[remap->removed_count] == NULL)
		remap->is_short = true;
	else
		remap->removed_count++;
}

/*
 * Another project's people are nobody's here.  Ids are of one project alone, so
 * they come back with it.
 */
static int
check_project(struct sqlite3 *database, const char *project)
{
	int result = facts_is(database, "project", project);

	if (result != 0)
		return result < 0 ? result : 0;
	result = store_script(database,
	    "UPDATE persons SET person = json_set(person, '$.status', 2);"
	    "DELETE FROM memberships; UPDATE accounts SET gone = 1;");
	return result != 0 ? result : facts_set(database, "project", project);
}

static int
remap_people(struct sqlite3 *database, void *context)
{
	struct remap *remap = context;
	int result = facts_is(database, "mapping", remap->rules->fingerprint);

	if (result != 0)
		return result < 0 ? result : 0;
	result = check_project(database,
	    remap->rules->configuration->stytch.project_id);
	if (result == 0)
		result = people_remap(database, remap->rules, remember_removed,
		    remap);
	if (result == 0 && remap->is_short)
		result = -ENOMEM;
	if (result == 0)
		result =
		    facts_set(database, "mapping", remap->rules->fingerprint);
	remap->is_done = result == 0;
	return result;
}

/* Tell of those who are out of scope now, and read the new scope soon. */
static void
tell_removed(struct directory *directory, const struct remap *remap)
{
	const struct sync_report *report = directory->report;

	for (size_t i = 0; i < remap->removed_count; i++)
		if (report != NULL && report->removed != NULL)
			report->removed(report->context, remap->removed[i]);
	if (remap->is_done)
		directory_want_sync(directory);
}

int
directory_settle(struct directory *directory)
{
	CLEANUP(view_drop) struct view *view = NULL;
	CLEANUP(remap_clear) struct remap remap = { .rules = NULL };
	int result = view_take(&directory->views, &view);

	if (result != 0)
		return result;
	remap.rules = &view->rules;
	result = store_write(directory->store, remap_people, &remap);
	if (result != 0)
		return result;
	/* A map that cannot be written is no reason to let nobody in. */
	if (remap.is_done || directory->publisher.based < 0)
		(void)directory_publish(directory, &view->rules);
	tell_removed(directory, &remap);
	return 0;
}

int
directory_publish(struct directory *directory, const struct rules *rules)
{
	int result =
	    publish_base(&directory->publisher, directory->store, rules);

	if (result != 0) {
		log_error("accounts: the map cannot be published: %s",
		    store_strerror(result));
		directory_touch(directory);
	}
	return result;
}

/* ---- life ---------------------------------------------------------------- */

static int
open_parts(struct directory *directory, const char *root,
    struct configuration *configuration)
{
	pthread_condattr_t attributes;
	int result = publisher_open(&directory->publisher,
	    configuration->stytch.state_dir);

	if (result == 0)
		result = flights_open(&directory->flights);
	if (result != 0)
		return result;
	view_holder_open(&directory->views, configuration, root);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&directory->timer_changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	(void)pthread_mutex_init(&directory->timer_lock, NULL);
	(void)pthread_mutex_init(&directory->sync_lock, NULL);
	return 0;
}

int
directory_open_at(const char *root, struct configuration *configuration,
    struct stytch_client *client, struct store *store,
    struct directory **out_directory)
{
	struct directory *directory = calloc(1, sizeof(*directory));
	int result;

	if (directory == NULL)
		return -ENOMEM;
	directory->client = client;
	directory->store = store;
	result = open_parts(directory, root, configuration);
	if (result != 0) {
		publisher_close(&directory->publisher);
		free(directory);
		return result;
	}
	result = directory_settle(directory);
	if (result != 0)
		directory_close(&directory);
	else
		*out_directory = directory;
	return result;
}

int
directory_open(struct configuration *configuration,
    struct stytch_client *client, struct store *store,
    struct directory **out_directory)
{
	return directory_open_at("", configuration, client, store,
	    out_directory);
}

void
directory_close(struct directory **directory)
{
	struct directory *closed = *directory;

	*directory = NULL;
	if (closed == NULL)
		return;
	directory_stop_timer(closed);
	view_holder_close(&closed->views);
	flights_close(&closed->flights);
	publisher_close(&closed->publisher);
	(void)pthread_cond_destroy(&closed->timer_changed);
	(void)pthread_mutex_destroy(&closed->timer_lock);
	(void)pthread_mutex_destroy(&closed->sync_lock);
	free(closed);
}

void
directory_configure(struct directory *directory,
    struct configuration *configuration)
{
	int result;

	view_configure(&directory->views, configuration);
	flights_forget(directory->flights);
	result = directory_settle(directory);
	if (result != 0)
		log_error("accounts: the new configuration does not reach "
			  "them yet: %s",
		    store_strerror(result));
}

/* ---- what is known ------------------------------------------------------- */

struct load {
	const struct rules *rules;
	const char *name;
	const char *identity;
	struct account *account;
};

static int
load(struct sqlite3 *database, void *context)
{
	struct load *wanted = context;

	return people_load(database, wanted->rules, wanted->name,
	    wanted->identity, &wanted->account);
}

int
directory_load(struct directory *directory, const struct rules *rules,
    const char *name, const char *identity, struct account **out_account)
{
	struct load wanted = { .rules = rules,
		.name = name,
		.identity = identity };
	int result = store_read(directory->store, load, &wanted);

	if (result == 0)
		*out_account = wanted.account;
	else
		account_free(&wanted.account);
	return result;
}

enum directory_answer
directory_known(struct directory *directory, const char *name,
    struct account **out_account)
{
	CLEANUP(view_drop) struct view *view = NULL;
	CLEANUP(account_free) struct account *account = NULL;
	int result = view_take(&directory->views, &view);

	if (result != 0)
		return DIRECTORY_UNAVAILABLE;
	if (mapping_refuses(&view->rules, name) != NULL)
		return DIRECTORY_ABSENT;
	result = directory_load(directory, &view->rules, name, NULL, &account);
	if (result == -ENOENT)
		return DIRECTORY_ABSENT;
	if (result != 0)
		return DIRECTORY_UNAVAILABLE;
	if (account->person->status == PERSON_GONE ||
	    local_has_id(view->rules.local, account->uid))
		return DIRECTORY_ABSENT;
	*out_account = STEAL(account);
	return DIRECTORY_FOUND;
}

static int
has_name(struct sqlite3 *database, void *context)
{
	return ledger_has_name(database, context);
}

bool
directory_name_is_given(struct directory *directory, const char *name)
{
	CLEANUP(string_free) char *copy = strdup(name);

	/* 0 is the one answer that says "never". */
	return copy == NULL ||
	    store_read(directory->store, has_name, copy) != 0;
}

bool
directory_name_is_local(const char *name)
{
	return local_user_exists("", name);
}

/* ---- every account ------------------------------------------------------- */

#define BATCH 64

/* A batch of names behind the last one; rows are given outside of it. */
struct batch {
	char *names[BATCH];
	size_t count;
	const char *after;
};

static void
batch_clear(struct batch *batch)
{
	while (batch->count > 0)
		string_free(&batch->names[--batch->count]);
}

static int
read_batch(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	struct batch *batch = context;
	int result = store_prepare(database,
	    "SELECT name FROM accounts WHERE gone = 0 AND name > ?"
	    " ORDER BY name LIMIT ?",
	    &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, batch->after);
	store_bind_int(select, 2, BATCH);
	while ((result = store_step(select)) == 1) {
		batch->names[batch->count] = strdup(store_text(select, 0));
		if (batch->names[batch->count] == NULL)
			return -ENOMEM;
		batch->count++;
	}
	return result;
}

/* Give one account, if it is still there: 1 go on, 0 stop, or an errno. */
static int
give(struct directory *directory, const struct rules *rules, const char *name,
    bool (*row)(void *context, const struct account *account), void *context)
{
	CLEANUP(account_free) struct account *account = NULL;
	int result = directory_load(directory, rules, name, NULL, &account);

	if (result == -ENOENT)
		return 1;
	if (result != 0)
		return result;
	return account->person->status == PERSON_GONE || row(context, account);
}

int
directory_each(struct directory *directory,
    bool (*row)(void *context, const struct account *account), void *context)
{
	CLEANUP(view_drop) struct view *view = NULL;
	CLEANUP(string_free) char *last = strdup("");
	int result =
	    last == NULL ? -ENOMEM : view_take(&directory->views, &view);

	while (result == 0) {
		CLEANUP(batch_clear) struct batch batch = { .after = last };

		result = store_read(directory->store, read_batch, &batch);
		if (result != 0 || batch.count == 0)
			return result;
		result = 1;
		for (size_t i = 0; result == 1 && i < batch.count; i++)
			result = give(directory, &view->rules, batch.names[i],
			    row, context);
		if (result != 1)
			return result;
		result = 0;
		string_free(&last);
		last = STEAL(batch.names[batch.count - 1]);
		batch.count--;
	}
	return result;
}

/* ---- the last sync ------------------------------------------------------- */

struct note {
	char key[16];
	char text[640];
};

static int
write_note(struct sqlite3 *database, void *context)
{
	const struct note *note = context;

	return facts_set(database, note->key, note->text);
}

void
directory_note_sync(struct directory *directory, enum stytch_class class_,
    const struct sync_result *result)
{
	struct note *note = calloc(1, sizeof(*note));
	int len;

	if (note == NULL)
		return;
	memcpy(note->key, "sync", sizeof("sync"));
	len = snprintf(note->text, sizeof(note->text),
	    "{\"at\":%lld,\"result\":\"%s\",\"seen\":%lu,\"added\":%lu,"
	    "\"changed\":%lu,\"removed\":%lu}",
	    (long long)store_now(), stytch_class_name(class_), result->seen,
	    result->added, result->changed, result->removed);
	if (len < 0 || (size_t)len >= sizeof(note->text) ||
	    store_later(directory->store, write_note, note, free) != 0)
		log_warning("sync: its result is not kept");
}
