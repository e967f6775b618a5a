#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare the compiled endpoint table with endpoints.json, facts kept apart.

usage: endpoints.py FACTS DUMP    (DUMP: what dump_endpoints prints)

FACTS has nested fields and models; they are flattened here anew, so that a
wrong row in endpoints.def is a difference and not an agreement.  Then every
column of a row of each kind is spoiled once, and must be noticed.
"""
import json
import re
import sys

REQUIRED, SECRET, ENUM_OPEN, NO_MEMBER_SESSION, MAY_BE_EMPTY = 1, 2, 4, 8, 16

# What must never be shown: by the last word of the name.
SECRETS = {
    "password", "existing_password", "new_password", "code", "totp_code",
    "recovery_code", "recovery_codes", "token", "access_token",
    "magic_links_token", "discovery_magic_links_token", "oauth_token",
    "discovery_oauth_token", "sso_token", "impersonation_token",
    "password_reset_token", "session_token", "session_jwt",
    "intermediate_session_token", "code_verifier", "pkce_code_verifier",
    "hash", "salt", "prepend_salt", "append_salt", "client_secret", "secret",
    "signing_private_key", "saml_encryption_private_key",
    "public_key_credential", "signature",
}

# What is required and may be "": a digest is salted on one side, or both.
EMPTY = {"prepend_salt", "append_salt"}

# Which half of a model with two kinds of filters an endpoint takes.
ONE_OF = {
    "b2b.organizations.search": "OrganizationSearchOperand",
    "b2b.organizations.members.search": "MemberSearchOperand",
}


def text(value):
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def row(kind, where, name, field):
    part = field.get("items") or field.get("values") or {}
    enum = field.get("enum") or part.get("enum") or []
    flags = 0
    if field.get("required"):
        flags |= REQUIRED
    if re.sub(r".*\.", "", name) in SECRETS:
        flags |= SECRET
    if re.sub(r".*\.", "", name) in EMPTY:
        flags |= MAY_BE_EMPTY
    if enum and (field.get("enum_open") or part.get("enum_open")):
        flags |= ENUM_OPEN
    if field.get("forbidden_with_member_session"):
        flags |= NO_MEMBER_SESSION
    numbers = [field.get(key, 0) for key in (
        "min", "max", "min_length", "max_length", "max_bytes", "max_keys")]
    return "\t".join([
        kind, where, name, field["type"], part.get("type", ""),
        field.get("format") or part.get("format") or "", str(flags),
        *map(str, numbers), "|".join(enum), "|".join(field.get("keys", [])),
        text(field.get("pattern")), text(field.get("id_prefix")),
        "|".join(field.get("also_accepts", [])), text(field.get("default")),
        text(field.get("if_absent")),
        "|".join(f"{r['resource']}:{r['action']}"
                 for r in field.get("rbac", [])),
    ])


def operand(model, models, endpoint):
    """The fields and filters of a search operand."""
    half = models[ONE_OF[endpoint["id"]]] if "one_of" in model else model
    fields = json.loads(json.dumps(half["fields"]))
    fields[0]["enum_open"] = model["open"]
    filters = []
    for variant in half["variants"]:
        value, name = variant["filter_value"], variant["filter_name"]
        filters.append(row("filter", "path", name, value))
        for field in value.get("fields", []):
            filters.append(
                row("filter", "path", f"{name}.{field['name']}", field))
    return fields, filters


def expand(endpoint, models, where, fields, prefix, rows, filters):
    for field in fields:
        name = prefix + field["name"]
        rows.append(row("param", where, name, field))
        inner, step = field, "."
        if field["type"] == "array":
            inner, step = field["items"], "[]."
        model = models.get(inner.get("ref"), {})
        nested = inner.get("fields") or model.get("fields") or []
        if model.get("kind") == "operand":
            nested, more = operand(model, models, endpoint)
            filters.extend(more)
        expand(endpoint, models, where, nested, name + step, rows, filters)


def expected(facts):
    lines = []
    for number, endpoint in enumerate(facts["endpoints"]):
        rate = endpoint.get("rate_limit", {})
        seconds = {"second": 1, "minute": 60}.get(rate.get("per"), 0)
        lines.append("\t".join([
            "endpoint", str(number), endpoint["id"], endpoint["group"],
            endpoint["sdk"], endpoint["method"], endpoint["path"],
            endpoint["host"], endpoint["auth"],
            str(int(endpoint["member_session"])), str(rate.get("limit", 0)),
            str(seconds)]))
        rows, filters = [], []
        for where, key in (("path", "path_params"), ("query", "query_params"),
                           ("body", "body")):
            expand(endpoint, facts["models"], where, endpoint.get(key, []), "",
                   rows, filters)
        for rule in endpoint.get("rules", []):
            rows.append("\t".join([
                "rule", rule["rule"], ",".join(rule["fields"]),
                str(rule.get("value", 0))]))
        lines += rows + filters
    return lines


def differences(want, have):
    found = []
    for number in range(max(len(want), len(have))):
        a = want[number] if number < len(want) else "(nothing)"
        b = have[number] if number < len(have) else "(nothing)"
        if a != b:
            found.append((number + 1, a, b))
    return found


def self_test(want, have):
    """Spoil each column of one row of each kind: each must be noticed."""
    missed = 0
    for kind in ("endpoint", "param", "rule", "filter"):
        number = next(n for n, line in enumerate(have)
                      if line.startswith(kind))
        columns = have[number].split("\t")
        for column in range(len(columns)):
            bad = list(columns)
            bad[column] += "7"
            spoilt = list(have)
            spoilt[number] = "\t".join(bad)
            missed += not differences(want, spoilt)
    missed += not differences(want, have[1:])
    return missed


def main():
    facts = json.load(open(sys.argv[1], encoding="utf-8"))
    have = open(sys.argv[2], encoding="utf-8").read().splitlines()
    want = expected(facts)
    found = differences(want, have)
    for number, a, b in found[:20]:
        print(f"row {number}:\n  facts {a}\n  table {b}")
    if len(facts["endpoints"]) != 184:
        found.append("count")
    missed = self_test(want, have) if not found else 0
    print(f"endpoints: {len(facts['endpoints'])} endpoints, {len(want)} rows, "
          f"{len(found)} differences, {missed} spoilt rows not noticed")
    return 1 if found or missed else 0


if __name__ == "__main__":
    sys.exit(main())
