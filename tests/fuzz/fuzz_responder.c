/* SPDX-License-Identifier: MIT */
/* fuzz_responder: libFuzzer target. Runs a hostile client and a behaviour of the shipped catalogue
 * through the whole responder, then the judge over the trace of both. */
#include "base/container.h"
#include "config/config.h"
#include "engine/advance.h"
#include "engine/engine.h"
#include "engine/receive.h"
#include "judge/judge.h"
#include "wire/cursor.h"
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SERVER_PORT 80
#define CLIENT_PORT 40000 /* and the next three */
#define STEPS_MAX   64
#define EVENTS_MAX  2000

static const char *const services[] = {"discard", "echo",   "chargen",          "banner:hello",
				       "http",    "report", "relay:192.0.2.9:1"};

/* The client's sequence numbers, family and clock. */
static struct {
	uint32_t seq, ack;
	bool v6;
	nstime now;
} client;

static void sent(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		 nstime when)
{
	struct segment s;

	(void)l;
	(void)to;
	(void)when;
	if (packet_decode(packet, len, false, &s) == WIRE_OK && s.dport - CLIENT_PORT < 4u)
		client.ack = s.seq + segment_seq_len(&s);
}

static void flush(struct link *l)
{
	(void)l;
}

static const struct link_ops ops = {.kind = "fuzz", .send = sent, .flush = flush};
static struct link wire = {.ops = &ops, .mtu = 1500, .name = "fuzz"};

static const struct config *config_once(void)
{
	static struct config *config;
	char path[] = "/tmp/fuzz-responder-XXXXXX", *conf = xstrdup(SYNACKD_SOURCE_CONF);
	struct diag diag = {0};
	FILE *f;

	if (config) {
		free(conf);
		return config;
	}
	*strrchr(conf, '/') = '\0';
	f = fdopen(mkstemp(path), "w");
	fprintf(f, "load = ( \"%s/behaviours/*.conf\" );\n", conf);
	fclose(f);
	config = config_load(path, NULL, &diag);
	if (!config)
		abort();
	remove(path);
	free(conf);
	return config;
}

/* Returns NULL if the behaviour does not work at this address. */
static struct endpoint_config *endpoint_of(const struct config *c, uint8_t behaviour,
					   uint8_t service)
{
	struct endpoint_words words = {
		.name = "e",
		.address = client.v6 ? "2001:db8::1" : "192.0.2.1",
		.ports = "80",
		.behaviour = c->catalogue.behaviour[behaviour % c->catalogue.count].name,
		.service = services[service % (COUNT_OF(services))]};
	struct diag diag = {0};
	struct endpoint_config *e = endpoint_config_make(&c->catalogue, &words, &diag);

	diag_free(&diag);
	return e;
}

static void begin(struct responder *r, const struct endpoint_config *e)
{
	const struct responder_limits limits = {.half_open_max = 4,
						.connections_max = 4,
						.time_wait_max = 2,
						.delayed_max = 16,
						.trace_size = 1 << 16,
						.loops = {3, 50, 10000}};
	struct responder_keys keys;
	struct endpoint endpoint = {.name = e->name,
				    .number = 1,
				    .address = e->address,
				    .port_from = SERVER_PORT,
				    .port_to = SERVER_PORT,
				    .rules = e->rules};
	struct allowed all[2] = {0};

	prefix_parse("0.0.0.0/0", &all[0].network);
	prefix_parse("::/0", &all[1].network);
	client.now = NS_PER_S;
	client.seq = 1000;
	client.ack = 0;
	responder_keys_of_seed(1, &keys);
	responder_init(r, &limits, 1, &keys, client.now);
	responder_add_link(r, &wire);
	responder_use(r, endpoint_index_build(&endpoint, 1, all, 2));
}

/* Builds the next segment in sequence, with the deviations that the input selects. */
static size_t next_segment(struct cursor *c, uint8_t *out, size_t room)
{
	struct segment s = {.dport = SERVER_PORT, .ttl = 64};
	uint8_t kind = cursor_u8(c), len;

	addr_parse(client.v6 ? "2001:db8::7" : "192.0.2.7", &s.src);
	addr_parse(client.v6 ? "2001:db8::1" : "192.0.2.1", &s.dst);
	s.sport = (uint16_t)(CLIENT_PORT + (kind >> 5 & 3));
	s.flags = cursor_u8(c);
	s.seq = client.seq + (kind & 1 ? cursor_u32(c) : 0);
	s.ack = client.ack + (kind & 2 ? cursor_u32(c) : 0);
	s.window = kind & 4 ? cursor_u16(c) : 65535;
	len = kind & 8 ? cursor_u8(c) % 41 : 0;
	len = len < c->left ? len : (uint8_t)c->left;
	s.opt_len = len & ~3u;
	memcpy(s.opt, c->at, s.opt_len);
	cursor_take(c, s.opt_len);
	len = kind & 16 ? cursor_u8(c) : 0;
	s.len = len < c->left ? len : (uint32_t)c->left;
	s.payload = c->at;
	cursor_take(c, s.len);
	if (!(kind & 1))
		client.seq += segment_seq_len(&s);
	return packet_encode(&s, out, room);
}

static size_t raw_packet(struct cursor *c, uint8_t *out)
{
	size_t len = cursor_u8(c);

	len = len < c->left ? len : c->left;
	memcpy(out, c->at, len);
	cursor_take(c, len);
	return len;
}

static void advance(struct responder *r, nstime by)
{
	nstime next;

	client.now += by;
	for (int i = 0; i < EVENTS_MAX && (next = responder_next(r)) <= client.now; i++)
		responder_advance(r, next);
}

/* Between two events, each flow is in one record, and no record is expanded. */
static void check_flows(const struct responder *r)
{
	size_t yielded = r->yields;

	if (r->expanded || r->time_waits > r->limits.time_wait_max + yielded ||
	    flow_table_count(&r->table) + yielded != r->halves + r->conns + r->time_waits)
		abort();
}

static void step(struct responder *r, struct cursor *c)
{
	static const nstime pauses[] = {NS_PER_MS, 300 * NS_PER_MS, 3 * NS_PER_S, 100 * NS_PER_S};
	struct frame frame = {.when = client.now};
	uint8_t kind = cursor_u8(c), packet[1024], *copy;

	frame.len = kind & 1 ? raw_packet(c, packet) : next_segment(c, packet, sizeof(packet));
	copy = malloc(frame.len + 1); /* exact, for sanitizers */
	memcpy(copy, packet, frame.len);
	frame.packet = copy;
	if (frame.len)
		responder_frame(r, &wire, &frame);
	free(copy);
	check_flows(r);
	advance(r, pauses[kind >> 1 & 3]);
	check_flows(r);
}

static void judge(const struct responder *r)
{
	const struct judge_rules rules = {.tolerance = LATE_TOLERANCE,
					  .asserted = {.keepalive = true, .on_link = 1}};
	struct dialogs dialogs;
	struct verdicts verdicts;

	dialogs_read(&dialogs, &r->trace, NULL, 0, client.now, NULL);
	verdicts_make(&verdicts, &dialogs, &rules);
	for (unsigned i = 0; i < verdicts.count; i++)
		if (!verdicts.verdict[i].requirement || !verdicts.verdict[i].dialog)
			abort();
	verdicts_free(&verdicts);
	dialogs_free(&dialogs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct responder responder;
	struct cursor c = cursor_of(data, size);
	uint8_t behaviour = cursor_u8(&c), service = cursor_u8(&c);
	struct endpoint_config *e;

	client.v6 = service & 0x80;
	e = endpoint_of(config_once(), behaviour, service & 0x3f);
	if (!e)
		return 0;
	if (service & 0x40)
		e->rules->service.close = CLOSE_REPLY;
	begin(&responder, e);
	for (int i = 0; i < STEPS_MAX && c.left; i++)
		step(&responder, &c);
	judge(&responder);
	responder_release(&responder);
	endpoint_config_release(e);
	free(e);
	return 0;
}
