/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a packet: the texts of what parses can be written again. */
#include "config.h"

#include "common/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum wire_field texts[] = { WIRE_SERVICE, WIRE_USER,
		WIRE_RUNAS, WIRE_TTY, WIRE_RHOST, WIRE_RUSER, WIRE_LOCALE,
		WIRE_LOGIN, WIRE_NAME, WIRE_VERB, WIRE_ARGUMENTS, WIRE_TEXT,
		WIRE_GECOS, WIRE_HOME, WIRE_SHELL, WIRE_ROW_JSON };
	struct wire_message message;
	struct wire_writer writer;
	const char *answer;

	if (wire_parse(data, size, &message) != 0)
		return 0;
	wire_start(&writer, message.type);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		wire_add_text(&writer, texts[i], wire_text(&message, texts[i]));
	answer = wire_text(&message, WIRE_ANSWER_TEXT);
	if (answer != NULL)
		wire_add_secret(&writer, WIRE_ANSWER_TEXT, answer,
		    strlen(answer));
	for (size_t i = 0; i < wire_u32s_count(&message, WIRE_GROUPS); i++)
		(void)wire_u32s_at(&message, WIRE_GROUPS, i);
	if (writer.error != 0 || writer.len > size)
		abort();
	return 0;
}
