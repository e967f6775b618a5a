#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every endpoint by stytchctl api, no list by hand.

Arguments are made from tests/checks/endpoints.json, facts that do not come
from the program's own table.  First each request is printed (--dry-run) with
its required parameters and with all of them, and must be what those facts say.
Then each is sent to stytch-sandbox: with ids of nothing, to be refused, and
with what earlier answers brought (ids, tokens, codes of the inbox), to succeed.
Every answer must be of the kind that the exit code says.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

SOURCE = os.environ["top_srcdir"]
BUILD = os.environ["top_builddir"]
CTL = BUILD + "/stytchctl/stytchctl"
ID = re.compile(r"^([a-z0-9-]+)-test-[0-9a-f]{8}-[0-9a-f-]{27}$")
NOTHING = "00000000-0000-4000-8000-000000000000"
PASSWORD = "Quartz-Lantern-48-Meadow"
failures = []


def fail(text):
    failures.append(text)
    print(text, file=sys.stderr)


# ---- the facts ---------------------------------------------------------------

with open(SOURCE + "/tests/checks/endpoints.json", encoding="utf-8") as file:
    FACTS = json.load(file)
MODELS = FACTS["models"]


def secrets():
    """Which parameters are secret: the one thing the facts do not say."""
    found, name = set(), ""
    dump = subprocess.run([BUILD + "/tests/checks/dump_endpoints"],
                          check=True, stdout=subprocess.PIPE, text=True)
    for line in dump.stdout.splitlines():
        row = line.split("\t")
        if row[0] == "endpoint":
            name = row[2]
        elif row[0] == "param" and int(row[6]) & 2:
            found.add((name, row[2]))
    return found


SECRETS = secrets()


def members(field):
    if "fields" in field:
        return field["fields"]
    model = MODELS.get(field.get("ref", ""), {})
    return model.get("fields", [])


def fields_of(endpoint):
    for where in ("path_params", "query_params", "body"):
        for field in endpoint.get(where, []):
            yield where, field


# ---- values ------------------------------------------------------------------

def operand(field):
    """An operand of a search whose filter takes an array of strings."""
    items = [inner for inner in members(field) if inner["name"] == "operands"]
    model = MODELS[items[0]["items"]["ref"]]
    model = MODELS[model.get("one_of", [items[0]["items"]["ref"]])[0]]
    for variant in model["variants"]:
        value = variant["filter_value"]
        if value["type"] == "array" and value["items"]["type"] == "string":
            return {"filter_name": variant["filter_name"],
                    "filter_value": ["value"]}
    return {}


class Values:
    """What to put where: what one answer brought goes together."""

    def __init__(self):
        self.records, self.count = [], 0
        self.use_store = True
        self.fresh = False
        self.email, self.phone = "ann@example.com", "+12025550100"

    def learn(self, record):
        self.records.insert(0, record)
        del self.records[400:]

    def chosen(self, name, field):
        """What the records have for a parameter, the best record first."""
        prefix = field.get("id_prefix")
        found = []
        for record in self.order:
            for key in [name] + ALIASES.get(name, []):
                if key in record:
                    found.append(record[key])
            if prefix and ("id " + prefix) in record:
                found.append(record["id " + prefix])
        return found

    def pick_records(self, endpoint, wanted, pick):
        """Order the records by how much they have of what is wanted."""
        words = set(endpoint["id"].split("."))

        def score(record):
            count = 0
            for _, field in fields_of(endpoint):
                name = field["name"]
                if field.get("required") or name in wanted:
                    keys = [name, "id " + field.get("id_prefix", "?")]
                    keys += ALIASES.get(name, [])
                    count += any(key in record for key in keys)
            # Then what came of a neighbour: same words in its name.
            return count, len(words & record["of"])
        order = sorted(self.records, key=score, reverse=True)
        self.order = order[pick:] + order[:pick]

    def candidates(self, name, field):
        """Values for a string parameter, the likeliest first."""
        found = []
        is_id = "id_prefix" in field
        if self.use_store and not field.get("enum") and (
                is_id or not self.fresh):
            found += self.chosen(name, field)
        found += self.made(name, field)
        return list(dict.fromkeys(found))

    def made(self, name, field):
        self.count += 1
        form = field.get("format", "")
        if field.get("enum"):
            return [str(value) for value in field["enum"]]
        if form == "email" or "email_address" in name or name == "email":
            return ["new%d@example.com" % self.count] if self.fresh \
                else [self.email]
        if form == "e164" or "phone_number" in name:
            return ["+1202555%04d" % (1000 + self.count)] if self.fresh \
                else [self.phone]
        if form == "iso3166-1-alpha-2":
            return ["US"]
        if form == "base64url-sha256":
            return ["a" * 43]
        if form.startswith("base64url"):
            return ["YWJj"]
        if form.startswith("pem"):
            return ["-----BEGIN CERTIFICATE-----\nAA==\n"
                    "-----END CERTIFICATE-----"]
        if form == "date-time":
            return ["2030-01-02T03:04:05Z"]
        if "id_prefix" in field:
            return [field["id_prefix"] + "-test-" + NOTHING]
        if "password" in name and "token" not in name:
            return [PASSWORD]
        if "code" in name and "challenge" not in name:
            return ["000000"]
        if "url" in name or name == "redirect_uri":
            return ["http://localhost:3000/authenticate"]
        if "domain" in name:
            return ["example.com"]
        return [("a-%s-%d" % (name.replace("_", "-"), self.count))[:40]]

    def value(self, name, field):
        kind = field["type"]
        if kind == "string":
            return self.candidates(name, field)[0]
        if kind == "integer":
            low = field.get("min", 0)
            high = field.get("max", 1 << 30)
            return min(max(5, low), high)
        if kind == "number":
            return 1.5
        if kind == "boolean":
            return True
        if kind == "array":
            items = dict(field.get("items", {"type": "string"}))
            for key in ("enum", "id_prefix", "format"):
                if key in field:
                    items.setdefault(key, field[key])
            return [self.value(name, items)]
        if name == "query":
            return {"operator": "AND", "operands": [operand(field)]}
        if kind == "object" or members(field):
            return {inner["name"]: self.value(inner["name"], inner)
                    for inner in members(field) if inner.get("required")}
        if kind == "map":
            keys = field.get("keys") or ["key"]
            return {keys[0]: "value"}
        return "value"


# Where a value that a parameter takes has another name in answers and inbox.
ALIASES = {
    "method_id": ["email_id", "phone_id"],
    "totp_code": ["code"],
    "magic_links_token": ["token"],
    "discovery_magic_links_token": ["token"],
    "password_reset_token": ["token"],
    "password_reset_email_token": ["token"],
    "email_address": ["email"],
    "email": ["email_address"],
    "recovery_code": ["recovery_codes"],
    "existing_password": ["password"],
}


def flatten(value, name, record):
    """Every string of an answer by its name, and every id by its kind."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(inner, (dict, list)):
                flatten(inner, key, record)
        for key, inner in value.items():
            if isinstance(inner, (dict, list)):
                flatten(inner, key, record)
    elif isinstance(value, list):
        for inner in value:
            flatten(inner, name, record)
    elif isinstance(value, str) and value:
        record.setdefault(name, value)
        match = ID.match(value)
        if match:
            record.setdefault("id " + match.group(1), value)


def alternatives(endpoint):
    """Sets of optional parameters that the rules ask for, one at a time."""
    found = [set()]
    for rule in endpoint.get("rules", []):
        if rule["rule"] in ("exactly_one", "at_least_one"):
            found = [one | set(name.split("+"))
                     for one in found for name in rule["fields"]]
        elif rule["rule"] == "min_items":
            found = [one | set(rule["fields"]) for one in found]
    return found


def breaks_rule(endpoint, names, name):
    """Whether name beside names would be one too many."""
    for rule in endpoint.get("rules", []):
        if rule["rule"] not in ("exactly_one", "at_most_one"):
            continue
        groups = [set(group.split("+")) for group in rule["fields"]]
        if any(name in group for group in groups) and any(
                group & names and name not in group for group in groups):
            return True
    return False


def arguments(endpoint, values, wanted, folder):
    """The options, and the request that they must become."""
    options, request = [], {"path_params": {}, "query_params": {}, "body": {}}
    arguments.given = {}

    def text(value):
        return value if isinstance(value, str) else json.dumps(value)

    def add(where, dotted, field, value, target, key):
        name = {"project_id": "path.project-id",
                "secret": "body.secret"}.get(dotted, dotted.replace("_", "-"))
        if (endpoint["id"], dotted) in SECRETS:
            path = "%s/%d" % (folder, len(os.listdir(folder)))
            arguments.given.setdefault(dotted, value)
            many = value if isinstance(value, list) else [value]
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n".join(many) + "\n")
            options.extend(["--%s-file" % name, path])
            target[key] = ["***"] * len(many) \
                if isinstance(value, list) else "***"
            return
        target[key] = value
        arguments.given.setdefault(dotted, value)
        if isinstance(value, bool):
            options.append("--%s=%s" % (name, text(value)))
        elif isinstance(value, list):
            for item in value:
                options.extend(["--" + name, text(item)])
        elif field["type"] == "object" and value:
            target[key] = {}
            for inner in members(field):
                if inner["name"] in value:
                    add(where, dotted + "." + inner["name"], inner,
                        value[inner["name"]], target[key], inner["name"])
        else:
            options.extend(["--" + name, text(value)])

    for where, field in fields_of(endpoint):
        name = field["name"]
        # A path's project is by itself the client's own.
        if name == "project_id" and values.use_store:
            continue
        if field.get("required") or name in wanted:
            add(where, name, field, values.value(name, field),
                request[where], name)
    return options, request


def run(endpoint, options):
    words = endpoint["id"].replace("_", "-").split(".")
    done = subprocess.run([CTL, "api"] + words + options, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


# ---- requests as printed -----------------------------------------------------

def expected_url(endpoint, request):
    path = endpoint["path"]
    for name, value in request["path_params"].items():
        path = path.replace("{%s}" % name, urllib.parse.quote(value, safe=""))
    query = "&".join(
        "%s=%s" % (name, urllib.parse.quote(
            value if isinstance(value, str) else json.dumps(value), safe=""))
        for name, value in request["query_params"].items())
    host = "telemetry.stytch.com" if endpoint["host"] == "fraud" \
        else "test.stytch.com"
    return "https://%s%s%s" % (host, path, "?" + query if query else "")


def check_printed(endpoint, wanted, folder):
    values = Values()
    values.use_store = False
    options, request = arguments(endpoint, values, wanted, folder)
    code, out, err = run(endpoint, options + [
        "--dry-run", "--project-id", "project-test-1"])
    if code != 0:
        fail("%s %s: %d %s" % (endpoint["id"], options, code, err))
        return
    head, _, body = out.partition("\n\n")
    lines = head.splitlines()
    line = "%s %s" % (endpoint["method"], expected_url(endpoint, request))
    if lines[0] != line:
        fail("%s: %s, not %s" % (endpoint["id"], lines[0], line))
    wants_body = endpoint["method"] in ("POST", "PUT")
    if bool(body) != wants_body or (
            wants_body and json.loads(body) != request["body"]):
        fail("%s: %s, not %s" % (endpoint["id"], body, request["body"]))
    if ("Authorization: Basic project-test-1:***" in lines) != (
            endpoint["auth"] == "basic"):
        fail("%s: authorization in %s" % (endpoint["id"], lines))


def check_requests(folder):
    for endpoint in FACTS["endpoints"]:
        every = alternatives(endpoint)[0]
        check_printed(endpoint, every, folder)
        for _, field in fields_of(endpoint):
            if not breaks_rule(endpoint, every, field["name"]):
                every = every | {field["name"]}
        check_printed(endpoint, every, folder)


# ---- requests as answered ----------------------------------------------------

class Sandbox:
    def __init__(self, folder):
        self.process = subprocess.Popen(
            [BUILD + "/sandbox/stytch-sandbox", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, text=True)
        said = {}
        for line in self.process.stdout:
            if line.startswith("#"):
                break
            name, _, value = line.strip().partition("=")
            said[name] = value
        self.url = said["STYTCH_BASE_URL"]
        self.messages = 0
        self.options = {}
        for kind in ("CONSUMER", "B2B"):
            path = "%s/%s" % (folder, kind)
            with open(path, "w", encoding="utf-8") as file:
                os.chmod(path, 0o600)
                file.write(said["STYTCH_%s_SECRET" % kind])
            self.options[kind] = [
                "--project-id", said["STYTCH_%s_PROJECT_ID" % kind],
                "--secret-file", path, "--base-url", self.url]

    def inbox(self):
        with urllib.request.urlopen(self.url + "/sandbox/messages") as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def served():
    """The endpoints that have a handler, as the sandbox's tables list them."""
    found = set()
    for name in os.listdir(SOURCE + "/sandbox"):
        if name.startswith("handlers") and name.endswith(".def"):
            with open(SOURCE + "/sandbox/" + name, encoding="utf-8") as file:
                found |= set(re.findall(r"^HANDLER\((\w+),", file.read(),
                                        re.M))
    return found


class Outcome:
    def __init__(self):
        self.succeeded, self.refused, self.last = False, False, ""


def send(sandbox, endpoint, values, wanted, folder, outcome, pick=0):
    if values.use_store:
        values.fresh = pick == FRESH
        values.pick_records(endpoint, wanted, pick % FRESH)
    options, _ = arguments(endpoint, values, wanted, folder)
    kind = "B2B" if endpoint["id"].startswith("b2b.") else "CONSUMER"
    code, out, err = run(endpoint, options + sandbox.options[kind])
    outcome.last = err.strip()
    if code == 0:
        outcome.succeeded = True
        reply = json.loads(out)
        if reply.get("status_code", 200) not in (200, 201):
            fail("%s: exit 0, but %s" % (endpoint["id"], out))
        record = {"of": set(endpoint["id"].split("."))}
        messages = sandbox.inbox()
        if len(messages) != sandbox.messages:
            flatten(messages[0], "", record)
            sent_to = record.pop("to", "")
            record["email" if "@" in sent_to else "phone_number"] = sent_to
            sandbox.messages = len(messages)
        flatten(reply, "", record)
        flatten(arguments.given, "", record)
        values.learn(record)
        return True
    found = re.match(r"stytchctl: (\w+): (\w+) \(status (\d+), request "
                     r"(request-id-[\w-]+)\): ", err)
    if not found or out:
        fail("%s %s: %d %s" % (endpoint["id"], options, code, err))
        return False
    status, error_type = int(found.group(3)), found.group(2)
    if error_type in ("route_not_found", "method_not_allowed",
                      "internal_server_error", "unauthorized_credentials_error",
                      "invalid_b2b_endpoint", "invalid_consumer_endpoint"):
        fail("%s: %s" % (endpoint["id"], err))
    if code != (3 if status >= 500 else 1):
        fail("%s: exit %d of status %d" % (endpoint["id"], code, status))
    outcome.refused = outcome.refused or status < 500
    return False


TURNS = 3
FRESH = 3  # the pick that makes all but ids anew
OWNERS = ("users", "members", "organizations", "clients", "connection")


def rank(endpoint):
    """What makes things first, what uses them next, what ends them last."""
    name = endpoint["id"]
    if endpoint["method"] == "DELETE":
        return 3 + (name.split(".")[-2] in OWNERS) + \
            (name.split(".")[-2] == "organizations")
    if re.search(r"revoke|exchange|\.reset$|rotate$|migrate|attest", name):
        return 2
    if re.search(r"create|send|invite|start|login_or_signup", name):
        return 0
    return 1


def attempts(endpoint):
    """What beside the required parameters to give, least first."""
    optional = [field["name"] for _, field in fields_of(endpoint)
                if not field.get("required")]
    helpful = [{"session_duration_minutes"}, set(),
               {"email_address", "email", "phone_number"}]
    seen = []
    for one in alternatives(endpoint):
        for names in helpful:
            wanted = set(one)
            for name in sorted(names & set(optional)):
                if not breaks_rule(endpoint, wanted, name):
                    wanted.add(name)
            if wanted not in seen:
                seen.append(wanted)
                yield wanted


def drive(folder):
    sandbox = Sandbox(folder)
    values = Values()
    endpoints = FACTS["endpoints"]
    outcomes = {endpoint["id"]: Outcome() for endpoint in endpoints}
    try:
        nothing = Values()
        nothing.use_store = False
        nothing.email, nothing.phone = "nobody@example.com", "+12025550199"
        for endpoint in endpoints:
            send(sandbox, endpoint, nothing, alternatives(endpoint)[0],
                 folder, outcomes[endpoint["id"]])
        for outcome in outcomes.values():
            outcome.succeeded = False
        for turn in range(TURNS):
            for endpoint in sorted(endpoints, key=rank):
                outcome = outcomes[endpoint["id"]]
                if rank(endpoint) > 2 and turn < TURNS - 1:
                    continue
                # What is sent anew each turn is fresh for who comes next.
                if outcome.succeeded and rank(endpoint) != 0:
                    continue
                if "unavailable_endpoint" in outcome.last:
                    continue
                done = False
                for wanted in attempts(endpoint):
                    for pick in (0, FRESH, 1)[:turn + 1]:
                        done = done or send(sandbox, endpoint, values, wanted,
                                            folder, outcome, pick)
    finally:
        sandbox.stop()
    return outcomes


def report(outcomes):
    handlers = served()
    groups, unserved = {}, 0
    for endpoint in FACTS["endpoints"]:
        name = endpoint["id"]
        outcome = outcomes[name]
        row = groups.setdefault(endpoint["group"], [0, 0, 0, 0])
        is_served = name.replace(".", "_").upper() in handlers
        if is_served != ("unavailable_endpoint" not in outcome.last):
            fail("%s: served %s, said %s" % (name, is_served, outcome.last))
        if is_served and not (outcome.succeeded or outcome.refused):
            fail("%s: neither success nor refusal" % name)
        unserved += not is_served
        row[0] += 1
        row[1] += is_served
        row[2] += outcome.succeeded
        row[3] += outcome.refused
        if is_served and not outcome.succeeded:
            print("  no success: %-55s %s" % (name, outcome.last))
    print("%-18s %5s %7s %8s %8s" % ("group", "all", "served", "success",
                                     "refusal"))
    for group, row in sorted(groups.items()):
        print("%-18s %5d %7d %8d %8d" % (group, *row))
    total = [sum(row[i] for row in groups.values()) for i in range(4)]
    print("%-18s %5d %7d %8d %8d" % ("all", *total))
    # By ids, tokens and codes alone; the rest needs what a browser makes.
    if total[2] * 10 < total[1] * SUCCESS_TENTHS:
        fail("only %d of %d served endpoints succeeded" % (total[2], total[1]))


SUCCESS_TENTHS = 5


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_requests(folder)
        if os.path.exists(BUILD + "/sandbox/stytch-sandbox"):
            report(drive(folder))
        else:
            print("the sandbox is not built: requests were printed alone")
    return 1 if failures else 0


sys.exit(main())
