/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints what is derived from options.def, at build time: the sample
 * stytch.conf, or the list of options of stytch.conf(5).
 */
#include "config.h"

#include "common/attr.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 76

struct option {
	const char *section;
	const char *key;
	const char *type;
	const char *fallback;
	long long min;
	long long max;
	const char *values;
	const char *help;
};

/* clang-format off */
static const struct option options[] = {
#define OPTION(section, key, type, fallback, min, max, values, help) \
	{ #section, #key, #type, fallback, min, max, values, help },
#include "conf/options.def"
#undef OPTION
};

static const struct {
	const char *name;
	const char *heading; /* as it stands in the file */
	const char *help;
} sections[] = {
	{ "stytch", "[stytch]", "The project, the way to it, and the agent's own limits." },
	{ "accounts", "[accounts]", "Who becomes an account, and what it looks like." },
	{ "groups", "[groups]", "Groups of the host made from Stytch." },
	{ "service", "[service *]", "The policy of PAM services. A [service NAME] of its own changes it for one; what it does not say comes from [service *]." },
};

/* What the sample says without a '#', so that it is a whole file. */
static const struct {
	const char *key;
	const char *value;
} said[] = {
	{ "kind", "consumer" },
	{ "project_id", "project-test-00000000-0000-0000-0000-000000000000" },
};
/* clang-format on */

static bool
is_type(const struct option *option, const char *type)
{
	return strcmp(option->type, type) == 0;
}

static bool
is_required(const struct option *option)
{
	return strcmp(option->values, "REQUIRED") == 0 ||
	    strcmp(option->key, "kind") == 0;
}

/* A duration in the largest unit that it fills. */
static void
print_duration(long long ms)
{
	static const struct {
		const char *name;
		long long ms;
	} units[] = { { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 },
		{ "s", 1000 }, { "ms", 1 } };

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (ms % units[i].ms == 0 && (ms != 0 || units[i].ms == 1000)) {
			printf("%lld%s", ms / units[i].ms, units[i].name);
			return;
		}
}

/* Of an ENUM or a LIST: how many, and of what. */
static void
print_choice(const struct option *option)
{
	if (is_type(option, "LIST"))
		printf("a list of at most %lld%s", option->max,
		    option->values[0] == '\0' ? "" : " of ");
	else
		printf("one of ");
	for (const char *c = option->values; *c != '\0'; c++) {
		if (*c == '|')
			printf(", ");
		else
			putchar(*c);
	}
}

/* What may stand there, in words. */
static void
print_values(const struct option *option)
{
	if (is_type(option, "BOOL")) {
		printf("yes or no");
	} else if (is_type(option, "INT")) {
		printf("a number from %lld to %lld", option->min, option->max);
	} else if (is_type(option, "DURATION")) {
		printf("a duration from ");
		print_duration(option->min);
		printf(" to ");
		print_duration(option->max);
	} else if (is_type(option, "RANGE")) {
		printf("a range A-B within %lld-%lld", option->min,
		    option->max);
	} else if (is_type(option, "PATH")) {
		printf("an absolute path");
	} else if (is_type(option, "URL")) {
		printf("a URL");
	} else if (is_type(option, "TEXT")) {
		printf("a text of at most %lld bytes", option->max);
	} else {
		print_choice(option);
	}
}

/* Text as comment lines. */
static void
print_comment(const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (column > 0 && column + 1 + word > COLUMNS) {
			putchar('\n');
			column = 0;
		}
		printf("%s%.*s", column == 0 ? "# " : " ", (int)word, text);
		column += word + (column == 0 ? 2 : 1);
		text += word;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void
print_sample_option(const struct option *option)
{
	putchar('\n');
	print_comment(option->help);
	printf("# (");
	print_values(option);
	printf(")\n");
	for (size_t i = 0; i < ARRAY_LEN(said); i++)
		if (strcmp(option->key, said[i].key) == 0) {
			printf("%s = %s\n", option->key, said[i].value);
			return;
		}
	printf("#%s =%s%s\n", option->key,
	    option->fallback[0] == '\0' ? "" : " ", option->fallback);
}

static void
print_sample(void)
{
	printf("# stytch.conf - logins and accounts from Stytch; see "
	       "stytch.conf(5)\n"
	       "#\n"
	       "# Every key with its default. kind and project_id must be "
	       "said; for b2b also\n"
	       "# organizations. Check with: stytchd --check-config\n");
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		printf("\n");
		print_comment(sections[i].help);
		printf("%s\n", sections[i].heading);
		for (size_t j = 0; j < ARRAY_LEN(options); j++)
			if (strcmp(options[j].section, sections[i].name) == 0)
				print_sample_option(&options[j]);
	}
}

/* Text as mdoc: a sentence a line, what troff would read is escaped. */
static void
print_mdoc_text(const char *text)
{
	bool starts = true;

	for (; *text != '\0'; text++) {
		if (starts && (*text == '.' || *text == '\''))
			printf("\\&");
		starts = false;
		if (*text == '\\') {
			printf("\\e");
		} else if (text[0] == '.' && text[1] == ' ') {
			printf(".\n");
			text++;
			starts = true;
		} else {
			putchar(*text);
		}
	}
	putchar('\n');
}

static void
print_mdoc_option(const struct option *option)
{
	printf(".It Cm %s\n", option->key);
	print_mdoc_text(option->help);
	printf("The value is ");
	print_values(option);
	if (is_required(option))
		printf("; it is required.\n");
	else if (option->fallback[0] == '\0')
		printf("; unset by default.\n");
	else
		printf("; the default is\n.Ql %s .\n", option->fallback);
}

static void
print_mdoc(void)
{
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		printf(".Ss %s\n", sections[i].heading);
		print_mdoc_text(sections[i].help);
		printf(".Bl -tag -width Ds\n");
		for (size_t j = 0; j < ARRAY_LEN(options); j++)
			if (strcmp(options[j].section, sections[i].name) == 0)
				print_mdoc_option(&options[j]);
		printf(".El\n");
	}
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "sample") == 0) {
		print_sample();
	} else if (argc == 2 && strcmp(argv[1], "mdoc") == 0) {
		print_mdoc();
	} else {
		(void)fprintf(stderr, "usage: print-options sample|mdoc\n");
		return 2;
	}
	return fflush(stdout) != 0 || ferror(stdout) != 0;
}
