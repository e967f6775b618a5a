/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An agent without a network: a real state, slots and conversations over a
 * socket pair, a directory of a few people, and an API whose answers the test
 * writes.
 */
#ifndef TESTS_UNIT_LOGIN_WORLD_H
#define TESTS_UNIT_LOGIN_WORLD_H

#include "common/wire_socket.h"
#include "stytchd/server.h"

#include <pthread.h>

struct world {
	char folder[64];
	struct configuration *configuration;
	struct agent agent;
	struct admin admin;
	bool is_up;
};

extern struct world world;

#define ALICE "user-test-alice"
#define BOB "user-test-bob"
#define CAROL "member-test-carol"
#define ACME "organization-test-acme"
#define ALICE_UID 1879050001
#define BOB_UID 1879050002

/*
 * Start with a configuration: kind, then lines of text behind [stytch]'s.
 * alice has email, phone, TOTP; bob an email; nora nothing; lou is locked;
 * carol, a member, has email and TOTP.  "root" is local, "gone" was given.
 */
void world_start(const char *kind, const char *lines);
/* Stop the agent and start it anew on the same state. */
void world_restart(void);
void world_end(void);

/* The API's answer to an endpoint from now on: a class and, for OK, JSON. */
void world_answer(enum stytch_endpoint endpoint, enum stytch_class class_,
    const char *text);
/* Hold calls of the endpoint until world_release(). */
void world_hold(enum stytch_endpoint endpoint);
void world_release(void);
/* How often it was called; what parameter the last call had, or "". */
unsigned world_calls(enum stytch_endpoint endpoint);
unsigned world_all_calls(void);
/* Wait until the endpoint was called so often. */
void world_wait_for(enum stytch_endpoint endpoint, unsigned calls);
const char *world_parameter(enum stytch_endpoint endpoint, const char *name);

/* JSON of whole answers; good until the next of the same function. */
const char *world_user(const char *user, const char *factors);
const char *world_member(const char *member, const char *factors);
const char *world_owed(const char *member, const char *owed);
#define FACTOR_EMAIL \
	"{\"type\":\"otp\",\"delivery_method\":\"email\"," \
	"\"last_authenticated_at\":\"2026-01-01T00:00:00Z\"}"
#define FACTOR_EMAIL_B2B \
	"{\"type\":\"email_otp\",\"delivery_method\":\"email\"," \
	"\"last_authenticated_at\":\"2026-01-01T00:00:00Z\"}"
#define FACTOR_TOTP \
	"{\"type\":\"totp\",\"delivery_method\":\"authenticator_app\"," \
	"\"last_authenticated_at\":\"2026-01-01T00:00:00Z\"}"
#define FACTOR_PASSWORD \
	"{\"type\":\"password\",\"delivery_method\":\"knowledge\"," \
	"\"last_authenticated_at\":\"2026-01-01T00:00:00Z\"}"
#define FACTOR_LINK \
	"{\"type\":\"magic_link\",\"delivery_method\":\"email\"," \
	"\"last_authenticated_at\":\"2026-01-01T00:00:00Z\"}"
#define FACTOR_IMPERSONATED "{\"type\":\"impersonated\"}"

/* Set while the played parts run in this thread: they do not run out. */
extern _Thread_local volatile bool world_plays;

/* What the directory does: changed by a test, reset by world_start(). */
struct world_people {
	enum directory_answer find_answer_of_unknown; /* ABSENT */
	enum stytch_class refresh;                    /* OK */
	bool is_active;                               /* true */
	bool is_locked;                               /* false; all people */
	bool admits;                                  /* true */
};
extern struct world_people world_people;

/* A client's end of one connection. */
struct talk {
	int fd;
	int served;
	struct peer peer;
	struct slot slot;
	pthread_t thread;
	uint8_t packet[WIRE_PACKET_MAX];
	struct wire_message message;
};

/* What a BEGIN says; zero and NULL are left out. */
struct saying {
	enum wire_operation operation; /* 0: authenticate */
	const char *service;           /* NULL: "sshd" */
	const char *user;
	const char *rhost;
	const char *ruser;
	const char *login;
	uint32_t flags;
	bool is_public;
	uid_t uid;
	pid_t pid;      /* 0: this process */
	uint64_t start; /* 0: when it began */
	pid_t parent;
	uint64_t parent_start;
};

void talk_begin(struct talk *talk, const struct saying *saying);
/* The next packet's type; 0 if the agent hung up. */
unsigned talk_next(struct talk *talk);
void talk_answer(struct talk *talk, const char *answer);
void talk_cancel(struct talk *talk);
/* Hang up, and wait for the agent's thread. */
void talk_end(struct talk *talk);

/* A prompt that contains text must come; then answer it. */
void talk_expect(struct talk *talk, const char *text, const char *answer);
/* DONE must come; its code.  out_id (LOGIN_ID_SIZE) may be NULL. */
uint32_t talk_done(struct talk *talk, char *out_id);
/* A whole conversation without prompts. */
uint32_t talk_once(const struct saying *saying, char *out_id);

#endif
