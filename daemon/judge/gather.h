/* SPDX-License-Identifier: MIT */
/* All connections of a trace, and all attempts that came to none. */
#ifndef SYNACKD_JUDGE_GATHER_H
#define SYNACKD_JUDGE_GATHER_H

#include "judge/dialog.h"

/* Has another thread set it? NULL: no. */
static inline bool is_stopped(const bool *stop)
{
	return stop && __atomic_load_n(stop, __ATOMIC_RELAXED);
}

#define DIALOGS_MAX 65536 /* of more than that the newest, half as many at least */

/* Zeroed is empty. */
struct dialogs {
	unsigned count;
	struct dialog *dialog; /* in the order of their first packets */
	unsigned clients;      /* different ones */
	nstime since;          /* what was before is not in it, or not all of it; 0: all is */
	unsigned losses;
	nstime *loss; /* when frames were lost, of which nothing is known; the oldest first */
};

/* Read those whose client is in one of the prefixes (none: all clients). An attempt is a four-tuple
 * and a client's ISN: the SYN again belongs to it, and so does what crosses the wire between the
 * same ends when the connection is gone, up to the next SYN with another ISN. `now`: the trace goes
 * up to there. The work is in proportion to the records. It ends early when another thread sets
 * *stop (NULL: none does). Returns false if it did, or if memory runs out, and *out is empty then.
 */
bool dialogs_read(struct dialogs *out, const struct trace *t, const struct prefix *client,
		  unsigned clients, nstime now, const bool *stop);
void dialogs_free(struct dialogs *d);

/* The records of each connection and attempt, as dialogs_read() separates them. Zeroed is empty. */
struct trace_copies {
	unsigned count;
	struct trace_copy *copy; /* in the order of their first packets */
	nstime since;            /* as in struct dialogs */
};

/* Copy the records of all of them, or of those of the clients in a prefix (NULL: of all). Returns
 * false without memory; *out is empty then. */
bool trace_copies_take(struct trace_copies *out, const struct trace *t,
		       const struct prefix *client);
void trace_copies_free(struct trace_copies *all);

/* Was anything lost between the two? */
bool dialogs_lost(const struct dialogs *d, nstime from, nstime to);

#endif
