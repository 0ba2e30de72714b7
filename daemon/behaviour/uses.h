/* SPDX-License-Identifier: MIT */
/* The settings that behaviours `use`, and which segments show them. */
#ifndef SYNACKD_BEHAVIOUR_USES_H
#define SYNACKD_BEHAVIOUR_USES_H

#include "tcp/plan.h"
#include "wire/options.h"

/* The segments of ours in which a setting can be seen, as bits. */
enum use_shows {
	SHOWS_NOWHERE = 0,
	SHOWS_SYN = 1 << 0, /* with or without ACK */
	SHOWS_ACK = 1 << 1, /* and nothing else in it */
	SHOWS_DATA = 1 << 2,
	SHOWS_FIN = 1 << 3,
	SHOWS_RST = 1 << 4,
	SHOWS_AGAIN = 1 << 5,     /* a retransmission */
	SHOWS_CLOSED = 1 << 6,    /* the answer where no connection is, and none begins */
	SHOWS_ECN = 1 << 7,       /* a SYN with an offer of ECN, or the answer to one */
	SHOWS_FAST_OPEN = 1 << 8, /* same for Fast Open, or octets in a SYN */
	SHOWS_WINDOW = 1 << 9,    /* a window that no action changed since */
};

/* A setting of a behaviour, other than the one that was there before. */
struct use {
	const char *key; /* static */
	uint16_t label;  /* trace/label.h, `NAME: KEY` */
	uint16_t shows;  /* bits of enum use_shows */
};

/* All of a ruleset. A zeroed one is empty. */
struct uses {
	unsigned count;
	struct use *use; /* owned */
};

/* The bits of enum use_shows for a key of `use`. Returns -1 if it is unknown. */
int use_shows(const char *key);
/* Add the setting `key`, a static text, of the behaviour `name`, in place of one of the same key.
 * The key is known. */
void uses_add(struct uses *all, const char *name, const char *key);
void uses_free(struct uses *all);

/* The state of the machine when it made a plan, and the offers of its client. */
struct use_context {
	bool connection;   /* there is one */
	bool has_sent;     /* and its SYN was sent: */
	uint32_t snd_max;  /* SND.MAX before this plan */
	struct marks syn;  /* the client's; zeroed: it is not known */
	bool syn_octets;   /* it has text */
	bool window_moved; /* an action gave the connection another window than its setting */
};

/* Mark the segments of a plan from item `first` on, which the machine made. */
void uses_mark(const struct uses *all, const struct use_context *ctx, struct plan *plan,
	       unsigned first);

#endif
