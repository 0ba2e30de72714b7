/* SPDX-License-Identifier: MIT */
#include "files.h"

#include "base/clock.h"
#include "base/text.h"
#include "schema/schema.h"
#include "schema/source.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum colour { RED, GREEN };

struct thing {
	bool flag;
	uint8_t small;
	uint16_t port;
	uint32_t count;
	uint32_t isn;
	bool isn_given;
	size_t size;
	nstime time;
	char *text;
	uint8_t colour;
	int custom;
};

static bool parse_custom(const char *text, void *target, char **wrong)
{
	struct thing *t = target;

	if (strcmp(text, "forty-two") != 0)
		return text_expected(wrong, text, "forty-two");
	t->custom = 42;
	return true;
}

static const char *const colours[] = {"red", "green", "blue", NULL};

#define FIELD(member) .offset = offsetof(struct thing, member)

static const struct key keys[] = {
	{"flag", KEY_BOOL, FIELD(flag)},
	{"small", KEY_NUMBER, FIELD(small), .size = 1},
	{"port", KEY_NUMBER, FIELD(port), .size = 2, .min = "1", .max = "0xfff0"},
	{"count", KEY_NUMBER, FIELD(count), .size = 4, .fallback = "7"},
	{"isn", KEY_SEQUENCE, FIELD(isn), .has_offset = offsetof(struct thing, isn_given)},
	{"size", KEY_SIZE, FIELD(size), .min = "1k", .fallback = "64k"},
	{"time", KEY_DURATION, FIELD(time), .min = "1ms", .max = "1h", .fallback = "980.4ms"},
	{"text", KEY_TEXT, FIELD(text), .min = "1", .max = "5", .fallback = "abc"},
	{"colour", KEY_CHOICE, FIELD(colour), .choices = colours, .fallback = "green"},
	{"custom", KEY_CUSTOM, .parse = parse_custom},
	{"part", KEY_OTHER, .help = "The caller reads it."},
};

#define KEYS COUNT_OF(keys)

/* Reads one file into *t. The errors must be exactly these. */
static void read_expecting(const char *source, struct thing *t, const char *errors)
{
	struct diag diag = {0};
	const struct schema_reader r = {.diag = &diag};
	const struct key_table table = {keys, KEYS, t};
	config_t file;

	files_enter();
	files_write("t.conf", source);
	config_init(&file);
	ck_assert_int_eq(config_read_file(&file, "t.conf"), CONFIG_TRUE);
	schema_read(&r, config_root_setting(&file), &table, 1);
	ck_assert_str_eq(text_str(&diag.lines), errors);
	config_destroy(&file);
	diag_free(&diag);
	files_leave();
}

START_TEST(every_type_is_read)
{
	struct thing t = {0};

	read_expecting("flag = true; small = 255; port = \"0xFFF0\"; count = \"4294967295\";\n"
		       "isn = \"0xCE66AE01\"; size = \"3M\"; time = \"2.5s\"; text = \"hello\";\n"
		       "colour = \"blue\"; custom = \"forty-two\"; part = { anything = 1; };\n",
		       &t, "");
	ck_assert(t.flag);
	ck_assert_uint_eq(t.small, 255);
	ck_assert_uint_eq(t.port, 0xfff0);
	ck_assert_uint_eq(t.count, 4294967295u);
	ck_assert_uint_eq(t.isn, 0xCE66AE01);
	ck_assert(t.isn_given);
	ck_assert_uint_eq(t.size, 3 * 1024 * 1024);
	ck_assert_int_eq(t.time, 2500 * NS_PER_MS);
	ck_assert_str_eq(t.text, "hello");
	ck_assert_uint_eq(t.colour, 2);
	ck_assert_int_eq(t.custom, 42);
	free(t.text);
}
END_TEST

START_TEST(all_errors_have_their_line)
{
	struct thing t = {.port = 99, .colour = RED};

	read_expecting("flag = 1;\n"
		       "small = 256;\n"
		       "port = 0;\n"
		       "count = -1;\n"
		       "isn = \"4294967296\";\n"
		       "size = \"10q\";\n"
		       "time = \"2 fortnights\";\n"
		       "text = 5;\n"
		       "colour = \"gren\";\n"
		       "custom = (1, 2);\n"
		       "cuont = 3;\n"
		       "elephant = 3;\n",
		       &t,
		       "t.conf:1: flag: expected true or false, got '1'\n"
		       "t.conf:2: small: expected a number from 0 to 255, got '256'\n"
		       "t.conf:3: port: expected a number from 1 to 0xfff0, got '0'\n"
		       "t.conf:4: count: expected a number from 0 to 4294967295, got '-1'\n"
		       "t.conf:5: isn: expected a number below 2^32, such as 0xCE66AE01, got "
		       "'4294967296'\n"
		       "t.conf:6: size: expected a size such as 64k, 16M or 1G, got '10q'\n"
		       "t.conf:7: time: expected a duration such as 300ms or 3s, got "
		       "'2 fortnights'\n"
		       "t.conf:8: text: expected a string in quotes\n"
		       "t.conf:9: colour: expected red, green or blue, got 'gren'\n"
		       "t.conf:10: custom: expected one value, got a list or a group\n"
		       "t.conf:11: cuont: unknown key 'cuont'; did you mean 'count'?\n"
		       "t.conf:12: elephant: unknown key 'elephant'\n");
	ck_assert_uint_eq(t.port, 99); /* an invalid value changes nothing */
	ck_assert_uint_eq(t.colour, RED);
	ck_assert(!t.isn_given);
}
END_TEST

START_TEST(ranges_are_printed_in_the_form_of_the_type)
{
	struct thing t = {0};

	read_expecting("time = \"2h\"; size = \"1023\"; port = 65521; text = \"\";", &t,
		       "t.conf:1: time: expected a duration from 1ms to 1h, got '2h'\n"
		       "t.conf:1: size: expected a size of at least 1k, got '1023'\n"
		       "t.conf:1: port: expected a number from 1 to 0xfff0, got '65521'\n"
		       "t.conf:1: text: expected a text of 1 to 5 octets, got ''\n");
	read_expecting("time = \"0\"; size = \"1024\"; text = \"abcdef\"; port = 65520;", &t,
		       "t.conf:1: time: expected a duration from 1ms to 1h, got '0'\n"
		       "t.conf:1: text: expected a text of 1 to 5 octets, got 'abcdef'\n");
	ck_assert_uint_eq(t.size, 1024);
	ck_assert_uint_eq(t.port, 65520);
}
END_TEST

START_TEST(defaults_come_from_the_table)
{
	struct thing t = {0};

	key_defaults(keys, KEYS, &t);
	ck_assert_uint_eq(t.count, 7);
	ck_assert_uint_eq(t.size, 65536);
	ck_assert_int_eq(t.time, 980400 * NS_PER_US);
	ck_assert_str_eq(t.text, "abc");
	ck_assert_uint_eq(t.colour, GREEN);
	free(t.text);
}
END_TEST

START_TEST(numbers_are_decimal_or_hex)
{
	static const char *const wrong[] = {"",      " 1",
					    "1 ",    "+1",
					    "-1",    "0x",
					    "1k",    "0x1g",
					    "1.0",   "99999999999999999999",
					    "1e3",   "x1",
					    "0x0x1", "0x00000000000000001"};
	uint64_t n;

	ck_assert(number_parse("010", &n) && n == 10);
	ck_assert(number_parse("0xfF", &n) && n == 255);
	ck_assert(number_parse("0xffffffffffffffff", &n) && n == UINT64_MAX);
	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		ck_assert_msg(!number_parse(wrong[i], &n), "%s", wrong[i]);
}
END_TEST

static void check_source(const char *source, bool fit, const char *errors)
{
	struct diag diag = {0};

	files_enter();
	files_write("t.conf", source);
	ck_assert(schema_check_source("t.conf", &diag) == fit);
	ck_assert_str_eq(text_str(&diag.lines), errors);
	diag_free(&diag);
	files_leave();
}

START_TEST(integers_that_wrap_are_errors)
{
	check_source("a = 2147483647; b = -2147483648; c = 0x7fffffff;\n"
		     "d = 0xCE66AE01L; e = 9223372036854775807L; f = 1e300; g = 4294967296.5;\n"
		     "h = \"0xCE66AE01\"; x4294967296 = 1; # 4294967296\n"
		     "// 4294967296\n"
		     "/* 4294967296\n 4294967296 */ i = \"\\\"4294967296\";\n",
		     true, "");
	check_source("# one\nisn = 0xCE66AE01;\nlist = (\n  { window : 2147483648; }, -2147483649\n"
		     ");\n long = 9223372036854775808L;\n",
		     true,
		     "t.conf:2: isn: expected a number below 2^31: write a larger one as a string, "
		     "\"0xCE66AE01\"\n"
		     "t.conf:4: window: expected a number below 2^31: write a larger one as a "
		     "string, \"2147483648\"\n"
		     "t.conf:4: window: expected a number below 2^31: write a larger one as a "
		     "string, \"-2147483649\"\n"
		     "t.conf:6: long: expected a number below 2^31: write a larger one as a "
		     "string, \"9223372036854775808\"\n");
}
END_TEST

#define LOST                                                                              \
	"unexpected \\x00, which libconfig discards: write \\\\x00, or all octets as in " \
	"hex:00ff\n"

START_TEST(nul_octets_are_errors)
{
	check_source("a = \"\\\\x00 \\x01 \\\\\\\\x00 \\0 x00\"; # \"\\x00\"\n", true, "");
	check_source("a = \"one\\\n\\x00\"; b = \"\\X00\";\nc = ( \"\\\\\\x00\\x000\" );\n", true,
		     "t.conf:2: a: " LOST "t.conf:2: b: " LOST "t.conf:3: c: " LOST
		     "t.conf:3: c: " LOST);
}
END_TEST

START_TEST(include_is_an_error)
{
	check_source("a = \"@include\";\n@include \"b.conf\"\n", false,
		     "t.conf:2: @include: unexpected: name the file in 'load' instead\n");
}
END_TEST

START_TEST(directories_are_not_read)
{
	struct diag diag = {0};
	FILE *f;

	files_enter();
	ck_assert(!schema_check_source("none.conf", &diag));
	ck_assert(!schema_check_source("/", &diag));
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert(!schema_check_source("fifo", &diag));
	f = fopen("binary", "w");
	ck_assert_uint_eq(fwrite("a = 1;\n\0;", 1, 9, f), 9);
	fclose(f);
	ck_assert(!schema_check_source("binary", &diag));
	ck_assert_str_eq(text_str(&diag.lines),
			 "none.conf: cannot read: No such file or directory\n"
			 "/: cannot read: not a regular file\n"
			 "fifo: cannot read: not a regular file\n"
			 "binary:2: expected a text file, got a binary file\n");
	diag_free(&diag);
	files_leave();
}
END_TEST

UNIT_MAIN("schema", every_type_is_read, all_errors_have_their_line,
	  ranges_are_printed_in_the_form_of_the_type, defaults_come_from_the_table,
	  numbers_are_decimal_or_hex, integers_that_wrap_are_errors, nul_octets_are_errors,
	  include_is_an_error, directories_are_not_read)
