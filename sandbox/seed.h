/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filling the sandbox from a JSON file (--seed); README.md has the format.
 * Each kind of project reads its own members of the seed's object.
 */
#ifndef SANDBOX_SEED_H
#define SANDBOX_SEED_H

#include "sandbox/sandbox.h"

/*
 * A reader of one member of the seed: a row in seed.c's table, declared
 * here.  Where it returns an error, rq->detail says what is wrong.
 */
typedef enum api_error (*seed_reader)(struct request *rq, const cJSON *list);

enum api_error seed_users(struct request *rq, const cJSON *list);
enum api_error seed_organizations(struct request *rq, const cJSON *list);

/*
 * Read the seed in the transaction at hand.  API_OK, or the error of its
 * first fault and a sentence on it in out_detail.
 */
enum api_error seed_apply(struct sandbox *sandbox, const cJSON *seed,
    char *out_detail, size_t size) MUST_CHECK;

/*
 * Read a file and apply it in a transaction of its own; it is kept for
 * seed_again().  0, or a negative errno (-EINVAL: not a seed, detail says
 * why).
 */
int seed_load(struct sandbox *sandbox, const char *path, char *out_detail,
    size_t size) MUST_CHECK;

/* Apply what seed_load() read, in the transaction at hand. */
enum api_error seed_again(struct sandbox *sandbox, char *out_detail,
    size_t size) MUST_CHECK;

#endif
