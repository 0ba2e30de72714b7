/* SPDX-License-Identifier: MIT */
/* listening: the links of a worker, their events, and the frames that wait in them. */
#ifndef SYNACKD_WORKER_LISTENING_H
#define SYNACKD_WORKER_LISTENING_H

#include "engine/responder.h"
#include "link/link.h"
#include "worker/frame_clock.h"

#include <event2/event.h>

/* A link, and its next frame. */
struct heard {
	struct link *link;
	struct event *event; /* NULL: the link was shut */
	uint64_t dropped;    /* value of dropped_in that the trace has recorded */
	bool ready;          /* frames may wait in the link */
	bool waits;          /* `frame` is the next one */
	struct frame frame;  /* with the time stamp of the kernel */
};

struct listening {
	struct responder *responder;
	struct event_base *base;
	struct frame_clock clock;
	bool polled;                   /* the links have no events; each turn looks for frames */
	struct heard heard[LINKS_MAX]; /* by the index of the link */
};

/* --- links; in the worker's thread, or before it runs ----------------------------------------- */

/* Adds a link to the responder. It replaces a link of the same name, or of the same interface under
 * a former name, which it closes. */
void listening_add(struct listening *all, struct link *l);
/* Must be called before a link is shut: another descriptor could get the same number. */
void listening_stop(struct listening *all, const struct link *l);
void listening_close(struct listening *all); /* closes all links */

/* Returns the link of this name, even if it was shut, or NULL. Safe from the main thread. */
struct link *listening_named(const struct listening *all, const char *name);
/* Returns true if the link is open and its interface exists. `l` may be NULL. Safe from any
 * thread. */
bool listening_hears(const struct link *l);

/* --- frames ----------------------------------------------------------------------------------- */

/* Starts or ends polling: events of the links are disabled while `on`. */
void listening_poll(struct listening *all, bool on);

/* Processes frames and the work of the responder that is due before them, in the order of time, at
 * most *work of both, which it reduces. Returns true if no frame waits. */
bool listening_turn(struct listening *all, unsigned *work);

/* Adds a note to the trace for frames that the kernel dropped; their contents are unknown. */
void listening_trace_losses(struct listening *all);

#endif
