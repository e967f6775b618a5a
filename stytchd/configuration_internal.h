/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the configuration share: the table of options and the
 * state of one parse.  Not for others.
 */
#ifndef STYTCHD_CONFIGURATION_INTERNAL_H
#define STYTCHD_CONFIGURATION_INTERNAL_H

#include "common/attr.h"
#include "stytchd/configuration.h"

#define CONFIGURATION_SERVICE_MAX 64

enum option_type {
	OPTION_TEXT,
	OPTION_PATH,
	OPTION_URL,
	OPTION_BOOL,
	OPTION_INT,
	OPTION_DURATION,
	OPTION_RANGE,
	OPTION_ENUM,
	OPTION_LIST,
};

enum option_section {
	SECTION_stytch,
	SECTION_accounts,
	SECTION_groups,
	SECTION_service,
	SECTION_COUNT
};

/* OPTION_ID_accounts_home and so on: an option's row in the table. */
/* clang-format off */
enum option_id {
#define OPTION(section, key, type, fallback, min, max, values, help) OPTION_ID_##section##_##key,
#include "conf/options.def"
#undef OPTION
	OPTION_COUNT
};
/* clang-format on */

struct option {
	enum option_section section;
	const char *key;
	enum option_type type;
	size_t offset; /* in the section's struct */
	const char *fallback;
	int64_t min;
	int64_t max;
	const char *values;
};

extern const struct option option_table[OPTION_COUNT];

/* Memory that lives as long as its configuration. */
struct arena_block;
struct arena {
	struct arena_block *first;
};

/* Zeroed memory, or NULL. */
void *arena_get(struct arena *arena, size_t size);
/* A copy of len bytes with a NUL, or NULL. */
char *arena_text(struct arena *arena, const char *text, size_t len);
void arena_clear(struct arena *arena);

/* One parse under way. */
struct builder {
	struct configuration *configuration;
	struct arena *arena;
	const char *name; /* of the file */
	unsigned line;    /* being read; 0 where none is */
	const char *key;  /* being read, or NULL */
	struct configuration_error *error;
	int failure; /* 0, or the first failure */

	/* The section being read, and for [service] which. */
	enum option_section section;
	bool in_section;
	size_t service;

	/* Where a key or a section stands; 0: nowhere. */
	unsigned sections[SECTION_COUNT];
	unsigned lines[OPTION_COUNT];
	unsigned service_lines[CONFIGURATION_SERVICE_MAX][OPTION_COUNT];
};

/*
 * Keep the first failure: error number, and a text behind "FILE:LINE: KEY: ".
 * Always returns the first failure.
 */
int builder_fail(struct builder *builder, int error, const char *format, ...)
    PRINTF_LIKE(3, 4);

/*
 * Read text as the option's type into field.  Returns 0, or builder_fail()'s
 * answer.  An empty text unsets what may be unset.
 */
int option_read(struct builder *builder, const struct option *option,
    const char *text, void *field) MUST_CHECK;

/* What no single key can tell: the keys among each other. */
int configuration_check(struct builder *builder) MUST_CHECK;

#endif
