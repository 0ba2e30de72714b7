/* SPDX-License-Identifier: MIT */
#include "config/tuns.h"

#include "base/container.h"
#include "base/text.h"
#include "config/allow_list.h"
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#define INTERFACE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

#define NETWORK                                                                               \
	"a network of unicast addresses with a prefix of at most 30 bits (IPv6: 126), as in " \
	"\"10.123.0.0/16\""
#define TUN(member) .offset = offsetof(struct tun_config, member)

const struct key tun_keys[] = {
	{"name", KEY_TEXT, TUN(name), .min = "1", .max = "15", .help = "Name of the device."},
	{"networks", KEY_OTHER, .help = "Networks that the kernel routes to the device."},
	{"persistent", KEY_BOOL, TUN(persistent), .fallback = "false",
	 .help = "true: the device remains when the daemon exits."},
	{"mtu", KEY_NUMBER, TUN(mtu), .size = 2, .min = "1280", .fallback = "1500",
	 .help = "Size of the largest packet, in octets."},
};

const size_t tun_keys_count = COUNT_OF(tun_keys);

/* State while `tuns` is read. */
struct reading {
	struct config *config;
	struct schema_reader reader;
};

/* Returns true if the network has addresses for the daemon and for the kernel, and is not one to
 * which the daemon never sends an answer. */
static bool is_fit(const struct prefix *p)
{
	return p->bits <= 126 && !addr_is_unanswerable(&p->addr) && !addr_is_loopback(&p->addr) &&
	       !addr_is_link_local(&p->addr);
}

/* Returns the TUN device read before whose network overlaps `p`; NULL if there is none. */
static const struct tun_config *tun_overlapping(const struct config *c, const struct prefix *p)
{
	for (unsigned i = 0; i < c->tuns; i++)
		for (unsigned k = 0; k < c->tun[i].networks; k++)
			if (prefix_overlap(&c->tun[i].network[k], p))
				return &c->tun[i];
	return NULL;
}

static void add_prefix(struct prefix **list, unsigned *count, const struct prefix *p)
{
	*list = xrealloc(*list, (*count + 1) * sizeof(**list));
	(*list)[(*count)++] = *p;
}

static void read_network(const struct reading *r, config_setting_t *s, struct tun_config *t)
{
	const char *text = config_setting_get_string(s);
	const struct tun_config *other;
	struct prefix p;
	char *wrong = NULL;

	if (!text || !prefix_read(text, NETWORK, &p, &wrong) || !is_fit(&p)) {
		schema_error(&r->reader, s, "%s", wrong ? wrong : "expected " NETWORK);
		free(wrong);
		return;
	}
	other = tun_overlapping(r->config, &p);
	if (other) {
		schema_error(&r->reader, s, "network in use: it overlaps a network of '%s'",
			     other->name ? other->name : "");
		return;
	}
	add_prefix(&t->network, &t->networks, &p);
	config_allow_tun(r->config, &p);
}

static void read_networks(const struct reading *r, config_setting_t *s, struct tun_config *t)
{
	config_setting_t *list = config_setting_get_member(s, "networks");

	if (!list || (config_setting_is_aggregate(list) && !config_setting_length(list))) {
		schema_error(&r->reader, list ? list : s,
			     list ? "expected at least one network" : "missing key 'networks'");
		return;
	}
	if (!config_setting_is_aggregate(list)) {
		read_network(r, list, t);
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		read_network(r, config_setting_get_elem(list, (unsigned)i), t);
}

static void check_name(const struct reading *r, config_setting_t *s, const struct tun_config *t)
{
	config_setting_t *at = config_setting_get_member(s, "name");

	if (!at) {
		schema_error(&r->reader, s, "missing key 'name'");
		return;
	}
	if (!t->name)
		return; /* was reported */
	if (t->name[strspn(t->name, INTERFACE_CHARACTERS)] || t->name[0] == '.')
		schema_error(&r->reader, at,
			     "expected the name of an interface, such as \"synack0\", got '%s'",
			     t->name);
	for (const struct tun_config *other = r->config->tun; other < t; other++)
		if (other->name && strcmp(other->name, t->name) == 0)
			schema_error(&r->reader, at, "duplicate name '%s'", t->name);
}

static void read_tun(void *arg, config_setting_t *s)
{
	const struct reading *r = arg;
	struct config *c = r->config;
	struct tun_config *t;

	c->tun = xrealloc(c->tun, (c->tuns + 1) * sizeof(*c->tun));
	t = &c->tun[c->tuns++];
	*t = (struct tun_config){0};
	key_defaults(tun_keys, tun_keys_count, t);
	schema_read(&r->reader, s, &(struct key_table){tun_keys, tun_keys_count, t}, 1);
	if (!config_setting_is_group(s))
		return;
	check_name(r, s, t);
	read_networks(r, s, t);
}

void config_read_tuns(struct config *c, config_setting_t *root, struct diag *diag)
{
	struct reading r = {.config = c, .reader = {.diag = diag, .groups = c->catalogue.groups}};

	schema_each_entry(root, "tuns", diag, read_tun, &r);
}

const struct tun_config *config_tun_of(const struct config *c, const struct prefix *p)
{
	for (unsigned i = 0; i < c->tuns; i++)
		for (unsigned k = 0; k < c->tun[i].networks; k++)
			if (c->tun[i].network[k].bits <= p->bits &&
			    prefix_contains(&c->tun[i].network[k], &p->addr))
				return &c->tun[i];
	return NULL;
}
