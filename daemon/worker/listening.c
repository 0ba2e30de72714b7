/* SPDX-License-Identifier: MIT */
#include "worker/listening.h"

#include "base/log.h"
#include "engine/advance.h"
#include "engine/receive.h"
#include "link/packet.h"
#include "worker/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- links ------------------------------------------------------------------------------------ */

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct heard *heard = arg;

	(void)fd;
	(void)what;
	heard->ready = true;
}

static void stop(struct heard *heard)
{
	if (heard->event)
		event_free(heard->event);
	heard->event = NULL;
	heard->ready = heard->waits = false;
}

void listening_stop(struct listening *all, const struct link *l)
{
	stop(&all->heard[l->index]);
}

struct link *listening_named(const struct listening *all, const char *name)
{
	for (unsigned i = 0; i < responder_links(all->responder); i++)
		if (strcmp(responder_link(all->responder, i)->name, name) == 0)
			return responder_link(all->responder, i);
	return NULL;
}

bool listening_hears(const struct link *l)
{
	return l && l->fd >= 0 && packet_interface(l) >= 0;
}

/* Returns the link of the same name, or of the same interface under a former name; NULL if there
 * is none. */
static struct link *link_like(const struct listening *all, const struct link *l)
{
	struct link *named = listening_named(all, l->name);
	int interface = packet_interface(l);

	for (unsigned i = 0; !named && interface > 0 && i < responder_links(all->responder); i++)
		if (packet_interface(responder_link(all->responder, i)) == interface)
			return responder_link(all->responder, i);
	return named;
}

void listening_add(struct listening *all, struct link *l)
{
	struct link *before = link_like(all, l);
	struct heard *heard;

	if (before) {
		listening_stop(all, before);
		responder_replace_link(all->responder, before, l);
		before->ops->close(before);
	} else {
		responder_add_link(all->responder, l);
	}
	heard = &all->heard[l->index];
	*heard = (struct heard){.link = l};
	heard->event = watch(all->base, l->fd, on_readable, heard);
	if (all->polled)
		event_del(heard->event);
}

void listening_close(struct listening *all)
{
	for (unsigned i = 0; i < responder_links(all->responder); i++) {
		struct link *l = responder_link(all->responder, i);

		listening_stop(all, l);
		l->ops->close(l);
	}
}

/* --- frames ----------------------------------------------------------------------------------- */

void listening_poll(struct listening *all, bool on)
{
	if (on == all->polled)
		return;
	all->polled = on;
	for (unsigned i = 0; i < responder_links(all->responder); i++) {
		struct event *event = all->heard[i].event;

		if (event && on)
			event_del(event);
		else if (event && event_add(event, NULL) < 0)
			watch_failed();
	}
}

static void follow_wall_clock(struct listening *all)
{
	nstime forward = frame_clock_follow(&all->clock);

	if (forward && responder_number(all->responder) == 0)
		log_info("wall clock: set %s by %.3f s; timers and traces are not affected",
			 forward > 0 ? "forward" : "back",
			 (double)llabs(forward) / (double)NS_PER_S);
}

/* Reads the next frame of a link. */
static void read_frame(struct listening *all, struct heard *heard)
{
	static struct log_limit limit = {.what = "failed links", .lines = 50};
	struct link *l = heard->link;
	int got = l->ops->receive(l, &heard->frame);

	heard->waits = got > 0;
	heard->ready = got > 0;
	if (got < 0 && responder_number(all->responder) == 0) /* all have the same interfaces */
		log_warn_limited(&limit, "%s: %s; synackd receives on it again %s", l->name,
				 strerror(errno),
				 l->fd < 0 ? "after a reload"
					   : "once it is up, or after a reload if it is "
					     "created again");
	if (l->fd < 0)
		stop(heard);
}

/* Returns the link whose next frame arrived first, or NULL if no frame waits. */
static struct heard *earliest(struct listening *all)
{
	struct heard *first = NULL;

	for (unsigned i = 0; i < responder_links(all->responder); i++) {
		struct heard *heard = &all->heard[i];

		if (heard->ready && !heard->waits)
			read_frame(all, heard);
		if (heard->waits && (!first || heard->frame.when < first->frame.when))
			first = heard;
	}
	return first;
}

/* Marks all links that may have frames. Returns false if there are none. */
static bool anything(struct listening *all)
{
	bool ready = false;

	for (unsigned i = 0; i < responder_links(all->responder); i++) {
		struct heard *heard = &all->heard[i];

		heard->ready = heard->ready || (all->polled && heard->event);
		ready = ready || heard->ready;
	}
	return ready;
}

bool listening_turn(struct listening *all, unsigned *work)
{
	struct responder *r = all->responder;
	struct heard *heard;

	if (!anything(all))
		return true;
	follow_wall_clock(all);
	while ((heard = earliest(all))) {
		struct frame frame = heard->frame;

		frame_clock_convert(&all->clock, &frame, responder_now(r));
		if (!responder_advance_some(r, frame.when, work) || *work == 0)
			return false;
		(*work)--;
		heard->waits = false;
		responder_frame(r, heard->link, &frame);
	}
	return true;
}

void listening_trace_losses(struct listening *all)
{
	struct responder *r = all->responder;

	for (unsigned i = 0; i < responder_links(r); i++) {
		uint64_t dropped = responder_link(r, i)->counters.dropped_in;
		struct trace_record head = {.kind = TRACE_LOSS, .when = responder_now(r)};
		char text[80];
		int n;

		if (dropped == all->heard[i].dropped)
			continue;
		n = snprintf(text, sizeof(text), "%llu frames lost on %s",
			     (unsigned long long)(dropped - all->heard[i].dropped),
			     responder_link(r, i)->name);
		all->heard[i].dropped = dropped;
		trace_add(responder_trace(r), &head, text, (size_t)n);
	}
}
