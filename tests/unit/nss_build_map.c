/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For scripts: publish the tests' map at argv[1], or the accounts argv[2...] with
 * uids from TEST_UID + 100 on.
 */
#include "config.h"

#include "tests/unit/nss_test.h"

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (argc == 2)
		test_publish(argv[1]);
	else
		test_publish_names(argv[1], (const char *const *)argv + 2,
		    TEST_UID + 100, (size_t)argc - 2);
	return 0;
}
