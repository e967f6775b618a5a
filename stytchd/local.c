/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's own names and ids, out of its files; see local.h. */
#include "config.h"

#include "stytchd/local.h"

#include "common/buf.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_FIRST 4096
#define LINE_LAST (1U << 20)

enum file {
	FILE_PASSWD,
	FILE_GROUP,
	FILE_SHELLS,
	FILE_COUNT
};

static const char *const file_names[] = {
	[FILE_PASSWD] = "/etc/passwd",
	[FILE_GROUP] = "/etc/group",
	[FILE_SHELLS] = "/etc/shells",
};
_Static_assert(ARRAY_LEN(file_names) == FILE_COUNT, "a name a file");

struct entry {
	char *name;
	uint32_t id;
};

/* Sorted by name once it is read. */
struct table {
	struct entry *entries;
	size_t count;
	size_t size;
};

struct local {
	struct table tables[FILE_COUNT];
	uint32_t *ids; /* uids and gids, sorted */
	size_t id_count;
	char *paths[FILE_COUNT];
	struct stat states[FILE_COUNT];
};

static int
table_add(struct table *table, const char *name, uint32_t id)
{
	if (table->count == table->size) {
		size_t size = table->size == 0 ? 64 : 2 * table->size;
		struct entry *entries =
		    realloc(table->entries, size * sizeof(*entries));

		if (entries == NULL)
			return -ENOMEM;
		table->entries = entries;
		table->size = size;
	}
	table->entries[table->count].name = strdup(name);
	if (table->entries[table->count].name == NULL)
		return -ENOMEM;
	table->entries[table->count++].id = id;
	return 0;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;

	return strcmp(one->name, other->name);
}

static int
compare_ids(const void *a, const void *b)
{
	const uint32_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static int
compare_name(const void *key, const void *element)
{
	const struct entry *entry = element;

	return strcmp(key, entry->name);
}

static const struct entry *
table_find(const struct table *table, const char *name)
{
	if (table->count == 0)
		return NULL;
	return bsearch(name, table->entries, table->count,
	    sizeof(table->entries[0]), compare_name);
}

/* One entry of passwd or group into the table; 1: there was none. */
static int
read_entry(FILE *file, enum file which, struct table *table, char *line,
    size_t size)
{
	struct passwd passwd, *user = NULL;
	struct group group, *one = NULL;
	int error = which == FILE_PASSWD
	    ? fgetpwent_r(file, &passwd, line, size, &user)
	    : fgetgrent_r(file, &group, line, size, &one);

	if (error == ENOENT)
		return 1;
	if (error != 0)
		return -error;
	return which == FILE_PASSWD
	    ? table_add(table, user->pw_name, user->pw_uid)
	    : table_add(table, one->gr_name, one->gr_gid);
}

static int
read_entries(FILE *file, enum file which, struct table *table)
{
	CLEANUP(string_free) char *line = malloc(LINE_FIRST);
	size_t size = LINE_FIRST;
	int result = line == NULL ? -ENOMEM : 0;

	while (result == 0) {
		char *longer;

		result = read_entry(file, which, table, line, size);
		if (result != -ERANGE)
			continue;
		if (size >= LINE_LAST)
			return -E2BIG;
		size *= 2;
		longer = realloc(line, size);
		if (longer == NULL)
			return -ENOMEM;
		line = longer;
		result = 0;
	}
	return result < 0 ? result : 0;
}

/* shells(5): a path a line, '#' begins a comment. */
static int
read_shells(FILE *file, struct table *table)
{
	char line[PATH_MAX];
	int result = 0;

	while (result == 0 && fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "# \t\n")] = '\0';
		if (line[0] == '/')
			result = table_add(table, line, 0);
	}
	return result;
}

static void
file_close(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
	*file = NULL;
}

static int
read_file(struct local *local, enum file which)
{
	CLEANUP(file_close) FILE *file = fopen(local->paths[which], "re");
	struct table *table = &local->tables[which];
	int result;

	if (file == NULL && errno == ENOENT && which == FILE_SHELLS) {
		result = table_add(table, "/bin/csh", 0);
		return result != 0 ? result : table_add(table, "/bin/sh", 0);
	}
	if (file == NULL || fstat(fileno(file), &local->states[which]) != 0)
		return -errno;
	result = which == FILE_SHELLS ? read_shells(file, table)
				      : read_entries(file, which, table);
	if (result == 0 && ferror(file) != 0)
		result = -EIO;
	if (result == 0 && table->count > 0)
		qsort(table->entries, table->count, sizeof(table->entries[0]),
		    compare_entries);
	return result;
}

static int
collect_ids(struct local *local)
{
	const struct table *users = &local->tables[FILE_PASSWD];
	const struct table *groups = &local->tables[FILE_GROUP];

	local->ids =
	    calloc(users->count + groups->count + 1, sizeof(*local->ids));
	if (local->ids == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < users->count; i++)
		local->ids[local->id_count++] = users->entries[i].id;
	for (size_t i = 0; i < groups->count; i++)
		local->ids[local->id_count++] = groups->entries[i].id;
	qsort(local->ids, local->id_count, sizeof(*local->ids), compare_ids);
	return 0;
}

int
local_load(const char *root, struct local **out_local)
{
	CLEANUP(local_free) struct local *local = calloc(1, sizeof(*local));
	int result = local == NULL ? -ENOMEM : 0;

	for (size_t i = 0; result == 0 && i < FILE_COUNT; i++) {
		CLEANUP(buf_clear) struct buf path = BUF_INIT(PATH_MAX);

		buf_adds(&path, root);
		buf_adds(&path, file_names[i]);
		result = buf_take(&path, &local->paths[i]);
		if (result == 0)
			result = read_file(local, (enum file)i);
	}
	if (result == 0)
		result = collect_ids(local);
	if (result == 0)
		*out_local = STEAL(local);
	return result;
}

void
local_free(struct local **local)
{
	struct local *freed = *local;

	*local = NULL;
	if (freed == NULL)
		return;
	for (size_t i = 0; i < FILE_COUNT; i++) {
		for (size_t j = 0; j < freed->tables[i].count; j++)
			string_free(&freed->tables[i].entries[j].name);
		free(freed->tables[i].entries);
		string_free(&freed->paths[i]);
	}
	free(freed->ids);
	free(freed);
}

bool
local_is_current(const struct local *local)
{
	for (size_t i = 0; i < FILE_COUNT; i++) {
		struct stat now = { 0 };
		const struct stat *then = &local->states[i];

		if (stat(local->paths[i], &now) != 0 && errno != ENOENT)
			return false;
		if (now.st_dev != then->st_dev || now.st_ino != then->st_ino ||
		    now.st_size != then->st_size ||
		    now.st_mtim.tv_sec != then->st_mtim.tv_sec ||
		    now.st_mtim.tv_nsec != then->st_mtim.tv_nsec)
			return false;
	}
	return true;
}

bool
local_has_user(const struct local *local, const char *name)
{
	return table_find(&local->tables[FILE_PASSWD], name) != NULL;
}

bool
local_has_name(const struct local *local, const char *name)
{
	return local_has_user(local, name) ||
	    table_find(&local->tables[FILE_GROUP], name) != NULL;
}

bool
local_has_id(const struct local *local, uint32_t id)
{
	return local->id_count > 0 &&
	    bsearch(&id, local->ids, local->id_count, sizeof(id),
		compare_ids) != NULL;
}

int
local_gid(const struct local *local, const char *group, uint32_t *out_gid)
{
	const struct entry *entry =
	    table_find(&local->tables[FILE_GROUP], group);

	if (entry == NULL)
		return -ENOENT;
	*out_gid = entry->id;
	return 0;
}

bool
local_has_shell(const struct local *local, const char *shell)
{
	return table_find(&local->tables[FILE_SHELLS], shell) != NULL;
}

bool
local_user_exists(const char *root, const char *name)
{
	CLEANUP(local_free) struct local *local = NULL;

	return local_load(root, &local) != 0 || local_has_user(local, name);
}
