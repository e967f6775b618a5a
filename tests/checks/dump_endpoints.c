/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the compiled table of endpoints, one line a row with tabs between
 * columns, for endpoints.py to compare with facts of its own.
 */
#include "config.h"

#include "libstytch/endpoint.h"

#include <inttypes.h>
#include <stdio.h>

static const char *
text(const char *string)
{
	return string == NULL ? "" : string;
}

static void
print_param(const char *kind, const struct endpoint_param *param)
{
	printf("%s\t%s\t%s\t%s\t%s\t%s", kind,
	    endpoint_where_name(param->where), param->name,
	    endpoint_type_name(param->type), endpoint_type_name(param->item),
	    endpoint_format_name(param->format));
	printf("\t%u\t%" PRId64 "\t%" PRId64 "\t%zu\t%zu\t%zu\t%zu",
	    param->flags, param->min, param->max, param->min_length,
	    param->max_length, param->max_bytes, param->max_keys);
	printf("\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", text(param->values),
	    text(param->keys), text(param->pattern), text(param->id_prefix),
	    text(param->also_accepts), text(param->fallback),
	    text(param->if_absent), text(param->rbac));
}

static void
print_endpoint(const struct endpoint *endpoint)
{
	printf("endpoint\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%u\t%u\t%u\n",
	    (int)endpoint->id, endpoint->name, endpoint->group, endpoint->sdk,
	    endpoint_method_name(endpoint->method), endpoint->path,
	    endpoint->host == ENDPOINT_FRAUD ? "fraud" : "api",
	    endpoint->auth == ENDPOINT_OPTIONAL ? "optional" : "basic",
	    endpoint->flags, endpoint->rate, endpoint->rate_seconds);
	for (const struct endpoint_param *param = endpoint->params;
	     param->name != NULL; param++)
		print_param("param", param);
	for (const struct endpoint_rule *rule = endpoint->rules;
	     rule->names != NULL; rule++)
		printf("rule\t%s\t%s\t%u\n", endpoint_rule_name(rule->kind),
		    rule->names, rule->value);
	for (const struct endpoint_param *filter = endpoint->filters;
	     filter->name != NULL; filter++)
		print_param("filter", filter);
}

int
main(void)
{
	for (unsigned id = 0; id < STYTCH_ENDPOINT_COUNT; id++)
		print_endpoint(endpoint_get((enum stytch_endpoint)id));
	return ferror(stdout) != 0 || fflush(stdout) != 0;
}
