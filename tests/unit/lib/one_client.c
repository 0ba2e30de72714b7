/* SPDX-License-Identifier: MIT */
#include "one_client.h"

#include "addresses.h"
#include "alone.h"

#include "engine/receive.h"
#include "wire/packet_decode.h"
#include "wire/packet_encode.h"

#include <stdio.h>
#include <string.h>

struct client client;
struct responder responder;
nstime the_time;
struct link the_link;

void deliver(struct link *l, const struct path *to, const uint8_t *packet, size_t len, nstime when)
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
	if (seg.seq != client.ack) /* a retransmission */
		return;
	memcpy(client.got + client.got_len, seg.payload, seg.len);
	client.got_len += seg.len;
	client.ack += segment_seq_len(&seg);
}

void sends(uint8_t flags, const char *text)
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

	the_time += NS_PER_MS;
	client.flags = 0;
	frame = (struct frame){.packet = packet,
			       .len = packet_encode(&seg, packet, sizeof(packet)),
			       .when = the_time,
			       .path = client.path};
	client.seq += segment_seq_len(&seg);
	responder_frame(&responder, &the_link, &frame);
}

static const struct link_ops at_once = {.kind = "test", .send = deliver, .flush = flush_nothing};

void use_config(const char *service, const char *keys)
{
	struct endpoint e = {.name = "r", .number = 1};
	struct diag diag = {0};
	struct config *c;
	char source[4096], address[ADDR_TEXT_MAX];

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
		 "  shredded = { summary = \"Data comes in octets\"; rules = (\n"
		 "    { on = \"send DATA\"; split = \"1\"; } ); };\n"
		 "  busy = { summary = \"Closes, with a small window\"; use = { window = 5; ttl "
		 "= 64; }; rules = ( { on = \"enter ESTABLISHED\"; machine = ( \"read pause\", "
		 "\"close after 1s\" ); } ); };\n"
		 "  four = { summary = \"Four octets\"; rules = ( { on = \"enter ESTABLISHED\";\n"
		 "    machine = ( \"write 1\", \"write 1\", \"write 1\", \"write 1\" ); } ); };\n"
		 "  deaf = { summary = \"Falls silent\"; rules = ( { on = \"enter "
		 "ESTABLISHED\"; machine = \"silence 2s\"; } ); };\n"
		 "  patient = { summary = \"Asks again and again\"; rules = ( { on = \"every "
		 "2s in ESTABLISHED\"; emit = ( \". snd.nxt:snd.nxt(0) ack rcv.nxt\" ); } ); "
		 "};\n"
		 "  storm = { summary = \"Copies of answers to copies\"; rules = (\n"
		 "    { on = \"receive SYN\"; duplicate = 1000; },\n"
		 "    { on = \"send SYN-ACK\"; if = { state = \"SYN-RECEIVED\"; };\n"
		 "      duplicate = 1000; } ); };\n"
		 "  chosen = { summary = \"Counted or late\";\n"
		 "    choose = { among = \"counted,late\"; }; };\n"
		 "  held = { summary = \"The SYN is held\";\n"
		 "    rules = ( { on = \"receive SYN\"; hold = \"1s\"; } ); }; };\n"
		 "endpoints = ( { name = \"r\"; address = \"%s\"; ports = %d;\n"
		 "  service = \"%s\"; %s } );\n",
		 addr_format(&client.to, address), SERVER_PORT, service, keys);
	files_write("m.conf", source);
	c = config_load("m.conf", NULL, &diag);
	ck_assert_msg(c != NULL, "%s", text_str(&diag.lines));
	diag_free(&diag); /* warnings */
	files_leave();
	e.address = c->endpoint[0].address;
	e.port_from = e.port_to = SERVER_PORT;
	e.rules = c->endpoint[0].rules;
	c->client[0].network = prefix_of(addr_is_v4(&client.to) ? "0.0.0.0/0" : "::/0");
	responder_use(&responder, endpoint_index_build(&e, 1, c->client, 1));
	config_free(c); /* the responder keeps references to the rules and their server */
}

void use_clients(const char *network)
{
	const struct endpoint_index *before = responder.endpoints;
	struct allowed only = before->client[0];

	only.network = prefix_of(network);
	responder_use(&responder, endpoint_index_build(before->endpoint, before->count, &only, 1));
}

void each_connection(void (*each)(const struct connection_info *info, void *arg), void *arg)
{
	size_t at = 0;

	while (responder_connections(&responder, &at, each, arg))
		continue;
}

bool operates(uint64_t id, enum machine_op op)
{
	const struct flow_key key = {.client = client.address,
				     .server = client.to,
				     .client_port = client.port,
				     .server_port = SERVER_PORT};

	return responder_machine(&responder, &key, id, op);
}

void client_begin_over(bool v4, const char *service, const char *keys)
{
	const struct responder_limits limits = {.half_open_max = 100,
						.connections_max = 100,
						.time_wait_max = 100,
						.delayed_max = 100,
						.trace_size = 1 << 20};
	struct responder_keys secrets;

	memset(&client, 0, sizeof(client));
	the_time = NS_PER_S;
	responder_keys_of_seed(1, &secrets);
	responder_init(&responder, &limits, 1, &secrets, the_time);
	the_link = (struct link){.ops = &at_once, .mtu = 1500, .name = "test"};
	responder_add_link(&responder, &the_link);
	client.address = addr_of(v4 ? "192.0.2.7" : "2001:db8:1::7");
	client.to = addr_of(v4 ? "198.51.100.1" : "2001:db8:2::1");
	client.port = CLIENT_PORT;
	client.seq = 1000;
	use_config(service, keys);
}

void client_begin(const char *service, const char *keys)
{
	client_begin_over(true, service, keys);
}

struct endpoint endpoint_at(char *address, unsigned number, bool owned)
{
	return (struct endpoint){.name = address,
				 .number = number,
				 .address = prefix_of(address),
				 .port_from = SERVER_PORT,
				 .port_to = SERVER_PORT,
				 .rules = responder.endpoints->endpoint[0].rules,
				 .owned = owned};
}

struct segment syn_from(const char *from, uint16_t port, const char *to)
{
	return (struct segment){.src = addr_of(from),
				.dst = addr_of(to),
				.sport = port,
				.dport = SERVER_PORT,
				.seq = (uint32_t)the_time * 77,
				.flags = TCP_SYN,
				.window = 65535,
				.ttl = 64,
				.opt = {2, 4, 5, 180, 1, 1, 1, 1},
				.opt_len = 8};
}

void client_end(void)
{
	responder.links = 0;
	responder_release(&responder);
}
