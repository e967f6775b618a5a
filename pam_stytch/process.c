/* SPDX-License-Identifier: BSD-2-Clause */
/* The calling process, from /proc; see process.h. */
#include "config.h"

#include "pam_stytch/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX 1024
#define PATH_MAX_SIZE 128
#define FIELD_PARENT 4
#define FIELD_START 22
#define SESSION_UNSET UINT32_MAX

/* Text not read yet. */
struct rest {
	const char *at;
	size_t len;
};

/* A decimal number of at most max, nothing else around it. */
static int
parse_number(const char *text, size_t len, uint64_t max, uint64_t *out_number)
{
	uint64_t number = 0;

	if (len == 0)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(unsigned char)text[i] - '0';

		if (digit > 9 || number > (max - digit) / 10)
			return -EINVAL;
		number = number * 10 + digit;
	}
	*out_number = number;
	return 0;
}

/* The next word, up to a space, a newline or the end; empty if none is left. */
static struct rest
next_word(struct rest *rest)
{
	struct rest word = { rest->at, 0 };

	while (word.len < rest->len && word.at[word.len] != ' ' &&
	    word.at[word.len] != '\n')
		word.len++;
	rest->at += word.len;
	rest->len -= word.len;
	if (rest->len > 0) {
		rest->at++;
		rest->len--;
	}
	return word;
}

int
process_parse_stat(const char *text, size_t len, struct process_stat *out_stat)
{
	struct rest rest = { text, len };
	struct rest word = next_word(&rest);
	uint64_t pid, parent = 0, start = 0;
	const char *name_end;

	if (parse_number(word.at, word.len, UINT32_MAX, &pid) != 0 ||
	    rest.len == 0 || rest.at[0] != '(')
		return -EINVAL;
	name_end = memrchr(rest.at, ')', rest.len);
	if (name_end == NULL || text + len - name_end < 2 || name_end[1] != ' ')
		return -EINVAL;
	rest.at = name_end + 2;
	rest.len = (size_t)(text + len - rest.at);
	for (int field = 3; field <= FIELD_START; field++) {
		word = next_word(&rest);
		if (word.len == 0 ||
		    (field == FIELD_PARENT &&
			parse_number(word.at, word.len, UINT32_MAX, &parent) !=
			    0) ||
		    (field == FIELD_START &&
			parse_number(word.at, word.len, UINT64_MAX, &start) !=
			    0))
			return -EINVAL;
	}
	out_stat->pid = (uint32_t)pid;
	out_stat->parent_pid = (uint32_t)parent;
	out_stat->start = start;
	return 0;
}

int
process_parse_session(const char *text, size_t len, uint32_t *out_session)
{
	uint64_t session;

	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (parse_number(text, len, UINT32_MAX, &session) != 0)
		return -EINVAL;
	if (session == SESSION_UNSET)
		return -ENODATA;
	*out_session = (uint32_t)session;
	return 0;
}

/* Read proc/who/name whole into text, FILE_MAX bytes. */
static int
read_file(const char *proc, const char *who, const char *name, char *text,
    size_t *out_len)
{
	CLEANUP(fd_close) int fd = -1;
	char path[PATH_MAX_SIZE];
	size_t len = 0;
	int n = snprintf(path, sizeof(path), "%s/%s/%s", proc, who, name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (len < FILE_MAX) {
		ssize_t got = read(fd, text + len, FILE_MAX - len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0) {
			*out_len = len;
			return 0;
		}
		len += (size_t)got;
	}
	return -EFBIG;
}

static int
read_stat(const char *proc, const char *who, struct process_stat *out_stat)
{
	char text[FILE_MAX];
	size_t len = 0;
	int error = read_file(proc, who, "stat", text, &len);

	return error != 0 ? error : process_parse_stat(text, len, out_stat);
}

/*
 * The parent's start time counts only if the number is still our parent's
 * when it has been read: else another process may have taken it.
 */
static int
read_parent(const char *proc, uint32_t pid, uint64_t *out_start)
{
	struct process_stat parent, self;
	char who[16];
	int n = snprintf(who, sizeof(who), "%lu", (unsigned long)pid);

	if (n < 0 || (size_t)n >= sizeof(who) || pid == 0)
		return -ESRCH;
	if (read_stat(proc, who, &parent) != 0 || parent.pid != pid ||
	    read_stat(proc, "self", &self) != 0 || self.parent_pid != pid)
		return -ESRCH;
	*out_start = parent.start;
	return 0;
}

void
process_read(const char *proc, struct process *out_process)
{
	struct process process = { 0 };
	struct process_stat self;
	char text[FILE_MAX];
	size_t len = 0;

	if (read_stat(proc, "self", &self) == 0) {
		process.has_start = true;
		process.start = self.start;
		process.parent_pid = self.parent_pid;
		process.has_parent = read_parent(proc, self.parent_pid,
					 &process.parent_start) == 0;
	}
	process.has_audit_session =
	    read_file(proc, "self", "sessionid", text, &len) == 0 &&
	    process_parse_session(text, len, &process.audit_session) == 0;
	*out_process = process;
}
