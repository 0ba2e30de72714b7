/* SPDX-License-Identifier: MIT */
/*
 * The one way to write a segment, packetdrill's, in config, log, trace, tests and CLI:
 *
 *   S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 8>
 *
 * FLAGS SEQ:END(LEN) [ack N] [win N] [urg N] [<options>] [[fields]] ["payload"]
 *
 * FLAGS     S F R P U E W AE and . for ACK (in any order; E is ECE, W is CWR), or - for none
 * SEQ etc.  expressions (wire/expr.h)
 * options   mss N, wscale N, sackOK, sack L:R [L:R …], TS val N ecr N, nop, eol, FO HEX,
 *           kind N [HEX], raw HEX (bytes as they are, whatever they are); N may be an expression,
 *           but for a kind; <> is none. Behind any with a length: `len N` makes it so long, by
 *           cutting its data off or adding zeros, and `says N` writes another length over it.
 *           With + - or = before each they change those that are there: +OPTION is behind them,
 *           =OPTION in place of the first of its kind, should there be one, and -mss (-kind 19)
 *           takes all of a kind away, with the nops directly before. What has no room is left out.
 * fields    in brackets: ttl N, tos N, ect0, ect1, ce, df, nodf, id N, flow N, reserved N (of the
 *           four bits AE is the lowest, and is 1 with the flag AE whatever N is), cksum bad|zero|N,
 * doff N, iplen N, ipcksum N; several with commas between payload   a string with \n \r \t \\ \"
 * \xHH; when LEN is given without it, LEN octets `x`
 *
 * What follows (LEN) may stand in any order, each part once. END is SEQ + LEN, and a string has LEN
 * octets, else the text is wrong. With the flag . there must be an ack; an ack without it sets the
 * field all the same.
 */
#ifndef SYNACKD_WIRE_NOTATION_H
#define SYNACKD_WIRE_NOTATION_H

#include "wire/expr.h"
#include "wire/segment.h"

/* Which parts a text mentions. Flags, SEQ and LEN always are; ACK goes with the flag. */
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

/* One change to the options that are there. */
struct option_edit {
	uint8_t how; /* enum option_how */
	uint8_t kind;
	uint8_t at, len; /* the new option in the template's bytes */
};

/* Options as bytes, with holes that expressions fill in. */
struct option_template {
	uint8_t len;
	uint8_t bytes[SEGMENT_OPT_MAX];
	uint8_t holes;
	struct {
		uint8_t at;
		uint8_t size; /* 1, 2 or 4 octets */
		struct expr value;
	} hole[NOTATION_HOLES_MAX];
	uint8_t edits; /* 0: the bytes are all options there are to be */
	struct option_edit edit[NOTATION_EDITS_MAX];
};

/* A segment as written, before its expressions have values. */
struct notation {
	uint16_t parts; /* enum notation_part */
	uint16_t flags; /* enum tcp_flag */
	struct expr seq;
	struct expr ack;
	struct expr window;
	struct option_template options;
	uint8_t *payload; /* owned; NULL when there is none */
	uint32_t len;
	struct segment fields; /* urgent, IP fields and lies, where mentioned */
};

#endif
