/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/random.h"
#include "trace/label.h"
#include "trace/trace.h"

#include <stdio.h>
#include <string.h>

#define RING 4096 /* the smallest */

static unsigned count(const struct trace *t)
{
	const struct trace_record *r = NULL;
	unsigned n = 0;

	while ((r = trace_next(t, r)))
		n++;
	return n;
}

START_TEST(a_record_is_read_unchanged)
{
	static const uint8_t bytes[] = {0x45, 0, 0, 40, 9};
	const struct trace_record head = {
		.kind = TRACE_OUT,
		.fate = FATE_DELAYED,
		.state = 3,
		.flow = 1ull << 40,
		.when = 7 * NS_PER_S,
		.iss = 1000,
		.irs = 2000,
		.offload = true,
		.causes = {.labels = 2, .label = {4, 5}},
		.len = 99, /* the ring sets these three */
		.cap = 99,
		.size = 99,
	};
	const struct trace_record *r;
	struct trace t;

	trace_init(&t, 1);
	ck_assert_uint_eq(t.size, RING);
	ck_assert_ptr_null(trace_next(&t, NULL));
	trace_add(&t, &head, bytes, sizeof(bytes));
	r = trace_next(&t, NULL);
	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->kind, TRACE_OUT);
	ck_assert_uint_eq(r->fate, FATE_DELAYED);
	ck_assert_uint_eq(r->state, 3);
	ck_assert_uint_eq(r->flow, 1ull << 40);
	ck_assert_int_eq(r->when, 7 * NS_PER_S);
	ck_assert(r->iss == 1000 && r->irs == 2000);
	ck_assert(r->causes.labels == 2 && r->causes.label[0] == 4 && r->causes.label[1] == 5);
	ck_assert(r->offload);
	ck_assert_uint_eq(r->len, sizeof(bytes));
	ck_assert_uint_eq(r->cap, sizeof(bytes));
	ck_assert_mem_eq(r->bytes, bytes, sizeof(bytes));
	ck_assert_uint_eq(r->size % 8, 0);
	ck_assert_ptr_null(trace_next(&t, r));
	trace_free(&t);
	ck_assert_ptr_null(t.ring);
}
END_TEST

START_TEST(long_packets_are_truncated)
{
	const struct trace_record *r;
	uint8_t bytes[TRACE_SNAP + 1];
	struct trace t;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	trace_init(&t, RING);
	trace_add(&t, &(struct trace_record){.kind = TRACE_IN}, bytes, TRACE_SNAP);
	trace_add(&t, &(struct trace_record){.kind = TRACE_IN}, bytes, TRACE_SNAP + 1);
	r = trace_next(&t, NULL);
	ck_assert(r->len == TRACE_SNAP && r->cap == TRACE_SNAP);
	r = trace_next(&t, r);
	ck_assert(r->len == TRACE_SNAP + 1 && r->cap == TRACE_SNAP);
	ck_assert_mem_eq(r->bytes, bytes, TRACE_SNAP);
	trace_add(&t, &(struct trace_record){.kind = TRACE_STATE}, NULL, 0);
	r = trace_next(&t, r);
	ck_assert(r->kind == TRACE_STATE && r->len == 0 && r->cap == 0);
	trace_free(&t);
}
END_TEST

START_TEST(a_reserved_record_is_filled_in_place)
{
	struct trace_record *reserved;
	const struct trace_record *r;
	struct trace t;

	trace_init(&t, RING);
	for (unsigned i = 0; i < 100; i++) { /* past the end of the ring */
		reserved = trace_reserve(&t, TRACE_SNAP + i);
		ck_assert_ptr_nonnull(reserved);
		reserved->kind = TRACE_NOTE;
		reserved->flow = i;
		memset(reserved->bytes, (int)i, reserved->cap);
	}
	ck_assert_uint_eq(t.added, 100);
	ck_assert_uint_gt(t.lost, 0);
	ck_assert_uint_eq(t.lost + count(&t), 100);
	r = trace_next(&t, NULL);
	for (uint64_t i = t.lost; i < 100; i++, r = trace_next(&t, r)) {
		ck_assert_ptr_nonnull(r);
		ck_assert(r->flow == i && r->len == TRACE_SNAP + i && r->cap == TRACE_SNAP);
		ck_assert(r->bytes[0] == i && r->bytes[TRACE_SNAP - 1] == i);
	}
	trace_free(&t);
	trace_init(&t, 0);
	ck_assert_ptr_null(trace_reserve(&t, 1));
}
END_TEST

START_TEST(the_size_is_rounded_up)
{
	struct trace t;

	trace_init(&t, RING + 1);
	ck_assert_uint_eq(t.size, 2 * RING);
	trace_free(&t);
	trace_init(&t, 0);
	ck_assert_ptr_null(t.ring);
	trace_add(&t, &(struct trace_record){.kind = TRACE_NOTE}, "text", 4);
	ck_assert_ptr_null(trace_next(&t, NULL));
	ck_assert_uint_eq(t.lost, 0);
	trace_free(&t);
}
END_TEST

START_TEST(the_oldest_records_are_replaced)
{
	struct trace t;
	unsigned fit;

	/* Each record has 128 octets, so that the ring is filled exactly. */
	ck_assert_uint_lt(sizeof(struct trace_record), 128);
	fit = RING / 128;
	trace_init(&t, RING);
	for (unsigned i = 0; i < 10 * fit; i++) {
		uint8_t bytes[128 - sizeof(struct trace_record)] = {(uint8_t)i};
		const struct trace_record *oldest;

		trace_add(&t, &(struct trace_record){.flow = i}, bytes, sizeof(bytes));
		oldest = trace_next(&t, NULL);
		ck_assert_uint_eq(count(&t), i < fit ? i + 1 : fit);
		ck_assert_uint_eq(t.lost, i < fit ? 0 : i + 1 - fit);
		ck_assert_uint_eq(oldest->flow, t.lost);
		ck_assert_uint_eq(oldest->bytes[0], t.lost % 256);
	}
	trace_free(&t);
}
END_TEST

/* The space at the end of the ring is too small for the new record and still holds an old one,
 * which is removed, too. */
START_TEST(a_filler_replaces_a_record)
{
	uint8_t bytes[128 - sizeof(struct trace_record)] = {0};
	size_t even = 64 - sizeof(struct trace_record);
	unsigned fit = RING / 64;
	struct trace t;

	trace_init(&t, RING);
	for (unsigned i = 0; i < 2 * fit - 1; i++)
		trace_add(&t, &(struct trace_record){.flow = i}, bytes, even);
	ck_assert_uint_eq(t.lost, fit - 1);
	trace_add(&t, &(struct trace_record){.flow = 2 * fit - 1}, bytes, sizeof(bytes));
	ck_assert_uint_eq(t.lost, fit + 2);
	ck_assert_uint_eq(trace_next(&t, NULL)->flow, fit + 2);
	ck_assert_uint_eq(count(&t), fit - 2);
	trace_free(&t);
}
END_TEST

/* Returns the octets of record `i`. */
static const uint8_t *octets_of(uint64_t i)
{
	static uint8_t pattern[256 + 2 * TRACE_SNAP];

	for (size_t k = 0; !pattern[1] && k < sizeof(pattern); k++)
		pattern[k] = (uint8_t)k;
	return pattern + i % 256;
}

/* Checks that the ring holds consecutive records up to the newest, each of them complete. */
static void expect_run(const struct trace *t, const uint16_t *lengths, unsigned added)
{
	const struct trace_record *r = NULL;
	uint64_t next = t->lost;
	size_t held = 0;

	while ((r = trace_next(t, r))) {
		size_t cap = lengths[next] < TRACE_SNAP ? lengths[next] : TRACE_SNAP;

		ck_assert_uint_eq(r->flow, next);
		ck_assert_uint_eq(r->len, lengths[next]);
		ck_assert_uint_eq(r->cap, cap);
		if (cap)
			ck_assert_mem_eq(r->bytes, octets_of(next), cap);
		held += r->size;
		next++;
	}
	ck_assert_uint_eq(next, added);
	ck_assert_uint_le(held, t->size);
	/* The unused space is at most the largest record and a filler. */
	if (t->lost)
		ck_assert_uint_ge(held + 2 * (sizeof(*r) + TRACE_SNAP + 8), t->size);
}

START_TEST(records_of_any_length_wrap)
{
	enum { RECORDS = 3000 };
	static uint16_t lengths[RECORDS];
	struct trace t;
	struct rng rng;

	rng_seed(&rng, 1);
	trace_init(&t, 2 * RING);
	for (unsigned i = 0; i < RECORDS; i++) {
		lengths[i] = (uint16_t)rng_below(&rng, 2 * TRACE_SNAP);
		trace_add(&t, &(struct trace_record){.flow = i}, octets_of(i), lengths[i]);
		expect_run(&t, lengths, i + 1);
	}
	ck_assert_uint_gt(t.lost, RECORDS - 200);
	trace_free(&t);
}
END_TEST

START_TEST(a_reader_gets_each_record_once_or_the_loss)
{
	const struct trace_record *r;
	struct trace_cursor c;
	struct trace t;
	struct rng rng;
	uint64_t next = 3, lost = 0, all = 0;
	uint8_t bytes[TRACE_SNAP] = {0};

	trace_init(&t, RING);
	rng_seed(&rng, 7);
	for (uint64_t i = 0; i < 3; i++)
		trace_add(&t, &(struct trace_record){.flow = i}, bytes, 10);
	trace_cursor_now(&t, &c);
	ck_assert_ptr_null(trace_read(&t, &c, &lost));
	for (uint64_t added = 3; added < 20000;) {
		/* First no more than the ring holds, later more. */
		for (uint64_t burst = rng_below(&rng, 60); burst; burst--)
			trace_add(&t, &(struct trace_record){.flow = added++}, bytes,
				  rng_below(&rng, TRACE_SNAP));
		for (uint64_t reads = rng_below(&rng, 80); reads; reads--) {
			lost = 0;
			r = trace_read(&t, &c, &lost);
			if (!r)
				break;
			ck_assert_uint_eq(r->flow, next + lost);
			next = r->flow + 1;
			all += lost;
		}
	}
	ck_assert_uint_gt(all, 1000);
	ck_assert_uint_gt(next - all, 1000);
	trace_free(&t);
	trace_init(&t, 0);
	trace_add(&t, &(struct trace_record){.flow = 1}, bytes, 10);
	trace_cursor_now(&t, &c);
	ck_assert_ptr_null(trace_read(&t, &c, &lost));
}
END_TEST

START_TEST(fates_have_names)
{
	ck_assert_str_eq(trace_fate_name(FATE_NONE), "");
	ck_assert_str_eq(trace_fate_name(FATE_HELD), "held");
	ck_assert_str_eq(trace_fate_name(FATE_REFUSED), "refused");
	for (int i = 1; i < FATE_COUNT; i++)
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(trace_fate_name((enum trace_fate)i),
					 trace_fate_name((enum trace_fate)k));
}
END_TEST

START_TEST(equal_labels_have_equal_numbers)
{
	char name[] = "synack-delay";
	uint16_t a = label_intern(name), b = label_intern("close-merged");

	ck_assert_uint_ne(a, 0);
	ck_assert_uint_ne(b, 0);
	ck_assert_uint_ne(a, b);
	name[0] = 'X'; /* label_intern() copies the name */
	ck_assert_str_eq(label_name(a), "synack-delay");
	ck_assert_uint_eq(label_intern("synack-delay"), a);
	ck_assert_uint_eq(label_intern("close-merged"), b);
	ck_assert_str_eq(label_name(0), "");
	ck_assert_str_eq(label_name(UINT16_MAX), "");
}
END_TEST

START_TEST(sent_records_have_their_lateness)
{
	struct trace_cursor left = {0};
	const struct trace_record *r;
	struct trace t;

	trace_init(&t, 1);
	trace_add(&t, &(struct trace_record){.kind = TRACE_OUT, .when = NS_PER_S}, "a", 1);
	trace_add(&t, &(struct trace_record){.kind = TRACE_IN, .when = NS_PER_S}, "b", 1);
	trace_add(&t, &(struct trace_record){.kind = TRACE_OUT, .fate = FATE_DROPPED}, "c", 1);
	trace_left(&t, &left, NS_PER_S + 7 * NS_PER_US);
	r = trace_next(&t, NULL);
	ck_assert_uint_eq(r->late, 7);
	r = trace_next(&t, r);
	ck_assert_uint_eq(r->late, 0);                 /* received */
	ck_assert_uint_eq(trace_next(&t, r)->late, 0); /* never sent */
	trace_left(&t, &left, 9 * NS_PER_S);           /* no new records */
	ck_assert_uint_eq(trace_next(&t, NULL)->late, 7);
	trace_free(&t);
}
END_TEST

START_TEST(a_full_table_of_labels_returns_0)
{
	uint16_t first = label_intern("rule-0"), last = first, number;
	char name[16];

	for (unsigned i = 1; i <= LABELS_MAX; i++) {
		snprintf(name, sizeof(name), "rule-%u", i);
		number = label_intern(name);
		if (!number)
			break;
		last = number;
		ck_assert_str_eq(label_name(number), name);
	}
	ck_assert_uint_eq(last, LABELS_MAX - 1);
	ck_assert_uint_eq(label_intern("one-more"), 0);
	ck_assert_str_eq(label_name(LABELS_MAX), "");
	ck_assert_uint_eq(label_intern("rule-0"), first); /* known labels stay */
}
END_TEST

/* Moves the records to rings of many sizes in turn. A reader that reads now and then receives each
 * record once, or the number of lost ones, and records can be added as before. */
START_TEST(a_resized_ring_keeps_the_newest_records)
{
	struct trace_cursor cursor = {0};
	uint64_t lost = 0, last = 0, read = 0, n = 0;
	const struct trace_record *r;
	struct trace t, other;
	struct rng rng;

	rng_seed(&rng, 1);
	trace_init(&t, RING);
	for (unsigned turn = 0; turn < 200; turn++) {
		unsigned before, after;

		for (uint64_t more = rng_next(&rng) % 150; more; more--) {
			trace_add(&t, &(struct trace_record){.flow = ++n}, "some octets",
				  rng_next(&rng) % 12);
			if (rng_next(&rng) % 3)
				continue;
			r = trace_read(&t, &cursor, &lost);
			ck_assert(!r || r->flow > last);
			last = r ? r->flow : last;
			read += r != NULL;
		}
		before = count(&t);
		trace_init(&other, (1 + rng_next(&rng) % 4) * RING);
		trace_move(&t, &other);
		ck_assert_uint_eq(count(&other), before);
		after = count(&t);
		ck_assert(after == before || (t.size < other.size && after < before));
		ck_assert_uint_eq(t.lost + after, n);
		/* The unused space is less than a record. */
		ck_assert(after == before || t.head - t.tail + 400 > t.size);
		trace_free(&other);
		for (r = trace_next(&t, NULL); r; r = trace_next(&t, r), after--)
			ck_assert_uint_eq(r->flow, n - after + 1);
		ck_assert_uint_eq(after, 0);
	}
	while ((r = trace_read(&t, &cursor, &lost))) {
		ck_assert_uint_eq(r->flow > last, true);
		last = r->flow;
		read++;
	}
	ck_assert_uint_eq(last, n);
	ck_assert_uint_eq(read + lost, n);
	trace_free(&t);
}
END_TEST

/* The worker serves no clients while it copies, so the amount is bounded. */
START_TEST(a_large_ring_moves_in_part)
{
	static const char octets[TRACE_SNAP];
	uint64_t count_all = 3 * (TRACE_MOVED_MAX / TRACE_SNAP) / 2;
	struct trace t, other;

	trace_init(&t, 2 * TRACE_MOVED_MAX);
	for (uint64_t n = 0; n < count_all; n++)
		trace_add(&t, &(struct trace_record){.flow = n}, octets, sizeof(octets));
	trace_init(&other, 4 * TRACE_MOVED_MAX);
	trace_move(&t, &other);
	ck_assert_uint_le(t.head - t.tail, TRACE_MOVED_MAX);
	ck_assert_uint_gt(t.head - t.tail, TRACE_MOVED_MAX - 2 * TRACE_SNAP);
	ck_assert_uint_eq(t.lost + count(&t), count_all);
	trace_free(&t);
	trace_free(&other);
}
END_TEST

UNIT_MAIN("trace", a_record_is_read_unchanged, long_packets_are_truncated,
	  a_reserved_record_is_filled_in_place, the_size_is_rounded_up,
	  the_oldest_records_are_replaced, a_filler_replaces_a_record, records_of_any_length_wrap,
	  a_reader_gets_each_record_once_or_the_loss, fates_have_names,
	  sent_records_have_their_lateness, equal_labels_have_equal_numbers,
	  a_full_table_of_labels_returns_0, a_resized_ring_keeps_the_newest_records,
	  a_large_ring_moves_in_part)
