/* SPDX-License-Identifier: MIT */
/* What the kernel says about this host's interfaces and addresses. */
#ifndef SYNACKD_LINK_INTERFACE_H
#define SYNACKD_LINK_INTERFACE_H

#include "wire/addr.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct interface {
	char name[IF_NAMESIZE];
	int index;
	uint16_t mtu;   /* 65,535 at most */
	uint8_t mac[6]; /* zero where it has none */
	bool loopback;
	bool ethernet; /* frames begin with an Ethernet header; otherwise with the IP header */
};

/* Look an interface up, by whichever of its names. False: *error (owned by the caller) is one
 * sentence. */
bool interface_find(const char *name, struct interface *out, char **error);

/* The one name of an interface, which may have others, too (`ip link property add altname`); in
 * `out`, or `name` itself where there is no such interface. */
const char *interface_called(const char *name, char out[IF_NAMESIZE]);

union sockaddr_ip {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* `a` and a port (host byte order) for the socket calls; a link-local IPv6 address gets the
 * interface that owns it for a scope. Returns the length. */
socklen_t interface_sockaddr(const struct addr *a, uint16_t port, union sockaddr_ip *out);

/* Whether packets to `a` are delivered on this host; for IPv4 also by an AnyIP route. */
bool interface_is_local(const struct addr *a);

/* The interface that owns `a` in this network namespace: its name is in `out` (IF_NAMESIZE octets).
 * All of 127.0.0.0/8 belongs to lo. Returns false if none owns it, or the kernel cannot be asked.
 */
bool interface_of_address(const struct addr *a, char *out);

struct ifaddrs;

/* Whose address that is (IF_NAMESIZE octets at `out`), also where getifaddrs(3) has a label of the
 * address instead: eth0:1 is eth0. */
void interface_name_of(const struct ifaddrs *i, char *out);

/* An address of an interface as getifaddrs(3) has it, and how long its network's prefix is; false
 * where it is neither IPv4's nor IPv6's. */
bool interface_address_of(const struct ifaddrs *i, struct prefix *out);

/* An address in this network that this host has, in *own, and its interface's name in
 * `name` (IF_NAMESIZE). All of 127.0.0.0/8 is lo's. Interfaces that `counts` says no to do not
 * count; NULL: all do. */
bool interface_owns_within(const struct prefix *p, bool (*counts)(const char *name, void *arg),
			   void *arg, struct addr *own, char *name);

/* The interface with Ethernet, among those that `may_use` says yes to, that has an address in a
 * network of which `p` is a part, the narrowest one if there are several: its name in `out`
 * (IF_NAMESIZE). Link-local networks are everywhere, and so do not count. */
bool interface_beside(const struct prefix *p, bool (*may_use)(const char *name, void *arg),
		      void *arg, char *out);

#endif
