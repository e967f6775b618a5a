/* SPDX-License-Identifier: BSD-2-Clause */
/* What the mapping of people to accounts goes by; handed down, not kept. */
#ifndef STYTCHD_RULES_H
#define STYTCHD_RULES_H

#include "stytchd/configuration.h"
#include "stytchd/local.h"

struct rules {
	const struct configuration *configuration;
	const struct local *local;
	/*
	 * Of the configuration (fingerprint.h); NULL in tests.  The state says
	 * which one its people were mapped by; who comes with another, since
	 * they began before a reload, stores nothing.
	 */
	const char *fingerprint;
};

#endif
