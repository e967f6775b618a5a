/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads stytch.conf files as the agent does; says why one is refused. */
#include "config.h"

#include "stytchd/configuration.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
	int failed = argc < 2;

	for (int i = 1; i < argc; i++) {
		CLEANUP(configuration_unref)
		struct configuration *configuration = NULL;
		struct configuration_error error;

		if (configuration_load(argv[i], &configuration, &error) != 0) {
			(void)fprintf(stderr, "%s\n", error.text);
			failed = 1;
		}
	}
	return failed;
}
