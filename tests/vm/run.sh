#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make vm-check: the packages on a Debian of their own, with systemd as the
# first process and AppArmor enforced by the kernel, in qemu.  Builds the
# packages of SRC, makes a guest of Debian packages from this machine's apt
# source, boots it without a network, and installs, uses, reboots and purges
# inside it (tests/vm/cases, and end-to-end cases on that host).
# usage: run.sh SRC [CASE...]    as root; a case is a name, as 1-units or story-1-ssh-b2b
#   VM_ACCEL=kvm|tcg      instead of trying KVM first
#   VM_BASE=FILE.tar      keep the guest's base system there, take it if it is there
#   VM_DEBS=DIR           keep the packages there, take them if they are there
#   VM_LOGS=DIR           keep the console, the results and qemu's words there
#   VM_TIMEOUT=SECONDS    for all of the guest's life (3600)
set -u
src=$(realpath "$1")
shift
if [ "$(id -u)" != 0 ]; then
	echo "vm: needs root (mmdebstrap)" >&2
	exit 77
fi
if [ "$(uname -m)" != x86_64 ]; then
	echo "vm: x86_64 only: its kernel, qemu and numbers of system calls" >&2
	exit 77
fi
for tool in qemu-system-x86_64 mmdebstrap mke2fs dpkg-buildpackage dh dh_apparmor; do
	PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null || {
		echo "vm: $tool is missing: packaging/install-packages.sh build vm" >&2
		exit 1
	}
done
began=$(date +%s)
work=$(mktemp -d "${TMPDIR:-/tmp}/stytch-vm.XXXXXX")
guest=$work/guest
qemu=

clean() {
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null
	[ -z "${VM_LOGS:-}" ] || { mkdir -p "$VM_LOGS" && cp "$work"/*.log "$VM_LOGS/"; }
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

quietly() { # TEXT COMMAND...
	local text=$1
	shift
	echo "vm: $text ..."
	"$@" >"$work/step.log" 2>&1 || {
		tail -n 30 "$work/step.log"
		echo "vm: failed: $text"
		echo "vm: 0 passed, 1 failed"
		exit 1
	}
}

# ---- the packages -----------------------------------------------------------

build_packages() {
	if [ -n "${VM_DEBS:-}" ] && [ -d "$VM_DEBS" ]; then
		cp -r "$VM_DEBS" "$work/debs"
		return
	fi
	mkdir "$work/build" "$work/debs"
	tar -C "$src" --exclude=./.git --exclude='./build*' --exclude=node_modules -cf - . | tar -C "$work/build" -xf - &&
		{ [ -e "$work/build/debian" ] || ln -s packaging/debian "$work/build/debian"; } &&
		mkdir "$work/src" && mv "$work/build" "$work/src/pam-stytch" && cd "$work/src/pam-stytch" &&
		rm -rf config.status Makefile &&
		DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" DEB_BUILD_PROFILES=nocheck dpkg-buildpackage -us -uc -b &&
		find "$work/src" -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*' -exec mv {} "$work/debs" \; &&
		cd / && rm -rf "$work/src" && [ "$(find "$work/debs" -name '*.deb' | wc -l)" = 6 ] &&
		{ [ -z "${VM_DEBS:-}" ] || cp -r "$work/debs" "$VM_DEBS"; }
}

# What ours want of Debian, the first of each alternative.
dependencies() {
	local deb own
	own=$(for deb in "$work"/debs/*.deb; do dpkg-deb -f "$deb" Package; done)
	for deb in "$work"/debs/*.deb; do
		dpkg-deb -f "$deb" Pre-Depends Depends | sed 's/^[A-Za-z-]*: //' | tr ',' '\n'
	done | sed -e 's/|.*//; s/(.*//; s/[[:space:]]//g' -e '/^$/d' | sort -u | grep -vxF "$own"
}

# ---- the guest --------------------------------------------------------------

# What the cases use, and what a usual Debian has that meets us: logind's PAM
# module, the NSS module of systemd.
packages="systemd-sysv libpam-systemd libnss-systemd dbus openssh-server openssh-client sudo
	expect jq curl openssl oathtool apparmor procps passwd libpam-modules libpam-runtime linux-image-cloud-amd64"

make_base() {
	local sources=/etc/apt/sources.list.d/debian.sources include
	[ -e $sources ] || sources=/etc/apt/sources.list
	if [ -n "${VM_BASE:-}" ] && [ -e "$VM_BASE" ]; then
		mkdir "$guest" && tar -C "$guest" -xf "$VM_BASE"
		return
	fi
	# shellcheck disable=SC2046,SC2086 # words are packages
	include=$(printf '%s,' $packages $(dependencies))
	SOURCE_DATE_EPOCH=$(date +%s) mmdebstrap --mode=root --variant=apt --format=directory \
		--include="${include%,}" bookworm "$guest" "$sources" || return 1
	[ -z "${VM_BASE:-}" ] || tar -C "$guest" -cf "$VM_BASE" .
}

furnish() {
	local dir=$guest/vm name number
	mkdir -p "$dir" && cp -r "$src/tests/e2e" "$work/debs" "$dir/" &&
		cp -r "$src"/tests/vm/*.sh "$src"/tests/vm/cases "$src"/tests/vm/*.pl "$dir/" || return 1
	echo stytch-vm >"$guest/etc/hostname"
	printf '127.0.0.1 localhost stytch-vm\n::1 localhost\n' >"$guest/etc/hosts"
	: >"$guest/etc/resolv.conf"
	printf '/dev/vda / ext4 defaults 0 1\n' >"$guest/etc/fstab"
	install -m 0644 "$src"/tests/vm/*.service "$guest/etc/systemd/system/" || return 1
	for name in "$src"/tests/vm/*.service; do
		name=$(basename "$name")
		mkdir -p "$guest/etc/systemd/system/multi-user.target.wants"
		ln -sf "/etc/systemd/system/$name" "$guest/etc/systemd/system/multi-user.target.wants/$name"
	done
	mkdir -p "$guest/etc/systemd/journald.conf.d" "$guest/var/log/journal"
	# Nothing of a flood of events may be lost: it is counted.
	printf '[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\n' >"$guest/etc/systemd/journald.conf.d/vm.conf"
	for number in 1 2; do
		boot_cases $number "$@" >"$work/boot.$number"
	done
	cp "$work"/boot.? "$dir/"
	rm -rf "$guest"/var/cache/apt/archives/*.deb
	mke2fs -q -t ext4 -d "$guest" "$work/disk" 3G && cp "$guest"/boot/vmlinuz-* "$work/kernel" &&
		cp "$guest"/boot/initrd.img-* "$work/initrd"
}

# The first boot: ours before the stories, so that these find a host set up.
boot_cases() { # BOOT [CASE...]
	local boot=$1 name
	shift
	case $boot in
	1) set -- 1-install 1-setup "${@:-1-units 1-restart 1-hardening 1-apparmor $end_to_end}" 1-before-reboot ;;
	2) set -- 2-reboot 2-purge ;;
	esac
	# shellcheck disable=SC2048 # names are words
	for name in $*; do
		if [ -e "$src/tests/vm/cases/$name.sh" ]; then
			echo "/vm/cases/$name.sh"
		else
			echo "/vm/e2e/cases/$name.sh"
		fi
	done
}
end_to_end="story-1-ssh-consumer story-1-ssh-b2b story-2-sudo-consumer story-2-sudo-b2b
	story-3-provisioning refusals interrupts agent-down"

# ---- the boot ---------------------------------------------------------------

# One processor, no network card; the console on the first serial line, what
# the guest tells on the second.
boot() { # ACCELERATOR APPEND [ARGUMENT...]
	local accelerator=$1 append=$2
	shift 2
	exec qemu-system-x86_64 -accel "$accelerator" -cpu max -m 1536 -smp 1 -nodefaults -no-user-config \
		-display none -monitor none -nic none -device virtio-rng-pci \
		-drive "file=$work/disk,format=raw,if=virtio,cache=unsafe" \
		-serial "file:$work/console.log" -serial "file:$work/results.log" \
		-kernel "$work/kernel" -initrd "$work/initrd" \
		-append "root=/dev/vda rw console=ttyS0 apparmor=1 security=apparmor panic=-1 $append" "$@"
}

# Wait for qemu, at most some seconds, or until it says that it cannot go on.
wait_qemu() { # SECONDS
	local end=$(($(date +%s) + $1))
	while kill -0 "$qemu" 2>/dev/null; do
		if [ "$(date +%s)" -ge "$end" ] || grep -q 'KVM internal error' "$work/qemu.log"; then
			kill "$qemu"
			wait "$qemu" 2>/dev/null
			qemu=
			return 1
		fi
		sleep 0.5
	done
	wait "$qemu"
	local code=$?
	qemu=
	return $code
}

# KVM is what this machine makes of it: some virtual machines have a /dev/kvm
# that runs no usual kernel.  It counts when a whole boot ends within a minute.
choose_accelerator() {
	accelerator=${VM_ACCEL:-}
	[ -z "$accelerator" ] || return
	accelerator=tcg
	[ -w /dev/kvm ] || return
	boot kvm systemd.unit=poweroff.target -snapshot -no-reboot >"$work/qemu.log" 2>&1 &
	qemu=$!
	if wait_qemu 60 && grep -q 'Power down' "$work/console.log"; then
		accelerator=kvm
	else
		echo "vm: /dev/kvm is here, and boots no guest: $(grep -m1 -E 'KVM|error' "$work/qemu.log" || echo 'not within 60 s')"
	fi
}

# The cases that want what only a private host has, or processors to spare.
not_here() {
	local file name
	for file in "$src"/tests/e2e/cases/*.sh; do
		name=$(basename "$file" .sh)
		grep -q "/e2e/cases/$name.sh" "$work/boot.1" || printf '%s ' "$name"
	done
}

# Cases that the guest should have run to their end, and has not.
not_run() {
	local file name
	cat "$work"/boot.? | while read -r file; do
		name=$(basename "$file" .sh)
		grep -q "^== $name took" "$work/results.log" || echo "$name"
	done
}

summary() {
	local passed failed name
	passed=$(grep -c '^ok ' "$work/results.log")
	failed=$(grep -c '^not ok ' "$work/results.log")
	if ! grep -q '^== end' "$work/results.log"; then
		echo "the guest did not come to its end; its console's last lines:"
		tail -n 30 "$work/console.log" | sed 's/^/    console: /'
		failed=$((failed + 1))
	fi
	for name in $(not_run); do
		echo "not ok $name was not run to its end"
		failed=$((failed + 1))
	done
	echo "vm: not tried: name servers and anything beyond loopback (the guest has no network)"
	echo "vm: not tried: end-to-end cases that are not for this host: $(not_here)"
	echo "vm: boot mode $accelerator, packages and guest $((booted - began)) s, guest's life $(($(date +%s) - booted)) s"
	echo "vm: $passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}

quietly "building the packages" build_packages
quietly "making the guest" make_base
quietly "furnishing the guest" furnish "$@"
rm -rf "$guest"
: >"$work/results.log"
choose_accelerator
booted=$(date +%s)
echo "vm: booting ($accelerator) ..."
boot "$accelerator" quiet >"$work/qemu.log" 2>&1 &
qemu=$!
wait_qemu "${VM_TIMEOUT:-3600}"
cat "$work/qemu.log"
sed -i 's/\r$//' "$work/results.log"
cat "$work/results.log"
summary
