/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "tcp/conn.h"
#include "tcp/deadlines.h"

#include <string.h>

#define IRS 5000u

static void acknowledge(struct tcp_conn *c, uint32_t ack, struct plan *plan)
{
	struct segment seg = {.flags = TCP_ACK, .seq = IRS + 1, .ack = ack, .window = UINT16_MAX};

	plan_clear(plan);
	tcp_step(c, &(struct tcp_event){.type = TCP_EVENT_SEGMENT, .seg = &seg}, 1, plan);
}

static void open_up(struct tcp_conn *c, const struct tcp_settings *s, struct plan *plan)
{
	struct tcp_half half = {
		.f = {.state = STATE_SYN_RECEIVED, .kind = FLOW_HALF},
		.settings = s,
		.iss = 1000,
		.irs = IRS,
		.sent = 1,
		.snd_wnd = UINT16_MAX,
		.link_mss = 1460,
	};

	tcp_conn_from_half(c, &half);
	acknowledge(c, half.iss + 1, plan);
	ck_assert_int_eq(c->f.state, STATE_ESTABLISHED);
}

/* RFC 9293 3.4: sequence numbers wrap, and SND.UNA may equal the ISS again. */
START_TEST(sequence_numbers_wrap)
{
	struct tcp_settings settings;
	struct plan plan = {0};
	struct tcp_conn c;
	uint8_t left[3];

	tcp_settings_default(&settings);
	open_up(&c, &settings, &plan);
	c.iss = c.snd_una + 3; /* as after almost 4 GB */
	tcp_write(&c, "abcdef", 6);
	plan_clear(&plan);
	tcp_step(&c, &(struct tcp_event){.type = TCP_EVENT_TURN}, 1, &plan);
	ck_assert_uint_eq(plan.count, 1);
	acknowledge(&c, c.iss, &plan);
	ck_assert_uint_eq(c.sendq.len, 3);
	sendq_copy(&c.sendq, 0, 3, left);
	ck_assert_mem_eq(left, "def", 3);
	acknowledge(&c, c.iss + 3, &plan);
	ck_assert_uint_eq(c.sendq.len, 0);
	ck_assert_uint_eq(c.octets_out, 6);
	tcp_conn_release(&c);
	plan_free(&plan);
}
END_TEST

/* Two connections of ours to each other, and the segments in transit. */
struct pair {
	struct tcp_settings settings;
	struct tcp_conn end[2];
	struct segment seg[64];
	uint8_t to[64];
	unsigned count, sent;
	nstime now;
	struct plan plan;
};

static void pair_send(struct pair *p, unsigned from)
{
	for (unsigned i = 0; i < p->plan.count; i++) {
		ck_assert_uint_lt(p->count, 64);
		p->seg[p->count] = p->plan.item[i].seg;
		p->to[p->count++] = (uint8_t)!from;
		p->sent++;
	}
}

static void pair_step(struct pair *p, unsigned end, const struct tcp_event *e)
{
	plan_clear(&p->plan);
	tcp_step(&p->end[end], e, p->now, &p->plan);
	tcp_step(&p->end[end], &(struct tcp_event){.type = TCP_EVENT_TURN}, p->now, &p->plan);
	pair_send(p, end);
}

/* So long that the limit of ten ACKs per second is not reached. */
#define LATENCY (60 * NS_PER_MS)

/* Delivers the segments in transit. */
static void pair_pass(struct pair *p)
{
	struct segment seg[64];
	uint8_t to[64];
	unsigned count = p->count;

	memcpy(seg, p->seg, sizeof(seg));
	memcpy(to, p->to, sizeof(to));
	p->count = 0;
	p->now += LATENCY;
	for (unsigned i = 0; i < count; i++)
		if (p->end[to[i]].f.state != STATE_CLOSED)
			pair_step(p, to[i], &(struct tcp_event){.seg = &seg[i]});
	for (unsigned i = 0; i < 2; i++)
		if (tcp_deadline(&p->end[i]) <= p->now)
			pair_step(p, i, &(struct tcp_event){.type = TCP_EVENT_TIMER});
}

/* Closes both ends at the same time. */
static void pair_lingers(struct pair *p, uint32_t isn)
{
	*p = (struct pair){.now = NS_PER_S};
	tcp_settings_default(&p->settings);
	for (unsigned i = 0; i < 2; i++) {
		struct tcp_half half = {
			.f = {.state = STATE_SYN_RECEIVED, .kind = FLOW_HALF},
			.settings = &p->settings,
			.iss = isn + i * 1000000,
			.irs = isn + !i * 1000000,
			.sent = 1,
			.snd_wnd = UINT16_MAX,
			.link_mss = 1460,
		};
		struct segment ack = {.flags = TCP_ACK,
				      .seq = half.irs + 1,
				      .ack = half.iss + 1,
				      .window = UINT16_MAX};

		tcp_conn_from_half(&p->end[i], &half);
		tcp_close(&p->end[i]);
		pair_step(p, i, &(struct tcp_event){.seg = &ack});
	}
	for (unsigned i = 0; i < 5; i++)
		pair_pass(p);
	ck_assert_int_eq(p->end[0].f.state, STATE_TIME_WAIT);
	ck_assert_int_eq(p->end[1].f.state, STATE_TIME_WAIT);
	ck_assert_uint_eq(p->count, 0);
	p->sent = 0;
}

/* One end receives a stray segment. The ends disagree about the sequence numbers by these amounts.
 * Returns the number of segments until 2 MSL have elapsed. */
static unsigned strays_after(uint32_t first, uint32_t second)
{
	struct pair p;
	struct segment stray = {.flags = TCP_ACK, .window = UINT16_MAX, .len = 5};

	pair_lingers(&p, first * 7 + second + 0xfffffff0);
	p.end[0].rcv_nxt += first;
	p.end[1].rcv_nxt += second;
	stray.payload = (const uint8_t *)"stray";
	stray.seq = p.end[0].rcv_nxt;
	stray.ack = p.end[0].snd_max;
	pair_step(&p, 0, &(struct tcp_event){.seg = &stray});
	while (p.now < 70 * NS_PER_S)
		pair_pass(&p);
	ck_assert_int_eq(p.end[0].f.state, STATE_CLOSED);
	ck_assert_int_eq(p.end[1].f.state, STATE_CLOSED);
	plan_free(&p.plan);
	return p.sent;
}

/* If the ends agree, the answer is one ACK. If not, no ACK restarts the 2 MSL timeout. */
START_TEST(two_ends_in_time_wait_fall_silent)
{
	static const uint32_t off[] = {(uint32_t)-100, 0, 100, 1000000};

	ck_assert_uint_eq(strays_after(0, 0), 1);
	for (unsigned i = 0; i < 16; i++)
		ck_assert_uint_le(strays_after(off[i / 4], off[i % 4]), 2 * 10 * 61);
	/* Otherwise this pair would continue forever. */
	ck_assert_uint_gt(strays_after(off[0], off[0]), 100);
}
END_TEST

UNIT_MAIN("conn", sequence_numbers_wrap, two_ends_in_time_wait_fall_silent)
