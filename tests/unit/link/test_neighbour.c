/* SPDX-License-Identifier: MIT */
/* Frames as they stand on the wire, and what must come back. */
#include "addresses.h"
#include "unit.h"

#include "link/neighbour.h"
#include "wire/checksum.h"

#include <stdio.h>

#define OWN_V4 "0a090032"
#define OWN_V6 "fd090000000000000000000000000050"

/* From 02:09:00:00:00:02, which has 10.9.0.2 and fd09::2, to 10.9.0.50 and fd09::50. */
#define ARP_REQUEST                          \
	"ffffffffffff0209000000020806" /* */ \
	"00010800060400010209000000020a0900020000000000000a090032"
#define ARP_REPLY                      \
	"0209000000020257090000010806" \
	"00010800060400020257090000010a0900320209000000020a090002"
#define SOLICITATION                                       \
	"3333ff00005002090000000286dd"                     \
	"6000000000203afffd090000000000000000000000000002" \
	"ff0200000000000000000001ff000050"                 \
	"87007cde00000000" OWN_V6 "0101020900000002"
#define ADVERTISEMENT                                                \
	"02090000000202570900000186dd"                               \
	"6000000000203aff" OWN_V6 "fd090000000000000000000000000002" \
	"8800128c60000000" OWN_V6 "0201025709000001"
#define UNICAST_SOLICITATION           \
	"02570900000102090000000286dd" \
	"6000000000183afffe800000000000000000000000000002" OWN_V6 "87007f7600000000" OWN_V6
#define UNICAST_ADVERTISEMENT                                        \
	"02090000000202570900000186dd"                               \
	"6000000000203aff" OWN_V6 "fe800000000000000000000000000002" \
	"8800111560000000" OWN_V6 "0201025709000001"
#define DETECTION                                          \
	"3333ff00005002090000000286dd"                     \
	"6000000000183aff00000000000000000000000000000000" \
	"ff0200000000000000000001ff000050"                 \
	"87007cfe00000000" OWN_V6
#define DEFENCE                                                      \
	"33330000000102570900000186dd"                               \
	"6000000000203aff" OWN_V6 "ff020000000000000000000000000001" \
	"8800509420000000" OWN_V6 "0201025709000001"
#define ECHO_REQUEST                               \
	"0257090000010209000000020800"             \
	"450000214711000040011f860a0900020a090032" \
	"0800a1f21234000768656c6c6f"
#define ECHO_REPLY                                 \
	"0209000000020257090000010800"             \
	"4500002100004000400126970a0900320a090002" \
	"0000a9f21234000768656c6c6f"
#define ECHO_REQUEST_V6                \
	"02570900000102090000000286dd" \
	"60000000000d3a40fd090000000000000000000000000002" OWN_V6 "80002f451234000768656c6c6f"
#define ECHO_REPLY_V6                                                \
	"02090000000202570900000186dd"                               \
	"60000000000d3a40" OWN_V6 "fd090000000000000000000000000002" \
	"81002e451234000768656c6c6f"
#define SEGMENT_V4                                 \
	"0257090000010209000000020800"             \
	"45000028000000004006668b0a0900020a090032" \
	"0fa01b58000000010000000050022000000000aa"

static const char *const questions[] = {ARP_REQUEST, SOLICITATION, UNICAST_SOLICITATION,
					DETECTION,   ECHO_REQUEST, ECHO_REQUEST_V6};

struct frame_bytes {
	uint8_t b[2048];
	size_t len;
};

static struct neighbour us;

static void become(const char *clients)
{
	const struct prefix own[] = {prefix_of("10.9.0.50"), prefix_of("fd09::50"),
				     prefix_of("10.9.1.0/24")};
	const struct prefix client[] = {prefix_of(clients), prefix_of("fd09::/64")};

	memcpy(us.mac, "\x02\x57\x09\0\0\1", 6);
	us.mtu = 1500;
	prefix_set_fill(&us.own, own, 3);
	prefix_set_fill(&us.clients, client, 2);
}

static struct frame_bytes bytes(const char *hex)
{
	struct frame_bytes f = {.len = strlen(hex) / 2};
	unsigned value;

	for (size_t i = 0; i < f.len; i++) {
		ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &value), 1);
		f.b[i] = (uint8_t)value;
	}
	return f;
}

/* Meet it in memory of exactly its size, so that a sanitizer sees a read past its end. */
static enum neighbour_result meet_tagged(const struct frame_bytes *f, uint16_t tag,
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
			  : neighbour_meet(&us, &path, type, c.at, c.left, room, &len);
	if (result == NEIGHBOUR_ANSWERED) {
		ck_assert_uint_le(len, sizeof(reply->b));
		memcpy(reply->b, room, len);
		reply->len = len;
	}
	free(exact);
	return result;
}

static enum neighbour_result meet(const struct frame_bytes *f)
{
	struct frame_bytes reply;

	return meet_tagged(f, 0, &reply);
}

static void expect(const char *question, const char *answer)
{
	struct frame_bytes f = bytes(question), want = bytes(answer), got;

	ck_assert_int_eq(meet_tagged(&f, 0, &got), NEIGHBOUR_ANSWERED);
	ck_assert_uint_eq(got.len, want.len);
	ck_assert_mem_eq(got.b, want.b, want.len);
}

/* Make the checksums of an ICMP packet right again after it was changed. */
static void mend(struct frame_bytes *f)
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

/* The question with octets changed from `at` on, counted in the packet, its checksums right. */
static enum neighbour_result changed(const char *question, size_t at, const char *hex)
{
	struct frame_bytes f = bytes(question), change = bytes(hex);

	memcpy(f.b + ETHER_HEADER + at, change.b, change.len);
	if (f.b[13] != 6)
		mend(&f);
	return meet(&f);
}

/* Likewise with another link address, from `at` on in the frame. */
static enum neighbour_result readdressed(const char *question, size_t at, const char *hex)
{
	struct frame_bytes f = bytes(question), change = bytes(hex);

	memcpy(f.b + at, change.b, change.len);
	return meet(&f);
}

START_TEST(answers_are_right_to_the_octet)
{
	become("10.9.0.0/24");
	expect(ARP_REQUEST, ARP_REPLY);
	expect(SOLICITATION, ADVERTISEMENT);
	expect(UNICAST_SOLICITATION, UNICAST_ADVERTISEMENT);
	expect(DETECTION, DEFENCE);
	expect(ECHO_REQUEST, ECHO_REPLY);
	expect(ECHO_REQUEST_V6, ECHO_REPLY_V6);
}
END_TEST

START_TEST(the_tag_is_kept)
{
	become("10.9.0.0/24");
	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		struct frame_bytes f = bytes(questions[i]), plain, got;

		ck_assert_int_eq(meet_tagged(&f, 0, &plain), NEIGHBOUR_ANSWERED);
		/* The kernel has taken it out of the frame, or not. */
		ck_assert_int_eq(meet_tagged(&f, 0x6005, &got), NEIGHBOUR_ANSWERED);
		ck_assert_uint_eq(got.len, plain.len + 4);
		ck_assert_mem_eq(got.b, plain.b, 12);
		ck_assert_mem_eq(got.b + 12, "\x81\0\x60\5", 4);
		ck_assert_mem_eq(got.b + 16, plain.b + 12, plain.len - 12);
		memmove(f.b + 16, f.b + 12, f.len - 12);
		memcpy(f.b + 12, "\x81\0\x60\5", 4);
		f.len += 4;
		ck_assert_int_eq(meet_tagged(&f, 0, &got), NEIGHBOUR_ANSWERED);
		ck_assert_mem_eq(got.b + 12, "\x81\0\x60\5", 4);
		ck_assert_uint_eq(got.len, plain.len + 4);
	}
}
END_TEST

/* RFC 826, RFC 5227. */
START_TEST(arp)
{
	struct frame_bytes f = bytes(ARP_REQUEST);

	become("10.9.0.0/24");
	f.len += 18; /* the padding of a short frame */
	ck_assert_int_eq(meet(&f), NEIGHBOUR_ANSWERED);
	/* To us alone, from one who has asked before. */
	ck_assert_int_eq(readdressed(ARP_REQUEST, 0, "025709000001"), NEIGHBOUR_ANSWERED);
	ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a0901ff"), NEIGHBOUR_ANSWERED);
	/* For another address; the sender claims the one it asks for, or another one of ours. */
	ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a090033"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a090200"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, OWN_V4), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "0a090107"), NEIGHBOUR_REFUSED);
	/* No client, a group. */
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "0a090302"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "ffffffff"), NEIGHBOUR_REFUSED);
	/* Hardware, protocol, their sizes, the operation. */
	ck_assert_int_eq(changed(ARP_REQUEST, 0, "0006"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 2, "86dd"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 4, "0806"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 5, "10"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 6, "0002"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ARP_REQUEST, 6, "0000"), NEIGHBOUR_STRAY);
	/* A probe has no address to be refused for. */
	become("192.0.2.1");
	ck_assert_int_eq(meet(&f), NEIGHBOUR_REFUSED);
	expect("ffffffffffff02090000000208060001080006040001020900000002000000000000000000000a0900"
	       "32",
	       "02090000000202570900000108060001080006040002"
	       "025709000001" OWN_V4 "02090000000200000000");
}
END_TEST

START_TEST(link_addresses)
{
	become("10.9.0.0/24");
	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		/* From ourselves, from a group, for somebody else. */
		ck_assert_int_eq(readdressed(questions[i], 6, "025709000001"), NEIGHBOUR_STRAY);
		ck_assert_int_eq(readdressed(questions[i], 6, "ffffffffffff"), NEIGHBOUR_STRAY);
		ck_assert_int_eq(readdressed(questions[i], 0, "020900000001"), NEIGHBOUR_STRAY);
		ck_assert_int_eq(readdressed(questions[i], 12, "0801"), NEIGHBOUR_STRAY);
	}
	ck_assert_int_eq(changed(ARP_REQUEST, 8, "025709000001"), NEIGHBOUR_STRAY);
	/* Unicast in a broadcast, a group at one's own address. */
	ck_assert_int_eq(readdressed(ECHO_REQUEST, 0, "ffffffffffff"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(readdressed(ECHO_REQUEST_V6, 0, "333300000001"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(readdressed(SOLICITATION, 0, "025709000001"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(readdressed(UNICAST_SOLICITATION, 0, "3333ff000050"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(readdressed(SEGMENT_V4, 0, "ffffffffffff"), NEIGHBOUR_STRAY);
}
END_TEST

/* RFC 4861 7.1.1 and 7.2.3; offsets from the IPv6 header on, the target is at 48. */
START_TEST(solicitations)
{
	struct frame_bytes f = bytes(SOLICITATION);

	become("10.9.0.0/24");
	ck_assert_int_eq(changed(SOLICITATION, 7, "fe"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 41, "01"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 40, "88"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 40, "85"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 44, "ffffffff"), NEIGHBOUR_ANSWERED);
	f.b[ETHER_HEADER + 43] ^= 1; /* the checksum */
	ck_assert_int_eq(meet(&f), NEIGHBOUR_STRAY);
	/* Another target; a group that is not the target's; a group for a target. */
	ck_assert_int_eq(changed(SOLICITATION, 63, "51"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 39, "51"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 24, "ff01"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 48, "ff02"), NEIGHBOUR_STRAY);
	/* Options: one of no length, one past the end, an unknown one, one that has no business in
	 * a probe. */
	ck_assert_int_eq(changed(SOLICITATION, 65, "00"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 65, "02"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 65, "ff"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(SOLICITATION, 64, "0e"), NEIGHBOUR_ANSWERED);
	ck_assert_int_eq(changed(SOLICITATION, 8, "00000000000000000000000000000000"),
			 NEIGHBOUR_STRAY);
	/* A probe goes to the group. */
	ck_assert_int_eq(changed(UNICAST_SOLICITATION, 8, "00000000000000000000000000000000"),
			 NEIGHBOUR_STRAY);
	/* From no client, from an address of ours, from a group, from a mapped address. */
	ck_assert_int_eq(changed(SOLICITATION, 8, "fd08"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(SOLICITATION, 8, OWN_V6), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(SOLICITATION, 8, "ff02"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(SOLICITATION, 8, "00000000000000000000ffff0a090002"),
			 NEIGHBOUR_STRAY);
	/* Behind another header it is none. */
	ck_assert_int_eq(changed(SOLICITATION, 6, "00"), NEIGHBOUR_STRAY);
}
END_TEST

START_TEST(echoes)
{
	struct frame_bytes f = bytes(ECHO_REQUEST), reply;

	become("10.9.0.0/24");
	/* An IPv4 option, here four times NOP, is not given back. */
	memmove(f.b + 38, f.b + 34, f.len - 34);
	memcpy(f.b + 34, "\1\1\1\1", 4);
	f.b[14] = 0x46;
	f.b[17] = (uint8_t)(f.b[17] + 4);
	f.len += 4;
	mend(&f);
	ck_assert_int_eq(meet_tagged(&f, 0, &reply), NEIGHBOUR_ANSWERED);
	ck_assert_uint_eq(reply.len, f.len - 4);
	/* One that the rules of IP forbid is for the responder, which counts it. */
	memcpy(f.b + 34, "\7\0\4\0", 4);
	mend(&f);
	ck_assert_int_eq(meet(&f), NEIGHBOUR_PACKET);
	/* Header and message checksums, fragments, types, codes. */
	f = bytes(ECHO_REQUEST);
	f.b[ETHER_HEADER + 10] ^= 1;
	ck_assert_int_eq(meet(&f), NEIGHBOUR_STRAY);
	f = bytes(ECHO_REQUEST);
	f.b[ETHER_HEADER + 22] ^= 1;
	ck_assert_int_eq(meet(&f), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST, 6, "2000"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST, 6, "0001"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST, 6, "4000"), NEIGHBOUR_ANSWERED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 20, "00"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST, 20, "0d"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST, 21, "01"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 40, "81"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 41, "01"), NEIGHBOUR_STRAY);
	/* From whom: no client, ourselves, everybody; to whom. */
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "0a090302"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "0a090107"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "ffffffff"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 16, "0a090001"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 8, "fe80"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 39, "51"), NEIGHBOUR_STRAY);
	/* No longer than the MTU. */
	us.mtu = 33;
	ck_assert_int_eq(changed(ECHO_REQUEST, 8, "40"), NEIGHBOUR_ANSWERED);
	us.mtu = 32;
	ck_assert_int_eq(changed(ECHO_REQUEST, 8, "40"), NEIGHBOUR_STRAY);
}
END_TEST

/* Whatever the allow-list says, no neighbour has a loopback address. */
START_TEST(loopback_is_no_neighbour)
{
	const struct prefix all[] = {prefix_of("0.0.0.0/0"), prefix_of("::/0")};

	become("10.9.0.0/24");
	prefix_set_fill(&us.clients, all, 2);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "7f000001"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ARP_REQUEST, 14, "80000001"), NEIGHBOUR_ANSWERED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "7f000001"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "7fffffff"), NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(ECHO_REQUEST, 12, "80000001"), NEIGHBOUR_ANSWERED);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 8, "00000000000000000000000000000001"),
			 NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(SOLICITATION, 8, "00000000000000000000000000000001"),
			 NEIGHBOUR_REFUSED);
	ck_assert_int_eq(changed(SOLICITATION, 8, "00000000000000000000000000000002"),
			 NEIGHBOUR_ANSWERED);
}
END_TEST

/* No neighbour has the broadcast address of a network, though it is within a virtual network. */
START_TEST(a_broadcast_address_is_no_hosts)
{
	uint32_t of_networks[] = {0x0a0900ff, 0x0a0901ff};
	const struct broadcasts broadcasts = {.count = 2, .address = of_networks};

	become("10.9.0.0/24");
	for (int i = 0; i < 2; i++) {
		enum neighbour_result as_host = i ? NEIGHBOUR_REFUSED : NEIGHBOUR_ANSWERED;
		enum neighbour_result as_target = i ? NEIGHBOUR_STRAY : NEIGHBOUR_ANSWERED;

		us.broadcasts = i ? &broadcasts : NULL;
		ck_assert_int_eq(changed(ARP_REQUEST, 14, "0a0900ff"), as_host);
		ck_assert_int_eq(changed(ARP_REQUEST, 14, "0a0900fe"), NEIGHBOUR_ANSWERED);
		ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a0901ff"), as_target);
		ck_assert_int_eq(changed(ARP_REQUEST, 24, "0a0901fe"), NEIGHBOUR_ANSWERED);
		ck_assert_int_eq(changed(ECHO_REQUEST, 12, "0a0900ff"), as_host);
		ck_assert_int_eq(changed(ECHO_REQUEST, 16, "0a0901ff"), as_target);
	}
	us.broadcasts = NULL;
}
END_TEST

/* A large echo comes back whole: it is no error, whose quote would be cut. */
START_TEST(a_large_echo)
{
	struct frame_bytes f = bytes(ECHO_REQUEST_V6), reply;

	become("10.9.0.0/24");
	for (f.len = ETHER_HEADER + 48; f.len < ETHER_HEADER + 1500; f.len++)
		f.b[f.len] = (uint8_t)f.len;
	put_u16(f.b + ETHER_HEADER + 4, 1460);
	mend(&f);
	ck_assert_int_eq(meet_tagged(&f, 0, &reply), NEIGHBOUR_ANSWERED);
	ck_assert_uint_eq(reply.len, f.len);
	ck_assert_mem_eq(reply.b + ETHER_HEADER + 44, f.b + ETHER_HEADER + 44, 1456);
}
END_TEST

START_TEST(what_is_for_the_responder)
{
	struct frame_bytes f = bytes(SEGMENT_V4);

	become("192.0.2.1"); /* who is a client, it decides itself */
	ck_assert_int_eq(meet(&f), NEIGHBOUR_PACKET);
	ck_assert_int_eq(changed(SEGMENT_V4, 16, "0a090001"), NEIGHBOUR_STRAY);
	prefix_set_fill(&us.own, NULL, 0);
	ck_assert_int_eq(meet(&f), NEIGHBOUR_STRAY);
	f = bytes(ARP_REQUEST);
	ck_assert_int_eq(meet(&f), NEIGHBOUR_STRAY);
}
END_TEST

/* Errors are, whatever is made of them, and no other ICMP. */
START_TEST(errors_are_for_the_responder)
{
	static const char *const v4[] = {"03", "04", "05", "0b", "0c"};
	static const char *const v6[] = {"01", "02", "03", "04"};
	struct frame_bytes f = bytes(ECHO_REQUEST);

	become("192.0.2.1");
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(changed(ECHO_REQUEST, 20, v4[i]), NEIGHBOUR_PACKET);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(changed(ECHO_REQUEST_V6, 40, v6[i]), NEIGHBOUR_PACKET);
	/* A timestamp; a router's advertisement. */
	ck_assert_int_eq(changed(ECHO_REQUEST, 20, "0d"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 40, "86"), NEIGHBOUR_STRAY);
	f.b[ETHER_HEADER + 20] = 3; /* the checksum is of an echo */
	ck_assert_int_eq(meet(&f), NEIGHBOUR_STRAY);
	prefix_set_fill(&us.own, NULL, 0);
	ck_assert_int_eq(changed(ECHO_REQUEST, 20, "03"), NEIGHBOUR_STRAY);
	ck_assert_int_eq(changed(ECHO_REQUEST_V6, 40, "01"), NEIGHBOUR_STRAY);
}
END_TEST

/* The IP packet in a frame, where there are no link addresses. */
static enum neighbour_result meet_bare(const char *hex, struct frame_bytes *reply)
{
	static uint8_t room[NEIGHBOUR_FRAME_MAX];
	const struct frame_bytes f = bytes(hex + 2 * ETHER_HEADER);
	uint8_t *exact = malloc(f.len ? f.len : 1);
	enum neighbour_result result;

	memcpy(exact, f.b, f.len);
	result = neighbour_meet_packet(&us, exact, f.len, room, &reply->len);
	if (result == NEIGHBOUR_ANSWERED)
		memcpy(reply->b, room, reply->len);
	free(exact);
	return result;
}

START_TEST(packets_without_link_addresses)
{
	const struct prefix ends[] = {prefix_of("10.9.0.2"), prefix_of("fd09::2")};
	const struct prefix all[] = {prefix_of("10.9.0.0/24"), prefix_of("fd09::/64")};
	struct frame_bytes reply, expected;

	become("10.9.0.0/24");
	/* The client is the kernel's own end, within a network of ours. */
	prefix_set_fill(&us.own, all, 2);
	ck_assert_int_eq(meet_bare(ECHO_REQUEST, &reply), NEIGHBOUR_REFUSED);
	prefix_set_fill(&us.kernels, ends, 2);
	ck_assert_int_eq(meet_bare(ECHO_REQUEST, &reply), NEIGHBOUR_ANSWERED);
	expected = bytes(&ECHO_REPLY[2 * ETHER_HEADER]);
	ck_assert_uint_eq(reply.len, expected.len);
	ck_assert_mem_eq(reply.b, expected.b, expected.len);
	ck_assert_int_eq(meet_bare(ECHO_REQUEST_V6, &reply), NEIGHBOUR_ANSWERED);
	expected = bytes(&ECHO_REPLY_V6[2 * ETHER_HEADER]);
	ck_assert_uint_eq(reply.len, expected.len);
	ck_assert_mem_eq(reply.b, expected.b, expected.len);
	ck_assert_int_eq(meet_bare(SEGMENT_V4, &reply), NEIGHBOUR_PACKET);
	/* Not to us: the answers, and what is for others. */
	ck_assert_int_eq(meet_bare(ECHO_REPLY, &reply), NEIGHBOUR_STRAY);
	ck_assert_int_eq(meet_bare(ECHO_REPLY_V6, &reply), NEIGHBOUR_STRAY);
	/* Nobody is to be discovered. */
	ck_assert_int_eq(meet_bare(SOLICITATION, &reply), NEIGHBOUR_STRAY);
	ck_assert_int_eq(meet_bare(UNICAST_SOLICITATION, &reply), NEIGHBOUR_STRAY);
	ck_assert_int_eq(meet_bare(DETECTION, &reply), NEIGHBOUR_STRAY);
	ck_assert_int_eq(neighbour_meet_packet(&us, expected.b, 0, reply.b, &reply.len),
			 NEIGHBOUR_STRAY);
	prefix_set_free(&us.kernels);
}
END_TEST

/* Cut anywhere, and with each octet turned: no read past the end, and never a frame from somebody
 * else or longer than what was asked. */
START_TEST(hostile_frames)
{
	become("10.9.0.0/24");
	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		const struct frame_bytes whole = bytes(questions[i]);
		struct frame_bytes f, reply;

		for (size_t len = 0; len < whole.len; len++) {
			f = whole;
			f.len = len;
			ck_assert_int_eq(meet(&f), NEIGHBOUR_STRAY);
		}
		for (unsigned at = 0; at < whole.len * 255; at++) {
			f = whole;
			f.b[at / 255] ^= (uint8_t)(at % 255 + 1);
			if (meet_tagged(&f, 0, &reply) != NEIGHBOUR_ANSWERED)
				continue;
			ck_assert_mem_eq(reply.b + 6, us.mac, 6);
			ck_assert_uint_le(reply.len, whole.len + 8);
		}
	}
}
END_TEST

START_TEST(a_mac_of_our_own)
{
	uint8_t mac[6], other[6];

	neighbour_mac((const uint8_t *)"\x00\x1b\x21\xaa\xbb\xcc", mac);
	ck_assert_mem_eq(mac, "\x02\x4f\x21\xaa\xbb\xcc", 6);
	/* No interface's own, whatever its first octet; and of two interfaces two. */
	for (unsigned first = 0; first < 256; first++) {
		uint8_t own[6] = {(uint8_t)first, 9, 0, 0, 0, 1};

		neighbour_mac(own, mac);
		ck_assert_uint_eq(mac[0], 2);
		ck_assert(memcmp(mac, own, 6) != 0);
		own[5]++;
		neighbour_mac(own, other);
		ck_assert(memcmp(mac, other, 6) != 0);
		own[5]--;
		own[0] ^= 4;
		neighbour_mac(own, other);
		ck_assert(memcmp(mac, other, 6) != 0);
	}
}
END_TEST

/* The same answers as from looking at every network. */
START_TEST(sets_of_networks)
{
	const struct prefix list[] = {
		prefix_of("10.0.0.0/8"),    prefix_of("10.1.0.0/16"),     prefix_of("10.1.2.3"),
		prefix_of("9.255.255.255"), prefix_of("11.0.0.0/31"),     prefix_of("10.0.0.0/8"),
		prefix_of("fd00::/8"),      prefix_of("fd00::1"),         prefix_of("fc00::/16"),
		prefix_of("fe80::1"),       prefix_of("255.255.255.255"), prefix_of("0.0.0.0"),
		prefix_of("::/8"),
	};
	static const char *const addresses[] = {
		"10.0.0.0",      "10.255.255.255",  "10.1.2.3",        "10.1.2.4", "9.255.255.255",
		"9.255.255.254", "11.0.0.0",        "11.0.0.1",        "11.0.0.2", "0.0.0.0",
		"0.0.0.1",       "255.255.255.255", "255.255.255.254", "::",       "fc00::1",
		"fc01::1",       "fd00::",          "fdff:ffff::1",    "fe00::",   "fe80::1",
		"fe80::2",       "ffff::",          "127.0.0.1",       "ff::1",
	};
	const unsigned count = sizeof(list) / sizeof(*list);
	struct prefix_set set = {0};

	for (unsigned used = 0; used <= count; used++) {
		prefix_set_fill(&set, list, used);
		for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
			bool in = false;
			struct addr a;

			ck_assert(addr_parse(addresses[i], &a));
			for (unsigned n = 0; n < used; n++)
				in |= prefix_contains(&list[n], &a);
			ck_assert_msg(prefix_set_has(&set, &a) == in, "%s of %u", addresses[i],
				      used);
		}
	}
	ck_assert_uint_eq(set.count, 9);
	prefix_set_free(&set);
	ck_assert_uint_eq(set.count, 0);
}
END_TEST

UNIT_MAIN("neighbour", answers_are_right_to_the_octet, the_tag_is_kept, arp, link_addresses,
	  solicitations, echoes, loopback_is_no_neighbour, a_broadcast_address_is_no_hosts,
	  a_large_echo, what_is_for_the_responder, errors_are_for_the_responder,
	  packets_without_link_addresses, hostile_frames, a_mac_of_our_own, sets_of_networks)
