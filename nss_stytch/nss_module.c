/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entry points of libnss_stytch.so.2: libc's calls in, an answer's status
 * and errno out.  Nothing else: no log, no signal, no abort, errno kept
 * where the caller is not told of an error.
 */
#include "config.h"

#include "nss_stytch/no_cancel.h"
#include "nss_stytch/nss_ask.h"
#include "nss_stytch/nss_entry.h"
#include "nss_stytch/nss_gids.h"
#include "nss_stytch/nss_walk.h"

#include <errno.h>
#include <nss.h>
#include <string.h>

EXPORT enum nss_status _nss_stytch_getpwnam_r(const char *name,
    struct passwd *entry, char *buffer, size_t size, int *errnop);
EXPORT enum nss_status _nss_stytch_getpwuid_r(uid_t uid, struct passwd *entry,
    char *buffer, size_t size, int *errnop);
EXPORT enum nss_status _nss_stytch_getgrnam_r(const char *name,
    struct group *entry, char *buffer, size_t size, int *errnop);
EXPORT enum nss_status _nss_stytch_getgrgid_r(gid_t gid, struct group *entry,
    char *buffer, size_t size, int *errnop);
EXPORT enum nss_status _nss_stytch_setpwent(int stay_open);
EXPORT enum nss_status _nss_stytch_endpwent(void);
EXPORT enum nss_status _nss_stytch_getpwent_r(struct passwd *entry,
    char *buffer, size_t size, int *errnop);
EXPORT enum nss_status _nss_stytch_setgrent(int stay_open);
EXPORT enum nss_status _nss_stytch_endgrent(void);
EXPORT enum nss_status _nss_stytch_getgrent_r(struct group *entry, char *buffer,
    size_t size, int *errnop);
EXPORT enum nss_status _nss_stytch_initgroups_dyn(const char *user, gid_t group,
    long *start, long *size, gid_t **items, long limit, int *errnop);

/* The status of an answer, and its errno, which may be the caller's own. */
static enum nss_status
leave(int saved_errno, enum nss_answer answer, int *errnop)
{
	errno = saved_errno;
	switch (answer) {
	case NSS_FOUND:
		return NSS_STATUS_SUCCESS;
	case NSS_ABSENT:
	case NSS_OUTSIDE:
		*errnop = ENOENT;
		return NSS_STATUS_NOTFOUND;
	case NSS_TOO_SMALL:
		*errnop = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	case NSS_BUSY:
		*errnop = EAGAIN;
		return NSS_STATUS_TRYAGAIN;
	case NSS_UNAVAILABLE:
		break;
	}
	*errnop = ENOENT;
	return NSS_STATUS_UNAVAIL;
}

/* Whether the agent may know more of a name than the maps. */
static bool
is_unknown(enum nss_answer answer)
{
	return answer == NSS_ABSENT || answer == NSS_UNAVAILABLE;
}

enum nss_status
_nss_stytch_getpwnam_r(const char *name, struct passwd *entry, char *buffer,
    size_t size, int *errnop)
{
	int saved_errno = errno;
	struct nss_passwd to = { buffer, size, entry };
	struct nss_key key = { .name = name, .len = strlen(name) };
	CLEANUP(nss_record_free) struct nss_record *record = NULL;
	enum nss_answer answer;

	if (!map_account_name_is_valid(key.name, key.len))
		return leave(saved_errno, NSS_ABSENT, errnop);
	answer = nss_search(MAP_ACCOUNT, &key, nss_read_passwd, &to);
	if (is_unknown(answer) && nss_may_ask()) {
		answer = nss_ask(name, &record);
		if (answer == NSS_FOUND)
			answer = nss_fill_passwd(&record->account, &to);
	}
	return leave(saved_errno, answer, errnop);
}

enum nss_status
_nss_stytch_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer,
    size_t size, int *errnop)
{
	int saved_errno = errno;
	struct nss_passwd to = { buffer, size, entry };
	struct nss_key key = { .id = uid };

	if (!map_id_is_valid(uid))
		return leave(saved_errno, NSS_ABSENT, errnop);
	return leave(saved_errno,
	    nss_search(MAP_ACCOUNT, &key, nss_read_passwd, &to), errnop);
}

enum nss_status
_nss_stytch_getgrnam_r(const char *name, struct group *entry, char *buffer,
    size_t size, int *errnop)
{
	int saved_errno = errno;
	struct nss_group to = { buffer, size, entry };
	struct nss_key key = { .name = name, .len = strlen(name) };

	if (!map_group_name_is_valid(key.name, key.len))
		return leave(saved_errno, NSS_ABSENT, errnop);
	return leave(saved_errno,
	    nss_search(MAP_GROUP, &key, nss_read_group, &to), errnop);
}

enum nss_status
_nss_stytch_getgrgid_r(gid_t gid, struct group *entry, char *buffer,
    size_t size, int *errnop)
{
	int saved_errno = errno;
	struct nss_group to = { buffer, size, entry };
	struct nss_key key = { .id = gid };

	if (!map_id_is_valid(gid))
		return leave(saved_errno, NSS_ABSENT, errnop);
	return leave(saved_errno,
	    nss_search(MAP_GROUP, &key, nss_read_group, &to), errnop);
}

static enum nss_status
reset_walk(enum map_kind kind)
{
	int saved_errno = errno;

	nss_walk_reset(kind);
	errno = saved_errno;
	return NSS_STATUS_SUCCESS;
}

enum nss_status
_nss_stytch_setpwent(int stay_open)
{
	(void)stay_open;
	return reset_walk(MAP_ACCOUNT);
}

enum nss_status
_nss_stytch_endpwent(void)
{
	return reset_walk(MAP_ACCOUNT);
}

enum nss_status
_nss_stytch_setgrent(int stay_open)
{
	(void)stay_open;
	return reset_walk(MAP_GROUP);
}

enum nss_status
_nss_stytch_endgrent(void)
{
	return reset_walk(MAP_GROUP);
}

enum nss_status
_nss_stytch_getpwent_r(struct passwd *entry, char *buffer, size_t size,
    int *errnop)
{
	int saved_errno = errno;
	struct nss_passwd to = { buffer, size, entry };

	return leave(saved_errno,
	    nss_walk_next(MAP_ACCOUNT, nss_read_passwd, &to), errnop);
}

enum nss_status
_nss_stytch_getgrent_r(struct group *entry, char *buffer, size_t size,
    int *errnop)
{
	int saved_errno = errno;
	struct nss_group to = { buffer, size, entry };

	return leave(saved_errno, nss_walk_next(MAP_GROUP, nss_read_group, &to),
	    errnop);
}

enum nss_status
/* NOLINTNEXTLINE(readability-function-size): glibc's parameters */
_nss_stytch_initgroups_dyn(const char *user, gid_t group, long *start,
    long *size, gid_t **items, long limit, int *errnop)
{
	int saved_errno = errno;
	CLEANUP(cancel_restore) int cancel = PTHREAD_CANCEL_ENABLE;
	struct nss_gids to = { group, start, size, items, limit };
	struct nss_key key = { .name = user, .len = strlen(user) };
	CLEANUP(nss_record_free) struct nss_record *record = NULL;
	enum nss_answer answer;

	cancel_disable(&cancel);
	if (!map_account_name_is_valid(key.name, key.len))
		return leave(saved_errno, NSS_ABSENT, errnop);
	answer = nss_search(MAP_ACCOUNT, &key, nss_read_gids, &to);
	if (is_unknown(answer) && nss_may_ask_gids(user, group)) {
		answer = nss_ask(user, &record);
		if (answer == NSS_FOUND)
			answer = nss_add_record_gids(record, &to);
	}
	return leave(saved_errno, answer, errnop);
}
