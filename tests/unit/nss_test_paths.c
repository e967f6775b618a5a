/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/unit/nss_test_paths.h"

#include "nss_stytch/nss_search.h"

#include <stdio.h>

char nss_test_map[NSS_TEST_PATH_SIZE];
char nss_test_overlay[NSS_TEST_PATH_SIZE];
char nss_test_limits[NSS_TEST_PATH_SIZE];
char nss_test_runtime[NSS_TEST_PATH_SIZE];
char nss_test_ready[NSS_TEST_PATH_SIZE];
char nss_test_passwd[NSS_TEST_PATH_SIZE];

static void
set_path(char *path, const char *folder, const char *name)
{
	int len = snprintf(path, NSS_TEST_PATH_SIZE, "%s%s", folder, name);

	if (len < 0 || len >= NSS_TEST_PATH_SIZE)
		abort();
}

void
nss_test_set_paths(const char *folder, uid_t limits_owner)
{
	set_path(nss_test_map, folder, "/accounts.map");
	set_path(nss_test_overlay, folder, "/accounts.new.map");
	set_path(nss_test_limits, folder, "/nss.limits");
	set_path(nss_test_runtime, folder, "");
	set_path(nss_test_ready, folder, "/ready");
	set_path(nss_test_passwd, folder, "/passwd");
	for (unsigned i = 0; i < NSS_MAP_COUNT; i++)
		nss_map_file((enum nss_map)i)->limits_owner = limits_owner;
}
