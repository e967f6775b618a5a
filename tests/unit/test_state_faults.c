/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The n-th call under the state fails, in every way that it can, n counting up
 * until nothing fails any more.  Whatever the agent was doing, the state that is
 * opened afterwards is the one before or the one after, whole; what was
 * acknowledged is in it; and who asks is told "not now", never something else.
 */
#include "config.h"

#include "nss_stytch/map_load.h"
#include "stytchd/burnt.h"
#include "stytchd/directory_internal.h"
#include "stytchd/logins.h"
#include "stytchd/throttle.h"
#include "tests/unit/failing_state.h"
#include "tests/unit/fake_stytch.h"
#include "tests/unit/people_fixture.h"

#include <errno.h>
#include <sched.h>
#include <sqlite3.h>

#define TRIES_MAX 5000

/* Time stands still, so that two runs write the same. */
int64_t __wrap_store_now(void);
int64_t
__wrap_store_now(void)
{
	return INT64_C(2000000000);
}

/* ---- the parts of an agent that keep something ---------------------------- */

static struct keyring *keyring;
static struct directory *directory;
static struct throttle *throttle;
static struct burnt *burnt;
static struct logins *logins;

static int
open_parts(void)
{
	int result = store_open(host, &store);

	if (result == 0)
		result = keyring_open(host, &keyring);
	if (result == 0)
		result = throttle_open(store, keyring, &throttle);
	if (result == 0)
		result = burnt_open(store, keyring, &burnt);
	if (result == 0)
		result = directory_open_at(host, configuration, NULL, store,
		    &directory);
	if (result == 0)
		result = logins_open(store, keyring, NULL,
		    &configuration->stytch, &logins);
	return result;
}

static void
close_parts(void)
{
	logins_close(&logins);
	directory_close(&directory);
	burnt_close(&burnt);
	throttle_close(&throttle);
	store_close(&store);
	keyring_close(&keyring);
}

/* A configuration whose folders are the host's. */
static void
configure_host(const char *text)
{
	char whole[2048];

	(void)snprintf(whole, sizeof(whole),
	    "[stytch]\nstate_dir = %s\nruntime_dir = %s\n%s", host, host,
	    text + strlen("[stytch]\n"));
	configure(whole);
}

/* ---- what the state holds ------------------------------------------------- */

static void
dump_table(sqlite3 *database, const char *table, sqlite3_str *out)
{
	/* How the last sync ended is not of the state that it left. */
	char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"%s ORDER BY 1, 2",
	    table, strcmp(table, "facts") == 0 ? " WHERE key <> 'sync'" : "");
	sqlite3_stmt *select = NULL;

	assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &select, NULL),
	    SQLITE_OK);
	while (sqlite3_step(select) == SQLITE_ROW) {
		sqlite3_str_appendf(out, "%s:", table);
		for (int i = 0; i < sqlite3_column_count(select); i++) {
			/* What is sealed differs each time; ids are random. */
			const char *name = sqlite3_column_name(select, i);

			if (strcmp(name, "token") == 0 ||
			    (strcmp(table, "logins") == 0 &&
				strcmp(name, "id") == 0))
				continue;
			sqlite3_str_appendf(out, " %s",
			    sqlite3_column_text(select, i));
		}
		sqlite3_str_appendf(out, "\n");
	}
	assert_int_equal(sqlite3_finalize(select), SQLITE_OK);
	sqlite3_free(sql);
}

static void
check_whole(sqlite3 *database)
{
	sqlite3_stmt *check = NULL;

	assert_int_equal(sqlite3_prepare_v2(database, "PRAGMA integrity_check",
			     -1, &check, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(check), SQLITE_ROW);
	assert_string_equal(sqlite3_column_text(check, 0), "ok");
	assert_int_equal(sqlite3_finalize(check), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(database,
			     "PRAGMA foreign_key_check", -1, &check, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(check), SQLITE_DONE);
	assert_int_equal(sqlite3_finalize(check), SQLITE_OK);
}

/* Every row of every table as text, checked; to be freed by sqlite3_free(). */
static char *
dump(void)
{
	sqlite3 *database = NULL;
	sqlite3_stmt *tables = NULL;
	sqlite3_str *out;

	assert_int_equal(sqlite3_open_v2(host_path("/private/state.db"),
			     &database, SQLITE_OPEN_READWRITE, NULL),
	    SQLITE_OK);
	check_whole(database);
	out = sqlite3_str_new(database);
	assert_int_equal(sqlite3_prepare_v2(database,
			     "SELECT name FROM sqlite_master"
			     " WHERE type = 'table' ORDER BY name",
			     -1, &tables, NULL),
	    SQLITE_OK);
	while (sqlite3_step(tables) == SQLITE_ROW)
		dump_table(database,
		    (const char *)sqlite3_column_text(tables, 0), out);
	assert_int_equal(sqlite3_finalize(tables), SQLITE_OK);
	sqlite3_str_appendf(out, ".");
	assert_int_equal(sqlite3_close(database), SQLITE_OK);
	return sqlite3_str_finish(out);
}

/* ---- a host, made once and put back for each try ------------------------- */

static const char *const kept[] = { "/private/state.db", "/private/seal.key",
	"/accounts.map", "/accounts.new.map", "/boot" };
static struct {
	char *data;
	size_t len;
} contents[ARRAY_LEN(kept)];

static void
forget_host(void)
{
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		free(contents[i].data);
		contents[i].data = NULL;
	}
}

static void
keep_host(void)
{
	forget_host();
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		FILE *file = fopen(host_path(kept[i]), "re");

		if (file == NULL)
			continue;
		contents[i].data = malloc(1 << 20);
		assert_non_null(contents[i].data);
		contents[i].len = fread(contents[i].data, 1, 1 << 20, file);
		assert_true(contents[i].len < 1 << 20);
		assert_int_equal(fclose(file), 0);
	}
}

static void
put_host_back(void)
{
	static const char *const beside[] = { "/private/state.db-wal",
		"/private/state.db-shm", "/private/seal.key.new",
		"/accounts.map.tmp", "/accounts.new.map.tmp" };

	state_forget_files();
	for (size_t i = 0; i < ARRAY_LEN(beside); i++)
		(void)remove(host_path(beside[i]));
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		FILE *file;

		(void)remove(host_path(kept[i]));
		if (contents[i].data == NULL)
			continue;
		file = fopen(host_path(kept[i]), "we");
		assert_non_null(file);
		assert_int_equal(fwrite(contents[i].data, 1, contents[i].len,
				     file),
		    contents[i].len);
		assert_int_equal(fclose(file), 0);
		if (strncmp(kept[i], "/private", 8) == 0)
			assert_int_equal(chmod(host_path(kept[i]), 0600), 0);
	}
}

/* ---- deeds ---------------------------------------------------------------- */

#define MEMBER(id, name, more) \
	"{\"member_id\":\"member-test-" id "\",\"status\":\"active\"," more \
	"\"organization_id\":\"organization-test-1\"," \
	"\"external_id\":\"" name "\"}"
#define PAGE(members) \
	"{\"members\":[" members "],\"organizations\":{" \
	"\"organization-test-1\":{\"organization_slug\":\"acme\"}}}"
#define GOT(member) \
	"{\"member\":" member ",\"organization\":{\"organization_slug\":" \
	"\"acme\"}}"
#define OPS "\"roles\":[{\"role_id\":\"ops\"}],"

#define PEOPLE \
	B2B_START "[accounts]\nlookup_per_minute = 100000\n" \
		  "name_from = external_id\n"

/* What a deed tells: done; not now; or it tells nothing (the later writes). */
enum told {
	TOLD_DONE,
	TOLD_FAILED,
	TOLD_NOTHING,
};

static enum told
told_by(int error)
{
	return error == 0 ? TOLD_DONE : TOLD_FAILED;
}

static const struct configuration_stytch *
limits(void)
{
	return &configuration->stytch;
}

static struct throttle_party
party(const char *identity)
{
	struct throttle_party made;

	memset(&made, 0, sizeof(made));
	made.is_known = made.is_remote = true;
	(void)snprintf(made.subject, sizeof(made.subject), "%s", identity);
	(void)snprintf(made.source, sizeof(made.source), "192.0.2.7");
	return made;
}

static enum told
open_anew(void)
{
	close_parts();
	return told_by(open_parts());
}

static enum told
first_visit(void)
{
	CLEANUP(account_free) struct account *account = NULL;
	enum directory_answer answer =
	    directory_find(directory, "dave", &account);

	/* "Absent" would be remembered, and believed. */
	assert_int_not_equal(answer, DIRECTORY_ABSENT);
	assert_true((answer == DIRECTORY_FOUND) == (account != NULL));
	if (account != NULL)
		assert_string_equal(account->name, "dave");
	return answer == DIRECTORY_FOUND ? TOLD_DONE : TOLD_FAILED;
}

static enum told
look_up_known(void)
{
	CLEANUP(account_free) struct account *account = NULL;
	enum directory_answer answer =
	    directory_known(directory, "alice", &account);

	assert_int_not_equal(answer, DIRECTORY_ABSENT);
	if (account == NULL)
		return TOLD_FAILED;
	assert_string_equal(account->name, "alice");
	assert_string_equal(account->home, "/home/alice");
	assert_string_equal(account->person->identity, "member-test-1");
	assert_int_equal(account->group_count, 2);
	return TOLD_DONE;
}

static enum told
look_up_given(void)
{
	/* Where the state does not tell, a name may have been given. */
	assert_true(directory_name_is_given(directory, "carol"));
	return TOLD_DONE;
}

static bool
count_account(void *context, const struct account *account)
{
	assert_true(account->name[0] >= 'a' && account->name[0] <= 'c');
	++*(unsigned *)context;
	return true;
}

static enum told
list_accounts(void)
{
	unsigned count = 0;
	int error = directory_each(directory, count_account, &count);

	if (error == 0)
		assert_int_equal(count, 3);
	return told_by(error);
}

static enum stytch_class
refresh(const char *name)
{
	CLEANUP(account_free) struct account *account = NULL;

	if (directory_known(directory, name, &account) != DIRECTORY_FOUND)
		return STYTCH_UNAVAILABLE;
	return directory_refresh(directory, &account);
}

static enum told
refresh_changed(void)
{
	enum stytch_class class_ = refresh("alice");

	assert_true(class_ == STYTCH_OK || class_ == STYTCH_UNAVAILABLE);
	return class_ == STYTCH_OK ? TOLD_DONE : TOLD_FAILED;
}

static enum told
refresh_gone(void)
{
	enum stytch_class class_ = refresh("carol");

	assert_true(class_ == STYTCH_NOT_FOUND || class_ == STYTCH_UNAVAILABLE);
	return class_ == STYTCH_NOT_FOUND ? TOLD_DONE : TOLD_FAILED;
}

/* The groups of an answer count at once; the state has them later. */
static enum told
admit(void)
{
	CLEANUP(account_free) struct account *account = NULL;
	CLEANUP(json_free)
	cJSON *object = cJSON_Parse(MEMBER("1", "alice", ""));

	assert_non_null(object);
	if (directory_known(directory, "alice", &account) != DIRECTORY_FOUND)
		return TOLD_FAILED;
	if (directory_admit(directory, object, &account) == 0)
		assert_int_equal(account->group_count, 1);
	store_flush(store);
	return TOLD_NOTHING;
}

static unsigned removed_count;

static void
tell_removed(void *context, const char *identity)
{
	(void)context;
	assert_string_equal(identity, "member-test-3");
	removed_count++;
}

static enum told
sync_as(bool dry_run)
{
	const struct sync_report report = { NULL, tell_removed, NULL };
	struct sync_result result;
	enum stytch_class class_;

	removed_count = 0;
	class_ = directory_sync(directory, dry_run, &report, &result);
	store_flush(store);
	if (class_ != STYTCH_OK) {
		assert_int_equal(class_, STYTCH_UNAVAILABLE);
		assert_string_not_equal(result.reason, "");
		return TOLD_FAILED;
	}
	assert_int_equal(result.seen, 3);
	assert_int_equal(result.added, 1);
	assert_int_equal(result.removed, 1);
	assert_int_equal(removed_count, dry_run ? 0 : 1);
	return TOLD_DONE;
}

static enum told
sync_whole(void)
{
	return sync_as(false);
}

static enum told
sync_dry(void)
{
	return sync_as(true);
}

static enum told
fail_once(void)
{
	const struct throttle_party who = party("member-test-1");

	if (throttle_reserve(throttle, limits(), &who) != 0)
		return TOLD_FAILED;
	return told_by(throttle_settle(throttle, limits(), &who, true));
}

static enum told
check_held(void)
{
	const struct throttle_party who = party("member-test-2");

	/* He has used up what he has, and nothing lets him go on. */
	assert_int_not_equal(throttle_check(throttle, limits(), &who), 0);
	assert_int_not_equal(throttle_reserve(throttle, limits(), &who), 0);
	return TOLD_NOTHING;
}

static enum told
succeed(void)
{
	const struct throttle_party who = party("member-test-2");

	throttle_succeeded(throttle, &who);
	store_flush(store);
	return TOLD_NOTHING;
}

static enum told
clear_locks(void)
{
	int count = throttle_clear(throttle, NULL);

	if (count >= 0)
		assert_int_equal(count, 2);
	return count < 0 ? TOLD_FAILED : TOLD_DONE;
}

static enum told
send_text(void)
{
	const struct throttle_code code = { "member-test-1", "otp_sms", true };
	int64_t at = 0;
	enum throttle_sending sending =
	    throttle_send(throttle, limits(), &code, &at);

	assert_int_not_equal(sending, THROTTLE_LIVE);
	return sending == THROTTLE_SEND ? TOLD_DONE : TOLD_FAILED;
}

static enum told
send_text_too_many(void)
{
	const struct throttle_code code = { "member-test-2", "otp_sms", true };
	int64_t at = 0;

	assert_int_equal(throttle_send(throttle, limits(), &code, &at),
	    THROTTLE_HELD);
	return TOLD_NOTHING;
}

/* Whether the last code was taken, so that Stytch accepted it. */
static bool was_accepted;

static int
use_code(const char *digits)
{
	CLEANUP(secret_clear) struct secret code = SECRET_INIT;
	char ticket[KEYRING_HEX_SIZE];
	int error;

	assert_int_equal(secret_set(&code, digits, strlen(digits)), 0);
	error = burnt_take(burnt, "member-test-1", &code, ticket);
	was_accepted = error == 0;
	return error != 0 ? error : burnt_settle(burnt, ticket, true);
}

static enum told
burn(void)
{
	int error = use_code("123456");

	/* Told or not: in this process it is not good again. */
	if (was_accepted)
		assert_int_not_equal(use_code("123456"), 0);
	return told_by(error);
}

static enum told
burn_again(void)
{
	assert_int_not_equal(use_code("654321"), 0);
	return TOLD_NOTHING;
}

static const struct login_asker asker = { .user = "alice",
	.service = "sshd",
	.process = { 100, 0 } };

static int
grant(const char *name, char id[LOGIN_ID_SIZE])
{
	CLEANUP(account_free) struct account *account = NULL;
	CLEANUP(secret_clear) struct secret token = SECRET_INIT;
	const struct login_grant login = { .service = "sshd",
		.process = { 100, 0 },
		.session_id = "session-test-1",
		.session_token = &token,
		.expires_at = INT64_C(2000003600),
		.owns_session = true };

	assert_int_equal(secret_set(&token, "token", 5), 0);
	if (directory_known(directory, name, &account) != DIRECTORY_FOUND)
		return -EIO;
	return logins_grant(logins, &login, &account, id);
}

/* The id of the login that was opened before. */
static char opened[LOGIN_ID_SIZE];

static enum told
open_session(void)
{
	char id[LOGIN_ID_SIZE];
	struct login_asker who = asker;
	int error = grant("alice", id);

	if (error != 0)
		return TOLD_FAILED;
	who.id = id;
	assert_int_equal(logins_redeem(logins, &who), 0);
	assert_int_equal(logins_redeem(logins, &who), -ENOENT);
	store_flush(store);
	return TOLD_NOTHING;
}

static enum told
end_session(void)
{
	logins_end(logins, opened);
	store_flush(store);
	return TOLD_NOTHING;
}

static enum told
remove_person(void)
{
	logins_remove(logins, "member-test-1");
	store_flush(store);
	return TOLD_NOTHING;
}

static enum told
find_session(void)
{
	CLEANUP(secret_clear) struct secret token = SECRET_INIT;
	char id[SESSION_ID_SIZE];
	int error = logins_session(logins, "member-test-1", &token, id);

	if (error == 0) {
		assert_string_equal(secret_reveal(&token), "token");
		assert_string_equal(id, "session-test-1");
	}
	return told_by(error);
}

static enum told
change_configuration(void)
{
	struct configuration *changed;
	struct configuration *old = configuration_ref(configuration);

	configure_host(PEOPLE "[groups]\nroles = no\nprefix = st-\n");
	changed = configuration;
	configuration = old;
	rules.configuration = old;
	directory_configure(directory, changed);
	configuration_unref(&changed);
	store_flush(store);
	return TOLD_NOTHING;
}

/* The boot's mark is another: what an earlier boot left open is closed. */
static enum told
boot_again(void)
{
	logins_close(&logins);
	(void)remove(host_path("/boot"));
	return told_by(
	    logins_open(store, keyring, NULL, &configuration->stytch, &logins));
}

/* clang-format off */
static const struct {
	const char *label;
	enum told (*run)(void);
	bool is_flushed;	/* what was told outlives a loss of power */
} deeds[] = {
	{ "opening",                    open_anew,            true },
	{ "a first visit",              first_visit,          true },
	{ "looking up an account",      look_up_known,        true },
	{ "looking up a name",          look_up_given,        true },
	{ "listing accounts",           list_accounts,        true },
	{ "refreshing a changed one",   refresh_changed,      true },
	{ "refreshing one who is gone", refresh_gone,         true },
	{ "a login's answer",           admit,                false },
	{ "a sync",                     sync_whole,           true },
	{ "a dry run",                  sync_dry,             true },
	{ "another configuration",      change_configuration, true },
	{ "counting a failure",         fail_once,            true },
	{ "holding somebody",           check_held,           true },
	{ "a success",                  succeed,              false },
	{ "clearing locks",             clear_locks,          true },
	{ "sending a text",             send_text,            true },
	{ "not sending a text",         send_text_too_many,   true },
	{ "burning a code",             burn,                 false },
	{ "refusing a burnt code",      burn_again,           true },
	{ "opening a session",          open_session,         false },
	{ "finding a session",          find_session,         true },
	{ "ending a session",           end_session,          false },
	{ "removing a person",          remove_person,        false },
	{ "another boot",               boot_again,           true },
};
/* clang-format on */

/* ---- the state that every deed finds -------------------------------------- */

static void
say_what_stytch_says(void)
{
	fake_reset();
	fake_say("member organization-test-1 dave", STYTCH_OK,
	    GOT(MEMBER("4", "dave", OPS)));
	fake_say("member organization-test-1 member-test-1", STYTCH_OK,
	    GOT(MEMBER("1", "alice", "\"name\":\"Alice A.\",")));
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "alice", OPS) "," MEMBER("2", "bob",
		"\"name\":\"Bob\",") "," MEMBER("4", "dave", OPS)));
}

static void
fill_state(void)
{
	struct throttle_party who = party("member-test-2");
	const struct throttle_code text = { "member-test-2", "otp_sms", true };
	struct login_asker redeemer = asker;
	struct sync_result result;

	fake_reset();
	fake_say("page organization-test-1", STYTCH_OK,
	    PAGE(MEMBER("1", "alice", OPS) "," MEMBER("2", "bob",
		"") "," MEMBER("3", "carol", OPS)));
	assert_int_equal(directory_sync(directory, false, NULL, &result),
	    STYTCH_OK);
	while (throttle_reserve(throttle, limits(), &who) == 0)
		assert_int_equal(throttle_settle(throttle, limits(), &who,
				     true),
		    0);
	for (long i = 0; i < limits()->sms_per_day; i++) {
		int64_t at;

		assert_int_equal(throttle_send(throttle, limits(), &text, &at),
		    THROTTLE_SEND);
		throttle_spent(throttle, "member-test-2", "otp_sms");
	}
	assert_int_equal(use_code("654321"), 0);
	assert_int_equal(grant("alice", opened), 0);
	redeemer.id = opened;
	assert_int_equal(logins_redeem(logins, &redeemer), 0);
	store_flush(store);
}

static int
setup(void **state)
{
	if (host_setup(state) != 0)
		return -1;
	store_close(&store);
	configure_host(PEOPLE);
	assert_int_equal(open_parts(), 0);
	fill_state();
	close_parts();
	keep_host();
	return 0;
}

static int
teardown(void **state)
{
	close_parts();
	forget_host();
	state_forget_files();
	return host_teardown(state);
}

/* ---- the walk ------------------------------------------------------------- */

/* A map, if it is there, is whole; and it is there, once it was. */
static void
check_map(const char *name, bool must_be)
{
	struct map_mapping mapping = MAP_MAPPING_INIT;
	const char *why = "";
	int result = map_load(host_path(name), &mapping);

	if (!must_be && result == -ENOENT)
		return;
	assert_int_equal(result, 0);
	if (map_verify(&mapping.map, &why) != 0)
		fail_msg("%s: %s", name, why);
	map_unload(&mapping);
}

/* Run a deed under a fault; *out_told is what it told. */
static char *
try_deed(size_t deed, const struct state_fault *fault, unsigned nth,
    enum told *out_told)
{
	put_host_back();
	say_what_stytch_says();
	assert_int_equal(open_parts(), 0);
	if (fault != NULL)
		state_break(fault, nth);
	*out_told = deeds[deed].run();
	close_parts();
	if (fault != NULL)
		state_heal();
	check_map("/accounts.map", true);
	check_map("/accounts.new.map", true);
	return dump();
}

static void
walk(size_t deed, const struct state_fault *fault)
{
	enum told told;
	char *old, *new, *now;
	bool struck = true;
	unsigned nth;

	put_host_back();
	old = dump();
	new = try_deed(deed, NULL, 0, &told);
	assert_int_not_equal(told, TOLD_FAILED);
	for (nth = 1; struck; nth += state_stride(fault)) {
		assert_true(nth < TRIES_MAX);
		now = try_deed(deed, fault, nth, &told);
		struck = state_is_broken();
		if (strcmp(now, old) != 0 && strcmp(now, new) != 0)
			fail_msg("%s, %s, call %u: %s\nis neither\n%s\nnor\n%s",
			    deeds[deed].label, fault->label, nth, now, old,
			    new);
		if (!struck && told == TOLD_FAILED)
			fail_msg("%s, %s, call %u: fails without a fault",
			    deeds[deed].label, fault->label, nth);
		if ((!struck ||
			(told == TOLD_DONE &&
			    (deeds[deed].is_flushed || !fault->loses_power))) &&
		    strcmp(now, new) != 0)
			fail_msg("%s, %s, call %u: what was told is lost",
			    deeds[deed].label, fault->label, nth);
		sqlite3_free(now);
	}
	if (getenv("STATE_FAULTS_COUNT") != NULL)
		print_message("%s, %s: %u calls\n", deeds[deed].label,
		    fault->label, nth - 1 - state_stride(fault));
	sqlite3_free(old);
	sqlite3_free(new);
}

static void
a_state_that_fails_is_the_old_or_the_new(void **state)
{
	(void)state;
	for (size_t deed = 0; deed < ARRAY_LEN(deeds); deed++)
		for (size_t i = 0; i < state_fault_count; i++)
			walk(deed, &state_faults[i]);
}

/* ---- what no single deed shows -------------------------------------------- */

static const struct state_fault *
fault(const char *label)
{
	size_t i = 0;

	while (strcmp(state_faults[i].label, label) != 0)
		assert_true(++i < state_fault_count);
	return &state_faults[i];
}

/* A full disk is no licence to guess. */
static void
failures_that_cannot_be_written_count_all_the_same(void **state)
{
	const struct throttle_party who = party("member-test-1");
	const struct throttle_party other = party("member-test-9");
	long tries = 0;

	(void)state;
	put_host_back();
	assert_int_equal(open_parts(), 0);
	state_break(fault("a full disk"), 1);
	while (throttle_reserve(throttle, limits(), &who) == 0) {
		assert_true(++tries < 100);
		assert_int_not_equal(throttle_settle(throttle, limits(), &who,
					 true),
		    0);
	}
	assert_int_equal(tries, limits()->lock_threshold - THROTTLE_RESERVE);
	state_heal();
	/* Space again: the next attempt of anybody writes what is owed. */
	assert_int_equal(throttle_reserve(throttle, limits(), &other), 0);
	assert_int_equal(throttle_settle(throttle, limits(), &other, false), 0);
	close_parts();
	assert_int_equal(open_parts(), 0);
	assert_int_equal(throttle_check(throttle, limits(), &who), -EAGAIN);
	assert_int_equal(throttle_check(throttle, limits(), &other), 0);
}

/* Nobody was told that she is gone: the sweep sees it. */
static void
sessions_of_who_is_gone_are_found(void **state)
{
	struct login_asker who = asker;
	char id[LOGIN_ID_SIZE];
	struct sync_result result;
	struct crew *crew = NULL;

	(void)state;
	put_host_back();
	say_what_stytch_says();
	assert_int_equal(open_parts(), 0);
	assert_int_equal(grant("carol", id), 0);
	who.user = "carol";
	who.id = id;
	assert_int_equal(logins_redeem(logins, &who), 0);
	store_flush(store);
	assert_int_equal(logins_count(logins), 2);
	assert_int_equal(directory_sync(directory, false, NULL, &result),
	    STYTCH_OK);
	assert_int_equal(result.removed, 1);
	assert_int_equal(crew_new(&crew), 0);
	assert_int_equal(logins_start(logins, crew), 0);
	/* Alice's is hers; Stytch knows carol's no more, so that it goes. */
	while (logins_count(logins) > 1)
		(void)sched_yield();
	logins_stop(logins);
	assert_int_equal(crew_wait(crew, directory_now_ms() + 20000), 0);
	crew_free(&crew);
	assert_int_equal(find_session(), TOLD_DONE);
}

static int
refuse(struct sqlite3 *database, void *context)
{
	(void)context;
	return store_script(database, "SELECT 1") != 0 ? -ENOMEM : -ECANCELED;
}

static int
agree(struct sqlite3 *database, void *context)
{
	(void)context;
	return store_script(database, "SELECT 1");
}

/* Whoever comes next must not find the connection in a transaction. */
static void
a_rollback_that_fails_is_made_up_for(void **state)
{
	static int (*const writes[])(struct store * store,
	    store_function * function,
	    void *context) = { store_write, store_write_unflushed, store_read };
	bool struck = true;
	unsigned nth;

	(void)state;
	put_host_back();
	assert_int_equal(open_parts(), 0);
	for (nth = 1; struck; nth++) {
		struck = false;
		for (size_t i = 0; i < ARRAY_LEN(writes); i++) {
			state_break(fault("SQLite out of memory"), nth);
			assert_int_not_equal(writes[i](store, refuse, NULL), 0);
			struck = struck || state_is_broken();
			state_heal();
			for (size_t j = 0; j < ARRAY_LEN(writes); j++)
				if (writes[j](store, agree, NULL) != 0)
					fail_msg("call %u: %zu after %zu", nth,
					    j, i);
		}
	}
	assert_true(nth > 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_state_that_fails_is_the_old_or_the_new, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    failures_that_cannot_be_written_count_all_the_same, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    sessions_of_who_is_gone_are_found, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_rollback_that_fails_is_made_up_for, setup, teardown),
	};

	state_faults_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
