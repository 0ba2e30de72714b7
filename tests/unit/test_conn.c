/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "tcp/conn.h"

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
		.f = {.state = STATE_SYN_RECEIVED, .half = true},
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

/* RFC 9293 3.4: numbers wrap, and SND.UNA may be what ISS was. */
START_TEST(the_stream_goes_round)
{
	struct tcp_settings settings;
	struct plan plan = {0};
	struct tcp_conn c;

	tcp_settings_default(&settings);
	open_up(&c, &settings, &plan);
	c.iss = c.snd_una + 3; /* as nearly 4 GB later */
	tcp_write(&c, "abcdef", 6);
	plan_clear(&plan);
	tcp_step(&c, &(struct tcp_event){.type = TCP_EVENT_TURN}, 1, &plan);
	ck_assert_uint_eq(plan.count, 1);
	acknowledge(&c, c.iss, &plan);
	ck_assert_uint_eq(c.sendq.len, 3);
	ck_assert_mem_eq(sendq_at(&c.sendq, 0), "def", 3);
	acknowledge(&c, c.iss + 3, &plan);
	ck_assert_uint_eq(c.sendq.len, 0);
	ck_assert_uint_eq(c.octets_out, 6);
	tcp_conn_release(&c);
	plan_free(&plan);
}
END_TEST

UNIT_MAIN("conn", the_stream_goes_round)
