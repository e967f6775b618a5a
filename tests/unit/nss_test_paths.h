/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The paths of the NSS module in tests: included before everything else of its
 * sources, in place of the fixed ones of nss_stytch/nss_paths.h.
 */
#ifndef TESTS_UNIT_NSS_TEST_PATHS_H
#define TESTS_UNIT_NSS_TEST_PATHS_H

#include "config.h"

#include <sys/types.h>

#define NSS_TEST_PATH_SIZE 128

extern char nss_test_map[NSS_TEST_PATH_SIZE];
extern char nss_test_overlay[NSS_TEST_PATH_SIZE];
extern char nss_test_limits[NSS_TEST_PATH_SIZE];
extern char nss_test_runtime[NSS_TEST_PATH_SIZE];
extern char nss_test_ready[NSS_TEST_PATH_SIZE];
extern char nss_test_passwd[NSS_TEST_PATH_SIZE];

#define NSS_MAP_PATH nss_test_map
#define NSS_OVERLAY_PATH nss_test_overlay
#define NSS_LIMITS_PATH nss_test_limits
#define NSS_RUNTIME_DIR nss_test_runtime
#define NSS_READY_PATH nss_test_ready
#define NSS_PASSWD_PATH nss_test_passwd
#define NSS_ASK_MAX_MS 150
#define NSS_ASK_PAUSE_MS 100

/* Point them all into folder, where the limits belong to limits_owner. */
void nss_test_set_paths(const char *folder, uid_t limits_owner);

#endif
