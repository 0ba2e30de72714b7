/* SPDX-License-Identifier: MIT */
#include "link/interface_set.h"

#include "base/text.h"
#include "link/host_addresses.h"
#include "link/interface.h"

#include <errno.h>
#include <netlink/errno.h>
#include <netlink/route/addr.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* --- MTU and flags ---------------------------------------------------------------------------- */

static bool cannot(const char *name, const char *what, const char *why, bool no_right, char **error)
{
	*error = xasprintf(
		"cannot %s %s: %s", what, name,
		no_right ? "missing capability CAP_NET_ADMIN: run as root, or as a service" : why);
	return false;
}

static bool refused(const char *name, const char *what, char **error)
{
	return cannot(name, what, strerror(errno), errno == EPERM, error);
}

/* Performs one interface ioctl. On failure returns false and sets errno. */
static bool interface_ioctl(unsigned long what, struct ifreq *request)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = fd < 0 ? -1 : ioctl(fd, what, request);
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return result == 0;
}

static struct ifreq request_for(const char *name)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return request;
}

bool interface_set_mtu(const char *name, uint16_t mtu, char **error)
{
	struct ifreq request = request_for(name);

	if (interface_ioctl(SIOCGIFMTU, &request) && request.ifr_mtu == mtu)
		return true;
	request.ifr_mtu = mtu;
	return interface_ioctl(SIOCSIFMTU, &request) || refused(name, "set the MTU of", error);
}

bool interface_set_up(const char *name, char **error)
{
	struct ifreq request = request_for(name);

	if (!interface_ioctl(SIOCGIFFLAGS, &request))
		return refused(name, "bring up", error);
	if (request.ifr_flags & IFF_UP)
		return true;
	request.ifr_flags |= IFF_UP;
	return interface_ioctl(SIOCSIFFLAGS, &request) || refused(name, "bring up", error);
}

/* --- addresses -------------------------------------------------------------------------------- */

/* Adds or removes an address. Returns 0, or an error of libnl. */
static int order(struct nl_sock *s, int (*what)(struct nl_sock *, struct rtnl_addr *, int),
		 int flags, int index, const struct prefix *p)
{
	bool v4 = addr_is_v4(&p->addr);
	struct nl_addr *local = v4 ? nl_addr_build(AF_INET, p->addr.b + 12, 4)
				   : nl_addr_build(AF_INET6, p->addr.b, 16);
	struct rtnl_addr *address = rtnl_addr_alloc();
	int failed = -NLE_NOMEM;

	if (local && address) {
		nl_addr_set_prefixlen(local, (int)(v4 ? p->bits - 96 : p->bits));
		rtnl_addr_set_ifindex(address, index);
		rtnl_addr_set_local(address, local);
		failed = what(s, address, flags);
	}
	nl_addr_put(local);
	rtnl_addr_put(address);
	return failed;
}

static bool is_among(const struct prefix *list, unsigned count, const struct prefix *p)
{
	for (unsigned i = 0; i < count; i++)
		if (addr_equal(&list[i].addr, &p->addr) && list[i].bits == p->bits)
			return true;
	return false;
}

/* Returns the number of addresses, in *out, which the caller frees. */
static unsigned list_addresses(const char *name, struct prefix **out)
{
	struct ifaddrs *all = host_addresses_get();
	unsigned count = 0;

	*out = NULL;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		char of[IF_NAMESIZE];
		struct prefix p;

		interface_name_of(i, of);
		if (strcmp(of, name) != 0 || !interface_address_of(i, &p) ||
		    addr_is_link_local(&p.addr))
			continue;
		*out = xrealloc(*out, (count + 1) * sizeof(**out));
		(*out)[count++] = p;
	}
	host_addresses_put(all);
	return count;
}

static bool add_address(struct nl_sock *s, const char *name, int index, const struct prefix *p,
			char **error)
{
	int failed = order(s, rtnl_addr_add, NLM_F_REPLACE, index, p);
	char text[ADDR_TEXT_MAX], *what;

	if (!failed)
		return true;
	if (!addr_is_v4(&p->addr) && (failed == -NLE_NOACCESS || failed == -NLE_OPNOTSUPP)) {
		*error = xasprintf("%s: IPv6 is disabled: enable it with 'sysctl "
				   "net.ipv6.conf.default.disable_ipv6=0', or use IPv4 networks "
				   "only",
				   name);
		return false;
	}
	what = xasprintf("add the address %s to", addr_format(&p->addr, text));
	cannot(name, what, nl_geterror(failed), failed == -NLE_PERM, error);
	free(what);
	return false;
}

static bool take_off(struct nl_sock *s, const char *name, int index, const struct prefix *p,
		     char **error)
{
	int failed = order(s, rtnl_addr_delete, 0, index, p);

	/* Removing one IPv4 address may remove others of its network. */
	return !failed || failed == -NLE_NOADDR ||
	       cannot(name, "remove an address from", nl_geterror(failed), failed == -NLE_PERM,
		      error);
}

bool interface_set_addresses(const char *name, const struct prefix *own, unsigned count,
			     char **error)
{
	int index = (int)if_nametoindex(name);
	struct nl_sock *s = nl_socket_alloc();
	int failed = s ? nl_connect(s, NETLINK_ROUTE) : -NLE_NOMEM;
	bool good = !failed || cannot(name, "query", nl_geterror(failed), false, error);
	struct prefix *has;
	unsigned had = list_addresses(name, &has);

	for (unsigned i = 0; i < had && good; i++)
		if (!is_among(own, count, &has[i]))
			good = take_off(s, name, index, &has[i], error);
	for (unsigned i = 0; i < count && good; i++)
		if (!is_among(has, had, &own[i]))
			good = add_address(s, name, index, &own[i], error);
	free(has);
	nl_socket_free(s);
	return good;
}
