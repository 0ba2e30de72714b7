/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/random.h"
#include "tcp/deadlines.h"
#include "tcp/output.h"
#include "tcp/time_wait.h"
#include "tcp/time_wait_record.h"
#include "wire/cursor.h"

#include <string.h>

#define RUNS   3000
#define EVENTS 40

/* A connection, and a copy that is packed into a record and unpacked after each step. */
struct twins {
	struct rng rng;
	struct tcp_settings settings;
	struct tcp_conn whole, copy;
	struct plan plan, copied;
	nstime began, now;
	struct {
		uint32_t seq, ack;
		uint32_t ts;
	} client;
};

static bool odds(struct twins *t, unsigned in)
{
	return rng_below(&t->rng, in) == 0;
}

static uint32_t one_of(struct twins *t, const uint32_t *list, size_t n)
{
	return list[rng_below(&t->rng, n)];
}

static void set_up(struct twins *t, uint64_t seed)
{
	static const uint32_t windows[] = {0,     1,      500,     29200,  65535,
					   65536, 100000, 1 << 20, 1 << 30};
	static const uint32_t options[] = {0, 3, 14};
	struct tcp_half h = {.f = {.state = STATE_SYN_RECEIVED, .kind = FLOW_HALF, .id = seed}};

	*t = (struct twins){.now = (nstime)seed * NS_PER_MS};
	rng_seed(&t->rng, seed);
	tcp_settings_default(&t->settings);
	t->settings.window = one_of(t, windows + 1, 8);
	t->settings.ip_id_policy = odds(t, 2) ? IP_ID_COUNTER : IP_ID_ZERO;
	t->settings.sws_avoidance = !odds(t, 4);
	t->settings.delayed_ack = odds(t, 2) ? 40 * NS_PER_MS : 0;
	h.settings = &t->settings;
	h.began = t->began = t->now;
	h.iss = (uint32_t)rng_next(&t->rng);
	h.irs = (uint32_t)rng_next(&t->rng);
	h.snd_wnd = (uint16_t)one_of(t, windows, 5);
	h.peer_mss = (uint16_t)(odds(t, 2) ? 1460 : 88);
	h.link_mss = 1460;
	h.wscale_ok = odds(t, 2);
	h.peer_wscale = (uint8_t)one_of(t, options, 3) & 15;
	h.sack_ok = odds(t, 2);
	h.ts_ok = odds(t, 2);
	h.ts_recent = t->client.ts = (uint32_t)rng_next(&t->rng);
	h.ts_offset = (uint32_t)rng_next(&t->rng);
	h.ecn_ok = odds(t, 2);
	h.syn_flags = TCP_SYN;
	h.syn_options = (uint8_t)rng_next(&t->rng);
	h.syn_ae = odds(t, 2);
	h.sent = 1;
	while (h.wscale_ok && t->settings.window >> h.rcv_wscale > UINT16_MAX)
		h.rcv_wscale++;
	tcp_conn_from_half(&t->whole, &h);
	t->client.seq = h.irs + 1;
	t->client.ack = h.iss + 1;
}

static struct segment segment_of(struct twins *t, uint8_t flags, uint32_t len)
{
	static const uint8_t octets[2000];
	struct segment seg = {.flags = flags,
			      .seq = t->client.seq,
			      .ack = t->client.ack,
			      .window = (uint16_t)rng_below(&t->rng, 65536),
			      .payload = octets,
			      .len = len,
			      .ttl = 64};

	if (t->whole.ts_ok) {
		seg.opt_len = 12;
		memcpy(seg.opt, (const uint8_t[]){1, 1, 8, 10}, 4);
		put_u32(seg.opt + 4, t->client.ts);
		put_u32(seg.opt + 8, 0);
	}
	return seg;
}

static void step(struct tcp_conn *c, const struct tcp_event *e, nstime now, struct plan *plan)
{
	const uint8_t *data;

	plan_clear(plan);
	tcp_step(c, e, now, plan);
	for (size_t n; (n = tcp_readable(c, &data));)
		tcp_consume(c, n);
	tcp_step(c, &(struct tcp_event){.type = TCP_EVENT_TURN}, now, plan);
}

static void tell(struct twins *t, uint8_t flags, uint32_t len)
{
	const struct segment seg = segment_of(t, flags, len);

	step(&t->whole, &(struct tcp_event){.type = TCP_EVENT_SEGMENT, .seg = &seg}, t->now,
	     &t->plan);
	t->client.seq += segment_seq_len(&seg);
	t->client.ack = t->whole.snd_max;
	t->client.ts += (uint32_t)rng_below(&t->rng, 2);
	t->now += (nstime)rng_below(&t->rng, NS_PER_S);
}

/* Opens, transfers octets in both directions, and closes; the responder's FIN is first, or both
 * cross. Returns false if the connection is not in TIME-WAIT then. */
static bool converse(struct twins *t)
{
	bool cross = odds(t, 3);
	uint32_t room;

	tell(t, TCP_ACK, 0);
	for (unsigned i = (unsigned)rng_below(&t->rng, 4); i; i--) {
		room = t->whole.rcv_adv - t->whole.rcv_nxt;
		tcp_write(&t->whole, "some octets", 11);
		tell(t, TCP_ACK | TCP_PSH,
		     (uint32_t)rng_below(&t->rng, (room < 1460 ? room : 1460) + 1));
		tell(t, TCP_ACK, 0);
	}
	tcp_close(&t->whole);
	step(&t->whole, &(struct tcp_event){.type = TCP_EVENT_TURN}, t->now, &t->plan);
	if (!cross)
		t->client.ack = t->whole.snd_max;
	room = t->whole.rcv_adv - t->whole.rcv_nxt - 1;
	tell(t, TCP_ACK | TCP_FIN, (uint32_t)rng_below(&t->rng, (room < 600 ? room : 600) + 1));
	if (cross || odds(t, 2))
		tell(t, TCP_ACK, 0);
	return t->whole.f.state == STATE_TIME_WAIT;
}

/* Packs the copy into a record and unpacks it. Returns false if the record cannot represent it. */
static bool repack(struct twins *t)
{
	struct tcp_time_wait w;

	if (!tcp_time_wait_from_conn(&w, &t->copy, t->began, t->now))
		return false;
	w.f.timer.deadline = t->copy.deadline[TIMER_LINGER];
	tcp_conn_release(&t->copy);
	memset(&t->copy, 0xa5, sizeof(t->copy));
	tcp_conn_from_time_wait(&t->copy, &w);
	return true;
}

/* Sends a segment near each boundary that a check of TIME-WAIT compares with. */
static struct segment stray(struct twins *t)
{
	static const uint32_t flags[] = {
		TCP_ACK, TCP_ACK,           TCP_ACK | TCP_FIN, TCP_ACK | TCP_FIN, TCP_ACK | TCP_PSH,
		TCP_RST, TCP_RST | TCP_ACK, TCP_SYN,           TCP_SYN | TCP_ACK, TCP_ACK | TCP_CWR,
		0};
	static const uint32_t lengths[] = {0, 0, 0, 1, 5, 600};
	const struct tcp_conn *c = &t->whole;
	const uint32_t seqs[] = {c->rcv_nxt,     c->rcv_nxt,     c->rcv_nxt - 1, c->rcv_nxt - 1,
				 c->rcv_nxt + 1, c->rcv_adv - 1, c->rcv_adv,     c->rcv_adv + 1,
				 c->irs,         c->irs + 1,     c->rcv_nxt - 6};
	const uint32_t acks[] = {c->snd_max,     c->snd_max,
				 c->snd_max,     c->snd_max - 1,
				 c->snd_max + 1, c->snd_una - c->snd_wnd_max,
				 c->iss,         c->snd_una - c->snd_wnd_max - 1};
	struct segment seg;

	t->client.seq = one_of(t, seqs, 11);
	t->client.ack = one_of(t, acks, 8);
	t->client.ts = c->ts_recent + (uint32_t)rng_below(&t->rng, 3) - 1;
	seg = segment_of(t, (uint8_t)one_of(t, flags, 11), one_of(t, lengths, 6));
	seg.tos = odds(t, 4) ? 3 : 0;
	if (odds(t, 5))
		seg.opt_len = 0;
	return seg;
}

static void check_plans(const struct twins *t)
{
	ck_assert_uint_eq(t->plan.count, t->copied.count);
	for (unsigned i = 0; i < t->plan.count; i++)
		ck_assert_mem_eq(&t->plan.item[i].seg, &t->copied.item[i].seg,
				 sizeof(struct segment));
	ck_assert_uint_eq(t->plan.moves, t->copied.moves);
}

/* All that rules can test, and the fields on the control socket. */
static void check_views(const struct twins *t)
{
	const struct tcp_conn *a = &t->whole, *b = &t->copy;

	ck_assert_uint_eq(a->f.state, b->f.state);
	ck_assert_uint_eq(a->f.id, b->f.id);
	ck_assert_uint_eq(a->iss, b->iss);
	ck_assert_uint_eq(a->irs, b->irs);
	ck_assert_uint_eq(a->snd_una, b->snd_una);
	ck_assert_uint_eq(a->snd_max, b->snd_max);
	ck_assert_uint_eq(a->snd_wnd, b->snd_wnd);
	ck_assert_uint_eq(a->rcv_nxt, b->rcv_nxt);
	ck_assert_uint_eq(tcp_window_field(a), tcp_window_field(b));
	ck_assert_uint_eq(a->last_ack_sent, b->last_ack_sent);
	ck_assert_uint_eq(a->ts_ok, b->ts_ok);
	ck_assert_uint_eq(a->ts_recent, b->ts_recent);
	ck_assert_uint_eq(a->ts_offset, b->ts_offset);
	ck_assert_mem_eq(&a->syn, &b->syn, sizeof(a->syn));
	ck_assert_uint_eq(a->octets_in, b->octets_in);
	ck_assert_uint_eq(a->octets_out, b->octets_out);
	ck_assert_int_eq(tcp_deadline(a), tcp_deadline(b));
}

static void disturb(struct twins *t)
{
	static const nstime waits[] = {0, 1, NS_PER_MS, NS_PER_S / 8, NS_PER_S, 7 * NS_PER_S};
	struct segment seg;
	struct tcp_event e = {.type = TCP_EVENT_SEGMENT, .seg = &seg};

	t->now += waits[rng_below(&t->rng, 6)];
	seg = stray(t);
	if (t->whole.deadline[TIMER_LINGER] <= t->now)
		e.type = TCP_EVENT_TIMER;
	else
		ck_assert_int_eq(tcp_time_wait_verdict(&t->whole, &seg),
				 tcp_time_wait_verdict(&t->copy, &seg));
	step(&t->whole, &e, t->now, &t->plan);
	step(&t->copy, &e, t->now, &t->copied);
	check_plans(t);
	check_views(t);
}

static void release(struct twins *t)
{
	tcp_conn_release(&t->whole);
	tcp_conn_release(&t->copy);
	plan_free(&t->plan);
	plan_free(&t->copied);
}

/* The record sends the same octets as the connection, whatever arrives. */
START_TEST(a_record_is_exact)
{
	unsigned waiting = 0, packed = 0, events = 0, repacked = 0;
	struct twins t;

	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		set_up(&t, seed);
		if (!converse(&t)) {
			release(&t);
			continue;
		}
		waiting++;
		t.copy = t.whole;
		if (!repack(&t)) {
			t.copy = (struct tcp_conn){0};
			release(&t);
			continue;
		}
		packed++;
		check_views(&t);
		for (unsigned i = 0; i < EVENTS && t.whole.f.state == STATE_TIME_WAIT; i++) {
			disturb(&t);
			events++;
			repacked += t.copy.f.state == STATE_TIME_WAIT && repack(&t);
		}
		release(&t);
	}
	ck_assert_uint_gt(waiting, RUNS * 9 / 10);
	ck_assert_uint_gt(packed, waiting * 9 / 10);
	ck_assert_uint_gt(repacked, events / 8); /* challenge ACKs delay it */
}
END_TEST

/* Returns a connection in TIME-WAIT that a record can represent. */
static void begin_waiting(struct twins *t)
{
	uint64_t seed = 0;
	struct tcp_time_wait w;

	do {
		set_up(t, ++seed);
	} while (!converse(t) || !tcp_time_wait_from_conn(&w, &t->whole, t->began, t->now));
}

static bool packs(const struct twins *t)
{
	struct tcp_time_wait w;

	return tcp_time_wait_from_conn(&w, &t->whole, t->began, t->now);
}

/* Each of these would be lost. */
START_TEST(a_connection_with_more_state_has_no_record)
{
	struct twins t;
	struct tcp_conn *c = &t.whole, before;

	begin_waiting(&t);
	before = *c;
#define LOST(change)           \
	change;                \
	ck_assert(!packs(&t)); \
	*c = before;           \
	ck_assert(packs(&t))
	LOST(c->f.state = STATE_FIN_WAIT_2);
	LOST(c->ack_owed = true);
	LOST(c->recvq.ready = 1);
	LOST(c->sendq.len = 1);
	LOST(c->torn = true);
	LOST(c->snd_max++);
	LOST(c->last_ack_sent--);
	LOST(c->dsack_to++);
	LOST(c->rcv_buffer++);
	LOST(c->rcv_taken_back = 1);
	LOST(c->deadline[TIMER_RETRANSMIT] = t.now);
	LOST(c->deadline[TIMER_LINGER] = NS_NEVER);
	LOST((c->octets_in += 1 << 24, c->rcv_nxt += 1 << 24, c->rcv_adv += 1 << 24,
	      c->last_ack_sent += 1 << 24));
	LOST((c->octets_out += 1 << 24, c->snd_una = c->snd_nxt = c->snd_max += 1 << 24));
	LOST(c->snd_wl1 = c->rcv_nxt + 1);
	LOST((c->snd_wscale = 8, c->snd_wnd = 65537));
	LOST((c->challenges = 1, c->challenge_from = t.now - NS_PER_S + 1));
	c->challenges = 1;
	c->challenge_from = t.now - NS_PER_S;
	ck_assert(packs(&t));
#undef LOST
	t.copy = (struct tcp_conn){0};
	release(&t);
	ck_assert_uint_le(offsetof(struct tcp_time_wait, f.octets) + FLOW_OCTETS_V4, 108);
}
END_TEST

/* The beginning is exact up to 2^27 ns, and then to 1 in 2^26 of the age. */
START_TEST(the_beginning_is_kept)
{
	static const nstime ages[] = {0, 1, (1 << 27) - 1, 12345 * NS_PER_MS,
				      400 * 86400 * NS_PER_S};
	struct tcp_time_wait w;
	struct twins t;

	begin_waiting(&t);
	for (unsigned i = 0; i < 5; i++) {
		nstime began, entered = 401 * 86400 * NS_PER_S;

		t.whole.deadline[TIMER_LINGER] = entered + t.settings.time_wait;
		ck_assert(tcp_time_wait_from_conn(&w, &t.whole, entered - ages[i], t.now));
		w.f.timer.deadline = t.whole.deadline[TIMER_LINGER];
		began = tcp_time_wait_began(&w);
		ck_assert_int_ge(began, entered - ages[i]);
		ck_assert_int_le(began - (entered - ages[i]), ages[i] >> 26);
		if (i < 3)
			ck_assert_int_eq(began, entered - ages[i]);
	}
	t.copy = (struct tcp_conn){0};
	release(&t);
}
END_TEST

UNIT_MAIN("time_wait_record", a_record_is_exact, a_connection_with_more_state_has_no_record,
	  the_beginning_is_kept)
