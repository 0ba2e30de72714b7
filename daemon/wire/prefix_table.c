/* SPDX-License-Identifier: MIT */
/*
 * A trie with one octet per node. Octets in which all networks of a node agree are skipped, and a
 * network that is alone in its slot has no node of its own; both are compared as a whole instead.
 *
 * Networks are added in the order of their length, the shortest first. So a slot that a network
 * fills has no longer network yet, and its value is the next wider network.
 */
#include "wire/prefix_table.h"

#include "base/text.h"

#include <stdlib.h>

/* A slot is 0 (no network), the index of a network + 1, or one of these flags with an index. */
#define LEAF  0x40000000u /* index of a network + 1, to be compared with the address */
#define NODE  0x80000000u /* index of a node */
#define INDEX 0x3fffffffu

#define V4_BITS 96 /* length of 0.0.0.0/0 */

/* The first `bits` bits of an address, and as a mask. */
struct prefix_entry {
	struct addr addr, mask;
	uint8_t bits;
};

/* The networks that agree in the octets before the octet that the node distinguishes. */
struct prefix_node {
	struct prefix_entry key; /* these octets */
	uint32_t outside;        /* slot of addresses that differ in them */
	uint32_t slot[256];
};

static bool differs(const struct prefix_entry *e, const struct addr *a)
{
	uint64_t x[2], y[2], mask[2];

	memcpy(x, &e->addr, sizeof(x));
	memcpy(y, a, sizeof(y));
	memcpy(mask, &e->mask, sizeof(mask));
	return ((x[0] ^ y[0]) & mask[0]) | ((x[1] ^ y[1]) & mask[1]);
}

uint32_t prefix_table_find(const struct prefix_table *t, const struct addr *a)
{
	uint32_t slot = t->root[addr_is_v4(a)];

	while (slot & NODE) {
		const struct prefix_node *n = &t->node[slot & INDEX];

		slot = differs(&n->key, a) ? n->outside : n->slot[a->b[n->key.bits / 8]];
	}
	if (slot & LEAF && differs(&t->entry[(slot & INDEX) - 1], a))
		slot = t->wider[(slot & INDEX) - 1];
	return (slot & INDEX) - 1;
}

uint32_t prefix_table_wider(const struct prefix_table *t, uint32_t index)
{
	return t->wider[index] - 1;
}

/* --- building --------------------------------------------------------------------------------- */

static struct prefix_entry entry_of(const struct addr *a, unsigned bits)
{
	struct prefix_entry e = {.addr = *a, .bits = (uint8_t)bits};
	unsigned whole = bits / 8;

	memset(e.mask.b, 0xff, whole);
	if (bits % 8)
		e.mask.b[whole] = (uint8_t)(0xff00 >> bits % 8);
	for (unsigned i = whole; i < sizeof(e.addr.b); i++)
		e.addr.b[i] &= e.mask.b[i];
	return e;
}

/* Returns the number of first bits in which both agree, at most `most`. */
static unsigned common_bits(const struct addr *a, const struct addr *b, unsigned most)
{
	unsigned bits = 0;

	while (bits < most && a->b[bits / 8] == b->b[bits / 8])
		bits += 8;
	while (bits < most && !((a->b[bits / 8] ^ b->b[bits / 8]) & 0x80 >> bits % 8))
		bits++;
	return bits < most ? bits : most;
}

/* Returns the octet that the last bit of the network is in. */
static unsigned last_octet(const struct prefix_entry *e)
{
	return (e->bits - 1u) / 8;
}

/* Fills the slots of a network whose last octet is the node's. */
static void fill_slots(struct prefix_node *n, const struct prefix_entry *e, uint32_t value)
{
	unsigned octet = last_octet(e), first = e->addr.b[octet];
	unsigned count = 1u << (8 * (octet + 1) - e->bits);

	for (unsigned i = 0; i < count; i++)
		n->slot[first + i] = value;
}

/* Puts a new node into the slot. Its networks agree with `a` in the first `octets` octets. */
static struct prefix_node *add_node(struct prefix_table *t, uint32_t *slot, const struct addr *a,
				    unsigned octets, uint32_t outside)
{
	struct prefix_node *n = &t->node[t->nodes];

	n->key = entry_of(a, 8 * octets);
	n->outside = outside;
	for (unsigned i = 0; i < 256; i++)
		n->slot[i] = outside;
	*slot = NODE | t->nodes++;
	return n;
}

/* Replaces a leaf by a node, in which the leaf and `e` have slots of their own, or overlap. */
static void part_leaf(struct prefix_table *t, uint32_t *slot, const struct prefix_entry *e)
{
	uint32_t leaf = *slot, index = (leaf & INDEX) - 1;
	const struct prefix_entry *old = &t->entry[index];
	unsigned common = common_bits(&old->addr, &e->addr, old->bits);
	unsigned octet = common < old->bits ? common / 8 : last_octet(old);
	struct prefix_node *n = add_node(t, slot, &old->addr, octet, t->wider[index]);

	if (last_octet(old) == octet)
		fill_slots(n, old, index + 1);
	else
		n->slot[old->addr.b[octet]] = leaf;
}

/* Puts a node above the node in the slot, if the network differs in the octets that it skips. */
static void part_node(struct prefix_table *t, uint32_t *slot, const struct prefix_entry *e)
{
	const struct prefix_node *old = &t->node[*slot & INDEX];
	unsigned common = common_bits(&old->key.addr, &e->addr, old->key.bits);
	uint32_t below = *slot;
	struct prefix_node *n;

	if (common == old->key.bits)
		return;
	n = add_node(t, slot, &old->key.addr, common / 8, old->outside);
	n->slot[old->key.addr.b[common / 8]] = below;
}

/* Adds the network `index`. It is not shorter than the networks added before. The table must have
 * space for two nodes. */
static void insert(struct prefix_table *t, uint32_t index)
{
	const struct prefix_entry *e = &t->entry[index];
	bool v4 = e->bits >= V4_BITS && addr_is_v4(&e->addr);
	uint32_t *slot = &t->root[v4];
	struct prefix_node *n;

	if (e->bits == (v4 ? V4_BITS : 0)) { /* each address of the family */
		*slot = index + 1;
		return;
	}
	while (*slot & (LEAF | NODE)) {
		if (*slot & LEAF)
			part_leaf(t, slot, e);
		part_node(t, slot, e);
		n = &t->node[*slot & INDEX];
		slot = &n->slot[e->addr.b[n->key.bits / 8]];
		if (last_octet(e) != n->key.bits / 8)
			continue;
		t->wider[index] = *slot;
		fill_slots(n, e, index + 1);
		return;
	}
	t->wider[index] = *slot;
	*slot = LEAF | (index + 1);
}

struct place {
	uint32_t index;
	const struct prefix_entry *entry;
};

/* Orders by length, then by address, then by index. */
static int compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = (int)x->entry->bits - (int)y->entry->bits;

	if (!order)
		order = memcmp(&x->entry->addr, &y->entry->addr, sizeof(x->entry->addr));
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static bool is_equal(const struct place *x, const struct place *y)
{
	return x->entry->bits == y->entry->bits && addr_equal(&x->entry->addr, &y->entry->addr);
}

void prefix_table_fill(struct prefix_table *t, const struct prefix *prefix, uint32_t count)
{
	struct place *place = xcalloc(count + 1, sizeof(*place));
	uint32_t room = 0;

	prefix_table_free(t);
	t->entry = xcalloc(count + 1, sizeof(*t->entry));
	t->wider = xcalloc(count + 1, sizeof(*t->wider));
	for (uint32_t i = 0; i < count; i++) {
		t->entry[i] = entry_of(&prefix[i].addr, prefix[i].bits);
		place[i] = (struct place){i, &t->entry[i]};
	}
	qsort(place, count, sizeof(*place), compare);
	for (uint32_t i = 0; i < count; i++) {
		if (i && is_equal(&place[i - 1], &place[i]))
			continue;
		if (t->nodes + 2 > room) {
			room = 2 * room + 2;
			t->node = xrealloc(t->node, room * sizeof(*t->node));
		}
		insert(t, place[i].index);
	}
	free(place);
}

void prefix_table_free(struct prefix_table *t)
{
	free(t->node);
	free(t->entry);
	free(t->wider);
	*t = (struct prefix_table){0};
}
