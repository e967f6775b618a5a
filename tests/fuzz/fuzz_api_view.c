/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers of the API as stytchctl api prints them: no escape gets out, and
 * JSON stays the JSON it was.
 */
#include "config.h"

#include "libstytch/json.h"
#include "libstytch/reply.h"
#include "stytchctl/api.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_clean(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] == 0x7f ||
		    ((unsigned char)text[i] < 0x20 && text[i] != '\n' &&
			text[i] != '\t'))
			abort();
}

static void
view(const struct stytch_reply *reply)
{
	char *printed = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&printed, &len);

	if (out == NULL)
		return;
	(void)!api_view(reply, out);
	(void)fclose(out);
	check_clean(printed, len);
	free(printed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(stytch_reply_free) struct stytch_reply *reply = NULL;
	CLEANUP(secret_clear) struct secret text = SECRET_INIT;
	CLEANUP(json_free) cJSON *again = NULL;
	struct stytch_error error;

	if (reply_parse(200, (const char *)data, size, &reply, &error) !=
	    STYTCH_OK)
		return 0;
	view(reply);
	if (api_json_text(stytch_reply_json(reply), true, &text) != 0)
		return 0;
	check_clean(secret_reveal(&text), text.len);
	again = cJSON_Parse(secret_reveal(&text));
	if (again == NULL)
		abort();
	return 0;
}
