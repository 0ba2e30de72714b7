/* SPDX-License-Identifier: MIT */
#include "worker/frame_clock.h"

#include "base/steady.h"

#define LAG_MAX NS_PER_S /* a larger difference means that the wall clock was set */

nstime frame_clock_follow(struct frame_clock *c)
{
	nstime before = c->shift;

	if (!steady_shift(&c->shift))
		return 0;
	c->before = before;
	c->latest = c->last;
	return before - c->shift;
}

/* Returns true if a frame can have arrived then. Reads the clock if that is necessary. */
static bool plausible(struct frame_clock *c, nstime arrived)
{
	if (arrived > c->seen)
		c->seen = steady_now();
	return arrived >= c->latest && arrived <= c->seen;
}

/* Returns the steady time of a time stamp. */
static nstime steady_of(struct frame_clock *c, nstime stamp)
{
	nstime arrived = stamp + c->shift, former = stamp + c->before;

	return !plausible(c, arrived) && c->before && plausible(c, former) ? former : arrived;
}

void frame_clock_convert(struct frame_clock *c, struct frame *frame, nstime last)
{
	nstime arrived = steady_of(c, frame->when);

	c->last = arrived > c->last ? arrived : c->last;
	frame->when = clock_clamp(arrived, last, c->seen);
	frame->lag = frame->when - arrived;
	if (frame->lag < 0 || frame->lag > LAG_MAX)
		frame->lag = 0;
}
