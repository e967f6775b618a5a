/* SPDX-License-Identifier: BSD-2-Clause */
/* The module's options; see options.h. */
#include "config.h"

#include "pam_stytch/options.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum option_type {
	OPTION_FLAG,
	OPTION_PATH
};

/* clang-format off */
static const struct option {
	const char *name;
	enum option_type type;
	size_t offset;
} table[] = {
	{ "runtime_dir",    OPTION_PATH, offsetof(struct options, runtime_dir) },
	{ "use_first_pass", OPTION_FLAG, offsetof(struct options, use_first_pass) },
	{ "try_first_pass", OPTION_FLAG, offsetof(struct options, try_first_pass) },
	{ "debug",          OPTION_FLAG, offsetof(struct options, debug) },
};
/* clang-format on */
_Static_assert(ARRAY_LEN(table) <= 32, "one bit of seen an option");

/* Whether the argument is name or name=...; the text behind = or NULL. */
static bool
argument_is(const char *argument, const char *name, const char **out_value)
{
	size_t len = strlen(name);

	if (strncmp(argument, name, len) != 0 ||
	    (argument[len] != '\0' && argument[len] != '='))
		return false;
	*out_value = argument[len] == '=' ? argument + len + 1 : NULL;
	return true;
}

static bool
path_is_valid(const char *path)
{
	return path != NULL && path[0] == '/' &&
	    strnlen(path, OPTIONS_RUNTIME_DIR_MAX + 1) <=
	    OPTIONS_RUNTIME_DIR_MAX;
}

static int
set_option(struct options *options, const struct option *option,
    const char *value)
{
	char *place = (char *)options + option->offset;

	switch (option->type) {
	case OPTION_FLAG:
		if (value != NULL)
			return -EINVAL;
		memcpy(place, &(bool){ true }, sizeof(bool));
		return 0;
	case OPTION_PATH:
		if (!path_is_valid(value))
			return -EINVAL;
		memcpy(place, &value, sizeof(value));
		return 0;
	}
	return -EINVAL;
}

/* One argument; *seen has a bit for each option that stood before. */
static int
parse_argument(struct options *options, const char *argument, unsigned *seen)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const char *value;

		if (!argument_is(argument, table[i].name, &value))
			continue;
		if ((*seen & 1U << i) != 0)
			return -EINVAL;
		*seen |= 1U << i;
		return set_option(options, &table[i], value);
	}
	return -EINVAL;
}

int
options_parse(int argc, const char **argv, struct options *out_options,
    const char **out_bad)
{
	struct options options = { .runtime_dir = OPTIONS_RUNTIME_DIR };
	unsigned seen = 0;

	for (int i = 0; i < argc; i++) {
		if (parse_argument(&options, argv[i], &seen) != 0 ||
		    (options.use_first_pass && options.try_first_pass)) {
			*out_bad = argv[i];
			return -EINVAL;
		}
	}
	*out_options = options;
	return 0;
}
