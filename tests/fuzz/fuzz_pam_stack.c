/* SPDX-License-Identifier: BSD-2-Clause */
/* A PAM service file of any bytes. */
#include "config.h"

#include "stytchctl/pam_stack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pam_stack stack;

static int
include_nothing(struct pam_stack *into, const char *file, void *context)
{
	(void)into;
	(void)context;
	return *file == '\0' ? -1 : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	memset(&stack, 0, sizeof(stack));
	if (pam_stack_add(&stack, "file", text, include_nothing, NULL) != 0 &&
	    stack.fault[0] == '\0')
		abort();
	for (size_t i = 0; i < stack.count; i++)
		if (stack.entries[i].module[0] == '\0' ||
		    stack.entries[i].line == 0)
			abort();
	free(text);
	return 0;
}
