#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""stytchctl api at a terminal: prompts, echo, signals, tables and progress."""
import http.server
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time

CTL = os.environ["top_builddir"] + "/stytchctl/stytchctl"
DEADLINE_S = 60
failures = []


def fail(text):
    failures.append(text)
    print(text, file=sys.stderr)


class Terminal:
    """The program with a terminal of its own as its controlling one."""

    def __init__(self, words):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            # As a shell at a terminal leaves it, whoever runs us.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execv(CTL, [CTL, "api"] + words)
        self.said = ""
        self.end = time.monotonic() + DEADLINE_S

    def read(self):
        left = self.end - time.monotonic()
        if left <= 0 or not select.select([self.master], [], [], left)[0]:
            raise TimeoutError("nothing in time behind: " + self.said)
        try:
            block = os.read(self.master, 65536)
        except OSError:
            block = b""
        self.said += block.decode()
        return bool(block)

    def wait_for(self, text):
        while text not in self.said:
            if not self.read():
                raise EOFError("ended with: " + self.said)

    def echoes(self):
        return bool(termios.tcgetattr(self.master)[3] & termios.ECHO)

    def type(self, text):
        os.write(self.master, text.encode())

    def finish(self):
        while self.read():
            pass
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.master)
        return os.waitstatus_to_exitcode(status)


class Handler(http.server.BaseHTTPRequestHandler):
    """Two pages of a search, and a refusal of all else."""

    def do_POST(self):
        body = json.loads(self.rfile.read(
            int(self.headers["Content-Length"])))
        self.server.bodies.append(body)
        if not self.path.endswith("/search"):
            self.answer(401, {"error_type": "unauthorized_credentials",
                              "error_message": "no", "request_id": "r-1"})
            return
        last = body.get("cursor") == "next"
        self.answer(200, {
            "results": [{"user_id": "user-2" if last else "user-1"}],
            "results_metadata": {"total": 2,
                                 "next_cursor": None if last else "next"}})

    def do_GET(self):
        self.answer(200, {"project_id": "p", "name": "n"})

    def answer(self, status, reply):
        text = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass


PASSWORD = ["passwords", "authenticate", "--email", "a@example.com"]
DRY = ["--dry-run", "--project-id", "project-test-1"]


def secrets_are_asked_for_unseen(project):
    terminal = Terminal(PASSWORD + ["--password", "--session-token"] + DRY)
    for name in ("password", "session-token"):
        terminal.wait_for(name + ": ")
        if terminal.echoes():
            fail("%s is typed with echo" % name)
        terminal.type("canary-%s\n" % name)
    if terminal.finish() != 0 or "canary" in terminal.said:
        fail("a typed secret: " + terminal.said)
    if '"password":\t"***"' not in terminal.said:
        fail("not pretty on a terminal: " + terminal.said)


def typed_secrets_are_sent(project):
    server = project[0]
    terminal = Terminal(PASSWORD + ["--password"] + project[1:])
    terminal.wait_for("password: ")
    terminal.type("canary 1\n")
    if terminal.finish() != 1:
        fail("refused password: " + terminal.said)
    if server.bodies[-1].get("password") != "canary 1":
        fail("sent: %s" % server.bodies[-1])
    if "rejected: unauthorized_credentials (status 401, request r-1)" \
            not in terminal.said:
        fail("says: " + terminal.said)


def an_interrupt_leaves_the_terminal_as_it_was(project):
    terminal = Terminal(PASSWORD + ["--password"] + DRY)
    terminal.wait_for("password: ")
    terminal.type("cana\x03")
    code = terminal.finish()
    if code != -signal.SIGINT or "cana" in terminal.said:
        fail("Ctrl-C: %d %s" % (code, terminal.said))


def the_end_of_input_is_no_secret(project):
    terminal = Terminal(PASSWORD + ["--password"] + DRY)
    terminal.wait_for("password: ")
    terminal.type("\x04")
    if terminal.finish() != 2:
        fail("Ctrl-D: " + terminal.said)


def the_projects_secret_is_asked_for(project):
    words = list(project[1:])
    at = words.index("--secret-file")
    del words[at:at + 2]
    terminal = Terminal(["debug", "whoami"] + words)
    terminal.wait_for("secret: ")
    if terminal.echoes():
        fail("the project's secret is typed with echo")
    terminal.type("secret-test-1\n")
    if terminal.finish() != 0 or "name: n" not in terminal.said:
        fail("asked secret: " + terminal.said)


def people_get_tables_and_progress(project):
    terminal = Terminal(["users", "search", "--all"] + project[1:])
    code = terminal.finish()
    said = terminal.said.replace("\r\n", "\n")
    if code != 0 or "\r1 read of 2\r2 read of 2\n" not in said:
        fail("progress: %r" % said)
    if "USER_ID\nuser-1\nuser-2\n" not in said:
        fail("table: %r" % said)
    terminal = Terminal(["users", "search", "--all", "--json"] + project[1:])
    terminal.finish()
    if '[{"user_id":"user-1"}' not in terminal.said:
        fail("--json on a terminal: " + terminal.said)


def without_a_terminal_nothing_is_asked(project):
    done = subprocess.run([CTL, "api"] + PASSWORD + ["--password"] + DRY,
                          check=False, start_new_session=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=DEADLINE_S)
    if done.returncode != 2 or "--password-file" not in done.stderr:
        fail("without a terminal: %d %s" % (done.returncode, done.stderr))


def standard_input_is_read_for_a_dash(project):
    done = subprocess.run([CTL, "api"] + PASSWORD + ["--password-file", "-"] +
                          project[1:], check=False, text=True,
                          input="from a pipe\n", stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=DEADLINE_S)
    if project[0].bodies[-1].get("password") != "from a pipe":
        fail("standard input: %s" % done.stderr)
    done = subprocess.run([CTL, "api", "users", "update", "--user-id", "u",
                           "--body", "-"] + DRY, check=False, text=True,
                          input='{"roles":["a"]}', stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=DEADLINE_S)
    if not done.stdout.endswith('\n\n{"roles":["a"]}\n'):
        fail("--body -: %s%s" % (done.stdout, done.stderr))


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.bodies = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.NamedTemporaryFile("w") as secret:
        secret.write("secret-test-1\n")
        secret.flush()
        project = [server, "--project-id", "project-test-1",
                   "--secret-file", secret.name, "--base-url",
                   "http://127.0.0.1:%d" % server.server_address[1]]
        for test in (secrets_are_asked_for_unseen, typed_secrets_are_sent,
                     an_interrupt_leaves_the_terminal_as_it_was,
                     the_end_of_input_is_no_secret,
                     the_projects_secret_is_asked_for,
                     people_get_tables_and_progress,
                     without_a_terminal_nothing_is_asked,
                     standard_input_is_read_for_a_dash):
            try:
                test(project)
            except (TimeoutError, EOFError) as error:
                fail("%s: %s" % (test.__name__, error))
    server.shutdown()
    return 1 if failures else 0


sys.exit(main())
