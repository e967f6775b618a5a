/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of the maps as libc's struct passwd and struct group. */
#ifndef NSS_STYTCH_NSS_ENTRY_H
#define NSS_STYTCH_NSS_ENTRY_H

#include "nss_stytch/nss_search.h"

#include <grp.h>
#include <pwd.h>

/* The caller's buffer, and the struct that points into it. */
struct nss_passwd {
	char *buffer;
	size_t size;
	struct passwd *entry;
};

struct nss_group {
	char *buffer;
	size_t size;
	struct group *entry;
};

/* Whether name and id are what key asks for. */
bool nss_is_asked_for(const struct nss_key *key, const char *name, uint32_t id);

/*
 * nss_readers.  context is a struct nss_passwd or struct nss_group.  The answer is
 * compared with the question (a key without a name and with id 0 asks for
 * any) and with the limits.
 */
enum nss_answer nss_read_passwd(const struct map_pin *pin, uint32_t ref,
    const struct nss_key *key, void *context);
enum nss_answer nss_read_group(const struct map_pin *pin, uint32_t ref,
    const struct nss_key *key, void *context);

/* Fill to->entry with account, whose texts are anywhere.  FOUND or TOO_SMALL. */
enum nss_answer nss_fill_passwd(const struct map_account *account,
    const struct nss_passwd *to);

#endif
