/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formats of the endpoint table.  As lenient as the API may be: what is
 * refused here, no server takes.
 */
#include "config.h"

#include "libstytch/format.h"

#include <stdint.h>
#include <string.h>

#define DIGITS "0123456789"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define SHA256_BASE64URL_LEN 43
#define E164_MIN 7
#define E164_MAX 15
#define EMAIL_MAX 320

/*
 * Match text with a mask: '0' is a digit, all else itself; the length matched,
 * which is the mask's, or 0.
 */
static size_t
match_mask(const char *text, const char *mask)
{
	for (size_t i = 0; mask[i] != '\0'; i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';

		if (mask[i] == '0' ? !is_digit : text[i] != mask[i])
			return 0;
	}
	return strlen(mask);
}

static int
two_digits(const char *text)
{
	return (text[0] - '0') * 10 + (text[1] - '0');
}

/* RFC 3339, with any zone: "2024-02-29T12:00:00.123Z", "...+02:00". */
static bool
is_date_time(const char *text)
{
	size_t at = match_mask(text, "0000-00-00T00:00:00");

	if (at == 0)
		return false;
	if (two_digits(text + 5) < 1 || two_digits(text + 5) > 12 ||
	    two_digits(text + 8) < 1 || two_digits(text + 8) > 31 ||
	    two_digits(text + 11) > 23 || two_digits(text + 14) > 59 ||
	    two_digits(text + 17) > 60)
		return false;
	if (text[at] == '.') {
		size_t digits = strspn(text + at + 1, DIGITS);

		if (digits == 0)
			return false;
		at += digits + 1;
	}
	if (text[at] == 'Z')
		return text[at + 1] == '\0';
	return (match_mask(text + at, "+00:00") != 0 ||
		   match_mask(text + at, "-00:00") != 0) &&
	    text[at + 6] == '\0';
}

static bool
is_e164(const char *text)
{
	size_t len = strlen(text);

	return text[0] == '+' && text[1] >= '1' && text[1] <= '9' &&
	    strspn(text + 1, DIGITS) == len - 1 && len - 1 >= E164_MIN &&
	    len - 1 <= E164_MAX;
}

/* One @ with something before and a domain behind; no blanks or controls. */
static bool
is_email(const char *text)
{
	const char *at = strrchr(text, '@');
	size_t len = strlen(text);

	if (at == NULL || at == text || at[1] == '\0' || len > EMAIL_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
			return false;
	return at[1] != '.' && text[len - 1] != '.';
}

static bool
is_base64url(const char *text)
{
	size_t len = strspn(text, UPPER LOWER DIGITS "-._~");

	/* A PKCE verifier may have any of RFC 7636's characters, and padding. */
	return len > 0 && strspn(text + len, "=") == strlen(text + len);
}

static bool
is_sha256(const char *text)
{
	return strlen(text) == SHA256_BASE64URL_LEN &&
	    strspn(text, UPPER LOWER DIGITS "-_") == SHA256_BASE64URL_LEN;
}

static bool
is_country(const char *text)
{
	return strspn(text, UPPER) == 2 && text[2] == '\0';
}

static bool
is_pem(const char *text)
{
	static const char begin[] = "-----BEGIN ";

	text += strspn(text, " \t\r\n");
	return strncmp(text, begin, sizeof(begin) - 1) == 0;
}

static bool
is_any(const char *text)
{
	(void)text;
	return true;
}

static const struct {
	bool (*fits)(const char *text);
	const char *wants;
} formats[] = {
	[ENDPOINT_FORMAT_NONE] = { is_any, "a value" },
	[ENDPOINT_FORMAT_INT32] = { is_any, "a number of 32 bits" },
	[ENDPOINT_FORMAT_UINT32] = { is_any,
	    "a number of 32 bits, not below 0" },
	[ENDPOINT_FORMAT_DATE_TIME] = { is_date_time,
	    "a time like 2024-02-29T12:00:00Z" },
	[ENDPOINT_FORMAT_E164] = { is_e164,
	    "a phone number like +12025550162" },
	[ENDPOINT_FORMAT_EMAIL] = { is_email, "an email address" },
	[ENDPOINT_FORMAT_BASE64URL] = { is_base64url, "base64url" },
	[ENDPOINT_FORMAT_BASE64URL_SHA256] = { is_sha256,
	    "a SHA-256 in base64url, 43 characters" },
	[ENDPOINT_FORMAT_ISO3166_1_ALPHA_2] = { is_country,
	    "a country like US" },
	[ENDPOINT_FORMAT_PEM_X509] = { is_pem, "a certificate in PEM" },
	[ENDPOINT_FORMAT_PEM_PKCS1_RSA] = { is_pem, "a private key in PEM" },
};

bool
format_fits_text(enum endpoint_format format, const char *text)
{
	return formats[format].fits(text);
}

bool
format_fits_integer(enum endpoint_format format, int64_t value)
{
	if (format == ENDPOINT_FORMAT_INT32)
		return value >= INT32_MIN && value <= INT32_MAX;
	if (format == ENDPOINT_FORMAT_UINT32)
		return value >= 0 && value <= UINT32_MAX;
	return true;
}

const char *
format_wants(enum endpoint_format format)
{
	return formats[format].wants;
}
