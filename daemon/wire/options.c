/* SPDX-License-Identifier: MIT */
#include "wire/options.h"

#include "wire/cursor.h"

#define TIMESTAMPS_SIZE 10

void option_walk_begin(struct option_walk *w, const uint8_t *opt, uint8_t len)
{
	*w = (struct option_walk){.opt = opt, .len = len};
}

/* Returns the length of the option at `opt`, or 0 if it is malformed. `left` must not be 0. */
static inline unsigned option_size(const uint8_t *opt, unsigned left)
{
	if (opt[0] == OPT_NOP || opt[0] == OPT_EOL)
		return 1;
	return left < 2 || opt[1] < 2 || opt[1] > left ? 0 : opt[1];
}

enum option_step option_walk_next(struct option_walk *w)
{
	unsigned left = w->len - w->at, size;
	const uint8_t *opt;

	if (!left)
		return OPTION_END;
	opt = w->opt + w->at;
	size = option_size(opt, left);
	if (!size)
		return OPTION_MALFORMED;
	w->kind = opt[0];
	w->data = size > 1 ? opt + 2 : NULL;
	w->data_len = size > 1 ? (uint8_t)(size - 2) : 0;
	w->at = opt[0] == OPT_EOL ? w->len : (uint8_t)(w->at + size);
	return OPTION_FOUND;
}

static inline void option_decode(const uint8_t *opt, unsigned size, struct options *out)
{
	struct cursor data = cursor_of(opt + 2, size - 2);

	switch (opt[0]) {
	case OPT_MSS:
		out->kinds |= HAS_MSS;
		if (size != 4 || out->has_mss)
			return;
		out->has_mss = true;
		out->mss = cursor_u16(&data);
		return;
	case OPT_WSCALE:
		out->kinds |= HAS_WSCALE;
		if (size != 3 || out->has_wscale)
			return;
		out->has_wscale = true;
		out->wscale = cursor_u8(&data);
		return;
	case OPT_SACK_PERMITTED:
		out->kinds |= HAS_SACK_PERMITTED;
		if (size == 2)
			out->sack_permitted = true;
		return;
	case OPT_SACK: out->kinds |= HAS_SACK; return;
	case OPT_MPTCP: out->kinds |= HAS_MPTCP; return;
	case OPT_TIMESTAMPS:
		out->kinds |= HAS_TIMESTAMPS;
		if (size != TIMESTAMPS_SIZE || out->has_ts)
			return;
		out->has_ts = true;
		out->ts_val = cursor_u32(&data);
		out->ts_ecr = cursor_u32(&data);
		return;
	case OPT_FAST_OPEN:
		out->kinds |= HAS_FAST_OPEN;
		if (out->has_fast_open || size % 2 || size == 4 || size > 18)
			return;
		out->has_fast_open = true;
		out->fast_open_len = (uint8_t)(size - 2);
		out->fast_open = opt + 2;
		return;
	default: out->kinds |= HAS_OTHER;
	}
}

/* RFC 7323 Appendix A: two NOPs and the timestamps, which are the options of most segments. */
static inline bool are_timestamps(const uint8_t *opt, uint8_t len)
{
	return len == 12 && get_u32(opt) == ((uint32_t)OPT_NOP << 24 | OPT_NOP << 16 |
					     OPT_TIMESTAMPS << 8 | TIMESTAMPS_SIZE);
}

/* Does not use struct option_walk, to save time: it runs for each SYN. */
void options_decode(const uint8_t *opt, uint8_t len, struct options *out)
{
	unsigned left = len, size;

	*out = (struct options){0};
	if (are_timestamps(opt, len)) {
		option_decode(opt + 2, TIMESTAMPS_SIZE, out);
		return;
	}
	for (; left && opt[0] != OPT_EOL; opt += size, left -= size) {
		size = option_size(opt, left);
		if (!size) {
			out->malformed = true;
			return;
		}
		if (size > 1)
			option_decode(opt, size, out);
	}
}
