/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands and options of stytchctl: tables, parsing, help. */
#include "config.h"

#include "stytchctl/command.h"

#include "common/buf.h"
#include "stytchd/configuration.h"

#include <stdarg.h>
#include <string.h>

/* clang-format off */
static const struct command commands[] = {
	{ .words = "status", .arguments = "", .options = OPTION_JSON,
	  .verb = "status", .one_row = true, .run = admin_run,
	  .help = "Show what the agent is doing." },
	{ .words = "check", .arguments = "", .options = OPTION_JSON,
	  .run = check_run,
	  .help = "Check configuration, credentials, files, agent, NSS and PAM." },
	{ .words = "sync", .arguments = "", .options = OPTION_JSON | OPTION_DRY_RUN,
	  .verb = "sync", .run = admin_run,
	  .help = "Read the people from Stytch now." },
	{ .words = "accounts list", .arguments = "", .options = OPTION_JSON,
	  .verb = "accounts-list", .run = admin_run,
	  .help = "List the accounts." },
	{ .words = "accounts show", .arguments = "USER",
	  .min_arguments = 1, .max_arguments = 1, .options = OPTION_JSON,
	  .verb = "accounts-show", .one_row = true, .run = admin_run,
	  .help = "Show one account and who owns it." },
	{ .words = "login", .arguments = "USER", .min_arguments = 1,
	  .max_arguments = 1, .options = OPTION_SERVICE, .run = login_run,
	  .help = "Try a login in this terminal, without PAM." },
	{ .words = "locks list", .arguments = "", .options = OPTION_JSON,
	  .verb = "locks-list", .run = admin_run,
	  .help = "List the counts of failures that throttle logins." },
	{ .words = "locks clear", .arguments = "[NAME]", .max_arguments = 1,
	  .options = OPTION_JSON, .verb = "locks-clear", .run = admin_run,
	  .help = "Forget the failures of one name, or all." },
	{ .words = "limits write", .arguments = "", .run = limits_run,
	  .help = "Write /etc/stytch/nss.limits from the configuration." },
	{ .words = "api", .arguments = "GROUP... VERB [--PARAMETER VALUE]...",
	  .run = api_misplaced,
	  .help = "Call an endpoint of the Stytch API; api --help lists them." },
};

static const struct option_row options[] = {
	{ "--help", NULL, OPTION_HELP, "Show this help." },
	{ "--version", NULL, OPTION_VERSION, "Show the version." },
	{ "--config", "FILE", OPTION_CONFIG, "Configuration instead of /etc/stytch/stytch.conf." },
	{ "--runtime-dir", "DIR", OPTION_RUNTIME_DIR, "Folder of the agent's sockets instead of the configuration's." },
	{ "--json", NULL, OPTION_JSON, "Print JSON instead of a table." },
	{ "--dry-run", NULL, OPTION_DRY_RUN, "Show what would change, and change nothing." },
	{ "--service", "NAME", OPTION_SERVICE, "Service whose policy applies. Required." },
};
/* clang-format on */

const struct command *
command_table(size_t *out_count)
{
	*out_count = ARRAY_LEN(commands);
	return commands;
}

const struct option_row *
command_option_table(size_t *out_count)
{
	*out_count = ARRAY_LEN(options);
	return options;
}

/* Whether words is the command "first" or "first second". */
static bool
words_are(const char *words, const char *first, const char *second)
{
	size_t len = strlen(first);

	if (strncmp(words, first, len) != 0)
		return false;
	if (second == NULL)
		return words[len] == '\0';
	return words[len] == ' ' && strcmp(words + len + 1, second) == 0;
}

/* The command of the first one or two words; how many in *out_used. */
static const struct command *
find_command(const char *const *words, size_t count, size_t *out_used)
{
	for (size_t i = 0; i < ARRAY_LEN(commands) && count > 0; i++) {
		*out_used = 1;
		if (words_are(commands[i].words, words[0], NULL))
			return &commands[i];
		*out_used = 2;
		if (count > 1 &&
		    words_are(commands[i].words, words[0], words[1]))
			return &commands[i];
	}
	return NULL;
}

static const struct option_row *
find_option(const char *argument)
{
	size_t len = strcspn(argument, "=");

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (strlen(options[i].name) == len &&
		    strncmp(options[i].name, argument, len) == 0)
			return &options[i];
	return NULL;
}

enum ctl_exit
ctl_complain(FILE *err, const char *format, va_list arguments)
{
	CLEANUP(buf_clear) struct buf line = BUF_INIT(4096);
	char text[1024];
	int len = vsnprintf(text, sizeof(text), format, arguments);

	if (len < 0)
		text[0] = '\0';
	buf_add_clean(&line, text, sizeof(text) - 1);
	(void)fprintf(err, "stytchctl: %s\n", buf_text(&line));
	return CTL_USAGE;
}

static enum ctl_exit PRINTF_LIKE(2, 3)
    complain(const struct ctl *ctl, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)ctl_complain(ctl->err, format, arguments);
	va_end(arguments);
	(void)fprintf(ctl->err, "stytchctl --help shows the commands.\n");
	return CTL_USAGE;
}

static void
set_value(struct ctl *ctl, enum option_bit bit, const char *value)
{
	switch (bit) {
	case OPTION_CONFIG:
		ctl->config = value;
		break;
	case OPTION_RUNTIME_DIR:
		ctl->runtime_dir = value;
		break;
	case OPTION_SERVICE:
		ctl->service = value;
		break;
	case OPTION_HELP:
	case OPTION_VERSION:
	case OPTION_JSON:
	case OPTION_DRY_RUN:
		break;
	}
}

/* argv[*i] begins with a dash; *i is left at its last word. */
static enum ctl_exit
parse_option(struct ctl *ctl, int argc, char **argv, int *i)
{
	const struct option_row *option = find_option(argv[*i]);
	const char *value = strchr(argv[*i], '=');

	if (option == NULL)
		return complain(ctl, "unknown option %s", argv[*i]);
	if ((ctl->options & (unsigned)option->bit) != 0)
		return complain(ctl, "%s stands twice", option->name);
	ctl->options |= (unsigned)option->bit;
	if (option->value == NULL) {
		if (value != NULL)
			return complain(ctl, "%s takes no value", option->name);
		return CTL_OK;
	}
	if (value != NULL) {
		value++;
	} else if (*i + 1 < argc) {
		*i += 1;
		value = argv[*i];
	}
	if (value == NULL || *value == '\0')
		return complain(ctl, "%s needs %s", option->name,
		    option->value);
	set_value(ctl, option->bit, value);
	return CTL_OK;
}

/* A newline would be the end of an argument on the wire. */
static bool
is_plain(const char *argument)
{
	if (*argument == '\0')
		return false;
	for (; *argument != '\0'; argument++)
		if ((unsigned char)*argument < 0x20 || *argument == 0x7f)
			return false;
	return true;
}

/* The words that are no options: the command, then its arguments. */
static enum ctl_exit
take_words(struct ctl *ctl, const char *const *words, size_t count)
{
	const struct command *command;
	size_t used = 0;

	command = find_command(words, count, &used);
	if (command == NULL && count > 0)
		return complain(ctl, "no such command: %s%s%s", words[0],
		    count > 1 ? " " : "", count > 1 ? words[1] : "");
	ctl->command = command;
	if (command == NULL || (ctl->options & OPTION_HELP) != 0)
		return CTL_OK;
	count -= used;
	if (count < command->min_arguments || count > command->max_arguments)
		return complain(ctl, "usage: stytchctl %s%s%s", command->words,
		    *command->arguments != '\0' ? " " : "", command->arguments);
	for (size_t i = 0; i < count; i++) {
		if (!is_plain(words[used + i]))
			return complain(ctl,
			    "an argument is empty or holds "
			    "control characters");
		ctl->arguments[i] = words[used + i];
	}
	ctl->argument_count = count;
	return CTL_OK;
}

/* Options that the command does not take, or lacks. */
static enum ctl_exit
check_options(const struct ctl *ctl)
{
	unsigned allowed = OPTIONS_OF_ALL | ctl->command->options;

	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if ((ctl->options & (unsigned)options[i].bit & ~allowed) != 0)
			return complain(ctl, "%s takes no %s",
			    ctl->command->words, options[i].name);
	if ((ctl->command->options & OPTION_SERVICE) != 0 &&
	    ctl->service == NULL)
		return complain(ctl, "%s needs --service NAME",
		    ctl->command->words);
	return CTL_OK;
}

enum ctl_exit
command_parse(int argc, char **argv, struct ctl *out_ctl)
{
	const char *words[2 + CTL_ARGUMENTS_MAX + 1];
	size_t count = 0;
	bool only_words = false;
	enum ctl_exit result = CTL_OK;

	for (int i = 1; i < argc && result == CTL_OK; i++) {
		if (!only_words && strcmp(argv[i], "--") == 0)
			only_words = true;
		else if (!only_words && argv[i][0] == '-')
			result = parse_option(out_ctl, argc, argv, &i);
		else if (count < ARRAY_LEN(words))
			words[count++] = argv[i];
		else
			return complain(out_ctl, "too many arguments");
	}
	if (result == CTL_OK)
		result = take_words(out_ctl, words, count);
	if (result != CTL_OK ||
	    (out_ctl->options & (OPTION_HELP | OPTION_VERSION)) != 0)
		return result;
	if (out_ctl->command == NULL)
		return complain(out_ctl, "a command is missing");
	return check_options(out_ctl);
}

static void
help_options(unsigned bits, FILE *out)
{
	(void)fputs("\noptions:\n", out);
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if ((bits & (unsigned)options[i].bit) != 0)
			(void)fprintf(out, "  %s %-*s %s\n", options[i].name,
			    (int)(18 - strlen(options[i].name)),
			    options[i].value != NULL ? options[i].value : "",
			    options[i].help);
}

void
command_help(const struct command *command, FILE *out)
{
	if (command != NULL) {
		(void)fprintf(out, "usage: stytchctl %s [OPTIONS]%s%s\n\n%s\n",
		    command->words, *command->arguments != '\0' ? " " : "",
		    command->arguments, command->help);
		help_options(OPTIONS_OF_ALL | command->options, out);
		return;
	}
	(void)fputs("usage: stytchctl COMMAND [OPTIONS] [ARGUMENTS]\n\n", out);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		(void)fprintf(out, "  %s %-*s %s\n", commands[i].words,
		    (int)(20 - strlen(commands[i].words)),
		    commands[i].arguments, commands[i].help);
	help_options(OPTIONS_OF_ALL, out);
	(void)fputs(
	    "\nexit: 0 done, 1 refused, 2 wrong arguments, 3 unreachable\n",
	    out);
}

/* Whatever was printed must have arrived. */
static enum ctl_exit
flush(const struct ctl *ctl, enum ctl_exit result)
{
	if (fflush(ctl->out) != 0 || ferror(ctl->out) != 0) {
		(void)fputs("stytchctl: cannot write the output\n", ctl->err);
		return result == CTL_OK ? CTL_REFUSED : result;
	}
	return result;
}

enum ctl_exit
command_main(int argc, char **argv, FILE *out, FILE *err)
{
	struct ctl ctl = { .config = CONFIGURATION_PATH,
		.out = out,
		.err = err };
	enum ctl_exit result;

	/* Their words and options are not in the tables here. */
	if (argc > 1 && strcmp(argv[1], "api") == 0)
		return flush(&ctl, api_main(argc - 1, argv + 1, out, err));
	if (argc > 1 && strcmp(argv[1], "complete") == 0)
		return flush(&ctl, complete_main(argc - 1, argv + 1, out));
	result = command_parse(argc, argv, &ctl);
	if (result != CTL_OK)
		return result;
	if ((ctl.options & OPTION_VERSION) != 0)
		(void)fputs("stytchctl " PACKAGE_VERSION "\n", out);
	else if ((ctl.options & OPTION_HELP) != 0)
		command_help(ctl.command, out);
	else
		result = ctl.command->run(&ctl);
	return flush(&ctl, result);
}
