/* SPDX-License-Identifier: BSD-2-Clause */
/* The form of single values. */
#include "config.h"

#include "sandbox/form.h"

#include "sandbox/clock.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

static bool
is_domain(const char *text)
{
	size_t label = 0;
	bool dot = false;

	for (; *text != '\0'; text++) {
		if (*text == '.') {
			if (label == 0 || text[-1] == '-')
				return false;
			dot = true;
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)*text) && *text != '-')
			return false;
		if (*text == '-' && label == 0)
			return false;
		if (++label > 63)
			return false;
	}
	return dot && label > 0 && text[-1] != '-';
}

bool
is_email(const char *text)
{
	const char *at = strrchr(text, '@');
	size_t local = at != NULL ? (size_t)(at - text) : 0;

	if (local == 0 || local > 64 || strlen(text) > 254)
		return false;
	for (const char *c = text; c < at; c++) {
		if (iscntrl((unsigned char)*c) || strchr(" @<>\"(),:;\\", *c))
			return false;
	}
	if (text[0] == '.' || at[-1] == '.' || strstr(text, "..") != NULL)
		return false;
	return is_domain(at + 1);
}

bool
is_phone_number(const char *text)
{
	size_t digits;

	if (text[0] != '+' || text[1] < '1' || text[1] > '9')
		return false;
	digits = strspn(text + 1, "0123456789");
	return digits >= 7 && digits <= 15 && text[1 + digits] == '\0';
}

bool
is_external_id(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) &&
		    strchr("._|-", text[i]) == NULL)
			return false;
	}
	return len >= 1 && len <= 128;
}

static bool
is_base64url(const char *text, size_t exactly)
{
	size_t len = strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	    ".~");

	return text[len] == '\0' && (exactly == 0 || len == exactly);
}

bool
is_other_identifier(const char *text)
{
	size_t len = strspn(text,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "._|~-");

	return len >= 1 && len <= 128 && text[len] == '\0';
}

bool
form_holds(enum endpoint_format format, const char *text)
{
	int64_t ignored;

	switch (format) {
	case ENDPOINT_FORMAT_EMAIL:
		return is_email(text);
	case ENDPOINT_FORMAT_E164:
		return is_phone_number(text);
	case ENDPOINT_FORMAT_DATE_TIME:
		return time_parse(text, &ignored) == 0;
	case ENDPOINT_FORMAT_BASE64URL:
		return is_base64url(text, 0);
	case ENDPOINT_FORMAT_BASE64URL_SHA256:
		return is_base64url(text, 43);
	case ENDPOINT_FORMAT_ISO3166_1_ALPHA_2:
		return strlen(text) == 2 && isupper((unsigned char)text[0]) &&
		    isupper((unsigned char)text[1]);
	case ENDPOINT_FORMAT_NONE:
	case ENDPOINT_FORMAT_INT32:
	case ENDPOINT_FORMAT_UINT32:
	case ENDPOINT_FORMAT_PEM_X509:
	case ENDPOINT_FORMAT_PEM_PKCS1_RSA:
		break;
	}
	return true;
}

struct expression {
	const struct expression *next;
	const char *pattern;
	regex_t regex;
};

/*
 * The compiled pattern, kept from its first use on: compiling one costs a
 * hundred times what matching does.  There are no more than the endpoint
 * table has.  NULL: no memory.
 */
static const struct expression *
compiled(const char *pattern)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static const struct expression *kept;
	const struct expression *found;
	struct expression *fresh = NULL;

	pthread_mutex_lock(&mutex);
	for (found = kept; found != NULL; found = found->next) {
		if (strcmp(found->pattern, pattern) == 0)
			break;
	}
	if (found == NULL)
		fresh = malloc(sizeof(*fresh));
	if (fresh != NULL) {
		fresh->next = kept;
		fresh->pattern = pattern;
		if (regcomp(&fresh->regex, pattern, REG_EXTENDED | REG_NOSUB) ==
		    0)
			found = kept = fresh;
		else
			free(fresh);
	}
	pthread_mutex_unlock(&mutex);
	return found;
}

int
form_matches(const char *pattern, const char *text)
{
	const struct expression *expression = compiled(pattern);
	int rc;

	if (expression == NULL)
		return -ENOMEM;
	rc = regexec(&expression->regex, text, 0, NULL, 0);
	if (rc != 0 && rc != REG_NOMATCH)
		return -ENOMEM;
	return rc == 0;
}

size_t
form_characters(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}
