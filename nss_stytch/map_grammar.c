/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of passwd's and group's fields; see map_grammar.h. */
#include "config.h"

#include "nss_stytch/map_grammar.h"

#include "common/buf.h"

#include <endian.h>
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

bool
map_gecos_is_valid(const char *gecos, size_t len)
{
	if (len > MAP_FIELD_MAX)
		return false;
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

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))
#define WORD sizeof(uint64_t)

static inline uint64_t
load_word(const char *at)
{
	uint64_t word;

	memcpy(&word, at, WORD);
	return le64toh(word);
}

/*
 * High bits where a byte is 0; also, behind such a byte, where it is 1, so good for a
 * yes or no of the whole word.
 */
static inline uint64_t
zero_bytes(uint64_t word)
{
	return (word - EACH_BYTE(1)) & ~word & EACH_BYTE(0x80);
}

/* High bits where a byte is below ' ': exact for each byte. */
static inline uint64_t
low_bytes(uint64_t word)
{
	return ~(((word & EACH_BYTE(0x7f)) + EACH_BYTE(0x60)) | word) &
	    EACH_BYTE(0x80);
}

/*
 * High bits where a byte is not ASCII, DEL or ':', or where it is a '/' and the
 * next one '/', '.' or NUL.
 */
static inline uint64_t
odd_bytes(uint64_t word, uint64_t next)
{
	return ((word | (word + EACH_BYTE(1))) & EACH_BYTE(0x80)) |
	    zero_bytes(word ^ EACH_BYTE(':')) |
	    (zero_bytes(word ^ EACH_BYTE('/')) &
		(zero_bytes(next ^ EACH_BYTE('/')) |
		    zero_bytes(next ^ EACH_BYTE('.')) | zero_bytes(next)));
}

/*
 * Whether a block of texts, their NULs included, is of the plainest: printable
 * ASCII without ':', no controls but nul_count NULs, no component of a path that
 * is empty or begins with a dot.  Eight bytes at a time.
 */
static bool
is_plain(const char *block, size_t size, size_t nul_count)
{
	uint64_t odd = 0, low = 0, count = 0;
	size_t i, rest;

	if (size <= WORD)
		return false;
	for (i = 0; i + WORD < size; i += WORD) {
		uint64_t word = load_word(block + i);

		odd |= odd_bytes(word, load_word(block + i + 1));
		count += low_bytes(word) >> 7;
	}
	/* The last word again in part; of it, only what is new is counted. */
	rest = size - i;
	odd |= odd_bytes(load_word(block + size - WORD - 1),
	    load_word(block + size - WORD));
	low = load_word(block + size - WORD) >> (8 * (WORD - rest));
	count += low_bytes(low | ~(UINT64_MAX >> (8 * (WORD - rest)))) >> 7;
	/* One counter a byte, each at most a block's words: add them up. */
	count = (count & UINT64_C(0x00ff00ff00ff00ff)) +
	    (count >> 8 & UINT64_C(0x00ff00ff00ff00ff));
	count = count * UINT64_C(0x0001000100010001) >> 48;
	return odd == 0 && count == nul_count;
}

bool
map_texts_are_valid(const char *texts, const size_t len[4])
{
	const char *gecos = texts + len[0] + 1;
	const char *home = gecos + len[1] + 1;
	const char *shell = home + len[2] + 1;
	const char *end = shell + len[3] + 1;

	if (gecos[-1] != '\0' || home[-1] != '\0' || shell[-1] != '\0' ||
	    end[-1] != '\0' || !map_account_name_is_valid(texts, len[0]))
		return false;
	if (len[1] <= MAP_FIELD_MAX && len[2] <= MAP_FIELD_MAX &&
	    len[3] <= MAP_FIELD_MAX &&
	    is_plain(texts, (size_t)(end - texts), 4))
		return home[0] == '/' && len[2] >= 2 && shell[0] == '/' &&
		    len[3] >= 2;
	return map_gecos_is_valid(gecos, len[1]) &&
	    map_path_is_valid(home, len[2]) && map_path_is_valid(shell, len[3]);
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
