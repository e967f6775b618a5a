/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stytch.conf, parsed and checked against conf/options.def.  A configuration
 * is immutable and counted: a reload makes a new one, conversations keep the
 * one they began with.  The agent and stytchctl read it with this parser.
 */
#ifndef STYTCHD_CONFIGURATION_H
#define STYTCHD_CONFIGURATION_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIGURATION_PATH SYSCONFDIR "/stytch/stytch.conf"

enum project_kind {
	PROJECT_CONSUMER,
	PROJECT_B2B
};

struct text_list {
	char **items; /* count strings, never NULL inside */
	size_t count;
};

/* No ids in it while last is 0. */
struct id_range {
	uint32_t first;
	uint32_t last;
};

/* clang-format off */
#define CONFIGURATION_TYPE_TEXT const char *	/* NULL: unset */
#define CONFIGURATION_TYPE_PATH const char *
#define CONFIGURATION_TYPE_URL const char *
#define CONFIGURATION_TYPE_BOOL bool
#define CONFIGURATION_TYPE_INT long
#define CONFIGURATION_TYPE_DURATION int64_t	/* milliseconds */
#define CONFIGURATION_TYPE_RANGE struct id_range
#define CONFIGURATION_TYPE_ENUM int		/* index into the values */
#define CONFIGURATION_TYPE_LIST struct text_list

#define OPTION_IN_stytch(key, type)
#define OPTION_IN_accounts(key, type)
#define OPTION_IN_groups(key, type)
#define OPTION_IN_service(key, type)

struct configuration_stytch {
#undef OPTION_IN_stytch
#define OPTION_IN_stytch(key, type) CONFIGURATION_TYPE_##type key;
#define OPTION(section, key, type, fallback, min, max, values, help) OPTION_IN_##section(key, type)
#include "conf/options.def"
#undef OPTION_IN_stytch
#define OPTION_IN_stytch(key, type)
};

struct configuration_accounts {
#undef OPTION_IN_accounts
#define OPTION_IN_accounts(key, type) CONFIGURATION_TYPE_##type key;
#include "conf/options.def"
#undef OPTION_IN_accounts
#define OPTION_IN_accounts(key, type)
};

struct configuration_groups {
#undef OPTION_IN_groups
#define OPTION_IN_groups(key, type) CONFIGURATION_TYPE_##type key;
#include "conf/options.def"
#undef OPTION_IN_groups
#define OPTION_IN_groups(key, type)
};

struct configuration_service {
	const char *name; /* "*" for the rest */
#undef OPTION_IN_service
#define OPTION_IN_service(key, type) CONFIGURATION_TYPE_##type key;
#include "conf/options.def"
#undef OPTION_IN_service
#define OPTION_IN_service(key, type)
#undef OPTION
};
/* clang-format on */

struct configuration {
	struct configuration_stytch stytch;
	struct configuration_accounts accounts;
	struct configuration_groups groups;
	struct configuration_service *services; /* service_count, "*" first */
	size_t service_count;
};

/* Where and why a file was refused: "FILE:LINE: text", clean. */
struct configuration_error {
	char text[512];
};

/*
 * Read and check the file at path.  It must be a regular file of root or the
 * caller, not writable by group or others.  A key that [service NAME] lacks
 * comes from [service *], then from the table's default.  On success
 * *out_configuration has one reference, the caller's.  Returns 0, or a
 * negative errno with error filled in (-EINVAL: content; -EPERM: owner or
 * mode).
 */
int configuration_load(const char *path,
    struct configuration **out_configuration, struct configuration_error *error)
    MUST_CHECK;

/* The same from a buffer; name is used in messages.  Pure: the fuzzer's face. */
int configuration_parse(const char *name, const char *text, size_t len,
    struct configuration **out_configuration, struct configuration_error *error)
    MUST_CHECK;

struct configuration *configuration_ref(struct configuration *configuration);
/* Drop a reference and set to NULL. */
void configuration_unref(struct configuration **configuration);

/* [service NAME], or [service *]; never NULL. */
const struct configuration_service *
configuration_service(const struct configuration *configuration,
    const char *name);

/* Whether list has text, compared exactly. */
bool text_list_has(const struct text_list *list, const char *text);

#endif
