/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/people.h"

#include "stytchd/groups.h"
#include "stytchd/ledger.h"
#include "tests/unit/failing.h"
#include "tests/unit/people_fixture.h"

#include <errno.h>

/* ---- the parts, each in a transaction of its own ----------------------- */

struct deed {
	const char *json;
	const struct person *person; /* instead of json */
	const char *name;
	unsigned flags;
	enum people_change change;
	struct account *account;
	char *given;
	int64_t number;
	uint32_t id;
};

static int
do_store(struct sqlite3 *database, void *context)
{
	CLEANUP(person_free) struct person *person = NULL;
	struct deed *deed = context;
	struct people_outcome outcome;
	int result;

	if (deed->person == NULL)
		person = make_person(deed->json);
	result = people_store(database, &rules,
	    deed->person != NULL ? deed->person : person, deed->flags,
	    &outcome);
	if (result == 0)
		deed->change = outcome.change;
	return result;
}

static enum people_change
visit(const char *json, unsigned flags)
{
	struct deed deed = { .json = json, .flags = flags };

	assert_int_equal(store_write(store, do_store, &deed), 0);
	return deed.change;
}

static int
do_load(struct sqlite3 *database, void *context)
{
	struct deed *deed = context;

	return people_load(database, &rules, deed->name, NULL, &deed->account);
}

/* The account of a name, or NULL. */
static struct account *
load(const char *name)
{
	struct deed deed = { .name = name };
	int result = store_read(store, do_load, &deed);

	assert_true(result == 0 || result == -ENOENT);
	return deed.account;
}

static int
do_remove(struct sqlite3 *database, void *context)
{
	struct deed *deed = context;

	return people_remove(database, deed->name, &deed->change);
}

static enum people_change
forget(const char *identity)
{
	struct deed deed = { .name = identity };

	assert_int_equal(store_write(store, do_remove, &deed), 0);
	return deed.change;
}

static int
do_find(struct sqlite3 *database, void *context)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	struct deed *deed = context;
	int result = store_prepare(database,
	    "SELECT detail FROM findings WHERE owner = ?", &select);

	if (result != 0)
		return result;
	store_bind_text(select, 1, deed->name);
	if (store_step(select) == 1)
		deed->given = strdup(store_text(select, 0));
	return 0;
}

/* What is noted of an owner holds part (NULL: nothing is noted). */
static void
assert_finding(const char *owner, const char *part)
{
	struct deed deed = { .name = owner };

	assert_int_equal(store_read(store, do_find, &deed), 0);
	if (part == NULL && deed.given != NULL)
		fail_msg("%s: %s", owner, deed.given);
	if (part != NULL &&
	    (deed.given == NULL || strstr(deed.given, part) == NULL))
		fail_msg("%s: %s", owner, deed.given);
	string_free(&deed.given);
}

#define USER(id, name, more) \
	"{\"user_id\":\"user-test-" id "\",\"status\":\"active\"," more \
	"\"external_id\":\"" name "\"}"
#define MEMBER(id, name, more) \
	"{\"member_id\":\"member-test-" id "\",\"status\":\"active\"," more \
	"\"organization_id\":\"organization-test-1\"," \
	"\"external_id\":\"" name "\"}"
#define PINNED(uid) "\"trusted_metadata\":{\"unix\":{\"uid\":" uid "}},"

/* ---- accounts ----------------------------------------------------------- */

static void
new_person_gets_name_number_and_home(void **state)
{
	CLEANUP(account_free) struct account *alice = NULL;

	(void)state;
	configure(CONSUMER_START);
	assert_int_equal(visit(USER("1", "alice", ""), PEOPLE_CREATE),
	    PEOPLE_ADDED);
	alice = load("alice");
	assert_non_null(alice);
	assert_string_equal(alice->name, "alice");
	assert_string_equal(alice->home, "/home/alice");
	assert_string_equal(alice->shell, "/bin/bash");
	assert_int_equal(alice->uid,
	    ledger_hash(&configuration->accounts.uid_range, "user-test-1"));
	assert_int_equal(alice->gid, alice->uid);
	assert_string_equal(alice->person->identity, "user-test-1");
	assert_int_equal(alice->person->status, PERSON_ACTIVE);
	assert_int_equal(visit(USER("1", "alice", ""), PEOPLE_CREATE),
	    PEOPLE_NOTHING);
}

static void
nobody_is_made_where_that_was_not_asked(void **state)
{
	(void)state;
	configure(CONSUMER_START);
	assert_int_equal(visit(USER("1", "alice", ""), 0), PEOPLE_NOTHING);
	assert_null(load("alice"));
	assert_finding("user-test-1", NULL);
}

static void
name_never_goes_to_another_identity(void **state)
{
	CLEANUP(account_free) struct account *alice = NULL;

	(void)state;
	configure(CONSUMER_START);
	assert_int_equal(visit(USER("1", "alice", ""), PEOPLE_CREATE),
	    PEOPLE_ADDED);
	assert_int_equal(visit(USER("2", "alice", ""), PEOPLE_CREATE),
	    PEOPLE_NOTHING);
	assert_finding("user-test-2", "alice belongs to another identity");
	assert_int_equal(forget("user-test-1"), PEOPLE_REMOVED);
	assert_int_equal(forget("user-test-1"), PEOPLE_NOTHING);
	assert_int_equal(visit(USER("2", "alice", ""), PEOPLE_CREATE),
	    PEOPLE_NOTHING);
	alice = load("alice");
	assert_string_equal(alice->person->identity, "user-test-1");
	assert_int_equal(alice->person->status, PERSON_GONE);
}

static void
person_who_comes_back_has_the_same_number(void **state)
{
	CLEANUP(account_free) struct account *before = NULL;
	CLEANUP(account_free) struct account *after = NULL;

	(void)state;
	configure(CONSUMER_START);
	(void)visit(USER("1", "alice", ""), PEOPLE_CREATE);
	before = load("alice");
	assert_int_equal(forget("user-test-1"), PEOPLE_REMOVED);
	assert_int_equal(visit(USER("1", "alice", ""), PEOPLE_CREATE),
	    PEOPLE_ADDED);
	after = load("alice");
	assert_int_equal(after->person->status, PERSON_ACTIVE);
	assert_int_equal(after->uid, before->uid);
}

static void
renamed_person_keeps_the_account_and_it_is_noted(void **state)
{
	CLEANUP(account_free) struct account *alice = NULL;

	(void)state;
	configure(CONSUMER_START);
	(void)visit(USER("1", "alice", ""), PEOPLE_CREATE);
	assert_int_equal(visit(USER("1", "alicia", ""), PEOPLE_CREATE),
	    PEOPLE_NOTHING);
	assert_null(load("alicia"));
	alice = load("alice");
	assert_string_equal(alice->person->external_id, "alicia");
	assert_finding("user-test-1", "alicia is the name Stytch gives");
	/* And nobody else may have it by that. */
	assert_int_equal(visit(USER("2", "alicia", ""), PEOPLE_CREATE),
	    PEOPLE_ADDED);
}

static void
names_of_the_host_and_of_groups_are_refused(void **state)
{
	static const struct {
		const char *user;
		const char *why;
	} cases[] = {
		{ USER("1", "root", ""), "is reserved" },
		{ USER("1", "docker", ""), "is reserved" },
		{ USER("1", "pi", ""), "is a name of this host" },
		{ USER("1", "locals", ""), "is a name of this host" },
		{ USER("1", "stytch-ops", ""), "begins as groups do" },
	};

	(void)state;
	configure(CONSUMER_START);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(visit(cases[i].user, PEOPLE_CREATE),
		    PEOPLE_NOTHING);
		assert_finding("user-test-1", cases[i].why);
	}
}

static void
host_that_takes_a_name_wins(void **state)
{
	CLEANUP(account_free) struct account *alice = NULL;

	(void)state;
	configure(CONSUMER_START);
	(void)visit(USER("1", "alice", ""), PEOPLE_CREATE);
	host_write("/etc/passwd", "alice:x:1001:1001::/:/bin/sh\n");
	host_reload();
	assert_int_equal(visit(USER("1", "alice", ""), PEOPLE_CREATE),
	    PEOPLE_REMOVED);
	assert_finding("user-test-1", "alice is a name of this host");
	alice = load("alice");
	assert_int_equal(alice->person->status, PERSON_GONE);
	assert_int_equal(visit(USER("1", "alice", ""), PEOPLE_CREATE),
	    PEOPLE_NOTHING);
}

static void
person_whom_nothing_names_any_more_is_gone(void **state)
{
	CLEANUP(account_free) struct account *alice = NULL;

	(void)state;
	configure(CONSUMER_START);
	(void)visit(USER("1", "alice", ""), PEOPLE_CREATE);
	assert_int_equal(
	    visit("{\"user_id\":\"user-test-1\",\"status\":\"active\"}",
		PEOPLE_CREATE),
	    PEOPLE_REMOVED);
	assert_finding("user-test-1", "nothing gives a name any more");
	alice = load("alice");
	assert_int_equal(alice->person->status, PERSON_GONE);
}

static void
template_names_wait_for_a_full_sync(void **state)
{
	static const char user[] =
	    "{\"user_id\":\"user-test-1\",\"status\":\"active\",\"emails\":"
	    "[{\"email\":\"alice@x.example\",\"verified\":true}]}";

	(void)state;
	configure("[stytch]\nkind = consumer\nproject_id = project-test-1\n"
		  "[accounts]\nname_from = template\n"
		  "allow_self_asserted_names = yes\n"
		  "email_domains = x.example\nname_template = {email_local}\n");
	assert_int_equal(visit(user, PEOPLE_CREATE), PEOPLE_NOTHING);
	assert_int_equal(visit(user, PEOPLE_CREATE | PEOPLE_TEMPLATE),
	    PEOPLE_ADDED);
	assert_int_equal(visit(user, PEOPLE_CREATE), PEOPLE_NOTHING);
	assert_finding("user-test-1", NULL);
}

/* ---- numbers ------------------------------------------------------------ */

static void
pin_is_taken_at_first_and_waits_later(void **state)
{
	CLEANUP(account_free) struct account *alice = NULL;
	CLEANUP(account_free) struct account *bob = NULL;

	(void)state;
	configure(CONSUMER_START
	    "trust_unix = username, uid\npinned_range = 2000-2999\n");
	(void)visit(USER("1", "alice", PINNED("2001")), PEOPLE_CREATE);
	alice = load("alice");
	assert_int_equal(alice->uid, 2001);
	(void)visit(USER("1", "alice", PINNED("2002")), PEOPLE_CREATE);
	assert_finding("user-test-1", "2002 is the uid Stytch pins");
	account_free(&alice);
	alice = load("alice");
	assert_int_equal(alice->uid, 2001);
	(void)visit(USER("2", "bob", PINNED("2001")), PEOPLE_CREATE);
	bob = load("bob");
	assert_int_not_equal(bob->uid, 2001);
	assert_finding("user-test-2", "2001 is the uid Stytch pins");
}

static int
do_give(struct sqlite3 *database, void *context)
{
	struct deed *deed = context;

	return ledger_give_id(database, &rules, deed->name,
	    (uint32_t)deed->number, &deed->id);
}

static uint32_t
give(const char *owner, uint32_t pin)
{
	struct deed deed = { .name = owner, .number = pin };

	assert_int_equal(store_write(store, do_give, &deed), 0);
	return deed.id;
}

static void
numbers_of_the_host_and_reserved_ones_are_never_given(void **state)
{
	uint32_t first;
	char line[64];

	(void)state;
	configure(CONSUMER_START "uid_range = 3000-3999\n"
				 "pinned_range = 4000-5000\n");
	first = ledger_hash(&configuration->accounts.uid_range, "user-a");
	(void)snprintf(line, sizeof(line), "x:x:%u:1::/:/bin/sh\n", first);
	host_write("/etc/passwd", line);
	(void)snprintf(line, sizeof(line), "y:x:%u:\n",
	    3000 + (first - 3000 + 1) % 1000);
	host_write("/etc/group", line);
	host_reload();
	assert_int_equal(give("user-a", 0), 3000 + (first - 3000 + 2) % 1000);
	assert_int_equal(give("user-a", 4000),
	    3000 + (first - 3000 + 2) % 1000);
	assert_int_equal(give("user-b", 4000), 4000);
	assert_int_not_equal(give("user-c", 4000), 4000);
	for (uint32_t id = 0; id < 1000; id++)
		assert_true(ledger_is_reserved(id));
	assert_false(ledger_is_reserved(1000));
	assert_true(ledger_is_reserved(61184));
	assert_true(ledger_is_reserved(65519));
	assert_false(ledger_is_reserved(65520));
	assert_true(ledger_is_reserved(65534));
	assert_true(ledger_is_reserved(65535));
	assert_true(ledger_is_reserved(UINT32_MAX));
}

static void
full_range_is_an_error_and_gives_nothing_twice(void **state)
{
	bool seen[1000] = { false };
	struct deed last = { .name = "one-too-many" };
	char owner[32];

	(void)state;
	configure(CONSUMER_START "uid_range = 3000-3999\n");
	for (unsigned i = 0; i < 1000; i++) {
		uint32_t id;

		(void)snprintf(owner, sizeof(owner), "user-%u", i);
		id = give(owner, 0);
		assert_in_range(id, 3000, 3999);
		assert_false(seen[id - 3000]);
		seen[id - 3000] = true;
	}
	assert_int_equal(store_write(store, do_give, &last), -ENOSPC);
}

static void
hosts_that_never_spoke_agree(void **state)
{
	(void)state;
	configure(CONSUMER_START);
	/* The numbers themselves: a change of the hash would move every home. */
	assert_int_equal(ledger_hash(&configuration->accounts.uid_range,
			     "user-test-e3795c81-f849-4167-bfda-e4a6e9c280fd"),
	    2037618008);
	assert_int_equal(give("user-test-e3795c81-f849-4167-bfda-e4a6e9c280fd",
			     0),
	    2037618008);
}

/* ---- groups ------------------------------------------------------------- */

static int
do_see(struct sqlite3 *database, void *context)
{
	const char *const *pair = context;

	return groups_see_organization(database, pair[0], pair[1]);
}

static void
see(const char *organization, const char *slug)
{
	const char *pair[] = { organization, slug };

	assert_int_equal(store_write(store, do_see, pair), 0);
}

static void
member_is_in_groups_of_organization_roles_and_scim(void **state)
{
	CLEANUP(account_free) struct account *bob = NULL;

	(void)state;
	configure(B2B_START);
	see("organization-test-1", "acme");
	see("organization-test-1", "evil");
	(void)visit(MEMBER("1", "bob",
			"\"roles\":[{\"role_id\":\"Site Ops\"},"
			"{\"role_id\":\"docker\"},{\"role_id\":\"///\"}],"
			"\"scim_registration\":{\"scim_attributes\":{"
			"\"groups\":[{\"display\":\"Dev\"}]}},"),
	    PEOPLE_CREATE);
	bob = load("bob");
	assert_int_equal(bob->group_count, 4);
	assert_true(account_in_group(bob, "stytch-acme"));
	assert_true(account_in_group(bob, "stytch-site-ops"));
	assert_true(account_in_group(bob, "stytch-docker"));
	assert_true(account_in_group(bob, "stytch-dev"));
	assert_false(account_in_group(bob, "docker"));
}

static void
roles_that_are_lost_are_groups_that_are_left(void **state)
{
	CLEANUP(account_free) struct account *bob = NULL;

	(void)state;
	configure(B2B_START);
	(void)visit(MEMBER("1", "bob",
			"\"roles\":[{\"role_id\":\"a\"},{\"role_id\":\"b\"}],"),
	    PEOPLE_CREATE);
	assert_int_equal(visit(MEMBER("1", "bob",
				   "\"roles\":[{\"role_id\":\"b\"}],"),
			     PEOPLE_CREATE),
	    PEOPLE_CHANGED);
	bob = load("bob");
	assert_int_equal(bob->group_count, 1);
	assert_string_equal(bob->group_names[0], "stytch-b");
	assert_int_equal(forget("member-test-1"), PEOPLE_REMOVED);
	account_free(&bob);
	bob = load("bob");
	assert_int_equal(bob->group_count, 0);
}

static void
without_prefix_local_and_root_equivalent_groups_are_refused(void **state)
{
	static const char *const roles[] = { "docker", "sudo", "wheel", "admin",
		"adm", "lxd", "root", "disk", "shadow", "locals", "pi" };

	(void)state;
	configure(B2B_START "[groups]\nprefix =\n");
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		CLEANUP(account_free) struct account *bob = NULL;
		char member[256], owner[128];

		(void)snprintf(member, sizeof(member),
		    MEMBER("1", "bob", "\"roles\":[{\"role_id\":\"%s\"}],"),
		    roles[i]);
		(void)visit(member, PEOPLE_CREATE);
		bob = load("bob");
		assert_int_equal(bob->group_count, 0);
		(void)snprintf(owner, sizeof(owner),
		    "role:organization-test-1:%s", roles[i]);
		assert_finding(owner, "is ");
	}
}

static void
group_never_takes_an_accounts_name_nor_the_other_way(void **state)
{
	CLEANUP(account_free) struct account *bob = NULL;

	(void)state;
	configure(B2B_START "[groups]\nprefix =\n");
	(void)visit(MEMBER("1", "alice", ""), PEOPLE_CREATE);
	(void)visit(MEMBER("2", "bob",
			"\"roles\":[{\"role_id\":\"alice\"},"
			"{\"role_id\":\"carol\"}],"),
	    PEOPLE_CREATE);
	bob = load("bob");
	assert_int_equal(bob->group_count, 1);
	assert_finding("role:organization-test-1:alice", "belongs to another");
	assert_int_equal(visit(MEMBER("3", "carol", ""), PEOPLE_CREATE),
	    PEOPLE_NOTHING);
	assert_finding("member-test-3", "carol belongs to another identity");
}

static void
tenants_do_not_share_a_role_by_its_word(void **state)
{
	static const char other[] =
	    "{\"member_id\":\"member-test-2\",\"status\":\"active\","
	    "\"organization_id\":\"organization-test-2\","
	    "\"external_id\":\"eve\",\"roles\":[{\"role_id\":\"ops\"}]}";
	CLEANUP(account_free) struct account *bob = NULL;
	CLEANUP(account_free) struct account *eve = NULL;

	(void)state;
	configure("[stytch]\nkind = b2b\nproject_id = project-test-1\n"
		  "organizations = organization-test-1, organization-test-2\n"
		  "[groups]\nrename = role:organization-test-1:ops=ops\n");
	see("organization-test-2", "evil");
	(void)visit(MEMBER("1", "bob", "\"roles\":[{\"role_id\":\"ops\"}],"),
	    PEOPLE_CREATE);
	(void)visit(other, PEOPLE_CREATE);
	bob = load("bob");
	eve = load("eve");
	assert_true(account_in_group(bob, "ops"));
	assert_false(account_in_group(eve, "ops"));
	assert_true(account_in_group(eve, "stytch-evil-ops"));
	assert_int_not_equal(bob->gids[0], eve->gids[0]);
}

static void
local_groups_come_by_grant_alone(void **state)
{
	static const char member[] = MEMBER("1", "bob",
	    "\"roles\":[{\"role_id\":\"ops\"}],"
	    "\"trusted_metadata\":{\"unix\":{\"groups\":"
	    "[\"docker\",\"sudo\"]}},");
	CLEANUP(account_free) struct account *bob = NULL;

	(void)state;
	configure(B2B_START "[accounts]\ntrust_unix = username, groups\n"
			    "[groups]\nprefix =\n");
	(void)visit(member, PEOPLE_CREATE);
	bob = load("bob");
	assert_false(account_in_group(bob, "docker"));
	account_free(&bob);
	configure(B2B_START "[groups]\ngrant = docker:organization-test-1:ops, "
			    "locals:organization-test-1:ops:alice+carol, "
			    "nogroup9:organization-test-1:ops, "
			    "4711:organization-test-1:ops:bob, "
			    "locals:organization-test-1:none\n");
	(void)visit(member, PEOPLE_CREATE);
	bob = load("bob");
	assert_true(account_in_group(bob, "docker"));
	assert_true(account_in_group(bob, "4711"));
	assert_false(account_in_group(bob, "locals"));
	assert_false(account_in_group(bob, "nogroup9"));
	for (size_t i = 0; i < bob->group_count; i++)
		if (strcmp(bob->group_names[i], "docker") == 0)
			assert_int_equal(bob->gids[i], 998);
}

static void
group_renamed_by_the_host_keeps_its_number(void **state)
{
	static const char member[] =
	    MEMBER("1", "bob", "\"roles\":[{\"role_id\":\"ops\"}],");
	CLEANUP(account_free) struct account *before = NULL;
	CLEANUP(account_free) struct account *after = NULL;

	(void)state;
	configure(B2B_START);
	(void)visit(member, PEOPLE_CREATE);
	before = load("bob");
	assert_string_equal(before->group_names[0], "stytch-ops");
	configure(B2B_START "[groups]\nrename = role:ops=operators\n");
	(void)visit(member, PEOPLE_CREATE);
	after = load("bob");
	assert_string_equal(after->group_names[0], "operators");
	assert_int_equal(after->gids[0], before->gids[0]);
}

/* ---- configuration changes ---------------------------------------------- */

static int
do_remap(struct sqlite3 *database, void *context)
{
	(void)context;
	return people_remap(database, &rules, NULL, NULL);
}

static void
organization_that_leaves_the_configuration_takes_its_people(void **state)
{
	CLEANUP(account_free) struct account *bob = NULL;

	(void)state;
	configure(B2B_START);
	(void)visit(MEMBER("1", "bob", ""), PEOPLE_CREATE);
	configure("[stytch]\nkind = b2b\nproject_id = project-test-1\n"
		  "organizations = organization-test-2\n");
	assert_int_equal(store_write(store, do_remap, NULL), 0);
	bob = load("bob");
	assert_int_equal(bob->person->status, PERSON_GONE);
	account_free(&bob);
	configure(B2B_START);
	assert_int_equal(store_write(store, do_remap, NULL), 0);
	bob = load("bob");
	assert_int_equal(bob->person->status, PERSON_ACTIVE);
	/* But whom Stytch deleted stays deleted. */
	(void)forget("member-test-1");
	assert_int_equal(store_write(store, do_remap, NULL), 0);
	account_free(&bob);
	bob = load("bob");
	assert_int_equal(bob->person->status, PERSON_GONE);
}

static int
do_preview(struct sqlite3 *database, void *context)
{
	CLEANUP(person_free) struct person *person = NULL;
	struct deed *deed = context;

	person = make_person(deed->json);
	return people_preview(database, &rules, person, &deed->account);
}

static void
preview_shows_the_new_groups_and_writes_nothing(void **state)
{
	struct deed deed = {
		.json = MEMBER("1", "bob",
		    "\"name\":\"Bob B\",\"roles\":[{\"role_id\":\"a\"},"
		    "{\"role_id\":\"new\"}],")
	};
	CLEANUP(account_free) struct account *bob = NULL;

	(void)state;
	configure(B2B_START);
	(void)visit(MEMBER("1", "bob",
			"\"roles\":[{\"role_id\":\"a\"},"
			"{\"role_id\":\"b\"}],"),
	    PEOPLE_CREATE);
	assert_int_equal(store_read(store, do_preview, &deed), 0);
	assert_int_equal(deed.account->group_count, 1);
	assert_string_equal(deed.account->group_names[0], "stytch-a");
	assert_string_equal(deed.account->gecos, "Bob B");
	account_free(&deed.account);
	bob = load("bob");
	assert_int_equal(bob->group_count, 2);
	assert_string_equal(bob->gecos, "");
}

static void
memory_that_runs_out_anywhere_rolls_back(void **state)
{
	static const char member[] = MEMBER("1", "bob",
	    "\"roles\":[{\"role_id\":\"ops\"},{\"role_id\":\"b\"}],");
	CLEANUP(person_free) struct person *person = NULL;
	struct deed deed = { .flags = PEOPLE_CREATE };
	int result = -1;
	unsigned n;

	(void)state;
	configure(B2B_START
	    "[groups]\ngrant = docker:organization-test-1:ops:bob+al\n"
	    "rename = role:b=bees\n");
	person = make_person(member);
	deed.person = person;
	for (n = 1; n < 3000 && result != 0; n++) {
		failing_at = n;
		result = store_write(store, do_store, &deed);
		failing_at = 0;
		if (result != 0)
			assert_null(load("bob"));
	}
	assert_int_equal(result, 0);
	assert_true(n > 20);
	assert_int_equal(deed.change, PEOPLE_ADDED);
}

int
main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(new_person_gets_name_number_and_home, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(nobody_is_made_where_that_was_not_asked, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(name_never_goes_to_another_identity, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(person_who_comes_back_has_the_same_number, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(renamed_person_keeps_the_account_and_it_is_noted, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(names_of_the_host_and_of_groups_are_refused, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(host_that_takes_a_name_wins, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(person_whom_nothing_names_any_more_is_gone, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(template_names_wait_for_a_full_sync, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(pin_is_taken_at_first_and_waits_later, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(numbers_of_the_host_and_reserved_ones_are_never_given, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(full_range_is_an_error_and_gives_nothing_twice, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(hosts_that_never_spoke_agree, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(member_is_in_groups_of_organization_roles_and_scim, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(roles_that_are_lost_are_groups_that_are_left, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(without_prefix_local_and_root_equivalent_groups_are_refused, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(group_never_takes_an_accounts_name_nor_the_other_way, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(tenants_do_not_share_a_role_by_its_word, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(local_groups_come_by_grant_alone, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(group_renamed_by_the_host_keeps_its_number, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(organization_that_leaves_the_configuration_takes_its_people, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(preview_shows_the_new_groups_and_writes_nothing, host_setup, host_teardown),
		cmocka_unit_test_setup_teardown(memory_that_runs_out_anywhere_rolls_back, host_setup, host_teardown),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
