/* SPDX-License-Identifier: MIT */
/* interface: the interfaces and addresses of this host. */
#ifndef SYNACKD_LINK_INTERFACE_H
#define SYNACKD_LINK_INTERFACE_H

#include "wire/addr.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct interface {
	char name[IF_NAMESIZE];
	int index;
	uint16_t mtu;   /* at most 65,535 */
	uint8_t mac[6]; /* zero if it has no link address */
	bool loopback;
	bool ethernet; /* frames start with an Ethernet header; else with the IP header */
};

/* Looks up an interface by its name or an alternative name. On failure returns false and sets
 * *error to a message, which the caller frees. */
bool interface_find(const char *name, struct interface *out, char **error);

/* Returns the primary name of an interface, stored in `out`. `name` may be an alternative one
 * (`ip link property add altname`). Returns `name` itself if there is no such interface. */
const char *interface_called(const char *name, char out[IF_NAMESIZE]);

union sockaddr_ip {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Converts `a` and a port (in host byte order) to a socket address. A link-local IPv6 address
 * gets the scope of the interface that owns it. Returns the length in octets. */
socklen_t interface_sockaddr(const struct addr *a, uint16_t port, union sockaddr_ip *out);

/* Returns true if this host delivers packets to `a` locally; for IPv4 also by an AnyIP route. */
bool interface_is_local(const struct addr *a);

/* Finds the interface that owns `a` in this network namespace, and copies its name to `out`
 * (IF_NAMESIZE octets). All of 127.0.0.0/8 belongs to lo. Returns false if no interface owns it,
 * or on failure. */
bool interface_of_address(const struct addr *a, char *out);

struct ifaddrs;

/* Copies the name of the interface to `out` (IF_NAMESIZE octets). getifaddrs(3) may return a
 * label of the address instead, such as eth0:1. */
void interface_name_of(const struct ifaddrs *i, char *out);

/* Sets *out to the address and the prefix length of its network. Returns false if it is neither
 * IPv4 nor IPv6. */
bool interface_address_of(const struct ifaddrs *i, struct prefix *out);

/* Finds an address of this host within `p`. Sets *own to it, and copies the name of its
 * interface to `name` (IF_NAMESIZE octets). All of 127.0.0.0/8 belongs to lo. Ignores interfaces
 * for which `counts` returns false; NULL: considers all. Returns false if there is none. */
bool interface_owns_within(const struct prefix *p, bool (*counts)(const char *name, void *arg),
			   void *arg, struct addr *own, char *name);

/*
 * Finds the Ethernet interface with an address in the narrowest network that includes `p`, and
 * copies its name to `out` (IF_NAMESIZE octets). Considers only interfaces for which `may_use`
 * returns true. Ignores link-local networks, which every interface has. Returns false if there
 * is none.
 */
bool interface_beside(const struct prefix *p, bool (*may_use)(const char *name, void *arg),
		      void *arg, char *out);

#endif
