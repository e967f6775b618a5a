/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process is made of: libraries, descriptors, threads, memory. */
#ifndef TESTS_LOGIN_FOOTPRINT_H
#define TESTS_LOGIN_FOOTPRINT_H

#include <stddef.h>

#define FOOTPRINT_LIBRARIES_MAX 128

struct footprint {
	char libraries[FOOTPRINT_LIBRARIES_MAX][128];
	size_t library_count;
	unsigned descriptors;
	unsigned threads;
	size_t heap; /* bytes in use */
	long peak_kb;
};

/* Take it of this process.  Returns 0, or -EIO where /proc cannot be read. */
int footprint_take(struct footprint *footprint);

/* How many libraries after has that before has not; prints each, indented. */
size_t footprint_print_left(const struct footprint *before,
    const struct footprint *after);

#endif
