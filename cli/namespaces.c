/* SPDX-License-Identifier: MIT */
#include "namespaces.h"

#include "base/container.h"
#include "base/text.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KINDS (CLONE_NEWNET | CLONE_NEWNS)

/* The capabilities that create the namespaces, configure the interfaces in them, and send segments
 * on these. Without them, root needs a user namespace. */
static const struct {
	unsigned number;
	const char *name;
} needed[] = {
	{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
	{CAP_NET_ADMIN, "CAP_NET_ADMIN"},
	{CAP_NET_RAW, "CAP_NET_RAW"},
};

/* --- files of /proc --------------------------------------------------------------------------- */

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
	int why = errno;

	if (fd >= 0)
		close(fd);
	errno = why;
	return n == (ssize_t)strlen(text);
}

/* Returns the first number that the scanf format, of one long, reads from a line of the file, or
 * -1. */
static long scan_file(const char *path, const char *format)
{
	FILE *f = fopen(path, "re");
	char line[256];
	long value = -1;

	while (f && value < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, format, &value) != 1)
			value = -1;
	if (f)
		fclose(f);
	return value;
}

static bool is_setting(const char *path, long value)
{
	return scan_file(path, "%ld") == value;
}

/* --- obstacles -------------------------------------------------------------------------------- */

static bool is_unknown_to_kernel(int why)
{
	return why == EINVAL || why == ENOSYS || access("/proc/self/ns/user", F_OK) != 0;
}

static bool is_clone_setting(int why)
{
	return why == EPERM && is_setting("/proc/sys/kernel/unprivileged_userns_clone", 0);
}

static bool is_no_user(int why)
{
	return why == ENOSPC && is_setting("/proc/sys/user/max_user_namespaces", 0);
}

static bool is_no_net(int why)
{
	return why == ENOSPC && is_setting("/proc/sys/user/max_net_namespaces", 0);
}

static bool is_no_mount(int why)
{
	return why == ENOSPC && is_setting("/proc/sys/user/max_mnt_namespaces", 0);
}

static bool is_limit(int why)
{
	return why == ENOSPC || why == EUSERS;
}

static bool is_filtered(int why)
{
	(void)why; /* a filter can return any error */
	return scan_file("/proc/self/status", "Seccomp: %ld") == 2;
}

/* Returns true if a filter is certain: without one, unshare(0) always succeeds. */
static bool is_filter(int why)
{
	return is_filtered(why) && unshare(0) < 0;
}

static bool is_denied(int why)
{
	return why == EPERM || why == EACCES;
}

/* Reads the name of the enforced AppArmor profile, such as `docker-default (enforce)`, or "". */
static void read_profile(char *profile, int room)
{
	FILE *f = fopen("/proc/self/attr/current", "re");

	if (!f || !fgets(profile, room, f) || !strstr(profile, "(enforce)"))
		*profile = '\0';
	if (f)
		fclose(f);
	profile[strcspn(profile, "\n")] = '\0';
}

static bool is_apparmor(int why)
{
	return is_denied(why) &&
	       is_setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1);
}

static bool is_profile(int why)
{
	char profile[128] = "";

	read_profile(profile, sizeof(profile));
	return is_apparmor(why) && *profile;
}

#define FILTER(what)                                                                           \
	"a seccomp filter forbids " what                                                       \
	": start the container with '--security-opt seccomp=unconfined' (a systemd unit with " \
	"RestrictNamespaces=no)"

/* The first obstacle that applies is reported. */
static const struct {
	bool (*applies)(int why);
	const char *words;
} obstacles[] = {
	{is_unknown_to_kernel,
	 "the kernel has no user namespaces: use a kernel with CONFIG_USER_NS"},
	{is_no_user, "user namespaces are disabled: run 'sudo sysctl -w "
		     "user.max_user_namespaces=10000' on the host"},
	{is_no_net, "network namespaces are disabled: run 'sudo sysctl -w "
		    "user.max_net_namespaces=10000' on the host"},
	{is_no_mount, "mount namespaces are disabled: run 'sudo sysctl -w "
		      "user.max_mnt_namespaces=10000' on the host"},
	{is_limit, "too many namespaces: end programs that use some, or increase "
		   "user.max_user_namespaces, user.max_net_namespaces and user.max_mnt_namespaces; "
		   "namespaces can be nested at most 32 deep"},
	{is_filter, FILTER("unshare(2)")},
	{is_clone_setting, "user namespaces are disabled for users: run 'sudo sysctl -w "
			   "kernel.unprivileged_userns_clone=1' on the host"},
	{is_profile, "the AppArmor profile of the container forbids user namespaces: start the "
		     "container with '--security-opt apparmor=unconfined'"},
	{is_apparmor, "AppArmor forbids user namespaces to a program without a profile: install "
		      "the profile " SYNACKD_DATA "/apparmor (its first lines explain how)"},
	{is_filtered, FILTER("user namespaces")},
	{is_denied, "a chroot, or a security module such as SELinux, forbids user namespaces: run "
		    "the command outside the chroot, or permit them in the policy of the module"},
};

static void add_missing(struct text *out)
{
	const char *between = "";

	capng_get_caps_process();
	for (size_t i = 0; i < COUNT_OF(needed); i++) {
		if (capng_have_capability(CAPNG_EFFECTIVE, needed[i].number))
			continue;
		text_addf(out, "%s%s", between, needed[i].name);
		between = ", ";
	}
}

/* Returns the reason why no user namespace was created, with the remedy. The caller frees it. */
static char *explain(int why)
{
	struct text missing = {0}, out = {0};
	size_t i = 0;

	while (i < COUNT_OF(obstacles) && !obstacles[i].applies(why))
		i++;
	add_missing(&missing);
	if (geteuid() == 0 && missing.len)
		text_addf(&out, "root lacks %s, and cannot use a user namespace instead: ",
			  text_str(&missing));
	if (i < COUNT_OF(obstacles))
		text_add(&out, obstacles[i].words);
	else
		text_addf(&out, "cannot create a namespace: %s", strerror(why));
	if (geteuid() != 0)
		text_add(&out, ", or run the command with sudo");
	else if (missing.len)
		text_add(&out, ", or add the missing capabilities ('--cap-add')");
	text_free(&missing);
	return out.s;
}

char *namespaces_explain_mount(int why)
{
	char profile[128] = "";

	read_profile(profile, sizeof(profile));
	if (is_denied(why) && *profile)
		return xasprintf("the AppArmor profile %s forbids mount(2): start the container "
				 "with '--security-opt apparmor=unconfined'",
				 profile);
	if (is_denied(why) && is_filtered(why))
		return xstrdup(FILTER("mount(2)"));
	return xstrdup(strerror(why));
}

/* --- users ------------------------------------------------------------------------------------ */

/* Maps only the current user and group, each to itself. */
static bool map_self(uid_t uid, gid_t gid)
{
	char *users = xasprintf("%u %u 1\n", uid, uid), *groups = xasprintf("%u %u 1\n", gid, gid);
	bool mapped = write_file("/proc/self/setgroups", "deny") &&
		      write_file("/proc/self/uid_map", users) &&
		      write_file("/proc/self/gid_map", groups);

	free(users);
	free(groups);
	return mapped;
}

/* Maps each user (or group) of our namespace to itself in the namespace of process `to`. */
static bool map_same(pid_t to, const char *file)
{
	char *path = xasprintf("/proc/%d/%s", (int)to, file),
	     *own = xasprintf("/proc/self/%s", file);
	FILE *f = fopen(own, "re");
	unsigned inside, outside, count;
	struct text map = {0};
	bool mapped;

	while (f && fscanf(f, "%u %u %u", &inside, &outside, &count) == 3)
		text_addf(&map, "%u %u %u\n", inside, inside, count);
	mapped = map.len && write_file(path, text_str(&map));
	if (f)
		fclose(f);
	text_free(&map);
	free(path);
	free(own);
	return mapped;
}

/* Starts a process that remains outside the new namespace: only such a process can map further
 * users. It maps them when it receives an octet on the pipe. Returns its pid, or -1. */
static pid_t start_mapper(int go[2])
{
	pid_t parent = getpid(), pid;
	char word;

	if (pipe2(go, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		_exit(read(go[0], &word, 1) == 1 && map_same(parent, "uid_map") &&
				      map_same(parent, "gid_map")
			      ? EXIT_SUCCESS
			      : EXIT_FAILURE);
	}
	close(go[0]);
	if (pid < 0)
		close(go[1]);
	return pid;
}

/* Starts the mapping if `map` is true, and waits for the process. Returns true if all users are
 * mapped. */
static bool end_mapper(pid_t mapper, int go, bool map)
{
	bool told = map && write(go, "", 1) == 1;
	int status = 1;

	close(go);
	while (waitpid(mapper, &status, 0) < 0 && errno == EINTR)
		;
	return told && status == 0;
}

/* Enters a namespace as root: with all users mapped; or if that fails, with root alone; or, without
 * the capability to map root, with no user. */
static bool enter_as_root(void)
{
	gid_t gid = getegid();
	int go[2], why;
	pid_t mapper = start_mapper(go);
	bool entered;

	if (mapper < 0)
		return false;
	entered = unshare(CLONE_NEWUSER | KINDS) == 0;
	why = errno;
	if (!end_mapper(mapper, go[1], entered) && entered)
		map_self(0, gid);
	errno = why;
	return entered;
}

static bool enter_as_user(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	return unshare(CLONE_NEWUSER | KINDS) == 0 && map_self(uid, gid);
}

static bool has_rights(void)
{
	bool all = true;

	capng_get_caps_process();
	for (size_t i = 0; i < COUNT_OF(needed); i++)
		all = all && capng_have_capability(CAPNG_EFFECTIVE, needed[i].number);
	return all;
}

bool namespaces_enter(char **error)
{
	if (geteuid() == 0 && has_rights() && unshare(KINDS) == 0)
		return true;
	if (geteuid() == 0 ? enter_as_root() : enter_as_user())
		return true;
	*error = explain(errno);
	return false;
}
