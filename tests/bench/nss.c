/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a look-up costs: the NSS module's own entry points over maps of a
 * thousand and of a million accounts (or argv[1]), beside a floor that does the
 * least any hash table in a mapped file could: the same hash, one array of
 * slots, one record, one copy, without replacement, limits or checks.  Each
 * question waits for the answer before, as a program's does.  Rounds alternate;
 * medians.
 */
#include "config.h"

#include "nss_stytch/map_bytes.h"
#include "nss_stytch/map_writer.h"
#include "tests/unit/nss_module_calls.h"
#include "tests/unit/nss_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define FIRST_UID 1879048192U
#define TEAMS 1000U
#define QUERIES 65536U
#define ROUNDS 9
#define NAME_SIZE 16

enum question {
	BY_NAME,
	BY_ID,
	NO_NAME, /* with the geteuid() that tells who may ask the agent */
	NO_ID,
	QUESTION_COUNT
};
static const char *const questions[] = { "name", "uid", "no name", "no uid" };

/* The floor's record: as many bytes as the module copies. */
struct floor_record {
	uint32_t uid;
	char name[NAME_SIZE];
	char rest[44];
};

struct floor_table {
	struct floor_record *records;
	uint32_t *by_name;
	uint32_t *by_id;
	uint32_t slot_count;
	void *data;
	size_t size;
};

static char names[QUERIES][NAME_SIZE];
static char misses[QUERIES][NAME_SIZE];
static uint32_t uids[QUERIES];
static unsigned long wrong;

/* 0, but no compiler nor processor knows: makes a value depend on another. */
static volatile uint32_t nothing;

static void
must(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static void
set_name(char *name, const char *prefix, uint32_t i)
{
	must(snprintf(name, NAME_SIZE, "%s%07u", prefix, i) < NAME_SIZE, name);
}

/* A million people: names, gecos, homes of the usual lengths. */
static void
fill(struct map_writer *writer, uint32_t count)
{
	for (uint32_t i = 0; i < TEAMS && i < count; i++) {
		char team[32];

		must(snprintf(team, sizeof(team), "stytch-team%u", i) > 0,
		    team);
		must(map_writer_add_group(writer, team, FIRST_UID + count + i,
			 NULL) == 0,
		    team);
	}
	for (uint32_t i = 0; i < count; i++) {
		char name[NAME_SIZE], gecos[48], home[48];
		const struct map_account account = { name, FIRST_UID + i,
			FIRST_UID + i, gecos, home, "/bin/bash" };

		set_name(name, "user", i);
		must(snprintf(gecos, sizeof(gecos), "Person %u", i) > 0, name);
		must(snprintf(home, sizeof(home), "/home/%s", name) > 0, name);
		must(map_writer_add_account(writer, &account, NULL) == 0, name);
		must(map_writer_add_group(writer, name, FIRST_UID + i, NULL) ==
			0,
		    name);
		must(map_writer_add_member(writer,
			 i % (count < TEAMS ? count : TEAMS), i) == 0,
		    name);
	}
}

/* In a file, as the map is: pages of a heap may be larger. */
static void
floor_map(struct floor_table *table, uint32_t count)
{
	const char *path = test_path("floor");
	CLEANUP(fd_close)
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	table->slot_count = 2 * count;
	table->size = count * sizeof(*table->records) +
	    2 * table->slot_count * sizeof(uint32_t);
	must(fd >= 0 && ftruncate(fd, (off_t)table->size) == 0, path);
	table->data =
	    mmap(NULL, table->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(table->data != MAP_FAILED, path);
	table->records = table->data;
	table->by_name = (uint32_t *)(table->records + count);
	table->by_id = table->by_name + table->slot_count;
}

static void
floor_build(struct floor_table *table, uint32_t count)
{
	floor_map(table, count);
	for (uint32_t i = 0; i < count; i++) {
		struct floor_record *record = &table->records[i];
		uint32_t at;

		record->uid = FIRST_UID + i;
		set_name(record->name, "user", i);
		at = map_first_slot(map_hash_name(1, record->name,
					strlen(record->name)),
		    table->slot_count);
		while (table->by_name[at] != 0)
			at = (at + 1) % table->slot_count;
		table->by_name[at] = i + 1;
		at = map_first_slot(map_hash_id(1, record->uid),
		    table->slot_count);
		while (table->by_id[at] != 0)
			at = (at + 1) % table->slot_count;
		table->by_id[at] = i + 1;
	}
}

static void
floor_free(struct floor_table *table)
{
	(void)munmap(table->data, table->size);
}

static bool
floor_find_name(const struct floor_table *table, const char *name,
    struct floor_record *to)
{
	uint32_t at = map_first_slot(map_hash_name(1, name, strlen(name)),
	    table->slot_count);

	for (; table->by_name[at] != 0;
	     at = at + 1 == table->slot_count ? 0 : at + 1) {
		const struct floor_record *record =
		    &table->records[table->by_name[at] - 1];

		if (strcmp(record->name, name) == 0) {
			*to = *record;
			return true;
		}
	}
	return false;
}

static bool
floor_find_id(const struct floor_table *table, uint32_t id,
    struct floor_record *to)
{
	uint32_t at = map_first_slot(map_hash_id(1, id), table->slot_count);

	for (; table->by_id[at] != 0;
	     at = at + 1 == table->slot_count ? 0 : at + 1) {
		const struct floor_record *record =
		    &table->records[table->by_id[at] - 1];

		if (record->uid == id) {
			*to = *record;
			return true;
		}
	}
	return false;
}

static double
now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static bool
is_by_id(enum question question)
{
	return question == BY_ID || question == NO_ID;
}

static bool
is_hit(enum question question)
{
	return question == BY_NAME || question == BY_ID;
}

static const char *
name_of(enum question question, uint32_t i)
{
	return question == BY_NAME ? names[i] : misses[i];
}

static uint32_t
id_of(enum question question, uint32_t i)
{
	return question == BY_ID ? uids[i] : uids[i] - 100000000U;
}

/* Nanoseconds a look-up of all queries by the floor; rounds warm up alike. */
static double
time_floor(const struct floor_table *table, enum question question)
{
	uint32_t never = nothing;
	double start = now_ns();
	struct floor_record to = { .uid = 0 };

	for (uint32_t i = 0; i < QUERIES;
	     i += 1 + ((uint32_t)to.rest[0] & never)) {
		bool found = is_by_id(question)
		    ? floor_find_id(table, id_of(question, i), &to)
		    : floor_find_name(table, name_of(question, i), &to);

		wrong += found != is_hit(question);
	}
	return (now_ns() - start) / QUERIES;
}

static double
time_module(enum question question)
{
	uint32_t never = nothing;
	double start = now_ns();
	struct passwd entry = { .pw_uid = 0 };

	for (uint32_t i = 0; i < QUERIES; i += 1 + (entry.pw_uid & never)) {
		char buffer[1024];
		int error;
		enum nss_status status = is_by_id(question)
		    ? _nss_stytch_getpwuid_r(id_of(question, i), &entry, buffer,
			  sizeof(buffer), &error)
		    : _nss_stytch_getpwnam_r(name_of(question, i), &entry,
			  buffer, sizeof(buffer), &error);

		wrong += status !=
		    (is_hit(question) ? NSS_STATUS_SUCCESS
				      : NSS_STATUS_NOTFOUND);
	}
	return (now_ns() - start) / QUERIES;
}

static int
compare(const void *a, const void *b)
{
	const double *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static void
run(const struct floor_table *table, uint32_t count, enum question question)
{
	double module[ROUNDS], least[ROUNDS];

	(void)time_floor(table, question);
	(void)time_module(question);
	for (unsigned i = 0; i < ROUNDS; i++) {
		least[i] = time_floor(table, question);
		module[i] = time_module(question);
	}
	qsort(module, ROUNDS, sizeof(double), compare);
	qsort(least, ROUNDS, sizeof(double), compare);
	printf(
	    "nss %7u accounts  %-7s  %6.1f ns (%5.1f M/s)  floor %6.1f ns  x %.2f\n",
	    count, questions[question], module[ROUNDS / 2],
	    1e3 / module[ROUNDS / 2], least[ROUNDS / 2],
	    module[ROUNDS / 2] / least[ROUNDS / 2]);
}

static void
choose_queries(uint32_t count)
{
	uint64_t random = 88172645463325252U;

	for (uint32_t i = 0; i < QUERIES; i++) {
		uint32_t which;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		which = (uint32_t)(random % count);
		set_name(names[i], "user", which);
		set_name(misses[i], "none", which);
		uids[i] = FIRST_UID + which;
	}
}

static void
publish(const char *path, uint32_t count)
{
	CLEANUP(map_writer_free) struct map_writer *writer = NULL;
	double start = now_ns();
	struct stat status;

	must(map_writer_new(&writer) == 0, "writer");
	fill(writer, count);
	must(map_writer_publish(writer, path) == 0, path);
	must(stat(path, &status) == 0, path);
	if (count == 0)
		return;
	printf(
	    "nss %7u accounts  %.1f bytes an account, private group and team included; built and published in %.0f ms\n",
	    count, (double)status.st_size / count, (now_ns() - start) / 1e6);
}

static void
measure(uint32_t count)
{
	struct floor_table table;

	publish(nss_test_map, count);
	choose_queries(count);
	floor_build(&table, count);
	for (unsigned i = 0; i < QUESTION_COUNT; i++)
		run(&table, count, (enum question)i);
	floor_free(&table);
}

int
main(int argc, char **argv)
{
	static const char limits[] = "uid 1879048192-2147352575\n"
				     "gid 1879048192-2147352575\n";
	char *end = NULL;
	unsigned long most = argc > 1 ? strtoul(argv[1], &end, 10) : 1000000;

	if (argc > 2 || most < 1000 || most > 9999999 ||
	    (end != NULL && *end != '\0')) {
		(void)fprintf(stderr,
		    "usage: nss [ACCOUNTS, 1000 to 9999999]\n");
		return 2;
	}
	/* Misses of root would ask the agent. */
	must(geteuid() != 0 || seteuid(65534) == 0, "seteuid");
	nss_test_set_paths(test_folder(), geteuid());
	test_write_file(test_path("nss.limits"), limits, sizeof(limits) - 1);
	publish(nss_test_overlay, 0);
	measure(1000);
	if (most > 1000)
		measure((uint32_t)most);
	test_folder_remove();
	if (wrong > 0)
		(void)fprintf(stderr, "nss: %lu wrong answers\n", wrong);
	return wrong > 0;
}
