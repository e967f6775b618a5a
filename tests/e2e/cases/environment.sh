# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# The environment changes nothing: not where the agent connects, not what it
# trusts, not what it writes; nor what sudo's caller can set for the module.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
story_configure_sudo
host_stop agent
# A proxy that would be seen, a key log that would be written, and an OpenSSL
# configuration without any algorithm.
printf 'openssl_conf = init\n[init]\nproviders = p\n[p]\nnull = n\n[n]\nactivate = 1\n' >"$HOST_WORK/openssl.cnf"
mkdir -m 0777 "$HOST_WORK/keys"
export https_proxy=http://127.0.0.1:9 ALL_PROXY=http://127.0.0.1:9 SSLKEYLOGFILE=$HOST_WORK/keys/log \
	OPENSSL_CONF=$HOST_WORK/openssl.cnf SSL_CERT_FILE=/dev/null CURL_CA_BUNDLE=/dev/null
check_not "control: these variables stop a program that obeys them" curl -sS --max-time 5 \
	--cacert "$HOST_WORK/ca.pem" --noproxy '' "$SANDBOX_URL/sandbox/messages"
rm -f "$HOST_WORK/keys/log"
agent_start
unset https_proxy ALL_PROXY SSLKEYLOGFILE OPENSSL_CONF SSL_CERT_FILE CURL_CA_BUNDLE
check "the agent logs alice in all the same" story_ssh_consumer
check "and no key log was written" test ! -e "$HOST_WORK/keys/log"
check "sudo's caller cannot send the module elsewhere" session "$(ssh_to alice)" \
	"$ASK_CODE" fresh:alice@example.com "$SHELL_PROMPT" \
	'text:export STYTCH_LOGIN=0123456789abcdef0123456789abcdef https_proxy=http://127.0.0.1:9 SSLKEYLOGFILE=/tmp/k; sudo id; echo "code $?"' \
	"$ASK_TOTP" "next:$TOTP_ALICE" 'uid=0\(root\)' see 'code 0\r' see "$SHELL_PROMPT" text:exit
check "stytchctl talks to Stytch in that environment too" env https_proxy=http://127.0.0.1:9 \
	OPENSSL_CONF="$HOST_WORK/openssl.cnf" SSLKEYLOGFILE="$HOST_WORK/keys/log" stytchctl check
check "and writes no key log either" test ! -e "$HOST_WORK/keys/log"
