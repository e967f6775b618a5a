#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Look for a word in everything of a process: environ, cmdline, the names of
its maps and descriptors, and its readable memory.

usage: scan_memory.py WORD PID...     exit 0: found nowhere; 1: found
"""
import os
import sys


def memory(pid, word):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            span, modes = line.split()[:2]
            if "r" not in modes or "[v" in line:
                continue
            first, last = (int(x, 16) for x in span.split("-"))
            try:
                mem.seek(first)
                data = mem.read(last - first)
            except (OSError, ValueError, OverflowError):
                continue
            if word in data:
                yield f"memory {line.strip()}"


def places(pid, word):
    for name in ("environ", "cmdline", "maps"):
        with open(f"/proc/{pid}/{name}", "rb") as file:
            if word in file.read():
                yield name
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}").encode()
        except OSError:
            continue
        if word in target or target == b"/etc/stytch/secret":
            yield f"fd {fd}"
    yield from memory(pid, word)


def main():
    word = sys.argv[1].encode()
    found = scanned = 0
    for pid in sys.argv[2:]:
        with open(f"/proc/{pid}/comm") as file:
            comm = file.read().strip()
        scanned += 1
        for place in places(pid, word):
            print(f"{comm} ({pid}): {place}")
            found += 1
    print(f"scanned {scanned} processes, found {found}")
    if scanned == 0:
        return 2
    return 1 if found else 0


sys.exit(main())
