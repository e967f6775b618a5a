/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's log: lines on standard error, in the form journald reads
 * (<priority> first) where standard error is the journal, else with the
 * program's name.  Text from outside is made clean (buf_add_clean).  Only
 * programs log; libraries and modules return errors.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/attr.h"

#include <stdbool.h>

/* Numbers are syslog's. */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/*
 * Set the name and the highest level written; name is kept, not copied.
 * Until then everything up to LOG_LEVEL_INFO is written, without a name.
 */
void log_open(const char *program, enum log_level level);

/* One line, at most 2048 bytes; controls and what is not UTF-8 become '?'. */
void log_error(const char *format, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *format, ...) PRINTF_LIKE(1, 2);
void log_notice(const char *format, ...) PRINTF_LIKE(1, 2);
void log_info(const char *format, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
