/* SPDX-License-Identifier: MIT */
/*
 * notation: segments as text, in the notation of packetdrill.
 *
 * Config, log, trace, tests and CLI all use it:
 *
 *   S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 8>
 *
 * FLAGS SEQ:END(LEN) [ack N] [win N] [urg N] [<options>] [[fields]] ["payload"]
 *
 * FLAGS     S F R P U E W AE and . for ACK, in any order (E is ECE, W is CWR); - for no flags
 * SEQ etc.  expressions (wire/expr.h)
 * options   mss N, wscale N, sackOK, sack L:R [L:R …], TS val N ecr N, nop, eol, FO HEX,
 *           kind N [HEX], raw HEX (any octets). N may be an expression, except that of kind.
 *           <> means no options. `len N` after an option truncates its data or pads it with
 *           zeros, to a length of N. `says N` writes N in its length field.
 *           With + - or = before each option, the list changes the existing options: +OPTION
 *           appends, =OPTION replaces the first of its kind, if there is one, and -mss
 *           (or -kind 19) removes all of a kind, with the nops directly before. An option that
 *           does not fit is omitted.
 * fields    in brackets, separated by commas: ttl N, tos N, ect0, ect1, ce, df, nodf, id N,
 *           flow N, reserved N, cksum bad|zero|N, doff N, iplen N, ipcksum N. `reserved` has four
 *           bits, of which AE is the lowest; the flag AE sets it whatever N is.
 * payload   a string with \n \r \t \\ \" \xHH. If it is omitted, the payload is LEN octets `x`.
 *
 * The parts after (LEN) may be in any order, each at most once. END must be SEQ + LEN, and a
 * payload must have LEN octets. The flag . requires an ack; an ack without the flag only sets the
 * field.
 */
#ifndef SYNACKD_WIRE_NOTATION_H
#define SYNACKD_WIRE_NOTATION_H

#include "wire/expr.h"
#include "wire/segment.h"

/* The optional parts that a text contains. Flags, SEQ and LEN are mandatory; ACK depends on the
 * flag. */
enum notation_part {
	PART_WINDOW = 1 << 0,
	PART_URGENT = 1 << 1,
	PART_OPTIONS = 1 << 2,
	PART_PAYLOAD = 1 << 3,
	PART_TTL = 1 << 4,
	PART_TOS = 1 << 5,
	PART_DF = 1 << 6,
	PART_ID = 1 << 7,
	PART_FLOW = 1 << 8,
	PART_RESERVED = 1 << 9,
	PART_CKSUM = 1 << 10,
	PART_DOFF = 1 << 11,
	PART_IPLEN = 1 << 12,
	PART_ECN = 1 << 13, /* the low two bits of tos, by name: ect0, ect1, ce */
	PART_IPCKSUM = 1 << 14,
};

#define NOTATION_HOLES_MAX 8
#define NOTATION_EDITS_MAX 8

enum option_how { OPTION_ADD, OPTION_REPLACE, OPTION_REMOVE };

/* One change to the existing options. */
struct option_edit {
	uint8_t how; /* enum option_how */
	uint8_t kind;
	uint8_t at, len; /* the new option, in the bytes of the template */
};

/* Options in wire format, with holes to be filled with the values of expressions. */
struct option_template {
	uint8_t len;
	uint8_t bytes[SEGMENT_OPT_MAX];
	uint8_t holes;
	struct {
		uint8_t at;
		uint8_t size; /* 1, 2 or 4 octets */
		struct expr value;
	} hole[NOTATION_HOLES_MAX];
	uint8_t edits; /* 0: the bytes replace all options */
	struct option_edit edit[NOTATION_EDITS_MAX];
};

/* A parsed segment whose expressions are not yet evaluated. */
struct notation {
	uint16_t parts; /* enum notation_part */
	uint16_t flags; /* enum tcp_flag */
	struct expr seq;
	struct expr ack;
	struct expr window;
	struct option_template options;
	uint8_t *payload; /* owned; NULL if empty */
	uint32_t len;
	struct segment fields; /* urgent pointer, IP fields and lies, if in `parts` */
};

#endif
