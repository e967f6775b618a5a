/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The compiler extensions and the few idioms that every file may use.  GNU
 * extensions enter the project here and nowhere else.
 */
#ifndef COMMON_ATTR_H
#define COMMON_ATTR_H

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Call function(&variable) when the variable goes out of scope.  It does not
 * run on longjmp, _exit or thread cancellation.
 */
#define CLEANUP(function) __attribute__((cleanup(function)))

#define MUST_CHECK __attribute__((warn_unused_result))

/* Arguments from first on are checked against the format. */
#define PRINTF_LIKE(nth, first) __attribute__((format(printf, nth, first)))

/* A symbol that a library's exports map lists. */
#define EXPORT __attribute__((visibility("default")))

/* A function that the linker alone calls (--wrap): not to be optimised away. */
#define KEPT __attribute__((used))

/* Start loading the cache line at an address, which need not be readable. */
#define PREFETCH(address) __builtin_prefetch(address)

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* The value of pointer, which becomes NULL: moves ownership out of a scope. */
#define STEAL(pointer) \
	(__extension__({ \
		__typeof__(pointer) stolen_ = (pointer); \
		(pointer) = NULL; \
		stolen_; \
	}))

/* Cleanup of a heap string without a secret; *string may be NULL. */
static inline void
string_free(char **string)
{
	free(*string);
	*string = NULL;
}

/* Cleanup of a descriptor; -1 is none. */
static inline void
fd_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

#endif
