/* SPDX-License-Identifier: MIT */
/*
 * Runs segment scripts against the responder on a fake clock: over IPv4 and IPv6, several times
 * each, with other ISNs (some about to wrap), ports and addresses every time.
 *
 *   script_runner [--seed N] [--table] [--capture DIRECTORY] SCRIPT …
 *
 * With --table it prints the cells of the table of states and segments that the scripts prove; with
 * --capture every packet of both sides is in DIRECTORY/SCRIPT.pcap. Addresses that end in 1 are the
 * client's, in 2 the responder's.
 */
#include "capture.h"
#include "script.h"

#include "config/config.h"
#include "responder.h"
#include "wire/cursor.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIANTS  4
#define TOLERANCE NS_PER_US
#define SENT_MAX  4096
#define MTU       1500

static const uint8_t any_cookie[FAST_OPEN_COOKIE] = "cookie!!";

struct sent {
	nstime when;
	size_t len;
	uint8_t *packet;
};

struct run {
	const struct script *script;
	struct responder responder;
	struct link link;
	struct rng rng;
	uint64_t seed;
	nstime now;
	struct addr client, server;
	uint16_t client_port, server_port, endpoint_port;
	const struct line *cell; /* whose first segment is still to come */
	bool table;              /* print the cells */
	uint32_t client_isn, server_isn;
	bool server_isn_known;
	uint32_t ts_val; /* the responder's latest */
	uint8_t cookie[FAST_OPEN_COOKIE];
	struct sent sent[SENT_MAX];
	unsigned first, count; /* what is in `sent` and was not looked at yet */
	struct text log;
	FILE *capture; /* or NULL */
	uint8_t packet[65536];
};

static void scripted_send(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
			  nstime when)
{
	struct run *run = (struct run *)((char *)l - offsetof(struct run, link));
	struct sent *s;

	(void)to;
	capture_packet(run->capture, when, packet, len);
	if (run->first + run->count == SENT_MAX)
		return;
	s = &run->sent[run->first + run->count++];
	*s = (struct sent){.when = when, .len = len, .packet = xcalloc(1, len)};
	memcpy(s->packet, packet, len);
}

static void scripted_flush(struct link *l)
{
	(void)l;
}

static const struct link_ops scripted = {
	.kind = "script", .send = scripted_send, .flush = scripted_flush};

/* SACK edges in the options are sequence numbers of one of the sides, too. */
static void rebase_sack(struct segment *s, uint32_t add)
{
	struct option_walk w;

	option_walk_begin(&w, s->opt, s->opt_len);
	while (option_walk_next(&w) == OPTION_FOUND) {
		uint8_t *p;

		if (w.kind != OPT_SACK)
			continue;
		p = s->opt + (w.data - s->opt);
		for (unsigned i = 0; i + 4 <= w.data_len; i += 4) {
			struct cursor c = cursor_of(p + i, 4);

			put_u32(p + i, cursor_u32(&c) + add);
		}
	}
}

/* A cookie stands for the one that the responder gave, as numbers do for what is relative to an
 * ISN: octets of `from` become those of `to`. */
static void replace_cookie(struct segment *s, const uint8_t *from, const uint8_t *to)
{
	struct options o;

	options_decode(s->opt, s->opt_len, &o);
	if (o.has_fast_open && o.fast_open_len == FAST_OPEN_COOKIE &&
	    memcmp(o.fast_open, from, FAST_OPEN_COOKIE) == 0)
		memcpy(s->opt + (o.fast_open - s->opt), to, FAST_OPEN_COOKIE);
}

static void log_segment(struct run *run, nstime when, char direction, const struct segment *s)
{
	uint32_t seq = direction == '<' ? run->client_isn : run->server_isn;
	uint32_t ack = direction == '<' ? run->server_isn : run->client_isn;

	text_addf(&run->log, "  %12.6f %c ", (double)when / 1e9, direction);
	segment_format(s, seq, ack, 0, &run->log);
	text_add(&run->log, "\n");
}

static bool failed(struct run *run, const struct line *l, const char *what)
{
	bool v4 = addr_is_v4(&run->client);

	fprintf(stderr, "%s:%u: %s\n  at %.6f s, IPv%d, --seed %" PRIu64 "\n", run->script->path,
		l ? l->number : 0, what, (double)run->now / 1e9, v4 ? 4 : 6, run->seed);
	fprintf(stderr, "what crossed the wire:\n%s", text_str(&run->log));
	return false;
}

/* --- what the responder sent -------------------------------------------------------------- */

static struct sent *next_sent(struct run *run)
{
	return run->count ? &run->sent[run->first] : NULL;
}

static void drop_sent(struct run *run)
{
	free(run->sent[run->first].packet);
	run->count--;
	run->first = run->count ? run->first + 1 : 0;
}

/* Decode it and make its numbers relative. */
static bool read_sent(struct run *run, const struct sent *s, struct segment *out)
{
	struct segment verified;
	struct options o;

	if (packet_decode(s->packet, s->len, false, out) != WIRE_OK)
		return false;
	if (packet_decode(s->packet, s->len, true, &verified) == WIRE_TCP_CHECKSUM)
		out->lie.checksum = CHECKSUM_BAD;
	if (out->flags & TCP_SYN && !run->server_isn_known) {
		run->server_isn = out->seq;
		run->server_isn_known = true;
	}
	options_decode(out->opt, out->opt_len, &o);
	if (o.has_ts)
		run->ts_val = o.ts_val;
	if (o.has_fast_open && o.fast_open_len == FAST_OPEN_COOKIE)
		memcpy(run->cookie, o.fast_open, FAST_OPEN_COOKIE);
	log_segment(run, s->when, '>', out);
	out->seq -= run->server_isn_known ? run->server_isn : 0;
	if (out->flags & TCP_ACK)
		out->ack -= run->client_isn;
	rebase_sack(out, -run->client_isn);
	replace_cookie(out, run->cookie, any_cookie);
	return true;
}

static bool nothing_more(struct run *run, const struct line *l)
{
	struct sent *s = next_sent(run);
	struct segment seg;

	if (!s)
		return true;
	run->now = s->when;
	if (!read_sent(run, s, &seg))
		return failed(run, l, "something that is not a segment was sent");
	return failed(run, l, "a segment was sent that the script does not have");
}

static struct expr_values values_of(const struct run *run)
{
	struct expr_values v = {0};

	v.v[VAR_TS_VAL] = run->ts_val;
	return v;
}

static bool right_checksums(const struct notation *n, const struct sent *s)
{
	struct segment seg;

	return n->parts & (PART_CKSUM | PART_DOFF | PART_IPLEN) ||
	       packet_decode(s->packet, s->len, true, &seg) == WIRE_OK;
}

static bool expect_segment(struct run *run, const struct line *l, const struct sent *s)
{
	struct expr_values values;
	struct text why = {0};
	struct segment seg;
	bool same;

	if (!read_sent(run, s, &seg))
		return failed(run, l, "what was sent is not a segment");
	if (!addr_equal(&seg.src, &run->server) || !addr_equal(&seg.dst, &run->client) ||
	    seg.sport != run->server_port || seg.dport != run->client_port)
		return failed(run, l, "what was sent is between other addresses or ports");
	values = values_of(run);
	same = notation_match(&l->segment, &values, &seg, &why);
	if (!same) {
		struct text actual = {0};

		segment_format(&seg, 0, 0, 0, &actual);
		fprintf(stderr, "expected: %s\nactual:   %s\n%s", l->text, text_str(&actual),
			text_str(&why));
		text_free(&actual);
	}
	text_free(&why);
	if (!same)
		return failed(run, l, "another segment was sent");
	if (!right_checksums(&l->segment, s))
		return failed(run, l, "the checksum is wrong");
	return true;
}

static bool expect_icmp(struct run *run, const struct line *l, const struct sent *s)
{
	bool v4 = addr_is_v4(&run->client);
	size_t header = v4 ? 20 : 40;
	uint8_t type, code;

	if (!icmp_by_name(l->icmp, v4, &type, &code))
		return failed(run, l, "this family has no such ICMP error");
	if (s->len < header + 8 || s->packet[v4 ? 9 : 6] != (v4 ? 1 : 58))
		return failed(run, l, "what was sent is not ICMP");
	if (s->packet[header] != type || s->packet[header + 1] != code)
		return failed(run, l, "another ICMP error was sent");
	text_addf(&run->log, "  %12.6f > icmp %s\n", (double)s->when / 1e9, l->icmp);
	return true;
}

static bool expect(struct run *run, const struct line *l)
{
	struct sent *s;
	nstime off;
	bool ok;

	run->now += l->after;
	responder_advance(&run->responder, run->now);
	s = next_sent(run);
	if (!s)
		return failed(run, l, "nothing was sent");
	off = s->when - run->now;
	if (off > TOLERANCE || off < -TOLERANCE) {
		fprintf(stderr, "expected at %.6f, sent at %.6f\n", (double)run->now / 1e9,
			(double)s->when / 1e9);
		nothing_more(run, l);
		return false;
	}
	ok = l->kind == LINE_OUT_ICMP ? expect_icmp(run, l, s) : expect_segment(run, l, s);
	drop_sent(run);
	return ok;
}

/* --- what the client sends ------------------------------------------------------------------ */

static struct flow *find_flow(struct run *run)
{
	struct flow_key key = {.client = run->client,
			       .server = run->server,
			       .client_port = run->client_port,
			       .server_port = run->server_port};

	return table_find(&run->responder.table, &key);
}

static enum tcp_state state_now(struct run *run)
{
	const struct flow *f = find_flow(run);

	return f ? (enum tcp_state)f->state : STATE_CLOSED;
}

/* The first segment of a cell is what the cell says that it is. */
static bool check_cell(struct run *run, const struct segment *seg)
{
	const struct line *cell = run->cell;
	enum tcp_state state = state_now(run);

	run->cell = NULL;
	if (!cell)
		return true;
	if (!cell_fits(cell->cls, seg, find_flow(run)))
		return failed(run, cell, "the segment is not of this class");
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
	struct expr_values values = values_of(run);
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
	if (!nothing_more(run, l))
		return false;
	notation_resolve(&l->segment, &values, &seg);
	seg.seq += run->client_isn;
	if (seg.flags & TCP_ACK)
		seg.ack += run->server_isn;
	rebase_sack(&seg, run->server_isn);
	replace_cookie(&seg, any_cookie, run->cookie);
	frame.len = packet_encode(&seg, run->packet, sizeof(run->packet));
	frame.when = run->now;
	log_segment(run, run->now, '<', &seg);
	if (!check_cell(run, &seg))
		return false;
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
	return failed(run, l, "the machine is in another state");
}

static bool pass_time(struct run *run, const struct line *l)
{
	run->now += l->after;
	responder_advance(&run->responder, run->now);
	if (l->kind == LINE_SILENCE)
		return nothing_more(run, l);
	while (run->count) {
		struct segment seg;

		read_sent(run, next_sent(run), &seg);
		drop_sent(run);
	}
	return true;
}

static void new_connection(struct run *run)
{
	static const uint32_t edges[] = {0, 0x7ffffffe, 0xfffffff0, 0xffffffff};

	run->server_port = run->endpoint_port;
	run->client_port = (uint16_t)(1024 + rng_below(&run->rng, 64000));
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
	case LINE_OUT:
	case LINE_OUT_ICMP: return expect(run, l);
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
		if (!nothing_more(run, l))
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

/* A block is run where it is asked for. */
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
	return nothing_more(run, NULL);
}

/* --- one run -------------------------------------------------------------------------------- */

static void choose_addresses(struct run *run, bool v4)
{
	for (int i = 0; i < 2; i++) {
		struct addr *a = i ? &run->server : &run->client;
		uint8_t four[4] = {10, (uint8_t)rng_next(&run->rng), (uint8_t)rng_next(&run->rng),
				   (uint8_t)(1 + i)};

		if (v4) {
			addr_from_v4(a, four);
			continue;
		}
		for (int b = 0; b < 16; b++)
			a->b[b] = (uint8_t)rng_next(&run->rng);
		a->b[0] = 0xfd;
		a->b[15] = four[3];
	}
	run->endpoint_port = (uint16_t)(1 + rng_below(&run->rng, 65534));
}

static struct config *load(struct run *run)
{
	const struct script *s = run->script;
	char path[] = "/tmp/script-XXXXXX", server[ADDR_TEXT_MAX];
	struct diag diag = {0};
	struct config *config;
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	char *behaviours = xstrdup(SYNACKD_SOURCE_CONF);

	if (!f) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	*strrchr(behaviours, '/') = '\0';
	fprintf(f, "load = ( \"%s/behaviours/*.conf\" );\n", behaviours);
	fprintf(f, "clients = ( \"0.0.0.0/0\", \"::/0\" );\n%s", text_str(&s->config));
	fprintf(f,
		"endpoints = ( { name = \"script\"; address = \"%s\"; ports = \"%u\";\n"
		"behaviour = \"%s\"; service = \"%s\";\n%s } );\n",
		addr_format(&run->server, server), run->server_port, s->behaviour, s->service,
		text_str(&s->keys));
	fclose(f);
	config = config_load(path, &diag);
	if (diag.lines.len)
		fprintf(stderr, "%s: its config:\n%s", s->path, text_str(&diag.lines));
	diag_free(&diag);
	unlink(path);
	free(behaviours);
	return config;
}

static struct endpoints *endpoints_of(const struct config *c)
{
	struct endpoint e = {
		.name = c->endpoint[0].name,
		.number = 1,
		.address = c->endpoint[0].address,
		.port_from = c->endpoint[0].port_from,
		.port_to = c->endpoint[0].port_to,
		.rules = c->endpoint[0].rules,
	};

	return endpoints_build(&e, 1, c->client, c->clients);
}

static bool run_once(struct run *run, bool v4, uint64_t seed)
{
	const struct responder_limits limits = {.half_open_max = 1000,
						.connections_max = 1000,
						.delayed_max = 1000,
						.trace_size = 1 << 20};
	const struct path path = {0};
	struct config *config;
	bool ok;

	run->seed = seed;
	rng_seed(&run->rng, seed);
	run->now = NS_PER_S * (nstime)(1 + rng_below(&run->rng, 1000000));
	choose_addresses(run, v4);
	new_connection(run);
	config = load(run);
	if (!config)
		return false;
	responder_init(&run->responder, &limits, seed, run->now);
	run->link = (struct link){.ops = &scripted, .fd = -1, .mtu = MTU};
	responder_add_link(&run->responder, &run->link);
	paths_intern(&run->responder.paths, &path);
	responder_use(&run->responder, endpoints_of(config));
	ok = run_lines(run);
	while (run->count)
		drop_sent(run);
	responder_free(&run->responder);
	config_free(config);
	text_free(&run->log);
	return ok;
}

static bool run_script(const char *path, uint64_t seed, bool table, const char *captures)
{
	struct run *run = xcalloc(1, sizeof(*run));
	struct script script;
	bool ok = script_read(path, &script);

	if (captures && !(run->capture = capture_open(captures, path))) {
		perror(captures);
		ok = false;
	}
	for (unsigned i = 0; ok && i < VARIANTS; i++) {
		run->script = &script;
		run->table = table && i == 0;
		if (script.v4)
			ok = run_once(run, true, seed + i);
		if (ok && script.v6)
			ok = run_once(run, false, seed + i);
	}
	if (run->capture && !capture_close(run->capture)) {
		perror(captures);
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
						{0}};
	uint64_t seed = (uint64_t)getpid() * 2654435761u;
	const char *captures = NULL;
	bool ok = true, table = false;
	int c;

	while ((c = getopt_long(argc, argv, "s:", options, NULL)) != -1) {
		switch (c) {
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 't': table = true; break;
		case 'c': captures = optarg; break;
		default:
			fprintf(stderr, "usage: script_runner [--seed N] [--table] "
					"[--capture DIRECTORY] SCRIPT …\n");
			return EXIT_FAILURE;
		}
	}
	for (; optind < argc; optind++) {
		bool passed = run_script(argv[optind], seed, table, captures);

		printf("%s %s\n", passed ? "ok  " : "FAIL", argv[optind]);
		ok = ok && passed;
	}
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
