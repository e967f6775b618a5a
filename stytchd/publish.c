/* SPDX-License-Identifier: BSD-2-Clause */
/* Account maps out of the state; see publish.h. */
#include "config.h"

#include "stytchd/publish.h"

#include "common/buf.h"
#include "common/log.h"
#include "nss_stytch/map_writer.h"
#include "stytchd/groups.h"
#include "stytchd/people.h"
#include "stytchd/store.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* A group of the state, and its index in the map once it is there. */
struct listed_group {
	char *owner;
	char *name;
	uint32_t gid;
	bool is_added;
	uint32_t index;
};

/* One map being made. */
struct build {
	const struct rules *rules;
	struct map_writer *writer;
	int64_t after;               /* accounts added behind this */
	bool all_groups;             /* those without a member too */
	struct listed_group *groups; /* by owner */
	size_t group_count;
	size_t group_size;
	int64_t last; /* added of the last account of the state */
	size_t count;
	size_t refused;
};

static void
build_clear(struct build *build)
{
	for (size_t i = 0; i < build->group_count; i++) {
		string_free(&build->groups[i].owner);
		string_free(&build->groups[i].name);
	}
	free(build->groups);
	build->groups = NULL;
	map_writer_free(&build->writer);
}

/* A row that the map does not take is left out; the rest must still be there. */
static int
tolerate(struct build *build, const char *name, int result)
{
	if (result != -EINVAL && result != -EEXIST)
		return result;
	log_warning("map: %s is left out: %s", name, strerror(-result));
	build->refused++;
	return 0;
}

static int
add_group(struct build *build, struct listed_group *group)
{
	int result;

	if (group->is_added ||
	    local_has_name(build->rules->local, group->name) ||
	    local_has_id(build->rules->local, group->gid))
		return 0;
	result = map_writer_add_group(build->writer, group->name, group->gid,
	    &group->index);
	group->is_added = result == 0;
	return tolerate(build, group->name, result);
}

static int
grow_groups(struct build *build)
{
	size_t size = build->group_size == 0 ? 64 : 2 * build->group_size;
	struct listed_group *groups;

	if (build->group_count < build->group_size)
		return 0;
	groups = realloc(build->groups, size * sizeof(*groups));
	if (groups == NULL)
		return -ENOMEM;
	build->groups = groups;
	build->group_size = size;
	return 0;
}

static int
read_groups(struct sqlite3 *database, struct build *build)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	int result = store_prepare(database,
	    "SELECT owner, name, gid FROM groups ORDER BY owner", &select);

	while (result == 0 && (result = store_step(select)) == 1) {
		struct listed_group *group;

		result = grow_groups(build);
		if (result != 0)
			return result;
		group = &build->groups[build->group_count++];
		*group = (struct listed_group){
			.owner = strdup(store_text(select, 0)),
			.name = strdup(store_text(select, 1)),
			.gid = (uint32_t)store_int(select, 2),
		};
		if (group->owner == NULL || group->name == NULL)
			return -ENOMEM;
		if (build->all_groups)
			result = add_group(build, group);
	}
	return result;
}

static int
compare_owner(const void *key, const void *element)
{
	const struct listed_group *group = element;

	return strcmp(key, group->owner);
}

/* Put the account into the group of owner, or give it the local gid. */
static int
add_member(struct build *build, uint32_t account, const char *owner)
{
	struct listed_group *group;
	uint32_t gid = 0;
	int result;

	if (strncmp(owner, GROUPS_LOCAL, strlen(GROUPS_LOCAL)) == 0)
		return people_granted_gid(build->rules,
			   owner + strlen(GROUPS_LOCAL), &gid) != 0
		    ? 0
		    : map_writer_add_local_gid(build->writer, account, gid);
	group = build->group_count == 0
	    ? NULL
	    : bsearch(owner, build->groups, build->group_count,
		  sizeof(build->groups[0]), compare_owner);
	if (group == NULL)
		return 0;
	result = add_group(build, group);
	if (result != 0 || !group->is_added)
		return result;
	return map_writer_add_member(build->writer, group->index, account);
}

static int
add_account(struct build *build, struct sqlite3_stmt *select,
    uint32_t *out_index, bool *out_added)
{
	const struct map_account account = {
		.name = store_text(select, 1),
		.uid = (uint32_t)store_int(select, 2),
		.gid = (uint32_t)store_int(select, 2),
		.gecos = store_text(select, 3),
		.home = store_text(select, 4),
		.shell = store_text(select, 5),
	};
	int result;

	*out_added = false;
	if (account.name == NULL)
		return -EIO;
	/* The host's own names and numbers win, whenever they came. */
	if (local_has_name(build->rules->local, account.name) ||
	    local_has_id(build->rules->local, account.uid))
		return 0;
	result = map_writer_add_account(build->writer, &account, out_index);
	if (result != 0)
		return tolerate(build, account.name, result);
	*out_added = true;
	build->count++;
	return tolerate(build, account.name,
	    map_writer_add_group(build->writer, account.name, account.gid,
		NULL));
}

/* One row a membership, those of one account together. */
static int
read_accounts(struct sqlite3 *database, struct build *build)
{
	CLEANUP(store_done) struct sqlite3_stmt *select = NULL;
	CLEANUP(string_free) char *identity = NULL;
	uint32_t index = 0;
	bool added = false;
	int result = store_prepare(database,
	    "SELECT identity, name, uid, gecos, home, shell, owner"
	    " FROM accounts LEFT JOIN memberships USING (identity)"
	    " WHERE gone = 0 AND added > ? ORDER BY identity",
	    &select);

	if (result != 0)
		return result;
	store_bind_int(select, 1, build->after);
	while ((result = store_step(select)) == 1) {
		const char *one = store_text(select, 0);
		const char *owner = store_text(select, 6);

		if (identity == NULL || strcmp(identity, one) != 0) {
			string_free(&identity);
			identity = strdup(one);
			result = identity == NULL
			    ? -ENOMEM
			    : add_account(build, select, &index, &added);
		} else {
			result = 0;
		}
		if (result == 0 && added && owner != NULL)
			result = add_member(build, index, owner);
		if (result != 0)
			return result;
	}
	return result;
}

static int
read_state(struct sqlite3 *database, void *context)
{
	struct build *build = context;
	int result = people_last(database, &build->last);

	if (result == 0)
		result = read_groups(database, build);
	if (result == 0)
		result = read_accounts(database, build);
	return result;
}

/* Build and publish one map; the publisher is locked. */
static int
publish(struct store *store, struct build *build, const char *path)
{
	int result = map_writer_new(&build->writer);

	if (result == 0)
		result = store_read(store, read_state, build);
	if (result == 0)
		result = map_writer_publish(build->writer, path);
	return result;
}

static int
publish_new(struct publisher *publisher, struct store *store,
    const struct rules *rules, size_t *out_count)
{
	CLEANUP(build_clear)
	struct build build = { .rules = rules, .after = publisher->based };
	int result = publish(store, &build, publisher->overlay_path);

	if (result == 0 && out_count != NULL)
		*out_count = build.count;
	return result;
}

int
publish_overlay(struct publisher *publisher, struct store *store,
    const struct rules *rules, size_t *out_count)
{
	int result;

	(void)pthread_mutex_lock(&publisher->lock);
	result = publish_new(publisher, store, rules, out_count);
	(void)pthread_mutex_unlock(&publisher->lock);
	return result;
}

int
publish_base(struct publisher *publisher, struct store *store,
    const struct rules *rules)
{
	CLEANUP(build_clear)
	struct build build = { .rules = rules, .all_groups = true };
	int result;

	(void)pthread_mutex_lock(&publisher->lock);
	result = publish(store, &build, publisher->base_path);
	if (result == 0) {
		publisher->based = build.last;
		result = publish_new(publisher, store, rules, NULL);
	}
	(void)pthread_mutex_unlock(&publisher->lock);
	return result;
}

static int
join_path(const char *folder, const char *name, char **out_path)
{
	CLEANUP(buf_clear) struct buf path = BUF_INIT(PATH_MAX);

	buf_adds(&path, folder);
	buf_adds(&path, name);
	return buf_take(&path, out_path);
}

int
publisher_open(struct publisher *publisher, const char *state_dir)
{
	int result =
	    join_path(state_dir, "/accounts.map", &publisher->base_path);

	if (result == 0)
		result = join_path(state_dir, "/accounts.new.map",
		    &publisher->overlay_path);
	if (result != 0) {
		string_free(&publisher->base_path);
		return result;
	}
	(void)pthread_mutex_init(&publisher->lock, NULL);
	publisher->based = -1;
	return 0;
}

void
publisher_close(struct publisher *publisher)
{
	if (publisher->overlay_path == NULL)
		return;
	(void)pthread_mutex_destroy(&publisher->lock);
	string_free(&publisher->base_path);
	string_free(&publisher->overlay_path);
}
