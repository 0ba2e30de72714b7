/* SPDX-License-Identifier: MIT */
/* What the TCP means to send now, in order. Nothing is sent outside a plan. */
#ifndef SYNACKD_TCP_PLAN_H
#define SYNACKD_TCP_PLAN_H

#include "base/causes.h"
#include "tcp/state.h"
#include "wire/icmp.h"
#include "wire/segment.h"

#define PLAN_ADDED_MAX 10000 /* items that rules may add to one plan */

struct plan_item {
	struct segment seg; /* payload kept by the plan (plan_keep), or by the ruleset */
	nstime delay;       /* after the event; rules add to it */
	bool dropped;       /* by a rule: not sent, but the machine believes it was */
	bool counts; /* octets, SYN or FIN that a rule added: the client may acknowledge them */
	bool stale;  /* put off, it is sent even when all of it was acknowledged meanwhile */
	bool is_icmp;
	struct icmp icmp; /* in place of seg */
	uint16_t met;     /* behaviour/'s own: how many of the rules it met already, */
	uint16_t order;   /* 1 + the number of that which gives it another place; 0: none, */
	uint32_t copies;  /* and how many more of it are to be there */
	struct causes causes;
};

#define PLAN_MOVES_MAX 8

struct plan_octets;

/* Reused from step to step: plan_clear keeps the memory. A zeroed one is empty. */
struct plan {
	struct plan_octets
		*octets; /* payloads: a connection's queue may move before they are sent */
	struct plan_item *item;
	unsigned count;
	unsigned cap;
	unsigned lost;          /* items that found no memory */
	unsigned added;         /* items that rules asked for and were granted, and */
	unsigned refused;       /* items beyond PLAN_ADDED_MAX that were not */
	struct plan_item spare; /* takes what one of those would have; never sent */
	unsigned moves;         /* state changes of this step, in order */
	struct {
		uint8_t from;
		uint8_t to;
	} move[PLAN_MOVES_MAX];
};

/* A zeroed item at the end. Pointers to earlier items may move. Without memory it is one that is
 * not in the plan: as if the segment were lost on its way. */
struct plan_item *plan_add(struct plan *p);
/* n zeroed items in front of item `at`, which goes on at at + n. False: no memory, and none. */
bool plan_insert(struct plan *p, unsigned at, unsigned n);
/* Rules are to add n more items, and rules multiply what other rules add. Returns how many they may
 * add, so that they add at most PLAN_ADDED_MAX to one plan; the others are counted as refused. */
unsigned plan_grant(struct plan *p, unsigned n);
/* Room for n octets that stays where it is until plan_clear, aligned for a structure of numbers;
 * NULL when there is no memory. */
uint8_t *plan_room(struct plan *p, size_t n);
/* A copy of these octets, likewise. */
const uint8_t *plan_keep(struct plan *p, const void *octets, size_t n);
/* An ICMP error about a segment of the client, by its name in wire/icmp.h, from the address that
 * the segment was for. NULL, and nothing planned, when the family has no such error or nothing can
 * be quoted. */
struct plan_item *plan_icmp(struct plan *p, const struct segment *about, const char *name,
			    uint32_t rest);
/* Likewise, by the numbers of ICMP or ICMPv6. */
struct plan_item *plan_icmp_numbered(struct plan *p, const struct segment *about, uint8_t type,
				     uint8_t code, uint32_t rest);
/* Record a change of state; what does not fit is not acted on by rules. */
static inline void plan_move(struct plan *p, enum tcp_state from, enum tcp_state to)
{
	if (p->moves == PLAN_MOVES_MAX)
		return;
	p->move[p->moves].from = (uint8_t)from;
	p->move[p->moves].to = (uint8_t)to;
	p->moves++;
}
void plan_clear(struct plan *p);
void plan_free(struct plan *p);

#endif
