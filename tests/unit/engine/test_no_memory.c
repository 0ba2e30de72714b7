/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of a conversation fails in turn, alone or with all later ones for a while. The
 * client retransmits as the RFC requires. It must receive the stream from the beginning without a
 * gap: all of it, or a part that ends with a counted RST.
 */
#include "alone.h"
#include "one_client.h"

#include "engine/advance.h"
#include "judge/judge.h"
#include "judge/trace_copy.h"
#include "wire/packet_decode.h"

#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#define ASKED     30000 /* octets that the client sends to echo */
#define CHUNK     1400
#define STEPS     400 /* of the client, 300 ms each */
#define SHORT_FOR 12  /* steps during which all allocations fail */
#define SWEEP_MAX 4000

/* --- allocations ------------------------------------------------------------------------------ */

static unsigned countdown; /* allocations until one fails; 0: none fails */
static bool lasting;       /* the following ones fail, too */
static bool failing;
static bool inside; /* the responder is running, not the test */
static unsigned failed;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);

static bool fails(void)
{
	if (!inside)
		return false;
	if (countdown && !--countdown)
		failing = true;
	if (!failing)
		return false;
	failing = lasting;
	failed++;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	return fails() ? MAP_FAILED : __real_mmap(at, size, prot, flags, fd, offset);
}

/* --- the client ------------------------------------------------------------------------------- */

static struct {
	const char *text; /* data that it sends */
	size_t len, acked;
	bool opened, reset, ended; /* ended: the FIN arrived in sequence */
} asked;

static void heard(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		  nstime when)
{
	struct segment seg;

	inside = false;
	deliver(l, to, packet, len, when);
	packet_decode(packet, len, true, &seg);
	inside = true;
	asked.reset |= seg.flags & TCP_RST;
	asked.ended |= seg.flags & TCP_FIN && client.ack == seg.seq + segment_seq_len(&seg);
	if (!(seg.flags & TCP_ACK) || seg.flags & TCP_RST)
		return;
	asked.opened = true;
	if (seg.ack - 1001 <= asked.len && seg.ack - 1001 > asked.acked)
		asked.acked = seg.ack - 1001;
}

static const struct link_ops tapped = {.kind = "test", .send = heard, .flush = flush_nothing};

/* Sends the SYN, unacknowledged data, or an ACK. */
static void client_step(void)
{
	char chunk[CHUNK + 1] = "";
	size_t n = asked.len - asked.acked < CHUNK ? asked.len - asked.acked : CHUNK;

	if (!asked.opened) {
		client.seq = 1000;
		sends(TCP_SYN, "");
		return;
	}
	memcpy(chunk, asked.text + asked.acked, n);
	client.seq = 1001 + (uint32_t)asked.acked;
	sends(TCP_ACK | (n ? TCP_PSH : 0), chunk);
}

/* --- providers of the services ---------------------------------------------------------------- */

/* An echo server. */
static struct relay_peer {
	char text[ASKED];
	size_t from, to;
} server;

static struct relay_peer *open_server(void *context, struct relay_target *target,
				      const struct flow *f)
{
	(void)target;
	(void)f;
	return context;
}

static size_t server_room(struct relay_peer *p)
{
	return sizeof(p->text) - p->to;
}

static void write_server(struct relay_peer *p, const void *data, size_t n)
{
	memcpy(p->text + p->to, data, n);
	p->to += n;
}

static size_t server_readable(struct relay_peer *p, const uint8_t **data)
{
	*data = (const uint8_t *)p->text + p->from;
	return p->to - p->from;
}

static void server_consume(struct relay_peer *p, size_t n)
{
	p->from += n;
}

static bool never(const struct relay_peer *p)
{
	(void)p;
	return false;
}

static void nothing(struct relay_peer *p)
{
	(void)p;
}

static const struct relay_ops server_ops = {.open = open_server,
					    .room = server_room,
					    .write = write_server,
					    .readable = server_readable,
					    .consume = server_consume,
					    .eof = never,
					    .failed = never,
					    .shutdown = nothing,
					    .close = nothing};

/* A judge that answers at once. */
static struct report {
	char text[ASKED];
} judge;

static struct report *ask_judge(void *context, const struct report_query *q, const struct flow *f)
{
	(void)q;
	(void)f;
	return context;
}

static const char *judge_text(const struct report *r, size_t *len, bool *good)
{
	*len = sizeof(r->text);
	*good = true;
	return r->text;
}

static bool not_taken(const struct report *r)
{
	(void)r;
	return false;
}

static void forget(struct report *r)
{
	(void)r;
}

static const struct report_ops judge_ops = {
	.ask = ask_judge, .text = judge_text, .taken = not_taken, .let_go = forget};

/* --- one conversation ------------------------------------------------------------------------- */

struct conversation {
	const char *service, *keys;
	const char *asks; /* NULL: ASKED octets */
	size_t wants;     /* octets of the answer that complete it; 0: it ends with a FIN */
};

static char octets[ASKED];
static char answer[2 * ASKED];
static size_t answer_len;

static bool over_v4;

static void begin(const struct conversation *c)
{
	client_begin_over(over_v4, c->service, c->keys);
	the_link.ops = &tapped;
	asked = (typeof(asked)){.text = c->asks ? c->asks : octets,
				.len = c->asks ? strlen(c->asks) : ASKED};
	server.from = server.to = 0;
	responder.relay = (struct relay_provider){&server_ops, &server};
	responder.judge = (struct report_provider){&judge_ops, &judge};
}

static bool is_over(const struct conversation *c)
{
	return asked.reset || asked.ended || (c->wants && client.got_len >= c->wants);
}

/* Runs until the answer is complete, or an RST arrives. */
static void converse(const struct conversation *c)
{
	for (unsigned i = 0; i < STEPS && !is_over(c); i++) {
		inside = true;
		client_step();
		if (failed >= 1 && i >= SHORT_FOR)
			failing = false;
		the_time += 300 * NS_PER_MS;
		responder_advance(&responder, the_time);
		inside = false;
	}
	countdown = 0;
	failing = false;
}

/* Returns false if the conversation has fewer than `n` allocations. */
static bool fail_at(const struct conversation *c, unsigned n, bool all)
{
	begin(c);
	failed = 0;
	lasting = all;
	countdown = n;
	converse(c);
	ck_assert_msg(memcmp(client.got, answer,
			     client.got_len < answer_len ? client.got_len : answer_len) == 0,
		      "%s %s: allocation %u: octets are missing", c->service, c->keys, n);
	ck_assert_msg(asked.reset || client.got_len >= answer_len,
		      "%s %s: allocation %u: %zu octets of %zu, and no RST", c->service, c->keys, n,
		      client.got_len, answer_len);
	ck_assert_msg(!asked.reset || responder.counter[COUNT_NO_MEMORY],
		      "%s: allocation %u: an RST that is not counted", c->service, n);
	client_end();
	return failed;
}

static void sweep(const struct conversation *c)
{
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = judge.text[i] = (char)('!' + i * 7 % 90 + i / 90 % 2);
	begin(c);
	converse(c);
	ck_assert(is_over(c) && !asked.reset);
	answer_len = c->wants ? c->wants : client.got_len;
	memcpy(answer, client.got, answer_len);
	client_end();
	while (n < SWEEP_MAX && fail_at(c, n + 1, false))
		n++;
	ck_assert_uint_gt(n, 3);
	for (unsigned at = 1; at <= n; at++)
		fail_at(c, at, true);
}

#define CONVERSATION(name, ...)                             \
	START_TEST(name)                                    \
	{                                                   \
		over_v4 = true;                             \
		sweep(&(struct conversation){__VA_ARGS__}); \
		over_v4 = false;                            \
		sweep(&(struct conversation){__VA_ARGS__}); \
	}                                                   \
	END_TEST

CONVERSATION(echo, "echo", "", NULL, ASKED)
CONVERSATION(echo_in_pieces, "echo", "behaviour = \"pieces\";", NULL, ASKED)
CONVERSATION(echo_late, "echo", "behaviour = \"late\";", NULL, ASKED)
CONVERSATION(echo_held, "echo", "behaviour = \"held\";", NULL, ASKED)
CONVERSATION(echo_counted, "echo", "behaviour = \"counted\";", NULL, ASKED + 5)
CONVERSATION(echo_chosen, "echo", "behaviour = \"chosen\";", NULL, ASKED + 5)
CONVERSATION(chargen, "chargen", "", "", ASKED)
CONVERSATION(chargen_counted, "chargen", "behaviour = \"counted\";", "", ASKED)
CONVERSATION(banner, "banner:hello", "", "", 5)
CONVERSATION(http, "http", "", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200)
CONVERSATION(http_and_fin, "http", "close = \"reply\";", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0)
CONVERSATION(relay, "relay:192.0.2.80:8443", "", NULL, ASKED)
CONVERSATION(report, "report", "", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ASKED)

/* Judges the trace of a conversation. Returns false if an allocation failed. */
static bool judge_it(unsigned *fails, unsigned *count)
{
	const struct judge_rules rules = {.tolerance = LATE_TOLERANCE};
	struct verdicts verdicts = {0};
	struct dialogs dialogs = {0};
	struct client_trace copy;
	bool good = client_trace_begin(&copy, &responder.trace, &client.address, 1 << 20) &&
		    client_trace_step(&copy, &responder.trace, UINT_MAX) &&
		    dialogs_read(&dialogs, &copy.copied, NULL, 0, the_time, NULL) &&
		    verdicts_make(&verdicts, &dialogs, &rules);

	*fails = 0;
	*count = verdicts.count;
	for (unsigned i = 0; i < verdicts.count; i++)
		*fails += verdicts.verdict[i].result == RESULT_FAIL;
	verdicts_free(&verdicts);
	dialogs_free(&dialogs);
	trace_free(&copy.copied);
	return good;
}

/* Without memory there are fewer verdicts, but no additional FAIL. */
START_TEST(judge_without_memory)
{
	const struct conversation c = {"echo", "", NULL, ASKED};
	unsigned all, fails_of_all, fails_now, count, without = 0, n = 0;

	begin(&c);
	converse(&c);
	ck_assert(judge_it(&fails_of_all, &all));
	ck_assert_uint_gt(all, 5);
	do {
		bool good;

		failed = 0;
		countdown = ++n;
		inside = true;
		good = judge_it(&fails_now, &count);
		inside = false;
		without += !good;
		ck_assert_uint_le(fails_now, fails_of_all);
		ck_assert(failed || (good && count == all));
	} while (failed);
	ck_assert_uint_gt(without, 5);
	client_end();
}
END_TEST

UNIT_MAIN("no_memory", echo, echo_in_pieces, echo_late, echo_held, echo_counted, echo_chosen,
	  chargen, chargen_counted, banner, http, http_and_fin, relay, report, judge_without_memory)
