/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the parts of a request: target, query, credentials. */
#include "config.h"

#include "sandbox/http.h"

#include "sandbox/token.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

void
http_reply_clear(struct http_reply *reply)
{
	buf_clear(&reply->body);
	buf_clear(&reply->location);
}

void
http_reply_note_error(struct http_reply *reply, const char *type)
{
	size_t len = strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (type[len] != '\0' || len >= sizeof(reply->error_type)) {
		type = "other";
		len = strlen(type);
	}
	memcpy(reply->error_type, type, len);
	reply->error_type[len] = '\0';
}

size_t
http_path_len(const char *target)
{
	return strcspn(target, "?#");
}

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	at = c != '\0' ? strchr(digits, c) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

int
http_decode(struct buf *buf, const char *text, size_t len, bool plus)
{
	size_t start = buf->len;
	size_t step;
	unsigned point;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 1 < len ? hex_value(text[i + 1]) : -1;
			int low = i + 2 < len ? hex_value(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -EINVAL;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		buf_addc(buf, c);
	}
	if (buf_error(buf) != 0)
		return buf_error(buf);
	for (size_t i = start; i < buf->len; i += step) {
		step = utf8_character(buf_text(buf) + i, buf->len - i, &point);
		if (step == 0 || point == 0)
			return -EINVAL;
	}
	return 0;
}

int
http_query_next(const char **query, struct buf *out_name, struct buf *out_value)
{
	const char *pair = *query + strspn(*query, "&");
	size_t len = strcspn(pair, "&#");
	size_t name_len = strcspn(pair, "=&#");
	int rc;

	buf_reset(out_name);
	buf_reset(out_value);
	if (len == 0)
		return 0;
	*query = pair + len;
	rc = http_decode(out_name, pair, name_len, true);
	if (rc == 0 && name_len < len)
		rc = http_decode(out_value, pair + name_len + 1,
		    len - name_len - 1, true);
	return rc == 0 ? 1 : rc;
}

bool
http_query_get(const char *target, const char *name, struct buf *out)
{
	CLEANUP(buf_clear) struct buf key = BUF_INIT(4096);
	CLEANUP(buf_clear) struct buf value = BUF_INIT(8192);
	const char *query = target + http_path_len(target);

	if (*query++ != '?')
		return false;
	while (http_query_next(&query, &key, &value) > 0) {
		if (strcmp(buf_text(&key), name) == 0) {
			buf_adds(out, buf_text(&value));
			return buf_error(out) == 0;
		}
	}
	return false;
}

int
http_basic(const char *authorization, char *out_user, char *out_password,
    size_t size)
{
	static const char scheme[] = "Basic ";
	uint8_t pair[512];
	char *colon;
	size_t len;

	if (authorization == NULL ||
	    strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0 ||
	    base64_read(authorization + sizeof(scheme) - 1, pair,
		sizeof(pair) - 1, &len) != 0 ||
	    memchr(pair, '\0', len) != NULL)
		return -EINVAL;
	pair[len] = '\0';
	colon = strchr((char *)pair, ':');
	if (colon == NULL || (size_t)(colon - (char *)pair) >= size ||
	    strlen(colon + 1) >= size)
		return -EINVAL;
	*colon++ = '\0';
	memcpy(out_user, pair, strlen((char *)pair) + 1);
	memcpy(out_password, colon, strlen(colon) + 1);
	return 0;
}
