/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include "base/container.h"
#include "engine/advance.h"
#include "engine/receive.h"
#include "wire/notation.h"
#include "wire/notation_format.h"
#include "wire/packet_decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DELAY             (500 * NS_PER_US) /* one way */
#define HORIZON           (4 * 3600 * NS_PER_S)
#define STEPS             5000000u /* events; more mean an endless loop */
#define PORT              80
#define FIRST_CLIENT_PORT 20000
#define PACKETS           4096

/* A packet in transit. */
struct flying {
	struct flying *next;
	nstime when;
	bool in; /* true: to the responder */
	size_t len;
	uint8_t bytes[];
};

struct network {
	const struct bench *bench;
	struct responder responder;
	struct link link;
	unsigned clients;
	struct client *client;
	struct cookie *cookie; /* one for each scenario's server */
	nstime now;
	struct flying *head, **tail;
};

/* --- config ----------------------------------------------------------------------------------- */

static struct config *load(void)
{
	char path[] = "/tmp/judge-XXXXXX";
	char *conf = xstrdup(SYNACKD_SOURCE_CONF);
	struct diag diag = {0};
	struct config *config;
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	*strrchr(conf, '/') = '\0';
	fprintf(f, "load = ( \"%s/behaviours/*.conf\", \"%s/suites/*.conf\" );\n", conf, conf);
	fclose(f);
	config = config_load(path, NULL, &diag);
	if (diag.lines.len)
		fprintf(stderr, "%s", text_str(&diag.lines));
	diag_free(&diag);
	unlink(path);
	free(conf);
	return config;
}

static struct ruleset *compile(const struct config *c, const struct scenario *s)
{
	struct endpoint_words words = {.name = s->name,
				       .address = "192.0.2.1",
				       .ports = "80",
				       .behaviour = s->behaviour,
				       .service = s->service};
	struct diag diag = {0};
	struct endpoint_config *e = endpoint_config_make(&c->catalogue, &words, &diag);
	struct ruleset *rules = e ? ruleset_get(e->rules) : NULL;

	if (!e)
		fprintf(stderr, "scenario '%s': %s", s->name, text_str(&diag.lines));
	if (e)
		endpoint_config_release(e);
	free(e);
	diag_free(&diag);
	return rules;
}

bool bench_open(struct bench *b, const char *name, const char *wanted)
{
	const struct suite *suite;

	*b = (struct bench){.config = load(), .wanted = wanted};
	suite = b->config ? suite_find(&b->config->suites, name) : NULL;
	if (!suite) {
		fprintf(stderr, "unknown suite '%s'\n", name);
		return false;
	}
	while (suite_scenario(&b->config->suites, suite, b->scenarios))
		b->scenarios++;
	b->scenario = xcalloc(b->scenarios, sizeof(*b->scenario));
	b->rules = xcalloc(b->scenarios, sizeof(struct ruleset *));
	for (unsigned i = 0; i < b->scenarios; i++) {
		b->scenario[i] = suite_scenario(&b->config->suites, suite, i);
		if (!wanted || strcmp(wanted, b->scenario[i]->name) == 0)
			b->rules[i] = compile(b->config, b->scenario[i]);
	}
	return true;
}

void bench_close(struct bench *b)
{
	for (unsigned i = 0; i < b->scenarios; i++)
		ruleset_put(b->rules[i]);
	free(b->rules);
	free(b->scenario);
	config_free(b->config);
}

/* --- the network ------------------------------------------------------------------------------ */

static void fly(struct network *n, bool in, const uint8_t *packet, size_t len, nstime when)
{
	struct flying *f = malloc(sizeof(*f) + len);

	*f = (struct flying){.when = when + DELAY, .in = in, .len = len};
	memcpy(f->bytes, packet, len);
	*n->tail = f;
	n->tail = &f->next;
}

static void responder_sends(struct link *l, const struct path *to, const uint8_t *packet,
			    size_t len, nstime when)
{
	struct network *n = container_of(l, struct network, link);

	(void)to;
	fly(n, false, packet, len, when);
}

static void nothing_to_flush(struct link *l)
{
	(void)l;
}

static const struct link_ops ops = {
	.kind = "fake", .send = responder_sends, .flush = nothing_to_flush};

static void client_sends(struct client *k, const uint8_t *packet, size_t len)
{
	struct network *n = k->context;

	fly(n, true, packet, len, n->now);
}

/* The destination port of a TCP packet, or the source port that an ICMP error quotes. */
static unsigned port_of(const uint8_t *p, size_t len)
{
	size_t at = p[0] >> 4 == 4 ? (p[0] & 0x0fu) * 4 : 40;
	uint8_t protocol = p[0] >> 4 == 4 ? p[9] : p[6];

	if (protocol != 6) {
		at += 8;
		if (at >= len)
			return 0;
		at += p[at] >> 4 == 4 ? (p[at] & 0x0fu) * 4 : 40;
		return at + 4 <= len ? (unsigned)p[at] << 8 | p[at + 1] : 0;
	}
	return at + 4 <= len ? (unsigned)p[at + 2] << 8 | p[at + 3] : 0;
}

/* Returns the client that uses the port now, or NULL. */
static struct client *client_at(struct network *n, unsigned port)
{
	struct client *k;

	if (port < FIRST_CLIENT_PORT || port >= FIRST_CLIENT_PORT + n->clients)
		return NULL;
	k = &n->client[port - FIRST_CLIENT_PORT];
	return k->heir && k->heir->begun ? k->heir : k;
}

static void arrive(struct network *n)
{
	struct flying *f = n->head;

	n->head = f->next;
	if (!n->head)
		n->tail = &n->head;
	if (f->in) {
		struct frame frame = {.packet = f->bytes, .len = f->len, .when = f->when};

		responder_frame(&n->responder, &n->link, &frame);
	} else {
		struct client *k = client_at(n, port_of(f->bytes, f->len));

		if (k)
			client_packet(k, f->bytes, f->len, n->now);
	}
	free(f);
}

static bool step(struct network *n)
{
	nstime next = responder_next(&n->responder);
	struct client *due = NULL;

	for (unsigned i = 0; i < n->clients; i++) {
		nstime at = client_next(&n->client[i]);

		if (at < next) {
			next = at;
			due = &n->client[i];
		}
	}
	if (n->head && n->head->when <= next) {
		n->now = n->head->when;
		arrive(n);
		return true;
	}
	if (next >= HORIZON)
		return false;
	n->now = next;
	if (due)
		client_time(due, n->now);
	else
		responder_advance(&n->responder, n->now);
	return true;
}

/* --- a run ------------------------------------------------------------------------------------ */

static void address(struct addr *a, bool v4, unsigned net, unsigned host)
{
	uint8_t four[4] = {10, (uint8_t)net, (uint8_t)(host >> 8), (uint8_t)host};

	addr_from_v4(a, four);
	if (!v4)
		*a = (struct addr){
			.b = {0xfd, [13] = (uint8_t)net, (uint8_t)(host >> 8), (uint8_t)host}};
}

static void make_endpoints(struct network *n, bool v4)
{
	const struct bench *b = n->bench;
	struct endpoint *e = xcalloc(b->scenarios, sizeof(*e));
	/* The default bounds: they must neither fail a client nor hide a mutant. */
	struct allowed everybody[2] = {
		{.network = {{.b = {[10] = 0xff, 0xff}}, 96}, .amplification = 3},
		{.network = {{.b = {0}}, 0}, .amplification = 3}};
	unsigned count = 0;

	for (unsigned i = 0; i < b->scenarios; i++) {
		if (!b->rules[i])
			continue;
		e[count] = (struct endpoint){.name = b->scenario[i]->name,
					     .number = count + 1,
					     .port_from = PORT,
					     .port_to = PORT,
					     .rules = b->rules[i]};
		address(&e[count].address.addr, v4, 1, i + 1);
		e[count++].address.bits = 128;
	}
	responder_use(&n->responder, endpoint_index_build(e, count, everybody, 2));
	free(e);
}

/* The time between the starts of two connections. A connection that depends on the previous one
 * starts after it. */
static nstime apart(const struct scenario *s)
{
	bool after = strstr(s->needs, "Fast Open") || strstr(s->needs, "same port");

	return after ? s->stay + 5 * NS_PER_S : 50 * NS_PER_MS;
}

static void make_clients(struct network *n, const struct quirk *q, bool v4, uint64_t seed)
{
	const struct bench *b = n->bench;
	const struct tcp_keys keys = {.isn = {seed, ~seed}};
	struct client_ends ends = {.server_port = PORT};
	unsigned total = 0;

	for (unsigned i = 0; i < b->scenarios; i++)
		total += b->rules[i] ? b->scenario[i]->connections : 0;
	n->client = xcalloc(total ? total : 1, sizeof(*n->client));
	n->cookie = xcalloc(b->scenarios, sizeof(*n->cookie));
	address(&ends.client, v4, 2, 1);
	for (unsigned i = 0; i < b->scenarios; i++) {
		address(&ends.server, v4, 1, i + 1);
		for (unsigned k = 0; b->rules[i] && k < b->scenario[i]->connections; k++) {
			struct client *c = &n->client[n->clients];

			bool heir = k && strstr(b->scenario[i]->needs, "same port");

			if (heir)
				c[-1].heir = c;
			else
				ends.client_port = (uint16_t)(FIRST_CLIENT_PORT + n->clients);
			n->clients++;
			client_init(c, &ends, b->scenario[i], q, &keys,
				    NS_PER_S + (nstime)i * 7 * NS_PER_MS +
					    k * apart(b->scenario[i]));
			c->cookie = &n->cookie[i];
			c->out = client_sends;
			c->context = n;
		}
	}
}

static void judge(struct network *n, struct bench_run *out)
{
	struct judge_rules rules = {
		.asserted = {.patience = HORIZON, .mtu = 1500, .on_link = true, .keepalive = true},
		.tolerance = LATE_TOLERANCE};

	if (n->responder.trace.lost)
		fprintf(stderr, "%llu records of the trace lost\n",
			(unsigned long long)n->responder.trace.lost);
	dialogs_read(&out->dialogs, &n->responder.trace, NULL, 0, HORIZON, NULL);
	for (unsigned i = 0; i < out->dialogs.count; i++) {
		struct dialog *d = &out->dialogs.dialog[i];
		unsigned host = (unsigned)d->copy.key.server.b[14] << 8 | d->copy.key.server.b[15];

		snprintf(d->endpoint, sizeof(d->endpoint), "%s",
			 n->bench->scenario[host - 1]->name);
		snprintf(d->behaviour, sizeof(d->behaviour), "%s",
			 n->bench->scenario[host - 1]->behaviour);
	}
	verdicts_make(&out->verdicts, &out->dialogs, &rules);
}

void bench_run(const struct bench *b, const struct quirk *q, bool v4, uint64_t seed,
	       struct bench_run *out)
{
	const struct responder_limits limits = {.half_open_max = 10000,
						.connections_max = 10000,
						.time_wait_max = 10000,
						.delayed_max = 10000,
						.loops = {20, 100, 65536},
						.trace_size = 64 << 20};
	struct responder_keys keys;
	struct network *n = xcalloc(1, sizeof(*n));
	unsigned steps = 0;

	n->bench = b;
	n->tail = &n->head;
	responder_keys_of_seed(seed, &keys);
	responder_init(&n->responder, &limits, seed, &keys, 0);
	n->link = (struct link){.ops = &ops, .fd = -1, .mtu = 1500};
	responder_add_link(&n->responder, &n->link);
	make_endpoints(n, v4);
	make_clients(n, q, v4, seed);
	while (step(n) && ++steps < STEPS)
		;
	if (steps == STEPS)
		fprintf(stderr, "%s: endless loop at %.3f s\n", q ? q->breaks : "conforming",
			(double)n->now / 1e9);
	judge(n, out);
	while (n->head) {
		struct flying *f = n->head;

		n->head = f->next;
		free(f);
	}
	for (unsigned i = 0; i < n->clients; i++)
		client_free(&n->client[i]);
	free(n->client);
	free(n->cookie);
	responder_release(&n->responder);
	free(n);
}

void bench_run_free(struct bench_run *run)
{
	verdicts_free(&run->verdicts);
	dialogs_free(&run->dialogs);
}

void bench_print(const struct dialog *d, const struct finding *f)
{
	const struct arrow *a = NULL;

	while ((a = arrow_next(d, a))) {
		struct text line = {0};
		bool decides = false;

		for (unsigned i = 0; f && i < f->arrows; i++)
			decides |= f->arrow[i] == a;
		text_addf(&line, "%s%4u %12.6f %c ", decides ? "=>" : "  ", a->number,
			  (double)a->when / 1e9, a->in ? '<' : '>');
		if (a->decoded == WIRE_OK)
			segment_format(&a->seg, a->in ? d->isn : d->iss, a->in ? d->iss : d->isn, 0,
				       &line);
		else if (a->decoded == WIRE_ICMP)
			text_addf(&line, "icmp %s", a->icmp ? a->icmp : "?");
		else
			text_addf(&line, "%s", wire_result_name(a->decoded));
		printf("%s%s%s%s\n", text_str(&line), a->sound ? "" : " unsound",
		       *trace_fate_name(a->record->fate) ? " " : "",
		       trace_fate_name(a->record->fate));
		text_free(&line);
	}
}
