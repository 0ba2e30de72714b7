/* SPDX-License-Identifier: MIT */
/* The BPF programs that assign frames to workers, run by an interpreter of the instructions that
 * they use. */
#include "unit.h"

#include "link/packet_filter.h"
#include "link/steer.h"
#include "wire/addr.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>

struct packet {
	uint16_t type; /* EtherType */
	size_t len;
	uint8_t bytes[128]; /* from the network header on */
};

/* --- the interpreter -------------------------------------------------------------------------- */

static bool load(const struct packet *p, int32_t at, unsigned size, uint32_t *out)
{
	if (at == SKF_AD_OFF + SKF_AD_PROTOCOL || at == SKF_AD_OFF + SKF_AD_PKTTYPE) {
		*out = at == SKF_AD_OFF + SKF_AD_PROTOCOL ? p->type : PACKET_HOST;
		return true;
	}
	at -= SKF_NET_OFF;
	ck_assert_msg(at >= 0 && at < 4096, "a load from %d", at);
	if ((size_t)at + size > p->len)
		return false;
	*out = 0;
	for (unsigned i = 0; i < size; i++)
		*out = *out << 8 | p->bytes[at + (int)i];
	return true;
}

static uint32_t compute(uint16_t operation, uint32_t a, uint32_t b)
{
	switch (operation) {
	case BPF_MUL: return a * b;
	case BPF_MOD: return a % b;
	case BPF_XOR: return a ^ b;
	case BPF_RSH: return a >> b;
	default: ck_abort_msg("operation %#x", operation);
	}
}

static bool holds(uint16_t operation, uint32_t a, uint32_t b)
{
	switch (operation) {
	case BPF_JEQ: return a == b;
	case BPF_JGE: return a >= b;
	case BPF_JSET: return a & b;
	default: ck_abort_msg("jump %#x", operation);
	}
}

/* Runs a program as the kernel does: a load past the end ends it with 0. */
static uint32_t run(const struct sock_filter *code, unsigned count, const struct packet *p)
{
	static const unsigned sizes[] = {[BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1};
	uint32_t a = 0, x = 0, memory[BPF_MEMWORDS] = {0};

	for (unsigned i = 0; i < count; i++) {
		const struct sock_filter *f = &code[i];
		uint32_t operand = BPF_SRC(f->code) == BPF_X ? x : f->k;
		uint32_t at = BPF_MODE(f->code) == BPF_IND ? x + f->k : f->k;

		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			if (BPF_MODE(f->code) == BPF_IMM)
				a = f->k;
			else if (!load(p, (int32_t)at, sizes[BPF_SIZE(f->code) >> 3], &a))
				return 0;
			break;
		case BPF_LDX:
			if (BPF_MODE(f->code) == BPF_IMM)
				x = f->k;
			else if (BPF_MODE(f->code) == BPF_MEM)
				x = memory[f->k];
			else if (!load(p, (int32_t)f->k, 1, &x))
				return 0;
			else
				x = (x & 15) * 4; /* BPF_MSH */
			break;
		case BPF_ST: memory[f->k] = a; break;
		case BPF_STX: memory[f->k] = x; break;
		case BPF_ALU: a = compute(BPF_OP(f->code), a, operand); break;
		case BPF_MISC: x = a; break; /* BPF_TAX */
		case BPF_RET: return BPF_RVAL(f->code) == BPF_A ? a : f->k;
		case BPF_JMP:
			if (BPF_OP(f->code) == BPF_JA)
				i += f->k;
			else
				i += holds(BPF_OP(f->code), a, operand) ? f->jt : f->jf;
			break;
		default: ck_abort_msg("instruction %#x", f->code);
		}
	}
	ck_abort_msg("the program has no end");
}

static uint32_t steered(const struct packet *p)
{
	struct sock_filter code[PACKET_FILTER_MAX];

	return run(code, packet_fanout(code), p);
}

/* --- packets ---------------------------------------------------------------------------------- */

static uint32_t word(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The hash of steer.h. */
static uint32_t hash_of(const struct addr *a)
{
	uint32_t h = 0;

	for (unsigned i = addr_is_v4(a) ? 12 : 0; i < sizeof(a->b); i += 4)
		h = (h ^ word(a->b + i)) * 0x9e3779b1u;
	h = (h ^ h >> 16) * 0x85ebca6bu;
	h = (h ^ h >> 13) * 0xc2b2ae35u;
	return h ^ h >> 16;
}

static struct addr some_address(bool v4)
{
	uint8_t bytes[16];
	struct addr a;

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)random();
	memcpy(a.b, bytes, sizeof(a.b));
	if (v4)
		addr_from_v4(&a, bytes);
	return a;
}

/* Writes an IP header. Returns its length. */
static size_t write_ip(uint8_t *out, const struct addr *src, const struct addr *dst,
		       uint8_t protocol, unsigned option_words)
{
	if (!addr_is_v4(src)) {
		out[0] = 0x60;
		out[6] = protocol;
		memcpy(out + 8, src->b, 16);
		memcpy(out + 24, dst->b, 16);
		return 40;
	}
	out[0] = (uint8_t)(0x45 + option_words);
	out[9] = protocol;
	memcpy(out + 12, src->b + 12, 4);
	memcpy(out + 16, dst->b + 12, 4);
	return 20 + option_words * 4;
}

static struct packet packet(const struct addr *src, const struct addr *dst, uint8_t protocol,
			    unsigned option_words)
{
	struct packet p = {.type = addr_is_v4(src) ? ETH_P_IP : ETH_P_IPV6, .len = 100};

	for (unsigned i = 0; i < sizeof(p.bytes); i++)
		p.bytes[i] = (uint8_t)random();
	if (addr_is_v4(src))
		memset(p.bytes + 6, 0, 2);
	write_ip(p.bytes, src, dst, protocol, option_words);
	return p;
}

/* Returns an ICMP message from `sender` to us that quotes a segment of ours to `client`. */
static struct packet icmp(const struct addr *sender, const struct addr *us, uint8_t type,
			  const struct addr *client, unsigned option_words)
{
	bool v4 = addr_is_v4(us);
	struct packet p = packet(sender, us, v4 ? 1 : 58, option_words);
	size_t at = v4 ? 20 + option_words * 4 : 40;

	p.bytes[at] = type;
	write_ip(p.bytes + at + 8, us, client, 6, 0);
	return p;
}

START_TEST(a_segment_is_assigned_by_source)
{
	for (int i = 0; i < 1000; i++) {
		struct addr src = some_address(i & 1), dst = some_address(i & 1);
		struct packet tcp = packet(&src, &dst, 6, (unsigned)i % 11);
		struct packet other = packet(&src, &dst, 17, 0);

		ck_assert_uint_eq(steered(&tcp), hash_of(&src));
		ck_assert_uint_eq(steered(&other), hash_of(&src));
		if (!(i & 1))
			continue;
		tcp.bytes[6 + i % 2] = (uint8_t)(1 + random() % 63); /* a fragment */
		ck_assert_uint_eq(steered(&tcp), hash_of(&src));
	}
}
END_TEST

START_TEST(an_icmp_error_is_assigned_by_the_quoted_client)
{
	for (unsigned type = 0; type < 256; type++) {
		for (int v4 = 0; v4 < 2; v4++) {
			struct addr router = some_address(v4), us = some_address(v4);
			struct addr client = some_address(v4);
			struct packet p = icmp(&router, &us, (uint8_t)type, &client, type % 11);
			bool error =
				v4 ? type == 3 || type == 4 || type == 5 || type == 11 || type == 12
				   : type < 128;

			ck_assert_uint_eq(steered(&p), hash_of(error ? &client : &router));
		}
	}
}
END_TEST

START_TEST(fragments_of_icmp_are_assigned_by_source)
{
	static const uint8_t marks[][2] = {{0x20, 0}, {0, 1}, {0x3f, 0xff}, {1, 0}};

	for (unsigned i = 0; i < 4; i++) {
		struct addr router = some_address(true), us = some_address(true);
		struct addr client = some_address(true);
		struct packet p = icmp(&router, &us, 3, &client, 0);

		memcpy(p.bytes + 6, marks[i], 2);
		ck_assert_uint_eq(steered(&p), hash_of(&router));
		memcpy(p.bytes + 6, "\x40", 2); /* DF does not make it a fragment */
		ck_assert_uint_eq(steered(&p), hash_of(&client));
	}
}
END_TEST

START_TEST(arp_is_assigned_by_sender)
{
	struct addr sender = some_address(true), other = some_address(true);
	struct packet p = packet(&other, &other, 0, 0);

	p.type = ETH_P_ARP;
	memcpy(p.bytes + 14, sender.b + 12, 4);
	ck_assert_uint_eq(steered(&p), hash_of(&sender));
	p.type = ETH_P_LOOP;
	ck_assert_uint_eq(steered(&p), 0);
}
END_TEST

START_TEST(truncated_frames_are_assigned_to_0)
{
	struct addr a = some_address(true), b = some_address(true), c = some_address(true);
	struct packet p = packet(&a, &b, 6, 0), error = icmp(&a, &b, 3, &c, 0);

	p.len = 15;
	ck_assert_uint_eq(steered(&p), 0);
	p.len = 16;
	ck_assert_uint_eq(steered(&p), hash_of(&a));
	error.len = 20 + 8 + 19;
	ck_assert_uint_eq(steered(&error), 0);
	error.len = 20 + 8 + 20;
	ck_assert_uint_eq(steered(&error), hash_of(&c));
}
END_TEST

static uint32_t filtered(const struct packet *p, unsigned number, unsigned of)
{
	static const uint8_t mac[6] = {2, 3, 4, 5, 6, 7};
	const struct packet_share share = {.of = of, .number = number};
	struct sock_filter code[PACKET_FILTER_MAX];

	return run(code, packet_filter(code, mac, &share), p);
}

/* Each segment passes the filter of the worker that the fanout selects, and no other filter. */
START_TEST(the_filters_agree_with_the_fanout)
{
	for (unsigned of = 1; of <= 64; of++) {
		for (int i = 0; i < 40; i++) {
			struct addr src = some_address(i & 1), dst = some_address(i & 1);
			struct packet p = packet(&src, &dst, 6, 0);
			unsigned chosen = steered(&p) % of;

			for (unsigned number = 0; number < of; number++)
				ck_assert_uint_eq(filtered(&p, number, of),
						  number == chosen ? UINT32_MAX : 0);
			p.bytes[addr_is_v4(&src) ? 9 : 6] = 17; /* UDP is for the kernel */
			ck_assert_uint_eq(filtered(&p, chosen, of), 0);
		}
	}
}
END_TEST

/* Counts, for 250 clients with addresses `apart` from each other, how many each worker receives. */
static void count_clients(bool v4, uint32_t apart, unsigned of, unsigned *count)
{
	for (uint32_t i = 1; i <= 250; i++) {
		uint32_t host = 0x0a000000u + i * apart;
		const uint8_t bytes[4] = {(uint8_t)(host >> 24), (uint8_t)(host >> 16),
					  (uint8_t)(host >> 8), (uint8_t)host};
		struct addr a = {.b = {0x20, 1, 0xd, 0xb8}};
		struct packet p;

		memcpy(a.b + 12, bytes, sizeof(bytes));
		if (v4)
			addr_from_v4(&a, bytes);
		p = packet(&a, &a, 6, 0);
		count[steered(&p) % of]++;
	}
}

/* For neighbours in a network and for hosts of many networks, no worker has 1.5 times its share. */
START_TEST(clients_are_distributed_evenly)
{
	static const uint32_t apart[] = {1, 2, 4, 256, 65536, 1u << 24};

	for (unsigned of = 2; of <= 8; of++) {
		for (unsigned k = 0; k < 12; k++) {
			unsigned count[8] = {0};

			count_clients(k & 1, apart[k / 2], of, count);
			for (unsigned i = 0; i < of; i++)
				ck_assert_msg(count[i] * of * 2 < 250 * 3,
					      "%u of 250 clients, %u apart, to one of %u workers",
					      count[i], apart[k / 2], of);
		}
	}
}
END_TEST

UNIT_MAIN("steer", a_segment_is_assigned_by_source, an_icmp_error_is_assigned_by_the_quoted_client,
	  fragments_of_icmp_are_assigned_by_source, arp_is_assigned_by_sender,
	  truncated_frames_are_assigned_to_0, the_filters_agree_with_the_fanout,
	  clients_are_distributed_evenly)
