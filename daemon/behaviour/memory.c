/* SPDX-License-Identifier: MIT */
#include "behaviour/memory.h"

#include "base/container.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define DROPPED_MAX 4 /* forgotten entries that a new entry removes */

struct memory_entry {
	struct hash_node node;
	struct memory_entry *newer, *older; /* by last use */
	struct memory_key key;
	nstime since; /* when it was first counted, or stored */
	uint32_t count;
	uint32_t hash;              /* of the key */
	struct expr_values *values; /* owned; NULL: none */
};

static uint64_t hash_of_node(const struct hash_node *n, const void *unused)
{
	(void)unused;
	return container_of(n, const struct memory_entry, node)->hash;
}

void memory_init(struct memory *m, size_t max, const struct siphash_key *key)
{
	*m = (struct memory){
		.max = max, .key = *key, .pool = {.size = sizeof(struct memory_entry)}};
	hash_table_init(&m->entries, hash_of_node, NULL);
}

static uint32_t generation_of(const struct memory *m, uint32_t endpoint)
{
	return endpoint < m->generations ? m->generation[endpoint] : 0;
}

/* Returns the key with the present generation of its endpoint. */
static struct memory_key present(const struct memory *m, const struct memory_key *key)
{
	struct memory_key k = *key;

	k.generation = generation_of(m, k.endpoint);
	return k;
}

static bool is_forgotten(const struct memory *m, const struct memory_entry *e)
{
	return e->key.generation != generation_of(m, e->key.endpoint);
}

/* Returns the hash of the parts of a key that a client can choose. The rules of a turn have many
 * keys with the same parts in a row, so the last hash is kept. */
static uint32_t hash_of_client(struct memory *m, const struct memory_key *key)
{
	uint8_t octets[MEMORY_OCTETS_MAX];
	size_t len = flow_key_octets(&key->flow, octets);

	memcpy(octets + len, &key->isn, sizeof(key->isn));
	len += sizeof(key->isn);
	memcpy(octets + len, &key->connection, sizeof(key->connection));
	len += sizeof(key->connection);
	if (m->last_len == len && memcmp(m->last, octets, len) == 0)
		return m->last_hash;
	memcpy(m->last, octets, len);
	m->last_len = len;
	m->last_hash = (uint32_t)siphash(&m->key, octets, len);
	return m->last_hash;
}

#define MIX 0x9e3779b1u /* odd, so that a multiplication loses no bit */

/* The config determines the other parts, so they need no secret. */
static uint32_t hash_of(struct memory *m, const struct memory_key *key)
{
	uint32_t rule = (key->endpoint * MIX + key->label) * MIX + key->slot;

	return hash_of_client(m, key) ^ ((rule * MIX + key->scope) * MIX + key->generation) * MIX;
}

static void by_use_remove(struct memory *m, struct memory_entry *e)
{
	*(e->newer ? &e->newer->older : &m->newest) = e->older;
	*(e->older ? &e->older->newer : &m->oldest) = e->newer;
	e->newer = e->older = NULL;
}

static void by_use_newest(struct memory *m, struct memory_entry *e)
{
	e->older = m->newest;
	*(m->newest ? &m->newest->newer : &m->oldest) = e;
	m->newest = e;
}

static void drop(struct memory *m, struct memory_entry *e)
{
	hash_table_remove(&m->entries, &e->node, e->hash);
	by_use_remove(m, e);
	free(e->values);
	pool_put(&m->pool, e);
}

void memory_free(struct memory *m)
{
	while (m->newest)
		drop(m, m->newest);
	hash_table_free(&m->entries);
	pool_free(&m->pool);
	free(m->generation);
	*m = (struct memory){0};
}

static void make_room(struct memory *m)
{
	for (unsigned i = 0; i < DROPPED_MAX && m->oldest && is_forgotten(m, m->oldest); i++)
		drop(m, m->oldest);
	if (m->entries.count >= m->max && m->oldest) {
		m->evicted += !is_forgotten(m, m->oldest);
		drop(m, m->oldest);
	}
}

static struct memory_entry *add(struct memory *m, const struct memory_key *key, uint32_t hash)
{
	struct memory_entry *e;

	make_room(m);
	e = pool_take(&m->pool);
	if (!e)
		return NULL;
	*e = (struct memory_entry){.key = *key, .hash = hash};
	hash_table_add(&m->entries, &e->node, hash);
	by_use_newest(m, e);
	return e;
}

static struct memory_entry *find(struct memory *m, const struct memory_key *key, uint32_t hash)
{
	struct hash_node *n = hash_table_chain(&m->entries, hash);
	struct memory_entry *e;

	while (n && memcmp(&container_of(n, struct memory_entry, node)->key, key, sizeof(*key)))
		n = n->next;
	if (!n)
		return NULL;
	e = container_of(n, struct memory_entry, node);
	by_use_remove(m, e);
	by_use_newest(m, e);
	return e;
}

/* Returns the entry of the key, or a new one. Returns NULL without memory. */
static struct memory_entry *obtain(struct memory *m, const struct memory_key *key)
{
	struct memory_key k = present(m, key);
	uint32_t hash = hash_of(m, &k);
	struct memory_entry *e = find(m, &k, hash);

	return e ? e : add(m, &k, hash);
}

static bool is_over(const struct memory_entry *e, nstime within, nstime now)
{
	return within && now - e->since >= within;
}

uint32_t memory_count(struct memory *m, const struct memory_key *key, nstime within, nstime now)
{
	struct memory_entry *e = obtain(m, key);

	if (!e) {
		m->evicted++; /* no memory: counted as evicted */
		return 1;
	}
	if (!e->count || is_over(e, within, now)) {
		e->count = 0;
		e->since = now;
	}
	if (e->count < UINT32_MAX)
		e->count++;
	return e->count;
}

void memory_keep(struct memory *m, const struct memory_key *key, const struct expr_values *values,
		 nstime now)
{
	struct memory_entry *e = obtain(m, key);

	if (e && !e->values)
		e->values = malloc(sizeof(*e->values));
	if (!e || !e->values) {
		m->evicted++;
		return;
	}
	*e->values = *values;
	e->values->old = NULL;
	e->since = now;
}

const struct expr_values *memory_kept(struct memory *m, const struct memory_key *key, nstime within,
				      nstime now)
{
	struct memory_key k = present(m, key);
	struct memory_entry *e = find(m, &k, hash_of(m, &k));

	return e && !is_over(e, within, now) ? e->values : NULL;
}

void memory_rename(struct memory *m, const struct memory_key *from, const struct memory_key *to)
{
	struct memory_key before = present(m, from), after = present(m, to);
	uint32_t hash = hash_of(m, &after);
	struct memory_entry *e =
		find(m, &after, hash) ? NULL : find(m, &before, hash_of(m, &before));

	if (!e)
		return;
	hash_table_remove(&m->entries, &e->node, e->hash);
	e->key = after;
	e->hash = hash;
	hash_table_add(&m->entries, &e->node, hash);
}

void memory_forget_endpoint(struct memory *m, uint32_t endpoint)
{
	uint32_t wanted = endpoint + 1;

	if (wanted > m->generations) {
		if (wanted < 2 * m->generations)
			wanted = 2 * m->generations;
		m->generation = xrealloc(m->generation, wanted * sizeof(*m->generation));
		memset(m->generation + m->generations, 0,
		       (wanted - m->generations) * sizeof(*m->generation));
		m->generations = wanted;
	}
	m->generation[endpoint]++;
}
