/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Search endpoints of both kinds of project: the operands of a query become
 * one SQL condition by a table of filters, pages go by an opaque cursor.
 */
#ifndef SANDBOX_SEARCH_H
#define SANDBOX_SEARCH_H

#include "sandbox/sandbox.h"

enum filter_type {
	FILTER_STRING,
	FILTER_STRINGS, /* bound as JSON: use json_each(?) */
	FILTER_FUZZY,   /* a string of at least three characters, lower case */
	FILTER_BOOL,    /* bound as 0 or 1 */
	FILTER_TIME,    /* RFC 3339, bound as microseconds */
	FILTER_BETWEEN, /* {"greater_than", "less_than"}: two times */
	FILTER_IDS,     /* FILTER_STRINGS of Stytch ids or of external ids, by
			   prefix; sql is for the first, other_sql for those */
};

struct filter {
	const char *name;
	enum filter_type type;
	const char *sql; /* a condition with a ? for each value bound */
	const char *other_sql;
	const char *prefix; /* "user" */
	enum api_error too_short;
};

/* The errors that each search has names of its own for. */
struct search_errors {
	enum api_error name_not_recognized, name_no_string, missing_name,
	    missing_value, no_strings, no_bool, no_object, no_string, no_time,
	    bad_operator, bad_cursor, bad_limit, mixed_ids;
};

struct search {
	const struct filter *filters;
	size_t filter_count;
	const struct search_errors *errors;
	/* "SELECT number, user_id FROM users WHERE project_id = ?": the first
	 * column is the position in the order, the second the id. */
	const char *select;
	const char *count; /* the same conditions, count(*) */
	/* Values for the ? of select and count, before those of filters; a
	 * JSON array of strings. */
	const cJSON *values;
	void (*add)(struct request *rq, const char *id, cJSON *list);
};

/*
 * Run the search of the parameters query, limit and cursor; the results go to
 * list by search->add(), results_metadata to the reply.
 */
enum api_error search_run(struct request *rq, const struct search *search,
    cJSON *list) MUST_CHECK;

#endif
