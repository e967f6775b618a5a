/* SPDX-License-Identifier: BSD-2-Clause */
/* Times and their text. */
#include "config.h"

#include "sandbox/clock.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LATEST_S INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

int64_t
clock_real_us(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return 0;
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

int64_t
clock_monotonic_us(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

/* value as count digits at out; the place behind them. */
static char *
put_digits(char *out, int value, int count)
{
	for (int i = count; i > 0; i--, value /= 10)
		out[i - 1] = (char)('0' + value % 10);
	return out + count;
}

/* Not by printf: a session's answer has a dozen times. */
void
time_format(int64_t time_us, struct time_text *out_text)
{
	int64_t seconds = time_us / SECOND_US;
	char *out = out_text->text;
	struct tm tm;
	time_t when;

	if (time_us < 0)
		seconds = time_us = 0;
	if (seconds > LATEST_S)
		seconds = LATEST_S;
	when = (time_t)seconds;
	if (gmtime_r(&when, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	out = put_digits(out, tm.tm_year + 1900, 4);
	*out++ = '-';
	out = put_digits(out, tm.tm_mon + 1, 2);
	*out++ = '-';
	out = put_digits(out, tm.tm_mday, 2);
	*out++ = 'T';
	out = put_digits(out, tm.tm_hour, 2);
	*out++ = ':';
	out = put_digits(out, tm.tm_min, 2);
	*out++ = ':';
	out = put_digits(out, tm.tm_sec, 2);
	*out++ = '.';
	out = put_digits(out, (int)(time_us % SECOND_US), 6);
	memcpy(out, "Z", 2);
}

/* Exactly count digits at *text, which moves on; the value, or -1. */
static int
digits(const char **text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++, (*text)++) {
		if (!isdigit((unsigned char)**text))
			return -1;
		value = value * 10 + (**text - '0');
	}
	return value;
}

static bool
skip(const char **text, const char *any_of)
{
	if (**text == '\0' || strchr(any_of, **text) == NULL)
		return false;
	(*text)++;
	return true;
}

/* "Z" or "+hh:mm", as seconds to take off; false if it is neither. */
static bool
parse_zone(const char **text, int64_t *out_seconds)
{
	int sign = **text == '-' ? -1 : 1;
	int hours, minutes;

	if (skip(text, "Zz")) {
		*out_seconds = 0;
		return true;
	}
	if (!skip(text, "+-") || (hours = digits(text, 2)) < 0 || hours > 23 ||
	    !skip(text, ":") || (minutes = digits(text, 2)) < 0 || minutes > 59)
		return false;
	*out_seconds = (int64_t)sign * (hours * 3600 + minutes * 60);
	return true;
}

/* ".123", to microseconds; further digits are read and dropped. */
static bool
parse_fraction(const char **text, int64_t *out_us)
{
	int64_t scale = SECOND_US;

	*out_us = 0;
	if (**text != '.')
		return true;
	(*text)++;
	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++) {
		scale /= 10;
		*out_us += scale * (**text - '0');
	}
	return true;
}

static bool
parse_date_and_time(const char **text, struct tm *tm)
{
	return (tm->tm_year = digits(text, 4)) >= 0 && skip(text, "-") &&
	    (tm->tm_mon = digits(text, 2)) >= 1 && tm->tm_mon <= 12 &&
	    skip(text, "-") && (tm->tm_mday = digits(text, 2)) >= 1 &&
	    tm->tm_mday <= 31 && skip(text, "Tt ") &&
	    (tm->tm_hour = digits(text, 2)) >= 0 && tm->tm_hour <= 23 &&
	    skip(text, ":") && (tm->tm_min = digits(text, 2)) >= 0 &&
	    tm->tm_min <= 59 && skip(text, ":") &&
	    (tm->tm_sec = digits(text, 2)) >= 0 && tm->tm_sec <= 60;
}

int
time_parse(const char *text, int64_t *out_time_us)
{
	struct tm tm = { .tm_isdst = 0 };
	int64_t zone, fraction;

	if (!parse_date_and_time(&text, &tm) ||
	    !parse_fraction(&text, &fraction) || !parse_zone(&text, &zone) ||
	    *text != '\0')
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*out_time_us = ((int64_t)timegm(&tm) - zone) * SECOND_US + fraction;
	return 0;
}
