/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of B2B projects; the shared ones are in schema.c. */
#include "config.h"

#include "sandbox/store.h"

const char *const store_schema_b2b[] = {
	NULL,
};
