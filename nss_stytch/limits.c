/* SPDX-License-Identifier: BSD-2-Clause */
/* The limits of the NSS module; see limits.h. */
#include "config.h"

#include "nss_stytch/limits.h"

#include "common/buf.h"
#include "nss_stytch/map_grammar.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int
limits_add_range(struct limits *limits, enum limits_kind kind, uint32_t first,
    uint32_t last)
{
	struct limits_ranges *ids = &limits->ids[kind];

	if (first < LIMITS_ID_MIN || last > LIMITS_ID_MAX || first > last)
		return -EINVAL;
	if (ids->count == ARRAY_LEN(ids->range))
		return -E2BIG;
	ids->range[ids->count].first = first;
	ids->range[ids->count].last = last;
	ids->count++;
	return 0;
}

/* Names by comma, none of them empty, or "*". */
static bool
names_are_valid(const char *names)
{
	if (strcmp(names, "*") == 0)
		return true;
	for (;;) {
		size_t len = strcspn(names, ",");

		if (!map_account_name_is_valid(names, len))
			return false;
		if (names[len] == '\0')
			return true;
		names += len + 1;
	}
}

int
limits_add_grant(struct limits *limits, uint32_t gid, const char *names)
{
	struct limits_grant *grants;
	char *copy;

	if (!map_id_is_valid(gid) || !names_are_valid(names))
		return -EINVAL;
	if (limits->grant_count == LIMITS_GRANTS_MAX)
		return -E2BIG;
	grants = reallocarray(limits->grants, limits->grant_count + 1,
	    sizeof(*grants));
	if (grants == NULL)
		return -ENOMEM;
	limits->grants = grants;
	copy = strdup(names);
	if (copy == NULL)
		return -ENOMEM;
	grants[limits->grant_count].gid = gid;
	grants[limits->grant_count].names = copy;
	limits->grant_count++;
	return 0;
}

/* A number at *at, which moves behind it. */
static int
take_number(const char **at, uint32_t *out_number)
{
	uint64_t number = 0;
	const char *text = *at;

	if (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++) {
		number = number * 10 + (uint64_t)(*text - '0');
		if (number > UINT32_MAX)
			return -EINVAL;
	}
	if (text == *at)
		return -EINVAL;
	*at = text;
	*out_number = (uint32_t)number;
	return 0;
}

static int
parse_range(struct limits *limits, enum limits_kind kind, const char *text)
{
	uint32_t first, last;

	if (take_number(&text, &first) != 0 || *text++ != '-' ||
	    take_number(&text, &last) != 0 || *text != '\0')
		return -EINVAL;
	return limits_add_range(limits, kind, first, last);
}

static int
parse_grant(struct limits *limits, const char *text)
{
	uint32_t gid;

	if (take_number(&text, &gid) != 0 || *text++ != ' ')
		return -EINVAL;
	return limits_add_grant(limits, gid, text);
}

static int
parse_line(struct limits *limits, const char *line)
{
	if (line[0] == '\0' || line[0] == '#')
		return 0;
	if (strncmp(line, "uid ", 4) == 0)
		return parse_range(limits, LIMITS_UID, line + 4);
	if (strncmp(line, "gid ", 4) == 0)
		return parse_range(limits, LIMITS_GID, line + 4);
	if (strncmp(line, "grant ", 6) == 0)
		return parse_grant(limits, line + 6);
	return -EINVAL;
}

int
limits_parse(const char *text, size_t len, struct limits *out_limits,
    unsigned *out_line)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	CLEANUP(buf_clear) struct buf line = BUF_INIT(LIMITS_SIZE_MAX);
	unsigned number = 0;
	int error = 0;

	while (len > 0 && error == 0) {
		const char *end = memchr(text, '\n', len);
		size_t line_len = end == NULL ? len : (size_t)(end - text);

		number++;
		buf_reset(&line);
		buf_add(&line, text, line_len);
		error = buf_error(&line);
		if (end == NULL || memchr(text, '\0', line_len) != NULL)
			error = error != 0 ? error : -EINVAL;
		if (error == 0)
			error = parse_line(&limits, buf_text(&line));
		if (end == NULL)
			break;
		text += line_len + 1;
		len -= line_len + 1;
	}
	if (error != 0) {
		*out_line = error == -ENOMEM ? 0 : number;
		return error;
	}
	*out_limits = limits;
	limits = (struct limits)LIMITS_INIT;
	return 0;
}

static int
check_file(int fd, uid_t owner)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_uid != owner ||
	    (status.st_mode & 022) != 0)
		return -EPERM;
	return status.st_size > LIMITS_SIZE_MAX ? -EFBIG : 0;
}

static int
read_all(int fd, struct buf *text)
{
	char block[4096];

	for (;;) {
		ssize_t len = read(fd, block, sizeof(block));

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		if (len == 0)
			return buf_error(text) == -E2BIG ? -EFBIG
							 : buf_error(text);
		buf_add(text, block, (size_t)len);
		if (buf_error(text) == -E2BIG)
			return -EFBIG;
	}
}

int
limits_load(const char *path, uid_t owner, struct limits *out_limits,
    unsigned *out_line)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(LIMITS_SIZE_MAX);
	CLEANUP(fd_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int error;

	*out_line = 0;
	if (fd < 0)
		return -errno;
	error = check_file(fd, owner);
	if (error == 0)
		error = read_all(fd, &text);
	if (error != 0)
		return error;
	return limits_parse(buf_text(&text), text.len, out_limits, out_line);
}

int
limits_format(const struct limits *limits, char **out_text)
{
	static const char *const words[] = { "uid", "gid" };
	CLEANUP(buf_clear) struct buf text = BUF_INIT(LIMITS_SIZE_MAX);

	_Static_assert(ARRAY_LEN(words) == LIMITS_KIND_COUNT, "a word a kind");
	for (size_t kind = 0; kind < ARRAY_LEN(words); kind++) {
		const struct limits_ranges *ids = &limits->ids[kind];

		for (size_t i = 0; i < ids->count; i++)
			buf_addf(&text, "%s %u-%u\n", words[kind],
			    (unsigned)ids->range[i].first,
			    (unsigned)ids->range[i].last);
	}
	for (size_t i = 0; i < limits->grant_count; i++)
		buf_addf(&text, "grant %u %s\n",
		    (unsigned)limits->grants[i].gid, limits->grants[i].names);
	return buf_take(&text, out_text);
}

static bool
ranges_have(const struct limits_ranges *ids, uint32_t id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (id >= ids->range[i].first && id <= ids->range[i].last)
			return true;
	return false;
}

bool
limits_allow_group(const struct limits *limits, uint32_t gid)
{
	return ranges_have(&limits->ids[LIMITS_GID], gid);
}

bool
limits_allow_account(const struct limits *limits, uint32_t uid, uint32_t gid)
{
	return ranges_have(&limits->ids[LIMITS_UID], uid) &&
	    limits_allow_group(limits, gid);
}

static bool
names_have(const char *names, const char *name)
{
	size_t len = strlen(name);

	if (strcmp(names, "*") == 0)
		return true;
	for (;;) {
		size_t item_len = strcspn(names, ",");

		if (item_len == len && memcmp(names, name, len) == 0)
			return true;
		if (names[item_len] == '\0')
			return false;
		names += item_len + 1;
	}
}

bool
limits_allow_member(const struct limits *limits, uint32_t gid, const char *name)
{
	if (limits_allow_group(limits, gid))
		return true;
	for (size_t i = 0; i < limits->grant_count; i++)
		if (limits->grants[i].gid == gid &&
		    names_have(limits->grants[i].names, name))
			return true;
	return false;
}

void
limits_clear(struct limits *limits)
{
	for (size_t i = 0; i < limits->grant_count; i++)
		free(limits->grants[i].names);
	free(limits->grants);
	*limits = (struct limits)LIMITS_INIT;
}
