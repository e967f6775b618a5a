# No secret in other people's processes: the memory, environment, command
# line, maps and descriptors of sshd, sudo and a plain program during a login.
# The agent's own memory is the positive control: there it must be found.
. "$E2E_DIR/stories.sh"
host_up "$E2E_DIR/seed.json" consumer
story_configure_consumer
story_configure_sudo
sed -i 's/pam_stytch.so/pam_stytch.so debug/' /etc/pam.d/common-*
host_stop agent
AGENT_FLAGS=--debug agent_start

scan() {
	python3 "$E2E_DIR/scan_memory.py" "$@"
}
pids() {
	pgrep -x "$1"
}
session "$(ssh_to alice)" "$ASK_CODE" \
	"run:touch $HOST_WORK/at-code; while [ ! -e $HOST_WORK/go-1 ]; do sleep 0.05; done" '' fresh:alice@example.com \
	"$SHELL_PROMPT" 'text:sudo sleep 30' "$ASK_TOTP" \
	"run:touch $HOST_WORK/at-totp; while [ ! -e $HOST_WORK/go-2 ]; do sleep 0.05; done" '' "totp:$TOTP_ALICE" \
	'\n' "run:touch $HOST_WORK/at-sleep; while [ ! -e $HOST_WORK/go-3 ]; do sleep 0.05; done" \
	'' 'bytes:\003' "$SHELL_PROMPT" text:exit >"$HOST_WORK/scan.out" 2>&1 &
talker=$!
wait_until test -e "$HOST_WORK/at-code"
# shellcheck disable=SC2046 # pids are words
check "sshd at its prompt holds no project secret" scan Consumer0Canary $(pids sshd)
# shellcheck disable=SC2046
check_not "control: the agent does" scan Consumer0Canary $(pids stytchd)
touch "$HOST_WORK/go-1"
wait_until test -e "$HOST_WORK/at-totp"
# shellcheck disable=SC2046
check "sudo and sshd hold no project secret" scan Consumer0Canary $(pids sudo) $(pids sshd)
# shellcheck disable=SC2046
check "sudo holds no TOTP secret" scan "$TOTP_ALICE" $(pids sudo)
touch "$HOST_WORK/go-2"
wait_until test -e "$HOST_WORK/at-sleep"
sleeper() {
	pgrep -f '^sleep 30'
}
wait_until sleeper
# shellcheck disable=SC2046
check "a program of the person holds no project secret" scan Consumer0Canary $(sleeper)
check "neither module brings a TLS library, JSON or curl into them" bash -c \
	"! cat /proc/\$(pgrep -x sudo | head -1)/maps /proc/\$(pgrep -f '^sleep 30' | head -1)/maps | grep -E 'libcurl|libcjson|libcjose|libsqlite'"
touch "$HOST_WORK/go-3"
wait $talker
