/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists that users and groups of SCIM have alike. */
#include "config.h"

#include "sandbox/b2b_scim.h"

cJSON *
scim_column(struct request *rq, const char *sql, const char *id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();

	query_open(&query, rq->store, sql, "s", id);
	while (query_next(&query))
		json_push_string(list, query_text(&query, 0));
	return list;
}

cJSON *
scim_pairs(struct request *rq, const char *sql, const char *id)
{
	CLEANUP(query_close) struct query query = QUERY_INIT;
	cJSON *list = json_array();

	query_open(&query, rq->store, sql, "s", id);
	while (query_next(&query)) {
		cJSON *item = json_object();

		json_set_string(item, "value", query_text(&query, 0));
		json_set_string(item, "display", query_text(&query, 1));
		json_push(list, item);
	}
	return list;
}
