/* SPDX-License-Identifier: BSD-2-Clause */
/* Metadata of users, members and organizations. */
#ifndef SANDBOX_METADATA_H
#define SANDBOX_METADATA_H

#include "sandbox/sandbox.h"

/*
 * current (JSON text, or NULL) with update's keys set: top-level keys alone,
 * null removes one.  update NULL changes nothing.  API_OK and *out_text, freed
 * by the caller; or API_METADATA_TOO_MANY_KEYS, API_METADATA_TOO_LARGE.
 */
enum api_error metadata_merge(const char *current, const cJSON *update,
    char **out_text) MUST_CHECK;

#endif
