/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that runs out: with LINK_FAILING the n-th allocation from now fails.
 * Count n up until the code under test succeeds, and every path has been
 * walked.  For one test program a time (it defines the wrappers).
 */
#ifndef TESTS_UNIT_FAILING_H
#define TESTS_UNIT_FAILING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

static atomic_uint failing_at; /* 0: never; n: the n-th call from now */

static int
failing_now(void)
{
	unsigned n = failing_at;

	while (n > 0)
		if (atomic_compare_exchange_weak(&failing_at, &n, n - 1))
			return n == 1;
	return 0;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
char *__wrap_strndup(const char *text, size_t len);

void *
__wrap_malloc(size_t size)
{
	return failing_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return failing_now() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *block, size_t size)
{
	return failing_now() ? NULL : __real_realloc(block, size);
}

char *
__wrap_strdup(const char *text)
{
	return failing_now() ? NULL : __real_strdup(text);
}

char *
__wrap_strndup(const char *text, size_t len)
{
	return failing_now() ? NULL : __real_strndup(text, len);
}

#endif
