# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Stytch down, hanging or talking nonsense: nobody of Stytch gets in, local
# people do, and it works again afterwards.
. "$E2E_DIR/stories.sh"
. "$E2E_DIR/locals.sh"
host_up "$E2E_DIR/seed.json" consumer
# Short waits, so that the hanging case ends in the time of a test.
host_configure consumer "$CONSUMER_ID" "$CONSUMER_SECRET" "connect_timeout = 1s" "request_timeout = 2s" \
	"[accounts]" "name_from = external_id" "[service *]" "methods = otp_email"
locals_setup
host_stop agent
agent_start

works() {
	session "$(ssh_to "$1" 'id -un')" "$ASK_CODE" "$2:$1@example.com" "\\n$1\\r" see
}
check "before: alice gets in" works alice fresh

faults=(
	'500|{"path": "/v1/*", "status": 500, "error_type": "internal_server_error"}'
	'429|{"path": "/v1/*", "status": 429, "error_type": "too_many_requests"}'
	'HTML|{"path": "/v1/*", "status": 200, "content_type": "text/html", "body": "<html>login ok</html>"}'
	'an endless body|{"path": "/v1/*", "endless": true}'
	'a truncated JSON|{"path": "/v1/*", "truncate": true}'
	'no answer|{"path": "/v1/*", "hang": true}'
)
for fault in "${faults[@]}"; do
	sandbox /sandbox/clock '{"advance_seconds": 600}' >/dev/null
	sandbox /sandbox/faults "${fault#*|}" >/dev/null
	check "${fault%%|*}: a known person is refused" refused alice
	check "${fault%%|*}: an unseen person is refused" refused bob
	sandbox_no_faults
done
sandbox /sandbox/faults '{"path": "/v1/*", "hang": true}' >/dev/null
check_locals "Stytch hanging"
sandbox_no_faults

host_stop sandbox
check "connection refused: a known person is refused" refused alice
check_locals "connection refused"

# A certificate that our CA did not sign.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=localhost" \
	-addext subjectAltName=DNS:localhost -keyout "$HOST_WORK/bad.key" -out "$HOST_WORK/bad.pem" 2>/dev/null
stytch-sandbox --listen "127.0.0.1:$HOST_TLS_PORT" --tls-cert "$HOST_WORK/bad.pem" --tls-key "$HOST_WORK/bad.key" \
	--consumer "$CONSUMER_ID:$CONSUMER_SECRET" --seed "$E2E_DIR/seed.json" >/dev/null 2>&1 &
host_started sandbox $!
wait_until bash -c "curl -sk $SANDBOX_URL/sandbox/messages"
check "a bad certificate: a known person is refused" refused alice
check "and the fake Stytch was sent nothing" bash -c \
	"test \"\$(curl -sk '$SANDBOX_URL/sandbox/messages?to=alice%40example.com' | jq length)\" = 0"
host_stop sandbox

sandbox_start "$E2E_DIR/seed.json"
rm -f /etc/stytch/secret
(umask 077 && echo "secret-test-wrong-wrong-wrong-wrong-wrong-wron=" >/etc/stytch/secret)
chown stytchd /etc/stytch/secret
host_stop agent
agent_start
check "a wrong project secret: a known person is refused" refused alice
check_locals "wrong project secret"
check_not "stytchctl check says so" stytchctl check
cp "$HOST_WORK/check.out" "$HOST_WORK/ctl-check.out"
check "and names the credentials" grep -E 'FAIL.*credentials|failed.*credentials|credentials: ' "$HOST_WORK/ctl-check.out"
(umask 077 && echo "$CONSUMER_SECRET" >/etc/stytch/secret)
host_stop agent
agent_start
check "afterwards: alice gets in" works alice fresh
