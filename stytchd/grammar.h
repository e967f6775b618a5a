/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one grammar of every field that reaches passwd or group.  Whatever
 * comes from Stytch or from stytch.conf passes here before it may stand in an
 * account map.  Pure functions.
 *
 * Account name: [a-z_][a-z0-9_.-]{0,31}, the last character a letter, digit or
 * '_', no "..".  Nothing is folded: "Alice" is refused, since two identities
 * could else claim one name.  Group name: the same, up to 64 characters.
 * Gecos: at most 128 bytes of UTF-8 without controls, ':' and ','.
 * Home, shell: an absolute path of at most 255 bytes out of [A-Za-z0-9_.@+/-],
 * without empty, "." or ".." components; never "/" alone.
 */
#ifndef STYTCHD_GRAMMAR_H
#define STYTCHD_GRAMMAR_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>

#define GRAMMAR_NAME_MAX 32
#define GRAMMAR_GROUP_MAX 64
#define GRAMMAR_GECOS_MAX 128
#define GRAMMAR_PATH_MAX 255

bool grammar_is_name(const char *name);
bool grammar_is_group(const char *name);
bool grammar_is_gecos(const char *gecos);
bool grammar_is_home(const char *home);
bool grammar_is_shell(const char *shell);

/*
 * An id of Stytch's or an external id: 1 to 128 of [A-Za-z0-9._|-]
 * (alphanumerics and . _ - | are what the API takes).
 */
bool grammar_is_id(const char *id);

/*
 * Whether a name is reserved whether or not this host has it: root, sudo,
 * wheel, admin, docker and their like, system users, and systemd's.
 */
bool grammar_is_reserved(const char *name);

/*
 * text as a part of a group's name: ASCII letters folded, a run of other
 * characters than [a-z0-9_.-] becomes one '-'.  It need not be a name yet: the
 * caller adds a prefix and asks grammar_is_group().  Returns 0, -EINVAL
 * (nothing left of it, or longer than 128 bytes) or -ENOMEM.
 */
int grammar_fold(const char *text, char **out_text) MUST_CHECK;

/*
 * text made fit for gecos: what the grammar refuses becomes ' ', cut at its
 * length between characters, no blanks at the ends.  Returns 0 or -ENOMEM.
 */
int grammar_clean_gecos(const char *text, char **out_text) MUST_CHECK;

#endif
