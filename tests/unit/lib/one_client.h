/* SPDX-License-Identifier: MIT */
/* One client, whose segments go through the whole responder to one endpoint. */
#ifndef SYNACKD_TESTS_ONE_CLIENT_H
#define SYNACKD_TESTS_ONE_CLIENT_H

#include "files.h"

#include "config/config.h"
#include "engine/responder.h"

#include <string.h>

#define CLIENT_PORT 40000
#define SERVER_PORT 443

/* The client: what it sent and got so far. */
static struct {
	struct addr address, to;
	uint16_t port;
	struct path path;     /* by which its frames come */
	struct path answered; /* by which the last segment to it left */
	uint32_t seq, ack;
	uint8_t flags;   /* of all segments since they were last looked at */
	uint16_t window; /* the responder's */
	size_t got_len;
	char got[1 << 20];
} client;

static struct responder responder;
static nstime now;

static void deliver(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		    nstime when)
{
	struct segment seg;

	(void)l;
	(void)when;
	client.answered = *to;
	ck_assert_int_eq(packet_decode(packet, len, true, &seg), WIRE_OK);
	client.flags |= seg.flags;
	client.window = seg.window;
	if (seg.flags & TCP_SYN)
		client.ack = seg.seq;
	if (seg.seq != client.ack) /* again */
		return;
	memcpy(client.got + client.got_len, seg.payload, seg.len);
	client.got_len += seg.len;
	client.ack += segment_seq_len(&seg);
}

static void no_flush(struct link *l)
{
	(void)l;
}

static const struct link_ops wire = {.kind = "test", .send = deliver, .flush = no_flush};
static struct link the_link = {.ops = &wire, .mtu = 1500, .name = "test"};

static inline void sends(uint8_t flags, const char *text)
{
	struct segment seg = {.src = client.address,
			      .dst = client.to,
			      .sport = client.port,
			      .dport = SERVER_PORT,
			      .seq = client.seq,
			      .ack = client.ack,
			      .flags = flags,
			      .window = 65535,
			      .ttl = 64,
			      .len = (uint32_t)strlen(text),
			      .payload = (const uint8_t *)text};
	struct frame frame;
	uint8_t packet[4096];

	now += NS_PER_MS;
	client.flags = 0;
	frame = (struct frame){.packet = packet,
			       .len = packet_encode(&seg, packet, sizeof(packet)),
			       .when = now,
			       .path = client.path};
	client.seq += segment_seq_len(&seg);
	responder_frame(&responder, &the_link, &frame);
}

static void use_config(const char *service, const char *keys)
{
	struct endpoint e = {.name = "r", .number = 1};
	struct diag diag = {0};
	struct config *c;
	char source[2048], address[ADDR_TEXT_MAX];

	files_enter();
	snprintf(source, sizeof(source),
		 "behaviours = { accept = { summary = \"Opens\"; };\n"
		 "  late = { summary = \"Data is late\";\n"
		 "    rules = ( { on = \"send DATA\"; delay = \"1s\"; } ); };\n"
		 "  counted = { summary = \"Octets in the SYN-ACK\"; rules = ( { on = \"send "
		 "SYN-ACK\"; set = { payload = \"hello\"; }; counts = true; } ); };\n"
		 "  pieces = { summary = \"Data comes in pieces, each twice\"; rules = (\n"
		 "    { on = \"send DATA\"; split = \"3 pieces\"; },\n"
		 "    { on = \"send DATA\"; duplicate = 1; } ); };\n"
		 "  held = { summary = \"The SYN is held\";\n"
		 "    rules = ( { on = \"receive SYN\"; hold = \"1s\"; } ); }; };\n"
		 "endpoints = ( { name = \"r\"; address = \"%s\"; ports = %d;\n"
		 "  service = \"%s\"; %s } );\n",
		 addr_format(&client.to, address), SERVER_PORT, service, keys);
	files_write("m.conf", source);
	c = config_load("m.conf", &diag);
	ck_assert_msg(c != NULL, "%s", text_str(&diag.lines));
	files_leave();
	e.address = c->endpoint[0].address;
	e.port_from = e.port_to = SERVER_PORT;
	e.rules = c->endpoint[0].rules;
	prefix_parse(addr_is_v4(&client.to) ? "0.0.0.0/0" : "::/0", &c->client[0].network);
	responder_use(&responder, endpoint_index_build(&e, 1, c->client, 1));
	config_free(c); /* the rules, and their server, live on */
}

/* An endpoint with this service, and with these keys besides; the client has yet to come. */
static void client_begin_over(bool v4, const char *service, const char *keys)
{
	const struct responder_limits limits = {.half_open_max = 100,
						.connections_max = 100,
						.delayed_max = 100,
						.trace_size = 1 << 20};
	struct responder_keys secrets;

	memset(&client, 0, sizeof(client));
	now = NS_PER_S;
	responder_keys_of_seed(1, &secrets);
	responder_init(&responder, &limits, 1, &secrets, now);
	responder_add_link(&responder, &the_link);
	addr_parse(v4 ? "192.0.2.7" : "2001:db8:1::7", &client.address);
	addr_parse(v4 ? "198.51.100.1" : "2001:db8:2::1", &client.to);
	client.port = CLIENT_PORT;
	client.seq = 1000;
	use_config(service, keys);
}

__attribute__((unused)) static void client_begin(const char *service, const char *keys)
{
	client_begin_over(true, service, keys);
}

static void client_end(void)
{
	responder.links = 0;
	responder_release(&responder);
}

#endif
