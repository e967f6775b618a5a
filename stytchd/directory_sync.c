/* SPDX-License-Identifier: BSD-2-Clause */
/* A full sync over the network; see directory.h and sync.h. */
#include "config.h"

#include "common/log.h"
#include "stytchd/ask.h"
#include "stytchd/directory_internal.h"
#include "stytchd/sync.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* One sync under way. */
struct run {
	struct directory *directory;
	const struct rules *rules;
	struct staging *staging;
	const char *organization; /* whose pages come */
	int failure;              /* why a page was refused */
	struct sync_result *result;
};

static enum stytch_class
stop(struct run *run, enum stytch_class class_, const char *what,
    const char *why)
{
	if (run->result->reason[0] == '\0')
		(void)snprintf(run->result->reason, sizeof(run->result->reason),
		    "%.100s: %.140s", what, why);
	return class_;
}

static enum stytch_class
stop_errno(struct run *run, const char *what, int failure)
{
	return stop(run,
	    failure == -EPROTO ? STYTCH_PROTOCOL : STYTCH_UNAVAILABLE, what,
	    failure == -EPROTO ? "the page is not what was asked for"
			       : strerror(-failure));
}

static enum stytch_class
stop_state(struct run *run, const char *what, int failure)
{
	return stop(run, STYTCH_UNAVAILABLE, what, store_strerror(failure));
}

static enum stytch_class
stop_error(struct run *run, const char *what, enum stytch_class class_,
    const struct stytch_error *error)
{
	return stop(run, class_, what,
	    error->message[0] != '\0' ? error->message
				      : stytch_class_name(class_));
}

static bool
take_page(const struct stytch_reply *reply, void *context)
{
	struct run *run = context;

	if (atomic_load(&run->directory->stopping))
		run->failure = -EINTR;
	else
		run->failure = sync_stage_page(run->staging, run->organization,
		    stytch_reply_json(reply), &run->result->seen);
	return run->failure == 0;
}

static enum stytch_class
stage_organization(struct run *run, const char *organization)
{
	struct stytch_error error = { .class_ = STYTCH_OK };
	enum stytch_class class_;

	run->organization = organization;
	class_ = ask_members(run->directory->client, organization, take_page,
	    run, &error);
	if (run->failure != 0)
		return stop_errno(run, organization, run->failure);
	if (class_ != STYTCH_OK)
		return stop_error(run, organization, class_, &error);
	return STYTCH_OK;
}

/* B2B: page by page, organization by organization. */
static enum stytch_class
stage_members(struct run *run)
{
	const struct text_list *organizations =
	    &run->rules->configuration->stytch.organizations;
	enum stytch_class class_ = STYTCH_OK;

	for (size_t i = 0; class_ == STYTCH_OK && i < organizations->count; i++)
		class_ = stage_organization(run, organizations->items[i]);
	return class_;
}

/* ---- consumer: whoever is known, one by one ------------------------------- */

/* Identities behind the last one, a few at a time. */
#define BATCH 64

struct known {
	char *identities[BATCH];
	size_t count;
	const char *after;
};

static void
known_clear(struct known *known)
{
	while (known->count > 0)
		string_free(&known->identities[--known->count]);
}

static int
read_known(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	struct known *known = context;
	int result = store_prepare(database,
	    "SELECT identity FROM accounts WHERE gone = 0 AND identity > ?"
	    " ORDER BY identity LIMIT ?",
	    &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, known->after);
	store_bind_int(select, 2, BATCH);
	while ((result = store_step(select)) == 1) {
		known->identities[known->count] = strdup(store_text(select, 0));
		if (known->identities[known->count] == NULL)
			return -ENOMEM;
		known->count++;
	}
	return result;
}

static enum stytch_class
stage_user(struct run *run, const char *identity)
{
	CLEANUP(answer_clear) struct answer answer = { NULL, NULL };
	const struct question question = { .identity = identity };
	struct stytch_error error = { .class_ = STYTCH_OK };
	enum stytch_class class_;
	int result;

	if (atomic_load(&run->directory->stopping))
		return stop_errno(run, identity, -EINTR);
	class_ = ask_person(run->directory->client, &question, &answer, &error);
	run->result->seen++;
	if (class_ == STYTCH_NOT_FOUND)
		return STYTCH_OK; /* not staged: removed */
	if (class_ != STYTCH_OK)
		return stop_error(run, identity, class_, &error);
	result = staging_add_person(run->staging, answer.person);
	return result == 0 ? STYTCH_OK : stop_errno(run, identity, result);
}

static enum stytch_class
stage_users(struct run *run)
{
	CLEANUP(string_free) char *last = strdup("");
	enum stytch_class class_ = STYTCH_OK;

	if (last == NULL)
		return stop_errno(run, "users", -ENOMEM);
	while (class_ == STYTCH_OK) {
		CLEANUP(known_clear) struct known known = { .after = last };
		int result =
		    store_read(run->directory->store, read_known, &known);

		if (result != 0)
			return stop_state(run, "users", result);
		if (known.count == 0)
			return STYTCH_OK;
		for (size_t i = 0; class_ == STYTCH_OK && i < known.count; i++)
			class_ = stage_user(run, known.identities[i]);
		string_free(&last);
		last = STEAL(known.identities[known.count - 1]);
		known.count--;
	}
	return class_;
}

/* ---- the whole ------------------------------------------------------------ */

struct telling {
	const struct sync_report *report;
	bool dry_run;
};

static int
tell(void *context, int change, const char *name, const char *identity)
{
	static const char *const words[] = {
		[PEOPLE_ADDED] = "added",
		[PEOPLE_CHANGED] = "changed",
		[PEOPLE_REMOVED] = "removed",
	};
	const struct telling *telling = context;
	const struct sync_report *report = telling->report;

	if (report->change != NULL && name != NULL)
		report->change(report->context, words[change], name);
	if (report->removed != NULL && change == PEOPLE_REMOVED &&
	    !telling->dry_run)
		report->removed(report->context, identity);
	return 0;
}

/* Lay the whole staging against the state, publish, and tell. */
static enum stytch_class
apply(struct run *run, bool dry_run, const struct sync_report *report)
{
	struct telling telling = { report, dry_run };
	int result = sync_apply(run->directory->store, run->rules, run->staging,
	    dry_run, run->result);

	if (result == -ECANCELED)
		return STYTCH_DENIED;
	if (result != 0)
		return stop_state(run, "state", result);
	if (!dry_run && directory_publish(run->directory, run->rules) != 0)
		(void)stop(run, STYTCH_OK, "map", "cannot be published yet");
	if (report != NULL) {
		result = staging_each_change(run->staging, tell, &telling);
		if (result != 0)
			return stop_state(run, "report", result);
	}
	return STYTCH_OK;
}

static enum stytch_class
sync_locked(struct run *run, bool dry_run, const struct sync_report *report)
{
	enum stytch_class class_ =
	    run->rules->configuration->stytch.kind == PROJECT_B2B
	    ? stage_members(run)
	    : stage_users(run);

	if (class_ == STYTCH_OK)
		class_ = apply(run, dry_run, report);
	if (class_ == STYTCH_OK && !dry_run)
		flights_forget(run->directory->flights);
	if (!dry_run)
		directory_note_sync(run->directory, class_, run->result);
	return class_;
}

enum stytch_class
directory_sync(struct directory *directory, bool dry_run,
    const struct sync_report *report, struct sync_result *out_result)
{
	CLEANUP(view_drop) struct view *view = NULL;
	CLEANUP(staging_close) struct staging *staging = NULL;
	struct run run = { .directory = directory, .result = out_result };
	enum stytch_class class_;
	int result;

	*out_result = (struct sync_result){ .seen = 0 };
	if (pthread_mutex_trylock(&directory->sync_lock) != 0)
		return stop(&run, STYTCH_UNAVAILABLE, "sync",
		    "another one is under way");
	result = view_take(&directory->views, &view);
	if (result == 0)
		result = sync_begin(directory->store, &staging);
	if (result == 0) {
		run.rules = &view->rules;
		run.staging = staging;
		class_ = sync_locked(&run, dry_run, report);
	} else {
		class_ = stop_errno(&run, "sync", result);
	}
	(void)pthread_mutex_unlock(&directory->sync_lock);
	return class_;
}
