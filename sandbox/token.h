/* SPDX-License-Identifier: BSD-2-Clause */
/* Ids, tokens and codes by chance, and the hashes and encodings they need. */
#ifndef SANDBOX_TOKEN_H
#define SANDBOX_TOKEN_H

#include "common/attr.h"
#include "common/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id {
	char text[96];
};

#define TOKEN_LEN 44              /* of sessions, links */
#define TOKEN_INTERMEDIATE_LEN 48 /* told from the others by its length */

struct token {
	char text[64];
};

/* Fill with random bytes; the process ends where the kernel has none. */
void random_fill(void *bytes, size_t len);

/* KIND-ENVIRONMENT-uuid, as id_make("user", "test"). */
void id_make(const char *kind, const char *environment, struct id *out_id);

/*
 * Whether text is KIND-test-<uuid> or KIND-live-<uuid>.  (Whether it is known
 * is another question.)
 */
bool id_is_kind(const char *text, const char *kind) MUST_CHECK;

/* Whether len characters are the id of any kind, of that form. */
bool id_is_any(const char *text, size_t len) MUST_CHECK;

/* len characters of base64url; len is a multiple of 4 below 64. */
void token_make(size_t len, struct token *out_token);
/* Whether text could be a token: that length, base64url (and '=' at the end). */
bool token_is_wellformed(const char *text, size_t len) MUST_CHECK;

/* Six decimal digits. */
void code_make(char out_code[7]);
/* len lower-case letters and digits, and a NUL. */
void random_alphanumeric(char *out_text, size_t len);

/* Append bytes in base64, or base64url without padding. */
void base64_add(struct buf *buf, const void *bytes, size_t len);
void base64url_add(struct buf *buf, const void *bytes, size_t len);
/*
 * Read base64 or base64url, padded or not, nothing else.  Returns 0 or
 * -EINVAL (also where out has less than it needs).
 */
int base64_read(const char *text, uint8_t *out_bytes, size_t size,
    size_t *out_len) MUST_CHECK;

/* The base64url of text's SHA-256, as PKCE's S256 (RFC 7636 4.2) wants it. */
void pkce_challenge(const char *verifier, struct token *out_challenge);

/* Whether both are the same; the time depends on the lengths alone. */
bool text_equal(const char *a, const char *b) MUST_CHECK;

#endif
