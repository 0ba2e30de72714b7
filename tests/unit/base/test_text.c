/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/diag.h"
#include "base/text.h"

START_TEST(a_zeroed_text_is_empty_and_grows)
{
	struct text t = {0};

	ck_assert_str_eq(text_str(&t), "");
	text_add(&t, "ab");
	text_addn(&t, "cdef", 2);
	text_addf(&t, "%d-%s", 42, "z");
	ck_assert_str_eq(text_str(&t), "abcd42-z");
	ck_assert_uint_eq(t.len, 8);
	for (int i = 0; i < 1000; i++)
		text_addf(&t, "%0100d", i);
	ck_assert_uint_eq(t.len, 8 + 100 * 1000);
	ck_assert_uint_eq(strlen(t.s), t.len);
	text_clear(&t);
	ck_assert_str_eq(text_str(&t), "");
	ck_assert_str_eq(t.s, "");
	text_free(&t);
	ck_assert_ptr_null(t.s);
}
END_TEST

START_TEST(long_pieces_are_written_completely)
{
	struct text t = {0};
	char *expected = xasprintf("a%0300d,%s", 7, "end");
	char *copy = xstrdup(expected);

	text_add(&t, "a");
	text_addf(&t, "%0300d,%s", 7, "end");
	ck_assert_uint_eq(t.len, 305);
	ck_assert_str_eq(text_str(&t), expected);
	ck_assert_str_eq(text_str(&t), copy);
	text_free(&t);
	free(expected);
	free(copy);
}
END_TEST

START_TEST(hex_is_written_and_read)
{
	static const uint8_t bytes[] = {0x00, 0xfd, 0x10, 0xAB};
	struct text t = {0};
	uint8_t back[4];

	text_add_hex(&t, bytes, sizeof(bytes));
	ck_assert_str_eq(text_str(&t), "00fd10ab");
	ck_assert_int_eq(hex_decode("00fD10Ab", 8, back, sizeof(back)), 4);
	ck_assert_mem_eq(back, bytes, 4);
	ck_assert_int_eq(hex_decode("", 0, back, sizeof(back)), 0);
	ck_assert_int_eq(hex_decode("0", 1, back, sizeof(back)), -1);
	ck_assert_int_eq(hex_decode("00fd", 3, back, sizeof(back)), -1);
	ck_assert_int_eq(hex_decode("0g", 2, back, sizeof(back)), -1);
	ck_assert_int_eq(hex_decode("0011223344", 10, back, sizeof(back)), -1);
	text_free(&t);
}
END_TEST

/* 70 octets: more than suggest() compares. */
#define TEN_A  "aaaaaaaaaa"
#define LONG_A TEN_A TEN_A TEN_A TEN_A TEN_A TEN_A TEN_A

static const char *word(size_t i, const void *arg)
{
	static const char *const words[] = {"address",   LONG_A,    "ports",
					    "behaviour", "service", "mss"};

	(void)arg;
	return i < COUNT_OF(words) ? words[i] : NULL;
}

START_TEST(a_typing_error_has_a_suggestion)
{
	ck_assert_str_eq(suggest("adress", word, NULL), "address");
	ck_assert_str_eq(suggest("prots", word, NULL), "ports");
	ck_assert_str_eq(suggest("behavior", word, NULL), "behaviour");
	ck_assert_str_eq(suggest("ms", word, NULL), "mss");
	ck_assert_str_eq(suggest("servcie", word, NULL), "service");
	ck_assert_str_eq(suggest("mss", word, NULL), "mss");
	ck_assert_str_eq(suggest("MSS", word, NULL), "mss");
}
END_TEST

START_TEST(an_unrelated_word_has_no_suggestion)
{
	char long_word[200];

	memset(long_word, 'a', sizeof(long_word));
	long_word[sizeof(long_word) - 1] = '\0';
	ck_assert_ptr_null(suggest("", word, NULL));
	ck_assert_ptr_null(suggest("colour", word, NULL));
	ck_assert_ptr_null(suggest("nop", word, NULL));
	ck_assert_ptr_null(suggest("servo", word, NULL)); /* 3 edits of 7 letters */
	ck_assert_ptr_null(suggest(long_word, word, NULL));
	ck_assert_ptr_null(suggest(LONG_A, word, NULL));
	long_word[63] = '\0'; /* the longest that is compared, 7 edits from one that is not */
	ck_assert_ptr_null(suggest(long_word, word, NULL));
}
END_TEST

START_TEST(diagnostics_name_file_line_and_key)
{
	struct diag d = {0};

	diag_error(&d, "a.conf", 3, "endpoints[0].ports", "expected %d ports", 2);
	diag_error(&d, "a.conf", 0, NULL, "expected a file");
	diag_warn(&d, "b.conf", 9, "mtu", "is small");
	diag_warn(&d, "b.conf", 9, "mtu", "is small");
	ck_assert_str_eq(text_str(&d.lines), "a.conf:3: endpoints[0].ports: expected 2 ports\n"
					     "a.conf: expected a file\n"
					     "b.conf:9: mtu: warning: is small\n");
	ck_assert_uint_eq(d.errors, 2);
	ck_assert_uint_eq(d.warnings, 1);
	diag_free(&d);
	ck_assert_uint_eq(d.errors, 0);
}
END_TEST

START_TEST(characters_are_not_split)
{
	ck_assert_uint_eq(text_fits("", 0), 0);
	ck_assert_uint_eq(text_fits("abc", 9), 3);
	ck_assert_uint_eq(text_fits("abc", 2), 2);
	ck_assert_uint_eq(text_fits("a\xe2\x80\xa6z", 5), 5);
	ck_assert_uint_eq(text_fits("a\xe2\x80\xa6z", 4), 4);
	ck_assert_uint_eq(text_fits("a\xe2\x80\xa6z", 3), 1);
	ck_assert_uint_eq(text_fits("a\xe2\x80\xa6z", 2), 1);
	ck_assert_uint_eq(text_fits("\x80\x80", 1), 0); /* invalid UTF-8 */
}
END_TEST

UNIT_MAIN("text", characters_are_not_split, a_zeroed_text_is_empty_and_grows,
	  long_pieces_are_written_completely, hex_is_written_and_read,
	  a_typing_error_has_a_suggestion, an_unrelated_word_has_no_suggestion,
	  diagnostics_name_file_line_and_key)
