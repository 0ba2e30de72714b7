/* SPDX-License-Identifier: MIT */
#include "engine/amplification_need.h"

#include "base/container.h"
#include "base/text.h"
#include "behaviour/choose.h"
#include "engine/advance.h"
#include "engine/amplification.h"
#include "engine/receive.h"
#include "engine/responder.h"
#include "wire/packet_encode.h"

#include <stdlib.h>

#define BEGIN       (1000 * NS_PER_S)
#define WATCHED     (127 * NS_PER_S)
#define CLIENT_PORT 40000
#define SERVER_PORT 80

/* A responder, and a client that receives nothing. */
struct measuring {
	struct link link;
	struct responder *responder;
	uint64_t in, out; /* octets on the wire */
	uint32_t most;    /* maximum of out / in, rounded up */
};

static void count_out(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		      nstime when)
{
	struct measuring *m = container_of(l, struct measuring, link);
	uint64_t ratio;

	(void)to;
	(void)packet;
	(void)when;
	m->out += amplification_octets(len);
	ratio = (m->out + m->in - 1) / m->in;
	if (ratio > m->most)
		m->most = ratio < UINT32_MAX ? (uint32_t)ratio : UINT32_MAX;
}

static void no_flush(struct link *l)
{
	(void)l;
}

static const struct link_ops counting = {.kind = "counting", .send = count_out, .flush = no_flush};

/* SYNs of clients: with minimum options, with the options of many kernels, and with ECN. */
static const struct {
	uint8_t flags, opt_len;
	uint8_t opt[20];
} syns[] = {
	{TCP_SYN, 4, {2, 4, 5, 180}},
	{TCP_SYN, 20, {2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7}},
	{TCP_SYN | TCP_ECE | TCP_CWR, 20, {2, 4, 5, 180, 4, 2, 8, 10, 0, 0,
					   0, 1, 0, 0,   0, 0, 1, 3,  3, 7}},
};

static void address(const char *text, struct addr *out)
{
	if (!addr_parse(text, out))
		abort(); /* a constant of ours */
}

static void send_syn(struct measuring *m, unsigned which, bool v4, nstime when)
{
	struct segment syn = {.sport = CLIENT_PORT,
			      .dport = SERVER_PORT,
			      .seq = 1000,
			      .flags = syns[which].flags,
			      .window = 65535,
			      .ttl = 64,
			      .df = true,
			      .opt_len = syns[which].opt_len};
	uint8_t packet[256];
	struct frame f = {.packet = packet, .when = when};

	address(v4 ? "192.0.2.1" : "2001:db8::1", &syn.src);
	address(v4 ? "192.0.2.2" : "2001:db8::2", &syn.dst);
	for (unsigned i = 0; i < syn.opt_len; i++)
		syn.opt[i] = syns[which].opt[i];
	f.len = packet_encode(&syn, packet, sizeof(packet));
	responder_advance(m->responder, when);
	m->in += amplification_octets(f.len);
	responder_frame(m->responder, &m->link, &f);
}

static struct endpoint_index *endpoints_for(struct ruleset *rules, bool v4)
{
	struct endpoint e = {.name = (char *)"need",
			     .number = 1,
			     .port_from = SERVER_PORT,
			     .port_to = SERVER_PORT,
			     .rules = rules};
	struct allowed client = {0};

	if (!prefix_parse(v4 ? "192.0.2.2" : "2001:db8::2", &e.address) ||
	    !prefix_parse(v4 ? "0.0.0.0/0" : "::/0", &client.network))
		abort(); /* a constant of ours */
	return endpoint_index_build(&e, 1, &client, 1);
}

static uint32_t measure(struct measuring *m, const struct ruleset *rules, unsigned which, bool v4)
{
	const struct responder_limits limits = {.half_open_max = 16,
						.connections_max = 16,
						.time_wait_max = 16,
						.delayed_max = 100000};
	/* A copy of the rules that begins on our clock; its reference is never released. */
	struct ruleset ours = {.references = 1};
	struct responder_keys keys;

	/* Other workers may change the number of references meanwhile. */
	memcpy(&ours, rules, offsetof(struct ruleset, references));
	ours.number = NULL;
	ours.begun = 0;
	ours.endpoint = 1;
	ours.endpoint_name = (char *)"need";

	*m = (struct measuring){.link = {.ops = &counting, .fd = -1, .mtu = 1500}, .most = 1};
	responder_keys_of_seed(1, &keys);
	m->responder = responder_new(&limits, 1, &keys, BEGIN);
	responder_add_link(m->responder, &m->link);
	responder_use(m->responder, endpoints_for(&ours, v4));
	for (nstime after = 0; after < WATCHED; after = 2 * after + NS_PER_S)
		send_syn(m, which, v4, BEGIN + after);
	responder_advance(m->responder, BEGIN + WATCHED);
	responder_free(m->responder);
	return m->most;
}

static uint32_t more(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

uint32_t amplification_need(const struct ruleset *rules, bool v4)
{
	struct measuring *m = rules->choice ? NULL : xcalloc(1, sizeof(*m));
	uint32_t most = 1;

	for (unsigned i = 0; rules->choice && i < rules->choice->count; i++)
		most = more(most, amplification_need(rules->choice->alternative[i].rules, v4));
	for (unsigned i = 0; m && i < COUNT_OF(syns); i++)
		most = more(most, measure(m, rules, i, v4));
	free(m);
	return most;
}
