/* SPDX-License-Identifier: BSD-2-Clause */
/* From [accounts] and [groups] to nss.limits. */
#include "config.h"

#include "stytchctl/limits_text.h"

#include "common/buf.h"
#include "nss_stytch/limits.h"
#include "stytchd/configuration.h"
#include "stytchd/grant.h"

#include <errno.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
file_close(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

static int PRINTF_LIKE(3, 4)
    refuse(struct limits_fault *fault, int error, const char *format, ...)
{
	CLEANUP(buf_clear)
	struct buf clean = BUF_INIT(sizeof(fault->text) - 1);
	char text[sizeof(fault->text)];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	buf_add_clean(&clean, len < 0 ? "" : text, sizeof(text) - 1);
	memcpy(fault->text, buf_text(&clean), clean.len + 1);
	return error;
}

/* The gid of a group of the file: 0, -ESRCH, or why it cannot be read. */
static int
find_gid(const char *group_path, const char *name, uint32_t *out_gid)
{
	CLEANUP(file_close) FILE *file = fopen(group_path, "re");
	struct group entry;
	struct group *found;
	char buffer[65536];
	int result;

	if (file == NULL)
		return -errno;
	do {
		result =
		    fgetgrent_r(file, &entry, buffer, sizeof(buffer), &found);
		if (result == 0 && strcmp(entry.gr_name, name) == 0) {
			*out_gid = entry.gr_gid;
			return 0;
		}
	} while (result == 0 || result == ERANGE);
	return result == ENOENT ? -ESRCH : -result; /* ENOENT: the end */
}

/* GROUP of a grant: a number, or a name of the file. */
static int
group_gid(const char *group_path, const char *group, uint32_t *out_gid)
{
	char *end;
	unsigned long value;

	if (*group < '0' || *group > '9')
		return find_gid(group_path, group, out_gid);
	errno = 0;
	value = strtoul(group, &end, 10);
	if (*end != '\0' || errno != 0 || value >= UINT32_MAX)
		return -EINVAL;
	*out_gid = (uint32_t)value;
	return 0;
}

static int
add_grant(struct limits *limits, const char *group_path, const char *text,
    struct limits_fault *fault)
{
	CLEANUP(grant_clear) struct grant grant = { .group = NULL };
	CLEANUP(buf_clear) struct buf names = BUF_INIT(LIMITS_SIZE_MAX);
	uint32_t gid = 0;
	int result = grant_parse(text, &grant);

	if (result != 0)
		return refuse(fault, result, "grant %s cannot be read", text);
	result = group_gid(group_path, grant.group, &gid);
	if (result == -ESRCH)
		return refuse(fault, -EINVAL, "grant %s: no such group in %s",
		    text, group_path);
	if (result != 0)
		return refuse(fault, result, "grant %s: %s: %s", text,
		    group_path, strerror(-result));
	for (size_t i = 0; i < grant.users.count; i++)
		buf_addf(&names, "%s%s", i > 0 ? "," : "",
		    grant.users.items[i]);
	result = buf_error(&names);
	if (result == 0)
		result = limits_add_grant(limits, gid,
		    grant.users.count > 0 ? buf_text(&names) : "*");
	if (result != 0)
		return refuse(fault, result,
		    "grant %s: gid %lu cannot be granted", text,
		    (unsigned long)gid);
	return 0;
}

/* Accounts and their private groups share the numbers. */
static int
add_range(struct limits *limits, const struct id_range *range)
{
	int result;

	if (range->last == 0)
		return 0;
	result =
	    limits_add_range(limits, LIMITS_UID, range->first, range->last);
	if (result == 0)
		result = limits_add_range(limits, LIMITS_GID, range->first,
		    range->last);
	return result;
}

int
limits_text(const struct configuration *configuration, const char *group_path,
    char **out_text, struct limits_fault *fault)
{
	CLEANUP(limits_clear) struct limits limits = LIMITS_INIT;
	const struct text_list *grants = &configuration->groups.grant;
	int result = add_range(&limits, &configuration->accounts.uid_range);

	if (result == 0)
		result =
		    add_range(&limits, &configuration->accounts.pinned_range);
	if (result != 0)
		return refuse(fault, result,
		    "uid_range or pinned_range cannot be a limit");
	for (size_t i = 0; i < grants->count; i++) {
		result =
		    add_grant(&limits, group_path, grants->items[i], fault);
		if (result != 0)
			return result;
	}
	result = limits_format(&limits, out_text);
	if (result != 0)
		return refuse(fault, result, "%s", strerror(-result));
	return 0;
}
