/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "fold.h"
#include "progress.h"
#include "screen.h"

#include <locale.h>

static void expect(void (*add)(struct text *out, const char *s, unsigned width), const char *s,
		   unsigned width, const char *wanted)
{
	struct text out = {0};

	add(&out, s, width);
	ck_assert_str_eq(text_str(&out), wanted);
	text_free(&out);
}

START_TEST(long_lines_are_indented)
{
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	expect(fold_add, "one two three\n\nfour\n", 0, "one two three\n\nfour\n");
	expect(fold_add, "one two three\n\nfour\n", 9, "one two\n  three\n\nfour\n");
	expect(fold_add, "  one two three four", 12, "  one two\n    three\n    four");
	expect(fold_add, "0123456789", 6, "012345\n  6789");
	expect(fold_add, "\u2502 \u6f22\u5b57 \u6f22\u5b57\n", 7,
	       "\u2502 \u6f22\u5b57\n  \u6f22\u5b57\n");
	expect(fold_add, "a b\n", 3, "a b\n");
	/* The indent leaves no room for words: continuation lines use a smaller one. */
	expect(fold_add, "        one two", 12, "        one\n  two");
}
END_TEST

START_TEST(colours_have_no_width)
{
	expect(fold_add, "\033[1mslow\033[0m now does \033[33mrefuse\033[0m\n", 14,
	       "\033[1mslow\033[0m now does\n  \033[33mrefuse\033[0m\n");
	expect(fold_add, "\033[31mone two\033[0m\n", 5, "\033[31mone\n  two\033[0m\n");
}
END_TEST

START_TEST(a_folded_command_is_valid_in_a_shell)
{
	expect(fold_add_command, "  $ synackctl set slow a=1", 80, "  $ synackctl set slow a=1");
	expect(fold_add_command, "  $ synackctl set slow a=1", 26, "  $ synackctl set slow a=1");
	expect(fold_add_command, "  $ synackctl set slow a=1", 25,
	       "  $ synackctl set slow \\\n      a=1");
	/* An option and its value are not separated. */
	expect(fold_add_command, "  $ next 192.0.2.7 --times 3", 27,
	       "  $ next 192.0.2.7 \\\n      --times 3");
	expect(fold_add_command, "  $ synackctl", 4, "  $ synackctl");
}
END_TEST

START_TEST(paragraphs_are_folded_but_examples_kept)
{
	expect(fold_add_paragraphs,
	       "A line\nthat goes\non.\n\nAnother one.\n\n  $ a b c d\n  $ e\n", 14,
	       "A line that\ngoes on.\n\nAnother one.\n\n  $ a b c d\n  $ e\n");
}
END_TEST

static void expect_bar(struct screen screen, size_t over, const char *name, const char *wanted)
{
	struct text out = {0};

	progress_add_bar(&out, &screen, over, 8, 40 * NS_PER_S, name);
	ck_assert_str_eq(text_str(&out), wanted);
	ck_assert_uint_lt(columns(text_str(&out)), screen.width ? screen.width : 80);
	text_free(&out);
}

START_TEST(a_bar_fits_the_screen)
{
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	expect_bar((struct screen){.width = 80}, 2, "synack-never",
		   "#######----------------------- 2 of 8, about 40 s left  synack-never");
	expect_bar((struct screen){0}, 8, "a-name-that-is-so-long-that-it-is-cut-off",
		   "############################## 8 of 8, about 40 s left  "
		   "a-name-that-is-so-long-");
	expect_bar((struct screen){.width = 40}, 4, "synack-never",
		   "#######-------- 4 of 8, about 40 s left");
	expect_bar((struct screen){.width = 30}, 4, "synack-never",
		   "4 of 8, about 40 s left  syna");
	expect_bar((struct screen){.width = 24, .utf8 = true}, 4, "x", "4 of 8, about 40 s left");
}
END_TEST

UNIT_MAIN("fold", long_lines_are_indented, colours_have_no_width,
	  a_folded_command_is_valid_in_a_shell, paragraphs_are_folded_but_examples_kept,
	  a_bar_fits_the_screen)
