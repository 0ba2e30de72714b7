/* SPDX-License-Identifier: MIT */
/* gather: all connections and failed attempts of a trace. */
#ifndef SYNACKD_JUDGE_GATHER_H
#define SYNACKD_JUDGE_GATHER_H

#include "judge/dialog.h"

/* Returns true if another thread has set *stop. `stop` may be NULL. */
static inline bool is_stopped(const bool *stop)
{
	return stop && __atomic_load_n(stop, __ATOMIC_RELAXED);
}

#define DIALOGS_MAX 65536 /* above this, at least the newest half is kept */

/* A zeroed struct is an empty list. */
struct dialogs {
	unsigned count;
	struct dialog *dialog; /* in the order of their first packets */
	unsigned clients;      /* number of different clients */
	nstime since;          /* earlier connections may be missing or incomplete; 0: none are */
	unsigned losses;
	nstime *loss; /* times at which frames were lost, without any details; the oldest first */
};

/*
 * Reads the dialogs of the clients in any of the prefixes, or of all clients if there is no prefix.
 * An attempt is a four-tuple and an ISN of the client. It includes retransmissions of its SYN, and
 * the segments between the same addresses and ports after the connection has closed, up to the next
 * SYN with another ISN. `now` is the end of the trace.
 *
 * The cost is linear in the number of records. It ends early if another thread sets *stop, which
 * may be NULL. Returns false if it ended early or memory runs out, and *out is empty then.
 */
bool dialogs_read(struct dialogs *out, const struct trace *t, const struct prefix *client,
		  unsigned clients, nstime now, const bool *stop);
void dialogs_free(struct dialogs *d);

/* The records of each connection and attempt, separated as by dialogs_read(). A zeroed struct is an
 * empty list. */
struct trace_copies {
	unsigned count;
	struct trace_copy *copy; /* in the order of their first packets */
	nstime since;            /* as in struct dialogs */
};

/* Copies the records of all clients, or of the clients in a prefix if it is not NULL. Returns false
 * if memory runs out, and *out is empty then. */
bool trace_copies_take(struct trace_copies *out, const struct trace *t,
		       const struct prefix *client);
void trace_copies_free(struct trace_copies *all);

/* Returns true if any frame was lost in this time. */
bool dialogs_lost(const struct dialogs *d, nstime from, nstime to);

#endif
