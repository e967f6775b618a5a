/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the module looks, and how long: fixed when it is built, since it runs
 * in setuid programs and no environment variable may send it elsewhere.  Test
 * builds define all of these before.
 */
#ifndef NSS_STYTCH_NSS_PATHS_H
#define NSS_STYTCH_NSS_PATHS_H

#ifndef NSS_MAP_PATH
#define NSS_MAP_PATH "/var/lib/stytch/accounts.map"
#define NSS_OVERLAY_PATH "/var/lib/stytch/accounts.new.map"
#define NSS_LIMITS_PATH SYSCONFDIR "/stytch/nss.limits"
#define NSS_RUNTIME_DIR "/run/stytchd"
#define NSS_READY_PATH NSS_RUNTIME_DIR "/ready"
#define NSS_PASSWD_PATH SYSCONFDIR "/passwd"

/*
 * Longest wait for the agent, connecting included.  It answers within some
 * tenths of a second or says that it cannot; this bounds one that is stopped.
 */
#define NSS_ASK_MAX_MS 8000

/* After a wait in vain a process does not ask again for so long. */
#define NSS_ASK_PAUSE_MS 30000
#endif

#endif
