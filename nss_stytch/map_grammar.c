/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of passwd's and group's fields; see map_grammar.h. */
#include "config.h"

#include "nss_stytch/map_grammar.h"

#include "common/buf.h"

#include <string.h>

/* clang-format off */
enum { FIRST = 1, LATER = 2 };

static const uint8_t name_class[256] = {
	['a'] = FIRST | LATER, ['b'] = FIRST | LATER, ['c'] = FIRST | LATER,
	['d'] = FIRST | LATER, ['e'] = FIRST | LATER, ['f'] = FIRST | LATER,
	['g'] = FIRST | LATER, ['h'] = FIRST | LATER, ['i'] = FIRST | LATER,
	['j'] = FIRST | LATER, ['k'] = FIRST | LATER, ['l'] = FIRST | LATER,
	['m'] = FIRST | LATER, ['n'] = FIRST | LATER, ['o'] = FIRST | LATER,
	['p'] = FIRST | LATER, ['q'] = FIRST | LATER, ['r'] = FIRST | LATER,
	['s'] = FIRST | LATER, ['t'] = FIRST | LATER, ['u'] = FIRST | LATER,
	['v'] = FIRST | LATER, ['w'] = FIRST | LATER, ['x'] = FIRST | LATER,
	['y'] = FIRST | LATER, ['z'] = FIRST | LATER,
	['A'] = FIRST | LATER, ['B'] = FIRST | LATER, ['C'] = FIRST | LATER,
	['D'] = FIRST | LATER, ['E'] = FIRST | LATER, ['F'] = FIRST | LATER,
	['G'] = FIRST | LATER, ['H'] = FIRST | LATER, ['I'] = FIRST | LATER,
	['J'] = FIRST | LATER, ['K'] = FIRST | LATER, ['L'] = FIRST | LATER,
	['M'] = FIRST | LATER, ['N'] = FIRST | LATER, ['O'] = FIRST | LATER,
	['P'] = FIRST | LATER, ['Q'] = FIRST | LATER, ['R'] = FIRST | LATER,
	['S'] = FIRST | LATER, ['T'] = FIRST | LATER, ['U'] = FIRST | LATER,
	['V'] = FIRST | LATER, ['W'] = FIRST | LATER, ['X'] = FIRST | LATER,
	['Y'] = FIRST | LATER, ['Z'] = FIRST | LATER,
	['_'] = FIRST | LATER, ['.'] = LATER, ['-'] = LATER,
	['0'] = LATER, ['1'] = LATER, ['2'] = LATER, ['3'] = LATER,
	['4'] = LATER, ['5'] = LATER, ['6'] = LATER, ['7'] = LATER,
	['8'] = LATER, ['9'] = LATER,
};
/* clang-format on */

bool
map_id_is_valid(uint32_t id)
{
	return id != 0 && id != UINT32_MAX;
}

static bool
name_is_valid(const char *name, size_t len, size_t max_len)
{
	unsigned all = LATER;

	if (len == 0 || len > max_len ||
	    (name_class[(unsigned char)name[0]] & FIRST) == 0)
		return false;
	for (size_t i = 0; i < len; i++)
		all &= name_class[(unsigned char)name[i]];
	return all != 0;
}

bool
map_account_name_is_valid(const char *name, size_t len)
{
	return name_is_valid(name, len, MAP_ACCOUNT_NAME_MAX);
}

bool
map_group_name_is_valid(const char *name, size_t len)
{
	return name_is_valid(name, len, MAP_GROUP_NAME_MAX);
}

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * High bits where a byte is not ASCII, a control or ':'.  Exact as a yes or
 * no for the word: a borrow or carry only leaves a byte that is itself bad.
 */
static uint64_t
bad_bytes(uint64_t word)
{
	return (word | (word - EACH_BYTE(0x20)) | (word + EACH_BYTE(1)) |
		   ((word ^ EACH_BYTE(':')) - EACH_BYTE(1))) &
	    EACH_BYTE(0x80);
}

/* Eight bytes at a time: this runs in every look-up of every process. */
static bool
is_plain_ascii(const char *text, size_t len)
{
	uint64_t word, bad = 0;

	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		bad |= bad_bytes(word);
		text += sizeof(word);
	}
	word = EACH_BYTE('a');
	memcpy(&word, text, len);
	return (bad | bad_bytes(word)) == 0;
}

bool
map_gecos_is_valid(const char *gecos, size_t len)
{
	if (len > MAP_FIELD_MAX)
		return false;
	if (is_plain_ascii(gecos, len))
		return true;
	while (len > 0) {
		unsigned point = 0;
		size_t step = utf8_character(gecos, len, &point);

		if (step == 0 || point == ':' || !utf8_is_clean(point))
			return false;
		gecos += step;
		len -= step;
	}
	return true;
}

/* Whether the component at path[0..len) is empty, "." or "..". */
static bool
starts_with_dots(const char *path, size_t len)
{
	size_t dots = 0;

	while (dots < len && dots < 2 && path[dots] == '.')
		dots++;
	return dots == len || path[dots] == '/';
}

bool
map_path_is_valid(const char *path, size_t len)
{
	if (len < 2 || path[0] != '/' || !map_gecos_is_valid(path, len))
		return false;
	for (size_t i = 0; i < len; i++)
		if (path[i] == '/' &&
		    starts_with_dots(path + i + 1, len - i - 1))
			return false;
	return true;
}

bool
map_account_is_valid(const struct map_account *account)
{
	const char *gecos = account->gecos == NULL ? "" : account->gecos;

	return map_id_is_valid(account->uid) && map_id_is_valid(account->gid) &&
	    account->name != NULL && account->home != NULL &&
	    account->shell != NULL &&
	    map_account_name_is_valid(account->name, strlen(account->name)) &&
	    map_gecos_is_valid(gecos, strlen(gecos)) &&
	    map_path_is_valid(account->home, strlen(account->home)) &&
	    map_path_is_valid(account->shell, strlen(account->shell));
}
