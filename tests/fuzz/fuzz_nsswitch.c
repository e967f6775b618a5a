/* SPDX-License-Identifier: BSD-2-Clause */
/* nsswitch.conf and /proc/PID/stat of any bytes. */
#include "config.h"

#include "stytchctl/check.h"
#include "stytchctl/process.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	uint64_t start;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (nsswitch_fault(text, "passwd") == NULL &&
	    strstr(text, "stytch") == NULL)
		abort();
	(void)!process_parse_start((const char *)data, size, &start);
	free(text);
	return 0;
}
