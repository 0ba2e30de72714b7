/* SPDX-License-Identifier: MIT */
/* The cost of a SYN beside many endpoints and clients, and the results beside a linear search. */
#include "addresses.h"
#include "alone.h"
#include "unit.h"
#include "work.h"

#include "base/container.h"
#include "base/text.h"
#include "engine/receive.h"
#include "wire/packet_encode.h"

#include <stdlib.h>

#define SYNS  500
#define BEGIN (1000 * NS_PER_S)

/* --- the cost of a SYN ------------------------------------------------------------------------ */

static const struct link_ops ops;
static struct ruleset *rules;
static unsigned sent;

static void count_sent(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		       nstime when)
{
	(void)l;
	(void)to;
	(void)packet;
	(void)len;
	(void)when;
	sent++;
}

static const struct link_ops ops = {.kind = "test", .send = count_sent, .flush = flush_nothing};
static struct link the_link = {.ops = &ops, .fd = -1, .mtu = 1500, .live = true};

/* Endpoints, clients, and the SYNs to send. */
struct shape {
	const char *name;
	bool v4;
	void (*endpoint)(struct endpoint *e, unsigned i); /* NULL: one endpoint */
	void (*client)(struct prefix *p, unsigned i);     /* NULL: one entry */
	unsigned most;
	double factor; /* most work beside `most` entries, relative to that beside one */
};

static void at_address(struct endpoint *e, unsigned i)
{
	e->address.addr.b[14] ^= (uint8_t)(i >> 8);
	e->address.addr.b[15] ^= (uint8_t)i;
}

static void at_port(struct endpoint *e, unsigned i)
{
	e->port_from = e->port_to = (uint16_t)(80 + i);
}

/* Beside its own network, each shorter prefix that has no client, with a port of its own. */
static void at_length(struct endpoint *e, unsigned i)
{
	unsigned least = addr_is_v4(&e->address.addr) ? 112 : 48;

	if (!i)
		return;
	e->address.bits = (uint8_t)(least + (i - 1) % (ADDR_BITS - least));
	e->port_from = e->port_to = 9;
	prefix_clear_host_bits(&e->address);
}

static void of_addresses(struct prefix *p, unsigned i)
{
	p->addr.b[14] = (uint8_t)(i >> 8);
	p->addr.b[15] = (uint8_t)i;
	p->bits = ADDR_BITS;
}

static void of_lengths(struct prefix *p, unsigned i)
{
	unsigned least = addr_is_v4(&p->addr) ? 96 : 0;

	p->addr.b[15] = (uint8_t)(i & 1);
	p->bits = (uint8_t)(ADDR_BITS - i % (ADDR_BITS - least + 1));
	prefix_clear_host_bits(p);
}

static const char *server(const struct shape *s)
{
	return s->v4 ? "10.66.0.0" : "2001:db8:66::";
}

/* The clients are 10.77.0.0 and the next addresses; `from` is one of them. */
static struct endpoint_index *index_of(const struct shape *s, unsigned count)
{
	struct endpoint *e = xcalloc(count, sizeof(*e));
	struct allowed *client = xcalloc(count, sizeof(*client));
	unsigned endpoints = s->endpoint ? count : 1, clients = s->client ? count : 1;
	struct endpoint_index *all;

	for (unsigned i = 0; i < endpoints; i++) {
		e[i] = (struct endpoint){.name = (char *)"e",
					 .number = 1,
					 .address = prefix_of(server(s)),
					 .port_from = 80,
					 .port_to = 80,
					 .rules = rules};
		if (s->endpoint)
			s->endpoint(&e[i], i);
	}
	for (unsigned i = 0; i < clients; i++) {
		client[i].network = prefix_of(s->v4 ? "10.77.0.0/16" : "2001:db8:77::/48");
		if (s->client)
			s->client(&client[i].network, i);
	}
	all = endpoint_index_build(e, endpoints, client, clients);
	free(e);
	free(client);
	return all;
}

static void send_syn(struct responder *r, const struct shape *s, unsigned i)
{
	struct segment syn = {.src = addr_of(s->v4 ? "10.77.0.0" : "2001:db8:77::"),
			      .dst = addr_of(server(s)),
			      .sport = (uint16_t)(1024 + i),
			      .dport = 80,
			      .seq = i * 70000,
			      .flags = TCP_SYN,
			      .window = 65535,
			      .ttl = 64};
	uint8_t packet[100];
	struct frame f = {.packet = packet, .when = BEGIN + i};

	f.len = packet_encode(&syn, packet, sizeof(packet));
	responder_frame(r, &the_link, &f);
}

/* Returns the basic blocks of SYNS SYNs, each of which is answered. */
static uint64_t work_beside(const struct shape *s, unsigned count)
{
	static const struct responder_limits limits = {.half_open_max = 100000,
						       .connections_max = 1000,
						       .time_wait_max = 1000,
						       .delayed_max = 1000};
	struct responder_keys keys;
	struct responder *r;
	uint64_t work;

	responder_keys_of_seed(1, &keys);
	r = responder_new(&limits, 1, &keys, BEGIN);
	responder_add_link(r, &the_link);
	responder_use(r, index_of(s, count));
	sent = 0;
	work_done = 0;
	for (unsigned i = 0; i < SYNS; i++)
		send_syn(r, s, i);
	work = work_done;
	ck_assert_uint_eq(sent, SYNS);
	responder_free(r);
	return work;
}

/* Networks of different lengths differ in up to 16 octets instead of one or two. */
START_TEST(a_syn_costs_as_much_as_beside_one_entry)
{
	static const struct shape shapes[] = {
		{"addresses of a /16", true, at_address, NULL, 10000, 1.1},
		{"IPv6 addresses", false, at_address, NULL, 10000, 1.1},
		{"ports of an address", true, at_port, NULL, 10000, 1.1},
		{"prefix lengths", true, at_length, NULL, 17, 1.15},
		{"IPv6 prefix lengths", false, at_length, NULL, 81, 1.15},
		{"clients of a /16", true, NULL, of_addresses, 10000, 1.1},
		{"IPv6 clients", false, NULL, of_addresses, 10000, 1.1},
		{"prefix lengths of clients", true, NULL, of_lengths, 66, 1.15},
		{"IPv6 prefix lengths of clients", false, NULL, of_lengths, 258, 1.15},
		{"endpoints and clients", true, at_address, of_addresses, 10000, 1.1},
	};
	struct config *config = shipped_config();

	rules = shipped_rules(config, "accept", "echo", NULL);
	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		uint64_t one = work_beside(&shapes[i], 1);
		uint64_t many = work_beside(&shapes[i], shapes[i].most);

		ck_assert_uint_gt(one, SYNS * 50);
		ck_assert_msg((double)many < shapes[i].factor * (double)one,
			      "%s: %llu basic blocks beside 1, %llu beside %u", shapes[i].name,
			      (unsigned long long)one / SYNS, (unsigned long long)many / SYNS,
			      shapes[i].most);
	}
	ruleset_put(rules);
	config_free(config);
}
END_TEST

/* --- against a linear search ------------------------------------------------------------------ */

/* Few octets are not 0, so that networks contain each other. */
static struct prefix random_prefix(struct rng *rng)
{
	bool v4 = rng_below(rng, 2);
	struct prefix p = {.addr = addr_of(v4 ? "10.0.0.0" : "2001:db8::")};

	for (unsigned i = 13; i < 16; i++)
		p.addr.b[i] = (uint8_t)(rng_below(rng, 3) * 0x55);
	p.bits = (uint8_t)(rng_below(rng, 2) ? ADDR_BITS : 96 + rng_below(rng, 33));
	prefix_clear_host_bits(&p);
	return p;
}

static struct endpoint random_endpoint(struct rng *rng)
{
	unsigned from = (unsigned)rng_below(rng, 1000);
	static const unsigned widths[] = {0, 1, 10, 300, 2000};

	return (struct endpoint){
		.name = (char *)"e",
		.address = random_prefix(rng),
		.port_from = (uint16_t)from,
		.port_to = (uint16_t)(from + widths[rng_below(rng, COUNT_OF(widths))]),
		.rules = rules,
		.problem = rng_below(rng, 8) ? NULL : (char *)"in use",
	};
}

static bool is_kernels(const struct addr *kernel, unsigned kernels, const struct addr *a)
{
	bool found = false;

	for (unsigned i = 0; i < kernels; i++)
		found |= addr_equal(&kernel[i], a);
	return found;
}

static int width(const struct endpoint *e)
{
	return e->port_to - e->port_from;
}

/* Returns the index of the endpoint, or -1. `any_port`: of the most specific network instead. */
static int find_slowly(const struct endpoint *e, unsigned count, const struct addr *a,
		       unsigned port, bool any_port)
{
	int best = -1;

	for (unsigned i = 0; i < count; i++)
		if (!e[i].problem && prefix_contains(&e[i].address, a) &&
		    (any_port || (e[i].port_from <= port && port <= e[i].port_to)) &&
		    (best < 0 || e[i].address.bits > e[best].address.bits ||
		     (!any_port && e[i].address.bits == e[best].address.bits &&
		      width(&e[i]) < width(&e[best]))))
			best = (int)i;
	return best;
}

static void compare_searches(const struct endpoint_index *index, const struct endpoint *e,
			     unsigned count, const struct addr *kernel, unsigned kernels,
			     struct rng *rng)
{
	for (unsigned i = 0; i < 100; i++) {
		const struct addr a = random_prefix(rng).addr;
		uint16_t port = (uint16_t)rng_below(rng, 1500);
		bool out = is_kernels(kernel, kernels, &a);
		int found = out ? -1 : find_slowly(e, count, &a, port, false);
		int any = out ? -1 : find_slowly(e, count, &a, 0, true);
		const struct endpoint *got = endpoint_index_find(index, &a, port);

		ck_assert_int_eq(got ? (int)(got - index->endpoint) : -1, found);
		ck_assert(endpoint_index_have(index, &a) == (any >= 0));
		ck_assert(endpoint_index_own(index, &a) == (any >= 0 && !e[any].owned));
		ck_assert(endpoint_index_send_from(index, &a, port) ==
			  (any >= 0 &&
			   (!e[any].owned ||
			    (found >= 0 && e[found].address.bits == e[any].address.bits))));
	}
}

/* All endpoints of a network are owned, or none is. */
static void choose_owned(struct endpoint *e, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		e[i].owned = e[i].address.addr.b[15] == 0x55 && e[i].address.bits == ADDR_BITS;
}

START_TEST(the_results_are_those_of_a_linear_search)
{
	static struct endpoint e[200];
	struct addr kernel[3];
	struct rng rng;

	rng_seed(&rng, 7);
	rules = xcalloc(1, sizeof(*rules));
	ruleset_get(rules);
	for (unsigned round = 0; round < 300; round++) {
		unsigned count = (unsigned)rng_below(&rng, round % 3 ? 8 : COUNT_OF(e));
		unsigned kernels = (unsigned)rng_below(&rng, COUNT_OF(kernel));
		struct endpoint_index *index;

		for (unsigned i = 0; i < count; i++)
			e[i] = random_endpoint(&rng);
		choose_owned(e, count);
		for (unsigned i = 0; i < kernels; i++)
			kernel[i] = random_prefix(&rng).addr;
		index = endpoint_index_build(e, count, NULL, 0);
		endpoint_index_leave(index, kernel, kernels);
		compare_searches(index, e, count, kernel, kernels, &rng);
		endpoint_index_put(index);
	}
	ruleset_put(rules);
}
END_TEST

UNIT_MAIN("many_entries", a_syn_costs_as_much_as_beside_one_entry,
	  the_results_are_those_of_a_linear_search)
