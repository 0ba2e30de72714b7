/* SPDX-License-Identifier: MIT */
/* The servers that endpoints relay to: their addresses, and that none is one of ours. */
#include "config/config.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* False: it is neither IPv4 nor IPv6. */
static bool address_of(const struct addrinfo *info, struct addr *out)
{
	if (info->ai_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)info->ai_addr;

		addr_from_v4(out, (const uint8_t *)&v4->sin_addr);
		return true;
	}
	if (info->ai_family != AF_INET6)
		return false;
	memcpy(out->b, &((const struct sockaddr_in6 *)(const void *)info->ai_addr)->sin6_addr,
	       sizeof(out->b));
	return true;
}

/* What getaddrinfo() thinks best comes first. Returns NULL, or why there is no address. */
static const char *resolve(struct relay_target *t)
{
	static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	int result = getaddrinfo(t->host, NULL, &hints, &found);

	if (result != 0)
		return gai_strerror(result);
	for (const struct addrinfo *i = found; i && t->addresses < RELAY_ADDRESSES_MAX;
	     i = i->ai_next)
		t->addresses += address_of(i, &t->address[t->addresses]);
	freeaddrinfo(found);
	return t->addresses ? NULL : "it has no address";
}

/* Those of one catalogue have it in common. */
static void find_server(const struct endpoint_config *e, struct diag *diag)
{
	struct relay_target *t = e->service.target;
	const char *why = t && !t->addresses ? resolve(t) : NULL;

	if (why)
		diag_error(diag, e->file, e->service_line, "service",
			   "expected a server that has an address, but of `%s` it is said: %s",
			   t->host, why);
}

/* Two relays that lead to each other would connect without end. */
static void check_circle(const struct endpoint_config *const *list, unsigned count,
			 const struct endpoint_config *e, struct diag *diag)
{
	const struct relay_target *t = e->service.target;

	for (unsigned i = 0; t && i < t->addresses; i++) {
		int at = endpoint_config_at(list, count, &t->address[i], t->port);

		if (at >= 0 && list[at]->service.target) {
			diag_error(diag, e->file, e->service_line, "service",
				   "expected another server: %s port %u is the endpoint `%s`, "
				   "which is a relay itself",
				   t->host, t->port, list[at]->name);
			return;
		}
	}
}

bool endpoint_configs_resolve(const struct endpoint_config *const *list, unsigned count,
			      struct diag *diag)
{
	const struct relay_target *last = NULL;
	unsigned errors = diag->errors;

	for (unsigned i = 0; i < count; i++) {
		if (list[i]->service.target != last)
			find_server(list[i], diag);
		last = list[i]->service.target;
	}
	last = NULL;
	for (unsigned i = 0; i < count; i++) {
		if (list[i]->service.target != last)
			check_circle(list, count, list[i], diag);
		last = list[i]->service.target;
	}
	return diag->errors == errors;
}

bool config_resolve(const struct config *c, struct diag *diag)
{
	const struct endpoint_config **list = xcalloc(c->endpoints + 1, sizeof(*list));
	bool good;

	for (unsigned i = 0; i < c->endpoints; i++)
		list[i] = &c->endpoint[i];
	good = endpoint_configs_resolve(list, c->endpoints, diag);
	free(list);
	return good;
}
