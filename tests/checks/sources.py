# SPDX-License-Identifier: BSD-2-Clause
"""Rules that every source file keeps: no banned call, and each folder uses
only what the table of components allows.  usage: sources.py SRCDIR"""
import pathlib
import re
import sys

# Banned everywhere, and what to use.
BANNED = {
    "strcpy strcat strncpy strncat sprintf vsprintf stpcpy": "struct buf, or snprintf with its result checked",
    "gets": "getline, or read with a bound",
    "strtok strtok_r": "strcspn, strspn or strsep",
    "atoi atol atoll atof": "strtoul with its end checked",
    "scanf sscanf fscanf vsscanf": "a parser of ours",
    "alloca": "malloc",
    "gmtime localtime ctime asctime": "the _r functions",
    "system popen": "no shell, ever",
    "tmpnam tempnam mktemp": "mkstemp or mkdtemp",
    "setjmp longjmp siglongjmp": "cleanup does not run over them",
    "rand srand random drand48": "getrandom",
}
# Banned in some folders.
NSS_CALLS = ("getpwnam getpwuid getpwent getpwnam_r getpwuid_r getpwent_r getgrnam getgrgid getgrent "
             "getgrnam_r getgrgid_r getgrent_r initgroups getgrouplist getspnam getspnam_r")
BANNED_IN = {
    "stytchd": {NSS_CALLS: "the agent never calls back into NSS"},
    "pam_stytch": {
        NSS_CALLS: "local names come from /etc/passwd itself",
        "getenv secure_getenv setenv putenv": "no environment in other people's processes",
        "abort exit _exit assert": "never ends somebody else's process",
        "signal sigaction": "no handlers in other people's processes",
        "printf puts fprintf perror syslog openlog": "pam_syslog alone",
    },
    "nss_stytch": {
        NSS_CALLS: "would recurse",
        "getenv secure_getenv setenv putenv": "no environment in other people's processes",
        "abort exit _exit assert": "never ends somebody else's process",
        "signal sigaction": "no handlers in other people's processes",
        "printf puts fprintf perror syslog openlog": "an NSS module says nothing",
    },
}
# Folders whose own subject a word is, so that the ban does not hold there.
EXEMPT = {("tests", "setjmp")}

# The "may use" column: prefixes that a folder's includes may have, beside
# its own and the system's.
MAY_USE = {
    "common": [],
    "libstytch": ["common/", "stytch/"],
    "nss_stytch": ["common/"],
    "pam_stytch": ["common/"],
    "stytchd": ["common/", "libstytch/", "stytch/", "conf/options.def",
                "nss_stytch/map_writer.h", "nss_stytch/map_grammar.h"],
    "stytchctl": ["common/", "libstytch/", "stytch/", "nss_stytch/map.h", "nss_stytch/map_load.h",
                  "nss_stytch/map_retire.h", "nss_stytch/limits.h", "stytchd/configuration.h", "stytchd/grant.h"],
    "sandbox": ["common/", "libstytch/endpoint.h", "libstytch/environment.h", "stytch/endpoints."],
    "conf": ["common/", "conf/", "stytchd/configuration"],
}
# Headers that must never reach other people's processes.
HEAVY = re.compile(r"^(curl|openssl|cjose|jansson|cjson|sqlite3|microhttpd|systemd|liboath|png|qrencode)\b")
LIGHT = {"common", "pam_stytch", "nss_stytch"}

COMPONENTS = list(MAY_USE)
STRIP = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code_of(text):
    """The text without comments and literals, line by line."""
    return STRIP.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def banned_words(folder):
    rules = {}
    for table in (BANNED, BANNED_IN.get(folder, {})):
        for words, instead in table.items():
            for word in words.split():
                if (folder, word) not in EXEMPT:
                    rules[word] = instead
    return rules


def check_calls(folder, name, text):
    faults = []
    rules = banned_words(folder)
    for number, line in enumerate(code_of(text).split("\n"), 1):
        for match in re.finditer(r"(?<![\w>.])([a-z_]\w*)\s*\(", line):
            word = match.group(1)
            if word in rules:
                faults.append(f"{name}:{number}: {word}: {rules[word]}")
    code = code_of(text)
    for match in re.finditer(r"(?:[;{}]|\belse|\A)\s*(v?snprintf)\s*\(", code):
        number = code.count("\n", 0, match.start(1)) + 1
        faults.append(f"{name}:{number}: snprintf: its result is not looked at")
    return faults


def check_includes(folder, name, text):
    faults = []
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
        if not match:
            continue
        header = match.group(1)
        ours = header.split("/")[0] in COMPONENTS + ["stytch"] and "/" in header
        if folder in LIGHT and HEAVY.match(header):
            faults.append(f"{name}:{number}: {header} in other people's processes")
        if not ours or header.startswith(folder + "/"):
            continue
        if not any(header.startswith(prefix) for prefix in MAY_USE[folder]):
            faults.append(f"{name}:{number}: {header} is not for {folder}/")
    return faults


def check_itself():
    """Plant one of each fault; all must be found, and no harmless text."""
    for folder in COMPONENTS + ["tests"]:
        for word in banned_words(folder):
            assert check_calls(folder, "planted", f"\tx = {word} (y);\n"), word
            assert not check_calls(folder, "planted", f'/* {word}( */ "{word}("; p->{word}(x); my_{word}(y);'), word
    assert check_calls("common", "planted", "\tsnprintf(a, b, c);")
    assert not check_calls("common", "planted", "\tlen = snprintf(a, b, c);")
    assert check_includes("pam_stytch", "planted", '#include "nss_stytch/map.h"')
    assert check_includes("nss_stytch", "planted", "#include <curl/curl.h>")
    assert check_includes("common", "planted", '#include "libstytch/json.h"')
    assert check_includes("stytchd", "planted", '#include "nss_stytch/map.h"')
    assert check_includes("stytchctl", "planted", '#include "stytchd/store.h"')
    assert not check_includes("stytchctl", "planted", '#include "stytchd/configuration.h"')


def main():
    root = pathlib.Path(sys.argv[1])
    check_itself()
    faults = []
    seen = 0
    for folder in COMPONENTS + ["tests"]:
        for path in sorted((root / folder).rglob("*.[ch]")):
            text = path.read_text(encoding="utf-8")
            name = str(path.relative_to(root))
            seen += 1
            faults += check_calls(folder, name, text)
            if folder != "tests":
                faults += check_includes(folder, name, text)
            if "SPDX-License-Identifier: BSD-2-Clause" not in text[:200]:
                faults.append(f"{name}:1: no licence tag")
    for fault in faults:
        print(fault)
    if seen < 50:
        print(f"only {seen} files under {root}")
    return 1 if faults or seen < 50 else 0


sys.exit(main())
