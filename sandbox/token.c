/* SPDX-License-Identifier: BSD-2-Clause */
/* Ids, tokens, codes. */
#include "config.h"

#include "sandbox/token.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UUID_LEN 36

static const char base64url_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
random_fill(void *bytes, size_t len)
{
	uint8_t *next = bytes;
	size_t step;

	for (; len > 0; next += step, len -= step) {
		step = len < 256 ? len : 256;
		if (getentropy(next, step) != 0)
			_exit(70); /* codes by anything else are no codes */
	}
}

void
id_make(const char *kind, const char *environment, struct id *out_id)
{
	uint8_t b[16];
	int n;

	random_fill(b, sizeof(b));
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* RFC 4122 4.4: version 4 */
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	n = snprintf(out_id->text, sizeof(out_id->text),
	    "%.32s-%.8s-%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    kind, environment, b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7],
	    b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	if (n < 0 || (size_t)n >= sizeof(out_id->text))
		out_id->text[0] = '\0';
}

static bool
is_uuid(const char *text)
{
	if (strlen(text) != UUID_LEN)
		return false;
	for (int i = 0; i < UUID_LEN; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
		} else if (!isxdigit((unsigned char)text[i])) {
			return false;
		}
	}
	return true;
}

bool
id_is_kind(const char *text, const char *kind)
{
	size_t len = strlen(kind);

	return strncmp(text, kind, len) == 0 &&
	    (strncmp(text + len, "-test-", 6) == 0 ||
		strncmp(text + len, "-live-", 6) == 0) &&
	    is_uuid(text + len + 6);
}

bool
id_is_any(const char *text, size_t len)
{
	char kind[sizeof(((struct id *)NULL)->text)];
	size_t tail = strlen("-test-") + UUID_LEN;
	size_t letters;

	if (len <= tail || len >= sizeof(kind))
		return false;
	memcpy(kind, text, len);
	kind[len] = '\0';
	letters = strspn(kind, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (letters < len - tail || !is_uuid(kind + len - UUID_LEN))
		return false;
	return memcmp(kind + len - tail, "-test-", 6) == 0 ||
	    memcmp(kind + len - tail, "-live-", 6) == 0;
}

void
token_make(size_t len, struct token *out_token)
{
	if (len >= sizeof(out_token->text))
		len = sizeof(out_token->text) - 1;
	random_fill(out_token->text, len);
	for (size_t i = 0; i < len; i++)
		out_token->text[i] =
		    base64url_digits[(uint8_t)out_token->text[i] & 63];
	out_token->text[len] = '\0';
}

bool
token_is_wellformed(const char *text, size_t len)
{
	size_t digits = strspn(text, base64url_digits);

	return strlen(text) == len &&
	    digits + strspn(text + digits, "=") == len;
}

/* 0..limit-1, all alike; limit is at most 256. */
static unsigned
random_below(unsigned limit)
{
	uint8_t byte;

	do {
		random_fill(&byte, 1);
	} while (byte >= 256 - 256 % limit);
	return byte % limit;
}

void
code_make(char out_code[7])
{
	for (int i = 0; i < 6; i++)
		out_code[i] = (char)('0' + random_below(10));
	out_code[6] = '\0';
}

void
random_alphanumeric(char *out_text, size_t len)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	for (size_t i = 0; i < len; i++)
		out_text[i] = digits[random_below(sizeof(digits) - 1)];
	out_text[len] = '\0';
}

/* RFC 4648; padding where pad is set. */
static void
encode(struct buf *buf, const uint8_t *bytes, size_t len, const char *digits,
    bool pad)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		unsigned v = (unsigned)bytes[i] << 16;

		if (left > 1)
			v |= (unsigned)bytes[i + 1] << 8;
		if (left > 2)
			v |= bytes[i + 2];
		buf_addc(buf, digits[v >> 18 & 63]);
		buf_addc(buf, digits[v >> 12 & 63]);
		if (left > 1)
			buf_addc(buf, digits[v >> 6 & 63]);
		if (left > 2)
			buf_addc(buf, digits[v & 63]);
		if (pad && left < 3)
			buf_adds(buf, left == 1 ? "==" : "=");
	}
}

void
base64_add(struct buf *buf, const void *bytes, size_t len)
{
	encode(buf, bytes, len, base64_digits, true);
}

void
base64url_add(struct buf *buf, const void *bytes, size_t len)
{
	encode(buf, bytes, len, base64url_digits, false);
}

static int
digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

int
base64_read(const char *text, uint8_t *out_bytes, size_t size, size_t *out_len)
{
	unsigned bits = 0, v = 0;
	size_t len = 0, n, padding;

	for (n = 0; text[n] != '\0' && text[n] != '='; n++) {
		int digit = digit_value(text[n]);

		if (digit < 0)
			return -EINVAL;
		v = (v << 6 | (unsigned)digit) & 0xffffff;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (len == size)
			return -EINVAL;
		out_bytes[len++] = (uint8_t)(v >> bits);
	}
	padding = strspn(text + n, "=");
	if (n % 4 == 1 || text[n + padding] != '\0' ||
	    (padding != 0 && (n + padding) % 4 != 0) || padding > 2)
		return -EINVAL;
	*out_len = len;
	return 0;
}

void
pkce_challenge(const char *verifier, struct token *out_challenge)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(63);
	uint8_t hash[32];
	unsigned len = sizeof(hash);

	out_challenge->text[0] = '\0';
	if (EVP_Digest(verifier, strlen(verifier), hash, &len, EVP_sha256(),
		NULL) != 1)
		return;
	base64url_add(&text, hash, len);
	if (buf_error(&text) == 0)
		memcpy(out_challenge->text, buf_text(&text), text.len + 1);
}

bool
text_equal(const char *a, const char *b)
{
	size_t len = strlen(a);

	return len == strlen(b) && CRYPTO_memcmp(a, b, len) == 0;
}
