/* SPDX-License-Identifier: BSD-2-Clause */
/* Times: microseconds since 1970, and their RFC 3339 text. */
#ifndef SANDBOX_CLOCK_H
#define SANDBOX_CLOCK_H

#include "common/attr.h"

#include <stdint.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)

struct time_text {
	char text[40];
};

/* The machine's time; the sandbox's is that plus an offset (request.now_us). */
int64_t clock_real_us(void);
/* A clock that nobody sets, for durations. */
int64_t clock_monotonic_us(void);

/* 2024-01-02T03:04:05.678901Z; times outside 0..9999 are clamped. */
void time_format(int64_t time_us, struct time_text *out_text);

/* Read RFC 3339, with Z or an offset.  0, or -EINVAL. */
int time_parse(const char *text, int64_t *out_time_us) MUST_CHECK;

#endif
