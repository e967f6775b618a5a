/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/throttle.h"

#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define REMOTE "192.0.2.7"

static const struct configuration_stytch limits = {
	.lock_threshold = 10,
	.lock_window = 3600000,
	.failures_per_rhost = 30,
	.sms_per_day = 3,
	.resend_after = 60000,
};

static char folder[64];
static struct store *store;
static struct keyring *keyring;
static struct throttle *throttle;

static void
open_all(void)
{
	assert_int_equal(store_open(folder, &store), 0);
	assert_int_equal(keyring_open(folder, &keyring), 0);
	assert_int_equal(throttle_open(store, keyring, &throttle), 0);
}

static void
close_all(void)
{
	throttle_close(&throttle);
	store_close(&store);
	keyring_close(&keyring);
}

static int
start(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/stytch-throttle-XXXXXX");
	assert_non_null(mkdtemp(folder));
	open_all();
	return 0;
}

static int
remove_entry(const char *path, const struct stat *status, int type,
    struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
end(void **state)
{
	(void)state;
	close_all();
	(void)nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static struct throttle_party
party(const char *identity, const char *name, const char *rhost)
{
	struct throttle_party made;

	memset(&made, 0, sizeof(made));
	assert_int_equal(throttle_party(throttle, identity, name, rhost, &made),
	    0);
	return made;
}

static bool
is_held(const struct throttle_party *who)
{
	return throttle_check(throttle, &limits, who) == -EAGAIN;
}

static void
fail_times(const struct throttle_party *who, int times)
{
	for (int i = 0; i < times; i++) {
		assert_int_equal(throttle_reserve(throttle, &limits, who), 0);
		assert_int_equal(throttle_settle(throttle, &limits, who, true),
		    0);
	}
}

/* Make every row as old as if time had passed. */
static int
age_rows(struct sqlite3 *database, void *context)
{
	char sql[160];

	(void)snprintf(sql, sizeof(sql),
	    "UPDATE throttle SET first_at = first_at - %d,"
	    " last_at = last_at - %d",
	    *(int *)context, *(int *)context);
	return store_script(database, sql);
}

static void
pass_seconds(int seconds)
{
	store_flush(store);
	assert_int_equal(store_write(store, age_rows, &seconds), 0);
}

static void
remote_failures_stop_before_the_console_does(void **state)
{
	struct throttle_party remote = party("user-a", "a", REMOTE);
	struct throttle_party console = party("user-a", "a", NULL);

	(void)state;
	fail_times(&remote, 7);
	assert_true(is_held(&remote));
	assert_int_equal(throttle_reserve(throttle, &limits, &remote), -EAGAIN);
	assert_false(is_held(&console));
	fail_times(&console, 3);
	assert_true(is_held(&console));
	assert_int_equal(throttle_reserve(throttle, &limits, &console),
	    -EAGAIN);
}

static void
many_at_once_stay_within_the_limit(void **state)
{
	struct throttle_party remote = party("user-a", "a", REMOTE);
	int taken = 0;

	(void)state;
	while (throttle_reserve(throttle, &limits, &remote) == 0)
		taken++;
	assert_int_equal(taken, 7);
	assert_int_equal(throttle_settle(throttle, &limits, &remote, false), 0);
	assert_int_equal(throttle_reserve(throttle, &limits, &remote), 0);
	assert_int_equal(throttle_settle(throttle, &limits, &remote, true), 0);
	assert_int_equal(throttle_reserve(throttle, &limits, &remote), -EAGAIN);
	for (int i = 0; i < 6; i++)
		assert_int_equal(throttle_settle(throttle, &limits, &remote,
				     false),
		    0);
	fail_times(&remote, 6);
	assert_true(is_held(&remote));
}

static void
counts_outlive_a_restart(void **state)
{
	struct throttle_party remote = party("user-a", "a", REMOTE);
	struct throttle_party nobody = party(NULL, "nobody", REMOTE);

	(void)state;
	fail_times(&remote, 7);
	fail_times(&nobody, 7);
	close_all();
	open_all();
	nobody = party(NULL, "nobody", REMOTE);
	assert_true(is_held(&remote));
	assert_true(is_held(&nobody));
}

static void
counts_run_out_after_the_window(void **state)
{
	struct throttle_party remote = party("user-a", "a", REMOTE);

	(void)state;
	fail_times(&remote, 7);
	pass_seconds(3599);
	assert_true(is_held(&remote));
	pass_seconds(2);
	assert_false(is_held(&remote));
	/* And begin at one. */
	fail_times(&remote, 6);
	assert_false(is_held(&remote));
	fail_times(&remote, 1);
	assert_true(is_held(&remote));
}

static void
a_success_clears_the_identity_and_not_the_host(void **state)
{
	struct throttle_party remote = party("user-a", "a", REMOTE);

	(void)state;
	for (int i = 0; i < 5; i++) {
		fail_times(&remote, 6);
		throttle_succeeded(throttle, &remote);
		store_flush(store);
		if (i < 4)
			assert_false(is_held(&remote));
	}
	assert_true(is_held(&remote));
}

/* Remote hosts that are one source, and such as are two. */
static const struct {
	const char *a;
	const char *b;
	bool is_same;
} sources[] = {
	{ "192.0.2.7", "192.0.2.7", true },
	{ "192.0.2.7", "192.0.2.8", false },
	{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
	{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
	{ "2001:db8:1:2::1", "2001:0DB8:0001:0002::2", true },
	{ "fe80::1%eth0", "fe80::2%eth1", true },
	{ "::ffff:192.0.2.7", "::ffff:192.0.2.8", false },
	{ "host.example", "other.example", false },
};

static void
one_customer_is_one_source(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		struct throttle_party a = party("x", "x", sources[i].a);
		struct throttle_party b = party("x", "x", sources[i].b);

		if ((strcmp(a.source, b.source) == 0) != sources[i].is_same)
			fail_msg("%s and %s", sources[i].a, sources[i].b);
	}
}

static void
nobodys_name_is_not_in_the_state(void **state)
{
	struct throttle_party nobody =
	    party(NULL, "a-mistyped-password", REMOTE);

	(void)state;
	assert_null(strstr(nobody.subject, "mistyped"));
	assert_false(nobody.is_known);
}

static enum throttle_sending
send_code(const char *identity, const char *method, bool is_text, int64_t *at)
{
	const struct throttle_code code = { identity, method, is_text };

	return throttle_send(throttle, &limits, &code, at);
}

static void
a_live_code_is_not_sent_twice(void **state)
{
	int64_t first = 0, again = 0;

	(void)state;
	assert_int_equal(send_code("user-a", "otp_email", false, &first),
	    THROTTLE_SEND);
	assert_int_equal(send_code("user-a", "otp_email", false, &again),
	    THROTTLE_LIVE);
	assert_int_equal(first, again);
	/* Another's, or by another method, is another code. */
	assert_int_equal(send_code("user-b", "otp_email", false, &again),
	    THROTTLE_SEND);
	assert_int_equal(send_code("user-a", "otp_sms", true, &again),
	    THROTTLE_SEND);
	pass_seconds(59);
	assert_int_equal(send_code("user-a", "otp_email", false, &again),
	    THROTTLE_LIVE);
	pass_seconds(2);
	assert_int_equal(send_code("user-a", "otp_email", false, &again),
	    THROTTLE_SEND);
	throttle_spent(throttle, "user-a", "otp_email");
	assert_int_equal(send_code("user-a", "otp_email", false, &again),
	    THROTTLE_SEND);
	throttle_sent(throttle, "user-c", "otp_sms");
	assert_int_equal(send_code("user-c", "otp_sms", true, &again),
	    THROTTLE_LIVE);
}

static void
text_messages_of_a_day_are_counted(void **state)
{
	int64_t at;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(send_code("user-a",
				     i % 2 == 0 ? "otp_sms" : "otp_whatsapp",
				     true, &at),
		    THROTTLE_SEND);
		throttle_spent(throttle, "user-a", "otp_sms");
		throttle_spent(throttle, "user-a", "otp_whatsapp");
	}
	assert_int_equal(send_code("user-a", "otp_sms", true, &at),
	    THROTTLE_HELD);
	assert_int_equal(send_code("user-a", "otp_email", false, &at),
	    THROTTLE_SEND);
	assert_int_equal(send_code("user-b", "otp_sms", true, &at),
	    THROTTLE_SEND);
	pass_seconds(86400);
	assert_int_equal(send_code("user-a", "otp_sms", true, &at),
	    THROTTLE_SEND);
}

static void *
send_once(void *context)
{
	int64_t at;

	if (send_code("user-a", "otp_email", false, &at) == THROTTLE_SEND)
		(void)atomic_fetch_add((atomic_int *)context, 1);
	return NULL;
}

static void
two_conversations_never_both_send(void **state)
{
	pthread_t threads[8];
	atomic_int sends = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, send_once,
				     &sends),
		    0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(sends, 1);
}

static bool
note_row(void *context, const struct throttle_row *row)
{
	char *text = context;
	size_t len = strlen(text);

	(void)snprintf(text + len, 512 - len, "%s %s %d %d\n", row->kind,
	    strcmp(row->kind, "name") == 0 ? "-" : row->subject,
	    (int)row->failures, row->is_held);
	return true;
}

static void
an_administrator_sees_and_clears_counts(void **state)
{
	struct throttle_party a = party("user-a", "a", REMOTE);
	struct throttle_party nobody = party(NULL, "nobody", REMOTE);
	char text[512] = "";

	(void)state;
	fail_times(&a, 7);
	fail_times(&nobody, 2);
	assert_int_equal(throttle_each(throttle, &limits, note_row, text), 0);
	assert_string_equal(text,
	    "identity user-a 7 1\nname - 2 0\nrhost " REMOTE " 9 0\n");
	assert_int_equal(throttle_clear(throttle, "user-b"), 0);
	assert_int_equal(throttle_clear(throttle, "user-a"), 1);
	assert_false(is_held(&a));
	assert_int_equal(throttle_clear(throttle, "nobody"), 1);
	assert_int_equal(throttle_clear(throttle, NULL), 1);
	text[0] = '\0';
	assert_int_equal(throttle_each(throttle, &limits, note_row, text), 0);
	assert_string_equal(text, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(remote_failures_stop_before_the_console_does),
		TEST(many_at_once_stay_within_the_limit),
		TEST(counts_outlive_a_restart),
		TEST(counts_run_out_after_the_window),
		TEST(a_success_clears_the_identity_and_not_the_host),
		TEST(one_customer_is_one_source),
		TEST(nobodys_name_is_not_in_the_state),
		TEST(a_live_code_is_not_sent_twice),
		TEST(text_messages_of_a_day_are_counted),
		TEST(two_conversations_never_both_send),
		TEST(an_administrator_sees_and_clears_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
