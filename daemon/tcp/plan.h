/* SPDX-License-Identifier: MIT */
/* plan: the segments that a step of the TCP wants to send, in order. No segment is sent without a
 * plan. */
#ifndef SYNACKD_TCP_PLAN_H
#define SYNACKD_TCP_PLAN_H

#include "base/causes.h"
#include "tcp/state.h"
#include "wire/icmp.h"
#include "wire/segment.h"

#define PLAN_ADDED_MAX 10000 /* items that rules may add to one plan */

struct plan_item {
	/* Its payload belongs to the plan (plan_keep) or to the ruleset, or is lent. */
	struct segment seg;
	nstime delay; /* after the event, in ns; rules add to it */
	bool dropped; /* by a rule: not sent, but the TCP continues as if it was */
	bool counts;  /* a rule added octets, SYN or FIN: the client may acknowledge them */
	bool stale;   /* when deferred, it is sent even if all of it was acknowledged meanwhile */
	bool is_icmp;
	struct icmp icmp; /* sent instead of seg */
	uint16_t met;     /* for behaviour/: number of rules already applied to it */
	uint16_t order;   /* for behaviour/: 1 + index of the rule that reorders it; 0: none */
	uint32_t copies;  /* for behaviour/: number of further copies that rules want */
	struct causes causes;
};

#define PLAN_MOVES_MAX 8

struct plan_octets;

/* A zeroed struct is an empty plan. plan_clear() keeps the memory for the next step. */
struct plan {
	struct plan_octets *octets; /* payloads: not the send queue, which may move */
	struct plan_item *item;
	unsigned count;
	unsigned cap;
	unsigned lost;          /* items for which no memory was left */
	unsigned added;         /* items that rules added */
	unsigned refused;       /* items that rules wanted beyond PLAN_ADDED_MAX */
	struct plan_item spare; /* returned by plan_add() without memory; never sent */
	unsigned moves;         /* state changes of this step, in order */
	struct {
		uint8_t from;
		uint8_t to;
	} move[PLAN_MOVES_MAX];
};

/* Does plan_add() for a plan whose array is full. */
struct plan_item *plan_add_enlarged(struct plan *p);
/* Appends a zeroed item. Pointers to earlier items may become invalid. Without memory, returns an
 * item that is not part of the plan; the segment is then lost, as on the network. */
static inline struct plan_item *plan_add(struct plan *p)
{
	struct plan_item *item;

	if (p->count == p->cap)
		return plan_add_enlarged(p);
	item = &p->item[p->count++];
	*item = (struct plan_item){0};
	return item;
}
/* Inserts n zeroed items before item `at`, which moves to at + n. Returns false, and inserts none,
 * if there is no memory. */
bool plan_insert(struct plan *p, unsigned at, unsigned n);
/* Asks for n more items on behalf of a rule. Returns the number granted: rules add at most
 * PLAN_ADDED_MAX items to one plan, because they can multiply the items of other rules. The others
 * are counted in `refused`. */
unsigned plan_grant(struct plan *p, unsigned n);
/* Allocates n octets that remain valid until plan_clear(), aligned for a uint64_t. Returns NULL
 * without memory. */
uint8_t *plan_room(struct plan *p, size_t n);
/* Copies the octets to memory as plan_room() allocates it. Returns NULL without memory. */
const uint8_t *plan_keep(struct plan *p, const void *octets, size_t n);
/* Appends an ICMP error about a segment of the client, by its name in wire/icmp.h, sent from the
 * destination address of that segment. `rest` is the second word of the ICMP header. Returns NULL,
 * and appends nothing, if the address family has no such error or the segment cannot be quoted. */
struct plan_item *plan_icmp(struct plan *p, const struct segment *about, const char *name,
			    uint32_t rest);
/* Does the same for a type and code of ICMP or ICMPv6. */
struct plan_item *plan_icmp_numbered(struct plan *p, const struct segment *about, uint8_t type,
				     uint8_t code, uint32_t rest);
/* Records a state change. Rules do not see changes beyond PLAN_MOVES_MAX. */
static inline void plan_move(struct plan *p, enum tcp_state from, enum tcp_state to)
{
	if (p->moves == PLAN_MOVES_MAX)
		return;
	p->move[p->moves].from = (uint8_t)from;
	p->move[p->moves].to = (uint8_t)to;
	p->moves++;
}
/* Empties the plan, but keeps the item array and one block of payload memory. */
void plan_clear(struct plan *p);
void plan_free(struct plan *p);

#endif
