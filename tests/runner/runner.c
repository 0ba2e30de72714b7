/* SPDX-License-Identifier: MIT */
/*
 * runner: runs segment scripts against the responder on a fake clock.
 *
 * Each script runs several times over IPv4 and IPv6, each time with other ISNs (some about to
 * wrap), ports and addresses. Client addresses end in 1, responder addresses in 2.
 *
 *   script_runner [--seed N] [--table] [--capture DIRECTORY] [--load FILE] SCRIPT …
 *
 * --table     prints the cells of the table of states and segments that the scripts prove
 * --capture   writes all packets of both sides to DIRECTORY/SCRIPT.pcap
 * --load      adds the behaviours of a file to the shipped ones
 */
#include "base/container.h"
#include "capture.h"
#include "run.h"
#include "variant.h"

#include "config/config.h"
#include "engine/advance.h"
#include "engine/engine.h"
#include "engine/receive.h"
#include "wire/cursor.h"
#include "wire/notation_format.h"
#include "wire/notation_resolve.h"
#include "wire/packet_encode.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MTU         1500
#define PORTS       64000 /* from 1024 on */
#define TCP_HEADER  20
#define IPV4_HEADER 20
#define QUOTE_CUT   12 /* octets of a TCP header after its first 8 */

static void scripted_send(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
			  nstime when)
{
	struct run *run = container_of(l, struct run, link);

	(void)to;
	capture_packet(run->capture, when, packet, len);
	sent_add(run, when, packet, len);
}

static void scripted_flush(struct link *l)
{
	(void)l;
}

static const struct link_ops scripted = {
	.kind = "script", .send = scripted_send, .flush = scripted_flush};

void run_log(struct run *run, nstime when, char direction, const struct segment *s)
{
	uint32_t seq = direction == '<' ? run->client_isn : run->server_isn;
	uint32_t ack = direction == '<' ? run->server_isn : run->client_isn;

	text_addf(&run->log, "  %12.6f %c ", (double)when / 1e9, direction);
	segment_format(s, seq, ack, 0, &run->log);
	text_add(&run->log, "\n");
}

bool run_failed(struct run *run, const struct line *l, const char *what)
{
	bool v4 = addr_is_v4(&run->client);

	fprintf(stderr, "%s:%u: %s\n  at %.6f s, IPv%d, --seed %" PRIu64 "\n", run->script->path,
		l ? l->number : 0, what, (double)run->now / 1e9, v4 ? 4 : 6, run->seed);
	fprintf(stderr, "packets on the wire:\n%s", text_str(&run->log));
	return false;
}

struct expr_values run_values(const struct run *run)
{
	struct expr_values v = {0};

	v.v[VAR_TS_VAL] = run->ts_val;
	return v;
}

/* --- packets from the client ------------------------------------------------------------------ */

static struct flow *find_flow(struct run *run)
{
	struct flow_key key = {.client = run->client,
			       .server = run->server,
			       .client_port = run->client_port,
			       .server_port = run->server_port};

	return flow_table_find(&run->responder.table, &key);
}

static enum tcp_state state_now(struct run *run)
{
	const struct flow *f = find_flow(run);

	return f ? (enum tcp_state)f->state : STATE_CLOSED;
}

/* Checks that the first segment of a cell is of the cell's class. */
static bool check_cell(struct run *run, const struct segment *seg)
{
	const struct line *cell = run->cell;
	enum tcp_state state = state_now(run);

	run->cell = NULL;
	if (!cell)
		return true;
	if (!cell_fits(cell->cls, seg, find_flow(run)))
		return run_failed(run, cell, "the segment is of another class");
	if (state == STATE_CLOSED && run->server_port == run->endpoint_port)
		state = STATE_LISTEN;
	if (run->table)
		printf("cell %s %s %s:%u IPv%d %s\n", state_name(state), cell_class_name(cell->cls),
		       run->script->path, cell->number, addr_is_v4(&run->client) ? 4 : 6,
		       cell->text);
	return true;
}

static bool inject(struct run *run, const struct line *l)
{
	struct expr_values values = run_values(run);
	struct frame frame = {.packet = run->packet};
	struct segment seg = {
		.src = run->client,
		.dst = run->server,
		.sport = run->client_port,
		.dport = run->server_port,
		.window = 65535,
		.ttl = 64,
		.df = true,
	};

	run->now += l->after;
	responder_advance(&run->responder, run->now);
	if (!sent_nothing(run, l))
		return false;
	notation_resolve(&l->segment, &values, &seg);
	relative_to_wire(run, &seg);
	frame.len = packet_encode(&seg, run->packet, sizeof(run->packet));
	frame.when = run->now;
	run_log(run, run->now, '<', &seg);
	if (!check_cell(run, &seg))
		return false;
	capture_packet(run->capture, frame.when, frame.packet, frame.len);
	responder_frame(&run->responder, &run->link, &frame);
	return true;
}

/* Sends an error as a router does that quotes the minimum of a packet without options. */
static bool inject_icmp(struct run *run, const struct line *l)
{
	struct segment about = {
		.src = run->server,
		.dst = run->client,
		.sport = run->server_port,
		.dport = run->client_port,
		.seq = run->server_isn + l->seq,
		.flags = TCP_ACK,
	};
	struct icmp m = {.src = run->client, .dst = run->server, .ttl = 60, .rest = l->mtu};
	struct frame frame = {.packet = run->packet};
	uint8_t quote[128];
	uint32_t whole = l->len + TCP_HEADER + (addr_is_v4(&about.src) ? IPV4_HEADER : 0);

	about.lie.has_ip_len = true;
	about.lie.ip_len = (uint16_t)whole;
	run->now += l->after;
	responder_advance(&run->responder, run->now);
	if (!sent_nothing(run, l))
		return false;
	if (!icmp_by_name(l->name, addr_is_v4(&m.src), &m.type, &m.code))
		return run_failed(run, l, "unknown ICMP error for this family");
	m.quote = quote;
	m.quote_len = (uint16_t)(packet_encode(&about, quote, sizeof(quote)) - QUOTE_CUT);
	frame.len = icmp_encode(&m, run->packet, sizeof(run->packet));
	frame.when = run->now;
	text_addf(&run->log, "  %12.6f < %s\n", (double)run->now / 1e9, l->text);
	capture_packet(run->capture, frame.when, frame.packet, frame.len);
	responder_frame(&run->responder, &run->link, &frame);
	return true;
}

static bool check_state(struct run *run, const struct line *l)
{
	enum tcp_state state = state_now(run);

	if (state == l->state)
		return true;
	fprintf(stderr, "expected: %s\nactual:   %s\n", state_name(l->state), state_name(state));
	return run_failed(run, l, "unexpected state");
}

static bool pass_time(struct run *run, const struct line *l)
{
	run->now += l->after;
	responder_advance(&run->responder, run->now);
	if (l->kind == LINE_SILENCE)
		return sent_nothing(run, l);
	sent_forget(run);
	return true;
}

/* Returns a random port, none twice in a run, because an earlier connection may still exist. */
static uint16_t next_port(struct run *run)
{
	static const uint8_t ends[] = {1, 3, 7, 9}; /* last digits coprime to PORTS */
	uint32_t at = run->client_port - 1024u;

	if (!run->client_port) {
		at = (uint32_t)rng_below(&run->rng, PORTS);
		run->port_step = (uint32_t)(10 * rng_below(&run->rng, PORTS / 10)) +
				 ends[rng_below(&run->rng, 4)];
	}
	return (uint16_t)(1024 + (at + run->port_step) % PORTS);
}

static void new_connection(struct run *run)
{
	static const uint32_t edges[] = {0, 0x7ffffffe, 0xfffffff0, 0xffffffff};

	run->server_port = run->endpoint_port;
	run->client_port = next_port(run);
	run->client_isn = rng_below(&run->rng, 2) ? (uint32_t)rng_next(&run->rng)
						  : edges[rng_below(&run->rng, 4)];
	run->server_isn_known = false;
	run->server_isn = 0;
	run->ts_val = 0;
}

static bool run_block(struct run *run, const struct line *l);

static bool run_line(struct run *run, const struct line *l)
{
	switch (l->kind) {
	case LINE_IN: return inject(run, l);
	case LINE_IN_ICMP: return inject_icmp(run, l);
	case LINE_OUT:
	case LINE_OUT_ICMP:
	case LINE_OUT_WRONG: return sent_expect(run, l);
	case LINE_SILENCE:
	case LINE_IDLE: return pass_time(run, l);
	case LINE_STATE: return check_state(run, l);
	case LINE_NEW_CLIENT:
		run->client.b[14] ^= 1;
		new_connection(run);
		return true;
	case LINE_NEW_CLOSED:
		new_connection(run);
		run->server_port ^= 1;
		return true;
	case LINE_NEW: new_connection(run); return true;
	case LINE_DO: return run_block(run, l);
	case LINE_CELL:
		if (!sent_nothing(run, l))
			return false;
		responder_clear(&run->responder);
		new_connection(run);
		if (!run_block(run, l))
			return false;
		run->cell = l;
		return true;
	case LINE_BLOCK: return true;
	}
	return false;
}

static bool ends_block(const struct line *l)
{
	return l->kind == LINE_BLOCK || l->kind == LINE_CELL;
}

static bool run_block(struct run *run, const struct line *l)
{
	const struct line *end = run->script->line + run->script->lines;

	for (l = script_block(run->script, l->block) + 1; l < end && !ends_block(l); l++)
		if (!run_line(run, l))
			return false;
	return true;
}

/* Runs the script without its blocks, which `do` and `cell` run. */
static bool run_lines(struct run *run)
{
	bool in_block = false;

	for (unsigned i = 0; i < run->script->lines; i++) {
		const struct line *l = &run->script->line[i];

		if (ends_block(l))
			in_block = l->kind == LINE_BLOCK;
		if (!in_block && !run_line(run, l))
			return false;
	}
	return sent_nothing(run, NULL);
}

/* --- one run -------------------------------------------------------------------------------- */

static bool run_once(struct run *run, const struct config *config, bool v4, uint64_t seed)
{
	const struct responder_limits limits = {.half_open_max = 1000,
						.connections_max = config->connections_max,
						.time_wait_max = config->time_wait_max,
						.delayed_max = 1000,
						.trace_size = 1 << 20};
	struct responder_keys keys;
	bool ok;

	variant_begin(run, v4, seed);
	new_connection(run);
	responder_keys_of_seed(seed, &keys);
	responder_init(&run->responder, &limits, seed, &keys, run->now);
	run->responder.loops.limits = config->loops;
	run->link = (struct link){.ops = &scripted, .fd = -1, .mtu = MTU};
	responder_add_link(&run->responder, &run->link);
	responder_use(&run->responder, variant_endpoint(run, config));
	ok = run_lines(run);
	sent_free(run);
	responder_release(&run->responder);
	text_free(&run->log);
	return ok;
}

/* The command line. */
struct wishes {
	uint64_t seed;
	bool table;
	const char *captures; /* directory, or NULL */
	const char *load;     /* file with additional behaviours, or NULL */
};

static bool run_variants(struct run *run, const struct script *script, const struct wishes *w)
{
	struct config *config;
	bool ok = true;

	run->script = script;
	run->load = w->load;
	config = variants_load(run, w->seed);
	if (!config)
		return false;
	for (unsigned i = 0; ok && i < VARIANTS; i++) {
		run->table = w->table && i == 0;
		if (script->v4)
			ok = run_once(run, config, true, w->seed + i);
		if (ok && script->v6)
			ok = run_once(run, config, false, w->seed + i);
	}
	config_free(config);
	return ok;
}

static bool run_script(const char *path, const struct wishes *w)
{
	struct run *run = xcalloc(1, sizeof(*run));
	struct script script;
	bool ok = script_read(path, &script);

	if (w->captures && !(run->capture = capture_open(w->captures, path))) {
		perror(w->captures);
		ok = false;
	}
	ok = ok && run_variants(run, &script, w);
	if (run->capture && !capture_close(run->capture)) {
		perror(w->captures);
		ok = false;
	}
	script_free(&script);
	free(run);
	return ok;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"seed", required_argument, NULL, 's'},
						{"table", no_argument, NULL, 't'},
						{"capture", required_argument, NULL, 'c'},
						{"load", required_argument, NULL, 'l'},
						{0}};
	struct wishes w = {.seed = (uint64_t)getpid() * 2654435761u};
	bool ok = true;
	int c;

	while ((c = getopt_long(argc, argv, "s:", options, NULL)) != -1) {
		switch (c) {
		case 's': w.seed = strtoull(optarg, NULL, 0); break;
		case 't': w.table = true; break;
		case 'c': w.captures = optarg; break;
		case 'l': w.load = optarg; break;
		default:
			fprintf(stderr, "usage: script_runner [--seed N] [--table] "
					"[--capture DIRECTORY] [--load FILE] SCRIPT …\n");
			return EXIT_FAILURE;
		}
	}
	for (; optind < argc; optind++) {
		bool passed = run_script(argv[optind], &w);

		printf("%s %s\n", passed ? "ok  " : "FAIL", argv[optind]);
		ok = ok && passed;
	}
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
