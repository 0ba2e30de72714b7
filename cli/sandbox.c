/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include "base/container.h"
#include "base/text.h"
#include "complain.h"
#include "namespaces.h"

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

/* --- files ------------------------------------------------------------------------------------ */

static bool cover_hosts(const char *hosts, char **error)
{
	char *why;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount(hosts, "/etc/hosts", NULL, MS_BIND, NULL) == 0)
		return true;
	why = namespaces_explain_mount(errno);
	*error = xasprintf("/etc/hosts: cannot mount a private copy: %s", why);
	free(why);
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
		/* No other host can have this address, so duplicate address detection is not
		 * needed. */
		rtnl_addr_set_flags(address, IFA_F_NODAD);
		failed = rtnl_addr_add(s, address, 0);
	}
	nl_addr_put(local);
	rtnl_addr_put(address);
	return failed;
}

/* Disables offload. Otherwise the segments would be captured before the hardware has split them and
 * has set their checksums, and the judge must see the segments of the kernel's TCP. If the kernel
 * refuses, the trace contains `offload`, and the judge does not judge these properties. */
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

/* Returns 0, or an error of libnl, with the name of the failed step in *step. */
static int make_network(struct nl_sock *s, const char **step)
{
	static const struct {
		const char *name, *address;
	} addresses[] = {{"the IPv4 address", SANDBOX_CLIENT_V4 "/24"},
			 {"the IPv6 address", SANDBOX_CLIENT_V6 "/64"}};
	int failed = nl_connect(s, NETLINK_ROUTE);

	*step = "netlink";
	if (!failed) {
		*step = "the veth pair";
		failed = rtnl_link_veth_add(s, SANDBOX_CLIENT, SANDBOX_SERVER, getpid());
	}
	for (size_t i = 0; !failed && i < COUNT_OF(addresses); i++) {
		*step = addresses[i].name;
		failed = add_address(s, SANDBOX_CLIENT, addresses[i].address);
	}
	if (!failed) {
		*step = "the interfaces";
		failed = bring_up(s, "lo");
	}
	if (!failed)
		failed = bring_up(s, SANDBOX_CLIENT);
	do_without_offload(SANDBOX_CLIENT);
	return failed ? failed : bring_up(s, SANDBOX_SERVER);
}

static const char *network_remedy(int failed, const char *step)
{
	if (strstr(step, "veth") && (failed == -NLE_OPNOTSUPP || failed == -NLE_FAILURE))
		return ": run 'modprobe veth' on the host";
	if (strstr(step, "IPv6"))
		return ": enable IPv6 (net.ipv6.conf.all.disable_ipv6=0, and no ipv6.disable=1 at "
		       "boot)";
	return "";
}

bool sandbox_enter(const char *hosts, char **error)
{
	const char *step = "memory";
	struct nl_sock *s;
	int failed;

	if (!namespaces_enter(error) || !cover_hosts(hosts, error))
		return false;
	s = nl_socket_alloc();
	failed = s ? make_network(s, &step) : -NLE_NOMEM;
	nl_socket_free(s);
	if (failed)
		*error = xasprintf("the sandbox: cannot set up %s (%s)%s", step,
				   nl_geterror(failed), network_remedy(failed, step));
	return !failed;
}

/* --- programs --------------------------------------------------------------------------------- */

/* Makes the capabilities ambient: a process that is not root then keeps them across execve(2). */
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

/* Under sudo, changes to the user that called sudo. */
static bool become_caller(void)
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
	/* The daemon ignores Ctrl-C; the command does not. */
	if (capable)
		setpgid(0, 0);
	else
		signal(SIGINT, SIG_DFL);
	if (out >= 0)
		dup2(out, STDOUT_FILENO);
	if (err >= 0)
		dup2(err, STDERR_FILENO);
	if (capable ? keep_rights() : become_caller())
		execvp(argv[0], argv);
	code = errno == ENOENT ? 127 : 126;
	/* The caller complains of the contents of `err`. */
	if (err >= 0)
		fprintf(stderr, "%s: cannot execute (%s)%s\n", argv[0], strerror(errno),
			capable ? ": install synackd" : "");
	else
		complain("%s: cannot execute (%s)", argv[0], strerror(errno));
	complain_end(code);
	_exit(code);
}
