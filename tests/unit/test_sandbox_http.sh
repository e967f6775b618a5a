#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The sandbox as a program, over real sockets: what it prints, TLS, a unix
# socket, faults that hold up nobody else, two clients with one code, and
# kill -9.
set -eu

program=${SANDBOX:-./sandbox/stytch-sandbox}
folder=$(mktemp -d)
pids=
trap 'for pid in $pids; do kill -9 "$pid" 2>/dev/null || :; done; rm -rf "$folder"' EXIT
passed=0

pass() {
	passed=$((passed + 1))
	echo "ok $passed - $1"
}

fail() {
	echo "not ok - $1" >&2
	[ ! -s "$folder/err" ] || cat "$folder/err" >&2
	exit 1
}

# start ARGUMENTS: the sandbox in the background, ready; sets its variables.
start() {
	rm -f "$folder/pipe" "$folder/out"
	mkfifo "$folder/pipe"
	"$program" --listen 127.0.0.1:0 "$@" >"$folder/pipe" 2>>"$folder/err" &
	pid=$!
	pids="$pids $pid"
	# Ends with the last line: with the ready one, or where it dies.
	sed '/is ready$/q' <"$folder/pipe" >"$folder/out"
	grep -q 'is ready$' "$folder/out" || fail "start $*"
	# shellcheck disable=SC1091
	. "$folder/out"
	base=$STYTCH_BASE_URL
	login=$STYTCH_CONSUMER_PROJECT_ID:$STYTCH_CONSUMER_SECRET
}

stop() {
	kill "$pid"
	wait "$pid" || fail "exit status of a clean stop"
}

call() {
	curl -s --max-time 10 -u "$login" "$@"
}

# json PATH: a value of the JSON on standard input.
json() {
	python3 -c 'import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1].split("."):
    value = value[int(name)] if isinstance(value, list) else value[name]
print(value)' "$1"
}

is() {
	[ "$1" = "$2" ] || fail "$3: $1 instead of $2"
	pass "$3"
}

# ---- The command line. ----
"$program" --help | grep -q -- --control-token || fail "--help"
"$program" --version | grep -q '^stytch-sandbox ' || fail "--version"
status=0
"$program" --nothing >/dev/null 2>&1 || status=$?
is "$status" 64 "an unknown option is refused"
status=0
"$program" --consumer nonsense >/dev/null 2>&1 || status=$?
is "$status" 1 "a project that is none is refused"
status=0
"$program" --listen 'nowhere' >/dev/null 2>&1 || status=$?
is "$status" 1 "an address that is none is refused"
echo '{"users":[{"nonsense":1}]}' >"$folder/bad.json"
status=0
"$program" --listen 127.0.0.1:0 --seed "$folder/bad.json" 2>"$folder/say" || status=$?
is "$status" 1 "a seed with an unknown member is refused"
grep -q nonsense "$folder/say" || fail "which member it was"
: >"$folder/empty.json"
status=0
"$program" --listen 127.0.0.1:0 --seed "$folder/empty.json" 2>/dev/null || status=$?
is "$status" 1 "an empty seed is refused"

# ---- Made projects, TCP. ----
cat >"$folder/seed.json" <<EOF
{"users":[{"user_id":"user-test-00000000-0000-4000-8000-000000000001",
"external_id":"alice","name":{"first_name":"Alice"},
"emails":["alice@example.com"],"phone_numbers":["+12025550162"],
"password":"correct-Zebra-47-lantern","trusted_metadata":{"unix":{"uid":7}},
"totp":{"secret":"JBSWY3DPEHPK3PXP"}}]}
EOF
start --seed "$folder/seed.json"
is "$(call "$base/v1/debug/whoami" | json project_id)" "$STYTCH_CONSUMER_PROJECT_ID" "made projects are printed"
is "$(call "$base/v1/users/alice" | json user_id)" user-test-00000000-0000-4000-8000-000000000001 "the seed's user has its fixed id"
is "$(call "$base/v1/users/alice" | json trusted_metadata.unix.uid)" 7 "and its metadata"
is "$(head -c 1100000 /dev/zero | tr '\0' ' ' | call --data-binary @- "$base/v1/users" | json error_type)" bad_request "a body that is too long is refused"
is "$(call -o "$folder/page" -w '%{http_code}' "$base/")" 200 "the inbox is a page"
grep -q '<main class="columns">' "$folder/page" || fail "the page"
curl -si "$base/" | tr -d '\r' | grep -i '^content-security-policy:' >"$folder/policy"
for rule in "default-src 'none'" "script-src 'self'" "style-src 'self'" "form-action 'none'" "frame-ancestors 'none'" "base-uri 'none'" "trusted-types 'none'"; do
	grep -qF "$rule" "$folder/policy" || fail "the policy lacks $rule"
done
grep -qE 'unsafe|nonce|\*|https?:' "$folder/policy" && fail "the policy lets too much in"
pass "the policy lets nothing in but the sandbox's own"
is "$(curl -s -o /dev/null -w '%{http_code}' -H 'Host: evil.example' "$base/")" 403 "the inbox is for this machine's names alone"
is "$(curl -s -o /dev/null -w '%{http_code}' -H 'Origin: http://evil.example' -X POST "$base/sandbox/reset")" 403 "a foreign page controls nothing"
call -o /dev/null -X DELETE "$base/v1/users/alice"
is "$(call "$base/v1/users/alice" | json status_code)" 404 "a user can be deleted"
curl -s -o /dev/null -X POST "$base/sandbox/reset"
is "$(call "$base/v1/users/alice" | json trusted_metadata.unix.uid)" 7 "a reset reads the seed again"
stop

# ---- The seed that the documentation shows. ----
start --seed "${srcdir:-..}/sandbox/seed.example.json"
is "$(call "$base/v1/users/mallory" | json is_locked)" True "the example's locked user is locked"
b2b=$STYTCH_B2B_PROJECT_ID:$STYTCH_B2B_SECRET
is "$(curl -s -u "$b2b" "$base/v1/b2b/organizations/acme/member?member_id=carol" | json member.name)" Carol "its member is found by external id"
is "$(call -d '{"email":"alice@example.com","password":"correct-Zebra-47-lantern"}' "$base/v1/passwords/authenticate" | json status_code)" 200 "its password works"
stop
start --seed "$folder/seed.json"

# ---- Faults hold up nobody else. ----
fault() {
	curl -s --max-time 5 -o /dev/null -d "$1" "$base/sandbox/faults"
}
fault '{"path":"/v1/users/alice","hang":true,"count":3}'
for _ in 1 2 3; do
	call -o /dev/null "$base/v1/users/alice" &
	pids="$pids $!"
done
for _ in $(seq 500); do # until all three are taken
	[ "$(curl -s "$base/sandbox/faults")" != '{"faults":[]}' ] || break
done
is "$(call --max-time 2 "$base/v1/debug/whoami" | json status_code)" 200 "a hanging answer holds up nobody else"
curl -s -o /dev/null -X DELETE "$base/sandbox/faults"
fault '{"latency_ms":300,"count":1}'
took=$(call -o /dev/null -w '%{time_total}' "$base/v1/debug/whoami")
python3 -c "import sys; sys.exit(not 0.3 <= $took < 2)" || fail "latency: $took"
pass "latency is what was asked for"
fault '{"truncate":true,"count":1}'
call "$base/v1/debug/whoami" | json project_id >/dev/null 2>&1 && fail "a truncated answer parses"
pass "a truncated answer is no JSON"
fault '{"endless":true,"count":1}'
size=$(call --max-time 1 "$base/v1/debug/whoami" | wc -c)
[ "$size" -gt 1000000 ] || fail "endless: $size bytes"
pass "an endless answer goes on"
fault '{"status":429,"retry_after":7,"count":1}'
call -i "$base/v1/debug/whoami" >"$folder/reply"
grep -qi '^retry-after: 7' "$folder/reply" || fail "Retry-After"
grep -q too_many_requests "$folder/reply" || fail "error_type"
pass "a status comes with its error and Retry-After"
is "$(curl -s "$base/sandbox/calls?limit=1" | json calls.0.fault)" status "a fault is named in the log of calls"
is "$(curl -s "$base/sandbox/calls?limit=1" | json calls.0.status)" 429 "with the status that it gave"
fault '{"body":"<html>","content_type":"text/html","count":1}'
is "$(call "$base/v1/debug/whoami")" '<html>' "a body is sent as it is"
fault '{"drop":true,"count":1}'
status=0
call "$base/v1/debug/whoami" >/dev/null || status=$?
is "$status" 52 "a dropped connection has no answer"
is "$(curl -s "$base/sandbox/calls?limit=1" | json calls.0.status)" 0 "and no status in the log of calls"
is "$(call "$base/v1/debug/whoami" | json status_code)" 200 "and all is well after them"

# ---- Two clients, one code. ----
for round in 1 2 3 4 5 6 7 8; do
	method=$(call -d '{"email":"alice@example.com"}' "$base/v1/otps/email/send" | json email_id)
	code=$(curl -s "$base/sandbox/messages?to=alice@example.com" | json 0.code)
	for client in 1 2 3 4; do
		call -d "{\"method_id\":\"$method\",\"code\":\"$code\"}" -o "$folder/client$client" "$base/v1/otps/authenticate" &
		eval "client$client=\$!"
	done
	# shellcheck disable=SC2154
	wait "$client1" "$client2" "$client3" "$client4"
	wins=$(grep -l '"status_code":200' "$folder"/client? | wc -l)
	[ "$wins" -eq 1 ] || fail "round $round: $wins clients had the code accepted"
done
pass "of clients with one code just one gets in"
stop

# ---- kill -9 loses nothing that was answered. ----
start --db "$folder/state.db"
for number in $(seq 20); do
	call -o "$folder/made" -d "{\"email\":\"u$number@example.com\",\"external_id\":\"u$number\"}" "$base/v1/users"
done
session=$(call -d '{"email":"p@example.com","password":"correct-Zebra-47-lantern","session_duration_minutes":60}' "$base/v1/passwords")
token=$(echo "$session" | json session_token)
kill -9 "$pid"
wait "$pid" 2>/dev/null || :
before=$login
start --db "$folder/state.db"
is "$login" "$before" "a database keeps its projects"
is "$(call "$base/v1/users/u20" | json status_code)" 200 "the last user made is there after kill -9"
is "$(call -d '{}' "$base/v1/users/search" | json results_metadata.total)" 21 "and so are all"
is "$(call -d "{\"session_jwt\":\"$(echo "$session" | json session_jwt)\"}" "$base/v1/sessions/authenticate" | json session_token)" "$token" "and the session, by a JWT of the kept key"
stop

# ---- TLS, a unix socket, a control token. ----
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
	-addext subjectAltName=IP:127.0.0.1 -keyout "$folder/key.pem" \
	-out "$folder/cert.pem" 2>/dev/null
start --tls-cert "$folder/cert.pem" --tls-key "$folder/key.pem" --control-token secret
is "${base%%:*}" https "TLS is in the URL"
is "$(call --cacert "$folder/cert.pem" "$base/v1/debug/whoami" | json status_code)" 200 "TLS works"
status=0
call "$base/v1/debug/whoami" >/dev/null || status=$?
is "$status" 60 "its certificate is nobody else's"
is "$(curl -s --cacert "$folder/cert.pem" -o /dev/null -w '%{http_code}' "$base/sandbox/messages")" 403 "the control token is needed"
is "$(curl -s --cacert "$folder/cert.pem" -o /dev/null -w '%{http_code}' "$base/?control_token=secre")" 403 "the whole of it, for the inbox too"
is "$(curl -s --cacert "$folder/cert.pem" -H 'X-Sandbox-Token: secret' "$base/sandbox/messages")" '[]' "and opens the control routes"
stop

start --listen "unix:$folder/sandbox.sock"
is "$(stat -c %a "$folder/sandbox.sock")" 600 "the socket is its owner's"
is "$base" "unix:$folder/sandbox.sock" "its URL names it"
is "$(call --unix-socket "$folder/sandbox.sock" http://localhost/v1/debug/whoami | json status_code)" 200 "it answers there"
kill -9 "$pid"
wait "$pid" 2>/dev/null || :
start --listen "unix:$folder/sandbox.sock"
pass "a dead socket is replaced"
status=0
"$program" --listen "unix:$folder/sandbox.sock" >/dev/null 2>&1 || status=$?
is "$status" 1 "a live one is not"
stop
[ ! -e "$folder/sandbox.sock" ] || fail "the socket is left behind"
pass "a clean stop takes the socket away"
echo "1..$passed"
