/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers of the API: first a line with the status and a path to read by,
 * then the body.
 */
#include "config.h"

#include "libstytch/json.h"
#include "libstytch/reply.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold of an error, whatever came. */
static void
check_error(const struct stytch_error *error, enum stytch_class class_)
{
	const char *const texts[] = { error->error_type, error->request_id,
		error->message };

	if (error->class_ != class_ || class_ == STYTCH_OK)
		abort();
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		for (const char *c = texts[i]; *c != '\0'; c++)
			if ((unsigned char)*c < ' ' || *c == 0x7f)
				abort();
}

static void
read_by_path(const struct stytch_reply *reply, const char *path)
{
	const char *text = stytch_reply_string(reply, path);

	if (text != NULL && strlen(text) > 0 && !stytch_reply_has(reply, path))
		abort();
	if (stytch_reply_int(reply, path, 7) > JSON_INTEGER_MAX)
		abort();
	(void)stytch_reply_bool(reply, path, true);
	(void)stytch_reply_count(reply, path);
	(void)stytch_reply_request_id(reply);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	struct stytch_error error;
	const uint8_t *newline = size == 0 ? NULL : memchr(data, '\n', size);
	char path[300] = "";
	size_t len;
	int status;
	enum stytch_class class_;

	if (newline == NULL || newline - data < 3)
		return 0;
	status = data[0] * 100 + data[1] * 10 + data[2] - '0' * 111;
	len = (size_t)(newline - data) - 3;
	memcpy(path, data + 3, len < sizeof(path) ? len : sizeof(path) - 1);
	len = size - (size_t)(newline + 1 - data);
	class_ =
	    reply_parse(status, (const char *)newline + 1, len, &reply, &error);
	if ((class_ == STYTCH_OK) != (reply != NULL) ||
	    (class_ == STYTCH_OK && (status < 200 || status > 299)))
		abort();
	if (class_ != STYTCH_OK)
		check_error(&error, class_);
	else
		read_by_path(reply, path);
	return 0;
}
