/* SPDX-License-Identifier: MIT */
/* The key `tuns` of config files. */
#include "addresses.h"
#include "loading.h"

#include <stdio.h>

static const char *tun_of(const struct config *c, const char *network)
{
	const struct prefix p = prefix_of(network);
	const struct tun_config *t = config_tun_of(c, &p);

	return t ? t->name : "-";
}

START_TEST(tuns)
{
	struct config *c =
		right("tuns = ( { name = \"synack0\"; networks = ( \"10.123.0.0/16\",\n"
		      "  \"fd12:3456::/64\" ); },\n"
		      "{ name = \"synack1\"; networks = \"10.0.0.0/30\"; persistent = true;\n"
		      "  mtu = 9000; } );\n");
	char text[ADDR_TEXT_MAX];

	ck_assert_uint_eq(c->tuns, 2);
	ck_assert_str_eq(c->tun[0].name, "synack0");
	ck_assert_uint_eq(c->tun[0].networks, 2);
	ck_assert_str_eq(prefix_format(&c->tun[0].network[1], text), "fd12:3456::/64");
	ck_assert(!c->tun[0].persistent);
	ck_assert_uint_eq(c->tun[0].mtu, 1500);
	ck_assert(c->tun[1].persistent);
	ck_assert_uint_eq(c->tun[1].mtu, 9000);
	/* The networks of the devices are allowed clients. */
	ck_assert_uint_eq(c->clients, 5);
	ck_assert_str_eq(prefix_format(&c->client[2].network, text), "10.123.0.0/16");
	ck_assert_str_eq(prefix_format(&c->client[4].network, text), "10.0.0.0/30");
	ck_assert_str_eq(tun_of(c, "10.123.9.9"), "synack0");
	ck_assert_str_eq(tun_of(c, "10.123.0.0/16"), "synack0");
	ck_assert_str_eq(tun_of(c, "10.0.0.0/8"), "-"); /* only a part is in a network */
	ck_assert_str_eq(tun_of(c, "10.0.0.1"), "synack1");
	ck_assert_str_eq(tun_of(c, "10.0.0.4"), "-");
	ck_assert_str_eq(tun_of(c, "fd12:3456:0:1::"), "-");
	config_free(c);
	files_leave();
}
END_TEST

START_TEST(invalid_tuns)
{
	static const char network[] = "expected a network of unicast addresses with a prefix of at "
				      "most 30 bits (IPv6: 126), as in \"10.123.0.0/16\"\n";
	char errors[2048];

	snprintf(errors, sizeof(errors),
		 "m.conf:2: tuns[0]: missing key 'name'\n"
		 "m.conf:2: tuns[0]: missing key 'networks'\n"
		 "m.conf:3: tuns[1].mtu: expected a number from 1280 to 65535, got '1279'\n"
		 "m.conf:3: tuns[1].name: expected the name of an interface, such as \"synack0\", "
		 "got 'a/b'\n"
		 "m.conf:3: tuns[1].networks: expected at least one network\n"
		 "m.conf:4: tuns[2].nmae: unknown key 'nmae'; did you mean 'name'?\n"
		 "m.conf:4: tuns[2].networks[0]: %s"
		 "m.conf:4: tuns[2].networks[1]: %s"
		 "m.conf:4: tuns[2].networks[2]: %s"
		 "m.conf:4: tuns[2].networks[3]: %s"
		 "m.conf:5: tuns[3].networks: network in use: it overlaps a network of 'c'\n"
		 "m.conf:6: tuns[4].name: expected a text of 1 to 15 octets, got "
		 "'sixteen-octets-x'\n"
		 "m.conf:6: tuns[4].networks: %s"
		 "m.conf:7: tuns[5].name: duplicate name 'c'\n"
		 "m.conf:8: tuns[6]: expected a group, { KEY = VALUE; … }\n",
		 network, network, network, network, network);
	wrong("tuns = (\n"
	      "{ },\n"
	      "{ name = \"a/b\"; networks = ( ); mtu = 1279; },\n"
	      "{ name = \"c\"; nmae = 1; networks = ( \"10.0.0.0/31\", \"224.0.0.0/8\", "
	      "\"127.1.0.0/16\", \"::/127\", \"10.0.0.0/8\" ); },\n"
	      "{ name = \"d\"; networks = \"10.1.0.0/16\"; },\n"
	      "{ name = \"sixteen-octets-x\"; networks = 7; },\n"
	      "{ name = \"c\"; networks = \"11.0.0.0/8\"; },\n"
	      "7 );\n",
	      errors);
	wrong("tuns = { };", "m.conf:1: tuns: expected a list, ( { name = …; … }, { … } )\n");
}
END_TEST

UNIT_MAIN("tuns", tuns, invalid_tuns)
