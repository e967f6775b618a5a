/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kill -9 at a moment of chance loses nothing that was answered: writers make,
 * change and delete users until the server is gone; started anew on the same
 * file it knows every user as the last answer left it.  What was not answered
 * may have happened or not, but whole.
 *
 * SANDBOX_KILL_ROUNDS (5) and SANDBOX_KILL_SEED (by chance, printed) are read
 * from the environment.
 */
#include "config.h"

#include "sandbox/token.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stytch/stytch.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PROGRAM TEST_BUILDDIR "/sandbox/stytch-sandbox"
#define PROJECT "project-test-11111111-1111-4111-8111-111111111111"
#define WRITERS 4
#define USERS_MAX 400 /* of a writer in a round */
#define CHANGES 3     /* of a user, before every other one is deleted */

/* What a user is, by the last answer, and by what was asked after it. */
enum state {
	ABSENT,
	MADE,
	DELETED = MADE + CHANGES + 1, /* between: changed so many times */
};

struct user {
	enum state answered, asked;
};

struct writer {
	pthread_t thread;
	struct world *world;
	unsigned number;
	unsigned count;
	struct user users[USERS_MAX];
};

struct world {
	char folder[64];
	char db[96];
	char url[256];
	pid_t pid;
	unsigned round;
	atomic_uint answers;
	struct writer writers[WRITERS];
};

/* ---- The server. ---- */

static void
run_server(const struct world *world, int out)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
	    dup2(out, STDOUT_FILENO) < 0)
		_exit(70);
	execl(PROGRAM, PROGRAM, "--listen", "127.0.0.1:0", "--db", world->db,
	    "--consumer", PROJECT ":secret", (char *)NULL);
	_exit(71);
}

static void
start(struct world *world)
{
	char line[256];
	bool ready = false;
	FILE *out;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	world->pid = fork();
	assert_true(world->pid >= 0);
	if (world->pid == 0)
		run_server(world, fds[1]);
	(void)close(fds[1]);
	out = fdopen(fds[0], "r");
	assert_non_null(out);
	while (!ready && fgets(line, sizeof(line), out) != NULL) {
		static const char name[] = "STYTCH_BASE_URL=";

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, name, sizeof(name) - 1) == 0)
			(void)snprintf(world->url, sizeof(world->url), "%s",
			    line + sizeof(name) - 1);
		ready = strstr(line, "is ready") != NULL;
	}
	(void)fclose(out);
	assert_true(ready);
}

static void
stop(struct world *world)
{
	int status;

	assert_int_equal(kill(world->pid, SIGKILL), 0);
	assert_int_equal(waitpid(world->pid, &status, 0), world->pid);
	assert_true(WIFSIGNALED(status));
}

/* ---- Calls. ---- */

static struct stytch_client *
connect_to(const struct world *world)
{
	const struct stytch_config config = {
		.size = sizeof(config),
		.project_id = PROJECT,
		.secret = "secret",
		.base_url = world->url,
		.allow_plain = true,
	};
	struct stytch_client *client = NULL;

	return stytch_client_new(&config, &client, NULL) == STYTCH_OK ? client
								      : NULL;
}

static void
name_user(const struct writer *writer, unsigned user, char *out, size_t size)
{
	(void)snprintf(out, size, "r%u-w%u-u%u", writer->world->round,
	    writer->number, user);
}

/* The call that brings a user to that state. */
static enum stytch_class
bring(struct stytch_client *client, const char *id, enum state state)
{
	enum stytch_endpoint endpoint = state == MADE ? STYTCH_USERS_CREATE
	    : state == DELETED                        ? STYTCH_USERS_DELETE
						      : STYTCH_USERS_UPDATE;
	struct stytch_call *call = stytch_call_new(client, endpoint);
	struct stytch_reply *reply = NULL;
	enum stytch_class class_;
	char version[16];

	(void)snprintf(version, sizeof(version), "v%d", (int)state);
	stytch_call_set(call, state == MADE ? "external_id" : "user_id", id);
	if (state == MADE) {
		char email[96];

		(void)snprintf(email, sizeof(email), "%s@example.com", id);
		stytch_call_set(call, "email", email);
	}
	if (state != DELETED)
		stytch_call_set(call, "name.first_name", version);
	class_ = stytch_call_perform(call, &reply, NULL);
	stytch_reply_free(&reply);
	stytch_call_free(&call);
	return class_;
}

/* The state that the server knows of a user; -1: it does not answer. */
static int
look_up(struct stytch_client *client, const char *id)
{
	struct stytch_call *call = stytch_call_new(client, STYTCH_USERS_GET);
	struct stytch_reply *reply = NULL;
	enum stytch_class class_;
	const char *version;
	int state = -1;

	stytch_call_set(call, "user_id", id);
	class_ = stytch_call_perform(call, &reply, NULL);
	if (class_ == STYTCH_NOT_FOUND)
		state = ABSENT;
	version = class_ == STYTCH_OK
	    ? stytch_reply_string(reply, "name.first_name")
	    : NULL;
	if (version != NULL && version[0] == 'v')
		state = (int)strtol(version + 1, NULL, 10);
	stytch_reply_free(&reply);
	stytch_call_free(&call);
	return state;
}

/* ---- Writing until the end. ---- */

/* The next of a user's states; ABSENT: that was the last. */
static enum state
next_state(unsigned user, enum state state)
{
	if (state < MADE + CHANGES)
		return (enum state)(state + 1);
	return state == DELETED || user % 2 == 0 ? ABSENT : DELETED;
}

/* Bring one user through its states; false: no answer any more. */
static bool
write_user(struct writer *writer, struct stytch_client *client, unsigned number)
{
	struct user *user = &writer->users[number];
	enum state next = MADE;
	char id[64];

	name_user(writer, number, id, sizeof(id));
	for (; next != ABSENT; next = next_state(number, next)) {
		user->asked = next;
		if (bring(client, id, next) != STYTCH_OK)
			return false;
		user->answered = next;
		writer->world->answers++;
	}
	return true;
}

static void *
write_users(void *data)
{
	struct writer *writer = data;
	struct stytch_client *client = connect_to(writer->world);

	writer->count = 0;
	memset(writer->users, 0, sizeof(writer->users));
	while (client != NULL && writer->count < USERS_MAX &&
	    write_user(writer, client, writer->count++))
		continue;
	stytch_client_free(&client);
	return NULL;
}

static void
nap(unsigned us)
{
	const struct timespec time = { .tv_nsec = (long)us * 1000 };

	(void)nanosleep(&time, NULL);
}

/* Whether what the server knows is what it answered, or was asked last. */
static void
compare(const struct writer *writer, struct stytch_client *client)
{
	for (unsigned i = 0; i < writer->count; i++) {
		const struct user *user = &writer->users[i];
		char id[64];
		int found;

		name_user(writer, i, id, sizeof(id));
		found = look_up(client, id);
		if (found == (int)user->answered || found == (int)user->asked)
			continue;
		if (found == ABSENT &&
		    (user->answered == DELETED || user->asked == DELETED))
			continue;
		fail_msg("%s: answered %d, asked %d, found %d", id,
		    (int)user->answered, (int)user->asked, found);
	}
}

/* One life of the server, and what is left of it. */
static void
live_once(struct world *world, unsigned answers, unsigned delay_us)
{
	struct stytch_client *client;

	world->answers = 0;
	for (unsigned i = 0; i < WRITERS; i++) {
		world->writers[i].world = world;
		world->writers[i].number = i;
		assert_int_equal(pthread_create(&world->writers[i].thread, NULL,
				     write_users, &world->writers[i]),
		    0);
	}
	while (world->answers < answers)
		nap(200);
	nap(delay_us);
	stop(world);
	for (unsigned i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_join(world->writers[i].thread, NULL),
		    0);
	start(world);
	client = connect_to(world);
	assert_non_null(client);
	for (unsigned i = 0; i < WRITERS; i++)
		compare(&world->writers[i], client);
	stytch_client_free(&client);
}

static unsigned
number_from(const char *name, unsigned fallback)
{
	const char *text = getenv(name);

	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : fallback;
}

static void
a_killed_server_has_kept_all_it_answered(void **state)
{
	struct world *world = *state;
	unsigned rounds = number_from("SANDBOX_KILL_ROUNDS", 5);
	unsigned seed, total = 0;
	unsigned short chance[3] = { 0x330e, 0, 0 };

	random_fill(&seed, sizeof(seed));
	seed = number_from("SANDBOX_KILL_SEED", seed);
	print_message("SANDBOX_KILL_SEED=%u\n", seed);
	chance[1] = (unsigned short)seed;
	chance[2] = (unsigned short)(seed >> 16);
	start(world);
	for (world->round = 0; world->round < rounds; world->round++) {
		unsigned answers = 1 + (unsigned)nrand48(chance) % 300;

		live_once(world, answers, (unsigned)nrand48(chance) % 2000);
		total += world->answers;
	}
	stop(world);
	print_message("%u rounds, %u writes answered\n", rounds, total);
	assert_true(total >= rounds);
}

static void
the_file_of_a_killed_server_is_whole(void **state)
{
	struct world *world = *state;
	sqlite3_stmt *check = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(world->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1,
			     &check, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(check), SQLITE_ROW);
	assert_string_equal(sqlite3_column_text(check, 0), "ok");
	sqlite3_finalize(check);
	sqlite3_close(db);
}

static int
setup(void **state)
{
	static struct world world;

	memcpy(world.folder, "/tmp/sandboxXXXXXX", 19);
	if (mkdtemp(world.folder) == NULL)
		return -1;
	(void)snprintf(world.db, sizeof(world.db), "%s/db", world.folder);
	*state = &world;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct world *world = *state;

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char path[128];

		(void)snprintf(path, sizeof(path), "%s%s", world->db, ends[i]);
		(void)unlink(path);
	}
	return rmdir(world->folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_killed_server_has_kept_all_it_answered),
		cmocka_unit_test(the_file_of_a_killed_server_is_whole),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
