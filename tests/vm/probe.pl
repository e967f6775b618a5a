# SPDX-License-Identifier: BSD-2-Clause
# Try what the agent's unit forbids or allows, one line each:
# "probe NAME ok" or "probe NAME ERRNO".  Each in a process of its own.
# Numbers of system calls are x86_64's.
use strict;
use warnings;
use Errno;
use Socket;

sub call {    # a system call: true, or false with $!
    my ($number, @arguments) = @_;
    return syscall($number, @arguments) != -1;
}

sub create {
    my ($path) = @_;
    open(my $file, '>', $path) or return 0;
    close $file;
    return unlink $path;
}

# Outside the sandbox it sets clock and names: only a guest is for that.
-e '/vm/guest.sh' or die "not in the guest of tests/vm\n";

my $page = 4096;
my @probes = (
    ['write-state', sub { create('/var/lib/stytch/private/vm-probe') }],
    ['write-run',   sub { create('/run/stytchd/vm-probe') }],
    ['write-tmp', sub { open(my $f, '>', '/tmp/vm-probe-' . ($> == 0 ? 'outside' : 'inside')) }],
    ['write-usr',  sub { create('/usr/vm-probe') }],
    ['write-etc',  sub { create('/etc/stytch/vm-probe') }],
    ['write-var',  sub { create('/var/lib/vm-probe') }],
    ['list-home',  sub { opendir(my $d, '/home') }],
    ['read-null',  sub { open(my $f, '<', '/dev/null') }],
    ['open-kmsg',  sub { open(my $f, '<', '/dev/kmsg') }],
    ['open-disk',  sub { open(my $f, '<', '/dev/vda') }],
    ['read-sysctl', sub { open(my $f, '<', '/proc/sys/kernel/hostname') }],
    ['make-cgroup', sub { mkdir('/sys/fs/cgroup/vm-probe') && rmdir('/sys/fs/cgroup/vm-probe') }],
    ['socket-unix',    sub { socket(my $s, AF_UNIX, SOCK_SEQPACKET, 0) }],
    ['socket-inet',    sub { socket(my $s, AF_INET, SOCK_STREAM, 0) }],
    ['socket-inet6',   sub { socket(my $s, AF_INET6, SOCK_STREAM, 0) }],
    ['socket-netlink', sub { socket(my $s, 16, SOCK_RAW, 0) }],
    ['socket-packet',  sub { socket(my $s, 17, SOCK_RAW, 0) }],
    ['map-write-execute', sub { call(9, 0, $page, 7, 0x22, -1, 0) }],
    ['protect-execute', sub {
        my $at = syscall(9, 0, $page, 3, 0x22, -1, 0);
        return $at != -1 && call(10, $at, $page, 5);
    }],
    ['new-user-namespace', sub { call(272, 0x10000000) }],
    ['setuid-file', sub {
        my $path = '/tmp/vm-setuid';
        open(my $f, '>', $path) or return 0;
        my $done = chmod(04755, $path);
        my $why = $! + 0;
        unlink $path;
        $! = $why;
        return $done;
    }],
    ['real-time',    sub { call(144, 0, 1, pack('i', 1)) }],
    ['personality',  sub { call(135, 8) }],
    ['set-hostname', sub { my $n = 'stytch-vm'; call(170, $n, length $n) }],
    ['set-clock',    sub { call(227, 0, pack('qq', time, 0)) }],
    ['mount', sub { call(165, '/var/lib', '/mnt', '', 4096, 0) && call(166, '/mnt', 0) }],
    ['trace', sub { call(101, 0, 0, 0, 0) }],
    ['change-owner', sub {
        my $path = '/tmp/vm-owner';
        open(my $f, '>', $path) or return 0;
        my $done = call(92, $path, $>, -1);
        my $why = $! + 0;
        unlink $path;
        $! = $why;
        return $done;
    }],
    ['change-uid',  sub { call(117, $>, $>, $>) }],
    ['change-root', sub { call(161, '/') }],
    ['raise-limit', sub { call(160, 4, pack('QQ', 1 << 30, 1 << 30)) }],
);

$| = 1;
for my $probe (@probes) {
    my ($name, $try) = @$probe;
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        my $done = $try->();
        my $error = $! + 0;
        my ($word) = $done ? 'ok' : grep { $!{$_} } qw(EPERM EACCES EROFS ENOENT EAFNOSUPPORT ENOSYS EINVAL);
        print "probe $name ", $word // $error, "\n";
        exit 0;
    }
    waitpid $pid, 0;
    print "probe $name signal ", $? & 127, "\n" if $? & 127;
}
