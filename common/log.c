/* SPDX-License-Identifier: BSD-2-Clause */
/* A program's log lines; see log.h. */
#include "config.h"

#include "common/log.h"

#include "common/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_MAX_LEN 2048

static const char *log_program;
static enum log_level log_highest = LOG_LEVEL_INFO;

/*
 * Whether standard error is the journal's stream: systemd tells device and inode
 * of it in JOURNAL_STREAM.
 */
static bool
stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat status;
	char text[64];
	int len;

	if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
		return false;
	len = snprintf(text, sizeof(text), "%lu:%lu",
	    (unsigned long)status.st_dev, (unsigned long)status.st_ino);
	return len > 0 && (size_t)len < sizeof(text) &&
	    strcmp(text, stream) == 0;
}

void
log_open(const char *program, enum log_level level)
{
	log_program = program;
	log_highest = level;
}

PRINTF_LIKE(2, 0)
static void
log_line(enum log_level level, const char *format, va_list arguments)
{
	CLEANUP(buf_clear) struct buf line = BUF_INIT(4 * LINE_MAX_LEN);
	char text[LINE_MAX_LEN];
	const char *rest;
	size_t left;

	if (level > log_highest ||
	    vsnprintf(text, sizeof(text), format, arguments) < 0)
		return;
	if (stderr_is_journal())
		buf_addf(&line, "<%d>", (int)level);
	else if (log_program != NULL)
		buf_addf(&line, "%s: ", log_program);
	buf_add_clean(&line, text, sizeof(text));
	buf_addc(&line, '\n');
	rest = buf_text(&line);
	for (left = line.len; left > 0;) {
		ssize_t n = write(STDERR_FILENO, rest, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		rest += n;
		left -= (size_t)n;
	}
}

#define LOG_FUNCTION(name, level) \
	void name(const char *format, ...) \
	{ \
		va_list arguments; \
\
		va_start(arguments, format); \
		log_line(level, format, arguments); \
		va_end(arguments); \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_notice, LOG_LEVEL_NOTICE)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
