/* SPDX-License-Identifier: MIT */
#include "engine/attempt_ids.h"

#include <stdlib.h>
#include <string.h>

#define WAYS 4 /* attempts per hash set */
#define SETS (ATTEMPT_IDS_MAX / WAYS)

struct attempt_id {
	struct flow_key key;
	uint32_t isn;
	uint64_t id; /* 0: free */
};

/* Without a secret key: a client that chooses its ports can only evict the ids of others. */
static struct attempt_id *set_of(const struct attempt_ids *all, const struct flow_key *key)
{
	uint64_t h[5] = {0};

	memcpy(h, key, sizeof(*key));
	h[0] ^= (h[1] ^ h[3]) * 3 + h[2] * 5 + h[4] * 0x9e3779b97f4a7c15u;
	h[0] *= 0x9e3779b97f4a7c15u;
	return &all->place[(h[0] >> 32) % SETS * WAYS];
}

static struct attempt_id *find(const struct attempt_ids *all, const struct flow_key *key)
{
	struct attempt_id *set = set_of(all, key);

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].id && memcmp(&set[i].key, key, sizeof(*key)) == 0)
			return &set[i];
	return NULL;
}

uint64_t attempt_ids_find(const struct attempt_ids *all, const struct flow_key *key,
			  const struct segment *seg)
{
	const struct attempt_id *a = all->place ? find(all, key) : NULL;

	if (!a || (begins_attempt(seg) && a->isn != seg->seq))
		return 0;
	return a->id;
}

/* Returns the oldest attempt of a set; a free place has the id 0 and counts as the oldest. */
static struct attempt_id *oldest(struct attempt_id *set)
{
	struct attempt_id *a = set;

	for (unsigned i = 1; i < WAYS; i++)
		if (set[i].id < a->id)
			a = &set[i];
	return a;
}

bool attempt_ids_add(struct attempt_ids *all, const struct flow_key *key, const struct segment *syn,
		     uint64_t id)
{
	struct attempt_id *a;

	if (!all->place)
		all->place = calloc(ATTEMPT_IDS_MAX, sizeof(*all->place));
	if (!all->place)
		return false;
	a = find(all, key);
	if (!a)
		a = oldest(set_of(all, key));
	*a = (struct attempt_id){*key, syn->seq, id};
	return true;
}

void attempt_ids_forget(struct attempt_ids *all, const struct flow_key *key)
{
	struct attempt_id *a = all->place ? find(all, key) : NULL;

	if (a)
		a->id = 0;
}

bool attempt_ids_have(const struct attempt_ids *all, uint64_t id)
{
	for (unsigned i = 0; all->place && i < ATTEMPT_IDS_MAX; i++)
		if (all->place[i].id == id)
			return true;
	return false;
}

void attempt_ids_free(struct attempt_ids *all)
{
	free(all->place);
	*all = (struct attempt_ids){0};
}
