/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs about accounts: status, sync, accounts-list, accounts-show. */
#include "config.h"

#include "stytchd/account.h"
#include "stytchd/admin_verbs.h"
#include "stytchd/directory.h"
#include "stytchd/people.h"
#include "stytchd/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- status ---------------------------------------------------------------- */

struct status {
	int64_t accounts, gone, groups, findings;
	char *sync; /* JSON, or NULL */
};

static int
count(struct sqlite3 *database, const char *sql, int64_t *out_count)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database, sql, &select);

	if (result == 0)
		result = store_step(select);
	if (result == 1)
		*out_count = store_int(select, 0);
	return result < 0 ? result : 0;
}

static int
read_status(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	struct status *status = context;
	int result = count(database,
	    "SELECT count(*) FROM accounts WHERE gone = 0", &status->accounts);

	if (result == 0)
		result = count(database,
		    "SELECT count(*) FROM accounts WHERE gone = 1",
		    &status->gone);
	if (result == 0)
		result = count(database, "SELECT count(*) FROM groups",
		    &status->groups);
	if (result == 0)
		result = count(database, "SELECT count(*) FROM findings",
		    &status->findings);
	if (result == 0)
		result = store_prepare(database,
		    "SELECT value FROM facts WHERE key = 'sync'", &select);
	if (result == 0)
		result = store_step(select);
	if (result != 1)
		return result;
	status->sync = strdup(store_text(select, 0));
	return status->sync == NULL ? -ENOMEM : 0;
}

static bool
add_number(cJSON *row, const char *name, int64_t value)
{
	return cJSON_AddNumberToObject(row, name, (double)value) != NULL;
}

static bool
add_text(cJSON *row, const char *name, const char *value)
{
	return cJSON_AddStringToObject(row, name, value == NULL ? "" : value) !=
	    NULL;
}

/* The last sync as an object, null where there was none. */
static bool
add_sync(cJSON *row, const char *json)
{
	cJSON *sync = json == NULL ? cJSON_CreateNull() : cJSON_Parse(json);

	if (cJSON_AddItemToObject(row, "last_sync", sync))
		return true;
	cJSON_Delete(sync);
	return false;
}

static enum wire_status
unavailable(struct admin_request *request, int result)
{
	admin_say(request,
	    result == -ENOMEM ? "out of memory" : "the state cannot be read");
	return WIRE_STATUS_UNREACHABLE;
}

static bool
add_logins(const struct admin *admin, cJSON *row)
{
	return admin->logins == NULL ||
	    admin->logins->add_status(admin->logins_context, row);
}

enum wire_status
admin_status(struct admin_request *request)
{
	struct status status = { .sync = NULL };
	int result = store_read(request->admin->store, read_status, &status);
	cJSON *row = NULL;

	if (result == 0)
		row = cJSON_CreateObject();
	if (row != NULL &&
	    (!add_text(row, "version", PACKAGE_VERSION) ||
		!add_number(row, "accounts", status.accounts) ||
		!add_number(row, "gone", status.gone) ||
		!add_number(row, "groups", status.groups) ||
		!add_number(row, "findings", status.findings) ||
		!add_sync(row, status.sync) ||
		!add_logins(request->admin, row)))
		json_free(&row);
	string_free(&status.sync);
	return result != 0 ? unavailable(request, result)
			   : admin_row(request, &row);
}

/* ---- sync ------------------------------------------------------------------ */

/* Where the changes of a sync go, as long as somebody takes them. */
struct changes {
	struct admin_request *request;
	enum wire_status status;
};

static void
emit_change(void *context, const char *what, const char *name)
{
	struct changes *changes = context;
	cJSON *row;

	if (changes->status != WIRE_STATUS_OK)
		return;
	row = cJSON_CreateObject();
	if (row != NULL &&
	    (!add_text(row, "change", what) || !add_text(row, "name", name)))
		json_free(&row);
	changes->status = admin_row(changes->request, &row);
}

/* Sessions and conversations end, whether or not somebody watches. */
static void
tell_removed(void *context, const char *identity)
{
	const struct changes *changes = context;
	const struct sync_report *report = changes->request->admin->report;

	if (report != NULL && report->removed != NULL)
		report->removed(report->context, identity);
}

static cJSON *
make_summary(enum stytch_class class_, const struct sync_result *result)
{
	cJSON *row = cJSON_CreateObject();

	if (row != NULL &&
	    (!add_text(row, "result", stytch_class_name(class_)) ||
		!add_number(row, "seen", (int64_t)result->seen) ||
		!add_number(row, "added", (int64_t)result->added) ||
		!add_number(row, "changed", (int64_t)result->changed) ||
		!add_number(row, "removed", (int64_t)result->removed) ||
		!add_text(row, "reason", result->reason)))
		json_free(&row);
	return row;
}

/* Whether Stytch, or we, said no; or it could not be asked. */
static enum wire_status
status_of(enum stytch_class class_)
{
	switch (class_) {
	case STYTCH_OK:
		return WIRE_STATUS_OK;
	case STYTCH_THROTTLED:
	case STYTCH_UNAVAILABLE:
	case STYTCH_PROTOCOL:
		return WIRE_STATUS_UNREACHABLE;
	case STYTCH_REJECTED:
	case STYTCH_EXPIRED:
	case STYTCH_LOCKED:
	case STYTCH_NOT_FOUND:
	case STYTCH_DENIED:
	case STYTCH_MISCONFIGURED:
		break;
	}
	return WIRE_STATUS_REFUSED;
}

enum wire_status
admin_sync(struct admin_request *request)
{
	struct changes changes = { request, WIRE_STATUS_OK };
	const struct sync_report report = { .change = emit_change,
		.removed = tell_removed,
		.context = &changes };
	struct sync_result result;
	enum stytch_class class_;
	cJSON *row;
	bool dry_run = request->argument_count == 1;

	if (dry_run && strcmp(request->arguments[0], "--dry-run") != 0) {
		admin_say(request, "wrong arguments");
		return WIRE_STATUS_USAGE;
	}
	class_ = directory_sync(request->admin->directory, dry_run, &report,
	    &result);
	if (changes.status != WIRE_STATUS_OK)
		return changes.status;
	row = make_summary(class_, &result);
	changes.status = admin_row(request, &row);
	if (changes.status != WIRE_STATUS_OK)
		return changes.status;
	admin_say(request, result.reason);
	return status_of(class_);
}

/* ---- accounts -------------------------------------------------------------- */

static const char *
status_name(const struct person *person)
{
	switch (person->status) {
	case PERSON_PENDING:
		return "pending";
	case PERSON_ACTIVE:
		return person->locked ? "locked" : "active";
	case PERSON_GONE:
		return "gone";
	}
	return "";
}

static cJSON *
make_account(const struct account *account)
{
	cJSON *row = cJSON_CreateObject();

	if (row != NULL &&
	    (!add_text(row, "name", account->name) ||
		!add_number(row, "uid", account->uid) ||
		!add_text(row, "status", status_name(account->person)) ||
		!add_text(row, "identity", account->person->identity)))
		json_free(&row);
	return row;
}

static bool
emit_account(void *context, const struct account *account)
{
	struct changes *list = context;
	cJSON *row = make_account(account);

	list->status = admin_row(list->request, &row);
	return list->status == WIRE_STATUS_OK;
}

enum wire_status
admin_accounts_list(struct admin_request *request)
{
	struct changes list = { request, WIRE_STATUS_OK };
	int result =
	    directory_each(request->admin->directory, emit_account, &list);

	return result != 0 ? unavailable(request, result) : list.status;
}

static bool
add_groups(cJSON *row, const struct account *account)
{
	cJSON *groups = cJSON_AddArrayToObject(row, "groups");

	for (size_t i = 0; groups != NULL && i < account->group_count; i++) {
		cJSON *item = cJSON_CreateString(account->group_names[i]);

		if (!cJSON_AddItemToArray(groups, item)) {
			cJSON_Delete(item);
			return false;
		}
	}
	return groups != NULL;
}

/* What an account's owner should have, and has not. */
struct findings {
	const char *owner;
	cJSON *array;
};

static int
read_findings(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	struct findings *findings = context;
	int result = store_prepare(database,
	    "SELECT detail FROM findings WHERE owner = ? ORDER BY what",
	    &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, findings->owner);
	while ((result = store_step(select)) == 1) {
		cJSON *item = cJSON_CreateString(store_text(select, 0));

		if (!cJSON_AddItemToArray(findings->array, item)) {
			cJSON_Delete(item);
			return -ENOMEM;
		}
	}
	return result;
}

static bool
add_findings(struct admin_request *request, cJSON *row,
    const struct account *account)
{
	struct findings findings = { .owner = account->person->identity,
		.array = cJSON_AddArrayToObject(row, "findings") };

	return findings.array != NULL &&
	    store_read(request->admin->store, read_findings, &findings) == 0;
}

enum wire_status
admin_accounts_show(struct admin_request *request)
{
	CLEANUP(account_free) struct account *account = NULL;
	cJSON *row;

	switch (directory_known(request->admin->directory,
	    request->arguments[0], &account)) {
	case DIRECTORY_FOUND:
		break;
	case DIRECTORY_ABSENT:
		admin_say(request, "no such account");
		return WIRE_STATUS_REFUSED;
	case DIRECTORY_UNAVAILABLE:
		return unavailable(request, -EIO);
	}
	row = make_account(account);
	if (row != NULL &&
	    (!add_text(row, "organization", account->person->organization) ||
		!add_text(row, "external_id", account->person->external_id) ||
		!add_number(row, "gid", account->gid) ||
		!add_text(row, "gecos", account->gecos) ||
		!add_text(row, "home", account->home) ||
		!add_text(row, "shell", account->shell) ||
		!add_groups(row, account) ||
		!add_findings(request, row, account)))
		json_free(&row);
	return admin_row(request, &row);
}
