/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an agent does to its state, deed by deed: each tells whether it is done,
 * and checks that what it is told is true or "not now".
 */
#ifndef TESTS_UNIT_STATE_DEEDS_H
#define TESTS_UNIT_STATE_DEEDS_H

#include "tests/unit/fake_stytch.h"
#include "tests/unit/state_fixture.h"

#include <errno.h>

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

#endif
