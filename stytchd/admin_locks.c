/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversations, sessions and counts of failures; see admin_locks.h. */
#include "config.h"

#include "stytchd/admin_locks.h"

#include "stytchd/admin_verbs.h"
#include "stytchd/agent.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

#define LOCKS_MAX 65536

static bool
add_status(void *context, struct cJSON *row)
{
	struct agent *agent = context;
	int sessions = logins_count(agent->logins);

	return cJSON_AddNumberToObject(row, "conversations",
		   slots_conversations(agent->slots)) != NULL &&
	    cJSON_AddNumberToObject(row, "sessions",
		sessions < 0 ? -1 : sessions) != NULL;
}

/* The counts, held while names are found for them. */
struct lock {
	char *subject;
	char *name; /* the account's, or NULL */
	const char *kind;
	int64_t failures;
	int64_t last_at;
	bool is_held;
};

struct locks {
	struct lock *items;
	size_t count;
	size_t size;
	bool failed;
};

static void
locks_clear(struct locks *locks)
{
	for (size_t i = 0; i < locks->count; i++) {
		free(locks->items[i].subject);
		free(locks->items[i].name);
	}
	free(locks->items);
	locks->items = NULL;
	locks->count = 0;
}

static bool
grow(struct locks *locks)
{
	size_t size = locks->size == 0 ? 64 : 2 * locks->size;
	struct lock *items;

	if (locks->count < locks->size)
		return true;
	items = reallocarray(locks->items, size, sizeof(*items));
	if (items == NULL)
		return false;
	locks->items = items;
	locks->size = size;
	return true;
}

static bool
collect(void *context, const struct throttle_row *row)
{
	struct locks *locks = context;
	char *subject = strdup(row->subject);

	if (subject == NULL || locks->count >= LOCKS_MAX || !grow(locks)) {
		free(subject);
		locks->failed = true;
		return false;
	}
	locks->items[locks->count++] = (struct lock){ .subject = subject,
		.kind = row->kind,
		.failures = row->failures,
		.last_at = row->last_at,
		.is_held = row->is_held };
	return true;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct lock *)a)->subject,
	    ((const struct lock *)b)->subject);
}

static bool
name_lock(void *context, const struct account *account)
{
	struct locks *locks = context;
	struct lock wanted = { .subject = account->person->identity };
	struct lock *found = bsearch(&wanted, locks->items, locks->count,
	    sizeof(wanted), compare);

	if (found != NULL && found->name == NULL)
		found->name = strdup(account->name);
	return true;
}

static enum wire_status
emit(struct admin_request *request, const struct lock *lock)
{
	cJSON *row = cJSON_CreateObject();

	if (row != NULL &&
	    (cJSON_AddStringToObject(row, "name",
		 lock->name == NULL ? "" : lock->name) == NULL ||
		cJSON_AddStringToObject(row, "kind", lock->kind) == NULL ||
		cJSON_AddStringToObject(row, "subject", lock->subject) ==
		    NULL ||
		cJSON_AddNumberToObject(row, "failures",
		    (double)lock->failures) == NULL ||
		cJSON_AddNumberToObject(row, "last", (double)lock->last_at) ==
		    NULL ||
		cJSON_AddBoolToObject(row, "held", lock->is_held) == NULL))
		json_free(&row);
	return admin_row(request, &row);
}

static enum wire_status
list_locks(void *context, struct admin_request *request)
{
	struct agent *agent = context;
	CLEANUP(locks_clear) struct locks locks = { .items = NULL };
	CLEANUP(configuration_unref)
	struct configuration *configuration = agent_configuration(agent);
	enum wire_status status = WIRE_STATUS_OK;

	if (throttle_each(agent->throttle, &configuration->stytch, collect,
		&locks) != 0 ||
	    locks.failed) {
		admin_say(request, "the counts cannot be read");
		return WIRE_STATUS_UNREACHABLE;
	}
	if (locks.count == 0)
		return WIRE_STATUS_OK;
	qsort(locks.items, locks.count, sizeof(locks.items[0]), compare);
	if (directory_each(agent->directory, name_lock, &locks) != 0) {
		admin_say(request, "the accounts cannot be read");
		return WIRE_STATUS_UNREACHABLE;
	}
	for (size_t i = 0; status == WIRE_STATUS_OK && i < locks.count; i++)
		status = emit(request, &locks.items[i]);
	return status;
}

/* What a person may type: an account, a name nobody has, a remote host. */
static int
clear_one(struct agent *agent, const char *name)
{
	CLEANUP(account_free) struct account *account = NULL;
	int count = throttle_clear(agent->throttle, name);
	int more = 0;

	if (directory_known(agent->directory, name, &account) ==
	    DIRECTORY_FOUND)
		more =
		    throttle_clear(agent->throttle, account->person->identity);
	return count < 0 || more < 0 ? -EIO : count + more;
}

static enum wire_status
clear_locks(void *context, struct admin_request *request)
{
	struct agent *agent = context;
	bool is_one = request->argument_count > 0;
	cJSON *row;
	int count = is_one ? clear_one(agent, request->arguments[0])
			   : throttle_clear(agent->throttle, NULL);

	if (count < 0) {
		admin_say(request, "the counts cannot be written");
		return WIRE_STATUS_UNREACHABLE;
	}
	row = cJSON_CreateObject();
	if (row != NULL &&
	    cJSON_AddNumberToObject(row, "cleared", count) == NULL)
		json_free(&row);
	return admin_row(request, &row);
}

const struct admin_logins admin_logins = {
	.add_status = add_status,
	.list_locks = list_locks,
	.clear_locks = clear_locks,
};
