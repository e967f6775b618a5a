/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory over the fixture's host, that asks the fake API; its syncs tell
 * what they did.
 */
#ifndef TESTS_UNIT_DIRECTORY_FIXTURE_H
#define TESTS_UNIT_DIRECTORY_FIXTURE_H

#include "nss_stytch/map_load.h"
#include "stytchd/directory.h"
#include "stytchd/directory_internal.h"
#include "tests/unit/failing.h"
#include "tests/unit/fake_stytch.h"
#include "tests/unit/people_fixture.h"

static struct directory *directory;
static char state_line[128];

/* A directory over the host, with that configuration. */
static inline void
start(const char *text)
{
	char whole[4096];

	/* The first line of every text is [stytch]. */
	(void)snprintf(state_line, sizeof(state_line),
	    "[stytch]\nstate_dir = %s\n", host);
	(void)snprintf(whole, sizeof(whole), "%s%s", state_line,
	    text + strlen("[stytch]\n"));
	configure(whole);
	assert_int_equal(directory_open_at(host, configuration, NULL, store,
			     &directory),
	    0);
}

static inline int
setup(void **state)
{
	fake_reset();
	return host_setup(state);
}

static inline int
teardown(void **state)
{
	directory_close(&directory);
	return host_teardown(state);
}

/* Whether a map of the host has the account, checked whole. */
static inline bool
map_has(const char *file, const char *name)
{
	struct map_mapping mapping;
	const char *why = "";
	uint32_t ref;
	int result;

	assert_int_equal(map_load(host_path(file), &mapping), 0);
	if (map_verify(&mapping.map, &why) != 0)
		fail_msg("%s: %s", file, why);
	result =
	    map_find_name(&mapping.map, MAP_ACCOUNT, name, strlen(name), &ref);
	map_unload(&mapping);
	return result == 0;
}

static inline enum directory_answer
find(const char *name)
{
	CLEANUP(account_free) struct account *account = NULL;
	enum directory_answer answer =
	    directory_find(directory, name, &account);

	assert_true((answer == DIRECTORY_FOUND) == (account != NULL));
	if (account != NULL)
		assert_string_equal(account->name, name);
	return answer;
}

#define USER(id, name, more) \
	"{\"user_id\":\"user-test-" id "\",\"status\":\"active\"," more \
	"\"external_id\":\"" name "\"}"
#define MEMBER(organization, id, name, more) \
	"{\"member_id\":\"member-test-" id "\",\"status\":\"active\"," more \
	"\"organization_id\":\"organization-test-" organization "\"," \
	"\"external_id\":\"" name "\"}"
#define GOT(member) \
	"{\"member\":" member ",\"organization\":{\"organization_slug\":" \
	"\"acme\"}}"
#define PAGE(members) \
	"{\"members\":[" members "],\"organizations\":{" \
	"\"organization-test-1\":{\"organization_slug\":\"acme\"}}}"

static char told[1024];
static unsigned removed_count;

static inline void
tell_change(void *context, const char *what, const char *name)
{
	size_t len = strlen(told);

	(void)context;
	(void)snprintf(told + len, sizeof(told) - len, "%s %s;", what, name);
}

static inline void
tell_removed(void *context, const char *identity)
{
	(void)context;
	assert_true(identity[0] == 'm' || identity[0] == 'u');
	removed_count++;
}

static const struct sync_report report = { tell_change, tell_removed, NULL };

static inline enum stytch_class
sync_people(bool dry_run, struct sync_result *out_result)
{
	told[0] = '\0';
	removed_count = 0;
	return directory_sync(directory, dry_run, &report, out_result);
}

#endif
