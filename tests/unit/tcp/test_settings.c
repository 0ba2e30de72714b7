/* SPDX-License-Identifier: MIT */
#include "tcp/settings.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

static const struct key *key_named(const char *name)
{
	for (size_t i = 0; i < tcp_settings_keys_count; i++)
		if (strcmp(tcp_settings_keys[i].name, name) == 0)
			return &tcp_settings_keys[i];
	ck_abort_msg("no tcp key %s", name);
}

static void wrong(const char *name, const char *text, const char *message)
{
	struct tcp_settings s;
	char *told = NULL;

	tcp_settings_default(&s);
	ck_assert(!key_read(key_named(name), text, &s, &told));
	ck_assert_str_eq(told, message);
	free(told);
}

static struct tcp_settings right(const char *name, const char *text)
{
	struct tcp_settings s;
	char *told = NULL;

	tcp_settings_default(&s);
	ck_assert_msg(key_read(key_named(name), text, &s, &told), "%s", told);
	return s;
}

START_TEST(keys_accept_their_forms)
{
	ck_assert_uint_eq(right("wscale", "auto").wscale, WSCALE_AUTO);
	ck_assert_uint_eq(right("wscale", "14").wscale, 14);
	ck_assert_uint_eq(right("ip_id", "zero").ip_id_policy, IP_ID_ZERO);
	ck_assert_uint_eq(right("ip_id", "23296").ip_id_policy, IP_ID_FIXED);
	ck_assert_uint_eq(right("ip_id", "0x5B00").ip_id, 0x5b00);
	ck_assert_uint_eq(right("ip_id", "counter").ip_id_policy, IP_ID_COUNTER);
	ck_assert_uint_eq(right("ip_id", "counter:7").ip_id, 7);
	ck_assert_uint_eq(right("ip_id", "counter:7").ip_id_policy, IP_ID_COUNTER);
	ck_assert(right("fin_ack", "merged").fin_ack_merged);
	ck_assert(!right("fin_ack", "separate").fin_ack_merged);
	ck_assert_uint_eq(right("isn", "0xF2083313").iss, 0xF2083313);
	ck_assert(right("isn", "0").iss_given);
	ck_assert_uint_eq(right("options", "").options.count, 0);
	ck_assert_uint_eq(right("options", "mss,raw fd00").options.count, 2);
	ck_assert_int_eq(right("fin_wait_2", "0").fin_wait_2, 0);
	ck_assert_uint_eq(right("fast_open_cookie", "38").fast_open_cookie, FAST_OPEN_COOKIE_MAX);
	ck_assert(!right("fast_open_cookie", "8").fast_open_any);
	ck_assert_uint_eq(right("fast_open_cookie", "any").fast_open_cookie, FAST_OPEN_COOKIE);
	ck_assert(right("fast_open_cookie", "any").fast_open_any);
}
END_TEST

START_TEST(keys_reject_invalid_values)
{
	wrong("wscale", "15", "expected auto, or a number from 0 to 14, got '15'");
	wrong("ip_id", "65536",
	      "expected zero, counter, counter:N or a number from 0 to 65535, got '65536'");
	wrong("ip_id", "counter:",
	      "expected zero, counter, counter:N or a number from 0 to 65535, got 'counter:'");
	wrong("window", "1073741825", "expected a number from 0 to 1073741824, got '1073741825'");
	wrong("fin_ack", "joined", "expected separate or merged, got 'joined'");
	wrong("fast_open_cookie", "39", "expected any, or a number from 1 to 38, got '39'");
	wrong("fast_open_cookie", "0", "expected any, or a number from 1 to 38, got '0'");
	wrong("fast_open_cookie", "none", "expected any, or a number from 1 to 38, got 'none'");
	wrong("ttl", "256", "expected a number from 0 to 255, got '256'");
	wrong("rto_min", "0s", "expected a duration from 1ms to 1h, got '0s'");
}
END_TEST

/* Values from RFCs, and defaults that a client could observe. */
START_TEST(defaults_conform)
{
	struct tcp_settings s;

	memset(&s, 0xa5, sizeof(s)); /* all fields must be overwritten */
	tcp_settings_default(&s);
	ck_assert_int_eq(s.rto_initial, NS_PER_S);     /* RFC 6298 2.1 */
	ck_assert_int_eq(s.rto_min, NS_PER_S);         /* RFC 6298 2.4 */
	ck_assert_int_eq(s.rto_max, 60 * NS_PER_S);    /* RFC 6298 2.5 */
	ck_assert_int_eq(s.r2_syn, 180 * NS_PER_S);    /* RFC 9293 MUST-23 */
	ck_assert_int_eq(s.r2, 100 * NS_PER_S);        /* RFC 9293 SHLD-11 */
	ck_assert_int_lt(s.delayed_ack, NS_PER_S / 2); /* RFC 9293 MUST-59 */
	ck_assert_int_eq(s.keepalive, 0);              /* RFC 9293 MUST-25 */
	ck_assert_int_eq(s.ts_tick, NS_PER_MS);        /* RFC 7323 5.4 */
	ck_assert(s.timestamps && s.window_scaling && s.sack && s.sws_avoidance && s.df);
	ck_assert(!s.iss_given && !s.ts_offset_given && !s.ts_start_given);
	ck_assert(!s.nagle && !s.fast_open && !s.fast_open_any && !s.fin_ack_merged);
	ck_assert_uint_eq(s.wscale, WSCALE_AUTO);
	ck_assert_uint_eq(s.window, 65535);
	ck_assert_uint_eq(s.mss, 0);
	ck_assert_uint_eq(s.ecn, ECN_ANSWER);
	ck_assert_uint_eq(s.ttl, 64);
	ck_assert_uint_eq(s.ip_id_policy, IP_ID_ZERO);
	ck_assert_uint_eq(s.fast_open_cookie, FAST_OPEN_COOKIE);
	ck_assert_uint_eq(s.options.count, 6);
}
END_TEST

UNIT_MAIN("settings", keys_accept_their_forms, keys_reject_invalid_values, defaults_conform)
