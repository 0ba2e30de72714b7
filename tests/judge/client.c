/* SPDX-License-Identifier: MIT */
#include "client.h"

#include "base/text.h"
#include "tcp/deadlines.h"
#include "tcp/listen.h"
#include "tcp/output.h"
#include "wire/cursor.h"
#include "wire/icmp.h"
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"

#include <stdlib.h>
#include <string.h>

#define MTU        1500
#define EOF_PAUSE  (20 * NS_PER_MS) /* from the end of the stream to close() by the program */
#define WRITE_MOST 8192             /* octets that the program writes in one call */
#define SMALL      50

/* --- the wire --------------------------------------------------------------------------------- */

void client_send(struct client *k, const struct segment *seg)
{
	size_t len = packet_encode(seg, k->buffer, sizeof(k->buffer));

	if (len)
		k->out(k, k->buffer, len);
}

static void send_plan(struct client *k)
{
	for (unsigned i = 0; i < k->plan.count; i++) {
		struct segment seg = k->plan.item[i].seg;

		if (k->plan.item[i].is_icmp)
			continue;
		features_send(k, &seg);
		if (k->quirk && k->quirk->send && k->quirk->send(k, &seg) == HOOK_TAKEN)
			continue;
		client_send(k, &seg);
	}
	plan_clear(&k->plan);
}

struct segment client_segment(struct client *k, uint8_t flags)
{
	/* In the direction of a server: source and destination are exchanged. */
	const struct flow_key key = flow_key_of(&k->c.f);
	struct segment s = {
		.src = key.server,
		.dst = key.client,
		.sport = key.server_port,
		.dport = key.client_port,
		.seq = k->c.snd_max,
		.ack = flags & TCP_ACK ? k->c.rcv_nxt : 0,
		.flags = flags,
		.window = tcp_window_field(&k->c),
		.ttl = 64,
		.df = true,
	};

	if (k->c.ts_ok && !(flags & TCP_SYN)) {
		memcpy(s.opt, (uint8_t[]){OPT_NOP, OPT_NOP, OPT_TIMESTAMPS, 10}, 4);
		put_u32(s.opt + 4, (uint32_t)(k->now / NS_PER_MS) + k->c.ts_offset);
		put_u32(s.opt + 8, k->c.ts_recent);
		s.opt_len = 12;
	}
	return s;
}

void client_forget(struct client *k)
{
	k->c.f.state = STATE_CLOSED;
	for (int i = 0; i < TIMER_COUNT; i++)
		k->c.deadline[i] = NS_NEVER;
}

/* --- its program ------------------------------------------------------------------------------ */

static void program_reads(struct client *k)
{
	const uint8_t *data;
	size_t n;

	if (k->now < k->opened + k->scenario->pause)
		return;
	while ((n = tcp_readable(&k->c, &data)))
		tcp_consume(&k->c, n);
	if (tcp_eof(&k->c) && k->closes > k->now + EOF_PAUSE)
		k->closes = k->now + EOF_PAUSE;
}

static void program_writes(struct client *k)
{
	static const uint8_t octets[WRITE_MOST];
	size_t most = k->small ? SMALL : sizeof(octets);

	while (k->written < k->scenario->octets) {
		size_t left = k->scenario->octets - k->written, room = tcp_writable(&k->c);
		size_t n = left < room ? left : room;

		if (!n)
			return;
		n = n < most ? n : most;
		tcp_write(&k->c, octets, n);
		k->written += (uint32_t)n;
		if (k->small)
			tcp_step(&k->c, &(struct tcp_event){.type = TCP_EVENT_TURN}, k->now,
				 &k->plan);
	}
}

static void program_turn(struct client *k)
{
	if (!state_synchronised(k->c.f.state))
		return;
	if (k->opened == NS_NEVER) {
		k->opened = k->now;
		k->closes = k->now + k->scenario->stay;
	}
	program_reads(k);
	if (!k->closed)
		program_writes(k);
	if (!k->closed && k->now >= k->closes) {
		k->closed = true;
		tcp_leave(&k->c);
	}
}

static void turn(struct client *k)
{
	if (k->c.f.state != STATE_CLOSED) {
		program_turn(k);
		tcp_step(&k->c, &(struct tcp_event){.type = TCP_EVENT_TURN}, k->now, &k->plan);
	}
	send_plan(k);
}

/* --- received packets ------------------------------------------------------------------------- */

/* RFC 1191, RFC 8201: reduces the segment size, never below the minimum, and retransmits all
 * outstanding octets. Never increases it. */
static void follow_path_mtu(struct client *k, uint32_t mtu, bool v4)
{
	uint32_t least = v4 ? 552 : 1280, mss;

	mtu = mtu < least ? least : mtu;
	mss = mtu - (v4 ? 40 : 60);
	if (!state_synchronised(k->c.f.state) || mss >= k->c.snd_mss)
		return;
	k->c.snd_mss = (uint16_t)mss;
	k->c.snd_nxt = k->c.snd_una;
}

/* RFC 5927 4.1: returns true if the error quotes an outstanding sequence number. */
static bool quotes_ours(const struct client *k, struct cursor c)
{
	uint32_t seq;

	if (c.left)
		cursor_take(&c, c.at[0] >> 4 == 4 ? (c.at[0] & 0x0fu) * 4 : 40);
	cursor_take(&c, 4);
	seq = cursor_u32(&c);
	return !c.failed && seq_leq(k->c.snd_una, seq) && seq_leq(seq, k->c.snd_max);
}

static void meet_icmp(struct client *k, const uint8_t *packet, size_t len)
{
	bool v4 = packet[0] >> 4 == 4, ours;
	struct cursor c = cursor_of(packet, len);
	const char *name;
	uint8_t type, code;
	uint32_t rest;

	cursor_take(&c, v4 ? 20 : 40);
	type = cursor_u8(&c);
	code = cursor_u8(&c);
	cursor_take(&c, 2);
	rest = cursor_u32(&c);
	name = icmp_name(v4, type, code);
	if (c.failed || !name || k->c.f.state == STATE_CLOSED)
		return;
	ours = quotes_ours(k, c);
	if (k->quirk && k->quirk->icmp && k->quirk->icmp(k, name, rest, ours) == HOOK_TAKEN)
		return;
	if (ours && strcmp(name, "too-big") == 0)
		follow_path_mtu(k, rest & 0xffff, v4);
	/* RFC 9293 3.9.2.2: hard errors abort. RFC 5927: only a connection attempt. */
	if (ours && k->c.f.state == STATE_SYN_SENT &&
	    (strcmp(name, "port-unreachable") == 0 || strcmp(name, "protocol-unreachable") == 0))
		client_forget(k);
}

static void meet_segment(struct client *k, struct segment *seg)
{
	if (k->quirk && k->quirk->receive && k->quirk->receive(k, seg) == HOOK_TAKEN) {
		turn(k);
		return;
	}
	if (k->c.f.state == STATE_CLOSED)
		tcp_closed(CLOSED_RESET, seg, &k->plan);
	else
		tcp_step(&k->c, &(struct tcp_event){.type = TCP_EVENT_SEGMENT, .seg = seg}, k->now,
			 &k->plan);
	features_received(k, seg);
	if (k->quirk && k->quirk->after)
		k->quirk->after(k, seg);
	turn(k);
}

void client_packet(struct client *k, const uint8_t *packet, size_t len, nstime now)
{
	enum wire_result result;
	struct segment seg;

	k->now = now;
	if (k->quirk && k->quirk->packet && k->quirk->packet(k, packet, len) == HOOK_TAKEN) {
		turn(k);
		return;
	}
	result = packet_decode(packet, len, true, &seg);
	if (result == WIRE_ICMP) {
		meet_icmp(k, packet, len);
		turn(k);
	} else if (result == WIRE_OK) {
		meet_segment(k, &seg);
	}
}

/* --- time ------------------------------------------------------------------------------------- */

nstime client_next(const struct client *k)
{
	nstime next = tcp_deadline(&k->c), resumes;

	if (!k->begun)
		return k->begins;
	if (k->c.f.state == STATE_CLOSED)
		return NS_NEVER;
	if (!k->closed && k->closes < next)
		next = k->closes;
	resumes = k->opened == NS_NEVER ? NS_NEVER : k->opened + k->scenario->pause;
	return resumes > k->now && resumes < next ? resumes : next;
}

void client_time(struct client *k, nstime now)
{
	k->now = now;
	if (!k->begun && k->begins <= now) {
		k->begun = true;
		features_begin(k);
		tcp_step(&k->c, &(struct tcp_event){.type = TCP_EVENT_OPEN}, now, &k->plan);
		send_plan(k);
	}
	if (k->c.f.state == STATE_CLOSED)
		return;
	if (tcp_deadline(&k->c) <= now) {
		tcp_step(&k->c, &(struct tcp_event){.type = TCP_EVENT_TIMER}, now, &k->plan);
		if (k->quirk && k->quirk->after)
			k->quirk->after(k, NULL);
	}
	turn(k);
}

void client_init(struct client *k, const struct client_ends *ends, const struct scenario *s,
		 const struct quirk *q, const struct tcp_keys *keys, nstime begins)
{
	*k = (struct client){.scenario = s,
			     .quirk = q && (!q->only || strcmp(q->only, s->name) == 0) ? q : NULL,
			     .begins = begins,
			     .opened = NS_NEVER,
			     .closes = NS_NEVER};
	tcp_settings_default(&k->settings);
	k->settings.window = 128 * 1024;
	k->settings.time_wait = 240 * NS_PER_S;
	k->settings.nagle = true;
	k->settings.delayed_ack = 200 * NS_PER_MS;
	features_init(k);
	if (k->quirk && k->quirk->settings)
		k->quirk->settings(&k->settings);
	flow_set_key(&k->c.f, &(struct flow_key){ends->server, ends->client, ends->server_port,
						 ends->client_port});
	tcp_conn_init(&k->c, &k->settings, MTU, keys, begins);
}

void client_free(struct client *k)
{
	tcp_conn_release(&k->c);
	plan_free(&k->plan);
}
