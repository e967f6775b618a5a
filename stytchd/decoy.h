/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a stranger is shown: masked addresses of real people, and of people
 * who do not exist, made from a keyed digest of the name.  The same name gets
 * the same decoy each time, after a restart too.
 */
#ifndef STYTCHD_DECOY_H
#define STYTCHD_DECOY_H

#include "stytchd/keyring.h"
#include "stytchd/policy.h"

#define MASK_SIZE 280

/*
 * An address or a number that its owner knows again and nobody else learns:
 * a•••@example.com, •••42.  Never fails.
 */
void mask_contact(const char *value, char out_mask[MASK_SIZE]);

/*
 * What decoys are made from: the keyring, which is borrowed, and domains of
 * real people's addresses.
 */
struct decoys;

int decoys_new(const struct keyring *keyring, struct decoys **out_decoys)
    MUST_CHECK;
void decoys_free(struct decoys **decoys);

/* Note the domain of an address; the first 64 different ones are kept. */
void decoys_note_domain(struct decoys *decoys, const char *address);

/* How a name that nobody has looks. */
struct decoy {
	method_set usable;
	char email[MASK_SIZE]; /* masked */
	char phone[MASK_SIZE];
};

/*
 * Make the decoy of name.  It has at least one method that policy lets begin
 * a login of service, if there is any.  Returns 0 or -EIO.
 */
int decoy_make(struct decoys *decoys, enum project_kind kind,
    const struct configuration_service *service, const char *name,
    struct decoy *out_decoy) MUST_CHECK;

#endif
