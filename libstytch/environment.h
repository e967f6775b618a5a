/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs that link libcurl obey https_proxy, SSLKEYLOGFILE, OPENSSL_CONF
 * and more, most of which no option of curl switches off.
 */
#ifndef LIBSTYTCH_ENVIRONMENT_H
#define LIBSTYTCH_ENVIRONMENT_H

#include "common/attr.h"

/*
 * Clear the environment but for what systemd passes (LISTEN_*, NOTIFY_SOCKET,
 * WATCHDOG_*, CREDENTIALS_DIRECTORY, JOURNAL_STREAM, INVOCATION_ID) and what
 * a terminal needs (TERM, LANG, LC_*, if plain words).  First thing in main():
 * no thread may run, and no pointer from getenv() be in use.  Returns 0 or
 * -ENOMEM, and then the environment is empty: end the program.
 */
int environment_clear(void) MUST_CHECK;

#endif
