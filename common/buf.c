/* SPDX-License-Identifier: BSD-2-Clause */
/* A growing text with a ceiling, wiped as it moves; see buf.h. */
#include "config.h"

#include "common/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRST_SIZE 64

/* Make room for len more bytes and a NUL. */
static int
buf_reserve(struct buf *buf, size_t len)
{
	size_t size = buf->size == 0 ? FIRST_SIZE : buf->size;
	char *data;

	if (buf->error != 0)
		return buf->error;
	if (len > buf->max || buf->len > buf->max - len)
		return buf->error = -E2BIG;
	if (buf->data != NULL && buf->len + len < buf->size)
		return 0;
	while (size <= buf->len + len) {
		if (size > SIZE_MAX / 2)
			return buf->error = -E2BIG;
		size *= 2;
	}
	data = malloc(size);
	if (data == NULL)
		return buf->error = -ENOMEM;
	if (buf->data != NULL) {
		memcpy(data, buf->data, buf->len);
		explicit_bzero(buf->data, buf->size);
		free(buf->data);
	}
	data[buf->len] = '\0';
	buf->data = data;
	buf->size = size;
	return 0;
}

void
buf_add(struct buf *buf, const void *data, size_t len)
{
	if (buf_reserve(buf, len) != 0)
		return;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void
buf_adds(struct buf *buf, const char *string)
{
	buf_add(buf, string, strlen(string));
}

void
buf_addc(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void
buf_addf(struct buf *buf, const char *format, ...)
{
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (len < 0) {
		buf->error = buf->error != 0 ? buf->error : -EINVAL;
		return;
	}
	if (buf_reserve(buf, (size_t)len) != 0)
		return;
	va_start(arguments, format);
	len = vsnprintf(buf->data + buf->len, buf->size - buf->len, format,
	    arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= buf->size - buf->len) {
		buf->data[buf->len] = '\0';
		buf->error = -EINVAL;
		return;
	}
	buf->len += (size_t)len;
}

void
buf_add_file(struct buf *buf, int fd)
{
	char block[4096];
	ssize_t got = 1;

	while (got != 0 && buf->error == 0) {
		got = read(fd, block, sizeof(block));
		if (got > 0)
			buf_add(buf, block, (size_t)got);
		else if (got < 0 && errno != EINTR)
			buf->error = -errno;
	}
	explicit_bzero(block, sizeof(block));
}

static bool
is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~';
}

void
buf_add_encoded(struct buf *buf, const char *value)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (is_unreserved(c)) {
			buf_addc(buf, (char)c);
		} else {
			char encoded[3] = { '%', digits[c >> 4],
				digits[c & 15] };

			buf_add(buf, encoded, sizeof(encoded));
		}
	}
}

void
buf_add_segment(struct buf *buf, const char *value)
{
	if (value[0] == '\0' || strcmp(value, ".") == 0 ||
	    strcmp(value, "..") == 0) {
		buf->error = buf->error != 0 ? buf->error : -EINVAL;
		return;
	}
	buf_add_encoded(buf, value);
}

size_t
utf8_character(const char *text, size_t len, unsigned *out_point)
{
	static const unsigned lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	size_t need;
	unsigned point;

	if (len == 0)
		return 0;
	if (bytes[0] < 0x80) {
		*out_point = bytes[0];
		return 1;
	}
	need = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || len < need)
		return 0;
	point = bytes[0] & (0x7fU >> need);
	for (size_t i = 1; i < need; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (bytes[i] & 0x3fU);
	}
	if (point < lowest[need] || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*out_point = point;
	return need;
}

bool
utf8_is_clean(unsigned point)
{
	static const struct {
		unsigned first, last;
	} refused[] = {
		{ 0x00, 0x1f },       /* C0 */
		{ 0x7f, 0x9f },       /* DEL and C1 */
		{ 0x061c, 0x061c },   /* Arabic letter mark */
		{ 0x200b, 0x200f },   /* zero width, and direction marks */
		{ 0x2028, 0x202e },   /* separators, embeddings, overrides */
		{ 0x2060, 0x206f },   /* invisible operators, isolates */
		{ 0xfeff, 0xfeff },   /* byte order mark */
		{ 0xfff9, 0xfffb },   /* interlinear annotation */
		{ 0xe0000, 0xe007f }, /* tags */
	};

	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (point >= refused[i].first && point <= refused[i].last)
			return false;
	return true;
}

/* How many bytes from here are printable ASCII: nearly all there is. */
static size_t
plain_run(const char *text, size_t len)
{
	size_t run = 0;

	while (run < len && text[run] >= ' ' && text[run] < 0x7f)
		run++;
	return run;
}

void
buf_add_clean(struct buf *buf, const char *text, size_t max_len)
{
	size_t len = strnlen(text, max_len);
	size_t clean = 0; /* bytes before text that go in as they are */

	while (len > 0) {
		unsigned point = ' ';
		size_t step = plain_run(text, len);

		if (step == 0)
			step = utf8_character(text, len, &point);
		if (step != 0 && utf8_is_clean(point)) {
			clean += step;
		} else {
			buf_add(buf, text - clean, clean);
			buf_addc(buf, '?');
			clean = 0;
			step = step == 0 ? 1 : step;
		}
		text += step;
		len -= step;
	}
	buf_add(buf, text - clean, clean);
}

int
buf_error(const struct buf *buf)
{
	return buf->error;
}

const char *
buf_text(const struct buf *buf)
{
	return buf->data == NULL ? "" : buf->data;
}

int
buf_take(struct buf *buf, char **out_text)
{
	int error;

	if (buf->data == NULL)
		(void)buf_reserve(buf, 0);
	error = buf->error;
	if (error != 0) {
		buf_clear(buf);
		return error;
	}
	*out_text = STEAL(buf->data);
	buf_clear(buf);
	return 0;
}

void
buf_reset(struct buf *buf)
{
	if (buf->data != NULL)
		explicit_bzero(buf->data, buf->size);
	buf->len = 0;
	buf->error = 0;
}

void
buf_clear(struct buf *buf)
{
	if (buf->data != NULL)
		explicit_bzero(buf->data, buf->size);
	free(buf->data);
	buf->data = NULL;
	buf->len = 0;
	buf->size = 0;
	buf->error = 0;
}
