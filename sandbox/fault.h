/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults that a test asked for (POST /sandbox/faults): the answer to the next
 * requests is late, wrong, or never comes.  Safe for any number of threads.
 */
#ifndef SANDBOX_FAULT_H
#define SANDBOX_FAULT_H

#include "common/attr.h"
#include "sandbox/http.h"
#include "sandbox/json.h"

#include <stdbool.h>
#include <stdint.h>

struct sandbox;
struct faults;

struct fault {
	char *path;         /* NULL: any; "/v1/otps/" + "*": a beginning */
	char *error_type;   /* NULL: by status */
	char *body;         /* NULL: the API's form of an error */
	char *content_type; /* of body; NULL: JSON */
	int status;         /* 0: not set */
	unsigned latency_ms;
	unsigned retry_after; /* seconds; 0: no header */
	int64_t count;        /* how often yet; -1: for ever */
	bool hang;            /* no answer until the client goes */
	bool drop;            /* the connection is closed instead */
	bool truncate;        /* half of the answer */
	bool endless;         /* an answer without end */
};

int faults_new(struct faults **out_faults) MUST_CHECK;
void faults_free(struct faults **faults);

/*
 * Add the fault that object describes.  0, -EINVAL (*out_what is the member
 * that is wrong) or -ENOMEM.
 */
int faults_add(struct faults *faults, const cJSON *object,
    const char **out_what) MUST_CHECK;
void faults_clear(struct faults *faults);
/* All that are left, as an array; freed by the caller. */
cJSON *faults_list(struct faults *faults) MUST_CHECK;

/*
 * The first fault for a path of the API (the sandbox's own pages have none),
 * counted down.  Whether there is one; *out_fault is the caller's, for
 * fault_clear().
 */
bool faults_take(struct faults *faults, const char *target,
    struct fault *out_fault) MUST_CHECK;
void fault_clear(struct fault *fault);

/* The one word of what goes wrong, as a literal; of several the first. */
const char *fault_name(const struct fault *fault);

/* Whether the request is not to be served, but answered by the fault. */
bool fault_replaces(const struct fault *fault);
/* The answer of a fault that replaces. */
void fault_answer(const struct sandbox *sandbox, const struct fault *fault,
    const char *target, struct http_reply *reply);

#endif
