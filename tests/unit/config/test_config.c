/* SPDX-License-Identifier: MIT */
#include "control/protocol.h"
#include "loading.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(an_empty_file_has_the_defaults)
{
	struct config *c = right("");
	char text[ADDR_TEXT_MAX];

	ck_assert_str_eq(c->path, "m.conf");
	ck_assert_str_eq(c->control_path, CONTROL_PATH);
	ck_assert_str_eq(c->control_group, "");
	ck_assert_int_eq(c->control_read, READ_GROUP);
	ck_assert_str_eq(c->user, "");
	ck_assert_int_eq(c->log_level, LOG_LEVEL_INFO);
	ck_assert(!c->has_seed);
	ck_assert_uint_eq(c->trace_size, 16 << 20);
	ck_assert_uint_eq(c->half_open_max, 1048576);
	ck_assert_uint_eq(c->connections_max, 131072);
	ck_assert_uint_eq(c->time_wait_max, 262144);
	ck_assert_uint_eq(c->delayed_max, 1048576);
	ck_assert_uint_eq(c->reflection_rate, 100 << 20);
	ck_assert_uint_eq(c->interfaces, 0);
	ck_assert_uint_eq(c->tuns, 0);
	ck_assert_uint_eq(c->endpoints, 0);
	ck_assert_uint_eq(c->clients, 2);
	ck_assert_str_eq(prefix_format(&c->client[0].network, text), "127.0.0.0/8");
	ck_assert_str_eq(prefix_format(&c->client[1].network, text), "::1");
	config_free(c);
	files_leave();
}
END_TEST

START_TEST(every_key_is_read)
{
	struct config *c = right(
		ACCEPT "control = { path = \"/tmp/c\"; group = \"wheel\"; read = \"everyone\"; };\n"
		       "user = \"nobody\"; log_level = \"debug\"; seed = \"0xfedcba9876543210\";\n"
		       "trace_size = \"1G\"; half_open_max = 5; connections_max = 6;\n"
		       "time_wait_max = 8; delayed_max = 7; reflection_rate = \"5k\"; interfaces = "
		       "( \"eth0\", \"lo\" ); "
		       "clients = \"10.0.0.0/8\";\n"
		       "endpoints = (\n"
		       "  { close = \"reply\"; name = \"a\"; address = \"2001:db8::/32\";\n"
		       "    ports = \"80-90\"; service = \"banner:hi\\\\x00\"; ttl = 1; isn = "
		       "\"0xCE66AE01\"; "
		       "},\n"
		       "  { name = \"b/c\"; address = \"192.0.2.1\"; ports = 7002; }\n"
		       ");\n");
	const struct endpoint_config *e = c->endpoint;
	char text[ADDR_TEXT_MAX];

	ck_assert_str_eq(c->control_path, "/tmp/c");
	ck_assert_str_eq(c->control_group, "wheel");
	ck_assert_int_eq(c->control_read, READ_EVERYONE);
	ck_assert_str_eq(c->user, "nobody");
	ck_assert_int_eq(c->log_level, LOG_LEVEL_DEBUG);
	ck_assert(c->has_seed);
	ck_assert_uint_eq(c->seed, 0xfedcba9876543210);
	ck_assert_uint_eq(c->trace_size, 1 << 30);
	ck_assert_uint_eq(c->half_open_max, 5);
	ck_assert_uint_eq(c->connections_max, 6);
	ck_assert_uint_eq(c->time_wait_max, 8);
	ck_assert_uint_eq(c->delayed_max, 7);
	ck_assert_uint_eq(c->reflection_rate, 5 << 10);
	ck_assert_uint_eq(c->interfaces, 2);
	ck_assert_str_eq(c->interface[1], "lo");
	ck_assert_uint_eq(c->clients, 1);
	ck_assert_uint_eq(c->endpoints, 2);
	ck_assert_str_eq(e->name, "a");
	ck_assert_str_eq(prefix_format(&e->address, text), "2001:db8::/32");
	ck_assert_uint_eq(e->port_from, 80);
	ck_assert_uint_eq(e->port_to, 90);
	ck_assert_str_eq(service_name(&e->service), "banner");
	ck_assert_str_eq(e->service.argument, "hi\\x00");
	ck_assert_uint_eq(e->service.octets_len, 3);
	ck_assert_mem_eq(e->service.octets, "hi", 3);
	ck_assert_mem_eq(e->rules->service.octets, "hi", 3);
	ck_assert_uint_eq(e->service.close, CLOSE_REPLY);
	ck_assert_uint_eq(e->tcp.ttl, 1);
	ck_assert_uint_eq(e->rules->tcp.iss, 0xCE66AE01);
	ck_assert_uint_eq(e->rules->service.close, CLOSE_REPLY);
	ck_assert_str_eq(e->file, "m.conf");
	ck_assert_uint_eq(e->line, 7);
	ck_assert_str_eq(e[1].behaviour, "accept");
	ck_assert_str_eq(service_name(&e[1].service), "http");
	ck_assert_uint_eq(e[1].service.close, CLOSE_AT_EOF);
	ck_assert_uint_eq(e[1].port_from, 7002);
	ck_assert_uint_eq(e[1].port_to, 7002);
	config_free(c);
	files_leave();
}
END_TEST

START_TEST(clients_have_bounds)
{
	struct config *c =
		right(ACCEPT "clients = ( \"192.0.2.0/24\",\n"
			     "  { network = \"10.0.0.0/8\"; amplification = 3; rate = \"64k\"; },\n"
			     "  { network = \"2001:db8::/32\"; amplification = 0; rate = 0; } );\n"
			     "tuns = ( { name = \"synack0\"; networks = \"10.123.0.0/16\"; } );\n");

	ck_assert_uint_eq(c->clients, 4);
	ck_assert_uint_eq(c->client[0].amplification, 3);
	ck_assert_uint_eq(c->client[0].rate, 10 << 20);
	ck_assert_uint_eq(c->client[1].amplification, 3);
	ck_assert_uint_eq(c->client[1].rate, 64 << 10);
	ck_assert_uint_eq(c->client[2].amplification, 0);
	ck_assert_uint_eq(c->client[2].rate, 0);
	/* The network of the device; on other links it has the default bounds. */
	ck_assert(c->client[3].tun && !c->client[0].tun);
	ck_assert_uint_eq(c->client[3].amplification, 3);
	ck_assert_uint_eq(c->client[3].rate, 10 << 20);
	config_free(c);
	files_leave();
	wrong(ACCEPT
	      "clients = ( { amplification = -1; }, { network = \"x\"; rate = \"fast\"; } );\n",
	      "m.conf:2: clients[0].amplification: expected a number from 0 to 1000000, got '-1'\n"
	      "m.conf:2: clients[0]: missing key 'network'\n"
	      "m.conf:2: clients[1].network: expected an address or a prefix, as in "
	      "192.0.2.0/24, got 'x'\n"
	      "m.conf:2: clients[1].rate: expected a size such as 64k, 16M or 1G, got 'fast'\n");
}
END_TEST

START_TEST(all_errors_are_reported)
{
	wrong(ACCEPT "log_level = \"loud\";\n"
		     "seed = -1;\n"
		     "trace_size = \"1k\";\n"
		     "half_open_max = 0;\n"
		     "control = { path = \"\"; gruop = \"x\"; };\n"
		     "interfaces = ( \"a-very-long-name\", 3 );\n"
		     "clients = ( \"127.0.0.1/8\", \"elsewhere\" );\n"
		     "endpionts = ( );\n"
		     "user = 0;\n",
	      "m.conf:2: log_level: expected error, warning, info or debug, got 'loud'\n"
	      "m.conf:3: seed: expected a number below 2^63, decimal or 0x hex, got '-1'\n"
	      "m.conf:4: trace_size: expected a size from 64k to 64G, got '1k'\n"
	      "m.conf:5: half_open_max: expected a number from 1 to 16777216, got '0'\n"
	      "m.conf:9: endpionts: unknown key 'endpionts'; did you mean 'endpoints'?\n"
	      "m.conf:10: user: expected a string in quotes\n"
	      "m.conf:6: control.path: expected a text of 1 to 107 octets, got ''\n"
	      "m.conf:6: control.gruop: unknown key 'gruop'; did you mean 'group'?\n"
	      "m.conf:7: interfaces[0]: expected the name of an interface, such as \"eth0\"\n"
	      "m.conf:7: interfaces[1]: expected the name of an interface, such as \"eth0\"\n"
	      "m.conf:8: clients[0]: expected 127.0.0.0/8 or 127.0.0.1, got '127.0.0.1/8', which "
	      "has host bits\n"
	      "m.conf:8: clients[1]: expected an address or a prefix, as in 192.0.2.0/24, got "
	      "'elsewhere'\n");
}
END_TEST

START_TEST(invalid_endpoints)
{
	wrong(ACCEPT "endpoints = (\n"
		     "{ },\n"
		     "{ name = \"a b\"; address = \"localhost\"; ports = \"90-80\"; },\n"
		     "{ name = \"c\"; address = \"::1\"; ports = 0; service = \"htpp\";\n"
		     "  behaviour = \"acept\"; },\n"
		     "{ name = \"d\"; address = \"::1\"; ports = \"80-65536\"; prots = 80;\n"
		     "  close = \"later\"; mss = 70000; behaviour = 3; },\n"
		     "{ name = \"e\"; address = \"::1\"; ports = 1; rto_min = \"61s\"; },\n"
		     "7 );\n",
	      "m.conf:3: endpoints[0]: missing key 'name'\n"
	      "m.conf:3: endpoints[0]: missing key 'address'\n"
	      "m.conf:3: endpoints[0]: missing key 'ports'\n"
	      "m.conf:4: endpoints[1].address: expected an address or a prefix, as in "
	      "192.0.2.0/24, got 'localhost'\n"
	      "m.conf:4: endpoints[1].ports: expected a port from 1 to 65535, or a range such as "
	      "80-90, got '90-80'\n"
	      "m.conf:4: endpoints[1].name: expected a name of letters, digits and . _ - /, got 'a "
	      "b'\n"
	      "m.conf:5: endpoints[2].ports: expected a port from 1 to 65535, or a range such as "
	      "80-90, got '0'\n"
	      "m.conf:5: endpoints[2].service: expected a service (discard, echo, chargen, "
	      "banner:TEXT, http, http:early[=STATUS], report, relay:HOST:PORT), got 'htpp'\n"
	      "m.conf:6: endpoints[2].behaviour: unknown behaviour 'acept'; did you mean "
	      "'accept'?\n"
	      "m.conf:7: endpoints[3].ports: expected a port from 1 to 65535, or a range such as "
	      "80-90, got '80-65536'\n"
	      "m.conf:7: endpoints[3].prots: unknown key 'prots'; did you mean 'ports'?\n"
	      "m.conf:8: endpoints[3].close: expected eof, reply, leave or never, got 'later'\n"
	      "m.conf:8: endpoints[3].mss: expected a number from 0 to 65535, got '70000'\n"
	      "m.conf:8: endpoints[3].behaviour: expected a string in quotes\n"
	      "m.conf:9: endpoints[4]: expected a 'rto_min' of at most 'rto_max'\n"
	      "m.conf:10: endpoints[5]: expected a group, { KEY = VALUE; … }\n");
	wrong("endpoints = { };", "m.conf:1: endpoints: expected a list, ( { name = …; … }, { … } "
				  ")\n");
}
END_TEST

START_TEST(names_and_addresses_are_unique)
{
	wrong(ACCEPT "endpoints = (\n"
		     "{ name = \"a\"; address = \"10.0.0.1\"; ports = 80; },\n"
		     "{ name = \"a\"; address = \"10.0.0.2\"; ports = 80; },\n"
		     "{ name = \"b\"; address = \"10.0.0.1\"; ports = \"80-80\"; },\n"
		     "{ name = \"c\"; address = \"10.0.0.0/8\"; ports = \"80-90\"; },\n"
		     "{ name = \"d\"; address = \"10.0.0.0/8\"; ports = \"90-100\"; },\n"
		     "{ name = \"e\"; address = \"10.0.0.0/8\"; ports = \"1-65535\"; } );\n",
	      "m.conf:4: a: name in use by the endpoint at m.conf:3: choose another name\n"
	      "m.conf:7: d: 10.0.0.0/8 port 90 in use by 'c': choose another address or port\n"
	      "m.conf:5: b: 10.0.0.1 port 80 in use by 'a': choose another address or port\n");
}
END_TEST

START_TEST(a_catalogue_has_an_endpoint_for_each_number)
{
	struct config *c = right(
		"behaviours = {\n"
		"  late = { number = 2; summary = \"Late\"; rules = ( { on = \"receive SYN\";\n"
		"           hold = \"3s\"; } ); };\n"
		"  accept = { number = 1; summary = \"Opens\"; };\n"
		"  without = { summary = \"No number\"; };\n"
		"};\n"
		"catalogues = ( { name = \"v6\"; address = \"::1\"; base = 65533; ttl = 9;\n"
		"                 service = \"banner:x\"; } );\n");

	ck_assert_uint_eq(c->endpoints, 2);
	ck_assert_str_eq(c->endpoint[0].name, "v6/accept");
	ck_assert_uint_eq(c->endpoint[0].port_from, 65534);
	ck_assert_str_eq(c->endpoint[1].name, "v6/late");
	ck_assert_uint_eq(c->endpoint[1].port_from, 65535);
	ck_assert_uint_eq(c->endpoint[1].port_to, 65535);
	ck_assert_str_eq(c->endpoint[1].behaviour, "late");
	ck_assert_uint_eq(c->endpoint[1].rules->rules, 1);
	ck_assert_uint_eq(c->endpoint[1].rules->tcp.ttl, 9);
	ck_assert_str_eq(c->endpoint[1].rules->service.argument, "x");
	config_free(c);
	files_leave();
	wrong(ACCEPT "catalogues = ( { name = \"v4\"; address = \"127.0.0.1\"; base = 65535; },\n"
		     "{ name = \"v6\"; address = \"::1\"; base = 65536; ports = 1; }, { } );\n",
	      "m.conf:2: catalogues[0].base: expected at most 65534: 'accept' has the number 1, "
	      "and the highest port is 65535\n"
	      "m.conf:3: catalogues[1].base: expected a number from 0 to 65535, got '65536'\n"
	      "m.conf:3: catalogues[1].ports: unexpected key 'ports': it belongs in 'endpoints'\n"
	      "m.conf:3: catalogues[2]: missing key 'name'\n"
	      "m.conf:3: catalogues[2]: missing key 'address'\n"
	      "m.conf:3: catalogues[2]: missing key 'base'\n");
}
END_TEST

START_TEST(a_catalogue_may_give_addresses)
{
	static const char behaviours[] = "behaviours = {\n"
					 "  accept = { number = 1; summary = \"Opens\"; };\n"
					 "  late = { number = 258; summary = \"Late\"; }; };\n";
	char source[1024], text[ADDR_TEXT_MAX];
	struct config *c;

	snprintf(source, sizeof(source),
		 "%scatalogues = ( { name = \"t4\"; network = \"10.123.0.0/16\"; },\n"
		 "{ name = \"t6\"; network = \"fd12::/64\"; ttl = 9; } );\n",
		 behaviours);
	c = right(source);
	ck_assert_uint_eq(c->endpoints, 4);
	ck_assert_str_eq(c->endpoint[0].name, "t4/accept");
	ck_assert_str_eq(prefix_format(&c->endpoint[0].address, text), "10.123.0.1");
	ck_assert_uint_eq(c->endpoint[0].port_from, 1);
	ck_assert_uint_eq(c->endpoint[0].port_to, 65535);
	ck_assert_str_eq(prefix_format(&c->endpoint[1].address, text), "10.123.1.2");
	ck_assert_str_eq(prefix_format(&c->endpoint[2].address, text), "fd12::1");
	ck_assert_str_eq(prefix_format(&c->endpoint[3].address, text), "fd12::102");
	ck_assert_uint_eq(c->endpoint[3].rules->tcp.ttl, 9);
	config_free(c);
	files_leave();
	snprintf(source, sizeof(source),
		 "%scatalogues = (\n{ name = \"a\"; network = \"10.0.0.0/24\"; },\n"
		 "{ name = \"b\"; network = \"10.0.0.0/16\"; address = \"::1\"; base = 5; },\n"
		 "{ name = \"c\"; network = \"10.0.0.1\"; },\n"
		 "{ name = \"d\"; network = \"10.9.0.0/30\"; } );\n"
		 "endpoints = ( { name = \"e\"; network = \"10.0.0.0/8\"; address = \"::1\"; "
		 "ports = 5; } );\n",
		 behaviours);
	wrong(source,
	      "m.conf:9: endpoints[0].network: unexpected key 'network': it belongs in 'clients' "
	      "or in 'catalogues'\n"
	      "m.conf:5: catalogues[0].network: expected a larger network: 'late' has the number "
	      "258, which must be below that of the last address, 10.0.0.254\n"
	      "m.conf:6: catalogues[1].address: expected either 'network', or 'address' and "
	      "'base'\n"
	      "m.conf:6: catalogues[1].base: expected either 'network', or 'address' and 'base'\n"
	      "m.conf:7: catalogues[2].network: expected a network, as in 10.123.0.0/16, got "
	      "'10.0.0.1'\n"
	      "m.conf:8: catalogues[3].network: expected a larger network: 'late' has the number "
	      "258, which must be below that of the last address, 10.9.0.2\n");
	/* 254 is the address of the kernel's end, 253 is valid. */
	wrong("behaviours = { x = { number = 254; summary = \"X\"; }; };\n"
	      "catalogues = ( { name = \"a\"; network = \"10.0.0.0/24\"; } );",
	      "m.conf:2: catalogues[0].network: expected a larger network: 'x' has the number 254, "
	      "which must be below that of the last address, 10.0.0.254\n");
	c = right("behaviours = { x = { number = 253; summary = \"X\"; }; };\n"
		  "catalogues = ( { name = \"a\"; network = \"10.0.0.0/24\"; } );");
	config_free(c);
	files_leave();
}
END_TEST

START_TEST(load_paths_are_relative_to_their_file)
{
	struct diag diag = {0};
	struct config *c;

	files_enter();
	ck_assert_int_eq(mkdir("b[1]*", 0700), 0);
	ck_assert_int_eq(mkdir("b[1]*/more", 0700), 0);
	files_write("b[1]*/m.conf", "load = ( \"more/*.conf\", \"more/x.conf\" );\n"
				    "behaviours = { own = { number = 3; summary = \"Own\"; }; };\n"
				    "endpoints = ( { name = \"e\"; address = \"::1\"; ports = 1;\n"
				    "behaviour = \"own+x+y\"; } );\n");
	files_write("b[1]*/more/x.conf", "behaviours = { x = { number = 1; summary = \"X\"; }; };");
	files_write("b[1]*/more/y.conf", "behaviours = { y = { number = 2; summary = \"Y\"; }; };");
	c = config_load("b[1]*/m.conf", NULL, &diag);
	ck_assert_msg(c != NULL, "%s", text_str(&diag.lines));
	ck_assert_uint_eq(c->catalogue.count, 3);
	ck_assert_str_eq(c->catalogue.behaviour[0].file, "b[1]*/more/x.conf");
	ck_assert_str_eq(c->catalogue.behaviour[2].file, "b[1]*/m.conf");
	config_free(c);
	files_leave();
}
END_TEST

START_TEST(invalid_files)
{
	files_enter();
	files_write("m.conf", "load = ( \"none/*.conf\", \"x.conf\", \"y.conf\", \"z.conf\", 5 );\n"
			      "endpoints = ( { name = \"e\"; address = \"::1\"; ports = 1;\n"
			      "behaviour = \"nobody-knows\"; } );\n");
	files_write("x.conf", "behaviours = {\n  x = { number = = 1; };\n};");
	files_write("y.conf", "behaviours = { y = { number = 1; summary = \"Y\"; }; };\n"
			      "endpionts = ( );");
	files_write("z.conf", "behaviours = {\n y = { number = 2; summary = \"Y\"; };\n"
			      " z = { number = 1; summary = \"Z\"; };\n};\n");
	load_expecting(
		"m.conf:1: load[0]: no file matches 'none/*.conf'\n"
		"x.conf:2: syntax error: expected KEY = VALUE, and no comma before a closing "
		"bracket; the error may be on the line before\n"
		"y.conf:2: endpionts: unknown key 'endpionts'; did you mean 'endpoints'?\n"
		"z.conf:2: behaviours.y: duplicate behaviour: defined at y.conf:1: choose another "
		"name; 'extends' can include the existing one\n"
		"m.conf:1: load[4]: expected a file or a pattern in quotes\n"
		"z.conf:3: z: number 1 in use by 'y' at y.conf:1: choose another number\n");
	files_write("m.conf", "a = 1;\na = 2;\n");
	load_expecting("m.conf:2: syntax error: duplicate setting name\n");
	files_write("m.conf", "load = ( \"x.conf\", );");
	load_expecting("m.conf:1: syntax error: expected KEY = VALUE, and no comma before a "
		       "closing bracket; the error may be on the line before\n");
	ck_assert_int_eq(unlink("m.conf"), 0);
	load_expecting("m.conf: cannot read: No such file or directory\n");
	files_leave();
}
END_TEST

START_TEST(invalid_suites)
{
	wrong(ACCEPT
	      "suites = {\n"
	      " one = { scenarios = ( { name = \"accept\"; }, { name = \"b\"; behaviour = "
	      "\"acept\"; },\n"
	      " { name = \"c\"; behaviour = \"accept\"; service = \"htp\"; family = 5; } ); };\n"
	      " two = { includes = \"oen, one\"; };\n"
	      " ring = { includes = \"two, chain\"; };\n"
	      " chain = { includes = \"ring\"; };\n};\n",
	      "m.conf:4: suites.one.scenarios[2].family: expected 4 or 6, got 5\n"
	      "m.conf:3: suites.one.scenarios[1]: unknown behaviour 'acept'; did you mean "
	      "'accept'?\n"
	      "m.conf:3: suites.one.scenarios[2]: service: expected a service (discard, echo, "
	      "chargen, banner:TEXT, http, http:early[=STATUS], report, relay:HOST:PORT), got "
	      "'htp'\n"
	      "m.conf:5: suites.two.includes: unknown suite 'oen'; did you mean 'one'?\n"
	      "m.conf:6: suites.ring.includes: 'ring' includes itself, directly or by another "
	      "suite\n"
	      "m.conf:7: suites.chain.includes: 'chain' includes itself, directly or by another "
	      "suite\n");
}
END_TEST

START_TEST(numbers_of_behaviours_become_names)
{
	struct config *c = right(
		ACCEPT
		"endpoints = ( { name = \"a\"; address = \"::1\"; ports = 1; behaviour = \"1\"; } "
		");\n"
		"suites = { one = { scenarios = ( { name = \"s\"; behaviour = \"1\"; } ); }; };\n"
		"profiles = ( { name = \"p\"; deviations = ( { requirement = \"MUST-14\";\n"
		"  behaviour = \"1\"; why = \"so\"; } ); } );\n");

	ck_assert_str_eq(config_find_endpoint(c, "a")->behaviour, "accept");
	ck_assert_str_eq(c->suites.suite[0].scenario[0].behaviour, "accept");
	ck_assert_str_eq(c->profile[0].deviation[0].behaviour, "accept");
	config_free(c);
	files_leave();
}
END_TEST

START_TEST(integers_that_wrap_are_errors)
{
	wrong(ACCEPT "endpoints = ( { name = \"a\"; address = \"::1\"; ports = 1;\n"
		     "isn = 0xCE66AE01; } );",
	      "m.conf:3: isn: expected a number below 2^31: write a larger one as a string, "
	      "\"0xCE66AE01\"\n"
	      "m.conf:3: endpoints[0].isn: expected a number below 2^32, such as 0xCE66AE01, got "
	      "'-832131583'\n");
}
END_TEST

START_TEST(endpoints_are_found_by_name_and_by_address)
{
	struct config *c =
		right(ACCEPT "endpoints = (\n"
			     "{ name = \"net\"; address = \"10.0.0.0/8\"; ports = \"1-65535\"; },\n"
			     "{ name = \"host\"; address = \"10.0.0.1\"; ports = \"80-90\"; },\n"
			     "{ name = \"port\"; address = \"10.0.0.1\"; ports = 85; },\n"
			     "{ name = \"six\"; address = \"::1\"; ports = 85; } );\n");

	ck_assert_str_eq(config_find_endpoint(c, "host")->name, "host");
	ck_assert_str_eq(config_find_endpoint(c, "10.0.0.1:85")->name, "port");
	ck_assert_str_eq(config_find_endpoint(c, "10.0.0.1:90")->name, "host");
	ck_assert_str_eq(config_find_endpoint(c, "10.0.0.1:91")->name, "net");
	ck_assert_str_eq(config_find_endpoint(c, "[::1]:85")->name, "six");
	ck_assert_ptr_null(config_find_endpoint(c, "[::1]:86"));
	ck_assert_ptr_null(config_find_endpoint(c, "11.0.0.1:85"));
	ck_assert_ptr_null(config_find_endpoint(c, "10.0.0.1:65621")); /* 85 + 2^16 */
	ck_assert_ptr_null(config_find_endpoint(c, "10.0.0.1:"));
	ck_assert_ptr_null(config_find_endpoint(c, ":85"));
	ck_assert_ptr_null(config_find_endpoint(c, ""));
	config_free(c);
	files_leave();
}
END_TEST

#define TOO_BIG                                                                               \
	"behaviours = { accept = { number = 1; summary = \"Opens\"; }; big = { number = 2;\n" \
	"  summary = \"Too big\"; rules = ( { on = \"receive SYN\"; emit = ( { icmp = "       \
	"\"too-big\"; } ); "                                                                  \
	"} ); }; };\n"

/* For 127.0.0.1 the kernel applies the path MTU to all connections of the host. */
START_TEST(too_big_requires_an_address_of_its_own)
{
	struct config *c = right(
		TOO_BIG "endpoints = ( { name = \"own\"; address = \"127.7.0.1\"; ports = "
			"\"80\"; behaviour = \"big\"; } );\n"
			"catalogues = ( { name = \"v4\"; address = \"127.0.0.1\"; base = 7000; },"
			"{ name = \"v6\"; address = \"::1\"; base = 7000; } );\n");

	ck_assert_uint_eq(c->endpoints, 4);
	ck_assert_str_eq(config_find_endpoint(c, "127.0.0.1:7001")->name, "v4/accept");
	ck_assert_str_eq(config_find_endpoint(c, "127.7.0.1:7002")->name, "v4/big");
	ck_assert_str_eq(config_find_endpoint(c, "[::1]:7001")->name, "v6/accept");
	ck_assert_ptr_null(config_find_endpoint(c, "v6/big"));
	config_free(c);
	files_leave();
	wrong(TOO_BIG "endpoints = (\n"
		      "  { name = \"a\"; address = \"127.0.0.1\"; ports = \"80\"; behaviour = "
		      "\"accept+big\"; },\n"
		      "  { name = \"b\"; address = \"::1\"; ports = \"80\";\n"
		      "    behaviour = \"big\"; } );\n",
	      "m.conf:4: endpoints[0].behaviour: expected an address that nothing else uses, such "
	      "as 127.7.0.1: 'accept+big' sends ICMP too-big messages, and one from 127.0.0.1 "
	      "lowers the MSS of every connection to that address for ten minutes\n"
	      "m.conf:6: endpoints[1].behaviour: expected an address that nothing else uses, such "
	      "as 127.7.0.1: 'big' sends ICMP too-big messages, and one from ::1 lowers the MSS of "
	      "every connection to that address for ten minutes\n");
}
END_TEST

UNIT_MAIN("config", an_empty_file_has_the_defaults, every_key_is_read, clients_have_bounds,
	  all_errors_are_reported, invalid_endpoints, names_and_addresses_are_unique,
	  a_catalogue_has_an_endpoint_for_each_number, a_catalogue_may_give_addresses,
	  load_paths_are_relative_to_their_file, invalid_files, invalid_suites,
	  numbers_of_behaviours_become_names, integers_that_wrap_are_errors,
	  endpoints_are_found_by_name_and_by_address, too_big_requires_an_address_of_its_own)
