/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A person from any JSON: as the API's object of both kinds, and as a line of
 * the state.  What is taken survives the way into the state and back.
 */
#include "config.h"

#include "stytchd/account.h"
#include "stytchd/grammar.h"
#include "stytchd/person_json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool held)
{
	if (!held)
		abort();
}

static void
check_person(const struct person *person)
{
	CLEANUP(person_free) struct person *again = NULL;
	CLEANUP(string_free) char *first = NULL;
	CLEANUP(string_free) char *second = NULL;

	must(grammar_is_id(person->identity));
	must((person->kind == PROJECT_B2B) == (person->organization != NULL));
	must(person->full_name != NULL);
	must(person_format(person, &first) == 0);
	must(person_read(first, &again) == 0);
	must(person_format(again, &second) == 0);
	must(strcmp(first, second) == 0);
}

static void
try_person(const cJSON *object, enum project_kind kind)
{
	CLEANUP(person_free) struct person *person = NULL;

	if (person_parse(object, kind, &person) == 0)
		check_person(person);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(json_free)
	cJSON *object = cJSON_ParseWithLength((const char *)data, size);
	CLEANUP(string_free) char *text = strndup((const char *)data, size);
	CLEANUP(person_free) struct person *person = NULL;

	if (object != NULL) {
		try_person(object, PROJECT_CONSUMER);
		try_person(object, PROJECT_B2B);
	}
	if (text != NULL && person_read(text, &person) == 0)
		check_person(person);
	return 0;
}
