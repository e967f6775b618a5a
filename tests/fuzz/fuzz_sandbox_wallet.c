/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a wallet sends, as lines: type, address, signature; what is left is the
 * message.
 */
#include "config.h"

#include "sandbox/wallet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The line at *text, ended; *text moves behind it. */
static char *
next_line(char **text)
{
	char *line = *text;
	size_t len = strcspn(line, "\n");

	*text = line + len + (line[len] == '\n');
	line[len] = '\0';
	return line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	char *rest = copy;
	const char *type, *address, *signature;
	struct wallet wallet, again;

	if (copy == NULL)
		return 0;
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	type = next_line(&rest);
	address = next_line(&rest);
	signature = next_line(&rest);
	if (wallet_read(type, address, &wallet) == API_OK) {
		/* The form that is kept is one that is read. */
		if (wallet_read(type, wallet.address, &again) != API_OK ||
		    strcmp(wallet.address, again.address) != 0)
			abort();
		if (size < 4096 &&
		    wallet_check(&wallet, rest, signature) ==
			API_INTERNAL_SERVER_ERROR)
			abort();
	}
	free(copy);
	return 0;
}
