/* SPDX-License-Identifier: MIT */
#include "neighbours.h"

#include "addresses.h"
#include "wire/checksum.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const questions[QUESTIONS] = {ARP_REQUEST, SOLICITATION, UNICAST_SOLICITATION,
					  DETECTION,   ECHO_REQUEST, ECHO_REQUEST_V6};

struct neighbour us;

void become(const char *clients)
{
	const struct prefix own[] = {prefix_of("10.9.0.50"), prefix_of("fd09::50"),
				     prefix_of("10.9.1.0/24")};
	const struct prefix client[] = {prefix_of(clients), prefix_of("fd09::/64")};

	memcpy(us.mac, "\x02\x57\x09\0\0\1", 6);
	us.mtu = 1500;
	prefix_table_fill(&us.own, own, 3);
	prefix_table_fill(&us.clients, client, 2);
}

struct frame_bytes octets_of(const char *hex)
{
	struct frame_bytes f = {.len = strlen(hex) / 2};
	unsigned value;

	for (size_t i = 0; i < f.len; i++) {
		ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &value), 1);
		f.b[i] = (uint8_t)value;
	}
	return f;
}

/* Receives a copy of exactly its size, for sanitizers to detect reads past the end. */
enum neighbour_result receive_tagged(const struct frame_bytes *f, uint16_t tag,
				     struct frame_bytes *reply)
{
	static uint8_t room[NEIGHBOUR_FRAME_MAX];
	uint8_t *exact = malloc(f->len ? f->len : 1);
	enum neighbour_result result;
	struct path path = {0};
	struct cursor c;
	uint16_t type;
	size_t len = 0;

	memcpy(exact, f->b, f->len);
	c = cursor_of(exact, f->len);
	type = ether_read(&c, &path);
	if (tag)
		path.vlan = tag;
	result = c.failed ? NEIGHBOUR_STRAY
			  : neighbour_receive(&us, &path, type, c.at, c.left, room, &len);
	if (result == NEIGHBOUR_ANSWERED) {
		ck_assert_uint_le(len, sizeof(reply->b));
		memcpy(reply->b, room, len);
		reply->len = len;
	}
	free(exact);
	return result;
}

enum neighbour_result receive(const struct frame_bytes *f)
{
	struct frame_bytes reply;

	return receive_tagged(f, 0, &reply);
}

void expect_answer(const char *question, const char *answer)
{
	struct frame_bytes f = octets_of(question), want = octets_of(answer), got;

	ck_assert_int_eq(receive_tagged(&f, 0, &got), NEIGHBOUR_ANSWERED);
	ck_assert_uint_eq(got.len, want.len);
	ck_assert_mem_eq(got.b, want.b, want.len);
}

void mend(struct frame_bytes *f)
{
	uint8_t *ip = f->b + ETHER_HEADER;
	size_t header = ip[0] >> 4 == 4 ? (ip[0] & 15u) * 4 : 40;
	size_t len = f->len - ETHER_HEADER - header;
	uint8_t *icmp = ip + header;
	uint64_t sum = 0;
	struct addr src, dst;

	if (header != 40) {
		put_u16(ip + 10, 0);
		put_u16(ip + 10, checksum_fold(checksum_add(0, ip, header)));
	} else {
		memcpy(src.b, ip + 8, 16);
		memcpy(dst.b, ip + 24, 16);
		sum = checksum_pseudo(&src, &dst, 58, (uint32_t)len);
	}
	put_u16(icmp + 2, 0);
	put_u16(icmp + 2, checksum_fold(checksum_add(sum, icmp, len)));
}

enum neighbour_result changed(const char *question, size_t at, const char *hex)
{
	struct frame_bytes f = octets_of(question), change = octets_of(hex);

	memcpy(f.b + ETHER_HEADER + at, change.b, change.len);
	if (f.b[13] != 6)
		mend(&f);
	return receive(&f);
}

enum neighbour_result readdressed(const char *question, size_t at, const char *hex)
{
	struct frame_bytes f = octets_of(question), change = octets_of(hex);

	memcpy(f.b + at, change.b, change.len);
	return receive(&f);
}
