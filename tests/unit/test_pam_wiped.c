/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a person typed is nowhere when a phase returns: not in a freed block,
 * not on the stack that the phase ran on, not in the handle.
 */
#include "config.h"

#include "tests/unit/pam_case.h"

#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#define STACK_SIZE (1 << 20)
#define CANARY_LEN 24
#define DEPTH 16384 /* of a trace: what runs later does not reach it */

/* The canary is made up as it is needed, so that it stands nowhere else. */
static void
make_canary(char out[CANARY_LEN + 1])
{
	for (size_t i = 0; i < CANARY_LEN; i++)
		out[i] = (char)('a' + (i * 7 + 3) % 26);
	out[CANARY_LEN] = '\0';
}

/* Volatile, for the compiler knows free() and what it does not read. */
static _Thread_local volatile bool is_watched;
static unsigned found_freed;
static unsigned freed;

/*
 * Whether 8 bytes of the canary in a row are in memory.  It is the stack of
 * another thread that is looked at, hence no sanitizer.
 */
__attribute__((no_sanitize("address"))) static bool
has_canary(const char *memory, size_t size)
{
	for (size_t i = 0; i + 8 <= size; i++) {
		for (size_t from = 0; from + 8 <= CANARY_LEN; from++) {
			size_t same = 0;

			while (same < 8 &&
			    memory[i + same] ==
				(char)('a' + ((from + same) * 7 + 3) % 26))
				same++;
			if (same == 8)
				return true;
		}
	}
	return false;
}

void __real_free(void *block);
void __wrap_free(void *block);

void
__wrap_free(void *block)
{
	if (is_watched && block != NULL) {
		freed++;
		if (has_canary(block, malloc_usable_size(block)))
			found_freed++;
	}
	__real_free(block);
}

struct run {
	struct pam_case *one;
	int code;
};

static void *
run_watched(void *argument)
{
	struct run *run = argument;

	is_watched = true;
	run->code = case_run(run->one, phase_authenticate);
	is_watched = false;
	return NULL;
}

/* Run authenticate on a stack that can be looked at afterwards. */
static int
run_on_stack(struct pam_case *one, char *stack)
{
	struct run run = { .one = one, .code = -1 };
	pthread_attr_t attributes;
	pthread_t thread;

	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_SIZE),
	    0);
	assert_int_equal(pthread_create(&thread, &attributes, run_watched,
			     &run),
	    0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(pthread_attr_destroy(&attributes), 0);
	return run.code;
}

static char *
make_stack(void)
{
	char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	assert_true(stack != MAP_FAILED);
	return stack;
}

#define HEAR_BEGIN \
	{ \
		.what = AGENT_HEAR, .number = WIRE_BEGIN \
	}
#define HEAR_ANSWER \
	{ \
		.what = AGENT_HEAR, .number = WIRE_ANSWER \
	}
#define HEAR_CANCEL \
	{ \
		.what = AGENT_HEAR, .number = WIRE_CANCEL \
	}
#define ASK \
	{ \
		.what = AGENT_PROMPT, .number = WIRE_PROMPT_CODE, \
		.text = "Code: " \
	}
#define DONE(code, login) \
	{ \
		.what = AGENT_DONE, .number = (code), .text = (login) \
	}

static const struct agent_step granted[] = { HEAR_BEGIN, ASK, HEAR_ANSWER,
	DONE(PAM_SUCCESS, AGENT_LOGIN) };
static const struct agent_step refused[] = { HEAR_BEGIN, ASK, HEAR_ANSWER,
	DONE(PAM_AUTH_ERR, NULL) };
static const struct agent_step dropped[] = { HEAR_BEGIN, ASK, HEAR_ANSWER,
	{ .what = AGENT_CLOSE } };
static const struct agent_step gone[] = { HEAR_BEGIN, ASK,
	{ .what = AGENT_CLOSE } };
static const struct agent_step again[] = { HEAR_BEGIN, ASK, HEAR_ANSWER, ASK,
	HEAR_CANCEL, DONE(PAM_ABORT, NULL) };
static const struct agent_step unsent[] = { HEAR_BEGIN, ASK, HEAR_CANCEL };

static const struct {
	const struct agent_step *steps;
	size_t count;
	const char *before; /* what stands before the canary in the answer */
	size_t padding;     /* and how much behind */
	int code;
} rows[] = {
	{ granted, ARRAY_LEN(granted), "", 0, PAM_SUCCESS },
	{ refused, ARRAY_LEN(refused), "", 0, PAM_AUTH_ERR },
	{ dropped, ARRAY_LEN(dropped), "", 0, PAM_AUTHINFO_UNAVAIL },
	{ gone, ARRAY_LEN(gone), "", 0, PAM_AUTHINFO_UNAVAIL },
	{ again, ARRAY_LEN(again), "", 0, PAM_ABORT },
	{ unsent, ARRAY_LEN(unsent), "\b\n\r\177", 0, PAM_AUTH_ERR },
	{ unsent, ARRAY_LEN(unsent), "", 2000, PAM_AUTH_ERR },
};

static void
what_was_typed_is_nowhere_afterwards(void **state)
{
	char *stack = make_stack();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char canary[CANARY_LEN + 1], answer[4096];
		struct pam_case one;

		make_canary(canary);
		(void)snprintf(answer, sizeof(answer), "%s%s%0*d",
		    rows[i].before, canary, (int)rows[i].padding, 0);
		case_begin(&one, rows[i].steps, rows[i].count);
		one.pamh.turns[0].answer = answer;
		one.pamh.turns[1].result = PAM_CONV_ERR;
		found_freed = 0;
		freed = 0;
		assert_int_equal(run_on_stack(&one, stack), rows[i].code);
		assert_true(freed >= 2);
		assert_int_equal(found_freed, 0);
#ifndef WITH_SANITIZERS /* whose runtime spills registers to the stack */
		assert_false(has_canary(stack, STACK_SIZE));
#endif
		assert_false(has_canary(one.pamh.log, sizeof(one.pamh.log)));
		assert_false(
		    has_canary(one.pamh.variable, sizeof(one.pamh.variable)));
		case_end(&one);
	}
	assert_int_equal(munmap(stack, STACK_SIZE), 0);
}

/* The far end of on_stack is its beginning. */
static void *
leave_traces(void *argument)
{
	volatile char on_stack[DEPTH + CANARY_LEN + 1];
	char canary[CANARY_LEN + 1];
	volatile char *block = malloc(64);

	(void)argument;
	make_canary(canary);
	for (size_t i = 0; i <= CANARY_LEN; i++) {
		on_stack[i] = canary[i];
		if (block != NULL)
			block[i] = canary[i];
	}
	(void)on_stack[0];
	is_watched = true;
	free((void *)(uintptr_t)block);
	is_watched = false;
	return NULL;
}

/* The control: the same search finds a canary that was not wiped. */
static void
the_search_finds_what_is_left(void **state)
{
	char *stack = make_stack();
	pthread_attr_t attributes;
	pthread_t thread;

	(void)state;
	found_freed = 0;
	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK_SIZE),
	    0);
	assert_int_equal(pthread_create(&thread, &attributes, leave_traces,
			     NULL),
	    0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(pthread_attr_destroy(&attributes), 0);
	assert_int_equal(found_freed, 1);
	assert_true(has_canary(stack, STACK_SIZE));
	assert_int_equal(munmap(stack, STACK_SIZE), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_search_finds_what_is_left),
		cmocka_unit_test(what_was_typed_is_nowhere_afterwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
