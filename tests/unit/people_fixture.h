/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host in a folder of its own: etc/passwd, group and shells, and a store;
 * and a configuration out of a text.  For the tests of the directory's parts.
 */
#ifndef TESTS_UNIT_PEOPLE_FIXTURE_H
#define TESTS_UNIT_PEOPLE_FIXTURE_H

#include "stytchd/account.h"
#include "stytchd/local.h"
#include "stytchd/person_json.h"
#include "stytchd/rules.h"
#include "stytchd/store.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define B2B_START \
	"[stytch]\nkind = b2b\nproject_id = project-test-1\n" \
	"organizations = organization-test-1\n"
#define CONSUMER_START \
	"[stytch]\nkind = consumer\nproject_id = project-test-1\n" \
	"[accounts]\nname_from = metadata, external_id\n"

static char host[64];
static struct store *store;
static struct local *local;
static struct configuration *configuration;
static struct rules rules;

static inline const char *
host_path(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s%s", host, name);
	return path;
}

static inline void
host_write(const char *name, const char *text)
{
	FILE *file = fopen(host_path(name), "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline void
host_reload(void)
{
	local_free(&local);
	assert_int_equal(local_load(host, &local), 0);
	rules.local = local;
}

static inline void
configure(const char *text)
{
	struct configuration_error error;

	configuration_unref(&configuration);
	if (configuration_parse("test", text, strlen(text), &configuration,
		&error) != 0)
		fail_msg("%s", error.text);
	rules.configuration = configuration;
}

static inline int
host_setup(void **state)
{
	(void)state;
	(void)snprintf(host, sizeof(host), "/tmp/test_people.XXXXXX");
	assert_non_null(mkdtemp(host));
	assert_int_equal(mkdir(host_path("/etc"), 0755), 0);
	host_write("/etc/passwd",
	    "root:x:0:0:root:/root:/bin/bash\n"
	    "pi:x:1000:1000::/home/pi:/bin/sh\n");
	host_write("/etc/group",
	    "root:x:0:\ndocker:x:998:\nlocals:x:5000:\npi:x:1000:\n");
	host_write("/etc/shells", "# shells\n/bin/sh\n/bin/bash # bash\n");
	host_reload();
	assert_int_equal(store_open(host, &store), 0);
	return 0;
}

static inline int
host_remove_one(const char *path, const struct stat *status, int type,
    struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static inline int
host_teardown(void **state)
{
	(void)state;
	store_close(&store);
	local_free(&local);
	configuration_unref(&configuration);
	return nftw(host, host_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A person out of the API's JSON, of the configuration's kind. */
static inline struct person *
make_person(const char *json)
{
	CLEANUP(json_free) cJSON *object = cJSON_Parse(json);
	struct person *person = NULL;

	assert_non_null(object);
	assert_int_equal(person_parse(object,
			     (enum project_kind)configuration->stytch.kind,
			     &person),
	    0);
	return person;
}

#endif
