/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a person to the account that the configuration makes of them.  Pure:
 * what others already have (names, ids) is the ledger's to say.
 *
 * Names, in the order of name_from, the first source that has one:
 *   metadata     trusted_metadata.unix.username, where trust_unix has username.
 *                One that breaks the grammar gives no account: somebody meant
 *                it, and the next source would surprise them.
 *   external_id  the external id; one that breaks the grammar counts as none,
 *                since other systems' ids live there.
 *   email        the part before the @ of the first verified address of
 *                email_domains, ASCII letters folded.  Nothing is stripped:
 *                "a+b" is no name, and never "a".
 *   template     name_template, for a person with such an address; first and
 *                last name are the first and the last word of the full name,
 *                folded.
 */
#ifndef STYTCHD_MAPPING_H
#define STYTCHD_MAPPING_H

#include "stytchd/account.h"
#include "stytchd/rules.h"

struct wanted {
	char *name;       /* NULL: no account, finding says why */
	bool is_broken;   /* no name, but one was meant */
	bool by_template; /* name comes from the template */
	uint32_t uid;     /* a pin, in range; 0: none */
	char *gecos;
	char *shell;
	char *home;              /* NULL: [accounts] home */
	struct text_list groups; /* of the metadata, as they stand there */
	/* Why there is no name, or what was not believed; "" for nothing. */
	char finding[160];
};

/*
 * Returns 0 (also where there is no name), or -ENOMEM.  *out_wanted is to be
 * cleared with wanted_clear() after 0.
 */
int mapping_person(const struct rules *rules, const struct person *person,
    struct wanted *out_wanted) MUST_CHECK;

void wanted_clear(struct wanted *wanted);

/* [accounts] home for that name: 0 or a negative errno. */
int mapping_home(const struct configuration *configuration, const char *name,
    char **out_home) MUST_CHECK;

/*
 * Whether a name may be given here at all: grammar, reserved (built in,
 * reserved_names), local.  Why not, as a text, or NULL for "it may".
 */
const char *mapping_refuses(const struct rules *rules, const char *name);

#endif
