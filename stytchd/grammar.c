/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of names, gecos, homes and shells; see grammar.h. */
#include "config.h"

#include "stytchd/grammar.h"

#include "common/buf.h"

#include <errno.h>
#include <string.h>

#define ID_MAX 128
#define FOLD_MAX 128

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char digits[] = "0123456789";

/*
 * Root-equivalent groups first: a member of one of them is root sooner or
 * later.
 */
/* clang-format off */
static const char *const reserved[] = {
	"root", "toor", "sudo", "sudoers", "wheel", "admin", "admins", "administrator", "adm",
	"docker", "lxd", "lxc", "incus", "incus-admin", "podman", "libvirt", "libvirt-qemu", "kvm",
	"disk", "shadow", "kmem", "mem", "tty", "input", "render", "video", "audio", "cdrom",
	"floppy", "tape", "dialout", "dip", "fax", "voice", "plugdev", "netdev", "bluetooth",
	"scanner", "lpadmin", "ssl-cert", "staff", "operator", "wireshark", "pcap",
	"systemd", "systemd-journal", "systemd-network", "systemd-resolve", "systemd-timesync",
	"systemd-coredump", "systemd-oom", "messagebus", "dbus", "polkitd", "sgx", "utmp", "wtmp",
	"daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp", "proxy",
	"www-data", "backup", "list", "irc", "gnats", "nobody", "nogroup", "nfsnobody", "_apt",
	"sshd", "_ssh", "ssh", "crontab", "cron", "postfix", "postdrop", "exim", "ftp", "http",
	"apache", "nginx", "mysql", "postgres", "redis", "mongodb", "memcache", "git", "gitea",
	"tss", "rtkit", "avahi", "colord", "geoclue", "gdm", "lightdm", "sddm", "pulse", "saned",
	"chrony", "ntp", "rpc", "rpcuser", "statd", "bind", "named", "unbound", "dnsmasq",
	"src", "users", "user", "group", "sasl", "stapusr", "stapdev", "stapsys",
	"container", "jenkins", "puppet", "ansible", "vagrant", "ubuntu", "debian", "centos",
	"fedora", "ec2-user", "azureuser", "opc", "cloud-user", "google-sudoers",
	"stytchd", "stytch",
	"all", "any", "none", "self", "default", "system", "kernel", "console", "halt", "shutdown",
};
/* clang-format on */

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_name(const char *name, size_t max_len)
{
	size_t len = strnlen(name, max_len + 1);

	if (len == 0 || len > max_len)
		return false;
	if (!is_one_of(name[0], lower) && name[0] != '_')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_one_of(name[i], lower) && !is_one_of(name[i], digits) &&
		    !is_one_of(name[i], "_.-"))
			return false;
	return !is_one_of(name[len - 1], ".-") && strstr(name, "..") == NULL;
}

bool
grammar_is_name(const char *name)
{
	return is_name(name, GRAMMAR_NAME_MAX);
}

bool
grammar_is_group(const char *name)
{
	return is_name(name, GRAMMAR_GROUP_MAX);
}

/* Whether a character may stand in gecos; ',' parts gecos into its fields. */
static bool
is_gecos(unsigned point)
{
	return utf8_is_clean(point) && point != ':' && point != ',';
}

bool
grammar_is_gecos(const char *gecos)
{
	size_t len = strnlen(gecos, GRAMMAR_GECOS_MAX + 1);

	if (len > GRAMMAR_GECOS_MAX)
		return false;
	while (len > 0) {
		unsigned point = 0;
		size_t step = utf8_character(gecos, len, &point);

		if (step == 0 || !is_gecos(point))
			return false;
		gecos += step;
		len -= step;
	}
	return true;
}

/* One component, up to '/' or the end; its length in *out_len. */
static bool
is_component(const char *text, size_t *out_len)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t len = strcspn(text, "/");

	for (size_t i = 0; i < len; i++)
		if (!is_one_of(text[i], lower) && !is_one_of(text[i], upper) &&
		    !is_one_of(text[i], digits) && !is_one_of(text[i], "_.@+-"))
			return false;
	*out_len = len;
	return len > 0 && !(len == 1 && text[0] == '.') &&
	    !(len == 2 && text[0] == '.' && text[1] == '.');
}

static bool
is_path(const char *path)
{
	if (path[0] != '/' ||
	    strnlen(path, GRAMMAR_PATH_MAX + 1) > GRAMMAR_PATH_MAX)
		return false;
	while (path[0] == '/') {
		size_t len;

		if (!is_component(path + 1, &len))
			return false;
		path += 1 + len;
	}
	return true;
}

bool
grammar_is_home(const char *home)
{
	return is_path(home);
}

bool
grammar_is_shell(const char *shell)
{
	return is_path(shell);
}

bool
grammar_is_id(const char *id)
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t len = strnlen(id, ID_MAX + 1);

	if (len == 0 || len > ID_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_one_of(id[i], lower) && !is_one_of(id[i], upper) &&
		    !is_one_of(id[i], digits) && !is_one_of(id[i], "._|-"))
			return false;
	return true;
}

bool
grammar_is_reserved(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
		if (strcmp(name, reserved[i]) == 0)
			return true;
	return strncmp(name, "systemd-", 8) == 0;
}

int
grammar_fold(const char *text, char **out_text)
{
	CLEANUP(buf_clear) struct buf folded = BUF_INIT(FOLD_MAX);
	bool gap = false;

	if (strnlen(text, FOLD_MAX + 1) > FOLD_MAX)
		return -EINVAL;
	for (; *text != '\0'; text++) {
		char c = *text >= 'A' && *text <= 'Z'
		    ? (char)(*text - 'A' + 'a')
		    : *text;

		if (!is_one_of(c, lower) && !is_one_of(c, digits) &&
		    !is_one_of(c, "_.-")) {
			gap = true;
			continue;
		}
		if (gap && folded.len > 0)
			buf_addc(&folded, '-');
		gap = false;
		buf_addc(&folded, c);
	}
	if (folded.error == 0 && folded.len == 0)
		return -EINVAL;
	return buf_take(&folded, out_text);
}

int
grammar_clean_gecos(const char *text, char **out_text)
{
	CLEANUP(buf_clear) struct buf clean = BUF_INIT(GRAMMAR_GECOS_MAX);
	size_t len = strnlen(text, 4 * GRAMMAR_GECOS_MAX);

	while (len > 0) {
		unsigned point = 0;
		size_t step = utf8_character(text, len, &point);
		bool fits = step > 0 && is_gecos(point);

		if (clean.len + (fits ? step : 1) > GRAMMAR_GECOS_MAX)
			break;
		if (fits && (point != ' ' || clean.len > 0))
			buf_add(&clean, text, step);
		else if (clean.len > 0 && clean.data[clean.len - 1] != ' ')
			buf_addc(&clean, ' ');
		step = step == 0 ? 1 : step;
		text += step;
		len -= step;
	}
	while (clean.len > 0 && clean.data[clean.len - 1] == ' ')
		clean.data[--clean.len] = '\0';
	return buf_take(&clean, out_text);
}
