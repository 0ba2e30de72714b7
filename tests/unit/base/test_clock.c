/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_number_and_a_unit_is_a_duration)
{
	static const struct {
		const char *text;
		nstime ns;
	} cases[] = {
		{"0", 0},
		{"0s", 0},
		{"1ns", 1},
		{"1us", 1000},
		{"1ms", 1000000},
		{"3s", 3 * NS_PER_S},
		{"2min", 120 * NS_PER_S},
		{"1h", 3600 * NS_PER_S},
		{"980.4ms", 980400000},
		{"0.000000001s", 1},
		{"1.5us", 1500},
		{"0.5h", 1800 * NS_PER_S},
		{"0.0000000000025h", 9},
		{"0.00000000000250000h", 9}, /* 18 digits are the maximum */
		{"87600h", 87600 * 3600 * NS_PER_S},
		{"87840h", 87840 * 3600 * NS_PER_S},
		{"87839.9999999999h", 87840 * 3600 * NS_PER_S - 360},
		{"316223999999999999ns", 316223999999999999},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		nstime ns = -1;

		ck_assert_msg(duration_parse(cases[i].text, &ns), "%s", cases[i].text);
		ck_assert_int_eq(ns, cases[i].ns);
	}
}
END_TEST

START_TEST(other_texts_are_not_durations)
{
	static const char *const cases[] = {
		"",
		"1",
		"s",
		"ms",
		"1 s",
		" 1s",
		"1s ",
		"1S",
		"-1s",
		"+1s",
		"1.s",
		".5s",
		"1..5s",
		"1.5.5s",
		"1e3s",
		"0x1s",
		"1sec",
		"0.5ns",
		"1.0001us",
		"0.0",
		"88000h",
		"87840.0000000001h",
		"316224000000000001ns",
		"1m",
		"99999999999999999999s",
		"0.000000000002500000h",
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		nstime ns = 42;

		ck_assert_msg(!duration_parse(cases[i], &ns), "%s", cases[i]);
		ck_assert_int_eq(ns, 42);
	}
}
END_TEST

START_TEST(durations_are_formatted_exactly)
{
	static const struct {
		nstime ns;
		const char *text;
	} cases[] = {
		{0, "0s"},
		{1, "1ns"},
		{1500, "1.5us"},
		{980400000, "980.4ms"},
		{3 * NS_PER_S, "3s"},
		{3 * NS_PER_S + 1, "3.000000001s"},
		{90 * NS_PER_S, "90s"},
		{120 * NS_PER_S, "2min"},
		{7200 * NS_PER_S, "2h"},
		{7200 * NS_PER_S + NS_PER_MS, "7200.001s"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char buf[32];
		nstime back;

		ck_assert_str_eq(duration_format(cases[i].ns, buf, sizeof(buf)), cases[i].text);
		ck_assert(duration_parse(buf, &back));
		ck_assert_int_eq(back, cases[i].ns);
	}
}
END_TEST

START_TEST(a_short_buffer_is_terminated)
{
	for (size_t size = 1; size < 16; size++) {
		char buf[16];

		memset(buf, 'x', sizeof(buf));
		duration_format(3 * NS_PER_S + 1, buf, size);
		ck_assert_uint_lt(strnlen(buf, sizeof(buf)), size);
	}
}
END_TEST

START_TEST(a_change_of_the_clock_is_detected)
{
	const nstime hour = 3600 * NS_PER_S, t = 1000 * hour;

	ck_assert_int_eq(clock_shift(t, t + 20, t + 50, 0), 0);
	ck_assert_int_eq(clock_shift(t, t + hour, t + 50, 0), -hour);
	ck_assert_int_eq(clock_shift(t, t - hour, t + 50, 0), hour);
	/* A known offset stays, until the clock is set again. */
	ck_assert_int_eq(clock_shift(t, t - hour + 20, t + 50, hour), hour);
	ck_assert_int_eq(clock_shift(t, t + 20, t + 50, hour), -20);
}
END_TEST

START_TEST(a_delayed_thread_is_no_change_of_the_clock)
{
	const nstime t = 1000 * NS_PER_S, aside = 5 * NS_PER_S;

	ck_assert_int_eq(clock_shift(t, t + 20, t + aside, 0), 0);
	ck_assert_int_eq(clock_shift(t, t + aside, t + aside + 20, 0), 0);
	/* But only by the time of the delay. */
	ck_assert_int_eq(clock_shift(t, t + 2 * aside, t + aside, 0), -2 * aside);
}
END_TEST

/* Frames that were stamped before the clock was set and read afterwards. In the normal case, frames
 * that arrive on time, or at the time of the last event. */
START_TEST(times_of_frames_are_clamped)
{
	const nstime hour = 3600 * NS_PER_S, last = 1000 * hour, now = last + 5 * NS_PER_S;

	ck_assert_int_eq(clock_clamp(last + 3, last, now), last + 3);
	ck_assert_int_eq(clock_clamp(last, last, now), last);
	ck_assert_int_eq(clock_clamp(now, last, now), now);
	ck_assert_int_eq(clock_clamp(now + 1, last, now), now);
	ck_assert_int_eq(clock_clamp(now + hour, last, now), now);
	ck_assert_int_eq(clock_clamp(last - 1, last, now), last);
	ck_assert_int_eq(clock_clamp(now - hour, last, now), last);
	ck_assert_int_eq(clock_clamp(0, last, last), last);
	ck_assert_int_eq(clock_clamp(NS_NEVER, last, last), last);
}
END_TEST

START_TEST(seconds_have_microseconds)
{
	/* On i386 a constant has more digits than a double. */
	const double one = 1e-6, minus_two = -2e-6;
	char text[64];

	ck_assert(clock_seconds(0) == 0);
	ck_assert(clock_seconds(1999) == one);
	ck_assert(clock_seconds(-2000) == minus_two);
	for (nstime t = 1796000000 * NS_PER_S; t < 8000000000 * NS_PER_S; t += 77777777777777777) {
		double s = clock_seconds(t);
		long long us = t / NS_PER_US;

		snprintf(text, sizeof(text), "%.6f", s);
		ck_assert_int_eq(strtoll(text, NULL, 10), us / 1000000);
		ck_assert_int_eq(strtoll(strchr(text, '.') + 1, NULL, 10), us % 1000000);
	}
}
END_TEST

UNIT_MAIN("clock", a_change_of_the_clock_is_detected, times_of_frames_are_clamped,
	  seconds_have_microseconds, a_delayed_thread_is_no_change_of_the_clock,
	  a_number_and_a_unit_is_a_duration, other_texts_are_not_durations,
	  durations_are_formatted_exactly, a_short_buffer_is_terminated)
