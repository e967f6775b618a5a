/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of nss_stytch/ share: a folder of their own and a small map. */
#ifndef TESTS_UNIT_NSS_TEST_H
#define TESTS_UNIT_NSS_TEST_H

#include "nss_stytch/map_writer.h"

#define TEST_UID 1879100000U /* of alice; the others follow */
#define TEST_GROUP 1879200000U
#define TEST_LOCAL_GID 44U

/* Make an empty folder, or end the program. */
const char *test_folder(void);

/* The path of a file in it; good until the eighth call after. */
const char *test_path(const char *name);

/* Remove the folder and the files in it. */
void test_folder_remove(void);

/* Write a whole file, mode 0644, or end the program. */
void test_write_file(const char *path, const void *data, size_t size);

/*
 * Fill a writer with accounts alice, bob and carol, their private groups, a group
 * "stytch-team" of alice and carol, an empty one "stytch-none", and for alice the local
 * gid TEST_LOCAL_GID.
 */
void test_fill(struct map_writer *writer);

/* Publish that map, or the accounts names[0..count) with private groups. */
void test_publish(const char *path);
void test_publish_names(const char *path, const char *const *names,
    uint32_t first_uid, size_t count);

#endif
