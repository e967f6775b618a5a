/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Texts from outside that the login half reads: answers of the API as
 * proofs, what people type, /proc.  The first byte says which.
 */
#include "config.h"

#include "stytchd/decoy.h"
#include "stytchd/methods/magic_link.h"
#include "stytchd/process.h"
#include "stytchd/proof.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is good must name the person, and hold a token. */
static void
read_proof(const char *text, enum project_kind kind)
{
	char identity[] = "id-a", organization[] = "org-a";
	const struct person person = { .kind = kind,
		.identity = identity,
		.organization = organization };
	cJSON *answer = cJSON_Parse(text);
	struct proof proof;

	if (cJSON_IsObject(answer) &&
	    proof_read(answer, &person, &proof) == PROOF_GOOD) {
		if (strstr(text, "id") == NULL ||
		    (proof.is_complete ? proof.session_token == NULL
				       : proof.intermediate_token == NULL) ||
		    proof.is_complete == (proof.owes_mfa || proof.owes_primary))
			abort();
		for (unsigned id = 0; id < METHOD_COUNT; id++)
			(void)proof_has_factor(&proof,
			    method_get((enum method_id)id), 600);
	}
	cJSON_Delete(answer);
}

static void
read_typed(const char *text)
{
	for (unsigned id = 0; id < METHOD_COUNT; id++) {
		struct secret answer = SECRET_INIT;

		if (method_get((enum method_id)id)
			    ->read_answer(text, &answer) == 0 &&
		    !secret_is_set(&answer))
			abort();
		secret_clear(&answer);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, mask[MASK_SIZE];

	if (size == 0)
		return 0;
	text = calloc(1, size);
	if (text == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	switch (data[0]) {
	case 'c':
		read_proof(text, PROJECT_CONSUMER);
		break;
	case 'b':
		read_proof(text, PROJECT_B2B);
		break;
	case 't':
		read_typed(text);
		break;
	case 'p':
		(void)process_stat_start(text, size - 1);
		break;
	default:
		(void)timestamp_read(text);
		mask_contact(text, mask);
		if (strlen(mask) >= sizeof(mask))
			abort();
	}
	free(text);
	return 0;
}
