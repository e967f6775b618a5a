/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "stytchctl/command.h"

#include "ctl_agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char out[65536];
static char err[65536];

static int
run(const char *words)
{
	return ctl_agent_run(NULL, words, out, err, sizeof(out));
}

/* What is wrong on the command line is said, and nothing is asked. */
static void
wrong_arguments_are_usage_errors(void **state)
{
	static const struct {
		const char *words;
		const char *says;
	} rows[] = {
		{ "", "no such command" },
		{ "--", "a command is missing" },
		{ "nonsense", "no such command: nonsense" },
		{ "accounts", "no such command: accounts" },
		{ "accounts shw alice", "no such command: accounts shw" },
		{ "list accounts", "no such command: list accounts" },
		{ "accountslist", "no such command: accountslist" },
		{ "account list", "no such command" },
		{ "stat", "no such command" },
		{ "statuss", "no such command" },
		{ "status now", "usage: stytchctl status" },
		{ "accounts list alice", "usage: stytchctl accounts list" },
		{ "accounts show", "usage: stytchctl accounts show USER" },
		{ "accounts show a b", "usage: stytchctl accounts show USER" },
		{ "accounts show ", "empty" },
		{ "locks clear a b", "usage: stytchctl locks clear [NAME]" },
		{ "sync a", "usage: stytchctl sync" },
		{ "sync a b c d e f g h", "too many arguments" },
		{ "login --service sshd", "usage: stytchctl login USER" },
		{ "login alice", "login needs --service NAME" },
		{ "login alice --service", "--service needs NAME" },
		{ "login alice --service=", "--service needs NAME" },
		{ "login alice --service sshd --json",
		    "login takes no --json" },
		{ "login alice --service a --service b",
		    "--service stands twice" },
		{ "status --dry-run", "status takes no --dry-run" },
		{ "status --service sshd", "status takes no --service" },
		{ "status --json=yes", "--json takes no value" },
		{ "status --json --json", "--json stands twice" },
		{ "status --jso", "unknown option --jso" },
		{ "status --jsonn", "unknown option --jsonn" },
		{ "status -j", "unknown option -j" },
		{ "status -", "unknown option -" },
		{ "--dry-run", "a command is missing" },
		{ "status --config", "--config needs FILE" },
		{ "status -- --json", "usage: stytchctl status" },
		{ "status\x1b[2J", "no such command: status?[2J" },
		{ "accounts show a\nb", "control characters" },
		{ "accounts show a\x7f", "control characters" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (run(rows[i].words) != CTL_USAGE ||
		    strstr(err, rows[i].says) == NULL || out[0] != '\0')
			fail_msg("%s: %s%s", rows[i].words, err, out);
		if (strchr(err, '\x1b') != NULL)
			fail_msg("%s: an escape got through", rows[i].words);
	}
}

/* All of these get as far as asking an agent that is not there. */
static void
right_arguments_reach_the_agent(void **state)
{
	static const char *const rows[] = {
		"status",
		"status --json",
		"--json status",
		"sync",
		"sync --dry-run",
		"sync --json --dry-run",
		"--dry-run sync",
		"accounts list",
		"accounts --json list",
		"accounts show alice",
		"accounts show -- -alice",
		"locks list",
		"locks clear",
		"locks clear alice",
		"login alice --service sshd",
		"login --service=sshd alice",
		"--service sshd login alice",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (run(rows[i]) != CTL_UNREACHABLE ||
		    strstr(err, "the agent is not running") == NULL)
			fail_msg("%s: %s", rows[i], err);
}

static void
every_command_has_help(void **state)
{
	size_t count;
	const struct command *commands = command_table(&count);
	char words[128];

	(void)state;
	assert_int_equal(run("--help"), CTL_OK);
	for (size_t i = 0; i < count; i++)
		assert_non_null(strstr(out, commands[i].help));
	for (size_t i = 0; i < count; i++) {
		assert_true(snprintf(words, sizeof(words), "%s --help",
				commands[i].words) < (int)sizeof(words));
		assert_int_equal(run(words), CTL_OK);
		assert_non_null(strstr(out, commands[i].help));
		assert_string_equal(err, "");
	}
	assert_int_equal(run("nonsense --help"), CTL_USAGE);
	assert_int_equal(run("--version"), CTL_OK);
	assert_string_equal(out, "stytchctl " PACKAGE_VERSION "\n");
}

static void
every_row_of_the_tables_is_whole(void **state)
{
	size_t count;
	const struct command *commands = command_table(&count);
	const struct option_row *options;
	unsigned seen = 0;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_non_null(commands[i].run);
		assert_true(commands[i].max_arguments <= CTL_ARGUMENTS_MAX);
		assert_true(
		    commands[i].min_arguments <= commands[i].max_arguments);
		assert_int_equal(commands[i].options & OPTIONS_OF_ALL, 0);
		assert_int_equal(commands[i].run == admin_run,
		    commands[i].verb != NULL);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(commands[i].words,
			    commands[j].words);
	}
	options = command_option_table(&count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(seen & (unsigned)options[i].bit, 0);
		seen |= (unsigned)options[i].bit;
	}
}

/* The page has each command as its synopsis and each option. */
static void
the_manual_page_has_every_command_and_option(void **state)
{
	static char page[65536];
	FILE *file = fopen(TEST_SRCDIR "/stytchctl/stytchctl.8", "re");
	size_t count;
	const struct command *commands = command_table(&count);
	const struct option_row *options;
	char wanted[128];

	(void)state;
	assert_non_null(file);
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	(void)fclose(file);
	for (size_t i = 0; i < count; i++) {
		assert_true(snprintf(wanted, sizeof(wanted), "\n.It Cm %s",
				commands[i].words) < (int)sizeof(wanted));
		if (strstr(page, wanted) == NULL)
			fail_msg("stytchctl(8) lacks %s", commands[i].words);
	}
	options = command_option_table(&count);
	for (size_t i = 0; i < count; i++) {
		assert_true(snprintf(wanted, sizeof(wanted), "\n.It Fl \\-%s",
				options[i].name + 2) < (int)sizeof(wanted));
		if (strstr(page, wanted) == NULL)
			fail_msg("stytchctl(8) lacks %s", options[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_arguments_are_usage_errors),
		cmocka_unit_test(right_arguments_reach_the_agent),
		cmocka_unit_test(every_command_has_help),
		cmocka_unit_test(every_row_of_the_tables_is_whole),
		cmocka_unit_test(the_manual_page_has_every_command_and_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
