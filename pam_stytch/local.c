/* SPDX-License-Identifier: BSD-2-Clause */
/* Local names; see local.h. */
#include "config.h"

#include "pam_stytch/local.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_SIZE 16384

static void
file_close(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
	*file = NULL;
}

int
local_has(const char *path, const char *name)
{
	CLEANUP(file_close) FILE *file = fopen(path, "rce");
	char line[LINE_MAX_SIZE];
	bool is_empty = true;

	if (file == NULL)
		return -errno;
	for (;;) {
		struct passwd entry;
		struct passwd *found = NULL;
		int error =
		    fgetpwent_r(file, &entry, line, sizeof(line), &found);

		if (error == ENOENT)
			return is_empty ? -ENODATA : 0;
		if (error != 0)
			return -error;
		if (found == NULL)
			return -EIO;
		if (strcmp(entry.pw_name, name) == 0)
			return 1;
		is_empty = false;
	}
}
