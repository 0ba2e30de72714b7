/* SPDX-License-Identifier: MIT */
#include "engine/loops.h"

#include <stdlib.h>
#include <string.h>

#define SETS 1024
#define WAYS 4 /* entries per hash set */

/* Levels rise with segments sent and fall with time, from 0 in a new entry. Unit: thousandths, so
 * that a level falls by its rate per second in each millisecond. */
struct loop {
	/* All 0: free; for all connections of a peer: only the client address. */
	struct flow_key key;
	uint32_t last; /* time of last use, in ms; it may wrap */
	uint32_t syns; /* number of SYNs since the last quiet period */
	uint64_t strays;
	uint64_t segments, octets;
};

void loops_free(struct loops *l)
{
	free(l->table);
	l->table = NULL;
}

static uint64_t fallen(uint64_t level, uint64_t by)
{
	return level > by ? level - by : 0;
}

static void let_time_pass(const struct loop_limits *limits, struct loop *loop, uint32_t now)
{
	uint32_t passed = now - loop->last;

	if (passed >= LOOP_QUIET / NS_PER_MS)
		loop->syns = 0;
	loop->strays = fallen(loop->strays, passed);
	loop->segments = fallen(loop->segments, (uint64_t)passed * limits->segments);
	loop->octets = fallen(loop->octets, (uint64_t)passed * limits->octets);
	loop->last = now;
}

static bool same(const struct flow_key *a, const struct flow_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Returns the entry of a key, updated to this time. If there is none, returns NULL or, with `make`,
 * a new one. */
static struct loop *entry_of(struct loops *l, const struct flow_key *key, nstime now, bool make)
{
	uint32_t ms = (uint32_t)(now / NS_PER_MS);
	struct loop *set, *found;

	if (!l->table && make)
		l->table = calloc((size_t)SETS * WAYS, sizeof(*l->table));
	if (!l->table)
		return NULL;
	set = found = l->table + siphash(&l->key, key, sizeof(*key)) % SETS * WAYS;
	for (unsigned i = 0; i < WAYS; i++) {
		if (same(&set[i].key, key)) {
			found = &set[i];
			break;
		}
		if (ms - set[i].last > ms - found->last)
			found = &set[i];
	}
	if (same(&found->key, key))
		let_time_pass(&l->limits, found, ms);
	else if (!make)
		return NULL;
	else
		*found = (struct loop){.key = *key, .last = ms};
	return found;
}

bool loops_may_ask(struct loops *l, const struct flow_key *key, nstime now)
{
	struct loop *loop = l->limits.syns ? entry_of(l, key, now, true) : NULL;

	if (!l->limits.syns)
		return true;
	if (!loop || loop->syns >= l->limits.syns)
		return false; /* without memory, none is sent */
	loop->syns++;
	return true;
}

bool loops_may_stray(struct loops *l, const struct flow_key *key, nstime now)
{
	struct loop *loop = l->limits.syns ? entry_of(l, key, now, true) : NULL;

	if (!l->limits.syns)
		return true;
	if (!loop || loop->strays + MS_PER_S > l->limits.syns * (uint64_t)MS_PER_S)
		return false;
	loop->strays += MS_PER_S;
	return true;
}

bool loops_asked(struct loops *l, const struct flow_key *key, nstime now)
{
	const struct loop *loop = entry_of(l, key, now, false);

	return loop && loop->syns;
}

/* Returns the entry of the peer's address, or of its /64 over IPv6. */
static struct loop *peer_entry(struct loops *l, const struct addr *peer, nstime now)
{
	struct flow_key key = {.client = *peer};

	if (!l->limits.segments && !l->limits.octets)
		return NULL;
	if (!addr_is_v4(peer))
		memset(key.client.b + 8, 0, 8);
	return entry_of(l, &key, now, true);
}

static bool fits(uint64_t level, uint64_t more, uint64_t rate)
{
	return !rate || level + more * MS_PER_S <= rate * LOOP_BURST * MS_PER_S;
}

bool loops_may_send(struct loops *l, const struct addr *peer, size_t octets, nstime now)
{
	const struct loop_limits *limits = &l->limits;
	struct loop *loop = peer_entry(l, peer, now);

	if (!loop)
		return !limits->segments && !limits->octets;
	if (!fits(loop->segments, 1, limits->segments) ||
	    !fits(loop->octets, octets, limits->octets))
		return false;
	loop->segments += MS_PER_S;
	loop->octets += octets * MS_PER_S;
	return true;
}

/* Received segments raise a level to at most twice the burst, so that it can fall in a bounded
 * time. */
static uint64_t raised(uint64_t level, uint64_t more, uint64_t rate)
{
	uint64_t most = 2 * rate * LOOP_BURST * MS_PER_S;

	level += more * MS_PER_S;
	return level < most ? level : most;
}

void loops_heard(struct loops *l, const struct addr *peer, size_t octets, nstime now)
{
	struct loop *loop = peer_entry(l, peer, now);

	if (!loop)
		return;
	loop->segments = raised(loop->segments, 1, l->limits.segments);
	loop->octets = raised(loop->octets, octets, l->limits.octets);
}
