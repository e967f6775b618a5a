/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes of this host, by /proc. */
#ifndef STYTCHD_PROCESS_H
#define STYTCHD_PROCESS_H

#include "stytchd/logins.h"

#include <stddef.h>

/*
 * The start time in the text of /proc/PID/stat (field 22), or 0 if it is no
 * such text.  The command's name may hold anything.
 */
uint64_t process_stat_start(const char *stat, size_t len);

/*
 * Whether a process has surely ended.  False where that cannot be told: the
 * start is not known, or other users' processes are hidden from us.
 */
bool process_is_gone(const struct process_id *process);

#define BOOT_SIZE 40

/*
 * A mark of this boot of the host: random, kept in runtime_dir, which does
 * not outlive it.  (The kernel's own boot id is hidden by the unit.)  Returns
 * 0, or what making the file says.
 */
int process_boot_mark(const char *runtime_dir, char out_boot[BOOT_SIZE])
    MUST_CHECK;

#endif
