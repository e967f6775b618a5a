/* SPDX-License-Identifier: BSD-2-Clause */
/* Help of stytchctl api at every level, from the endpoint table. */
#include "config.h"

#include "stytchctl/api.h"

#include <inttypes.h>
#include <string.h>

/* The segment of name behind prefix, as it is typed; false: not under it. */
static bool
next_segment(const char *name, const char *prefix, char out[64],
    const char **out_rest)
{
	size_t len = strlen(prefix);
	size_t word;

	if (strncmp(name, prefix, len) != 0 || (len > 0 && name[len] != '.'))
		return false;
	name += len + (len > 0);
	word = strcspn(name, ".");
	if (word == 0 || word >= 64)
		return false;
	for (size_t i = 0; i < word; i++)
		out[i] = name[i] == '_' ? '-' : name[i];
	out[word] = '\0';
	*out_rest = name + word;
	return true;
}

size_t
api_words(const char *prefix, struct api_word words[API_WORDS_MAX])
{
	size_t count = 0;

	for (unsigned id = 0; id < STYTCH_ENDPOINT_COUNT; id++) {
		const struct endpoint *endpoint =
		    endpoint_get((enum stytch_endpoint)id);
		char word[64];
		const char *rest = NULL;
		size_t i = 0;

		if (!next_segment(endpoint->name, prefix, word, &rest))
			continue;
		while (i < count && strcmp(words[i].name, word) != 0)
			i++;
		if (i == API_WORDS_MAX)
			break;
		if (i == count) {
			words[i] = (struct api_word){ .below = 0 };
			memcpy(words[i].name, word, sizeof(word));
			count++;
		}
		if (*rest == '\0')
			words[i].endpoint = endpoint;
		else
			words[i].below++;
	}
	return count;
}

/* The name of an endpoint or group as it is typed. */
static void
print_words(const char *name, FILE *out)
{
	for (; *name != '\0'; name++)
		(void)fputc(*name == '.' ? ' ' : (*name == '_' ? '-' : *name),
		    out);
}

static void
group_help(const struct api *api, FILE *out)
{
	struct api_word words[API_WORDS_MAX];
	size_t count = api_words(api->prefix, words);

	(void)fputs("usage: stytchctl api ", out);
	print_words(api->prefix, out);
	(void)fprintf(out, "%sCOMMAND [OPTIONS]\n\n",
	    api->prefix[0] != '\0' ? " " : "");
	for (size_t i = 0; i < count; i++) {
		const struct endpoint *endpoint = words[i].endpoint;

		if (endpoint != NULL)
			(void)fprintf(out, "  %-28s %s %s\n", words[i].name,
			    endpoint_method_name(endpoint->method),
			    endpoint->path);
		if (words[i].below > 0)
			(void)fprintf(out, "  %-28s a group of %u\n",
			    words[i].name, words[i].below);
	}
	(void)fputs("\nEach takes --help.  See stytchctl(8).\n", out);
}

/* What may stand behind the option: <string>, <true|false>, <FILE>. */
static void
print_type(const struct endpoint_param *param, FILE *out)
{
	if ((param->flags & ENDPOINT_SECRET) != 0)
		(void)fputs("-file FILE", out);
	else if (param->type == ENDPOINT_BOOLEAN)
		(void)fputs("[=true|false]", out);
	else if (param->type == ENDPOINT_ARRAY &&
	    param->item == ENDPOINT_STRING)
		(void)fputs(" STRING ...", out);
	else if (param->type == ENDPOINT_ARRAY)
		(void)fputs(" JSON ...", out);
	else if (param->type == ENDPOINT_INTEGER)
		(void)fputs(" INTEGER", out);
	else if (param->type == ENDPOINT_STRING)
		(void)fputs(" STRING", out);
	else if (param->type == ENDPOINT_MAP)
		(void)fputs("[.KEY] JSON", out);
	else
		(void)fputs(" JSON", out);
}

/* "label text", each on a line of its own under the option. */
static void
print_fact(FILE *out, const char *label, const char *text)
{
	if (text != NULL)
		(void)fprintf(out, "        %s: %s\n", label, text);
}

static void
print_limits(const struct endpoint_param *param, FILE *out)
{
	if (param->min != 0)
		(void)fprintf(out, "        at least: %" PRId64 "\n",
		    param->min);
	if (param->max != 0)
		(void)fprintf(out, "        at most: %" PRId64 "\n",
		    param->max);
	if (param->min_length != 0)
		(void)fprintf(out, "        characters at least: %zu\n",
		    param->min_length);
	if (param->max_length != 0)
		(void)fprintf(out, "        characters at most: %zu\n",
		    param->max_length);
	if (param->max_keys != 0)
		(void)fprintf(out, "        keys at most: %zu\n",
		    param->max_keys);
	if (param->max_bytes != 0)
		(void)fprintf(out, "        bytes of JSON at most: %zu\n",
		    param->max_bytes);
}

static void
print_facts(const struct endpoint_param *param, FILE *out)
{
	if (param->format != ENDPOINT_FORMAT_NONE)
		print_fact(out, "form", endpoint_format_name(param->format));
	print_limits(param, out);
	print_fact(out,
	    (param->flags & ENDPOINT_ENUM_OPEN) != 0 ? "one of, or another"
						     : "one of",
	    param->values);
	print_fact(out, "keys", param->keys);
	print_fact(out, "pattern", param->pattern);
	print_fact(out, "an id like", param->id_prefix);
	print_fact(out, "or", param->also_accepts);
	print_fact(out, "default", param->fallback);
	print_fact(out, "if absent", param->if_absent);
	print_fact(out, "a member's session needs", param->rbac);
	if ((param->flags & ENDPOINT_NO_MEMBER_SESSION) != 0)
		(void)fputs("        not with a member's session\n", out);
}

static void
print_param(const struct endpoint_param *param, FILE *out)
{
	char name[API_NAME_SIZE];

	if (!api_has_option(param)) {
		/* A member of the items: no option, but worth knowing. */
		(void)fprintf(out, "    %s: %s%s\n", param->name,
		    endpoint_type_name(param->type),
		    (param->flags & ENDPOINT_REQUIRED) != 0 ? ", required"
							    : "");
		print_facts(param, out);
		return;
	}
	api_option_name(param, name);
	(void)fprintf(out, "  --%s", name);
	print_type(param, out);
	(void)fprintf(out, "%s%s\n",
	    (param->flags & ENDPOINT_REQUIRED) != 0 ? "  (required)" : "",
	    (param->flags & ENDPOINT_SECRET) != 0
		? "  (secret: without -file it is asked for)"
		: "");
	print_facts(param, out);
}

static void
endpoint_help(const struct endpoint *endpoint, FILE *out)
{
	(void)fputs("usage: stytchctl api ", out);
	print_words(endpoint->name, out);
	(void)fprintf(out, " [OPTIONS]\n\n%s %s\n",
	    endpoint_method_name(endpoint->method), endpoint->path);
	if (endpoint->rate != 0)
		(void)fprintf(out, "At most %u calls in %u s.\n",
		    endpoint->rate, endpoint->rate_seconds);
	for (const struct endpoint_rule *rule = endpoint->rules;
	     rule->names != NULL; rule++)
		(void)fprintf(out, "Rule: %s %s%s%.0u\n",
		    endpoint_rule_name(rule->kind), rule->names,
		    rule->value != 0 ? " " : "", rule->value);
	if (endpoint->params->name != NULL)
		(void)fputs("\nparameters:\n", out);
	for (const struct endpoint_param *param = endpoint->params;
	     param->name != NULL; param++)
		print_param(param, out);
	if (endpoint->filters->name != NULL)
		(void)fputs("\nfilter_name of query.operands, and what "
			    "filter_value is:\n",
		    out);
	for (const struct endpoint_param *filter = endpoint->filters;
	     filter->name != NULL; filter++)
		(void)fprintf(out, "  %-32s %s\n", filter->name,
		    endpoint_type_name(filter->type));
	(void)fputs("\noptions:\n", out);
	for (const struct api_option *option = api_option_table();
	     option->name != NULL; option++)
		if (api_takes(endpoint, option))
			(void)fprintf(out, "  %s %-*s %s\n", option->name,
			    (int)(32 - strlen(option->name)),
			    option->value != NULL ? option->value : "",
			    option->help);
}

void
api_help(const struct api *api, FILE *out)
{
	if (api->endpoint != NULL)
		endpoint_help(api->endpoint, out);
	else
		group_help(api, out);
	if (api->endpoint != NULL) {
		struct api below = *api;
		struct api_word words[API_WORDS_MAX];

		below.endpoint = NULL;
		if (api_words(api->prefix, words) > 0) {
			(void)fputs("\nThere is more below it:\n\n", out);
			group_help(&below, out);
		}
	}
}
