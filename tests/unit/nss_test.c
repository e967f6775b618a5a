/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/nss_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static char folder[64];

static void
must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(99);
}

const char *
test_folder(void)
{
	int len =
	    snprintf(folder, sizeof(folder), "%s", "/tmp/nss_stytch.XXXXXX");

	must(len > 0 && mkdtemp(folder) != NULL, "mkdtemp");
	return folder;
}

const char *
test_path(const char *name)
{
	static char paths[8][128];
	static unsigned next;
	char *path = paths[next++ % ARRAY_LEN(paths)];
	int len = snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);

	must(len > 0 && (size_t)len < sizeof(paths[0]), name);
	return path;
}

void
test_folder_remove(void)
{
	DIR *listing = opendir(folder);
	struct dirent *entry;

	if (listing == NULL)
		return;
	while ((entry = readdir(listing)) != NULL)
		if (entry->d_name[0] != '.')
			(void)unlinkat(dirfd(listing), entry->d_name, 0);
	(void)closedir(listing);
	(void)rmdir(folder);
}

void
test_write_file(const char *path, const void *data, size_t size)
{
	CLEANUP(fd_close)
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	must(fd >= 0, path);
	must(fchmod(fd, 0644) == 0, path);
	must(write(fd, data, size) == (ssize_t)size, path);
}

static uint32_t
add_person(struct map_writer *writer, const char *name, uint32_t uid)
{
	char home[64];
	struct map_account account = { .name = name,
		.uid = uid,
		.gid = uid,
		.gecos = "A Person",
		.home = home,
		.shell = "/bin/sh" };
	uint32_t index = 0;

	must(snprintf(home, sizeof(home), "/home/%s", name) > 0, name);
	must(map_writer_add_account(writer, &account, &index) == 0, name);
	must(map_writer_add_group(writer, name, uid, NULL) == 0, name);
	return index;
}

void
test_fill(struct map_writer *writer)
{
	uint32_t alice = add_person(writer, "alice", TEST_UID);
	uint32_t carol, team = 0;

	(void)add_person(writer, "bob", TEST_UID + 1);
	carol = add_person(writer, "carol", TEST_UID + 2);
	must(map_writer_add_group(writer, "stytch-team", TEST_GROUP, &team) ==
		0,
	    "team");
	must(map_writer_add_group(writer, "stytch-none", TEST_GROUP + 1,
		 NULL) == 0,
	    "none");
	must(map_writer_add_member(writer, team, carol) == 0, "carol");
	must(map_writer_add_member(writer, team, alice) == 0, "alice");
	must(map_writer_add_local_gid(writer, alice, TEST_LOCAL_GID) == 0,
	    "local");
}

void
test_publish(const char *path)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;

	must(map_writer_new(&writer) == 0, "writer");
	test_fill(writer);
	must(map_writer_publish(writer, path) == 0, path);
}

void
test_publish_names(const char *path, const char *const *names,
    uint32_t first_uid, size_t count)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;

	must(map_writer_new(&writer) == 0, "writer");
	for (size_t i = 0; i < count; i++)
		(void)add_person(writer, names[i], first_uid + (uint32_t)i);
	must(map_writer_publish(writer, path) == 0, path);
}
