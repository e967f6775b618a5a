/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stytch.conf by inih, line by line.  inih parts keys, values and comments;
 * whatever it takes in silence (long lines, cut section names, text behind a
 * section, continuation lines) is refused here before it sees the line.
 */
#include "config.h"

#include "stytchd/configuration_parse.h"

#include "common/buf.h"

#include <errno.h>
#include <ini.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_LEN 65500
#define LINE_SIZE 65536
#define SERVICE_NAME_MAX 40 /* inih cuts "service NAME" at 49 */

/* clang-format off */
const struct option option_table[OPTION_COUNT] = {
#define OPTION(section, key, type, fallback, min, max, values, help) \
	{ SECTION_##section, #key, OPTION_##type, \
	  offsetof(struct configuration_##section, key), fallback, min, max, values },
#include "conf/options.def"
#undef OPTION
};
/* clang-format on */

static const char *const section_names[] = {
	[SECTION_stytch] = "stytch",
	[SECTION_accounts] = "accounts",
	[SECTION_groups] = "groups",
	[SECTION_service] = "service",
};
_Static_assert(ARRAY_LEN(section_names) == SECTION_COUNT, "a name a section");

/* The text being read, and who is told of it. */
struct source {
	const char *text;
	size_t len;
	struct builder *builder;
};

int
builder_fail(struct builder *builder, int error, const char *format, ...)
{
	CLEANUP(buf_clear)
	struct buf text = BUF_INIT(sizeof(builder->error->text) - 1);
	char why[sizeof(builder->error->text)];
	va_list arguments;

	if (builder->failure != 0)
		return builder->failure;
	builder->failure = error;
	va_start(arguments, format);
	if (vsnprintf(why, sizeof(why), format, arguments) < 0)
		why[0] = '\0';
	va_end(arguments);
	buf_add_clean(&text, builder->name, 200);
	if (builder->line != 0)
		buf_addf(&text, ":%u", builder->line);
	buf_adds(&text, ": ");
	if (builder->key != NULL)
		buf_addf(&text, "%s: ", builder->key);
	buf_add_clean(&text, why, 250);
	/* Half a sentence would name a place and no reason. */
	(void)snprintf(builder->error->text, sizeof(builder->error->text), "%s",
	    buf_error(&text) == 0 ? buf_text(&text) : "out of memory");
	return error;
}

/* Where an option of the current section lives. */
static void *
option_field(struct builder *builder, const struct option *option,
    size_t service)
{
	struct configuration *configuration = builder->configuration;
	unsigned char *bases[] = {
		[SECTION_stytch] = (unsigned char *)&configuration->stytch,
		[SECTION_accounts] = (unsigned char *)&configuration->accounts,
		[SECTION_groups] = (unsigned char *)&configuration->groups,
		[SECTION_service] =
		    (unsigned char *)&configuration->services[service],
	};

	return bases[option->section] + option->offset;
}

static unsigned *
option_line(struct builder *builder, size_t option)
{
	return option_table[option].section == SECTION_service
	    ? &builder->service_lines[builder->service][option]
	    : &builder->lines[option];
}

/* A key and its value, from inih; 1 is "go on" there. */
static int
read_pair(void *user, const char *section, const char *key, const char *value)
{
	struct builder *builder = user;

	(void)section; /* start_section() has it, uncut */
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &option_table[i];
		unsigned *line = option_line(builder, i);

		if (option->section != builder->section ||
		    strcmp(option->key, key) != 0)
			continue;
		builder->key = option->key;
		if (*line != 0)
			builder_fail(builder, -EINVAL,
			    "already said in line %u", *line);
		*line = builder->line;
		if (option_read(builder, option, value,
			option_field(builder, option, builder->service)) == 0)
			builder->key = NULL;
		return builder->failure == 0;
	}
	builder_fail(builder, -EINVAL, "unknown key %s in [%s]", key,
	    section_names[builder->section]);
	return 0;
}

static bool
is_service_name(const char *name, size_t len)
{
	static const char plain[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "_.-";

	if (len == 1 && name[0] == '*')
		return true;
	for (size_t i = 0; i < len; i++)
		if (strchr(plain, name[i]) == NULL)
			return false;
	return len > 0 && len <= SERVICE_NAME_MAX;
}

/* [service NAME]: its place in the list, made if it is new. */
static int
start_service(struct builder *builder, const char *name, size_t len)
{
	struct configuration *configuration = builder->configuration;
	char *copy;

	if (!is_service_name(name, len))
		return builder_fail(builder, -EINVAL,
		    "a service is * or at most %d of A-Z a-z 0-9 _ . -",
		    SERVICE_NAME_MAX);
	if (len == 1 && name[0] == '*') {
		builder->service = 0;
		if (builder->sections[SECTION_service] != 0)
			return builder_fail(builder, -EINVAL,
			    "section [service *] stands there twice");
		builder->sections[SECTION_service] = builder->line;
		return 0;
	}
	if (configuration->service_count == CONFIGURATION_SERVICE_MAX)
		return builder_fail(builder, -EINVAL, "more than %d services",
		    CONFIGURATION_SERVICE_MAX - 1);
	copy = arena_text(builder->arena, name, len);
	if (copy == NULL)
		return builder_fail(builder, -ENOMEM, "out of memory");
	for (size_t i = 1; i < configuration->service_count; i++)
		if (strcmp(configuration->services[i].name, copy) == 0)
			return builder_fail(builder, -EINVAL,
			    "section [service %s] stands there twice", copy);
	builder->service = configuration->service_count++;
	configuration->services[builder->service].name = copy;
	return 0;
}

/* A line that begins with '[': the name up to ']', and no more but a comment. */
static int
start_section(struct builder *builder, const char *line)
{
	size_t len = strcspn(line + 1, "]");
	const char *rest = line + 1 + len;
	const char *name = line + 1;

	if (rest[0] != ']')
		return builder_fail(builder, -EINVAL, "a section needs a ']'");
	rest += 1 + strspn(rest + 1, " \t\r");
	if (rest[0] != '\0' && (rest[0] != ';' || rest[-1] == ']') &&
	    (rest[0] != '#' || rest[-1] == ']'))
		return builder_fail(builder, -EINVAL, "text behind a section");
	builder->in_section = true;
	for (size_t i = 0; i < SECTION_service; i++) {
		if (strlen(section_names[i]) != len ||
		    memcmp(section_names[i], name, len) != 0)
			continue;
		if (builder->sections[i] != 0)
			return builder_fail(builder, -EINVAL,
			    "section [%s] stands there twice",
			    section_names[i]);
		builder->sections[i] = builder->line;
		builder->section = (enum option_section)i;
		return 0;
	}
	if (strncmp(name, "service ", 8) != 0)
		return builder_fail(builder, -EINVAL,
		    "sections are [stytch], [accounts], [groups] and "
		    "[service NAME]");
	builder->section = SECTION_service;
	return start_service(builder, name + 8, len - 8);
}

static bool
is_clean_line(const char *line, size_t len)
{
	while (len > 0) {
		unsigned point = 0;
		size_t step = utf8_character(line, len, &point);

		if (step == 0 || (!utf8_is_clean(point) && point != '\t'))
			return false;
		line += step;
		len -= step;
	}
	return true;
}

/* One line without blanks around it; what inih would not complain of. */
static int
check_line(struct builder *builder, const char *line, size_t len)
{
	if (memchr(line, '\0', len) != NULL || !is_clean_line(line, len))
		return builder_fail(builder, -EINVAL,
		    "control characters, or not UTF-8");
	if (len == 0 || line[0] == '#' || line[0] == ';')
		return 0;
	if (line[0] == '[')
		return start_section(builder, line);
	if (!builder->in_section)
		return builder_fail(builder, -EINVAL,
		    "a key outside of any section");
	len = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
	if (len == 0 || len > 40 ||
	    line[len + strspn(line + len, " \t")] != '=')
		return builder_fail(builder, -EINVAL, "not KEY = VALUE");
	return 0;
}

/* inih's reader: the next line into line (size bytes), or NULL. */
static char *
next_line(char *line, int size, void *stream)
{
	struct source *source = stream;
	struct builder *builder = source->builder;
	const char *text = source->text;
	const char *end =
	    source->len == 0 ? NULL : memchr(text, '\n', source->len);
	size_t len = end == NULL ? source->len : (size_t)(end - text);

	if (builder->failure != 0 || source->len == 0)
		return NULL;
	builder->line++;
	source->len -= end == NULL ? len : len + 1;
	source->text += end == NULL ? len : len + 1;
	if (len > LINE_MAX_LEN || len + 2 > (size_t)size) {
		builder_fail(builder, -EINVAL, "longer than %d bytes",
		    LINE_MAX_LEN);
		return NULL;
	}
	/* A line that begins with a blank would go on the line before it. */
	for (; len > 0 && (text[0] == ' ' || text[0] == '\t'); len--)
		text++;
	while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL &&
	    text[len - 1] != '\0')
		len--;
	memcpy(line, text, len);
	line[len] = '\0';
	if (check_line(builder, line, len) != 0)
		return NULL;
	line[len] = '\n';
	line[len + 1] = '\0';
	return line;
}

/* inih's settings are the process's; only this parser uses it. */
static void
set_inih(void)
{
	ini_use_stack = false;
	ini_allow_realloc = false;
	ini_initial_alloc = LINE_SIZE;
	ini_max_line = LINE_SIZE;
	ini_allow_multiline = false;
	ini_allow_bom = false;
	ini_allow_no_value = false;
	ini_stop_on_first_error = true;
}

/* What the file does not say: [service *], then the table. */
static int
fill_in(struct builder *builder)
{
	builder->line = 0;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &option_table[i];
		bool first_missing = option->section == SECTION_service
		    ? builder->service_lines[0][i] == 0
		    : builder->lines[i] == 0;

		builder->key = option->key;
		if (first_missing && strcmp(option->values, "REQUIRED") == 0)
			return builder_fail(builder, -EINVAL,
			    "required in [%s]", section_names[option->section]);
		if (first_missing &&
		    option_read(builder, option, option->fallback,
			option_field(builder, option, 0)) != 0)
			return builder->failure;
	}
	builder->key = NULL;
	return 0;
}

static size_t
type_size(enum option_type type)
{
	static const size_t sizes[] = {
		[OPTION_TEXT] = sizeof(CONFIGURATION_TYPE_TEXT),
		[OPTION_PATH] = sizeof(CONFIGURATION_TYPE_PATH),
		[OPTION_URL] = sizeof(CONFIGURATION_TYPE_URL),
		[OPTION_BOOL] = sizeof(CONFIGURATION_TYPE_BOOL),
		[OPTION_INT] = sizeof(CONFIGURATION_TYPE_INT),
		[OPTION_DURATION] = sizeof(CONFIGURATION_TYPE_DURATION),
		[OPTION_RANGE] = sizeof(CONFIGURATION_TYPE_RANGE),
		[OPTION_ENUM] = sizeof(CONFIGURATION_TYPE_ENUM),
		[OPTION_LIST] = sizeof(CONFIGURATION_TYPE_LIST),
	};

	return sizes[type];
}

static void
inherit(struct builder *builder)
{
	for (size_t service = 1;
	     service < builder->configuration->service_count; service++)
		for (size_t i = 0; i < OPTION_COUNT; i++) {
			const struct option *option = &option_table[i];

			if (option->section == SECTION_service &&
			    builder->service_lines[service][i] == 0)
				memcpy(option_field(builder, option, service),
				    option_field(builder, option, 0),
				    type_size(option->type));
		}
}

static int
run(struct builder *builder, const char *text, size_t len)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct source source = { text, len, builder };
	int line;

	(void)pthread_once(&once, set_inih);
	line = ini_parse_stream(next_line, &source, read_pair, builder);
	if (line == -2)
		return builder_fail(builder, -ENOMEM, "out of memory");
	if (line != 0)
		return builder_fail(builder, -EINVAL, "not KEY = VALUE");
	if (builder->failure == 0 && fill_in(builder) == 0) {
		inherit(builder);
		return configuration_check(builder);
	}
	return builder->failure;
}

static void
builder_free(struct builder **builder)
{
	free(*builder);
	*builder = NULL;
}

int
configuration_build(const struct configuration_text *file,
    struct configuration *configuration, struct arena *arena,
    struct configuration_error *error)
{
	CLEANUP(builder_free)
	struct builder *builder = calloc(1, sizeof(*builder));

	configuration->services = arena_get(arena,
	    CONFIGURATION_SERVICE_MAX * sizeof(configuration->services[0]));
	if (builder == NULL || configuration->services == NULL) {
		(void)snprintf(error->text, sizeof(error->text),
		    "out of memory");
		return -ENOMEM;
	}
	configuration->services[0].name = "*";
	configuration->service_count = 1;
	builder->configuration = configuration;
	builder->arena = arena;
	builder->name = file->name;
	builder->error = error;
	return run(builder, file->text, file->len);
}
