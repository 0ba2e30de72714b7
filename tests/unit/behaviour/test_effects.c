/* SPDX-License-Identifier: MIT */
/* Effects of rulesets: fields that `lo` does not transport over IPv4, and ICMP errors whose effect
 * the host keeps. */
#include "definitions.h"

#include "behaviour/effects.h"

#include <stdio.h>

/* Returns a behaviour with these rules, compiled with these settings. */
static struct ruleset *with(const char *rules, const struct tcp_settings *settings)
{
	static const struct service service;
	struct ruleset *rs;
	char source[1024];

	snprintf(source, sizeof(source),
		 "behaviours = { x = { summary = \"x\"; rules = ( %s ); }; };", rules);
	define(source, "");
	rs = behaviour_compile(&catalogue, "x", settings, &service, &diag, NULL, 0, NULL);
	ck_assert_msg(rs != NULL, "%s", text_str(&diag.lines));
	catalogue_free(&catalogue);
	return rs;
}

static void lies(const char *rules, const struct tcp_settings *settings, unsigned expected)
{
	struct ruleset *rs = with(rules, settings);

	ck_assert_msg(ruleset_ip_lies(rs) == expected, "%u of %s", ruleset_ip_lies(rs), rules);
	ruleset_put(rs);
}

START_TEST(ip_lies_of_rules)
{
	static const struct {
		const char *rules;
		unsigned lies;
	} cases[] = {
		{"", 0},
		{"{ on = \"send SYN-ACK\"; set = { ip_len = 44; }; }", LIE_IP_LEN},
		{"{ on = \"receive SYN\"; set = { ip_len = 44; }; drop = true; }", 0},
		{"{ on = \"send any\"; set = { checksum = \"bad\"; doff = 4; ttl = 1; df = true; "
		 "}; }",
		 0},
		/* With DF the kernel does not replace an IP ID of 0. */
		{"{ on = \"send any\"; set = { ip_id = 0; }; }", 0},
		{"{ on = \"send any\"; set = { ip_id = 7; df = false; }; }", 0},
		{"{ on = \"send any\"; set = { df = false; }; }", LIE_IP_ID_ZERO},
		{"{ on = \"send any\"; set = { ip_id = 0; df = false; ip_len = 1; }; }",
		 LIE_IP_ID_ZERO | LIE_IP_LEN},
		{"{ on = \"enter ESTABLISHED\"; emit = ( \"R snd.nxt:snd.nxt(0) [iplen 20]\" ); }",
		 LIE_IP_LEN},
		{"{ on = \"enter ESTABLISHED\"; emit = ( \"R snd.nxt:snd.nxt(0) [ipcksum 0]\" ); }",
		 LIE_IP_CHECKSUM},
		{"{ on = \"enter ESTABLISHED\"; emit = ( \"R snd.nxt:snd.nxt(0) [nodf]\" ); }",
		 LIE_IP_ID_ZERO},
		{"{ on = \"enter ESTABLISHED\"; emit = ( \"R snd.nxt:snd.nxt(0) [nodf,id 9]\" ); }",
		 0},
		{"{ on = \"receive SYN\"; emit = ( { icmp = \"too-big\"; mtu = 600; } ); }", 0},
		{"{ on = \"send any\"; emit = ( { copy = { ip_len = 1; }; } ); }", LIE_IP_LEN},
		{"{ on = \"send any\"; set = { ip_options = \"nop\"; ip6_headers = \"hop\"; dscp = "
		 "3; flow = 1; }; }",
		 0},
		{"{ on = \"send any\"; set = { fragment = 8; }; }", 0},
		{"{ on = \"send any\"; set = { trailer = \"x\"; }; }", LIE_IP_LEN},
		{"{ on = \"send any\"; emit = ( { copy = { trailer = \"x\"; }; } ); }", LIE_IP_LEN},
		{"{ on = \"send any\"; set = { cut = 3; }; }",
		 0}, /* the IP length agrees with it */
	};
	struct tcp_settings settings;

	tcp_settings_default(&settings);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		lies(cases[i].rules, &settings, cases[i].lies);
}
END_TEST

START_TEST(ip_lies_of_settings)
{
	static const struct {
		uint8_t policy;
		uint16_t id;
		bool df;
		unsigned lies;
	} cases[] = {
		{IP_ID_ZERO, 0, true, 0},     {IP_ID_ZERO, 0, false, LIE_IP_ID_ZERO},
		{IP_ID_FIXED, 5, false, 0},   {IP_ID_FIXED, 0, false, LIE_IP_ID_ZERO},
		{IP_ID_COUNTER, 1, false, 0}, {IP_ID_COUNTER, 0, false, LIE_IP_ID_ZERO},
	};
	struct tcp_settings settings;

	tcp_settings_default(&settings);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		settings.ip_id_policy = cases[i].policy;
		settings.ip_id = cases[i].id;
		settings.df = cases[i].df;
		lies("", &settings, cases[i].lies);
	}
}
END_TEST

START_TEST(ip_lies_of_two_rules)
{
	static const char *const both = "{ on = \"send SYN-ACK\"; set = { df = false; }; },"
					"{ on = \"send any\"; set = { ip_id = 0; }; }";
	struct tcp_settings settings;

	tcp_settings_default(&settings);
	settings.ip_id_policy = IP_ID_FIXED;
	settings.ip_id = 77;
	lies(both, &settings, LIE_IP_ID_ZERO);
	lies("{ on = \"send any\"; set = { df = false; }; emit = ( { copy = { ip_id = 0; }; } ); }",
	     &settings, LIE_IP_ID_ZERO);
	lies("{ on = \"send SYN-ACK\"; set = { df = false; }; }", &settings, 0);
	lies("{ on = \"send SYN-ACK\"; set = { ip_id = 0; }; }", &settings, 0);
}
END_TEST

START_TEST(headers_of_one_family)
{
	static const struct {
		const char *rules, *over_v4, *over_v6;
	} cases[] = {
		{"{ on = \"send any\"; set = { ttl = 1; trailer = \"x\"; fragment = 8; }; }", NULL,
		 NULL},
		{"{ on = \"send any\"; set = { ip_options = \"nop\"; }; }", NULL, "IP option"},
		{"{ on = \"send any\"; set = { ip6_headers = \"hop\"; }; }", "extension header",
		 NULL},
		{"{ on = \"send any\"; emit = ( { copy = { flow = 1; }; } ); }", "flow label",
		 NULL},
		{"{ on = \"receive any\"; emit = ( { icmp = \"too-big\"; } ); }", NULL, NULL},
		{"{ on = \"receive any\"; emit = ( { icmp = \"source-quench\"; } ); }", NULL,
		 "such ICMP message"},
		{"{ on = \"receive any\"; emit = ( { icmp6 = \"4/2\"; } ); }", "such ICMP message",
		 NULL},
		{"{ on = \"receive any\"; emit = ( { icmp6 = \"4/2\"; }, { icmp = \"3/9\"; } ); }",
		 NULL, NULL},
	};
	struct tcp_settings settings;

	tcp_settings_default(&settings);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct ruleset *rs = with(cases[i].rules, &settings);

		ck_assert_pstr_eq(ruleset_foreign(rs, true), cases[i].over_v4);
		ck_assert_pstr_eq(ruleset_foreign(rs, false), cases[i].over_v6);
		ruleset_put(rs);
	}
}
END_TEST

START_TEST(too_big_lowers_path_mtus)
{
	static const struct {
		const char *rules;
		bool shrinks;
	} cases[] = {
		{"", false},
		{"{ on = \"receive SYN\"; emit = ( { icmp = \"port-unreachable\"; } ); }", false},
		{"{ on = \"receive SYN\"; emit = ( { icmp = \"too-big\"; mtu = 600; } ); }", true},
		{"{ on = \"receive SYN\"; emit = ( { icmp = \"3/4\"; mtu = 600; } ); }", true},
		{"{ on = \"receive SYN\"; emit = ( { icmp6 = \"2/7\"; } ); }", true},
		{"{ on = \"receive SYN\"; emit = ( { icmp = \"2/4\"; icmp6 = \"3/4\"; } ); }",
		 false},
		{"{ on = \"receive SYN\"; emit = ( \"R 0:0(0)\" ); },"
		 "{ on = \"receive DATA\"; emit = ( \"R 0:0(0)\", { icmp = \"too-big\"; } ); }",
		 true},
	};
	struct tcp_settings settings;

	tcp_settings_default(&settings);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct ruleset *rs = with(cases[i].rules, &settings);

		ck_assert_msg(ruleset_shrinks_paths(rs) == cases[i].shrinks, "%s", cases[i].rules);
		ruleset_put(rs);
	}
}
END_TEST

UNIT_MAIN("effects", ip_lies_of_rules, ip_lies_of_settings, ip_lies_of_two_rules,
	  headers_of_one_family, too_big_lowers_path_mtus)
