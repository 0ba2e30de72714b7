/* SPDX-License-Identifier: MIT */
/* Which options a SYN or SYN-ACK of ours carries, and in which order. */
#ifndef SYNACKD_TCP_SYN_OPTIONS_H
#define SYNACKD_TCP_SYN_OPTIONS_H

#include "wire/options.h"

enum syn_option_kind {
	SYN_OPT_MSS,
	SYN_OPT_WSCALE,
	SYN_OPT_SACK,
	SYN_OPT_TS,
	SYN_OPT_NOP,
	SYN_OPT_EOL,
	SYN_OPT_FAST_OPEN,
	SYN_OPT_FILL,
	SYN_OPT_RAW
};

#define SYN_OPTIONS_MAX      40
#define FAST_OPEN_COOKIE     8  /* octets of a cookie of ours, by default; RFC 7413 4.1.2 */
#define FAST_OPEN_COOKIE_MAX 38 /* that an option has room for, legal or not */

struct syn_options {
	uint8_t count;
	uint8_t raw_len;
	uint8_t raw[SEGMENT_OPT_MAX];
	struct syn_option {
		uint8_t kind;
		bool has_value;
		uint16_t value; /* of mss and wscale; the number of bytes of raw */
	} option[SYN_OPTIONS_MAX];
};

/*
 * Read `mss 1460,sackOK,TS,nop,wscale 8,FO,fill,raw fd00`; mss and wscale without a number take the
 * endpoint's own, and fill is as many nops as make 40 octets in all. An option as the notation has
 * it (wire/notation.h) is sent as it is, agreed to or not: `TS val 1 ecr 2`, `mss 1460 len 3`. ""
 * is none. On failure false and *error says what was expected (caller frees).
 */
bool syn_options_parse(const char *text, struct syn_options *out, char **error);

/* What both sides agreed on, and the values for the options. */
struct syn_values {
	uint16_t mss;
	uint8_t wscale;
	bool send_wscale; /* each of these three only when the client offered it, or we open */
	bool send_sack;
	bool send_ts;
	uint32_t ts_val;
	uint32_t ts_ecr;
	const uint8_t *fast_open; /* a cookie to grant; NULL: none. Left out where it has no room */
	uint8_t fast_open_len;
};

/* Is the kind in the list at all? The client is told of nothing that is not. */
bool syn_options_has(const struct syn_options *o, enum syn_option_kind kind);

/* Write them into out->opt. An option that is not sent takes the nops directly before it away, too;
 * the rest is padded to 32 bits with nops, unless it ends in raw bytes or eol: what follows those
 * is for packet_encode to pad. */
void syn_options_write(const struct syn_options *o, const struct syn_values *v,
		       struct segment *out);

#endif
