/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process is made of; see login_footprint.h. */
#include "config.h"

#include "tests/bench/login_footprint.h"

#include "common/attr.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
has_library(const struct footprint *footprint, const char *path)
{
	for (size_t i = 0; i < footprint->library_count; i++)
		if (strcmp(footprint->libraries[i], path) == 0)
			return true;
	return false;
}

static int
take_libraries(struct footprint *footprint)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512];

	if (file == NULL)
		return -EIO;
	footprint->library_count = 0;
	while (fgets(line, sizeof(line), file) != NULL) {
		char *path = strchr(line, '/');

		if (path == NULL || strstr(path, ".so") == NULL)
			continue;
		path[strcspn(path, "\n")] = '\0';
		if (has_library(footprint, path) ||
		    footprint->library_count == FOOTPRINT_LIBRARIES_MAX)
			continue;
		(void)snprintf(footprint->libraries[footprint->library_count++],
		    sizeof(footprint->libraries[0]), "%s", path);
	}
	(void)fclose(file);
	return 0;
}

static int
count_entries(const char *path, unsigned *out_count)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	unsigned count = 0;

	if (folder == NULL)
		return -EIO;
	while ((entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			count++;
	(void)closedir(folder);
	*out_count = count;
	return 0;
}

static int
take_peak(struct footprint *footprint)
{
	static const char key[] = "VmHWM:";
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	if (file == NULL)
		return -EIO;
	footprint->peak_kb = 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, key, sizeof(key) - 1) == 0)
			footprint->peak_kb =
			    strtol(line + sizeof(key) - 1, NULL, 10);
	(void)fclose(file);
	return footprint->peak_kb > 0 ? 0 : -EIO;
}

int
footprint_take(struct footprint *footprint)
{
	struct mallinfo2 heap;

	if (take_libraries(footprint) != 0 ||
	    count_entries("/proc/self/fd", &footprint->descriptors) != 0 ||
	    count_entries("/proc/self/task", &footprint->threads) != 0 ||
	    take_peak(footprint) != 0)
		return -EIO;
	heap = mallinfo2();
	footprint->heap = heap.uordblks + heap.hblkhd;
	return 0;
}

size_t
footprint_print_left(const struct footprint *before,
    const struct footprint *after)
{
	size_t count = 0;

	for (size_t i = 0; i < after->library_count; i++) {
		if (has_library(before, after->libraries[i]))
			continue;
		printf("    stays loaded: %s\n", after->libraries[i]);
		count++;
	}
	return count;
}
