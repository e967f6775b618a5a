/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/directory_fixture.h"

#include <errno.h>

/* ---- finding ------------------------------------------------------------- */

static void
first_visit_asks_once_and_shows_in_the_overlay(void **state)
{
	(void)state;
	start(CONSUMER_START);
	fake_say("user alice", STYTCH_OK, USER("1", "alice", ""));
	assert_false(map_has("/accounts.map", "alice"));
	assert_int_equal(find("alice"), DIRECTORY_FOUND);
	assert_int_equal(fake_asked, 1);
	assert_true(map_has("/accounts.new.map", "alice"));
	assert_false(map_has("/accounts.map", "alice"));
	assert_int_equal(find("alice"), DIRECTORY_FOUND);
	assert_int_equal(fake_asked, 1);
	assert_true(directory_name_is_given(directory, "alice"));
	assert_false(directory_name_is_given(directory, "bob"));
	/* A restart has everybody in the base. */
	directory_close(&directory);
	start(CONSUMER_START);
	assert_true(map_has("/accounts.map", "alice"));
	assert_false(map_has("/accounts.new.map", "alice"));
	assert_int_equal(find("alice"), DIRECTORY_FOUND);
	assert_int_equal(fake_asked, 1);
}

static void
names_that_cannot_be_are_absent_unasked(void **state)
{
	static const char *const names[] = { "", "Alice", "root", "pi",
		"docker", "a/b", "..", "alice@x.example", "1", "sudo", "a b",
		"abcdefghijklmnopqrstuvwxyz0123456" };

	(void)state;
	start(CONSUMER_START);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (find(names[i]) != DIRECTORY_ABSENT)
			fail_msg("not absent: %s", names[i]);
	assert_int_equal(fake_asked, 0);
	directory_close(&directory);
	start("[stytch]\nkind = consumer\nproject_id = project-test-1\n");
	assert_int_equal(find("alice"), DIRECTORY_ABSENT);
	assert_int_equal(fake_asked, 0);
}

static void
absent_name_is_remembered(void **state)
{
	(void)state;
	start(CONSUMER_START);
	assert_int_equal(find("nobody-here"), DIRECTORY_ABSENT);
	assert_int_equal(find("nobody-here"), DIRECTORY_ABSENT);
	assert_int_equal(fake_asked, 1);
	directory_configure(directory, configuration);
	assert_int_equal(find("nobody-here"), DIRECTORY_ABSENT);
	assert_int_equal(fake_asked, 2);
}

static void
failure_is_unavailable_and_not_remembered(void **state)
{
	static const enum stytch_class classes[] = { STYTCH_REJECTED,
		STYTCH_EXPIRED, STYTCH_THROTTLED, STYTCH_LOCKED, STYTCH_DENIED,
		STYTCH_MISCONFIGURED, STYTCH_UNAVAILABLE, STYTCH_PROTOCOL };

	(void)state;
	start(CONSUMER_START);
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		fake_reset();
		fake_say("user alice", classes[i], NULL);
		assert_int_equal(find("alice"), DIRECTORY_UNAVAILABLE);
		assert_int_equal(find("alice"), DIRECTORY_UNAVAILABLE);
		assert_int_equal(fake_asked, 2);
	}
}

static void
answer_about_somebody_else_makes_no_account(void **state)
{
	static const char *const answers[] = {
		USER("1", "bob", ""),
		"{\"user_id\":\"user-test-1\",\"status\":\"active\"}",
		"{\"user_id\":\"\",\"external_id\":\"alice\"}",
		"{\"user\":{\"user_id\":\"user-test-1\"}}",
		"[]",
		"{}",
		MEMBER("1", "1", "alice", ""),
	};

	(void)state;
	start(CONSUMER_START);
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		fake_reset();
		fake_say("user alice", STYTCH_OK, answers[i]);
		if (find("alice") != DIRECTORY_UNAVAILABLE)
			fail_msg("believed: %s", answers[i]);
	}
	assert_false(directory_name_is_given(directory, "alice"));
}

static void
person_with_another_name_is_not_who_was_looked_for(void **state)
{
	(void)state;
	start(CONSUMER_START);
	fake_say("user alice", STYTCH_OK,
	    USER("1", "alice",
		"\"trusted_metadata\":{\"unix\":{\"username\":\"root2\"}},"));
	assert_int_equal(find("alice"), DIRECTORY_ABSENT);
	assert_false(directory_name_is_given(directory, "root2"));
}

static void
taken_name_is_absent_for_the_second_claimant(void **state)
{
	(void)state;
	start(CONSUMER_START);
	fake_say("user alice", STYTCH_OK, USER("1", "alice", ""));
	assert_int_equal(find("alice"), DIRECTORY_FOUND);
	{
		CLEANUP(account_free) struct account *alice = NULL;

		assert_int_equal(directory_known(directory, "alice", &alice),
		    DIRECTORY_FOUND);
		assert_int_equal(directory_refresh(directory, &alice),
		    STYTCH_NOT_FOUND);
		assert_non_null(alice);
	}
	fake_reset();
	fake_say("user alice", STYTCH_OK, USER("2", "alice", ""));
	assert_int_equal(find("alice"), DIRECTORY_ABSENT);
	assert_true(directory_name_is_given(directory, "alice"));
}

static void
questions_of_a_minute_are_limited(void **state)
{
	char name[32];
	unsigned unavailable = 0;

	(void)state;
	start(CONSUMER_START "lookup_per_minute = 10\n");
	for (unsigned i = 0; i < 30; i++) {
		(void)snprintf(name, sizeof(name), "user%u", i);
		if (find(name) == DIRECTORY_UNAVAILABLE)
			unavailable++;
	}
	assert_in_range(fake_asked, 10, 12);
	assert_int_equal(fake_asked + unavailable, 30);
}

static void
member_is_found_in_the_first_organization_that_has_it(void **state)
{
	CLEANUP(account_free) struct account *bob = NULL;

	(void)state;
	start("[stytch]\nkind = b2b\nproject_id = project-test-1\n"
	      "organizations = organization-test-1, organization-test-2\n");
	fake_say("member organization-test-2 bob", STYTCH_OK,
	    GOT(MEMBER("2", "2", "bob", "")));
	fake_say("member organization-test-1 eve", STYTCH_OK,
	    GOT(MEMBER("2", "3", "eve", "")));
	fake_say("member organization-test-1 mallory", STYTCH_UNAVAILABLE,
	    NULL);
	fake_say("member organization-test-2 mallory", STYTCH_OK,
	    GOT(MEMBER("2", "4", "mallory", "")));
	assert_int_equal(find("bob"), DIRECTORY_FOUND);
	assert_int_equal(fake_asked, 2);
	/* A member of another organization than was asked. */
	assert_int_equal(find("eve"), DIRECTORY_UNAVAILABLE);
	/* The first may have the person whose name it is. */
	assert_int_equal(find("mallory"), DIRECTORY_UNAVAILABLE);
	assert_int_equal(directory_known(directory, "bob", &bob),
	    DIRECTORY_FOUND);
	assert_string_equal(bob->person->organization, "organization-test-2");
	assert_true(account_in_group(bob, "stytch-acme"));
}

static void
member_is_found_by_verified_address_of_a_listed_domain(void **state)
{
	(void)state;
	start(B2B_START "[accounts]\nname_from = email\n"
			"allow_self_asserted_names = yes\n"
			"email_domains = x.example, y.example\n");
	fake_say("email organization-test-1 bob@y.example", STYTCH_OK,
	    GOT(MEMBER("1", "1", "",
		"\"email_address\":\"Bob@y.example\","
		"\"email_address_verified\":true,")));
	fake_say("email organization-test-1 eve@x.example", STYTCH_OK,
	    GOT(MEMBER("1", "2", "",
		"\"email_address\":\"eve@x.example\","
		"\"email_address_verified\":false,")));
	fake_say("email organization-test-1 mal@x.example", STYTCH_OK,
	    GOT(MEMBER("1", "3", "",
		"\"email_address\":\"other@x.example\","
		"\"email_address_verified\":true,")));
	assert_int_equal(find("bob"), DIRECTORY_FOUND);
	assert_int_equal(find("eve"), DIRECTORY_ABSENT);
	assert_int_equal(find("mal"), DIRECTORY_UNAVAILABLE);
}

static void *
find_alice(void *argument)
{
	(void)argument;
	return find("alice") == DIRECTORY_FOUND ? NULL : directory;
}

static void
many_who_ask_for_one_name_ask_once(void **state)
{
	pthread_t threads[8];
	void *failed;

	(void)state;
	start(CONSUMER_START);
	fake_say("user alice", STYTCH_OK, USER("1", "alice", ""));
	(void)pthread_mutex_lock(&fake_gate);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, find_alice,
				     NULL),
		    0);
	while (fake_asked == 0)
		(void)sched_yield();
	(void)pthread_mutex_unlock(&fake_gate);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(fake_asked, 1);
}

/* ---- known people -------------------------------------------------------- */

static void
refresh_takes_what_stytch_says_now(void **state)
{
	CLEANUP(account_free) struct account *alice = NULL;

	(void)state;
	start(CONSUMER_START);
	fake_say("user alice", STYTCH_OK, USER("1", "alice", ""));
	assert_int_equal(find("alice"), DIRECTORY_FOUND);
	fake_say("user user-test-1", STYTCH_OK,
	    USER("1", "alice", "\"is_locked\":true,\"roles\":[\"ops\"],"));
	assert_int_equal(directory_known(directory, "alice", &alice),
	    DIRECTORY_FOUND);
	assert_int_equal(directory_refresh(directory, &alice), STYTCH_OK);
	assert_true(alice->person->locked);
	assert_true(account_in_group(alice, "stytch-ops"));
}

static void
refresh_with_anothers_answer_changes_nothing(void **state)
{
	CLEANUP(account_free) struct account *alice = NULL;

	(void)state;
	start(CONSUMER_START);
	fake_say("user alice", STYTCH_OK, USER("1", "alice", ""));
	assert_int_equal(find("alice"), DIRECTORY_FOUND);
	fake_say("user user-test-1", STYTCH_OK, USER("2", "alice", ""));
	assert_int_equal(directory_known(directory, "alice", &alice),
	    DIRECTORY_FOUND);
	assert_int_equal(directory_refresh(directory, &alice), STYTCH_PROTOCOL);
	assert_string_equal(alice->person->identity, "user-test-1");
	assert_int_equal(find("alice"), DIRECTORY_FOUND);
}

static void
admitted_answer_shows_at_once_and_is_kept(void **state)
{
	CLEANUP(json_free)
	cJSON *fresh = cJSON_Parse(
	    USER("1", "alice", "\"name\":{\"first_name\":\"Alice\"},"));
	CLEANUP(json_free) cJSON *other = cJSON_Parse(USER("2", "alice", ""));
	CLEANUP(json_free) cJSON *none = cJSON_Parse("{}");
	CLEANUP(account_free) struct account *alice = NULL;

	(void)state;
	start(CONSUMER_START);
	fake_say("user alice", STYTCH_OK, USER("1", "alice", ""));
	assert_int_equal(directory_find(directory, "alice", &alice),
	    DIRECTORY_FOUND);
	assert_int_equal(directory_admit(directory, other, &alice), -EINVAL);
	assert_int_equal(directory_admit(directory, none, &alice), -EPROTO);
	assert_string_equal(alice->gecos, "");
	assert_int_equal(directory_admit(directory, fresh, &alice), 0);
	assert_string_equal(alice->gecos, "Alice");
	store_flush(store);
	account_free(&alice);
	assert_int_equal(directory_known(directory, "alice", &alice),
	    DIRECTORY_FOUND);
	assert_string_equal(alice->gecos, "Alice");
}

static void
observing_a_stranger_makes_nobody(void **state)
{
	CLEANUP(json_free)
	cJSON *stranger = cJSON_Parse(USER("9", "mallory", ""));
	CLEANUP(account_free) struct account *account = NULL;

	(void)state;
	start(CONSUMER_START);
	directory_observe(directory, stranger);
	store_flush(store);
	assert_int_equal(directory_known(directory, "mallory", &account),
	    DIRECTORY_ABSENT);
	assert_false(directory_name_is_given(directory, "mallory"));
}

/* ---- failures ------------------------------------------------------------------ */

static void
memory_that_runs_out_anywhere_is_unavailable_never_absent(void **state)
{
	enum directory_answer answer = DIRECTORY_UNAVAILABLE;
	unsigned n;

	(void)state;
	start(CONSUMER_START "lookup_per_minute = 100000\n");
	fake_say("user alice", STYTCH_OK, USER("1", "alice", ""));
	for (n = 1; n < 3000 && answer != DIRECTORY_FOUND; n++) {
		CLEANUP(account_free) struct account *account = NULL;

		failing_at = n;
		answer = directory_find(directory, "alice", &account);
		failing_at = 0;
		assert_int_not_equal(answer, DIRECTORY_ABSENT);
	}
	assert_int_equal(answer, DIRECTORY_FOUND);
	assert_true(n > 20);
}

static void
local_files_that_cannot_be_read_stop_everything(void **state)
{
	struct sync_result result;

	(void)state;
	start(CONSUMER_START);
	fake_say("user alice", STYTCH_OK, USER("1", "alice", ""));
	assert_int_equal(unlink(host_path("/etc/passwd")), 0);
	assert_int_equal(find("alice"), DIRECTORY_UNAVAILABLE);
	assert_int_equal(sync_people(false, &result), STYTCH_UNAVAILABLE);
	assert_int_equal(fake_asked, 0);
}

int
main(void)
{
	/* clang-format off */
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(first_visit_asks_once_and_shows_in_the_overlay),
		TEST(names_that_cannot_be_are_absent_unasked),
		TEST(absent_name_is_remembered),
		TEST(failure_is_unavailable_and_not_remembered),
		TEST(answer_about_somebody_else_makes_no_account),
		TEST(person_with_another_name_is_not_who_was_looked_for),
		TEST(taken_name_is_absent_for_the_second_claimant),
		TEST(questions_of_a_minute_are_limited),
		TEST(member_is_found_in_the_first_organization_that_has_it),
		TEST(member_is_found_by_verified_address_of_a_listed_domain),
		TEST(many_who_ask_for_one_name_ask_once),
		TEST(refresh_takes_what_stytch_says_now),
		TEST(refresh_with_anothers_answer_changes_nothing),
		TEST(admitted_answer_shows_at_once_and_is_kept),
		TEST(observing_a_stranger_makes_nobody),
		TEST(memory_that_runs_out_anywhere_is_unavailable_never_absent),
		TEST(local_files_that_cannot_be_read_stop_everything),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
