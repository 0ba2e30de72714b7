/* SPDX-License-Identifier: MIT */
#include "worker/frame_clock.h"

#include "base/steady.h"

#define LAG_MAX NS_PER_S /* a larger difference means that the wall clock was set */

nstime frame_clock_follow(struct frame_clock *c)
{
	nstime before = c->shift;

	return steady_shift(&c->shift) ? before - c->shift : 0;
}

void frame_clock_convert(struct frame_clock *c, struct frame *frame, nstime last)
{
	nstime arrived = frame->when + c->shift;

	if (arrived > c->seen)
		c->seen = steady_now();
	frame->when = clock_clamp(arrived, last, c->seen);
	frame->lag = frame->when - arrived;
	if (frame->lag < 0 || frame->lag > LAG_MAX)
		frame->lag = 0;
}
