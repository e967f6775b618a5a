/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stytch.conf from any bytes.  What is taken keeps the promises of
 * configuration.h; what is refused says why, cleanly.
 */
#include "config.h"

#include "common/buf.h"
#include "stytchd/configuration.h"
#include "stytchd/template.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool held)
{
	if (!held)
		abort();
}

static void
check_error(const struct configuration_error *error)
{
	size_t len = strnlen(error->text, sizeof(error->text));
	const char *text = error->text;

	must(len > 0 && len < sizeof(error->text));
	while (len > 0) {
		unsigned point = 0;
		size_t step = utf8_character(text, len, &point);

		must(step > 0 && utf8_is_clean(point));
		text += step;
		len -= step;
	}
}

static void
check_configuration(const struct configuration *made)
{
	must(made->stytch.kind == PROJECT_CONSUMER ||
	    made->stytch.kind == PROJECT_B2B);
	must(made->stytch.project_id != NULL);
	must(made->stytch.base_url == NULL || made->stytch.sandbox ||
	    strncmp(made->stytch.base_url, "https://", 8) == 0);
	must(made->accounts.uid_range.first >= 1000);
	must(made->accounts.uid_range.last > made->accounts.uid_range.first);
	must(template_is_home(made->accounts.home));
	must(made->service_count > 0);
	for (size_t i = 0; i < made->service_count; i++) {
		must(made->services[i].name != NULL);
		must(made->services[i].methods.count > 0);
		must(made->services[i].prompt_timeout <= 110000);
		must(configuration_service(made, made->services[i].name) ==
		    &made->services[i]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(configuration_unref) struct configuration *configuration = NULL;
	struct configuration_error error;

	if (configuration_parse("fuzz", (const char *)data, size,
		&configuration, &error) == 0)
		check_configuration(configuration);
	else
		check_error(&error);
	return 0;
}
