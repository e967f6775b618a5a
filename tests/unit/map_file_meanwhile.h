/* SPDX-License-Identifier: BSD-2-Clause */
/* Included before map_file.c in test_map_file: what happens inside a pin. */
#ifndef TESTS_UNIT_MAP_FILE_MEANWHILE_H
#define TESTS_UNIT_MAP_FILE_MEANWHILE_H

#include "config.h"

void test_meanwhile(void);
#define MAP_FILE_MEANWHILE test_meanwhile

#endif
