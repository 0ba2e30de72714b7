/* SPDX-License-Identifier: MIT */
#include "link/interface_set.h"

#include "base/text.h"
#include "link/interface.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* --- MTU and flags ---------------------------------------------------------------------------- */

static bool cannot(const char *name, const char *what, char **error)
{
	*error = xasprintf("cannot %s %s: %s%s", what, name, strerror(errno),
			   errno == EPERM ? ", which needs the capability CAP_NET_ADMIN: run as "
					    "root, or through the service"
					  : "");
	return false;
}

/* One question or order about an interface. False: errno says why. */
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
	return interface_ioctl(SIOCSIFMTU, &request) || cannot(name, "set the MTU of", error);
}

bool interface_set_up(const char *name, char **error)
{
	struct ifreq request = request_for(name);

	if (!interface_ioctl(SIOCGIFFLAGS, &request))
		return cannot(name, "bring up", error);
	if (request.ifr_flags & IFF_UP)
		return true;
	request.ifr_flags |= IFF_UP;
	return interface_ioctl(SIOCSIFFLAGS, &request) || cannot(name, "bring up", error);
}

/* --- addresses -------------------------------------------------------------------------------- */

struct address_message {
	struct nlmsghdr head;
	struct ifaddrmsg body;
	uint8_t attributes[2 * RTA_SPACE(16)];
};

static void add_attribute(struct address_message *m, unsigned short type, const uint8_t *bytes,
			  size_t len)
{
	struct rtattr *a = (void *)((uint8_t *)m + NLMSG_ALIGN(m->head.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), bytes, len);
	m->head.nlmsg_len = (uint32_t)(NLMSG_ALIGN(m->head.nlmsg_len) + RTA_SPACE(len));
}

/* Send the message, and take the kernel's answer. */
static bool transact(int fd, const struct address_message *m)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr body;
		uint8_t more[256]; /* the request again, and what the kernel says to it */
	} answer;
	ssize_t len;

	if (send(fd, m, m->head.nlmsg_len, 0) < 0)
		return false;
	len = recv(fd, &answer, sizeof(answer), 0);
	if (len < 0)
		return false;
	errno = EPROTO;
	if ((size_t)len < sizeof(answer.head) + sizeof(answer.body) ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return false;
	errno = -answer.body.error;
	return errno == 0;
}

/* Add an address or take it off: RTM_NEWADDR, RTM_DELADDR. False: errno says why. */
static bool order(unsigned short type, int index, const struct prefix *p)
{
	bool v4 = addr_is_v4(&p->addr);
	const uint8_t *bytes = v4 ? p->addr.b + 12 : p->addr.b;
	size_t size = v4 ? 4 : 16;
	struct address_message m = {
		.head.nlmsg_len = NLMSG_LENGTH(sizeof(m.body)),
		.head.nlmsg_type = type,
		.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		.body.ifa_family = v4 ? AF_INET : AF_INET6,
		.body.ifa_prefixlen = (uint8_t)(v4 ? p->bits - 96 : p->bits),
		.body.ifa_index = (unsigned)index,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	bool good = false;
	int error;

	if (type == RTM_NEWADDR)
		m.head.nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
	add_attribute(&m, IFA_LOCAL, bytes, size);
	add_attribute(&m, IFA_ADDRESS, bytes, size);
	if (fd >= 0)
		good = transact(fd, &m);
	error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return good;
}

static bool is_among(const struct prefix *list, unsigned count, const struct prefix *p)
{
	for (unsigned i = 0; i < count; i++)
		if (addr_equal(&list[i].addr, &p->addr) && list[i].bits == p->bits)
			return true;
	return false;
}

static bool is_link_local(const struct addr *a)
{
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* Those that it has; the caller's. */
static unsigned list_addresses(const char *name, struct prefix **out)
{
	struct ifaddrs *all;
	unsigned count = 0;

	*out = NULL;
	if (getifaddrs(&all) < 0)
		return 0;
	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		struct prefix p;

		if (strcmp(i->ifa_name, name) != 0 || !interface_address_of(i, &p) ||
		    is_link_local(&p.addr))
			continue;
		*out = xrealloc(*out, (count + 1) * sizeof(**out));
		(*out)[count++] = p;
	}
	freeifaddrs(all);
	return count;
}

static bool add_address(const char *name, int index, const struct prefix *p, char **error)
{
	char text[ADDR_TEXT_MAX], *what;

	if (order(RTM_NEWADDR, index, p))
		return true;
	if (!addr_is_v4(&p->addr) && (errno == EACCES || errno == EOPNOTSUPP)) {
		*error = xasprintf("IPv6 is disabled on %s: enable it (sysctl "
				   "net.ipv6.conf.default.disable_ipv6=0), or name IPv4 networks "
				   "only",
				   name);
		return false;
	}
	what = xasprintf("give the address %s to", addr_format(&p->addr, text));
	cannot(name, what, error);
	free(what);
	return false;
}

bool interface_set_addresses(const char *name, const struct prefix *own, unsigned count,
			     char **error)
{
	int index = (int)if_nametoindex(name);
	struct prefix *has;
	unsigned had = list_addresses(name, &has);
	bool good = true;

	for (unsigned i = 0; i < had && good; i++)
		if (!is_among(own, count, &has[i]) && !order(RTM_DELADDR, index, &has[i]))
			good = errno == EADDRNOTAVAIL || cannot(name, "take an address off", error);
	for (unsigned i = 0; i < count && good; i++)
		if (!is_among(has, had, &own[i]))
			good = add_address(name, index, &own[i], error);
	free(has);
	return good;
}
