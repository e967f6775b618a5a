/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration's life: read from its file, counted, looked up. */
#include "config.h"

#include "stytchd/configuration.h"

#include "common/buf.h"
#include "stytchd/configuration_internal.h"
#include "stytchd/configuration_parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX_LEN (1L << 20)

struct arena_block {
	struct arena_block *next;
	max_align_t data[];
};

/* The public part comes first: a pointer to it is one to the whole. */
struct configuration_owner {
	struct configuration configuration;
	atomic_uint references;
	struct arena arena;
};

void *
arena_get(struct arena *arena, size_t size)
{
	struct arena_block *block = calloc(1, sizeof(*block) + size);

	if (block == NULL)
		return NULL;
	block->next = arena->first;
	arena->first = block;
	return block->data;
}

char *
arena_text(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_get(arena, len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, text, len);
	return copy;
}

void
arena_clear(struct arena *arena)
{
	while (arena->first != NULL) {
		struct arena_block *block = arena->first;

		arena->first = block->next;
		free(block);
	}
}

struct configuration *
configuration_ref(struct configuration *configuration)
{
	struct configuration_owner *owner =
	    (struct configuration_owner *)configuration;

	atomic_fetch_add(&owner->references, 1);
	return configuration;
}

void
configuration_unref(struct configuration **configuration)
{
	struct configuration_owner *owner =
	    (struct configuration_owner *)*configuration;

	*configuration = NULL;
	if (owner == NULL || atomic_fetch_sub(&owner->references, 1) != 1)
		return;
	arena_clear(&owner->arena);
	free(owner);
}

int
configuration_parse(const char *name, const char *text, size_t len,
    struct configuration **out_configuration, struct configuration_error *error)
{
	const struct configuration_text file = { name, text, len };
	struct configuration_owner *owner = calloc(1, sizeof(*owner));
	CLEANUP(configuration_unref) struct configuration *made = NULL;
	int failure;

	error->text[0] = '\0';
	if (owner == NULL) {
		(void)snprintf(error->text, sizeof(error->text),
		    "out of memory");
		return -ENOMEM;
	}
	atomic_init(&owner->references, 1);
	made = &owner->configuration;
	failure = configuration_build(&file, made, &owner->arena, error);
	if (failure == 0)
		*out_configuration = STEAL(made);
	return failure;
}

/* Say that the file cannot be used; the name comes from the command line. */
static int
refuse(struct configuration_error *error, const char *path, int failure,
    const char *why)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(sizeof(error->text) - 1);

	buf_add_clean(&text, path, 256);
	buf_adds(&text, ": ");
	buf_adds(&text, why);
	(void)snprintf(error->text, sizeof(error->text), "%s",
	    buf_error(&text) == 0 ? buf_text(&text) : why);
	return failure;
}

static int
check_file(const char *path, int fd, struct configuration_error *error)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return refuse(error, path, -errno, "cannot be looked at");
	if (!S_ISREG(status.st_mode))
		return refuse(error, path, -EINVAL, "is not a regular file");
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return refuse(error, path, -EPERM,
		    "must belong to root or to the user who reads it");
	if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return refuse(error, path, -EPERM,
		    "must not be writable by group or others: chmod 0644");
	if (status.st_size > FILE_MAX_LEN)
		return refuse(error, path, -EINVAL, "is longer than 1 MiB");
	return 0;
}

int
configuration_load(const char *path, struct configuration **out_configuration,
    struct configuration_error *error)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(buf_clear) struct buf text = BUF_INIT(FILE_MAX_LEN);
	int failure;

	/* Nonblocking: a FIFO at the path must not hang a reload. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		failure = -errno;
		return refuse(error, path, failure,
		    failure == -ENOENT ? "does not exist" : "cannot be opened");
	}
	failure = check_file(path, fd, error);
	if (failure != 0)
		return failure;
	buf_add_file(&text, fd);
	failure = buf_error(&text);
	if (failure == -ENOMEM)
		return refuse(error, path, failure, "out of memory");
	if (failure == -E2BIG)
		return refuse(error, path, -EINVAL, "is longer than 1 MiB");
	if (failure != 0)
		return refuse(error, path, failure, "cannot be read");
	return configuration_parse(path, buf_text(&text), text.len,
	    out_configuration, error);
}

const struct configuration_service *
configuration_service(const struct configuration *configuration,
    const char *name)
{
	for (size_t i = 1; i < configuration->service_count; i++)
		if (strcmp(configuration->services[i].name, name) == 0)
			return &configuration->services[i];
	return &configuration->services[0];
}

bool
text_list_has(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], text) == 0)
			return true;
	return false;
}
