/* SPDX-License-Identifier: MIT */
/*
 * neighbours: frames for link/neighbour.h as octets, and the expected answers.
 *
 * A neighbour with 02:09:00:00:00:02, 10.9.0.2 and fd09::2 sends to us. We have 10.9.0.50,
 * 10.9.1.0/24 and fd09::50.
 */
#ifndef SYNACKD_TESTS_UNIT_LIB_NEIGHBOURS_H
#define SYNACKD_TESTS_UNIT_LIB_NEIGHBOURS_H

#include "link/neighbour.h"

#define OWN_V4 "0a090032"
#define OWN_V6 "fd090000000000000000000000000050"

/* Sent by 02:09:00:00:00:02 (10.9.0.2 and fd09::2) to 10.9.0.50 and fd09::50. */
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

/* The requests among them. */
#define QUESTIONS 6
extern const char *const questions[QUESTIONS];

struct frame_bytes {
	uint8_t b[2048];
	size_t len;
};

extern struct neighbour us;

/* Configures us with these IPv4 clients, and fd09::/64. */
void become(const char *clients);
struct frame_bytes octets_of(const char *hex);

/* Receives a frame with a tag that the kernel has removed from it (0: none). Sets *reply to the
 * answer, if there is one. */
enum neighbour_result receive_tagged(const struct frame_bytes *f, uint16_t tag,
				     struct frame_bytes *reply);
enum neighbour_result receive(const struct frame_bytes *f); /* without a tag */
void expect_answer(const char *question, const char *answer);

/* Corrects the checksums of an ICMP packet after a change. */
void mend(struct frame_bytes *f);
/* Receives the request with changed octets from `at` on, relative to the packet, and with valid
 * checksums. */
enum neighbour_result changed(const char *question, size_t at, const char *hex);
/* Receives the request with another link address, from `at` on in the frame. */
enum neighbour_result readdressed(const char *question, size_t at, const char *hex);

#endif
