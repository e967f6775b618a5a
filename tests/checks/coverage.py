#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""make coverage: what the tests ran, by folder, and the lines of libstytch/ and
of each parser that they did not, which are expected to be none.

usage: coverage.py SRCDIR BUILDDIR [REPORT.json]
The report is gcovr's --json; without one it is made from BUILDDIR."""
import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys

# What reads foreign bytes.
EXPECTED = re.compile(r"""^(
    libstytch/(?!examples/).* | common/(wire|buf)\.c
  | nss_stytch/(limits|map|map_grammar|map_load|map_verify)\.c
  | pam_stytch/(options|process|record)\.c
  | stytchd/(configuration(_check|_parse|_value)?|grammar|grant|local|person|person_state|proof|template)\.c
  | stytchctl/(pam_stack|limits_text)\.c
)$""", re.VERBOSE)


def report(source, build):
    if not shutil.which("gcovr"):
        sys.exit("coverage: gcovr is not installed")
    made = subprocess.run(
        ["gcovr", "--root", source, "--object-directory", build, "--exclude-directories", ".*/tests(/|$)",
         "--exclude", ".*/tests/", "--exclude", ".*/build", "--json", "-", build],
        check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(made.stdout)


def count(one):
    """Lines and branches of a file: run, all."""
    lines = [line for line in one["lines"] if not line.get("gcovr/noncode")]
    branches = [branch for line in lines for branch in line["branches"] if not branch.get("throw")]
    return (sum(line["count"] > 0 for line in lines), len(lines),
            sum(branch["count"] > 0 for branch in branches), len(branches))


def ranges(numbers):
    spans = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def percent(run, of):
    return f"{100 * run / of:5.1f}%" if of else "     -"


def main():
    source = pathlib.Path(sys.argv[1]).resolve()
    build = pathlib.Path(sys.argv[2]).resolve()
    data = json.load(open(sys.argv[3])) if len(sys.argv) > 3 else report(source, build)
    if not data["files"]:
        sys.exit("coverage: nothing was run: configure with --enable-coverage")
    folders = collections.defaultdict(lambda: [0, 0, 0, 0])
    missing = []
    for one in sorted(data["files"], key=lambda one: one["file"]):
        figures = count(one)
        folder = one["file"].split("/")[0]
        names = [folder] + (["libstytch and parsers"] if EXPECTED.match(one["file"]) else []) + ["all"]
        for name in names:
            folders[name] = [a + b for a, b in zip(folders[name], figures)]
        left = sorted({line["line_number"] for line in one["lines"]
                       if line["count"] == 0 and not line.get("gcovr/noncode")})
        if left and EXPECTED.match(one["file"]):
            missing.append(f"{one['file']}: {ranges(left)}")
    print(f"{'':<22}  lines             branches")
    for name in sorted(folders, key=lambda name: (name == "all", name == "libstytch and parsers", name)):
        run, lines, taken, branches = folders[name]
        print(f"{name:<22} {percent(run, lines)} of {lines:<7} {percent(taken, branches)} of {branches}")
    print("\nLines of libstytch and parsers that no test runs:")
    print("\n".join(missing) if missing else "none")


if __name__ == "__main__":
    main()
