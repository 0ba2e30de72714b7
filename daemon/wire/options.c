/* SPDX-License-Identifier: MIT */
#include "wire/options.h"

#include "wire/cursor.h"

void option_walk_begin(struct option_walk *w, const uint8_t *opt, uint8_t len)
{
	*w = (struct option_walk){.opt = opt, .len = len};
}

enum option_step option_walk_next(struct option_walk *w)
{
	uint8_t left = (uint8_t)(w->len - w->at);
	const uint8_t *opt;

	if (!left)
		return OPTION_END;
	opt = w->opt + w->at;
	w->kind = opt[0];
	w->data = NULL;
	w->data_len = 0;
	if (opt[0] == OPT_EOL) {
		w->at = w->len;
		return OPTION_FOUND;
	}
	if (opt[0] == OPT_NOP) {
		w->at++;
		return OPTION_FOUND;
	}
	if (left < 2 || opt[1] < 2 || opt[1] > left)
		return OPTION_MALFORMED;
	w->data = opt + 2;
	w->data_len = (uint8_t)(opt[1] - 2);
	w->at = (uint8_t)(w->at + opt[1]);
	return OPTION_FOUND;
}

static void option_decode(const struct option_walk *w, struct options *out)
{
	struct cursor c = cursor_of(w->data, w->data_len);

	switch (w->kind) {
	case OPT_MSS:
		if (w->data_len != 2 || out->has_mss)
			return;
		out->has_mss = true;
		out->mss = cursor_u16(&c);
		return;
	case OPT_WSCALE:
		if (w->data_len != 1 || out->has_wscale)
			return;
		out->has_wscale = true;
		out->wscale = cursor_u8(&c);
		return;
	case OPT_SACK_PERMITTED:
		if (w->data_len == 0)
			out->sack_permitted = true;
		return;
	case OPT_TIMESTAMPS:
		if (w->data_len != 8 || out->has_ts)
			return;
		out->has_ts = true;
		out->ts_val = cursor_u32(&c);
		out->ts_ecr = cursor_u32(&c);
		return;
	}
}

void options_decode(const uint8_t *opt, uint8_t len, struct options *out)
{
	struct option_walk w;
	enum option_step step;

	*out = (struct options){0};
	option_walk_begin(&w, opt, len);
	while ((step = option_walk_next(&w)) == OPTION_FOUND)
		option_decode(&w, out);
	out->malformed = step == OPTION_MALFORMED;
}
