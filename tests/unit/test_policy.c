/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchd/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EMAIL METHOD_BIT(METHOD_OTP_EMAIL)
#define SMS METHOD_BIT(METHOD_OTP_SMS)
#define TOTP METHOD_BIT(METHOD_TOTP)
#define PASSWORD METHOD_BIT(METHOD_PASSWORD)
#define LINK METHOD_BIT(METHOD_MAGIC_LINK)
#define RECOVERY METHOD_BIT(METHOD_RECOVERY_CODE)
#define MET(factor) (1U << (factor))
#define CONSUMER PROJECT_CONSUMER
#define B2B PROJECT_B2B

/* A service's lines, where a login stands, and what comes next. */
static const struct {
	const char *label;
	const char *service;
	struct progress progress;
	method_set usable;
	enum policy_next next;
	const char *choices;
} cases[] = {
	{ "a consumer begins with the preferred", "methods = totp, otp_email",
	    { .kind = CONSUMER }, EMAIL | TOTP, POLICY_RUN, "totp otp_email" },
	{ "what the person lacks is left out", "methods = totp, otp_email",
	    { .kind = CONSUMER }, EMAIL, POLICY_RUN, "otp_email" },
	{ "what the service does not list is left out", "methods = totp",
	    { .kind = CONSUMER }, EMAIL | TOTP, POLICY_RUN, "totp" },
	{ "nobody without a method begins", "methods = totp",
	    { .kind = CONSUMER }, EMAIL, POLICY_STUCK, "" },
	{ "one factor is enough for one", "methods = totp",
	    { .kind = CONSUMER,
		.has_session = true,
		.met = MET(FACTOR_AUTHENTICATOR),
		.used = TOTP },
	    TOTP, POLICY_MET, "" },
	{ "a factor without a session is not", "methods = totp",
	    { .kind = CONSUMER,
		.met = MET(FACTOR_AUTHENTICATOR),
		.used = TOTP },
	    TOTP, POLICY_STUCK, "" },
	{ "a session without a factor is not", "methods = totp",
	    { .kind = CONSUMER, .has_session = true }, TOTP, POLICY_RUN,
	    "totp" },
	{ "two factors need another one",
	    "methods = otp_email, magic_link, totp\nfactors = 2",
	    { .kind = CONSUMER,
		.has_session = true,
		.met = MET(FACTOR_MAILBOX),
		.used = EMAIL },
	    EMAIL | LINK | TOTP, POLICY_RUN, "totp" },
	{ "the same factor twice is one",
	    "methods = otp_email, magic_link\nfactors = 2",
	    { .kind = CONSUMER,
		.has_session = true,
		.met = MET(FACTOR_MAILBOX),
		.used = EMAIL },
	    EMAIL | LINK, POLICY_STUCK, "" },
	{ "recovery codes are of the authenticator's factor",
	    "methods = totp, recovery_code\nfactors = 2",
	    { .kind = CONSUMER,
		.has_session = true,
		.met = MET(FACTOR_AUTHENTICATOR),
		.used = TOTP },
	    TOTP | RECOVERY, POLICY_STUCK, "" },
	{ "three factors", "methods = password, otp_sms, totp\nfactors = 3",
	    { .kind = CONSUMER,
		.has_session = true,
		.met = MET(FACTOR_KNOWLEDGE) | MET(FACTOR_PHONE),
		.used = PASSWORD | SMS },
	    PASSWORD | SMS | TOTP, POLICY_RUN, "totp" },

	{ "a member begins with a first step", "methods = totp, otp_email",
	    { .kind = B2B }, EMAIL | TOTP, POLICY_RUN, "otp_email" },
	{ "text messages are no first step", "methods = otp_sms",
	    { .kind = B2B }, SMS | EMAIL, POLICY_STUCK, "" },
	{ "the primary step runs for a method that needs a session",
	    "methods = totp\nprimary = password, otp_email", { .kind = B2B },
	    EMAIL | TOTP | PASSWORD, POLICY_RUN, "password otp_email" },
	{ "not where the person could not go on",
	    "methods = totp\n"
	    "primary = otp_email",
	    { .kind = B2B }, EMAIL, POLICY_STUCK, "" },
	{ "no second step as primary", "methods = totp\nprimary = otp_sms",
	    { .kind = B2B }, SMS | TOTP, POLICY_STUCK, "" },
	{ "with a session the second step runs",
	    "methods = totp\n"
	    "primary = otp_email",
	    { .kind = B2B, .has_session = true }, EMAIL | TOTP, POLICY_RUN,
	    "totp" },
	{ "the primary step is no factor of the service's",
	    "methods = totp\nprimary = otp_email",
	    { .kind = B2B, .has_session = true, .used = EMAIL }, EMAIL | TOTP,
	    POLICY_RUN, "totp" },
	{ "a member who met it is through", "methods = otp_email",
	    { .kind = B2B,
		.has_session = true,
		.met = MET(FACTOR_MAILBOX),
		.used = EMAIL },
	    EMAIL, POLICY_MET, "" },
	{ "but not with an intermediate session", "methods = otp_email",
	    { .kind = B2B,
		.has_intermediate = true,
		.owes_mfa = true,
		.mfa_options = TOTP,
		.met = MET(FACTOR_MAILBOX),
		.used = EMAIL },
	    EMAIL | TOTP, POLICY_STUCK, "" },
	{ "the organization's second step comes next",
	    "methods = otp_email, totp, otp_sms",
	    { .kind = B2B,
		.has_intermediate = true,
		.owes_mfa = true,
		.mfa_options = TOTP | SMS,
		.met = MET(FACTOR_MAILBOX),
		.used = EMAIL },
	    EMAIL | TOTP | SMS, POLICY_RUN, "totp otp_sms" },
	{ "only by what the organization takes",
	    "methods = otp_email, totp, otp_sms",
	    { .kind = B2B,
		.has_intermediate = true,
		.owes_mfa = true,
		.mfa_options = SMS,
		.met = MET(FACTOR_MAILBOX),
		.used = EMAIL },
	    EMAIL | TOTP | SMS, POLICY_RUN, "otp_sms" },
	{ "who must enrol first is stuck", "methods = otp_email, totp",
	    { .kind = B2B,
		.has_intermediate = true,
		.owes_mfa = true,
		.met = MET(FACTOR_MAILBOX),
		.used = EMAIL },
	    EMAIL, POLICY_STUCK, "" },
	{ "another first step where it is owed",
	    "methods = otp_email\nprimary = password",
	    { .kind = B2B,
		.has_intermediate = true,
		.owes_primary = true,
		.primary_allowed = PASSWORD | EMAIL,
		.met = MET(FACTOR_MAILBOX),
		.used = EMAIL },
	    EMAIL | PASSWORD, POLICY_RUN, "password" },
	{ "not by a method that is not allowed there",
	    "methods = otp_email, password",
	    { .kind = B2B,
		.has_intermediate = true,
		.owes_primary = true,
		.primary_allowed = EMAIL,
		.met = MET(FACTOR_MAILBOX),
		.used = EMAIL },
	    EMAIL | PASSWORD, POLICY_STUCK, "" },
};

static struct configuration *
parse_service(const char *lines)
{
	struct configuration *configuration = NULL;
	struct configuration_error error = { "" };
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "[stytch]\nkind = consumer\nproject_id = project-test-x\n"
	    "[service sshd]\n%s\n",
	    lines);
	if (configuration_parse("test", text, strlen(text), &configuration,
		&error) != 0)
		fail_msg("%s", error.text);
	return configuration;
}

static void
the_table_of_what_is_owed_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct configuration *configuration =
		    parse_service(cases[i].service);
		struct choices choices;
		char got[256] = "";

		assert_int_equal(
		    policy_next(configuration_service(configuration, "sshd"),
			&cases[i].progress, cases[i].usable, &choices),
		    cases[i].next);
		for (unsigned j = 0; j < choices.count; j++) {
			size_t len = strlen(got);

			(void)snprintf(got + len, sizeof(got) - len, "%s%s",
			    j == 0 ? "" : " ",
			    method_get(choices.methods[j])->name);
		}
		if (strcmp(got, cases[i].choices) != 0)
			fail_msg("%s: %s", cases[i].label, got);
		configuration_unref(&configuration);
	}
}

static void
no_progress_without_a_session_is_ever_met(void **state)
{
	struct configuration *configuration =
	    parse_service("methods = otp_email, otp_sms, totp, password");

	(void)state;
	for (unsigned bits = 0; bits < 1U << 9; bits++) {
		const struct progress progress = {
			.kind =
			    (bits & 1) != 0 ? PROJECT_B2B : PROJECT_CONSUMER,
			.has_intermediate = (bits & 2) != 0,
			.owes_mfa = (bits & 4) != 0,
			.owes_primary = (bits & 8) != 0,
			.met = bits >> 4 & 15,
			.used = METHOD_ALL,
			.mfa_options = METHOD_ALL,
			.primary_allowed = METHOD_ALL,
		};
		struct progress open = progress;
		struct choices choices;

		assert_int_not_equal(
		    policy_next(configuration_service(configuration, "sshd"),
			&progress, METHOD_ALL, &choices),
		    POLICY_MET);
		open.has_session = true;
		if (progress.has_intermediate || progress.met == 0)
			assert_int_not_equal(
			    policy_next(configuration_service(configuration,
					    "sshd"),
				&open, METHOD_ALL, &choices),
			    POLICY_MET);
	}
	configuration_unref(&configuration);
}

static const struct {
	const char *label;
	const char *service;
	bool is_allowed;
} lists[] = {
	{ "no lists let everybody in", "enabled = yes", true },
	{ "a service that is off lets nobody in", "enabled = no", false },
	{ "off beats a list", "enabled = no\nallow_users = alice", false },
	{ "by name", "allow_users = bob, alice", true },
	{ "by another name", "allow_users = bob", false },
	{ "by a name that begins alike", "allow_users = alic, alices", false },
	{ "by group", "allow_groups = stytch-admins", true },
	{ "by another group", "allow_groups = stytch-admin", false },
	{ "either is enough", "allow_users = bob\nallow_groups = stytch-admins",
	    true },
	{ "neither", "allow_users = bob\nallow_groups = wheel", false },
};

static void
the_lists_of_a_service_hold(void **state)
{
	char name[] = "alice", group[] = "stytch-admins";
	char *groups[] = { group };
	uint32_t gids[] = { 1879050100 };
	struct account account = { .name = name,
		.gids = gids,
		.group_names = groups,
		.group_count = 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct configuration *configuration =
		    parse_service(lists[i].service);

		if (policy_allows(configuration_service(configuration, "sshd"),
			&account) != lists[i].is_allowed)
			fail_msg("%s", lists[i].label);
		configuration_unref(&configuration);
	}
}

static void
only_a_listed_method_counts_as_a_factor(void **state)
{
	struct configuration *configuration =
	    parse_service("methods = totp\nprimary = otp_email");
	const struct configuration_service *service =
	    configuration_service(configuration, "sshd");
	struct progress progress = { .kind = PROJECT_B2B };

	(void)state;
	policy_note(service, &progress, METHOD_OTP_EMAIL);
	assert_int_equal(progress.met, 0);
	assert_int_equal(progress.used, EMAIL);
	policy_note(service, &progress, METHOD_TOTP);
	assert_int_equal(progress.met, MET(FACTOR_AUTHENTICATOR));
	configuration_unref(&configuration);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_of_what_is_owed_holds),
		cmocka_unit_test(no_progress_without_a_session_is_ever_met),
		cmocka_unit_test(the_lists_of_a_service_hold),
		cmocka_unit_test(only_a_listed_method_counts_as_a_factor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
