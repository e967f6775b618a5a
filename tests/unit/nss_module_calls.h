/* SPDX-License-Identifier: BSD-2-Clause */
/* The entry points of the NSS module, as libc calls them. */
#ifndef TESTS_UNIT_NSS_MODULE_CALLS_H
#define TESTS_UNIT_NSS_MODULE_CALLS_H

#include <grp.h>
#include <nss.h>
#include <pwd.h>

enum nss_status _nss_stytch_getpwnam_r(const char *name, struct passwd *entry,
    char *buffer, size_t size, int *errnop);
enum nss_status _nss_stytch_getpwuid_r(uid_t uid, struct passwd *entry,
    char *buffer, size_t size, int *errnop);
enum nss_status _nss_stytch_getgrnam_r(const char *name, struct group *entry,
    char *buffer, size_t size, int *errnop);
enum nss_status _nss_stytch_getgrgid_r(gid_t gid, struct group *entry,
    char *buffer, size_t size, int *errnop);
enum nss_status _nss_stytch_setpwent(int stay_open);
enum nss_status _nss_stytch_endpwent(void);
enum nss_status _nss_stytch_getpwent_r(struct passwd *entry, char *buffer,
    size_t size, int *errnop);
enum nss_status _nss_stytch_setgrent(int stay_open);
enum nss_status _nss_stytch_endgrent(void);
enum nss_status _nss_stytch_getgrent_r(struct group *entry, char *buffer,
    size_t size, int *errnop);
enum nss_status _nss_stytch_initgroups_dyn(const char *user, gid_t group,
    long *start, long *size, gid_t **items, long limit, int *errnop);

#endif
