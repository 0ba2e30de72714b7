/* SPDX-License-Identifier: MIT */
/* Two responders that answer each other, on a fake clock. After one forged SYN they must fall
 * silent with any two behaviours, or stay within the stated rate if their services write without
 * end. */
#include "addresses.h"
#include "alone.h"
#include "unit.h"

#include "engine/advance.h"
#include "engine/receive.h"
#include "wire/packet_encode.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LATENCY  (100 * NS_PER_US) /* one way */
#define BEGIN    (1000 * NS_PER_S)
#define SETTLED  (60 * NS_PER_S) /* both must be silent after this time */
#define WATCHED  (120 * NS_PER_S)
#define PORT     1000
#define QUEUE    8192
#define ENDLESS  20000 /* packets */
#define SYNS     20    /* the default limits */
#define SEGMENTS 100
#define OCTETS   65536

/* Sanitizers make the test ten times as long. With them it tests a part of the pairs, another one
 * in each run. */
#define EVERY (UNIT_SANITIZED ? 16 : 1)

static const struct loop_limits by_default = {SYNS, SEGMENTS, OCTETS}, none = {0};

/* --- two responders --------------------------------------------------------------------------- */

struct flying {
	nstime when;
	unsigned to;
	size_t len;
	uint8_t packet[1600];
};

struct side {
	struct link link;
	unsigned number;
	struct responder responder;
};

static struct side side[2];
static struct flying queue[QUEUE]; /* ring, ordered by time */
static unsigned first, waiting;

/* Packets on the wire: all, and the late ones after SETTLED. */
static struct {
	uint64_t packets, octets, late;
	unsigned burst, longest; /* number of late packets in immediate succession */
	nstime last;
} wire;

static void note(size_t len, nstime when)
{
	wire.packets++;
	wire.octets += amplification_octets(len);
	if (when < BEGIN + SETTLED)
		return;
	wire.burst = when - wire.last <= LATENCY ? wire.burst + 1 : 1;
	wire.longest = wire.burst > wire.longest ? wire.burst : wire.longest;
	wire.last = when;
	wire.late++;
}

static void deliver_later(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
			  nstime when)
{
	const struct side *s = container_of(l, struct side, link);
	struct flying *f = &queue[(first + waiting) % QUEUE];

	(void)to;
	note(len, when);
	ck_assert_uint_le(len, sizeof(f->packet));
	if (waiting == QUEUE) /* discarded */
		return;
	waiting++;
	f->when = when + LATENCY;
	f->to = !s->number;
	f->len = len;
	memcpy(f->packet, packet, len);
}

static const struct link_ops ops = {.kind = "test", .send = deliver_later, .flush = flush_nothing};

static const char *const address[2][2] = {{"192.0.2.1", "192.0.2.2"},
					  {"2001:db8::1", "2001:db8:0:1::2"}};

static void start(unsigned number, struct ruleset *rules, bool v6, const struct loop_limits *limits)
{
	const struct responder_limits most = {.half_open_max = 1000,
					      .connections_max = 1000,
					      .time_wait_max = 1000,
					      .delayed_max = 10000,
					      .loops = *limits};
	struct side *s = &side[number];

	s->number = number;
	s->link = (struct link){.ops = &ops, .fd = -1, .mtu = 1500, .live = true};
	alone_begin(&s->responder, &s->link,
		    &(struct alone){.limits = &most,
				    .seed = 1 + number,
				    .begin = BEGIN,
				    .address = address[v6][number],
				    .port_from = PORT,
				    .port_to = PORT,
				    .rules = rules});
}

static void forge_syn(bool v6)
{
	struct segment syn = {.sport = PORT,
			      .dport = PORT,
			      .seq = 4711,
			      .flags = TCP_SYN,
			      .window = 65535,
			      .ttl = 64};
	uint8_t packet[100];
	struct frame f = {.packet = packet, .when = BEGIN};

	syn.src = addr_of(address[v6][1]);
	syn.dst = addr_of(address[v6][0]);
	f.len = packet_encode(&syn, packet, sizeof(packet));
	responder_frame(&side[0].responder, &side[0].link, &f);
}

static void hand_over(void)
{
	struct flying f = queue[first];
	struct frame frame = {.packet = f.packet, .len = f.len, .when = f.when};

	first = (first + 1) % QUEUE;
	waiting--;
	responder_frame(&side[f.to].responder, &side[f.to].link, &frame);
}

/* The first responder receives a SYN from the address of the second. Nothing else is sent from
 * outside. */
static void meet(struct ruleset *const rules[2], bool v6, const struct loop_limits *limits,
		 uint64_t most)
{
	memset(&wire, 0, sizeof(wire));
	first = waiting = 0;
	for (unsigned i = 0; i < 2; i++)
		start(i, rules[i], v6, limits);
	forge_syn(v6);
	while (wire.packets < most) {
		nstime next[2] = {responder_next(&side[0].responder),
				  responder_next(&side[1].responder)};
		unsigned earlier = next[1] < next[0];
		nstime arrives = waiting ? queue[first].when : NS_NEVER;

		if (arrives > BEGIN + WATCHED && next[earlier] > BEGIN + WATCHED)
			break;
		if (arrives <= next[earlier])
			hand_over();
		else
			responder_advance(&side[earlier].responder, next[earlier]);
	}
	for (unsigned i = 0; i < 2; i++)
		responder_release(&side[i].responder);
}

/* --- the catalogue ---------------------------------------------------------------------------- */

static struct config *config;
static struct ruleset **compiled;

static struct ruleset *compile(const char *text, const char *service)
{
	return shipped_rules(config, text, service, NULL);
}

static void load(void)
{
	config = shipped_config();
	ck_assert_uint_eq(config->loops.syns, SYNS);
	ck_assert_uint_eq(config->loops.segments, SEGMENTS);
	ck_assert_uint_eq(config->loops.octets, OCTETS);
}

static void compile_all(const char *service)
{
	load();
	compiled = calloc(config->catalogue.count, sizeof(*compiled));
	for (unsigned i = 0; i < config->catalogue.count; i++)
		compiled[i] = compile(config->catalogue.behaviour[i].name, service);
}

static void leave(void)
{
	for (unsigned i = 0; compiled && i < config->catalogue.count; i++)
		ruleset_put(compiled[i]);
	free(compiled);
	config_free(config);
}

/* Tests every ordered pair of behaviours; with sanitizers a part of them, another one in each run.
 */
static void each_pair(bool v6, void (*check)(unsigned a, unsigned b))
{
	unsigned n = config->catalogue.count, offset = (unsigned)time(NULL) % EVERY;

	for (unsigned i = offset; i < n * n; i += EVERY) {
		meet((struct ruleset *const[]){compiled[i / n], compiled[i % n]}, v6, &by_default,
		     UINT64_MAX);
		check(i / n, i % n);
	}
}

static const char *name(unsigned i)
{
	return config->catalogue.behaviour[i].name;
}

static bool writes_for_ever(unsigned i)
{
	return strcmp(service_name(&compiled[i]->service), "chargen") == 0;
}

/* Checks that the pair sends at most a keep-alive and its answer each second, or one SYN of each
 * side after 60 s (R2, MUST-23, requires a retransmission after 63 s) with its answers. */
static void is_silent(unsigned a, unsigned b)
{
	bool keeps_alive = wire.longest <= 2 && wire.late <= 2 * (WATCHED - SETTLED) / NS_PER_S;

	if (writes_for_ever(a) || writes_for_ever(b))
		return;
	ck_assert_msg(keeps_alive || wire.late <= 6,
		      "%s and %s: %u packets at once, %u in all after 60 s", name(a), name(b),
		      wire.longest, (unsigned)wire.late);
}

START_TEST(without_data_all_pairs_fall_silent)
{
	compile_all("discard");
	each_pair(false, is_silent);
	each_pair(true, is_silent);
	leave();
}
END_TEST

/* Each side counts both directions. The limits permit a burst, twice because received segments
 * count as well, and the rate for the elapsed time. */
static void is_slow(unsigned a, unsigned b)
{
	uint64_t seconds = WATCHED / NS_PER_S + 2 * LOOP_BURST;

	ck_assert_msg(wire.octets <= seconds * OCTETS && wire.packets <= seconds * SEGMENTS,
		      "%s and %s: %u packets, %u octets in 120 s", name(a), name(b),
		      (unsigned)wire.packets, (unsigned)wire.octets);
}

START_TEST(discard_stays_within_the_rate)
{
	compile_all("discard");
	each_pair(false, is_slow);
	leave();
}
END_TEST

START_TEST(echo_stays_within_the_rate)
{
	compile_all("echo");
	each_pair(false, is_slow);
	leave();
}
END_TEST

START_TEST(http_stays_within_the_rate)
{
	compile_all("http");
	each_pair(true, is_slow);
	leave();
}
END_TEST

START_TEST(chargen_stays_within_the_rate)
{
	compile_all("chargen");
	each_pair(false, is_slow);
	leave();
}
END_TEST

/* The bounds exist for pairs such as these. */
START_TEST(without_limits_pairs_do_not_end)
{
	static const char *const pairs[][3] = {{"split-syn", "data-push", "echo"},
					       {"split-syn", "rst-zero-window", "discard"},
					       {"hdr-syn-fin", "timewait-syn", "discard"},
					       {"sim-open", "sim-open-rst-syn", "discard"},
					       {"split-ack-syn", "ask-the-dead", "http"}};

	load();
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		struct ruleset *rules[2] = {compile(pairs[i][0], pairs[i][2]),
					    compile(pairs[i][1], pairs[i][2])};

		meet(rules, false, &none, ENDLESS);
		ck_assert_msg(wire.packets == ENDLESS || wire.late > 120, "%s and %s: %u packets",
			      pairs[i][0], pairs[i][1], (unsigned)wire.packets);
		ruleset_put(rules[0]);
		ruleset_put(rules[1]);
	}
	leave();
}
END_TEST

/* Rules that send segments without a connection, which no shipped behaviour does. */
START_TEST(segments_without_a_connection_are_limited)
{
	static const char *const answers[] = {"hdr-syn-rst", "challenge-ack"};

	load();
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct ruleset *rules = compile(answers[i], "discard");

		meet((struct ruleset *const[]){rules, rules}, true, &by_default, ENDLESS);
		ck_assert_uint_le(wire.packets, 2 * SYNS);
		ck_assert_uint_eq(wire.late, 0);
		ruleset_put(rules);
	}
	leave();
}
END_TEST

/* --- the bounds ------------------------------------------------------------------------------- */

static struct loops loops;

static struct flow_key key_of_port(const char *peer, uint16_t port)
{
	return (struct flow_key){.client = addr_of(peer),
				 .server = addr_of("192.0.2.1"),
				 .client_port = port,
				 .server_port = 80};
}

START_TEST(syns_are_limited_until_silence)
{
	struct flow_key key = key_of_port("192.0.2.9", 7), other = key_of_port("192.0.2.9", 8);
	nstime now = 5 * NS_PER_S;

	loops = (struct loops){.limits = {.syns = 3}};
	ck_assert(!loops_asked(&loops, &key, now));
	ck_assert_ptr_null(loops.table);
	for (unsigned i = 0; i < 3; i++, now += NS_PER_S)
		ck_assert(loops_may_ask(&loops, &key, now));
	/* A refused SYN counts, too: the limit lasts until no SYN arrived for LOOP_QUIET. */
	for (unsigned i = 0; i < 10; i++, now += LOOP_QUIET - NS_PER_S)
		ck_assert(!loops_may_ask(&loops, &key, now));
	ck_assert(loops_asked(&loops, &key, now));
	/* Another port has a limit of its own. */
	ck_assert(!loops_asked(&loops, &other, now));
	ck_assert(loops_may_ask(&loops, &other, now));
	now += LOOP_QUIET;
	ck_assert(!loops_asked(&loops, &key, now));
	ck_assert(loops_may_ask(&loops, &key, now));
	loops_free(&loops);
}
END_TEST

START_TEST(one_stray_segment_per_second)
{
	struct flow_key key = key_of_port("2001:db8::7", 9);
	nstime now = 5 * NS_PER_S;

	loops = (struct loops){.limits = {.syns = 3}};
	for (unsigned i = 0; i < 3; i++)
		ck_assert(loops_may_stray(&loops, &key, now));
	ck_assert(!loops_may_stray(&loops, &key, now));
	ck_assert(!loops_may_stray(&loops, &key, now + NS_PER_S - NS_PER_MS));
	ck_assert(loops_may_stray(&loops, &key, now + NS_PER_S));
	ck_assert(!loops_may_stray(&loops, &key, now + NS_PER_S));
	for (unsigned i = 2; i < 1000; i++)
		ck_assert(loops_may_stray(&loops, &key, now + i * NS_PER_S));
	loops_free(&loops);
}
END_TEST

START_TEST(octets_and_segments_are_limited_per_address)
{
	struct flow_key a = key_of_port("192.0.2.9", 0), b = key_of_port("192.0.2.10", 0);
	nstime now = 5 * NS_PER_S;

	loops = (struct loops){.limits = {.segments = 10, .octets = 1000}};
	for (unsigned i = 0; i < 16; i++)
		ck_assert(loops_may_send(&loops, &a.client, 1000, now));
	ck_assert(!loops_may_send(&loops, &a.client, 60, now));
	ck_assert(loops_may_send(&loops, &b.client, 60, now));
	now += NS_PER_S;
	ck_assert(loops_may_send(&loops, &a.client, 1000, now));
	ck_assert(!loops_may_send(&loops, &a.client, 60, now));
	/* Received segments postpone this, but for at most the length of the burst. */
	for (unsigned i = 0; i < 1000; i++)
		loops_heard(&loops, &a.client, 1000, now);
	ck_assert(!loops_may_send(&loops, &a.client, 60, now + LOOP_BURST * NS_PER_S));
	now += (LOOP_BURST + 1) * NS_PER_S;
	ck_assert(loops_may_send(&loops, &a.client, 60, now));
	now += 100 * NS_PER_S;
	for (unsigned i = 0; i < 160; i++)
		ck_assert(loops_may_send(&loops, &a.client, 60, now));
	ck_assert(!loops_may_send(&loops, &a.client, 60, now));
	loops_free(&loops);
}
END_TEST

START_TEST(an_ipv6_network_is_one_peer)
{
	struct flow_key a = key_of_port("2001:db8::1", 0), beside = key_of_port("2001:db8::2", 0),
			other = key_of_port("2001:db8:0:1::1", 0);

	loops = (struct loops){.limits = {.octets = 100}};
	ck_assert(loops_may_send(&loops, &a.client, 1600, 0));
	ck_assert(!loops_may_send(&loops, &beside.client, 60, 0));
	ck_assert(loops_may_send(&loops, &other.client, 60, 0));
	loops_free(&loops);
}
END_TEST

START_TEST(zero_means_no_limit)
{
	struct flow_key key = key_of_port("192.0.2.9", 7);

	loops = (struct loops){0};
	for (unsigned i = 0; i < 1000; i++) {
		ck_assert(loops_may_ask(&loops, &key, 0));
		ck_assert(loops_may_stray(&loops, &key, 0));
		ck_assert(loops_may_send(&loops, &key.client, 60000, 0));
		loops_heard(&loops, &key.client, 60000, 0);
	}
	ck_assert_ptr_null(loops.table);
	/* One limit without the other. */
	loops.limits = (struct loop_limits){.segments = 1};
	for (unsigned i = 0; i < LOOP_BURST; i++)
		ck_assert(loops_may_send(&loops, &key.client, 1 << 30, 0));
	ck_assert(!loops_may_send(&loops, &key.client, 1, 0));
	loops_free(&loops);
}
END_TEST

UNIT_MAIN("loops", without_data_all_pairs_fall_silent, discard_stays_within_the_rate,
	  echo_stays_within_the_rate, http_stays_within_the_rate, chargen_stays_within_the_rate,
	  without_limits_pairs_do_not_end, segments_without_a_connection_are_limited,
	  syns_are_limited_until_silence, one_stray_segment_per_second,
	  octets_and_segments_are_limited_per_address, an_ipv6_network_is_one_peer,
	  zero_means_no_limit)
