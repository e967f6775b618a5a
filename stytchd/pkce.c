/* SPDX-License-Identifier: BSD-2-Clause */
/* Proof keys; see pkce.h. */
#include "config.h"

#include "stytchd/pkce.h"

#include "common/buf.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

int
pkce_verifier(const struct keyring *keyring, const char *identity,
    int64_t sent_at, struct secret *out_verifier)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1024);
	char hex[KEYRING_HEX_SIZE];
	int error;

	buf_addf(&text, "%s %" PRId64, identity, sent_at);
	error = buf_error(&text);
	if (error == 0)
		error = keyring_digest_hex(keyring, KEYRING_PKCE,
		    buf_text(&text), hex);
	if (error == 0)
		error = secret_set(out_verifier, hex, strlen(hex));
	explicit_bzero(hex, sizeof(hex));
	return error;
}

int
pkce_challenge(const struct secret *verifier,
    char out_challenge[PKCE_CHALLENGE_SIZE])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	unsigned char base64[4 * ((SHA256_DIGEST_LENGTH + 2) / 3) + 1];

	if (SHA256((const unsigned char *)secret_reveal(verifier),
		verifier->len, digest) == NULL ||
	    EVP_EncodeBlock(base64, digest, sizeof(digest)) !=
		(int)sizeof(base64) - 1)
		return -EIO;
	for (size_t i = 0; i < PKCE_CHALLENGE_SIZE - 1; i++)
		out_challenge[i] = base64[i] == '+' ? '-'
		    : base64[i] == '/'              ? '_'
						    : (char)base64[i];
	out_challenge[PKCE_CHALLENGE_SIZE - 1] = '\0';
	return 0;
}
