/* SPDX-License-Identifier: BSD-2-Clause */
/* The parser of nss.limits: what it takes, it writes and reads back alike. */
#include "config.h"

#include "nss_stytch/limits.h"

#include <errno.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool good)
{
	if (!good)
		abort();
}

static void
read_back(const struct limits *limits)
{
	CLEANUP(string_free) char *text = NULL;
	CLEANUP(string_free) char *again = NULL;
	CLEANUP(limits_clear) struct limits copy = LIMITS_INIT;
	unsigned line;
	int error = limits_format(limits, &text);

	/* Without comments and blanks it is no longer than it was. */
	expect(error == 0 || error == -ENOMEM);
	if (error != 0)
		return;
	expect(limits_parse(text, strlen(text), &copy, &line) == 0);
	expect(limits_format(&copy, &again) == 0);
	expect(strcmp(text, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	unsigned line = 0;
	int error;

	if (size > LIMITS_SIZE_MAX)
		return 0;
	error = limits_parse((const char *)data, size, &limits, &line);
	if (error != 0) {
		expect(line > 0 || error == -ENOMEM);
		return 0;
	}
	expect(!limits_allow_account(&limits, 0, 0));
	expect(!limits_allow_group(&limits, LIMITS_ID_MIN - 1));
	expect(!limits_allow_group(&limits, UINT32_MAX));
	expect(!limits_allow_member(&limits, 0, "alice"));
	read_back(&limits);
	return 0;
}
