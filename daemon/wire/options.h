/* SPDX-License-Identifier: MIT */
/* options: decodes the options of a segment. */
#ifndef SYNACKD_WIRE_OPTIONS_H
#define SYNACKD_WIRE_OPTIONS_H

#include "wire/segment.h"

enum tcp_option {
	OPT_EOL = 0,
	OPT_NOP = 1,
	OPT_MSS = 2,
	OPT_WSCALE = 3,
	OPT_SACK_PERMITTED = 4,
	OPT_SACK = 5,
	OPT_TIMESTAMPS = 8,
	OPT_MPTCP = 30,
	OPT_FAST_OPEN = 34,
};

/* An iteration over the options of a segment. */
struct option_walk {
	const uint8_t *opt;
	uint8_t len; /* of all options, in octets */
	uint8_t at;
	/* The option found: */
	uint8_t kind;
	uint8_t data_len;    /* without kind and length, in octets */
	const uint8_t *data; /* NULL for EOL and NOP */
};

enum option_step {
	OPTION_FOUND,
	OPTION_END,      /* no more options; an EOL is OPTION_FOUND first */
	OPTION_MALFORMED /* invalid length (RFC 9293 MUST-7); walk.at is its offset */
};

void option_walk_begin(struct option_walk *w, const uint8_t *opt, uint8_t len);
enum option_step option_walk_next(struct option_walk *w);

/* The kinds of options that are present, whatever their lengths. */
enum option_bit {
	HAS_MSS = 1 << 0,
	HAS_WSCALE = 1 << 1,
	HAS_SACK_PERMITTED = 1 << 2,
	HAS_SACK = 1 << 3,
	HAS_TIMESTAMPS = 1 << 4,
	HAS_FAST_OPEN = 1 << 5,
	HAS_MPTCP = 1 << 6, /* RFC 8684 */
	HAS_OTHER = 1 << 7, /* any other kind except NOP and EOL */
};

/* The features of a segment that rules and tests select by. */
struct marks {
	uint8_t flags;
	uint8_t options; /* enum option_bit */
	bool ae;         /* the lowest reserved bit, RFC 9768 */
};

static inline bool marks_given(const struct marks *m)
{
	return m->flags || m->options || m->ae;
}

/* The options that the TCP uses. Of each kind the first with a valid length counts. A malformed
 * option ends the list: the options before it are valid, and the segment is processed. */
struct options {
	bool has_mss;
	bool has_wscale;
	bool sack_permitted;
	bool has_ts;
	bool malformed;
	uint8_t kinds;  /* enum option_bit, of the options before a malformed one */
	uint8_t wscale; /* as received; the user limits it to 14 (RFC 7323 2.3) */
	uint16_t mss;
	uint32_t ts_val;
	uint32_t ts_ecr;
	/* RFC 7413 4.1.1: the cookie, of 0 octets (a request) or an even number from 4 to 16;
	 * points into the options. An option of another length is ignored. */
	bool has_fast_open;
	uint8_t fast_open_len;
	const uint8_t *fast_open;
};

void options_decode(const uint8_t *opt, uint8_t len, struct options *out);

static inline struct marks marks_of(const struct segment *seg, const struct options *o)
{
	return (struct marks){seg->flags, o->kinds, seg->reserved & 1};
}

#endif
