/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/decoy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define NAMES 200
#define BULLETS "\u2022\u2022\u2022"

static char folder[64], private_dir[80], key_path[96];
static struct keyring *keyring;
static struct decoys *decoys;

static int
start(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/stytch-decoy-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(private_dir, sizeof(private_dir), "%s/private", folder);
	(void)snprintf(key_path, sizeof(key_path), "%s/seal.key", private_dir);
	assert_int_equal(mkdir(private_dir, 0700), 0);
	assert_int_equal(keyring_open(folder, &keyring), 0);
	assert_int_equal(decoys_new(keyring, &decoys), 0);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	decoys_free(&decoys);
	keyring_close(&keyring);
	(void)unlink(key_path);
	(void)rmdir(private_dir);
	(void)rmdir(folder);
	return 0;
}

static struct configuration *
parse_methods(const char *methods)
{
	struct configuration *configuration = NULL;
	struct configuration_error error = { "" };
	char text[512];

	(void)snprintf(text, sizeof(text),
	    "[stytch]\nkind = consumer\nproject_id = project-test-x\n"
	    "[service *]\nmethods = %s\n",
	    methods);
	assert_int_equal(configuration_parse("test", text, strlen(text),
			     &configuration, &error),
	    0);
	return configuration;
}

static struct decoy
make(enum project_kind kind, const char *methods, const char *name)
{
	struct configuration *configuration = parse_methods(methods);
	struct decoy decoy;

	memset(&decoy, 0, sizeof(decoy));
	assert_int_equal(decoy_make(decoys, kind,
			     configuration_service(configuration, "sshd"), name,
			     &decoy),
	    0);
	configuration_unref(&configuration);
	return decoy;
}

static const struct {
	const char *value;
	const char *mask;
} masks[] = {
	{ "alice@example.com", "a" BULLETS "@example.com" },
	{ "A@example.com", "A" BULLETS "@example.com" },
	{ "@example.com", BULLETS "@example.com" },
	{ "\xc3\xa4@example.com", BULLETS "@example.com" },
	{ "a@b@example.com", "a" BULLETS "@example.com" },
	{ "a@ex\033[31mample.com", "a" BULLETS "@ex?[31mample.com" },
	{ "+12025550142", BULLETS "42" },
	{ "1234", BULLETS },
	{ "", BULLETS },
};

static void
masks_tell_their_owner_and_nobody_else(void **state)
{
	char mask[MASK_SIZE], value[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
		mask_contact(masks[i].value, mask);
		assert_string_equal(mask, masks[i].mask);
	}
	memset(value, 'a', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	value[1] = '@';
	mask_contact(value, mask);
	assert_true(strlen(mask) < MASK_SIZE);
}

static void
the_same_name_has_the_same_decoy(void **state)
{
	struct decoy one, two;

	(void)state;
	decoys_note_domain(decoys, "x@example.com");
	one = make(PROJECT_CONSUMER, "otp_email, otp_sms, totp", "bob");
	decoys_free(&decoys);
	keyring_close(&keyring);
	assert_int_equal(keyring_open(folder, &keyring), 0);
	assert_int_equal(decoys_new(keyring, &decoys), 0);
	decoys_note_domain(decoys, "x@example.com");
	two = make(PROJECT_CONSUMER, "otp_email, otp_sms, totp", "bob");
	assert_string_equal(one.email, two.email);
	assert_string_equal(one.phone, two.phone);
	assert_int_equal(one.usable, two.usable);
}

static void
names_differ_in_what_they_show(void **state)
{
	unsigned same_methods = 0, same_phone = 0;
	struct decoy first;

	(void)state;
	first = make(PROJECT_CONSUMER, "otp_email, otp_sms, totp", "name-0");
	for (int i = 1; i < NAMES; i++) {
		struct decoy decoy;
		char name[32];

		(void)snprintf(name, sizeof(name), "name-%d", i);
		decoy =
		    make(PROJECT_CONSUMER, "otp_email, otp_sms, totp", name);
		same_methods += decoy.usable == first.usable;
		same_phone += strcmp(decoy.phone, first.phone) == 0;
	}
	assert_true(same_methods < NAMES / 2);
	assert_true(same_phone < NAMES / 10);
}

static void
another_hosts_decoys_are_others(void **state)
{
	char phones[2][NAMES][MASK_SIZE];
	unsigned same = 0;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < NAMES; i++) {
			struct decoy decoy;
			char name[32];

			(void)snprintf(name, sizeof(name), "name-%d", i);
			decoy = make(PROJECT_CONSUMER, "otp_sms", name);
			memcpy(phones[round][i], decoy.phone, MASK_SIZE);
		}
		decoys_free(&decoys);
		keyring_close(&keyring);
		assert_int_equal(unlink(key_path), 0);
		assert_int_equal(keyring_open(folder, &keyring), 0);
		assert_int_equal(decoys_new(keyring, &decoys), 0);
	}
	for (int i = 0; i < NAMES; i++)
		same += strcmp(phones[0][i], phones[1][i]) == 0;
	assert_true(same < NAMES / 10);
}

static void
decoys_borrow_domains_of_real_people(void **state)
{
	unsigned at_example = 0, at_acme = 0;

	(void)state;
	decoys_note_domain(decoys, "x@example.com");
	decoys_note_domain(decoys, "y@acme.test");
	decoys_note_domain(decoys, "no address");
	decoys_note_domain(decoys, "nothing@");
	for (int i = 0; i < NAMES; i++) {
		struct decoy decoy;
		char name[32];

		(void)snprintf(name, sizeof(name), "name-%d", i);
		decoy = make(PROJECT_CONSUMER, "otp_email", name);
		at_example += strstr(decoy.email, "@example.com") != NULL;
		at_acme += strstr(decoy.email, "@acme.test") != NULL;
	}
	assert_int_equal(at_example + at_acme, NAMES);
	assert_true(at_example > NAMES / 5 && at_acme > NAMES / 5);
}

static void
a_new_domain_moves_names_to_itself_alone(void **state)
{
	char before[NAMES][MASK_SIZE];
	unsigned moved = 0;

	(void)state;
	decoys_note_domain(decoys, "x@a.test");
	decoys_note_domain(decoys, "x@b.test");
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < NAMES; i++) {
			struct decoy decoy;
			char name[32];

			(void)snprintf(name, sizeof(name), "name-%d", i);
			decoy = make(PROJECT_CONSUMER, "otp_email", name);
			if (round == 0) {
				memcpy(before[i], decoy.email, MASK_SIZE);
			} else if (strcmp(before[i], decoy.email) != 0) {
				moved++;
				assert_non_null(strstr(decoy.email, "@c.test"));
			}
		}
		decoys_note_domain(decoys, "x@c.test");
	}
	assert_true(moved > 0 && moved < NAMES * 2 / 3);
}

static void
every_decoy_can_begin(void **state)
{
	static const char *const services[] = { "otp_email", "totp",
		"recovery_code", "otp_email, totp", "magic_link, password" };

	(void)state;
	for (size_t s = 0; s < ARRAY_LEN(services); s++)
		for (int i = 0; i < NAMES; i++) {
			struct configuration *configuration =
			    parse_methods(services[s]);
			const struct progress nothing = {
				.kind = PROJECT_CONSUMER
			};
			struct choices choices;
			struct decoy decoy;
			char name[32];

			(void)snprintf(name, sizeof(name), "name-%d", i);
			decoy = make(PROJECT_CONSUMER, services[s], name);
			assert_int_equal(policy_next(configuration_service(
							 configuration, "sshd"),
					     &nothing, decoy.usable, &choices),
			    POLICY_RUN);
			configuration_unref(&configuration);
		}
}

static void
a_members_decoy_has_no_method_of_consumers(void **state)
{
	(void)state;
	for (int i = 0; i < NAMES; i++) {
		struct decoy decoy;
		char name[32];

		(void)snprintf(name, sizeof(name), "name-%d", i);
		decoy = make(PROJECT_B2B, "otp_email, otp_whatsapp", name);
		assert_int_equal(decoy.usable & METHOD_BIT(METHOD_OTP_WHATSAPP),
		    0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(masks_tell_their_owner_and_nobody_else),
		TEST(the_same_name_has_the_same_decoy),
		TEST(names_differ_in_what_they_show),
		TEST(another_hosts_decoys_are_others),
		TEST(decoys_borrow_domains_of_real_people),
		TEST(a_new_domain_moves_names_to_itself_alone),
		TEST(every_decoy_can_begin),
		TEST(a_members_decoy_has_no_method_of_consumers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
