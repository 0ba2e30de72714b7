/* SPDX-License-Identifier: MIT */
/* syn_options: the list of options that our SYN or SYN-ACK carries, in order. */
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
#define FAST_OPEN_COOKIE     8  /* default length of our cookies in octets; RFC 7413 4.1.2 */
#define FAST_OPEN_COOKIE_MAX 38 /* maximum cookie that fits into an option, legal or not */

struct syn_options {
	uint8_t count;
	uint8_t raw_len;
	uint16_t kinds; /* one bit per enum syn_option_kind in the list */
	uint16_t given; /* the kinds whose number the list has */
	/* The list as it is sent if the client offered everything in it and is granted no cookie,
	 * which is the common case: only the values are missing. */
	struct syn_template {
		bool valid;
		uint8_t len;
		uint8_t mss, wscale, ts; /* positions of the values; 0: there is none to fill in */
		uint8_t opt[SEGMENT_OPT_MAX];
	} full;
	uint8_t raw[SEGMENT_OPT_MAX];
	struct syn_option {
		uint8_t kind;
		bool has_value;
		uint16_t value; /* mss, wscale: the value; raw: the number of octets */
	} option[SYN_OPTIONS_MAX];
};

/*
 * Parses a list such as `mss 1460,sackOK,TS,nop,wscale 8,FO,fill,raw fd00`. Without a number, mss
 * and wscale use the endpoint's values. `fill` is a run of NOPs that makes the list 40 octets long.
 * An option in the notation of segments (wire/notation.h), such as `TS val 1 ecr 2` or `mss 1460
 * len 3`, is sent unchanged, negotiated or not. "" is the empty list. On failure, returns false and
 * sets *error to the expected syntax; the caller frees it.
 */
bool syn_options_parse(const char *text, struct syn_options *out, char **error);

/* The negotiated options and their values. */
struct syn_values {
	uint16_t mss;
	uint8_t wscale;
	bool send_wscale; /* these three: true if the client offered the option, or if we open */
	bool send_sack;
	bool send_ts;
	uint32_t ts_val;
	uint32_t ts_ecr;
	const uint8_t *fast_open; /* a cookie to grant; NULL: none. Omitted if it does not fit */
	uint8_t fast_open_len;
};

/* Returns true if the list contains the kind. An option that the list lacks is not negotiated. */
static inline bool syn_options_has(const struct syn_options *o, enum syn_option_kind kind)
{
	return o->kinds & 1u << kind;
}

/* Returns true if the list contains the kind with a number. */
static inline bool syn_options_given(const struct syn_options *o, enum syn_option_kind kind)
{
	return o->given & 1u << kind;
}

/* Writes the list to out->opt. If an option is not sent, the NOPs directly before it are not sent
 * either. The result is padded to 32 bits with NOPs, unless it ends in raw octets or eol:
 * packet_encode pads after these. */
void syn_options_write(const struct syn_options *o, const struct syn_values *v,
		       struct segment *out);

#endif
