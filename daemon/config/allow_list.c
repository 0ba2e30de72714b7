/* SPDX-License-Identifier: MIT */
#include "config/allow_list.h"

#include "base/container.h"
#include "base/text.h"

#include <stdlib.h>

static bool parse_network(const char *text, void *target, char **wrong)
{
	struct allowed *a = target;

	return prefix_parse(text, &a->network) ||
	       text_expected(wrong, text, "an address or a prefix, as in 192.0.2.0/24");
}

#define ALLOWED(member) .offset = offsetof(struct allowed, member)

const struct key client_keys[] = {
	{"network", KEY_CUSTOM, .parse = parse_network, .help = "An address, or a prefix."},
	{"amplification", KEY_NUMBER, ALLOWED(amplification), .size = 4, .max = "1000000",
	 .fallback = "3",
	 .help = "Octets on the wire for each that came from the client, until it has acknowledged "
		 "an unpredictable ISN of ours; 0 is no bound."},
	{"rate", KEY_SIZE, ALLOWED(rate), .max = "1G", .fallback = "10M",
	 .help = "Octets a second for each such client, beyond those that came from it; 0 is no "
		 "bound."},
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

static void read_client(struct config *c, config_setting_t *s, struct diag *diag)
{
	const struct schema_reader r = {.diag = diag};
	const char *text = config_setting_get_string(s);
	struct allowed a = {0};

	key_defaults(client_keys, client_keys_count, &a);
	if (config_setting_is_group(s)) {
		schema_read(&r, s, &(struct key_table){client_keys, client_keys_count, &a}, 1);
		if (!config_setting_get_member(s, "network"))
			schema_error(&r, s, "expected a key `network`");
	} else if (!text || !prefix_parse(text, &a.network)) {
		schema_error(&r, s, "expected an address or a prefix, as in \"192.0.2.0/24\"");
		return;
	}
	add_allowed(c, &a);
}

/* Without a list, loopback alone is answered. */
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

	if (!s)
		allow_loopback(c);
	else if (config_setting_is_list(s) || config_setting_is_array(s))
		for (int i = 0; i < config_setting_length(s); i++)
			read_client(c, config_setting_get_elem(s, (unsigned)i), diag);
	else
		read_client(c, s, diag);
}
