/* SPDX-License-Identifier: BSD-2-Clause */
/* The words and options of stytchctl api, read against the endpoint table. */
#include "config.h"

#include "stytchctl/api.h"

#include "common/buf.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#define FILE_SUFFIX "-file"

/* clang-format off */
static const struct api_option options[] = {
	{ "--help", NULL, API_HELP, "Show this help." },
	{ "--body", "FILE", API_BODY, "The request's body, a JSON object, from a file or - (standard input)." },
	{ "--json", NULL, API_JSON, "Print JSON; so it is where the output is no terminal." },
	{ "--table", NULL, API_TABLE, "Print for people; so it is on a terminal." },
	{ "--all", NULL, API_ALL, "Read every page of the search." },
	{ "--dry-run", NULL, API_DRY_RUN, "Print the request, secrets masked, and send nothing." },
	{ "--member-session-token", NULL, API_SESSION_TOKEN, "Run with a member's permissions; the token is asked for." },
	{ "--member-session-token-file", "FILE", API_SESSION_TOKEN, "The same from a file or -." },
	{ "--member-session-jwt", NULL, API_SESSION_JWT, "Run with a member's permissions; the JWT is asked for." },
	{ "--member-session-jwt-file", "FILE", API_SESSION_JWT, "The same from a file or -." },
	{ "--config", "FILE", API_CONFIG, "Configuration with the project, instead of /etc/stytch/stytch.conf." },
	{ "--project-id", "ID", API_PROJECT_ID, "Another project than the configuration's." },
	{ "--secret-file", "FILE", API_SECRET_FILE, "Its secret from a file or -; without it, it is asked for." },
	{ "--base-url", "URL", API_BASE_URL, "Where its API is, instead of Stytch's own." },
	{ "--ca-file", "FILE", API_CA_FILE, "Certificates instead of the system's." },
	{ NULL, NULL, 0, NULL },
};
/* clang-format on */

const struct api_option *
api_option_table(void)
{
	return options;
}

enum ctl_exit
api_complain(const struct api *api, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)ctl_complain(api->err, format, arguments);
	va_end(arguments);
	return CTL_USAGE;
}

bool
api_takes(const struct endpoint *endpoint, const struct api_option *option)
{
	switch (option->bit) {
	case API_ALL:
		return endpoint_param(endpoint, "cursor") != NULL;
	case API_BODY:
		return endpoint->method == ENDPOINT_POST ||
		    endpoint->method == ENDPOINT_PUT;
	case API_SESSION_TOKEN:
	case API_SESSION_JWT:
		return (endpoint->flags & ENDPOINT_MEMBER_SESSION) != 0;
	case API_HELP:
	case API_CONFIG:
	case API_PROJECT_ID:
	case API_SECRET_FILE:
	case API_BASE_URL:
	case API_CA_FILE:
	case API_JSON:
	case API_TABLE:
	case API_DRY_RUN:
		break;
	}
	return true;
}

bool
api_has_option(const struct endpoint_param *param)
{
	return strchr(param->name, '[') == NULL;
}

static const struct api_option *
find_option(const char *name, size_t len)
{
	for (const struct api_option *option = options; option->name != NULL;
	     option++)
		if (strlen(option->name) - 2 == len &&
		    strncmp(option->name + 2, name, len) == 0)
			return option;
	return NULL;
}

void
api_option_name(const struct endpoint_param *param, char name[API_NAME_SIZE])
{
	const char *suffix =
	    (param->flags & ENDPOINT_SECRET) != 0 ? FILE_SUFFIX : "";
	char full[API_NAME_SIZE];
	int len = snprintf(name, API_NAME_SIZE, "%s", param->name);
	int full_len;

	for (char *at = name; *at != '\0'; at++)
		if (*at == '_')
			*at = '-';
	full_len = snprintf(full, sizeof(full), "%s%s", name, suffix);
	if (len < 0 || full_len < 0 ||
	    (find_option(name, strlen(name)) == NULL &&
		find_option(full, strlen(full)) == NULL))
		return;
	(void)snprintf(full, sizeof(full), "%s",
	    endpoint_where_name(param->where));
	(void)snprintf(full + strlen(full), sizeof(full) - strlen(full),
	    ".%.*s", API_NAME_SIZE / 2, name);
	(void)snprintf(name, API_NAME_SIZE, "%s", full);
}

/* Whether the len bytes at text are name, dashes being underscores. */
static bool
is_name(const char *name, const char *text, size_t len)
{
	if (strlen(name) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] != text[i] &&
		    !((name[i] == '_' || name[i] == '-') &&
			(text[i] == '_' || text[i] == '-')))
			return false;
	return true;
}

const struct endpoint_param *
api_find_param(const struct endpoint *endpoint, const char *name, size_t len,
    const char **out_key, bool *out_file)
{
	size_t suffix = sizeof(FILE_SUFFIX) - 1;
	const struct endpoint_param *param = endpoint->params;
	char typed[API_NAME_SIZE];

	for (; param->name != NULL; param++) {
		bool is_secret = (param->flags & ENDPOINT_SECRET) != 0;
		size_t head;

		if (!api_has_option(param))
			continue;
		*out_key = NULL;
		*out_file = false;
		api_option_name(param, typed);
		if (is_name(typed, name, len))
			return param;
		head = strlen(typed);
		*out_file = true;
		if (is_secret && len == head + suffix &&
		    is_name(typed, name, head) &&
		    is_name(FILE_SUFFIX, name + head, suffix))
			return param;
		*out_file = false;
		*out_key = name + head + 1;
		if (param->type == ENDPOINT_MAP && len > head + 1 &&
		    name[head] == '.' && is_name(typed, name, head))
			return param;
	}
	return NULL;
}

/* Keep the value of an option of ours. */
static enum ctl_exit
take_option(struct api *api, const struct api_option *option, const char *value)
{
	unsigned before = api->options;

	api->options |= (unsigned)option->bit;
	if ((before & (unsigned)option->bit) != 0)
		return api_complain(api, "%s stands twice", option->name);
	switch (option->bit) {
	case API_CONFIG:
		api->config = value;
		break;
	case API_PROJECT_ID:
		api->project_id = value;
		break;
	case API_SECRET_FILE:
		api->secret_file = value;
		break;
	case API_BASE_URL:
		api->base_url = value;
		break;
	case API_CA_FILE:
		api->ca_file = value;
		break;
	case API_BODY:
		api->body = value;
		break;
	case API_SESSION_TOKEN:
	case API_SESSION_JWT:
		api->member_session = value == NULL ? API_ASK : value;
		break;
	case API_HELP:
	case API_JSON:
	case API_TABLE:
	case API_ALL:
	case API_DRY_RUN:
		break;
	}
	return CTL_OK;
}

/* The option under way: its name, and what stands behind it. */
struct argument {
	char **argv;
	int argc, at;
	const char *name;  /* without dashes */
	size_t len;        /* of the name */
	const char *value; /* behind '=', or NULL */
};

/* The word behind the option, if it is no option itself; else NULL. */
static const char *
next_word(const struct argument *argument)
{
	if (argument->at + 1 >= argument->argc ||
	    strncmp(argument->argv[argument->at + 1], "--", 2) == 0)
		return NULL;
	return argument->argv[argument->at + 1];
}

/* The value of an option that must have one, or NULL. */
static const char *
take_value(struct argument *argument)
{
	if (argument->value != NULL)
		return argument->value;
	if (argument->at + 1 >= argument->argc)
		return NULL;
	return argument->argv[++argument->at];
}

static enum ctl_exit
parse_option(struct api *api, struct argument *argument,
    const struct api_option *option)
{
	const char *value = NULL;

	if (option->value == NULL) {
		bool is_secret = option->bit == API_SESSION_TOKEN ||
		    option->bit == API_SESSION_JWT;

		if (is_secret &&
		    (argument->value != NULL || next_word(argument) != NULL))
			return api_complain(api,
			    "%s is a secret and is not given on the command "
			    "line: use %s-file FILE, or be asked",
			    option->name, option->name);
		if (argument->value != NULL)
			return api_complain(api, "%s takes no value",
			    option->name);
	} else {
		value = take_value(argument);
		if (value == NULL || *value == '\0')
			return api_complain(api, "%s needs %s", option->name,
			    option->value);
	}
	return take_option(api, option, value);
}

/* A secret's value is a file's name or API_ASK, never itself. */
static enum ctl_exit
parse_secret(struct api *api, struct argument *argument, bool is_file,
    struct api_value *value)
{
	char typed[API_NAME_SIZE];

	api_option_name(value->param, typed);
	if (is_file) {
		value->text = take_value(argument);
		if (value->text == NULL || *value->text == '\0')
			return api_complain(api, "--%s-file needs FILE", typed);
		return CTL_OK;
	}
	if (argument->value != NULL || next_word(argument) != NULL)
		return api_complain(api,
		    "--%s is a secret and is not given on the command line: "
		    "use --%s-file FILE, or be asked",
		    typed, typed);
	value->text = API_ASK;
	return CTL_OK;
}

static enum ctl_exit
parse_param(struct api *api, struct argument *argument)
{
	struct api_value value = { .param = NULL };
	bool is_file = false;
	const char *word = next_word(argument);
	enum ctl_exit result = CTL_OK;

	value.param = api_find_param(api->endpoint, argument->name,
	    argument->len, &value.key, &is_file);
	if (value.param == NULL)
		return api_complain(api, "%s has no option --%.*s",
		    api->endpoint->name, (int)argument->len, argument->name);
	if ((value.param->flags & ENDPOINT_SECRET) != 0) {
		result = parse_secret(api, argument, is_file, &value);
	} else if (value.param->type == ENDPOINT_BOOLEAN) {
		value.text = argument->value;
		if (value.text == NULL && word != NULL &&
		    (strcmp(word, "true") == 0 || strcmp(word, "false") == 0))
			value.text = take_value(argument);
		if (value.text == NULL)
			value.text = "true";
	} else {
		value.text = take_value(argument);
		if (value.text == NULL)
			result = api_complain(api, "--%.*s needs a value",
			    (int)argument->len, argument->name);
	}
	if (result != CTL_OK)
		return result;
	if (api->value_count == ARRAY_LEN(api->values))
		return api_complain(api, "too many options");
	api->values[api->value_count++] = value;
	return CTL_OK;
}

static enum ctl_exit
parse_argument(struct api *api, struct argument *argument)
{
	const char *text = argument->argv[argument->at];
	const struct api_option *option;

	if (strncmp(text, "--", 2) != 0 || text[2] == '\0')
		return api_complain(api, "%s",
		    "words stand together, before the endpoint's own options");
	argument->name = text + 2;
	argument->len = strcspn(argument->name, "=");
	argument->value = argument->name[argument->len] == '='
	    ? argument->name + argument->len + 1
	    : NULL;
	option = find_option(argument->name, argument->len);
	if (option != NULL)
		return parse_option(api, argument, option);
	if (api->endpoint == NULL)
		return api_complain(api, "unknown option --%.*s",
		    (int)argument->len, argument->name);
	return parse_param(api, argument);
}

/* Add a word to the dotted name; false where it becomes too long. */
static bool
add_word(struct api *api, const char *word)
{
	size_t len = strlen(api->prefix);
	int more = snprintf(api->prefix + len, sizeof(api->prefix) - len,
	    "%s%s", len > 0 ? "." : "", word);

	if (more < 0 || (size_t)more >= sizeof(api->prefix) - len)
		return false;
	for (char *at = api->prefix + len; *at != '\0'; at++)
		if (*at == '-')
			*at = '_';
	return true;
}

/* What the words name: an endpoint, a group, or nothing. */
static enum ctl_exit
take_words(struct api *api, bool is_known)
{
	struct api_word words[API_WORDS_MAX];

	api->endpoint = is_known ? endpoint_find(api->prefix) : NULL;
	if (api->endpoint != NULL)
		return CTL_OK;
	if (is_known && api_words(api->prefix, words) > 0)
		return CTL_OK;
	return api_complain(api,
	    "no such endpoint (stytchctl api --help lists them): %s",
	    api->prefix);
}

/* Options of ours that this endpoint does not take. */
static enum ctl_exit
check_taken(const struct api *api)
{
	for (const struct api_option *option = options; option->name != NULL;
	     option++)
		if ((api->options & (unsigned)option->bit) != 0 &&
		    api->endpoint != NULL && !api_takes(api->endpoint, option))
			return api_complain(api, "%s takes no %s",
			    api->endpoint->name, option->name);
	return CTL_OK;
}

/* What does not go together. */
static enum ctl_exit
check_options(const struct api *api)
{
	unsigned both_session = API_SESSION_TOKEN | API_SESSION_JWT;
	unsigned both_views = API_JSON | API_TABLE;
	unsigned of_project = API_SECRET_FILE | API_BASE_URL | API_CA_FILE;
	unsigned inputs = 0;

	if ((api->options & API_HELP) != 0)
		return CTL_OK;
	if (check_taken(api) != CTL_OK)
		return CTL_USAGE;
	if ((api->options & both_session) == both_session)
		return api_complain(api, "a member's token or JWT, not both");
	if ((api->options & both_views) == both_views)
		return api_complain(api, "--json or --table, not both");
	if ((api->options & API_PROJECT_ID) != 0 &&
	    (api->options & API_CONFIG) != 0)
		return api_complain(api, "--config or --project-id, not both");
	if ((api->options & API_PROJECT_ID) == 0 &&
	    (api->options & of_project) != 0)
		return api_complain(api,
		    "--secret-file, --base-url and --ca-file go with "
		    "--project-id");
	for (size_t i = 0; i < api->value_count; i++)
		if ((api->values[i].param->flags & ENDPOINT_SECRET) != 0)
			inputs += strcmp(api->values[i].text, "-") == 0;
	inputs += api->body != NULL && strcmp(api->body, "-") == 0;
	inputs +=
	    api->secret_file != NULL && strcmp(api->secret_file, "-") == 0;
	inputs += api->member_session != NULL &&
	    strcmp(api->member_session, "-") == 0;
	if (inputs > 1)
		return api_complain(api,
		    "only one option can read standard input");
	return CTL_OK;
}

enum ctl_exit
api_parse(int argc, char **argv, struct api *api)
{
	struct argument argument = { .argv = argv, .argc = argc, .at = 1 };
	enum ctl_exit result = CTL_OK;
	bool is_known = true;

	/* Before the words there are no options but ours. */
	for (; result == CTL_OK && argument.at < argc &&
	     strncmp(argv[argument.at], "--", 2) == 0;
	     argument.at++)
		result = parse_argument(api, &argument);
	for (; argument.at < argc && argv[argument.at][0] != '-'; argument.at++)
		is_known = is_known && add_word(api, argv[argument.at]);
	if (result == CTL_OK)
		result = take_words(api, is_known);
	for (; result == CTL_OK && argument.at < argc; argument.at++)
		result = parse_argument(api, &argument);
	return result == CTL_OK ? check_options(api) : result;
}
