/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "color.h"
#include "fields.h"
#include "ladder.h"
#include "screen.h"
#include "story.h"

#include <locale.h>

/* Returns a trace with the given segments and events, written with ' for ". */
static json_t *trace_of(const char *segments, const char *events)
{
	char *s =
		xasprintf("{'id': 17, 'client': '127.0.0.1:40112', 'server': '127.0.0.1:7002', "
			  "'endpoint': 'slow', 'behaviour': 'synack-delay=3s', 'iss': 4000000000, "
			  "'irs': 12345, 'segments': [%s], 'events': [%s]}",
			  segments, events);
	json_t *trace;

	for (char *c = s; *c; c++)
		if (*c == '\'')
			*c = '"';
	trace = json_loads(s, 0, NULL);
	ck_assert_ptr_nonnull(trace);
	free(s);
	return trace;
}

static void expect(const char *segments, const char *events, struct screen screen,
		   const char *wanted)
{
	json_t *trace = trace_of(segments, events);
	struct text out = {0};

	ck_assert_ptr_nonnull(setlocale(LC_ALL, screen.utf8 ? "C.UTF-8" : "C"));
	setenv("TZ", "UTC", 1);
	ladder_draw(trace, &screen, &out);
	ck_assert_str_eq(text_str(&out), wanted);
	text_free(&out);
	json_decref(trace);
}

#define HELD_SYN                                                                                   \
	"{'time': 1700000000000000000, 'direction': 'in', 'flags': 'S', 'rule': 'synack-delay', "  \
	"'fate': 'held', 'icmp': null, 'notation': 'S 0:0(0) win 64240 <mss 1460,sackOK,TS val 1 " \
	"ecr 0,nop,wscale 7>'},"                                                                   \
	"{'time': 1700000003000123000, 'direction': 'in', 'flags': 'S', 'rule': 'synack-delay', "  \
	"'fate': 'released', 'icmp': null, 'notation': 'S 0:0(0) win 64240 <mss 1460,sackOK,TS "   \
	"val 1 ecr 0,nop,wscale 7>'},"                                                             \
	"{'time': 1700000003000140999, 'direction': 'out', 'flags': 'S.', 'rule': null, "          \
	"'fate': null, 'icmp': null, 'notation': 'S. 0:0(0) ack 1 win 65535 <mss 1460>'},"         \
	"{'time': 1700000003100000000, 'direction': 'in', 'flags': 'R', 'rule': null, "            \
	"'fate': null, 'icmp': null, 'notation': 'R 1:1(0) win 0'}"

#define ITS_STATES                                                                                \
	"{'time': 1700000003000124000, 'kind': 'state', 'from': 'LISTEN', 'to': 'SYN-RECEIVED', " \
	"'after': 2},"                                                                            \
	"{'time': 1700000003050000000, 'kind': 'note', 'text': 'nothing yet', 'after': 3},"       \
	"{'time': 1700000003200000000, 'kind': 'state', 'from': 'SYN-RECEIVED', 'to': 'CLOSED', " \
	"'after': 4}"

START_TEST(a_held_syn_shows_its_release)
{
	expect(HELD_SYN, ITS_STATES, (struct screen){.width = 80, .utf8 = true},
	       "connection 17 at slow, synack-delay=3s\n"
	       "2023-11-14 22:13:20, client ISN 12345, server ISN 4000000000\n"
	       "\n"
	       "         client 127.0.0.1:40112     127.0.0.1:7002 server\n"
	       "         │                                              │ LISTEN\n"
	       "0.000000 ├── S 0:0(0) win 64240 ───────────────────────○│ held by synack-delay\n"
	       "         │     <mss 1460,sackOK,TS val 1 ecr 0,nop,     │ until 3.000123\n"
	       "         │     wscale 7>                                │\n"
	       "  +3.0 s ┊                                              ┊\n"
	       "3.000123 │   S 0:0(0) win 64240 ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶│ released by\n"
	       "         │                                              │ synack-delay\n"
	       "         │                                              │ SYN-RECEIVED\n"
	       "3.000140 │◀─ S. 0:0(0) ack 1 win 65535 <mss 1460> ──────┤\n"
	       "3.050000 │ · nothing yet                                │\n"
	       "3.100000 ├── R 1:1(0) win 0 ───────────────────────────▶│\n"
	       "3.200000 │                                              │ CLOSED\n"
	       "\n"
	       "4 segments in 3.200000 s, 2 touched by a rule; ○ waits; ╌╌╌ not on the wire\n");
}
END_TEST

START_TEST(ascii_draws_the_same)
{
	expect(HELD_SYN, ITS_STATES, (struct screen){0},
	       "connection 17 at slow, synack-delay=3s\n"
	       "2023-11-14 22:13:20, client ISN 12345, server ISN 4000000000\n"
	       "\n"
	       "         client 127.0.0.1:40112                   127.0.0.1:7002 server\n"
	       "         |                                                            | LISTEN\n"
	       "0.000000 +-- S 0:0(0) win 64240 -------------------------------------o| held by "
	       "synack-delay until\n"
	       "         |     <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>          | 3.000123\n"
	       "  +3.0 s :                                                            :\n"
	       "3.000123 |   S 0:0(0) win 64240 .....................................>| released "
	       "by "
	       "synack-delay\n"
	       "         |                                                            | "
	       "SYN-RECEIVED\n"
	       "3.000140 |<- S. 0:0(0) ack 1 win 65535 <mss 1460> --------------------+\n"
	       "3.050000 | - nothing yet                                              |\n"
	       "3.100000 +-- R 1:1(0) win 0 ----------------------------------------->|\n"
	       "3.200000 |                                                            | CLOSED\n"
	       "\n"
	       "4 segments in 3.200000 s, 2 touched by a rule; o waits; ... not on the wire\n");
}
END_TEST

START_TEST(unsent_segments_have_no_arrow)
{
	expect("{'time': 1000000, 'direction': 'out', 'flags': 'P.', 'rule': 'lossy', 'fate': "
	       "'dropped', 'notation': 'P. 1:9(8) ack 1 win 5'},"
	       "{'time': 2000000, 'direction': 'out', 'flags': '.', 'rule': 'slow', 'fate': "
	       "'delayed', 'notation': '. 9:9(0) ack 1 win 5'},"
	       "{'time': 2500000, 'direction': 'in', 'flags': 'S', 'rule': 'a, b', 'fate': "
	       "'dropped', 'notation': 'S 0:0(0) win 9'},"
	       "{'time': 102000000, 'direction': 'out', 'flags': '.', 'rule': null, 'fate': null, "
	       "'notation': '. 9:9(0) ack 1 win 5'},"
	       "{'time': 103000000, 'direction': 'out', 'flags': '.', 'rule': 'slow', 'fate': "
	       "'outdated', 'notation': '. 9:9(0) ack 1 win 5'},"
	       "{'time': 104000000, 'direction': 'out', 'rule': 'ptb', 'fate': 'refused', 'icmp': "
	       "'too-big', 'notation': 'icmp too-big about 9 mtu 576'}",
	       "", (struct screen){.width = 80, .utf8 = true},
	       "connection 17 at slow, synack-delay=3s\n"
	       "1970-01-01 00:00:00, client ISN 12345, server ISN 4000000000\n"
	       "\n"
	       "         client 127.0.0.1:40112     127.0.0.1:7002 server\n"
	       "         │                                              │\n"
	       "0.000000 │   P. 1:9(8) ack 1 win 5 ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌✗│ dropped by lossy\n"
	       "0.001000 │   . 9:9(0) ack 1 win 5 ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌○│ delayed by slow until\n"
	       "         │                                              │ 0.101000\n"
	       "0.001500 ├── S 0:0(0) win 9 ───────────────────────────✗│ dropped by a, b\n"
	       "0.101000 │◀─ . 9:9(0) ack 1 win 5 ──────────────────────┤ 100 ms late\n"
	       "0.102000 │   . 9:9(0) ack 1 win 5 ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌✗│ outdated, slow\n"
	       "0.103000 │   ICMP too-big about 9 mtu 576 ╌╌╌╌╌╌╌╌╌╌╌╌╌✗│ refused, ptb\n"
	       "\n"
	       "6 segments in 0.103000 s, 5 touched by a rule; ✗ dropped, outdated, refused;\n"
	       "○ waits; ╌╌╌ not on the wire\n");
}
END_TEST

START_TEST(segments_dropped_by_a_rule_are_not_lost)
{
	expect("{'time': 1000000, 'direction': 'in', 'flags': 'S', 'rule': 'refuse', 'fate': "
	       "'answered', 'notation': 'S 0:0(0) win 9'},"
	       "{'time': 1000000, 'direction': 'out', 'flags': 'R.', 'rule': 'refuse', 'fate': "
	       "null, 'notation': 'R. 0:0(0) ack 1 win 0'},"
	       "{'time': 2000000, 'direction': 'in', 'flags': 'S', 'rule': 'slow', 'fate': "
	       "'absorbed', 'notation': 'S 0:0(0) win 9'},"
	       "{'time': 3000000, 'direction': 'in', 'flags': '.', 'rule': null, 'fate': 'spoilt', "
	       "'notation': '. 1:1(0) ack 1 win 9'}",
	       "", (struct screen){.width = 80, .utf8 = true},
	       "connection 17 at slow, synack-delay=3s\n"
	       "1970-01-01 00:00:00, client ISN 12345, server ISN 4000000000\n"
	       "\n"
	       "         client 127.0.0.1:40112         127.0.0.1:7002 server\n"
	       "         │                                                  │\n"
	       "0.000000 ├── S 0:0(0) win 9 ───────────────────────────────●│ answered by refuse\n"
	       "0.000000 │◀─ R. 0:0(0) ack 1 win 0 ─────────────────────────┤ refuse\n"
	       "0.001000 ├── S 0:0(0) win 9 ───────────────────────────────✗│ absorbed by slow\n"
	       "0.002000 ├── . 1:1(0) ack 1 win 9 ─────────────────────────✗│ spoilt\n"
	       "\n"
	       "4 segments in 0.002000 s, 3 touched by a rule; ✗ absorbed, spoilt;\n"
	       "● answered by a rule\n");
}
END_TEST

/* Checks the lines between both ends. Titles are folded by the caller. */
START_TEST(ladders_fit_narrow_screens)
{
	json_t *trace = trace_of(HELD_SYN, ITS_STATES);
	struct text out = {0};

	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C"));
	for (unsigned width = 40; width <= 120; width++) {
		struct screen screen = {.width = width};
		size_t rows = 0;

		text_clear(&out);
		ladder_draw(trace, &screen, &out);
		for (const char *s = text_str(&out); *s; s += strcspn(s, "\n") + 1) {
			size_t n = strcspn(s, "\n");

			if (!memchr(s, '|', n))
				continue;
			rows++;
			ck_assert_msg(n <= width, "%u columns:\n%s", width, text_str(&out));
		}
		ck_assert_uint_gt(rows, 8);
		ck_assert_ptr_nonnull(strstr(text_str(&out), "| SYN-RECEIVED\n"));
	}
	text_free(&out);
	json_decref(trace);
}
END_TEST

START_TEST(long_texts_are_above_the_arrow)
{
	expect("{'time': 1, 'direction': 'in', 'flags': '.', 'rule': null, 'fate': null, "
	       "'notation': '. 4294967295:4294967295(0) ack 4294967295 win 65535 urg 4 "
	       "<nop,nop,sack 1:2>'}",
	       "{'time': 2, 'kind': 'state', 'from': 'LISTEN', 'to': 'CLOSED', 'after': 1}",
	       (struct screen){.width = 60, .utf8 = true},
	       "connection 17 at slow, synack-delay=3s\n"
	       "1970-01-01 00:00:00, client ISN 12345, server ISN 4000000000\n"
	       "\n"
	       "         client 127.0.0.1:40112\n"
	       "                           127.0.0.1:7002 server\n"
	       "         │                                     │ LISTEN\n"
	       "0.000000 │   . 4294967295:4294967295(0) ack    │\n"
	       "         │   4294967295 win 65535 urg 4 <nop,  │\n"
	       "         │   nop,sack 1:2>                     │\n"
	       "         ├────────────────────────────────────▶│ CLOSED\n"
	       "\n"
	       "1 segment in 0.000000 s, 0 touched by a rule\n");
}
END_TEST

START_TEST(settings_and_actions_of_rules_are_marked)
{
	expect("{'time': 1000000, 'direction': 'out', 'flags': 'S.', 'rule': null, 'use': "
	       "['win-one: window', 'opt-none: options'], 'fate': null, 'notation': 'S. 0:0(0) "
	       "ack 1 win 1'},"
	       "{'time': 3000000, 'direction': 'out', 'flags': 'F.', 'rule': 'slow', 'use': "
	       "['win-one: window'], 'fate': null, 'notation': 'F. 1:1(0) ack 2 win 1'}",
	       "{'time': 2000000, 'kind': 'note', 'text': 'close', 'rule': 'slow', 'after': 1}",
	       (struct screen){.width = 80, .utf8 = true},
	       "connection 17 at slow, synack-delay=3s\n"
	       "1970-01-01 00:00:00, client ISN 12345, server ISN 4000000000\n"
	       "\n"
	       "         client 127.0.0.1:40112     127.0.0.1:7002 server\n"
	       "         │                                              │\n"
	       "0.000000 │◀─ S. 0:0(0) ack 1 win 1 ─────────────────────┤ use win-one: window,\n"
	       "         │                                              │ opt-none: options\n"
	       "0.001000 │ · close                                      │ slow\n"
	       "0.002000 │◀─ F. 1:1(0) ack 2 win 1 ─────────────────────┤ slow\n"
	       "         │                                              │ use win-one: window\n"
	       "\n"
	       "2 segments in 0.002000 s, 1 touched by a rule, 2 by use; 1 action of a rule\n");
}
END_TEST

START_TEST(hostile_and_missing_parts_are_skipped)
{
	struct screen screen = {.width = 20, .utf8 = false, .color = true};
	static const char *const traces[] = {
		"{}",
		"[]",
		"{\"segments\": 3, \"events\": {}}",
		"{\"segments\": [1, {}, null], \"events\": [{}, 7, {\"after\": -5}]}",
		"{\"segments\": [{\"time\": -9223372036854775807, \"notation\": \"\\u001b[2J "
		"<\"}]}",
		"{\"segments\": [{\"time\": -9223372036854775807}, {\"time\": 9223372036854775807, "
		"\"fate\": \"new\", \"rule\": \"a\"}]}",
	};

	for (size_t i = 0; i < COUNT_OF(traces); i++) {
		json_t *trace = json_loads(traces[i], 0, NULL);
		struct text out = {0};

		ck_assert_ptr_nonnull(trace);
		ladder_draw(trace, &screen, &out);
		ck_assert(out.len > 0);
		ck_assert_ptr_null(strstr(out.s, "\033[2J"));
		text_free(&out);
		json_decref(trace);
	}
}
END_TEST

START_TEST(ages_and_counts)
{
	static const struct {
		nstime age;
		const char *words;
	} ages[] = {{0, "0 ms"},
		    {-5, "0 ms"},
		    {200 * NS_PER_MS, "200 ms"},
		    {4250 * NS_PER_MS, "4.2 s"},
		    {10 * NS_PER_S, "10 s"},
		    {60 * NS_PER_S, "1 min"},
		    {11523 * NS_PER_S, "3 h 12 min"},
		    {90000 * NS_PER_S, "1 d 1 h"}};
	struct text t = {0};

	for (size_t i = 0; i < COUNT_OF(ages); i++) {
		text_clear(&t);
		text_add_age(&t, ages[i].age);
		ck_assert_str_eq(text_str(&t), ages[i].words);
	}
	text_clear(&t);
	text_add_count(&t, 1234567);
	text_add(&t, " ");
	text_add_count(&t, -123);
	text_add(&t, " ");
	text_add_count(&t, 0);
	ck_assert_str_eq(text_str(&t), "1,234,567 -123 0");
	text_free(&t);
}
END_TEST

UNIT_MAIN("ladder", a_held_syn_shows_its_release, ascii_draws_the_same,
	  unsent_segments_have_no_arrow, segments_dropped_by_a_rule_are_not_lost,
	  ladders_fit_narrow_screens, long_texts_are_above_the_arrow,
	  settings_and_actions_of_rules_are_marked, hostile_and_missing_parts_are_skipped,
	  ages_and_counts)
