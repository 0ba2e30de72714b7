/* SPDX-License-Identifier: MIT */
#include "link/interface.h"

#include "base/text.h"
#include "link/host_addresses.h"
#include "link/packet.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DISCARD_PORT 9 /* any port will do: nothing is sent */

static bool known_hardware(const char *name, unsigned short type, struct interface *out,
			   char **error)
{
	switch (type) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK: out->ethernet = true; return true;
	case ARPHRD_NONE: /* WireGuard, TUN */
	case ARPHRD_RAWIP: return true;
	default:
		*error = xasprintf("%s: neither Ethernet nor plain IP (hardware type %u): choose "
				   "another interface",
				   name, type);
		return false;
	}
}

static bool ask(int fd, const char *name, struct interface *out, char **error)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
		goto refused;
	out->index = request.ifr_ifindex;
	if (ioctl(fd, SIOCGIFMTU, &request) < 0)
		goto refused;
	out->mtu = (uint16_t)(request.ifr_mtu < UINT16_MAX ? request.ifr_mtu : UINT16_MAX);
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0)
		goto refused;
	out->loopback = request.ifr_flags & IFF_LOOPBACK;
	if (ioctl(fd, SIOCGIFHWADDR, &request) < 0)
		goto refused;
	memcpy(out->mac, request.ifr_hwaddr.sa_data, sizeof(out->mac));
	return known_hardware(name, request.ifr_hwaddr.sa_family, out, error);
refused:
	if (errno == ENODEV)
		*error = xasprintf("unknown interface '%s': 'ip link' lists the interfaces", name);
	else
		*error = xasprintf("cannot query interface %s: %s", name, strerror(errno));
	return false;
}

const char *interface_called(const char *name, char out[IF_NAMESIZE])
{
	unsigned index = strchr(name, ':') ? 0 : if_nametoindex(name);

	return index && if_indextoname(index, out) ? out : name;
}

bool interface_find(const char *name, struct interface *out, char **error)
{
	bool found;
	int fd;

	*out = (struct interface){0};
	/* The kernel would ignore the text after a colon, which is part of a label. */
	if (strlen(name) >= sizeof(out->name) || strchr(name, ':')) {
		*error = xasprintf("unknown interface '%s': 'ip link' lists the interfaces", name);
		return false;
	}
	memcpy(out->name, name, strlen(name));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		*error = xasprintf("cannot query interface %s: %s", name, strerror(errno));
		return false;
	}
	found = ask(fd, name, out, error);
	interface_called(name, out->name);
	close(fd);
	return found;
}

static bool owns_v4(const struct ifaddrs *i, const struct addr *a)
{
	const struct sockaddr_in *own = (const struct sockaddr_in *)(const void *)i->ifa_addr;
	const struct sockaddr_in *mask = (const struct sockaddr_in *)(const void *)i->ifa_netmask;
	uint32_t compare = UINT32_MAX;
	uint32_t v4;

	/* All of a network on a loopback interface is local: 127.0.0.1/8. */
	if (mask && i->ifa_flags & IFF_LOOPBACK)
		compare = mask->sin_addr.s_addr;
	memcpy(&v4, a->b + 12, sizeof(v4));
	return ((own->sin_addr.s_addr ^ v4) & compare) == 0;
}

static bool owns(const struct ifaddrs *i, const struct addr *a)
{
	const struct sockaddr_in6 *own;

	if (!i->ifa_addr)
		return false;
	if (addr_is_v4(a))
		return i->ifa_addr->sa_family == AF_INET && owns_v4(i, a);
	if (i->ifa_addr->sa_family != AF_INET6)
		return false;
	own = (const struct sockaddr_in6 *)(const void *)i->ifa_addr;
	return memcmp(&own->sin6_addr, a->b, sizeof(a->b)) == 0;
}

void interface_name_of(const struct ifaddrs *i, char *out)
{
	/* Interface names contain no colon; labels may. */
	snprintf(out, IF_NAMESIZE, "%.*s", (int)strcspn(i->ifa_name, ":"), i->ifa_name);
}

bool interface_of_address(const struct addr *a, char *out)
{
	struct ifaddrs *all = host_addresses_get();
	struct ifaddrs *i;
	bool found;

	for (i = all; i && !owns(i, a); i = i->ifa_next)
		;
	found = i != NULL;
	if (found)
		interface_name_of(i, out);
	host_addresses_put(all);
	return found;
}

socklen_t interface_sockaddr(const struct addr *a, uint16_t port, union sockaddr_ip *out)
{
	char owner[IF_NAMESIZE];

	memset(out, 0, sizeof(*out));
	if (addr_is_v4(a)) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(port);
		memcpy(&out->v4.sin_addr, a->b + 12, sizeof(out->v4.sin_addr));
		return sizeof(out->v4);
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(port);
	memcpy(&out->v6.sin6_addr, a->b, sizeof(out->v6.sin6_addr));
	if (IN6_IS_ADDR_LINKLOCAL(&out->v6.sin6_addr) && interface_of_address(a, owner))
		out->v6.sin6_scope_id = if_nametoindex(owner);
	return sizeof(out->v6);
}

/* Returns true if the kernel would use `to` as the source address of packets to it, which it
 * does for local addresses only. Unlike a test with bind(), this is correct with
 * ip_nonlocal_bind. */
static bool is_its_own_source(int fd, const union sockaddr_ip *to, socklen_t len)
{
	union sockaddr_ip from;
	socklen_t from_len = sizeof(from);

	/* connect() of a datagram socket sends no packet. */
	if (connect(fd, &to->any, len) < 0 || getsockname(fd, &from.any, &from_len) < 0)
		return false;
	if (to->any.sa_family == AF_INET)
		return from.v4.sin_addr.s_addr == to->v4.sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&from.v6.sin6_addr, &to->v6.sin6_addr);
}

bool interface_is_local(const struct addr *a)
{
	union sockaddr_ip address;
	socklen_t len = interface_sockaddr(a, DISCARD_PORT, &address);
	bool local;
	int fd;

	if (addr_is_unanswerable(a))
		return false;
	fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	local = is_its_own_source(fd, &address, len);
	close(fd);
	return local;
}

static bool address_of(const struct sockaddr *from, struct addr *out)
{
	const union sockaddr_ip *ip = (const union sockaddr_ip *)(const void *)from;

	if (!from)
		return false;
	switch (from->sa_family) {
	case AF_INET: addr_from_v4(out, (const uint8_t *)&ip->v4.sin_addr); return true;
	case AF_INET6: memcpy(out->b, &ip->v6.sin6_addr, sizeof(out->b)); return true;
	default: return false;
	}
}

bool interface_address_of(const struct ifaddrs *i, struct prefix *out)
{
	struct addr mask;

	if (!address_of(i->ifa_addr, &out->addr) || !address_of(i->ifa_netmask, &mask))
		return false;
	out->bits = addr_is_v4(&out->addr) ? 96 : 0;
	while (out->bits < 128 && mask.b[out->bits / 8] & (0x80 >> out->bits % 8))
		out->bits++;
	return true;
}

/* Sets *out to the network of an interface address, with host bits cleared. */
static bool network_of(const struct ifaddrs *i, struct prefix *out)
{
	if (!interface_address_of(i, out))
		return false;
	for (unsigned bit = out->bits; bit < 128; bit++)
		out->addr.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return true;
}

bool interface_owns_within(const struct prefix *p, bool (*counts)(const char *name, void *arg),
			   void *arg, struct addr *own, char *name)
{
	struct ifaddrs *all = host_addresses_get(), *i;
	char of[IF_NAMESIZE];
	struct prefix network;
	bool found = false;

	for (i = all; i && !found; i = i->ifa_next) {
		if (!address_of(i->ifa_addr, own))
			continue;
		interface_name_of(i, of);
		if (counts && !counts(of, arg))
			continue;
		found = prefix_contains(p, own);
		if (!found && i->ifa_flags & IFF_LOOPBACK && addr_is_v4(own))
			found = network_of(i, &network) && prefix_overlap(&network, p);
		if (found)
			memcpy(name, of, IF_NAMESIZE);
	}
	host_addresses_put(all);
	return found;
}

static bool has_ethernet(const char *name)
{
	struct interface found;
	char *error = NULL;
	bool known = interface_find(name, &found, &error);

	free(error);
	return known && found.ethernet && !found.loopback;
}

bool interface_beside(const struct prefix *p, bool (*may_use)(const char *name, void *arg),
		      void *arg, char *out)
{
	static const struct prefix link_local = {.addr = {{0xfe, 0x80}}, .bits = 10};
	struct ifaddrs *all = host_addresses_get(), *i;
	char name[IF_NAMESIZE];
	struct prefix network;
	int best = -1;

	for (i = all; i; i = i->ifa_next) {
		interface_name_of(i, name);
		if (!network_of(i, &network) || network.bits > p->bits || network.bits <= best ||
		    !prefix_contains(&network, &p->addr) || prefix_overlap(&network, &link_local) ||
		    !may_use(name, arg) || !has_ethernet(name))
			continue;
		best = network.bits;
		memcpy(out, name, IF_NAMESIZE);
	}
	host_addresses_put(all);
	return best >= 0;
}
