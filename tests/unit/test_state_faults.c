/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The n-th call under the state fails, in every way that it can, n counting up
 * until nothing fails any more.  Whatever the agent was doing, the state that is
 * opened afterwards is the one before or the one after, whole; what was
 * acknowledged is in it; and who asks is told "not now", never something else.
 */
#include "config.h"

#include "nss_stytch/map_load.h"
#include "tests/unit/state_deeds.h"

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

static void
cleared_locks_owe_nothing(void **state)
{
	static const char *const subjects[] = { NULL, "member-test-1",
		"192.0.2.7" };
	const struct throttle_party who = party("member-test-1");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(subjects); i++) {
		put_host_back();
		assert_int_equal(open_parts(), 0);
		state_break(fault("a full disk"), 1);
		while (throttle_reserve(throttle, limits(), &who) == 0)
			assert_int_not_equal(throttle_settle(throttle, limits(),
						 &who, true),
			    0);
		/* What cannot be cleared is not. */
		assert_true(throttle_clear(throttle, NULL) < 0);
		state_heal();
		assert_int_equal(throttle_check(throttle, limits(), &who),
		    -EAGAIN);
		assert_true(throttle_clear(throttle, "somebody-else") == 0);
		assert_int_equal(throttle_check(throttle, limits(), &who),
		    -EAGAIN);
		assert_true(throttle_clear(throttle, subjects[i]) >= 0);
		assert_int_equal(throttle_check(throttle, limits(), &who), 0);
		close_parts();
	}
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
		cmocka_unit_test_setup_teardown(cleared_locks_owe_nothing,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    sessions_of_who_is_gone_are_found, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_rollback_that_fails_is_made_up_for, setup, teardown),
	};

	state_faults_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
