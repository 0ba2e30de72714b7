/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "base/container.h"
#include "base/text.h"
#include "complain.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

/* --- namespaces ------------------------------------------------------------------------------- */

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text);
}

static long read_setting(const char *path)
{
	FILE *f = fopen(path, "re");
	long value = -1;

	if (f && fscanf(f, "%ld", &value) != 1)
		value = -1;
	if (f)
		fclose(f);
	return value;
}

/* Why the kernel does not let this user have a user namespace. */
static char *explain(int why)
{
	if (read_setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1)
		return xstrdup("AppArmor lets no program here make a user namespace unless a "
			       "profile says so: put that of " SYNACKD_DATA "/apparmor in place "
			       "(its first lines say how), or run this with sudo");
	if (read_setting("/proc/sys/kernel/unprivileged_userns_clone") == 0)
		return xstrdup("user namespaces are turned off for users here: run `sudo sysctl -w "
			       "kernel.unprivileged_userns_clone=1`, or this with sudo");
	if (read_setting("/proc/sys/user/max_user_namespaces") == 0)
		return xstrdup("user namespaces are turned off here: run `sudo sysctl -w "
			       "user.max_user_namespaces=10000`, or this with sudo");
	if (why == EPERM)
		return xstrdup("something forbids user namespaces here, such as a container's "
			       "seccomp filter: start the container with `--security-opt "
			       "seccomp=unconfined`, or run this with sudo");
	return xasprintf("a namespace cannot be made: %s", strerror(why));
}

/* Inside, everybody is nobody but this user, who stays himself. */
static bool map_ids(uid_t uid, gid_t gid)
{
	char *users = xasprintf("%u %u 1\n", uid, uid), *groups = xasprintf("%u %u 1\n", gid, gid);
	bool mapped = write_file("/proc/self/setgroups", "deny") &&
		      write_file("/proc/self/uid_map", users) &&
		      write_file("/proc/self/gid_map", groups);

	free(users);
	free(groups);
	return mapped;
}

static bool make_namespaces(char **error)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int kinds = CLONE_NEWNET | CLONE_NEWNS | (uid ? CLONE_NEWUSER : 0);

	if (unshare(kinds) < 0 || (uid && !map_ids(uid, gid))) {
		*error = explain(errno);
		return false;
	}
	return true;
}

static bool own_hosts(const char *hosts, char **error)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount(hosts, "/etc/hosts", NULL, MS_BIND, NULL) == 0)
		return true;
	*error = xasprintf("/etc/hosts cannot be covered by one of its own: %s", strerror(errno));
	return false;
}

/* --- the network ------------------------------------------------------------------------------ */

static int bring_up(struct nl_sock *s, const char *name)
{
	struct rtnl_link *link = NULL, *change = rtnl_link_alloc();
	int failed = rtnl_link_get_kernel(s, 0, name, &link);

	if (!failed) {
		rtnl_link_set_flags(change, IFF_UP);
		failed = rtnl_link_change(s, link, change, 0);
	}
	rtnl_link_put(link);
	rtnl_link_put(change);
	return failed;
}

static int add_address(struct nl_sock *s, const char *interface, const char *text)
{
	struct rtnl_addr *address = rtnl_addr_alloc();
	struct nl_addr *local = NULL;
	int failed = nl_addr_parse(text, AF_UNSPEC, &local);

	if (!failed) {
		rtnl_addr_set_ifindex(address, (int)if_nametoindex(interface));
		rtnl_addr_set_local(address, local);
		/* Nobody else can have it, so it is usable at once. */
		rtnl_addr_set_flags(address, IFA_F_NODAD);
		failed = rtnl_addr_add(s, address, 0);
	}
	nl_addr_put(local);
	rtnl_addr_put(address);
	return failed;
}

/* What the client's kernel leaves to hardware would be seen before the hardware has done it: what
 * crosses this wire is to be what the kernel's TCP made, with sizes and checksums of its own. Where
 * the kernel does not let us, the trace says `offload`, and nobody is judged by that. */
static void do_without_offload(const char *interface)
{
	static const uint32_t kinds[] = {ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_STXCSUM};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (size_t i = 0; fd >= 0 && i < COUNT_OF(kinds); i++) {
		struct ethtool_value off = {.cmd = kinds[i]};
		struct ifreq r = {.ifr_data = (char *)&off};

		snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", interface);
		ioctl(fd, SIOCETHTOOL, &r);
	}
	if (fd >= 0)
		close(fd);
}

static int make_network(struct nl_sock *s)
{
	int failed = nl_connect(s, NETLINK_ROUTE);

	if (!failed)
		failed = rtnl_link_veth_add(s, SANDBOX_CLIENT, SANDBOX_SERVER, getpid());
	if (!failed)
		failed = bring_up(s, "lo");
	if (!failed)
		failed = add_address(s, SANDBOX_CLIENT, SANDBOX_CLIENT_V4 "/24");
	if (!failed)
		failed = add_address(s, SANDBOX_CLIENT, SANDBOX_CLIENT_V6 "/64");
	if (!failed)
		failed = bring_up(s, SANDBOX_CLIENT);
	do_without_offload(SANDBOX_CLIENT);
	return failed ? failed : bring_up(s, SANDBOX_SERVER);
}

bool sandbox_enter(const char *hosts, char **error)
{
	struct nl_sock *s;
	int failed;

	if (!make_namespaces(error) || !own_hosts(hosts, error))
		return false;
	s = nl_socket_alloc();
	failed = s ? make_network(s) : -NLE_NOMEM;
	nl_socket_free(s);
	if (failed)
		*error = xasprintf("the network of the sandbox cannot be made: %s%s",
				   nl_geterror(failed),
				   failed == -NLE_OPNOTSUPP ? " (is the kernel's `veth` module "
							      "missing?)"
							    : "");
	return !failed;
}

/* --- programs in it --------------------------------------------------------------------------- */

/* Rights that outlive exec, though we are not root: ambient ones. */
static bool keep_rights(void)
{
	static const unsigned rights[] = {CAP_NET_RAW, CAP_NET_ADMIN, CAP_NET_BIND_SERVICE};

	if (geteuid() == 0)
		return true;
	capng_get_caps_process();
	for (unsigned i = 0; i < 3; i++)
		capng_update(CAPNG_ADD, CAPNG_INHERITABLE, rights[i]);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return false;
	for (unsigned i = 0; i < 3; i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, rights[i], 0, 0) < 0)
			return false;
	return true;
}

/* With sudo, the user is who called it. */
static bool be_the_caller(void)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID"),
		   *name = getenv("SUDO_USER");

	if (geteuid() != 0 || !uid || !gid || !name)
		return true;
	return initgroups(name, (gid_t)strtoul(gid, NULL, 10)) == 0 &&
	       setgid((gid_t)strtoul(gid, NULL, 10)) == 0 &&
	       setuid((uid_t)strtoul(uid, NULL, 10)) == 0;
}

pid_t sandbox_start(char *const *argv, bool capable, int out, int err)
{
	pid_t parent = getpid(), pid = fork();
	int code;

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	/* Ctrl-C is for the command alone. */
	if (capable)
		setpgid(0, 0);
	else
		signal(SIGINT, SIG_DFL);
	if (out >= 0)
		dup2(out, STDOUT_FILENO);
	if (err >= 0)
		dup2(err, STDERR_FILENO);
	if (capable ? keep_rights() : be_the_caller())
		execvp(argv[0], argv);
	code = errno == ENOENT ? 127 : 126;
	if (err >= 0)
		fprintf(stderr, "synackctl: %s: cannot be run (%s)\n", argv[0], strerror(errno));
	else
		complain("%s: cannot be run (%s)", argv[0], strerror(errno));
	complain_end(code);
	_exit(code);
}
