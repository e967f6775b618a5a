/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text that grows up to a ceiling.  The first failure sticks: add as you
 * like and check once, at buf_take() or buf_error().  Every block that the
 * buffer leaves is wiped, so a secret may pass through it.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL, or len bytes and a NUL */
	size_t len;
	size_t size;
	size_t max; /* ceiling of len */
	int error;  /* 0, or the first failure as a negative errno */
};

#define BUF_INIT(ceiling) \
	{ \
		.data = NULL, .len = 0, .size = 0, .max = (ceiling), \
		.error = 0 \
	}

/* Append len bytes.  -ENOMEM, or -E2BIG past the ceiling, sticks. */
void buf_add(struct buf *buf, const void *data, size_t len);

/* Append a string, one character, or formatted text. */
void buf_adds(struct buf *buf, const char *string);
void buf_addc(struct buf *buf, char c);
void buf_addf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * Append what fd gives until its end.  A failed read() sticks as its errno;
 * -EINTR is tried again.
 */
void buf_add_file(struct buf *buf, int fd);

/*
 * Append value as one segment of a URL's path: everything but RFC 3986's
 * unreserved characters is percent-encoded.  An empty value, "." and ".."
 * are -EINVAL.
 */
void buf_add_segment(struct buf *buf, const char *value);

/* Append value, percent-encoded as buf_add_segment() does; any value goes. */
void buf_add_encoded(struct buf *buf, const char *value);

/*
 * Append text made fit for a terminal or a log: bytes that are not UTF-8,
 * control characters (newline and tab too) and bidirectional controls become
 * '?'.  At most max_len bytes of text are looked at, cut between characters.
 */
void buf_add_clean(struct buf *buf, const char *text, size_t max_len);

/* 0, or the first failure as a negative errno. */
int buf_error(const struct buf *buf) MUST_CHECK;

/* The text so far, never NULL. */
const char *buf_text(const struct buf *buf);

/*
 * Give the text to the caller, who frees it; the buffer is empty afterwards.
 * An empty buffer gives "".  Returns 0 or the first failure (-ENOMEM,
 * -E2BIG, -EINVAL); then *out_text is not touched and the buffer is cleared.
 */
int buf_take(struct buf *buf, char **out_text) MUST_CHECK;

/* Forget the text but keep block and ceiling, wiped. */
void buf_reset(struct buf *buf);

/* Wipe and free; the buffer may be used again. */
void buf_clear(struct buf *buf);

/*
 * The length in bytes of the valid UTF-8 character at text (of which len bytes
 * are there), or 0; its code point in *out_point.
 */
size_t utf8_character(const char *text, size_t len, unsigned *out_point);

/* Whether a code point may be shown: no control and no bidirectional one. */
bool utf8_is_clean(unsigned point);

#endif
