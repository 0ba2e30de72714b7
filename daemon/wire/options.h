/* SPDX-License-Identifier: MIT */
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

/* Walk a segment's options: zeroed `at` to begin with. */
struct option_walk {
	const uint8_t *opt;
	uint8_t len; /* of all options */
	uint8_t at;
	/* the option found: */
	uint8_t kind;
	uint8_t data_len;    /* without kind and length */
	const uint8_t *data; /* NULL for EOL and NOP */
};

enum option_step {
	OPTION_FOUND,
	OPTION_END,      /* no more, or EOL (which is OPTION_FOUND first, then the end) */
	OPTION_MALFORMED /* length 0 or 1, or past the end (RFC 9293 MUST-7): walk.at is where */
};

void option_walk_begin(struct option_walk *w, const uint8_t *opt, uint8_t len);
enum option_step option_walk_next(struct option_walk *w);

/* Which kinds of options there are, whatever their lengths. */
enum option_bit {
	HAS_MSS = 1 << 0,
	HAS_WSCALE = 1 << 1,
	HAS_SACK_PERMITTED = 1 << 2,
	HAS_SACK = 1 << 3,
	HAS_TIMESTAMPS = 1 << 4,
	HAS_FAST_OPEN = 1 << 5,
	HAS_MPTCP = 1 << 6, /* RFC 8684 */
	HAS_OTHER = 1 << 7, /* any but these, NOP and EOL */
};

/* What a segment carries that others ask for. */
struct marks {
	uint8_t flags;
	uint8_t options; /* enum option_bit */
	bool ae;         /* the lowest of the reserved bits: RFC 9768 */
};

static inline bool marks_given(const struct marks *m)
{
	return m->flags || m->options || m->ae;
}

/* What the TCP wants to know. The first of each kind with the right length counts; a malformed
 * option ends the list (what stood before it holds, the segment goes on). */
struct options {
	bool has_mss;
	bool has_wscale;
	bool sack_permitted;
	bool has_ts;
	bool malformed;
	uint8_t kinds;  /* enum option_bit, of those before a malformed one */
	uint8_t wscale; /* as sent; RFC 7323 2.3 has 15 and more mean 14: the user of it clamps */
	uint16_t mss;
	uint32_t ts_val;
	uint32_t ts_ecr;
	/* RFC 7413 4.1.1: the cookie, of 0 (asking for one) or 4 to 16 octets and an even number of
	 * them; points into the options. Of another length it counts as none. */
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
