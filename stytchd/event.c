/* SPDX-License-Identifier: BSD-2-Clause */
/* Events; see event.h. */
#include "config.h"

#include "stytchd/event.h"

#include "common/buf.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#ifdef HAVE_SYSTEMD
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#endif

#define FIELD_MAX 1024
#define LINE_MAX_LEN 2000

static bool to_journal;

/* clang-format off */
static const struct {
	const char *name;
	enum log_level level;
	void (*write)(const char *format, ...) PRINTF_LIKE(1, 2);
} verdicts[] = {
	[EVENT_REFUSED]     = { "refused",     LOG_LEVEL_NOTICE,  log_notice },
	[EVENT_GRANTED]     = { "granted",     LOG_LEVEL_INFO,    log_info },
	[EVENT_UNAVAILABLE] = { "unavailable", LOG_LEVEL_WARNING, log_warning },
	[EVENT_CANCELLED]   = { "cancelled",   LOG_LEVEL_INFO,    log_info },
	[EVENT_ALARM]       = { "alarm",       LOG_LEVEL_ERROR,   log_error },
};

static const struct {
	const char *field; /* in the journal */
	const char *word;  /* in the line */
	size_t offset;
} parts[] = {
	{ "STYTCH_OPERATION",  "operation", offsetof(struct event, operation) },
	{ "STYTCH_ACCOUNT",    "account",   offsetof(struct event, account) },
	{ "STYTCH_IDENTITY",   "identity",  offsetof(struct event, identity) },
	{ "STYTCH_SERVICE",    "service",   offsetof(struct event, service) },
	{ "STYTCH_RHOST",      "rhost",     offsetof(struct event, rhost) },
	{ "STYTCH_TTY",        "tty",       offsetof(struct event, tty) },
	{ "STYTCH_METHOD",     "method",    offsetof(struct event, method) },
	{ "STYTCH_REASON",     "reason",    offsetof(struct event, reason) },
	{ "STYTCH_REQUEST_ID", "request",   offsetof(struct event, request_id) },
};
/* clang-format on */

static const char *
part_text(const struct event *event, size_t i)
{
	const char *text;

	memcpy(&text, (const char *)event + parts[i].offset, sizeof(text));
	return text;
}

/* Whether standard error is the journal that JOURNAL_STREAM names. */
void
event_open(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat status;
	char own[64];
	int len;

	if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
		return;
	len = snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)status.st_dev,
	    (uintmax_t)status.st_ino);
	to_journal =
	    len > 0 && (size_t)len < sizeof(own) && strcmp(own, stream) == 0;
}

/* verdict=granted account="alice" ...; quotes would need escapes: none. */
static void
add_line(struct buf *line, const struct event *event)
{
	buf_addf(line, "verdict=%s", verdicts[event->verdict].name);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const char *text = part_text(event, i);

		if (text == NULL || text[0] == '\0')
			continue;
		buf_addf(line, " %s=", parts[i].word);
		if (strchr(text, ' ') == NULL && strchr(text, '=') == NULL) {
			buf_add_clean(line, text, FIELD_MAX);
			continue;
		}
		buf_addc(line, '"');
		buf_add_clean(line, text, FIELD_MAX);
		buf_addc(line, '"');
	}
}

#ifdef HAVE_SYSTEMD
/* Each field in a buffer of its own, all in one message. */
static int
write_journal(const struct event *event, const char *line)
{
	struct buf fields[ARRAY_LEN(parts) + 3];
	struct iovec pieces[ARRAY_LEN(fields)];
	size_t count = 0;
	int error;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		fields[i] = (struct buf)BUF_INIT(LINE_MAX_LEN + FIELD_MAX);
	buf_addf(&fields[count++], "MESSAGE=%s", line);
	buf_addf(&fields[count++], "PRIORITY=%d",
	    (int)verdicts[event->verdict].level);
	buf_addf(&fields[count++], "STYTCH_VERDICT=%s",
	    verdicts[event->verdict].name);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const char *text = part_text(event, i);

		if (text == NULL || text[0] == '\0')
			continue;
		buf_addf(&fields[count], "%s=", parts[i].field);
		buf_add_clean(&fields[count++], text, FIELD_MAX);
	}
	for (size_t i = 0; i < count; i++)
		pieces[i] = (struct iovec){ fields[i].data, fields[i].len };
	error = sd_journal_sendv(pieces, (int)count);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		buf_clear(&fields[i]);
	return error;
}
#else
static int
write_journal(const struct event *event, const char *line)
{
	(void)event;
	(void)line;
	return -1;
}
#endif

void
event_write(const struct event *event)
{
	CLEANUP(buf_clear) struct buf line = BUF_INIT(LINE_MAX_LEN);

	add_line(&line, event);
	if (to_journal && write_journal(event, buf_text(&line)) >= 0)
		return;
	verdicts[event->verdict].write("%s", buf_text(&line));
}
