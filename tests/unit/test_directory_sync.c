/* SPDX-License-Identifier: BSD-2-Clause */
/* The directory's syncs, its timer, and the verbs that run and show them. */
#include "config.h"

#include "stytchd/admin.h"
#include "tests/unit/directory_fixture.h"

#include <errno.h>
#include <time.h>

/* ---- sync ----------------------------------------------------------------- */

static void
sync_brings_members_and_removes_who_left(void **state)
{
	CLEANUP(account_free) struct account *bob = NULL;
	struct sync_result result;

	(void)state;
	start(B2B_START);
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "1", "alice", "") "," MEMBER("1", "2", "bob",
		"\"roles\":[{\"role_id\":\"ops\"}],")));
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "3", "carol", "")));
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	assert_int_equal(result.seen, 3);
	assert_int_equal(result.added, 3);
	assert_string_equal(told, "added alice;added bob;added carol;");
	assert_true(map_has("/accounts.map", "carol"));
	assert_int_equal(directory_known(directory, "bob", &bob),
	    DIRECTORY_FOUND);
	assert_true(account_in_group(bob, "stytch-acme"));
	assert_true(account_in_group(bob, "stytch-ops"));
	fake_reset();
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(
		MEMBER("1", "1", "alice", "") "," MEMBER("1", "2", "bob", "")));
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	assert_string_equal(told, "changed bob;removed carol;");
	assert_int_equal(removed_count, 1);
	assert_false(map_has("/accounts.map", "carol"));
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	assert_string_equal(told, "");
}

static void
sync_that_does_not_end_cleanly_changes_nothing(void **state)
{
	static const struct {
		enum stytch_class said;
		const char *page;
		enum stytch_class class_;
	} cases[] = {
		{ STYTCH_UNAVAILABLE, NULL, STYTCH_UNAVAILABLE },
		{ STYTCH_THROTTLED, NULL, STYTCH_THROTTLED },
		{ STYTCH_MISCONFIGURED, NULL, STYTCH_MISCONFIGURED },
		{ STYTCH_NOT_FOUND, NULL, STYTCH_NOT_FOUND },
		{ STYTCH_OK, "{}", STYTCH_PROTOCOL },
		{ STYTCH_OK, "{\"members\":{}}", STYTCH_PROTOCOL },
		{ STYTCH_OK, PAGE("{}"), STYTCH_PROTOCOL },
		{ STYTCH_OK, PAGE("7"), STYTCH_PROTOCOL },
		{ STYTCH_OK, PAGE(MEMBER("2", "9", "eve", "")),
		    STYTCH_PROTOCOL },
		{ STYTCH_OK, PAGE(USER("9", "eve", "")), STYTCH_PROTOCOL },
	};
	struct sync_result result;

	(void)state;
	start(B2B_START);
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "1", "alice", "")));
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		fake_reset();
		fake_say("page organization-test-1", STYTCH_OK,
		    PAGE(MEMBER("1", "2", "bob", "")));
		fake_say("page organization-test-1", cases[i].said,
		    cases[i].page);
		assert_int_equal(sync_people(false, &result), cases[i].class_);
		assert_true(result.reason[0] != '\0');
		assert_int_equal(result.removed, 0);
		assert_string_equal(told, "");
		assert_true(map_has("/accounts.map", "alice"));
		assert_false(map_has("/accounts.map", "bob"));
	}
}

/* A page of count members, numbered from first. */
static const char *
make_page(char *text, size_t size, unsigned first, unsigned count)
{
	size_t len = (size_t)snprintf(text, size, "{\"members\":[");

	for (unsigned i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, size - len,
		    "%s" MEMBER("1", "%u", "user%u", ""), i == 0 ? "" : ",",
		    first + i, first + i);
	(void)snprintf(text + len, size - len, "]}");
	return text;
}

static void
sync_that_would_remove_too_many_stops(void **state)
{
	static char all[8192], few[8192];
	struct sync_result result;

	(void)state;
	start(B2B_START "[accounts]\nmax_removal = 20\n");
	fake_say("page organization-test-1", STYTCH_OK,
	    make_page(all, sizeof(all), 0, 40));
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	fake_reset();
	fake_say("page organization-test-1", STYTCH_OK,
	    make_page(few, sizeof(few), 0, 31));
	assert_int_equal(sync_people(false, &result), STYTCH_DENIED);
	assert_int_equal(result.removed, 9);
	assert_non_null(strstr(result.reason, "max_removal is 20%"));
	assert_string_equal(told, "");
	assert_int_equal(removed_count, 0);
	assert_true(map_has("/accounts.map", "user39"));
	fake_reset();
	fake_say("page organization-test-1", STYTCH_OK,
	    make_page(few, sizeof(few), 0, 32));
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	assert_int_equal(result.removed, 8);
	assert_int_equal(removed_count, 8);
	/* Of few accounts, five may always go. */
	fake_reset();
	fake_say("page organization-test-1", STYTCH_OK, "{\"members\":[]}");
	assert_int_equal(sync_people(false, &result), STYTCH_DENIED);
}

static void
dry_run_tells_and_writes_nothing(void **state)
{
	struct sync_result result;

	(void)state;
	start(B2B_START);
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "1", "alice", "")));
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	fake_reset();
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "2", "bob", "")));
	assert_int_equal(sync_people(true, &result), STYTCH_OK);
	assert_string_equal(told, "added bob;removed alice;");
	assert_int_equal(removed_count, 0);
	assert_true(map_has("/accounts.map", "alice"));
	assert_false(map_has("/accounts.map", "bob"));
	assert_false(directory_name_is_given(directory, "bob"));
}

static void
consumer_sync_asks_for_each_known_user(void **state)
{
	struct sync_result result;

	(void)state;
	start(CONSUMER_START);
	fake_say("user alice", STYTCH_OK, USER("1", "alice", ""));
	fake_say("user bob", STYTCH_OK, USER("2", "bob", ""));
	assert_int_equal(find("alice"), DIRECTORY_FOUND);
	assert_int_equal(find("bob"), DIRECTORY_FOUND);
	fake_say("user user-test-1", STYTCH_OK, USER("1", "alice", ""));
	fake_say("user user-test-2", STYTCH_UNAVAILABLE, NULL);
	assert_int_equal(sync_people(false, &result), STYTCH_UNAVAILABLE);
	assert_string_equal(told, "");
	fake_count--;
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	assert_int_equal(result.seen, 2);
	assert_string_equal(told, "removed bob;");
	assert_true(map_has("/accounts.map", "alice"));
	assert_false(map_has("/accounts.map", "bob"));
}

static void
dave_comes(void)
{
	assert_int_equal(find("dave"), DIRECTORY_FOUND);
}

static void
who_comes_while_a_sync_reads_its_pages_stays(void **state)
{
	struct sync_result result;

	(void)state;
	start(B2B_START);
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "1", "alice", "")));
	fake_say("member organization-test-1 dave", STYTCH_OK,
	    GOT(MEMBER("1", "4", "dave", "")));
	fake_meanwhile = dave_comes;
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	assert_string_equal(told, "added alice;");
	assert_int_equal(removed_count, 0);
	assert_true(map_has("/accounts.map", "dave"));
	fake_meanwhile = NULL;
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	assert_string_equal(told, "removed dave;");
	/* Back again during the next: an old account that came anew. */
	fake_meanwhile = dave_comes;
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	assert_string_equal(told, "");
	assert_true(map_has("/accounts.map", "dave"));
}

static void
one_sync_runs_at_a_time(void **state)
{
	struct sync_result result;

	(void)state;
	start(B2B_START);
	(void)pthread_mutex_lock(&directory->sync_lock);
	assert_int_equal(sync_people(false, &result), STYTCH_UNAVAILABLE);
	assert_non_null(strstr(result.reason, "under way"));
	(void)pthread_mutex_unlock(&directory->sync_lock);
}

static void
organization_out_of_the_configuration_is_out_of_the_map(void **state)
{
	struct sync_result result;
	char whole[1024];

	(void)state;
	start(B2B_START);
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "1", "alice", "")));
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	(void)snprintf(whole, sizeof(whole),
	    "%skind = b2b\nproject_id = project-test-1\n"
	    "organizations = organization-test-2\n",
	    state_line);
	configure(whole);
	directory_configure(directory, configuration);
	assert_false(map_has("/accounts.map", "alice"));
	assert_int_equal(find("alice"), DIRECTORY_ABSENT);
}

static int
forget_mapping(struct sqlite3 *database, void *context)
{
	(void)context;
	return store_script(database,
	    "UPDATE facts SET value = 'other' WHERE key = 'mapping'");
}

static void
who_began_before_a_reload_stores_nothing(void **state)
{
	struct sync_result result;

	(void)state;
	start(B2B_START);
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "1", "alice", "")));
	fake_say("member organization-test-1 alice", STYTCH_OK,
	    GOT(MEMBER("1", "1", "alice", "")));
	/* As if another configuration had reached the state meanwhile. */
	assert_int_equal(store_write(store, forget_mapping, NULL), 0);
	assert_int_equal(sync_people(false, &result), STYTCH_UNAVAILABLE);
	assert_int_equal(find("alice"), DIRECTORY_UNAVAILABLE);
	assert_false(directory_name_is_given(directory, "alice"));
	directory_configure(directory, configuration);
	assert_int_equal(find("alice"), DIRECTORY_FOUND);
}

static void
map_has_groups_members_and_granted_gids(void **state)
{
	struct map_mapping mapping;
	struct map_account account;
	struct map_list gids;
	struct sync_result result;
	char text[MAP_ACCOUNT_TEXT_MAX];
	bool granted = false;
	uint32_t ref;

	(void)state;
	start(B2B_START "[groups]\ngrant = docker:organization-test-1:ops\n");
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "1", "alice",
		"\"name\":\"Alice\",\"roles\":[{\"role_id\":\"ops\"}],")));
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	assert_int_equal(map_load(host_path("/accounts.map"), &mapping), 0);
	assert_int_equal(map_find_name(&mapping.map, MAP_ACCOUNT, "alice", 5,
			     &ref),
	    0);
	assert_int_equal(map_read_account(&mapping.map, ref, text, sizeof(text),
			     &account),
	    0);
	assert_string_equal(account.gecos, "Alice");
	assert_int_equal(account.gid, account.uid);
	assert_int_equal(map_read_gids(&mapping.map, ref, &gids), 0);
	assert_int_equal(gids.count, 3);
	for (uint32_t i = 0; i < gids.count; i++)
		granted = granted || map_list_at(&gids, i) == 998;
	assert_true(granted);
	assert_int_equal(map_find_name(&mapping.map, MAP_GROUP, "stytch-ops",
			     10, &ref),
	    0);
	assert_int_equal(map_find_name(&mapping.map, MAP_GROUP, "alice", 5,
			     &ref),
	    0);
	assert_int_equal(map_find_name(&mapping.map, MAP_GROUP, "docker", 6,
			     &ref),
	    -ENOENT);
	map_unload(&mapping);
}

static void
local_name_that_came_later_is_not_in_the_map(void **state)
{
	struct sync_result result;
	CLEANUP(account_free) struct account *alice = NULL;

	(void)state;
	start(B2B_START);
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(
		MEMBER("1", "1", "alice", "") "," MEMBER("1", "2", "bob", "")));
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	host_write("/etc/passwd", "alice:x:1001:1001::/:/bin/sh\n");
	assert_int_equal(directory_known(directory, "alice", &alice),
	    DIRECTORY_ABSENT);
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	assert_string_equal(told, "removed alice;");
	assert_false(map_has("/accounts.map", "alice"));
	assert_true(map_has("/accounts.map", "bob"));
}

static void
another_project_inherits_nobody(void **state)
{
	char whole[1024];

	(void)state;
	start(CONSUMER_START);
	fake_say("user alice", STYTCH_OK, USER("1", "alice", ""));
	assert_int_equal(find("alice"), DIRECTORY_FOUND);
	(void)snprintf(whole, sizeof(whole),
	    "%skind = consumer\nproject_id = project-test-2\n"
	    "[accounts]\nname_from = external_id\n",
	    state_line);
	configure(whole);
	directory_configure(directory, configuration);
	assert_false(map_has("/accounts.map", "alice"));
	fake_reset();
	assert_int_equal(find("alice"), DIRECTORY_ABSENT);
}

/* ---- the timer -------------------------------------------------------------- */

static void
timer_syncs_at_once_and_stops_cleanly(void **state)
{
	CLEANUP(account_free) struct account *alice = NULL;
	const struct timespec tick = { 0, 2000000 };

	(void)state;
	start(B2B_START);
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "1", "alice", "")));
	told[0] = '\0';
	assert_int_equal(directory_start_timer(directory, &report), 0);
	assert_int_equal(directory_start_timer(directory, &report), -EALREADY);
	for (unsigned i = 0; i < 5000 &&
	     directory_known(directory, "alice", &alice) != DIRECTORY_FOUND;
	     i++)
		(void)nanosleep(&tick, NULL);
	assert_non_null(alice);
	directory_stop_timer(directory);
	directory_stop_timer(directory);
	assert_string_equal(told, "added alice;");
}

static void
change_reaches_the_base_map_by_the_timer(void **state)
{
	CLEANUP(account_free) struct account *alice = NULL;
	const struct timespec tick = { 0, 2000000 };
	bool there = true;

	(void)state;
	start(CONSUMER_START);
	fake_say("user alice", STYTCH_OK, USER("1", "alice", ""));
	assert_int_equal(directory_find(directory, "alice", &alice),
	    DIRECTORY_FOUND);
	directory_close(&directory);
	start(CONSUMER_START);
	assert_true(map_has("/accounts.map", "alice"));
	assert_int_equal(directory_start_timer(directory, NULL), 0);
	fake_reset();
	assert_int_equal(directory_refresh(directory, &alice),
	    STYTCH_NOT_FOUND);
	for (unsigned i = 0; i < 5000 && there; i++) {
		there = map_has("/accounts.map", "alice");
		(void)nanosleep(&tick, NULL);
	}
	assert_false(there);
}

/* ---- administration ---------------------------------------------------------- */

static char rows[4096];

static int
take_row(void *context, const struct cJSON *row)
{
	char *text = cJSON_PrintUnformatted(row);
	size_t len = strlen(rows);

	assert_non_null(text);
	(void)snprintf(rows + len, sizeof(rows) - len, "%s\n", text);
	cJSON_free(text);
	return context == NULL ? 0 : -EPIPE;
}

static enum wire_status
administer(const char *verb, const char *arguments)
{
	struct admin admin = { .directory = directory,
		.store = store,
		.report = &report };
	char text[256];
	const struct admin_answer answer = { take_row, NULL, text,
		sizeof(text) };

	rows[0] = '\0';
	return admin_run(&admin, verb, arguments, &answer);
}

static void
verbs_answer_with_rows(void **state)
{
	(void)state;
	start(B2B_START);
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "1", "alice", "") "," MEMBER("1", "2", "root",
		"")));
	assert_int_equal(administer("sync", "--dry-run\n"), WIRE_STATUS_OK);
	assert_non_null(strstr(rows, "{\"change\":\"added\",\"name\":\"al"));
	assert_int_equal(administer("accounts-list", NULL), WIRE_STATUS_OK);
	assert_string_equal(rows, "");
	assert_int_equal(administer("sync", ""), WIRE_STATUS_OK);
	assert_non_null(
	    strstr(rows, "\"result\":\"ok\",\"seen\":2,\"added\":1"));
	store_flush(store);
	assert_int_equal(administer("accounts-list", ""), WIRE_STATUS_OK);
	assert_non_null(strstr(rows, "\"name\":\"alice\""));
	assert_null(strstr(rows, "root"));
	assert_int_equal(administer("accounts-show", "alice\n"),
	    WIRE_STATUS_OK);
	assert_non_null(strstr(rows, "\"groups\":[\"stytch-acme\"]"));
	assert_non_null(strstr(rows, "\"home\":\"/home/alice\""));
	assert_int_equal(administer("status", NULL), WIRE_STATUS_OK);
	assert_non_null(strstr(rows, "\"accounts\":1"));
	assert_non_null(strstr(rows, "\"findings\":1"));
	assert_non_null(strstr(rows, "\"last_sync\":{\"at\":"));
}

static void
wrong_verbs_and_arguments_are_usage(void **state)
{
	(void)state;
	start(B2B_START);
	assert_int_equal(administer("", NULL), WIRE_STATUS_USAGE);
	assert_int_equal(administer("statu", NULL), WIRE_STATUS_USAGE);
	assert_int_equal(administer("status", "x"), WIRE_STATUS_USAGE);
	assert_int_equal(administer("sync", "--wet-run"), WIRE_STATUS_USAGE);
	assert_int_equal(administer("sync", "a\nb\n"), WIRE_STATUS_USAGE);
	assert_int_equal(administer("accounts-show", ""), WIRE_STATUS_USAGE);
	assert_int_equal(administer("accounts-show", "bob"),
	    WIRE_STATUS_REFUSED);
	assert_int_equal(administer("accounts-show", "../../etc\n"),
	    WIRE_STATUS_REFUSED);
	assert_string_equal(rows, "");
}

static void
client_that_leaves_ends_the_verb_but_not_the_sync(void **state)
{
	struct admin admin = { .report = &report };
	char text[16];
	int gone = 1;
	const struct admin_answer answer = { take_row, &gone, text,
		sizeof(text) };

	(void)state;
	start(B2B_START);
	admin.directory = directory;
	admin.store = store;
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "1", "alice", "")));
	assert_int_equal(admin_run(&admin, "sync", NULL, &answer),
	    WIRE_STATUS_UNREACHABLE);
	assert_true(map_has("/accounts.map", "alice"));
}

/* ---- failures ------------------------------------------------------------------ */

static void
memory_that_runs_out_in_a_sync_removes_nobody(void **state)
{
	enum stytch_class class_ = STYTCH_UNAVAILABLE;
	struct sync_result result;
	unsigned n;

	(void)state;
	start(B2B_START);
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(
		MEMBER("1", "1", "alice", "") "," MEMBER("1", "2", "bob", "")));
	assert_int_equal(sync_people(false, &result), STYTCH_OK);
	fake_reset();
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "1", "alice", "") "," MEMBER("1", "2", "bob",
		"\"name\":\"Bob\",")));
	for (n = 1; n < 3000 && class_ != STYTCH_OK; n++) {
		failing_at = n;
		class_ = sync_people(false, &result);
		failing_at = 0;
		assert_int_equal(removed_count, 0);
		assert_true(map_has("/accounts.map", "bob"));
	}
	assert_int_equal(class_, STYTCH_OK);
	assert_true(n > 20);
}

int
main(void)
{
	/* clang-format off */
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(sync_brings_members_and_removes_who_left),
		TEST(sync_that_does_not_end_cleanly_changes_nothing),
		TEST(sync_that_would_remove_too_many_stops),
		TEST(dry_run_tells_and_writes_nothing),
		TEST(consumer_sync_asks_for_each_known_user),
		TEST(who_comes_while_a_sync_reads_its_pages_stays),
		TEST(one_sync_runs_at_a_time),
		TEST(organization_out_of_the_configuration_is_out_of_the_map),
		TEST(who_began_before_a_reload_stores_nothing),
		TEST(map_has_groups_members_and_granted_gids),
		TEST(local_name_that_came_later_is_not_in_the_map),
		TEST(another_project_inherits_nobody),
		TEST(timer_syncs_at_once_and_stops_cleanly),
		TEST(change_reaches_the_base_map_by_the_timer),
		TEST(verbs_answer_with_rows),
		TEST(wrong_verbs_and_arguments_are_usage),
		TEST(client_that_leaves_ends_the_verb_but_not_the_sync),
		TEST(memory_that_runs_out_in_a_sync_removes_nobody),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
