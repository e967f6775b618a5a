/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may stand next on stytchctl's command line, from the tables that parse
 * it: the shells' completion functions print nothing of their own.
 */
#include "config.h"

#include "stytchctl/api.h"

#include <string.h>

/* One completion under way. */
struct completion {
	char **words; /* behind "stytchctl" */
	size_t count; /* without the last */
	const char *last;
	FILE *out;
};

static bool
begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static void
offer(const struct completion *completion, const char *word,
    const char *description)
{
	if (begins(word, completion->last))
		(void)fprintf(completion->out, "%s\t%s\n", word, description);
}

static void
offer_files(const struct completion *completion)
{
	(void)fputs("\tfiles\n", completion->out);
}

/* ---- the agent's commands ------------------------------------------------ */

/* Whether the count words so far are how text ("accounts list") begins. */
static bool
matches_words(const char *text, char **words, size_t count, const char **rest)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(words[i]);

		if (strncmp(text, words[i], len) != 0 ||
		    (text[len] != ' ' && text[len] != '\0'))
			return false;
		text += len + (text[len] == ' ');
	}
	*rest = text;
	return true;
}

static void
offer_commands(const struct completion *completion)
{
	size_t count;
	const struct command *commands = command_table(&count);
	char before[64] = "";

	for (size_t i = 0; i < count; i++) {
		const char *rest;
		char word[64];
		size_t len;

		if (!matches_words(commands[i].words, completion->words,
			completion->count, &rest))
			continue;
		len = strcspn(rest, " ");
		if (len == 0 || len >= sizeof(word))
			continue;
		memcpy(word, rest, len);
		word[len] = '\0';
		if (strcmp(word, before) != 0)
			offer(completion, word, commands[i].help);
		memcpy(before, word, sizeof(before));
	}
}

static void
offer_command_options(const struct completion *completion)
{
	size_t count, option_count;
	const struct command *commands = command_table(&count);
	const struct option_row *options = command_option_table(&option_count);

	for (size_t i = 0; i < count; i++) {
		const char *rest;
		size_t words = strchr(commands[i].words, ' ') == NULL ? 1 : 2;

		if (completion->count < words ||
		    !matches_words(commands[i].words, completion->words, words,
			&rest) ||
		    *rest != '\0')
			continue;
		for (size_t j = 0; j < option_count; j++)
			if (((OPTIONS_OF_ALL | commands[i].options) &
				(unsigned)options[j].bit) != 0)
				offer(completion, options[j].name,
				    options[j].help);
	}
}

static void
complete_command(const struct completion *completion)
{
	const char *before = completion->count == 0
	    ? ""
	    : completion->words[completion->count - 1];

	if (strcmp(before, "--config") == 0 ||
	    strcmp(before, "--runtime-dir") == 0)
		offer_files(completion);
	else if (completion->last[0] == '-')
		offer_command_options(completion);
	else
		offer_commands(completion);
}

/* ---- api ----------------------------------------------------------------- */

/* The dotted name of the words behind "api"; options end it. */
static void
read_prefix(const struct completion *completion, char prefix[128],
    const struct endpoint **out_endpoint)
{
	size_t len = 0;

	prefix[0] = '\0';
	for (size_t i = 1;
	     i < completion->count && completion->words[i][0] != '-'; i++) {
		int more = snprintf(prefix + len, 128 - len, "%s%s",
		    len > 0 ? "." : "", completion->words[i]);

		if (more < 0 || (size_t)more >= 128 - len)
			break;
		len += (size_t)more;
	}
	for (char *at = prefix; *at != '\0'; at++)
		if (*at == '-')
			*at = '_';
	*out_endpoint = endpoint_find(prefix);
}

static void
offer_words(const struct completion *completion, const char *prefix)
{
	struct api_word words[API_WORDS_MAX];
	size_t count = api_words(prefix, words);

	for (size_t i = 0; i < count; i++) {
		char text[160];
		const struct endpoint *endpoint = words[i].endpoint;

		if (endpoint != NULL)
			(void)snprintf(text, sizeof(text), "%s %s",
			    endpoint_method_name(endpoint->method),
			    endpoint->path);
		else
			(void)snprintf(text, sizeof(text), "%u endpoints",
			    words[i].below);
		offer(completion, words[i].name, text);
	}
}

static void
offer_options(const struct completion *completion,
    const struct endpoint *endpoint)
{
	const struct endpoint_param *param = endpoint->params;

	for (; param->name != NULL; param++) {
		bool is_secret = (param->flags & ENDPOINT_SECRET) != 0;
		char typed[API_NAME_SIZE];
		char option[API_NAME_SIZE + 8];
		char text[64];

		if (!api_has_option(param))
			continue;
		api_option_name(param, typed);
		(void)snprintf(text, sizeof(text), "%s%s",
		    is_secret ? "secret" : endpoint_type_name(param->type),
		    (param->flags & ENDPOINT_REQUIRED) != 0 ? ", required"
							    : "");
		(void)snprintf(option, sizeof(option), "--%s", typed);
		offer(completion, option, text);
		(void)snprintf(option, sizeof(option), "--%s-file", typed);
		if (is_secret)
			offer(completion, option, text);
	}
	for (const struct api_option *option = api_option_table();
	     option->name != NULL; option++)
		if (api_takes(endpoint, option))
			offer(completion, option->name, option->help);
}

/* Each item of "a|b", with start before it. */
static void
offer_values(const struct completion *completion, const char *start,
    const char *values)
{
	while (values != NULL && *values != '\0') {
		size_t len = strcspn(values, "|");
		char word[256];

		(void)snprintf(word, sizeof(word), "%s%.*s", start, (int)len,
		    values);
		offer(completion, word, "");
		values += len + (values[len] == '|');
	}
}

/* What may stand behind the option called name: false if nothing special. */
static bool
offer_value(const struct completion *completion,
    const struct endpoint *endpoint, const char *name, size_t len,
    const char *start)
{
	const struct endpoint_param *param;
	const char *key = NULL;
	bool is_file = false;

	for (const struct api_option *option = api_option_table();
	     option->name != NULL; option++) {
		if (strlen(option->name) != len + 2 ||
		    strncmp(option->name + 2, name, len) != 0)
			continue;
		if (option->value != NULL && strcmp(option->value, "FILE") == 0)
			offer_files(completion);
		return option->value != NULL;
	}
	param = api_find_param(endpoint, name, len, &key, &is_file);
	if (param == NULL || key != NULL)
		return param != NULL;
	if (is_file)
		offer_files(completion);
	else if (param->type == ENDPOINT_BOOLEAN)
		offer_values(completion, start, "true|false");
	else
		offer_values(completion, start, param->values);
	/* These two may stand alone. */
	return is_file ||
	    (param->type != ENDPOINT_BOOLEAN &&
		(param->flags & ENDPOINT_SECRET) == 0);
}

static void
complete_api(const struct completion *completion)
{
	const struct endpoint *endpoint;
	const char *before = completion->words[completion->count - 1];
	size_t len = strcspn(completion->last, "=");
	char prefix[128];

	read_prefix(completion, prefix, &endpoint);
	if (completion->last[0] == '-' && completion->last[len] == '=' &&
	    endpoint != NULL) {
		char start[API_NAME_SIZE];

		(void)snprintf(start, sizeof(start), "%.*s", (int)(len + 1),
		    completion->last);
		(void)offer_value(completion, endpoint, completion->last + 2,
		    len > 2 ? len - 2 : 0, start);
		return;
	}
	if (endpoint != NULL && begins(before, "--") &&
	    strchr(before, '=') == NULL &&
	    offer_value(completion, endpoint, before + 2, strlen(before + 2),
		""))
		return;
	if (!begins(before, "--"))
		offer_words(completion, prefix);
	if (endpoint != NULL)
		offer_options(completion, endpoint);
	else
		offer(completion, "--help", "Show this help.");
}

enum ctl_exit
complete_main(int argc, char **argv, FILE *out)
{
	static char nothing[] = "";
	struct completion completion = {
		.words = argv + 1,
		.count = argc > 2 ? (size_t)argc - 2 : 0,
		.last = argc > 1 ? argv[argc - 1] : nothing,
		.out = out,
	};

	if (completion.count > 0 && strcmp(completion.words[0], "api") == 0)
		complete_api(&completion);
	else
		complete_command(&completion);
	return CTL_OK;
}
