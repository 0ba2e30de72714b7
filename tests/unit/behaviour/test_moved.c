/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/text.h"
#include "behaviour/moved.h"

#include <string.h>

static struct flow_key key;

static void set_key(void)
{
	ck_assert(addr_parse("192.0.2.7", &key.client));
	ck_assert(addr_parse("192.0.2.1", &key.server));
	key.client_port = 50036;
	key.server_port = 7002;
}

/* Writes the octets to a ring and reads them from there. */
static bool through_ring(const uint8_t *bytes, size_t len, struct moved *out)
{
	struct trace t;
	bool read;

	trace_init(&t, 4096);
	trace_add(&t, &(struct trace_record){.kind = TRACE_STATE}, bytes, len);
	read = moved_read(trace_next(&t, NULL), out);
	trace_free(&t);
	return read;
}

/* Returns a ruleset with these names. The caller drops its reference. */
static struct ruleset *rules_named(const char *name, const char *text)
{
	struct ruleset *rules = xcalloc(1, sizeof(*rules));

	rules->references = 1;
	rules->text = xstrdup(text);
	ruleset_name(rules, 1, name);
	return rules;
}

/* Writes the text of a record. Returns the number of octets. */
static size_t write_text(uint8_t bytes[static TRACE_SNAP], const struct ruleset *rules)
{
	size_t len = moved_size(rules);

	ck_assert_uint_le(len, TRACE_SNAP);
	moved_write(bytes, &key, rules);
	return len;
}

/* Writes a record with these names. Returns the number of octets. */
static size_t write_names(uint8_t bytes[static TRACE_SNAP], const char *name, const char *text)
{
	struct ruleset *rules = rules_named(name, text);
	size_t len = write_text(bytes, rules);

	ruleset_put(rules);
	return len;
}

START_TEST(a_record_has_addresses_endpoint_and_behaviour)
{
	uint8_t bytes[TRACE_SNAP];
	struct moved moved;
	size_t len;

	set_key();
	len = write_names(bytes, "a", "opt-none");
	ck_assert_uint_eq(len, 36 + 2 + 9);
	ck_assert_mem_eq(bytes + 12, "\xc0\x00\x02\x07", 4);
	ck_assert_mem_eq(bytes + 36, "a\0opt-none", 11);
	ck_assert(through_ring(bytes, len, &moved));
	ck_assert_mem_eq(&moved.key, &key, sizeof(key));
	ck_assert_str_eq(moved.endpoint, "a");
	ck_assert_str_eq(moved.behaviour, "opt-none");
}
END_TEST

START_TEST(a_record_without_an_endpoint)
{
	uint8_t bytes[TRACE_SNAP];
	struct moved moved;

	set_key();
	ck_assert(through_ring(bytes, write_text(bytes, NULL), &moved));
	ck_assert_mem_eq(&moved.key, &key, sizeof(key));
	ck_assert_str_eq(moved.endpoint, "");
	ck_assert_str_eq(moved.behaviour, "");
}
END_TEST

START_TEST(long_texts_are_truncated)
{
	char name[301], behaviour[301];
	uint8_t bytes[TRACE_SNAP];
	struct moved moved;

	set_key();
	memset(name, 'n', 300);
	memset(behaviour, 'b', 300);
	name[64] = behaviour[300] = '\0';
	ck_assert_uint_eq(write_names(bytes, name, behaviour), TRACE_SNAP);
	ck_assert(through_ring(bytes, TRACE_SNAP, &moved));
	ck_assert_str_eq(moved.endpoint, name);
	ck_assert_uint_eq(strlen(moved.behaviour), TRACE_SNAP - 36 - 65);
	name[64] = 'n';
	name[300] = '\0';
	ck_assert_uint_eq(write_names(bytes, name, behaviour), TRACE_SNAP);
	ck_assert(through_ring(bytes, TRACE_SNAP, &moved));
	ck_assert_uint_eq(strlen(moved.endpoint), TRACE_SNAP - 36);
	ck_assert_str_eq(moved.behaviour, "");
}
END_TEST

START_TEST(rules_without_an_endpoint_have_no_names)
{
	struct ruleset rules = {.text = (char *)"opt-none"}; /* not in use yet */
	uint8_t bytes[TRACE_SNAP];
	struct moved moved;

	set_key();
	ck_assert(through_ring(bytes, write_text(bytes, &rules), &moved));
	ck_assert_str_eq(moved.endpoint, "");
	ck_assert_str_eq(moved.behaviour, "");
}
END_TEST

START_TEST(short_records_are_rejected)
{
	uint8_t bytes[TRACE_SNAP] = {0};
	struct moved moved;

	ck_assert(!through_ring(bytes, 0, &moved));
	ck_assert(!through_ring(bytes, 35, &moved));
	ck_assert(through_ring(bytes, 36, &moved));
	ck_assert_str_eq(moved.endpoint, "");
	ck_assert_str_eq(moved.behaviour, "");
}
END_TEST

START_TEST(characters_are_not_split)
{
	char behaviour[2 * TRACE_SNAP];
	uint8_t bytes[TRACE_SNAP];
	struct moved moved;

	set_key();
	for (size_t shift = 0; shift < 4; shift++) {
		size_t kept = TRACE_SNAP - sizeof(key) - 2;

		memset(behaviour, 'b', shift);
		for (size_t i = shift; i < sizeof(behaviour); i++)
			behaviour[i] = "\xe2\x80\xa6"[(i - shift) % 3];
		behaviour[sizeof(behaviour) - 1] = '\0';
		kept -= (kept - shift) % 3;
		ck_assert(through_ring(bytes, write_names(bytes, "a", behaviour), &moved));
		ck_assert_uint_eq(strlen(moved.behaviour), kept);
		ck_assert_mem_eq(moved.behaviour, behaviour, kept);
	}
}
END_TEST

UNIT_MAIN("moved", a_record_has_addresses_endpoint_and_behaviour, a_record_without_an_endpoint,
	  long_texts_are_truncated, rules_without_an_endpoint_have_no_names,
	  characters_are_not_split, short_records_are_rejected)
