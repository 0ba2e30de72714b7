/* SPDX-License-Identifier: MIT */
#include "runtime/tun_devices.h"

#include "link/interface.h"

#include <stdlib.h>
#include <string.h>

static const struct tun_config *tun_named(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->tuns; i++)
		if (strcmp(c->tun[i].name, name) == 0)
			return &c->tun[i];
	return NULL;
}

/* The configs whose tuns may have any address, as they belong to the daemon. */
struct ours {
	const struct config *now, *next;
};

static bool is_not_ours(const char *name, void *arg)
{
	const struct ours *ours = arg;

	return !tun_named(ours->now, name) && !tun_named(ours->next, name);
}

/* Returns true if no other interface owns an address in the networks of the tun. The kernel would
 * not route such an address to the tun, and its owner would lose traffic. */
static bool is_free(const struct daemon *d, const struct config *c, const struct tun_config *t,
		    char **error)
{
	struct ours ours = {d->config, c};
	char name[IF_NAMESIZE], network[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX];
	struct addr own;

	for (unsigned i = 0; i < t->networks; i++) {
		if (!interface_owns_within(&t->network[i], is_not_ours, &ours, &own, name))
			continue;
		*error = xasprintf("%s: the network %s contains %s, an address of this host (%s): "
				   "choose another network",
				   t->name, prefix_format(&t->network[i], network),
				   addr_format(&own, text), name);
		return false;
	}
	return true;
}

bool tun_devices_open(struct daemon *d, const struct config *c, char **error)
{
	for (unsigned i = 0; i < c->tuns; i++)
		if (!is_free(d, c, &c->tun[i], error))
			return false;
	for (unsigned i = 0; i < c->tuns; i++) {
		const struct tun_config *t = &c->tun[i];
		const struct tun_setup setup = {.name = t->name,
						.network = t->network,
						.networks = t->networks,
						.mtu = t->mtu};

		if (!workers_set_tun(d->workers, &setup, error))
			return false;
	}
	return true;
}

static enum tun_fate fate_of(const char *name, void *arg)
{
	const struct tun_config *t = tun_named(arg, name);

	if (!t)
		return TUN_SHUT;
	return t->persistent ? TUN_PERSISTENT : TUN_TEMPORARY;
}

void tun_devices_settle(struct daemon *d)
{
	workers_settle_tuns(d->workers, fate_of, d->config);
}

void tun_devices_restore(struct daemon *d)
{
	char *error = NULL;

	tun_devices_settle(d);
	if (!tun_devices_open(d, d->config, &error))
		log_warn("%s", error);
	free(error);
}

void tun_devices_leave_to_kernel(struct endpoint_index *e, const struct config *c)
{
	struct addr *own = NULL;
	unsigned owns = 0;

	for (unsigned i = 0; i < c->tuns; i++) {
		const struct tun_config *t = &c->tun[i];

		own = xrealloc(own, (owns + t->networks) * sizeof(*own));
		for (unsigned k = 0; k < t->networks; k++)
			own[owns++] = prefix_last_host(&t->network[k]);
	}
	endpoint_index_leave(e, own, owns);
	free(own);
}
