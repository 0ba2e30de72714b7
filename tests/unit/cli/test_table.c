/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "color.h"
#include "screen.h"
#include "table.h"

#include <locale.h>

static const struct column three[] = {
	{"NAME", COLUMN_TEXT}, {"N", COLUMN_NUMBER}, {"WHAT", COLUMN_FLEX}, {0}};

static void expect(const struct table *t, struct screen screen, unsigned indent, const char *wanted)
{
	struct text out = {0};

	table_draw(t, &screen, indent, &out);
	ck_assert_str_eq(text_str(&out), wanted);
	text_free(&out);
}

START_TEST(columns_are_aligned_and_no_line_ends_with_a_space)
{
	struct table *t = table_new(three);

	table_cell(t, "slow");
	table_cellf(t, "%d", 7);
	table_cell(t, "late");
	table_cell(t, "everything");
	table_cell(t, "1234");
	table_cell(t, NULL);
	ck_assert_uint_eq(table_rows(t), 2);
	expect(t, (struct screen){0}, 1,
	       " NAME           N  WHAT\n"
	       " slow           7  late\n"
	       " everything  1234\n");
	table_discard(t);
}
END_TEST

START_TEST(widths_are_columns_not_octets)
{
	struct table *t = table_new(three);

	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	ck_assert_uint_eq(columns("h\u00e9"), 2);
	ck_assert_uint_eq(columns("\u6f22"), 2);
	table_cell(t, "\u6f22\u5b57");
	table_cell(t, "1");
	table_cell(t, "a");
	table_cell(t, "\u00e9t\u00e9");
	table_cell(t, "2");
	table_cell(t, "b");
	expect(t, (struct screen){.utf8 = true}, 0,
	       "NAME  N  WHAT\n"
	       "\u6f22\u5b57  1  a\n"
	       "\u00e9t\u00e9   2  b\n");
	table_discard(t);
}
END_TEST

START_TEST(flexible_columns_are_folded)
{
	struct table *t = table_new(three);

	table_cell(t, "a");
	table_cell(t, "1");
	table_cell(t, "words that do not fit in a line");
	table_cell(t, "b");
	table_cell(t, "2");
	table_cell(t, "0123456789abcdefghijkl");
	expect(t, (struct screen){.width = 27}, 0,
	       "NAME  N  WHAT\n"
	       "a     1  words that do not\n"
	       "         fit in a line\n"
	       "b     2  0123456789abcdefgh\n"
	       "         ijkl\n");
	/* If columns are too narrow to read, each cell has a line of its own. */
	expect(t, (struct screen){.width = 24}, 0,
	       "NAME  a\n"
	       "N     1\n"
	       "WHAT  words that do not\n"
	       "      fit in a line\n"
	       "\n"
	       "NAME  b\n"
	       "N     2\n"
	       "WHAT  0123456789abcdefgh\n"
	       "      ijkl\n");
	table_discard(t);
}
END_TEST

static const struct column noted[] = {{"NAME", COLUMN_TEXT},
				      {"WHAT", COLUMN_FLEX},
				      {"LIVE", COLUMN_NOTE},
				      {"PROBLEM", COLUMN_NOTE},
				      {0}};

START_TEST(notes_are_below_their_row_if_narrow)
{
	struct table *t = table_new(noted);

	table_cell(t, "web");
	table_cell(t, "refuse");
	table_cell(t, "");
	table_cell(t, "no interface has an address beside this one");
	table_cell(t, "mail");
	table_cell(t, "accept");
	table_cell(t, "added");
	table_cell(t, "");
	expect(t, (struct screen){.width = 80}, 0,
	       "NAME  WHAT    LIVE   PROBLEM\n"
	       "web   refuse         no interface has an address beside this one\n"
	       "mail  accept  added\n");
	expect(t, (struct screen){.width = 46}, 0,
	       "NAME  WHAT    LIVE   PROBLEM\n"
	       "web   refuse         no interface has an\n"
	       "                     address beside this one\n"
	       "mail  accept  added\n");
	expect(t, (struct screen){.width = 40}, 1,
	       " NAME  WHAT\n"
	       " web   refuse\n"
	       "     PROBLEM  no interface has an\n"
	       "              address beside this one\n"
	       " mail  accept\n"
	       "     LIVE  added\n");
	table_discard(t);
}
END_TEST

/* Tests random contents in screens of 40 to 99 columns. */
START_TEST(no_line_is_wider_than_the_screen)
{
	static const char *const longs[] = {
		"v6/a-very-long-name-of-an-endpoint-that-goes-on-and-on-without-a-space",
		"[2001:db8:1234:5678:9abc:def0:1234:5678]:65535",
		"sentences, which break at spaces", "x", ""};
	struct text out = {0};

	for (unsigned seed = 0; seed < 500; seed++) {
		unsigned width = 40 + seed % 60, state = seed;
		struct screen screen = {.width = width, .color = false};
		struct table *t = table_new(noted);

		for (unsigned cell = 0; cell < 4 * (1 + seed % 3); cell++) {
			state = state * 1103515245 + 12345;
			table_cell(t, longs[(state >> 16) % 5]);
		}
		text_clear(&out);
		table_draw(t, &screen, seed % 4, &out);
		for (const char *s = text_str(&out); *s;) {
			size_t n = strcspn(s, "\n");

			ck_assert_msg(columns_n(s, n) <= width, "seed %u, width %u:\n%s", seed,
				      width, text_str(&out));
			ck_assert(!n || s[n - 1] != ' ');
			s += n + 1;
		}
		table_discard(t);
	}
	text_free(&out);
}
END_TEST

START_TEST(empty_columns_are_omitted)
{
	static const struct column untitled[] = {
		{"", COLUMN_NUMBER}, {"", COLUMN_TEXT}, {"", COLUMN_FLEX}, {0}};
	struct table *t = table_new(three);

	for (int i = 0; i < 100; i++) {
		table_cell(t, "x");
		table_cell(t, "");
		table_cell(t, i == 99 ? "y" : "");
	}
	ck_assert_uint_eq(table_rows(t), 100);
	table_discard(t);

	t = table_new(untitled);
	table_cell(t, "9");
	table_cell(t, "");
	table_cell(t, "z");
	table_cell(t, "10");
	expect(t, (struct screen){0}, 2, "   9  z\n  10\n");
	table_discard(t);
}
END_TEST

START_TEST(control_characters_are_escaped)
{
	struct table *t = table_new(three);
	char *plain;

	table_cell_color(t, COLOR_BAD, "a\033[2Jb\n");
	expect(t, (struct screen){.color = true}, 0,
	       "\033[1mNAME\033[0m\n\033[31ma?[2Jb?\033[0m\n");
	table_discard(t);
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	plain = printable("\xff|\xe2\x94|\xc2\x9b|\u2502");
	ck_assert_str_eq(plain, "?|?|?|\u2502");
	free(plain);
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C"));
	plain = printable("a\u2502b");
	ck_assert_str_eq(plain, "a?b");
	free(plain);
}
END_TEST

START_TEST(lines_break_at_spaces_and_after_commas)
{
	ck_assert_uint_eq(line_break("ab cd", 5), 5);
	ck_assert_uint_eq(line_break("ab cd", 4), 2);
	ck_assert_uint_eq(line_break("ab cd", 2), 2);
	ck_assert_uint_eq(line_break("mss 1460,sackOK", 10), 9);
	ck_assert_uint_eq(line_break("delay=1s+none", 11), 9);
	ck_assert_uint_eq(line_break("abcdef", 4), 4);
	ck_assert_uint_eq(line_break("abcdef", 0), 1);
	ck_assert_uint_eq(line_break("", 4), 0);
}
END_TEST

UNIT_MAIN("table", columns_are_aligned_and_no_line_ends_with_a_space, widths_are_columns_not_octets,
	  flexible_columns_are_folded, notes_are_below_their_row_if_narrow,
	  no_line_is_wider_than_the_screen, empty_columns_are_omitted,
	  control_characters_are_escaped, lines_break_at_spaces_and_after_commas)
