/* SPDX-License-Identifier: MIT */
/* uses: the settings that behaviours change by `use`, and the segments that show them. */
#ifndef SYNACKD_BEHAVIOUR_USES_H
#define SYNACKD_BEHAVIOUR_USES_H

#include "tcp/plan.h"
#include "wire/options.h"

/* Bits for the kinds of our segments that show a setting. */
enum use_shows {
	SHOWS_NOWHERE = 0,
	SHOWS_SYN = 1 << 0, /* with or without ACK */
	SHOWS_ACK = 1 << 1, /* pure ACK */
	SHOWS_DATA = 1 << 2,
	SHOWS_FIN = 1 << 3,
	SHOWS_RST = 1 << 4,
	SHOWS_AGAIN = 1 << 5,     /* a retransmission */
	SHOWS_CLOSED = 1 << 6,    /* the answer if no connection exists or opens */
	SHOWS_ECN = 1 << 7,       /* a SYN with an offer of ECN, or the answer to one */
	SHOWS_FAST_OPEN = 1 << 8, /* an offer of Fast Open, an answer to one, or octets in a SYN */
	SHOWS_WINDOW = 1 << 9,    /* a window that no action has changed */
};

/* A setting of a behaviour that differs from the previous value. */
struct use {
	const char *key; /* static text */
	uint16_t label;  /* trace/label.h, `NAME: KEY` */
	uint16_t shows;  /* bits of enum use_shows */
};

/* All changed settings of a ruleset. A zeroed struct is empty. */
struct uses {
	unsigned count;
	struct use *use; /* owned */
};

/* Returns the bits of enum use_shows for a key of `use`, or -1 if the key is unknown. */
int use_shows(const char *key);
/* Adds the setting `key`, a static text, of the behaviour `name`; replaces one with the same key.
 * The key must be known. */
void uses_add(struct uses *all, const char *name, const char *key);
void uses_free(struct uses *all);

/* The state of the TCP before it made a plan, and the offers of its client. */
struct use_context {
	bool connection;   /* a connection exists */
	bool has_sent;     /* our SYN was sent, so snd_max is valid */
	uint32_t snd_max;  /* SND.MAX before this plan */
	struct marks syn;  /* the client's SYN; zeroed if unknown */
	bool syn_octets;   /* the client's SYN carries octets */
	bool window_moved; /* an action changed the window of the connection */
};

/* Marks the items of a plan from `first` on, which the TCP made, with the settings that they
 * show. */
void uses_mark(const struct uses *all, const struct use_context *ctx, struct plan *plan,
	       unsigned first);

#endif
