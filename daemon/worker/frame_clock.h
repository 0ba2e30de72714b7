/* SPDX-License-Identifier: MIT */
/* frame_clock: converts the time stamps of frames to steady time. */
#ifndef SYNACKD_WORKER_FRAME_CLOCK_H
#define SYNACKD_WORKER_FRAME_CLOCK_H

#include "link/frame.h"

/* A zeroed struct is valid after frame_clock_follow(). */
struct frame_clock {
	nstime shift;  /* added to time stamps; see steady_shift() */
	nstime before; /* the shift before it last changed; 0: it never did */
	nstime seen;   /* steady time when it was last read for a frame */
	nstime latest; /* steady time of the last frame that arrived while `before` was valid */
	nstime last;   /* steady time of the last frame */
};

/* Follows the wall clock, by which the kernel stamps frames, and which an operator or NTP may set.
 * Returns the time by which it was set forward since the last call, negative if back; 0: not. */
nstime frame_clock_follow(struct frame_clock *c);

/* Converts frame->when, and sets frame->lag. The wall clock may be set between the stamping and the
 * reading of a frame: a time before an earlier frame, or in the future, is then converted by the
 * former shift. A time in the future would stop the timers until then, so the result is limited to
 * the present. It is at least `last`, the time of the responder's clock. */
void frame_clock_convert(struct frame_clock *c, struct frame *frame, nstime last);

#endif
