/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a fuzzer's entry point over its committed seeds, and over each seed cut short
 * and with single bits turned, where no libFuzzer is linked.  The
 * seeds are those of tests/fuzz/seeds/<name of this program>.
 */
#include "config.h"

#include "common/attr.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SEED_MAX (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned runs;

static void
run(const uint8_t *data, size_t size)
{
	/* A block of just this size, so that sanitizers see one byte too far. */
	uint8_t *copy = malloc(size == 0 ? 1 : size);

	if (copy == NULL)
		abort();
	if (size > 0)
		memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void
run_seed(uint8_t *data, size_t size)
{
	size_t step = size / 64 + 1;

	run(data, size);
	for (size_t i = 0; i < size; i += step) {
		run(data, i);
		for (unsigned bit = 0; bit < 8; bit += 3) {
			data[i] ^= (uint8_t)(1U << bit);
			run(data, size);
			data[i] ^= (uint8_t)(1U << bit);
		}
	}
}

static void
run_file(const char *path)
{
	FILE *file = fopen(path, "rbe");
	uint8_t *data = malloc(SEED_MAX);
	size_t size;

	if (file == NULL || data == NULL) {
		perror(path);
		exit(1);
	}
	size = fread(data, 1, SEED_MAX, file);
	(void)fclose(file);
	run_seed(data, size);
	free(data);
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	char path[4096];
	struct dirent *entry;
	DIR *folder;
	int len;

	(void)argc;
	name = name == NULL ? argv[0] : name + 1;
	name = strncmp(name, "lt-", 3) == 0 ? name + 3 : name;
	len = snprintf(path, sizeof(path), "%s/tests/fuzz/seeds/%s",
	    TEST_SRCDIR, name);
	folder = len > 0 && (size_t)len < sizeof(path) ? opendir(path) : NULL;
	if (folder == NULL) {
		perror(path);
		return 1;
	}
	while ((entry = readdir(folder)) != NULL) {
		char file[4096];

		if (entry->d_name[0] == '.')
			continue;
		len = snprintf(file, sizeof(file), "%s/tests/fuzz/seeds/%s/%s",
		    TEST_SRCDIR, name, entry->d_name);
		if (len < 0 || (size_t)len >= sizeof(file))
			return 1;
		run_file(file);
	}
	(void)closedir(folder);
	printf("%s: %u runs\n", name, runs);
	return runs == 0;
}
