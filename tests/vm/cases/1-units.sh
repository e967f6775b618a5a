# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What systemd does with the agent while it serves: activation by a login, one
# event a verdict, reload.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
systemctl restart stytchd.service
gets_in() { # USER [PATTERN ACTION]
	session "$(ssh_to "$1" 'id -un')" "${2:-$ASK_CODE}" "${3:-fresh:$1@example.com}" "\\n$1\\r" see
}

journal_mark
check "alice gets in, and systemd-logind has her session" session "$(ssh_to alice 'id -un; loginctl --no-legend list-sessions')" \
	"$ASK_CODE" fresh:alice@example.com '\nalice\r' see ' alice ' see
journal STYTCH_VERDICT=granted STYTCH_OPERATION=authenticate -o json >"$HOST_WORK/events"
check "her verdict is one event" test "$(wc -l <"$HOST_WORK/events")" = 1
check "with its fields, from the agent's unit" jq -se '.[0] | .STYTCH_ACCOUNT == "alice" and .STYTCH_SERVICE == "sshd"
	and .STYTCH_RHOST == "127.0.0.1" and .STYTCH_METHOD == "otp_email" and .PRIORITY == "6"
	and (.STYTCH_IDENTITY | startswith("user-")) and (.STYTCH_REQUEST_ID | startswith("request-id-"))
	and ._SYSTEMD_UNIT == "stytchd.service"' "$HOST_WORK/events"
journal_mark
check "a wrong code is refused" not_let_in alice "$ASK_CODE" text:000000
journal STYTCH_VERDICT=refused STYTCH_OPERATION=authenticate -o json >"$HOST_WORK/events"
# ssh was closed in its second prompt: that is another conversation.
check "one event says so, and why" jq -se 'map(select(.STYTCH_REASON | startswith("rejected "))) |
	length == 1 and .[0].STYTCH_ACCOUNT == "alice" and .[0].PRIORITY == "5"' "$HOST_WORK/events"

check "the agent stops alone" systemctl stop stytchd.service
check "its sockets still listen" is stytchd-root.socket active
# Her code is still good: no other is sent.
check "and a login starts it again" gets_in alice "$ASK_CODE" code:alice@example.com
check "it is active" is stytchd.service active

# Reload: what changes is seen by the next login; a fault changes nothing.
pid=$(agent_pid)
printf '[service sshd]\nmethods = totp\n' >>/etc/stytch/stytch.conf
check "reload with a good configuration" systemctl reload stytchd.service
check "the next login goes by it" gets_in alice "$ASK_TOTP" "totp:$TOTP_ALICE"
cp /etc/stytch/stytch.conf "$HOST_WORK/good.conf"
printf 'nonsense = 1\n' >>/etc/stytch/stytch.conf
journal_mark
systemctl reload stytchd.service
nonsense_told() {
	journal -o cat -p err -u stytchd.service | grep "stytch.conf:$(wc -l </etc/stytch/stytch.conf).*nonsense"
}
check "a bad one is refused, with file and line" wait_until nonsense_told
check "the agent goes on" test "$(agent_pid)" = "$pid"
check "by the old one" session "$(ssh_to bob id)" "$ASK_TOTP" close
check "and is not called failed" is stytchd.service active
cp "$HOST_WORK/good.conf" /etc/stytch/stytch.conf
check "mended, it reloads" systemctl reload stytchd.service
check "no unit failed" none_failed
