/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers for 2^N people (N is the argument, else 16) out of the default range:
 * no two are the same, none is reserved, and every one is there again.
 */
#include "config.h"

#include "stytchd/ledger.h"
#include "stytchd/store.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct rules rules;
static unsigned long people = 1UL << 16;
static uint8_t *seen; /* a bit for each number of the range */

static int
give(struct sqlite3 *database, unsigned long nth, uint32_t *out_id)
{
	char owner[64];

	(void)snprintf(owner, sizeof(owner),
	    "user-test-%08lx-0000-4000-8000-%012lx", nth * 2654435761UL, nth);
	return ledger_give_id(database, &rules, owner, 0, out_id);
}

/* Give everyone a number, then ask for each again. */
static int
give_all(struct sqlite3 *database, void *context)
{
	const struct id_range *range = &rules.configuration->accounts.uid_range;
	uint32_t *ids = context;

	for (unsigned long i = 0; i < people; i++) {
		uint32_t id = 0;
		int result = give(database, i, &id);
		uint32_t offset = id - range->first;

		if (result != 0)
			return result;
		if (id < range->first || id > range->last ||
		    ledger_is_reserved(id) ||
		    (seen[offset / 8] & (1U << (offset % 8))) != 0) {
			printf("number %u for person %lu\n", id, i);
			return -1;
		}
		seen[offset / 8] |= (uint8_t)(1U << (offset % 8));
		ids[i] = id;
	}
	for (unsigned long i = 0; i < people; i++) {
		uint32_t id = 0;

		if (give(database, i, &id) != 0 || id != ids[i]) {
			printf("person %lu had %u, has %u\n", i, ids[i], id);
			return -1;
		}
	}
	return 0;
}

static int
run(const char *folder)
{
	static const char text[] =
	    "[stytch]\nkind = consumer\nproject_id = project-test-1\n";
	struct configuration *configuration = NULL;
	struct configuration_error error;
	struct local *local = NULL;
	struct store *store = NULL;
	uint32_t *ids = calloc(people, sizeof(*ids));
	int result = -1;

	if (ids != NULL &&
	    configuration_parse("test", text, strlen(text), &configuration,
		&error) == 0 &&
	    local_load("", &local) == 0 && store_open(folder, &store) == 0) {
		const struct id_range *range =
		    &configuration->accounts.uid_range;

		rules = (struct rules){ configuration, local, NULL };
		seen = calloc((range->last - range->first) / 8 + 1, 1);
		if (seen != NULL)
			result = store_write(store, give_all, ids);
	}
	store_close(&store);
	local_free(&local);
	configuration_unref(&configuration);
	free(ids);
	free(seen);
	return result;
}

int
main(int argc, char **argv)
{
	static const char *const files[] = { "state.db", "state.db-wal",
		"state.db-shm", "lock" };
	char folder[] = "/tmp/many_people.XXXXXX";
	char path[128];
	int result;

	if (argc == 2)
		people = 1UL << strtoul(argv[1], NULL, 10);
	if (people > 1UL << 24 || mkdtemp(folder) == NULL)
		return 99;
	result = run(folder);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/private/%s", folder,
		    files[i]);
		(void)unlink(path);
	}
	(void)snprintf(path, sizeof(path), "%s/private", folder);
	(void)rmdir(path);
	(void)rmdir(folder);
	printf("%lu people: %s\n", people, result == 0 ? "ok" : "FAILED");
	return result != 0;
}
