/* SPDX-License-Identifier: MIT */
#include "syn.h"

#include "words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define ETHER      14
#define PORT_FIRST 1024
#define PORTS      64000
#define TCP_LEN    40
#define SYN_ACK    0x12

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

static uint32_t sum(const uint8_t *at, size_t len)
{
	uint32_t total = 0;

	for (size_t i = 0; i < len; i += 2)
		total += get16(at + i);
	return total;
}

static uint32_t sum32(uint32_t value)
{
	return (value >> 16) + (value & 0xffff);
}

static uint32_t checksum(uint32_t total)
{
	total = (total >> 16) + (total & 0xffff);
	return ~((total >> 16) + total) & 0xffff;
}

/* ISNs differ widely, as a client selects them. */
static uint32_t isn_of(uint32_t number)
{
	return number * 2654435761u + 0x1234567;
}

static size_t tcp_at(const struct syn_plan *p)
{
	return ETHER + (p->v6 ? 40 : 20);
}

/* MSS 1460, SACK permitted, a timestamp, NOP and a window scale of 7. */
static void write_tcp(uint8_t *tcp, unsigned port)
{
	static const uint8_t options[] = {2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0,
					  4, 1, 0, 0,    0, 0, 1, 3,  3, 7};

	put16(tcp + 2, port);
	tcp[12] = (TCP_LEN / 4) << 4;
	tcp[13] = 2;
	put16(tcp + 14, 64240);
	memcpy(tcp + 20, options, sizeof(options));
}

static void write_v4(struct syn_plan *p, const uint8_t *from, const uint8_t *to)
{
	uint8_t *ip = p->frame + ETHER;

	put16(p->frame + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, 20 + TCP_LEN);
	ip[6] = 0x40; /* DF */
	ip[8] = 64;
	ip[9] = 6;
	memcpy(ip + 16, to, 4);
	p->base = get32(from);
	p->ip_sum = sum(ip, 20);
	p->tcp_sum = sum(to, 4);
}

static void write_v6(struct syn_plan *p, const uint8_t *from, const uint8_t *to)
{
	uint8_t *ip = p->frame + ETHER;

	put16(p->frame + 12, 0x86dd);
	ip[0] = 0x60;
	put16(ip + 4, TCP_LEN);
	ip[6] = 6;
	ip[7] = 64;
	memcpy(ip + 8, from, 12);
	memcpy(ip + 24, to, 16);
	p->base = get32(from + 12);
	p->tcp_sum = sum(from, 12) + sum(to, 16);
}

void syn_plan(struct syn_plan *p)
{
	uint8_t from[16], to[16];
	unsigned len = word_address("to", to);

	memset(p, 0, sizeof(*p));
	p->v6 = len == 16;
	p->len = tcp_at(p) + TCP_LEN;
	p->clients = (uint32_t)word_number("clients");
	p->first = (uint32_t)word_number("first");
	errno = EINVAL;
	if (word_address("from", from) != len)
		die("'to' and 'from': different families");
	if (p->clients == 0)
		die("clients");
	word_mac("to_mac", p->frame);
	word_mac("from_mac", p->frame + 6);
	memcpy(p->from_mac, p->frame + 6, 6);
	(p->v6 ? write_v6 : write_v4)(p, from, to);
	write_tcp(p->frame + tcp_at(p), (unsigned)word_number("port"));
	p->tcp_sum += sum(p->frame + tcp_at(p), TCP_LEN) + 6 + TCP_LEN;
}

uint32_t syn_limit(const struct syn_plan *p)
{
	return p->clients > UINT32_MAX / PORTS ? UINT32_MAX : p->clients * PORTS;
}

void syn_write(const struct syn_plan *p, uint32_t number, uint8_t *frame)
{
	uint32_t from = p->base + number % p->clients, seq = isn_of(number);
	uint32_t port = PORT_FIRST + number / p->clients;
	uint8_t *ip = frame + ETHER, *tcp = frame + tcp_at(p);

	memcpy(frame, p->frame, p->len);
	put32(ip + (p->v6 ? 20 : 12), from);
	if (!p->v6)
		put16(ip + 10, checksum(p->ip_sum + sum32(from)));
	put16(tcp, port);
	put32(tcp + 4, seq);
	put16(tcp + 16, checksum(p->tcp_sum + sum32(from) + sum32(seq) + port));
}

int64_t syn_number(const struct syn_plan *p, const uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + ETHER, *tcp = frame + tcp_at(p);
	uint32_t client, port, number;

	if (len < tcp_at(p) + 20 || memcmp(frame + 12, p->frame + 12, 2) != 0 || tcp[13] != SYN_ACK)
		return -1;
	client = get32(ip + (p->v6 ? 36 : 16)) - p->base;
	port = get16(tcp + 2) - PORT_FIRST;
	if (client >= p->clients || port >= PORTS)
		return -1;
	number = port * p->clients + client;
	return get32(tcp + 8) == isn_of(number) + 1 ? (int64_t)number : -1;
}
