/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of the maps as libc's structs; see nss_entry.h. */
#include "config.h"

#include "nss_stytch/nss_entry.h"

#include <errno.h>
#include <string.h>

static enum nss_answer
answer_of(int error)
{
	if (error == 0)
		return NSS_FOUND;
	return error == -ERANGE ? NSS_TOO_SMALL : NSS_UNAVAILABLE;
}

bool
nss_is_asked_for(const struct nss_key *key, const char *name, uint32_t id)
{
	if (key->name == NULL)
		return key->id == 0 || key->id == id;
	return strlen(name) == key->len &&
	    memcmp(name, key->name, key->len) == 0;
}

/* A text of the buffer as libc wants it, not const. */
static char *
in_buffer(char *buffer, const char *text)
{
	return buffer + (text - buffer);
}

/* texts: of the account, from to->buffer on. */
static void
set_passwd(const struct map_account *account, const struct nss_passwd *to,
    char *password)
{
	to->entry->pw_name = in_buffer(to->buffer, account->name);
	to->entry->pw_passwd = password;
	to->entry->pw_uid = account->uid;
	to->entry->pw_gid = account->gid;
	to->entry->pw_gecos = in_buffer(to->buffer, account->gecos);
	to->entry->pw_dir = in_buffer(to->buffer, account->home);
	to->entry->pw_shell = in_buffer(to->buffer, account->shell);
}

/* The password of every entry, at the end of a buffer: nobody's hash is here. */
static char *
put_password(char *buffer, size_t size)
{
	char *password = buffer + size - 2;

	memcpy(password, "*", 2);
	return password;
}

enum nss_answer
nss_read_passwd(const struct map_pin *pin, uint32_t ref,
    const struct nss_key *key, void *context)
{
	const struct nss_passwd *to = context;
	struct map_account account;
	int error;

	if (to->size < 2)
		return NSS_TOO_SMALL;
	error =
	    map_read_account(pin->map, ref, to->buffer, to->size - 2, &account);
	if (error != 0)
		return answer_of(error);
	if (!nss_is_asked_for(key, account.name, account.uid))
		return NSS_UNAVAILABLE;
	if (!limits_allow_account(pin->limits, account.uid, account.gid))
		return NSS_OUTSIDE;
	set_passwd(&account, to, put_password(to->buffer, to->size));
	return NSS_FOUND;
}

enum nss_answer
nss_fill_passwd(const struct map_account *account, const struct nss_passwd *to)
{
	const char *const texts[] = { account->name, account->gecos,
		account->home, account->shell };
	const char *copies[ARRAY_LEN(texts)];
	struct map_account copy = *account;
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		size_t size = strlen(texts[i]) + 1;

		if (size > to->size - at)
			return NSS_TOO_SMALL;
		copies[i] = memcpy(to->buffer + at, texts[i], size);
		at += size;
	}
	if (to->size - at < 2)
		return NSS_TOO_SMALL;
	copy.name = copies[0];
	copy.gecos = copies[1];
	copy.home = copies[2];
	copy.shell = copies[3];
	set_passwd(&copy, to, put_password(to->buffer, to->size));
	return NSS_FOUND;
}

/* A part of the caller's buffer that is still free. */
struct rest {
	char *at;
	size_t size;
};

/* The array of count pointers and a NULL, aligned; or NULL: too small. */
static char **
take_array(struct rest *rest, size_t count)
{
	size_t skip = -(uintptr_t)rest->at % _Alignof(char *);
	void *array;

	if (rest->size < skip ||
	    (rest->size - skip) / sizeof(char *) < count + 1)
		return NULL;
	array = rest->at + skip;
	rest->at += skip + (count + 1) * sizeof(char *);
	rest->size -= skip + (count + 1) * sizeof(char *);
	return array;
}

/* The names of the members that the limits allow. */
static enum nss_answer
put_members(const struct map_pin *pin, const struct map_list *members,
    struct rest *rest, char **names)
{
	for (uint32_t i = 0; i < members->count; i++) {
		struct map_account account;
		int error = map_read_member(pin->map, map_list_at(members, i),
		    rest->at, rest->size, &account);

		if (error != 0)
			return answer_of(error);
		if (!limits_allow_account(pin->limits, account.uid,
			account.gid))
			continue;
		*names++ = rest->at;
		rest->size -= strlen(rest->at) + 1;
		rest->at += strlen(rest->at) + 1;
	}
	*names = NULL;
	return NSS_FOUND;
}

enum nss_answer
nss_read_group(const struct map_pin *pin, uint32_t ref,
    const struct nss_key *key, void *context)
{
	const struct nss_group *to = context;
	struct rest rest = { .at = to->buffer, .size = to->size };
	struct map_group group;
	enum nss_answer answer;
	char **names, *password;
	int error;

	if (to->size < 2)
		return NSS_TOO_SMALL;
	rest.size -= 2;
	error = map_read_group(pin->map, ref, rest.at, rest.size, &group);
	if (error != 0)
		return answer_of(error);
	if (!nss_is_asked_for(key, group.name, group.gid))
		return NSS_UNAVAILABLE;
	if (!limits_allow_group(pin->limits, group.gid))
		return NSS_OUTSIDE;
	rest.size -= strlen(group.name) + 1;
	rest.at += strlen(group.name) + 1;
	names = take_array(&rest, group.members.count);
	/* Tell at once that a big group does not fit, not after copying it. */
	if (names == NULL || rest.size < group.member_size)
		return NSS_TOO_SMALL;
	answer = put_members(pin, &group.members, &rest, names);
	if (answer != NSS_FOUND)
		return answer;
	password = put_password(to->buffer, to->size);
	to->entry->gr_name = in_buffer(to->buffer, group.name);
	to->entry->gr_passwd = password;
	to->entry->gr_gid = group.gid;
	to->entry->gr_mem = names;
	return NSS_FOUND;
}
