/* SPDX-License-Identifier: MIT */
#include "config/allow_list.h"

#include "base/container.h"
#include "base/text.h"
#include "wire/prefix_table.h"

#include <stdlib.h>

static bool parse_network(const char *text, void *target, char **wrong)
{
	struct allowed *a = target;

	return prefix_read(text, "an address or a prefix, as in 192.0.2.0/24", &a->network, wrong);
}

#define ALLOWED(member) .offset = offsetof(struct allowed, member)

const struct key client_keys[] = {
	{"network", KEY_CUSTOM, .parse = parse_network, .help = "An address, or a prefix."},
	{"amplification", KEY_NUMBER, ALLOWED(amplification), .size = 4, .max = "1000000",
	 .fallback = "3",
	 .help = "Octets of frames sent to the client per octet received from it, until the client "
		 "has acknowledged an unpredictable ISN of the responder; 0 is no bound."},
	{"rate", KEY_SIZE, ALLOWED(rate), .max = "1G", .fallback = "10M",
	 .help = "Octets per second sent to each such client, beyond the octets received from it; "
		 "0 is no bound."},
};

const size_t client_keys_count = COUNT_OF(client_keys);

static void add_allowed(struct config *c, const struct allowed *allowed)
{
	c->client = xrealloc(c->client, (c->clients + 1) * sizeof(*c->client));
	c->client[c->clients++] = *allowed;
}

void config_allow_tun(struct config *c, const struct prefix *network)
{
	struct allowed a = {.network = *network, .tun = true};

	key_defaults(client_keys, client_keys_count, &a);
	add_allowed(c, &a);
}

bool config_answers(const struct config *c, const struct prefix *clients)
{
	for (unsigned i = 0; i < c->clients; i++)
		if (prefix_contains(&c->client[i].network, &clients->addr) ||
		    prefix_contains(clients, &c->client[i].network.addr))
			return true;
	return false;
}

static bool same_bounds(const struct allowed *a, const struct allowed *b)
{
	return a->amplification == b->amplification && a->rate == b->rate;
}

/* State while the clients of one file are read. */
struct reading {
	struct config *config;
	struct schema_reader reader;
	struct prefix_table earlier; /* the entries of earlier files */
};

static void remember_entries(struct reading *p)
{
	const struct config *c = p->config;
	struct prefix *network = xcalloc(c->clients + 1, sizeof(*network));

	for (unsigned i = 0; i < c->clients; i++)
		network[i] = c->client[i].network;
	prefix_table_fill(&p->earlier, network, c->clients);
	free(network);
}

/* Returns the entry of an earlier file for exactly this network, or NULL if there is none. */
static const struct allowed *find_network(const struct reading *p, const struct prefix *network)
{
	uint32_t i = prefix_table_find(&p->earlier, &network->addr);

	while (i != PREFIX_NONE && p->config->client[i].network.bits > network->bits)
		i = prefix_table_wider(&p->earlier, i);
	return i != PREFIX_NONE && p->config->client[i].network.bits == network->bits
		       ? &p->config->client[i]
		       : NULL;
}

static bool read_client(void *arg, config_setting_t *s)
{
	const struct reading *p = arg;
	const char *text = config_setting_get_string(s);
	const struct allowed *earlier;
	struct allowed a = {0};
	char *wrong = NULL;

	key_defaults(client_keys, client_keys_count, &a);
	if (config_setting_is_group(s)) {
		schema_read(&p->reader, s, &(struct key_table){client_keys, client_keys_count, &a},
			    1);
		if (!config_setting_get_member(s, "network"))
			schema_error(&p->reader, s, "missing key 'network'");
	} else if (!text) {
		schema_error(&p->reader, s,
			     "expected an address or a prefix, as in \"192.0.2.0/24\"");
		return false;
	} else if (!parse_network(text, &a, &wrong)) {
		schema_error(&p->reader, s, "%s", wrong);
		free(wrong);
		return false;
	}
	earlier = find_network(p, &a.network);
	if (earlier && !same_bounds(earlier, &a))
		schema_warn(&p->reader, s,
			    "duplicate network: the bounds in an earlier file take effect (or the "
			    "default bounds of loopback, if the main file has no 'clients')");
	add_allowed(p->config, &a);
	return true;
}

/* Without the key, only loopback is answered. */
static void allow_loopback(struct config *c)
{
	static const char *const loopback[] = {"127.0.0.0/8", "::1"};
	struct allowed a = {0};

	for (unsigned i = 0; i < COUNT_OF(loopback); i++) {
		prefix_parse(loopback[i], &a.network);
		add_allowed(c, &a);
	}
}

void config_read_clients(struct config *c, config_setting_t *root, struct diag *diag)
{
	config_setting_t *s = config_setting_get_member(root, "clients");
	struct reading p = {.config = c, .reader = {.diag = diag, .groups = c->catalogue.groups}};

	if (s)
		schema_each_value(s, read_client, &p);
	else
		allow_loopback(c);
}

void config_add_clients(struct config *c, config_setting_t *root, struct diag *diag)
{
	config_setting_t *s = config_setting_get_member(root, "clients");
	struct reading p = {.config = c, .reader = {.diag = diag, .groups = c->catalogue.groups}};

	if (!s)
		return;
	remember_entries(&p);
	schema_each_value(s, read_client, &p);
	prefix_table_free(&p.earlier);
}
