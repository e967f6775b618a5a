/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent's own key: 32 random bytes in <state_dir>/private/seal.key, made
 * at the first start.  What is used are keys derived from it, one a purpose:
 * session tokens are sealed, names and codes become digests that mean nothing
 * without it.
 */
#ifndef STYTCHD_KEYRING_H
#define STYTCHD_KEYRING_H

#include "common/secret.h"

#include <stdint.h>

#define KEYRING_DIGEST_SIZE 32
#define KEYRING_HEX_SIZE (2 * KEYRING_DIGEST_SIZE + 1)
#define KEYRING_SECRET_MAX 1024
/* a nonce, the bytes, a tag */
#define KEYRING_SEALED_MAX (12 + KEYRING_SECRET_MAX + 16)

struct keyring;

enum keyring_purpose {
	KEYRING_SEAL,
	KEYRING_NAME,  /* names that no account has, in the throttle */
	KEYRING_DECOY, /* what strangers are shown */
	KEYRING_BURN,  /* codes that were accepted */
	KEYRING_PKCE,  /* verifiers of magic links */
	KEYRING_PURPOSE_COUNT
};

struct sealed {
	uint8_t bytes[KEYRING_SEALED_MAX];
	size_t len;
};

/*
 * Read the key of state_dir/private, a folder that is there, or make it.
 * The file must be regular, of 32 bytes, owned by the caller, 0600 or 0400.
 * Returns 0, -EPERM (owner or mode), -EINVAL (size, type), -ENOMEM, -EIO, or
 * what open() says.
 */
int keyring_open(const char *state_dir, struct keyring **out_keyring)
    MUST_CHECK;

/* Wipe, free, set to NULL. */
void keyring_close(struct keyring **keyring);

/*
 * Seal by AES-256-GCM, bound to context: it opens with the same context
 * alone.  Returns 0, -EINVAL (unset or over KEYRING_SECRET_MAX), -EIO.
 */
int keyring_seal(const struct keyring *keyring, const char *context,
    const struct secret *secret, struct sealed *out_sealed) MUST_CHECK;

/*
 * Open what keyring_seal() made into secret.  Returns 0, -EBADMSG (not sealed
 * by this key for this context), -ENOMEM.
 */
int keyring_unseal(const struct keyring *keyring, const char *context,
    const void *sealed, size_t len, struct secret *secret) MUST_CHECK;

/* HMAC-SHA-256 of text under the purpose's key.  Returns 0 or -EIO. */
int keyring_digest(const struct keyring *keyring, enum keyring_purpose purpose,
    const char *text, uint8_t out_digest[KEYRING_DIGEST_SIZE]) MUST_CHECK;

/* The same in lower-case hexadecimal digits. */
int keyring_digest_hex(const struct keyring *keyring,
    enum keyring_purpose purpose, const char *text,
    char out_hex[KEYRING_HEX_SIZE]) MUST_CHECK;

#endif
