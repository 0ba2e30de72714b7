/* SPDX-License-Identifier: MIT */
/* The shipped behaviours without a connection. A segment that belongs to no connection draws the
 * reset of RFC 9293 3.10.7.1 and 3.10.7.2, with its numbers, or the table below has the reason. For
 * each behaviour with a rule for such segments, this program prints the segments sent. */
#include "addresses.h"
#include "alone.h"
#include "unit.h"

#include "engine/advance.h"
#include "engine/connection_ops.h"
#include "engine/receive.h"
#include "wire/notation_format.h"
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"

#include <stdio.h>
#include <string.h>

#define BEGIN       (5000 * NS_PER_S)
#define CLIENT_PORT 2000
#define TIMES       3 /* number of times that each stray segment is sent, because rules count */
#define ANSWERS_MAX 64

/* Segments that belong to no connection. `text` begins the line of output. */
static const struct stray {
	const char *text;
	uint8_t flags;
	uint16_t len;
} strays[] = {
	{"octets", TCP_PSH | TCP_ACK, 7},
	{"octets of a full segment", TCP_ACK, 1400},
	{"octets without ACK", TCP_PSH, 7},
	{"octets and FIN", TCP_FIN | TCP_PSH | TCP_ACK, 7},
	{"FIN", TCP_FIN | TCP_ACK, 0},
	{"FIN without ACK", TCP_FIN, 0},
	{"ACK", TCP_ACK, 0},
	{"SYN-ACK", TCP_SYN | TCP_ACK, 0},
	{"SYN-ACK with octets", TCP_SYN | TCP_ACK, 7},
	{"RST", TCP_RST, 0},
	{"RST with ACK and octets", TCP_RST | TCP_ACK, 7},
	{"SYN and RST", TCP_SYN | TCP_RST, 0},
	{"no flags", 0, 0},
};

/* Exceptions that the purpose of a behaviour requires. */
enum leave {
	SAYS_NOTHING = 1, /* it ignores some segments, as if they were lost */
	SAYS_ICMP = 2,    /* it also answers a long segment with an ICMP error */
	RESETS = 4, /* the port is closed: a segment without ACK draws a reset, too, 3.10.7.1 */
	SPOILS = 8, /* it damages some of its segments */
};

static const struct purpose {
	const char *behaviour;
	unsigned leave; /* enum leave */
	const char *why;
} purposes[] = {
	{"ack-none", SAYS_NOTHING, "it ignores data"},
	{"ack-then-silence", SAYS_NOTHING, "it falls silent"},
	{"corrupt-rate", SPOILS, "some checksums are wrong"},
	{"drop-nth", SAYS_NOTHING, "it drops the nth segment with data"},
	{"half-open-silent", SAYS_NOTHING, "it falls silent"},
	{"icmp-toobig", SAYS_NOTHING | SAYS_ICMP, "every segment exceeds the path MTU"},
	{"loss-rate", SAYS_NOTHING, "segments are lost"},
	{"refuse-delay", RESETS, "the port is closed"},
	{"sack-hole", SAYS_NOTHING, "it drops a segment with data"},
	{"sack-renege", SAYS_NOTHING, "it drops a segment with data"},
	{"sim-open-silent", SAYS_NOTHING, "it ignores and sends nothing"},
};

static bool used[COUNT_OF(purposes)];

/* --- segments from the responder -------------------------------------------------------------- */

static struct answer {
	bool tcp, icmp;
	struct segment seg;
} answers[ANSWERS_MAX];
static unsigned count, spoilt;

static void take(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		 nstime when)
{
	struct answer a = {0};
	enum wire_result result = packet_decode(packet, len, true, &a.seg);

	(void)l;
	(void)to;
	(void)when;
	a.tcp = result == WIRE_OK;
	a.icmp = result == WIRE_ICMP;
	spoilt += result == WIRE_TCP_CHECKSUM;
	if (result != WIRE_TCP_CHECKSUM && count < ANSWERS_MAX)
		answers[count++] = a;
}

static const struct link_ops ops = {.kind = "test", .send = take, .flush = flush_nothing};
static struct link the_link = {.ops = &ops, .fd = -1, .mtu = 1500, .live = true};
static struct responder r;
static nstime now;
static const char *client, *server;

static void sends(struct segment seg)
{
	static const uint8_t octets[1400];
	uint8_t packet[1500];
	struct frame f = {.packet = packet, .when = now += NS_PER_MS};

	seg.src = addr_of(client);
	seg.dst = addr_of(server);
	seg.dport = 443;
	seg.window = 65535;
	seg.ttl = 60;
	seg.payload = octets;
	f.len = packet_encode(&seg, packet, sizeof(packet));
	ck_assert_uint_gt(f.len, 0);
	responder_frame(&r, &the_link, &f);
}

static void begin(struct ruleset *rules, bool v4, uint64_t seed)
{
	const struct responder_limits limits = {.half_open_max = 64,
						.connections_max = 64,
						.time_wait_max = 64,
						.delayed_max = 100000};

	client = v4 ? "198.51.100.7" : "2001:db8:5::7";
	server = v4 ? "198.51.100.9" : "2001:db8:5::9";
	now = BEGIN;
	alone_begin(&r, &the_link,
		    &(struct alone){.limits = &limits,
				    .seed = seed,
				    .begin = BEGIN,
				    .address = server,
				    .port_from = 1,
				    .port_to = 65535,
				    .rules = rules});
}

/* --- permitted segments ----------------------------------------------------------------------- */

static unsigned leave_of(const char *behaviour)
{
	for (size_t i = 0; i < COUNT_OF(purposes); i++)
		if (strcmp(purposes[i].behaviour, behaviour) == 0)
			return purposes[i].leave;
	return 0;
}

static void make_use(const char *behaviour, unsigned leave)
{
	for (size_t i = 0; i < COUNT_OF(purposes); i++)
		if (strcmp(purposes[i].behaviour, behaviour) == 0 && purposes[i].leave & leave)
			used[i] = true;
}

/* Returns true if `out` is the reset for `in` of RFC 9293 3.10.7.1. */
static bool is_reset_of(const struct segment *out, const struct segment *in)
{
	if (in->flags & TCP_RST)
		return false;
	if (in->flags & TCP_ACK)
		return out->flags == TCP_RST && out->seq == in->ack;
	return out->flags == (TCP_RST | TCP_ACK) && out->seq == 0 &&
	       out->ack == in->seq + segment_seq_len(in);
}

/* In LISTEN a segment with ACK draws a reset. A segment with neither ACK nor SYN draws nothing. */
static bool wants_reset(const struct segment *in, unsigned leave)
{
	return !(in->flags & TCP_RST) && (in->flags & TCP_ACK || leave & RESETS);
}

static void check_answers(const char *behaviour, const struct stray *stray,
			  const struct segment *in, unsigned leave)
{
	unsigned resets = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct answer *a = &answers[i];
		struct text got = {0};

		if (a->tcp)
			segment_format(&a->seg, 0, 0, 0, &got);
		if (a->icmp)
			make_use(behaviour, SAYS_ICMP);
		ck_assert_msg(a->tcp || (a->icmp && leave & SAYS_ICMP),
			      "%s: %s draws an answer other than a reset", behaviour, stray->text);
		ck_assert_msg(!a->tcp || is_reset_of(&a->seg, in),
			      "%s: %s, seq %u ack %u, draws %s", behaviour, stray->text, in->seq,
			      in->ack, text_str(&got));
		resets += a->tcp;
		text_free(&got);
	}
	if (leave & RESETS && resets && !(in->flags & TCP_ACK))
		make_use(behaviour, RESETS);
	if (spoilt) {
		ck_assert_msg(leave & SPOILS, "%s: a wrong checksum", behaviour);
		make_use(behaviour, SPOILS);
	} else if (wants_reset(in, leave) && !resets) {
		ck_assert_msg(leave & SAYS_NOTHING, "%s: %s draws no reset", behaviour,
			      stray->text);
		make_use(behaviour, SAYS_NOTHING);
	} else if (!wants_reset(in, leave)) {
		ck_assert_msg(!resets, "%s: %s draws a reset", behaviour, stray->text);
	}
}

/* Adds the answers in a form such as `drop-nth: octets: nothing, R 300:300(0)`. */
static void show(struct text *line, const struct segment *in)
{
	text_add(line, line->len && line->s[line->len - 1] != ' ' ? ", " : "");
	if (!count && !spoilt)
		text_add(line, "nothing");
	for (unsigned i = 0; i < count; i++) {
		text_add(line, i ? " and " : "");
		if (answers[i].icmp)
			text_add(line, "ICMP");
		else
			segment_format(&answers[i].seg, in->flags & TCP_ACK ? in->ack : 0, in->seq,
				       0, line);
	}
	if (spoilt)
		text_add(line, "a wrong checksum");
}

/* --- strays ----------------------------------------------------------------------------------- */

/* Sends all stray segments from this port and checks the answers, including those that a rule
 * delays. */
static void send_strays(const struct behaviour *b, uint16_t port, uint32_t seq, bool tell)
{
	unsigned leave = leave_of(b->name);

	for (size_t i = 0; i < COUNT_OF(strays); i++) {
		struct text line = {0};

		text_addf(&line, "%s: %s: ", b->name, strays[i].text);
		for (unsigned times = 0; times < TIMES; times++) {
			struct segment in = {.sport = port,
					     .seq = seq + 1000 * (uint32_t)i,
					     .ack = 0x9abcdef0 ^ seq,
					     .flags = strays[i].flags,
					     .len = strays[i].len};

			count = spoilt = 0;
			sends(in);
			responder_advance(&r, now += 2 * NS_PER_S);
			check_answers(b->name, &strays[i], &in, leave);
			show(&line, &in);
		}
		if (tell)
			printf("%s\n", text_str(&line));
		text_free(&line);
	}
}

/* Returns true if a rule applies to stray segments. */
static bool is_about_strays(const struct ruleset *rules)
{
	for (unsigned i = 0; i < rules->rules; i++) {
		const struct rule_condition *c = &rules->rule[i].cond;

		if (rules->rule[i].trigger == ON_RECEIVE && rules->rule[i].class != CLASS_SYN &&
		    (!c->states || c->states & 1U << STATE_LISTEN))
			return true;
	}
	return false;
}

static struct config *config;

static struct ruleset *compile(const struct behaviour *b)
{
	return shipped_rules(config, b->name, "echo", NULL);
}

static void with_each(void (*one)(const struct behaviour *b, struct ruleset *rules, bool v4))
{
	config = shipped_config();
	for (unsigned i = 0; i < 2 * config->catalogue.count; i++) {
		const struct behaviour *b = &config->catalogue.behaviour[i / 2];
		struct ruleset *rules = compile(b);

		begin(rules, i % 2, 3 + i);
		one(b, rules, i % 2);
		responder_release(&r);
		ruleset_put(rules);
	}
	config_free(config);
}

static void at_a_new_port(const struct behaviour *b, struct ruleset *rules, bool v4)
{
	send_strays(b, CLIENT_PORT, 0xfffffe00, v4 && is_about_strays(rules));
}

START_TEST(without_an_earlier_connection)
{
	with_each(at_a_new_port);
	for (size_t i = 0; i < COUNT_OF(purposes); i++)
		ck_assert_msg(used[i], "%s: unused exception", purposes[i].behaviour);
}
END_TEST

static struct connection_info last;

static void take_last(const struct connection_info *info, void *arg)
{
	(void)arg;
	last = *info;
}

static bool find_last(void)
{
	last.id = 0;
	for (size_t at = 0; responder_connections(&r, &at, take_last, NULL);)
		continue;
	return last.id;
}

/* Deletes all connections silently, as `machine = "forget"` does. */
static void forget_all(void)
{
	while (find_last())
		ck_assert(responder_machine(&r, &last.key, last.id, MACHINE_FORGET));
}

/* Opens a connection, if the responder permits it, and sends data. The connection may stay open. */
static void talk(uint16_t port, uint32_t seq)
{
	struct segment synack = {0};

	count = spoilt = 0;
	sends((struct segment){.sport = port, .seq = seq, .flags = TCP_SYN});
	responder_advance(&r, now += 5 * NS_PER_S);
	for (unsigned i = 0; i < count; i++)
		if (answers[i].tcp && answers[i].seg.flags == (TCP_SYN | TCP_ACK))
			synack = answers[i].seg;
	if (!synack.flags)
		return;
	sends((struct segment){
		.sport = port, .seq = seq + 1, .ack = synack.seq + 1, .flags = TCP_ACK});
	for (uint32_t i = 0; i < TIMES; i++)
		sends((struct segment){.sport = port,
				       .seq = seq + 1 + 50 * i,
				       .ack = synack.seq + 1,
				       .flags = TCP_PSH | TCP_ACK,
				       .len = 50});
	responder_advance(&r, now += 5 * NS_PER_S);
}

/* The stray segments arrive long after all `after` rules and delayed segments. */
static void after_a_connection(const struct behaviour *b, struct ruleset *rules, bool v4)
{
	(void)rules;
	(void)v4;
	talk(CLIENT_PORT, 0x1000);
	forget_all();
	responder_advance(&r, now += 3600 * NS_PER_S);
	send_strays(b, CLIENT_PORT, 0x7ffff000, false);
}

START_TEST(after_a_forgotten_connection)
{
	with_each(after_a_connection);
}
END_TEST

UNIT_MAIN("no_connection", without_an_earlier_connection, after_a_forgotten_connection)
