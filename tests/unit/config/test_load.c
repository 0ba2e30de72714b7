/* SPDX-License-Identifier: MIT */
/* Additional files: the files in `load`, and the shipped files by default. */
#include "addresses.h"
#include "loading.h"

#include <sys/stat.h>

#define FILE_X "behaviours = { x = { number = 2; summary = \"X\"; }; };\n"

/* Returns the networks of all clients in order, with spaces between them. */
static const char *clients_of(const struct config *c)
{
	static char all[256];
	char text[ADDR_TEXT_MAX];
	size_t len = 0;

	for (unsigned i = 0; i < c->clients; i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? " " : "",
					prefix_format(&c->client[i].network, text));
	return all;
}

static struct config *load(const char *shipped, unsigned warnings)
{
	struct diag diag = {0};
	struct config *c = config_load("m.conf", shipped, &diag);

	ck_assert_msg(c != NULL, "%s", text_str(&diag.lines));
	ck_assert_msg(diag.warnings == warnings, "%s", text_str(&diag.lines));
	diag_free(&diag);
	return c;
}

START_TEST(loaded_files_add_clients)
{
	struct config *c;

	files_enter();
	files_write("x.conf", "clients = ( \"192.0.2.0/24\" );");
	files_write("y.conf", "clients = \"2001:db8::/32\";");
	files_write("m.conf", "load = ( \"x.conf\", \"y.conf\" );");
	c = load(NULL, 0);
	ck_assert_str_eq(clients_of(c), "127.0.0.0/8 ::1 192.0.2.0/24 2001:db8::/32");
	config_free(c);
	files_write("m.conf", "load = ( \"x.conf\", \"y.conf\" ); clients = ( \"10.0.0.0/8\" );");
	c = load(NULL, 0);
	ck_assert_str_eq(clients_of(c), "10.0.0.0/8 192.0.2.0/24 2001:db8::/32");
	config_free(c);
	files_write("m.conf", "load = \"*.conf\"; clients = ( );");
	c = load(NULL, 0);
	ck_assert_str_eq(clients_of(c), "192.0.2.0/24 2001:db8::/32");
	config_free(c);
	files_leave();
}
END_TEST

/* The bounds of the first file apply. Equal bounds draw no warning. */
START_TEST(bounds_of_the_main_file_have_priority)
{
	struct config *c;

	files_enter();
	files_write("m.conf",
		    "load = \"x.conf\"; clients = ( { network = \"192.0.2.0/24\"; rate = 7; } );");
	files_write("x.conf", "clients = ( { network = \"192.0.2.0/24\"; rate = 7; } );");
	c = load(NULL, 0);
	config_free(c);
	files_write("x.conf", "clients = ( \"192.0.2.0/25\", \"192.0.2.0/24\" );");
	c = load(NULL, 1);
	ck_assert_str_eq(clients_of(c), "192.0.2.0/24 192.0.2.0/25 192.0.2.0/24");
	ck_assert_uint_eq(c->client[0].rate, 7);
	config_free(c);
	files_leave();
}
END_TEST

START_TEST(loaded_files_add_endpoints_and_catalogues)
{
	struct config *c;

	files_enter();
	files_write("x.conf", FILE_X
		    "endpoints = ( { name = \"a\"; address = \"192.0.2.1\"; ports = 80;\n"
		    "behaviour = \"accept\"; } );\n"
		    "catalogues = ( { name = \"all\"; address = \"192.0.2.2\"; base = 7000; } );");
	files_write("m.conf",
		    ACCEPT "load = \"x.conf\";\n"
			   "endpoints = ( { name = \"b\"; address = \"::1\"; ports = 80;\n"
			   "behaviour = \"x\"; } );");
	c = load(NULL, 0);
	ck_assert_uint_eq(c->endpoints, 4);
	ck_assert_str_eq(c->endpoint[0].name, "b");
	ck_assert_str_eq(c->endpoint[1].file, "x.conf");
	ck_assert_str_eq(config_find_endpoint(c, "192.0.2.1:80")->behaviour, "accept");
	ck_assert_str_eq(config_find_endpoint(c, "192.0.2.2:7001")->name, "all/accept");
	ck_assert_str_eq(config_find_endpoint(c, "192.0.2.2:7002")->name, "all/x");
	config_free(c);
	files_leave();
}
END_TEST

/* Otherwise each of its endpoints would conflict with itself. */
START_TEST(a_file_is_read_once)
{
	struct config *c;

	files_enter();
	ck_assert_int_eq(mkdir("d", 0700), 0);
	files_write("d/x.conf", ACCEPT "endpoints = ( { name = \"a\"; address = \"192.0.2.1\";\n"
				       "ports = 80; } );");
	ck_assert_int_eq(symlink("d/x.conf", "link.conf"), 0);
	files_write("m.conf", "load = ( \"d/x.conf\", \"./d/x.conf\", \"d/../d/*.conf\",\n"
			      "\"link.conf\", \"./m.conf\" );");
	c = load(NULL, 0);
	ck_assert_uint_eq(c->endpoints, 1);
	config_free(c);
	files_leave();
}
END_TEST

START_TEST(errors_in_loaded_files_name_the_file)
{
	files_enter();
	files_write("x.conf", "clients = ( \"192.0.2.1/24\" );\n"
			      "endpoints = ( { name = \"a\"; address = \"::1\"; ports = 0; } );");
	files_write("m.conf", ACCEPT "load = \"x.conf\";");
	load_expecting("x.conf:1: clients[0]: expected 192.0.2.0/24 or 192.0.2.1, got "
		       "'192.0.2.1/24', which has host bits\n"
		       "x.conf:2: endpoints[0].ports: expected a port from 1 to 65535, or a range "
		       "such as 80-90, got '0'\n");
	files_write("x.conf", "trace_size = \"1M\"; log_lvel = 1; ttl = 1; lod = 1;");
	load_expecting("x.conf:1: trace_size: unexpected key 'trace_size': it belongs at the top "
		       "level of the main file\n"
		       "x.conf:1: log_lvel: unknown key 'log_lvel'\n"
		       "x.conf:1: ttl: unexpected key 'ttl': it belongs in 'endpoints' or in "
		       "'catalogues' or in "
		       "'set' or in 'use'\n"
		       "x.conf:1: lod: unknown key 'lod'\n");
	files_write("x.conf", "endpoints = ( { name = \"a\"; address = \"::1\"; ports = 81; },\n"
			      "{ name = \"b\"; address = \"::1\"; ports = 80; } );");
	files_write("m.conf",
		    ACCEPT "load = \"x.conf\";\n"
			   "endpoints = ( { name = \"a\"; address = \"::1\"; ports = 80; } );");
	load_expecting("x.conf:1: a: name in use by the endpoint at m.conf:3: choose another name\n"
		       "x.conf:2: b: ::1 port 80 in use by 'a': choose another address or port\n");
	files_leave();
}
END_TEST

START_TEST(shipped_files_are_loaded_by_default)
{
	static const char *const names[] = {"s", "s/behaviours", "s/suites", "s/profiles"};
	static const char endpoint[] =
		"endpoints = ( { name = \"a\"; address = \"::1\"; ports = 80; %s } );";
	struct diag diag = {0};
	char source[256];
	struct config *c;

	files_enter();
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(mkdir(names[i], 0700), 0);
	files_write("s/behaviours/x.conf", ACCEPT);
	files_write("s/suites/x.conf", "suites = { };");
	files_write("s/profiles/x.conf", "profiles = ( { name = \"p\"; } );");
	snprintf(source, sizeof(source), endpoint, "");
	files_write("m.conf", source);
	c = load("s", 0);
	ck_assert_str_eq(c->endpoint[0].rules->text, "accept");
	ck_assert_uint_eq(c->profiles, 1);
	config_free(c);
	/* An empty list disables the default. */
	files_write("m.conf", "load = ( );");
	c = load("s", 0);
	ck_assert_uint_eq(c->catalogue.count, 0);
	config_free(c);
	files_write("m.conf", "");
	ck_assert_int_eq(unlink("s/suites/x.conf"), 0);
	ck_assert_ptr_null(config_load("m.conf", "s", &diag));
	ck_assert_str_eq(text_str(&diag.lines),
			 "m.conf: load: missing shipped file 's/suites/*.conf': install it, or "
			 "name the files to load\n");
	diag_free(&diag);
	files_leave();
}
END_TEST

UNIT_MAIN("load", loaded_files_add_clients, bounds_of_the_main_file_have_priority,
	  loaded_files_add_endpoints_and_catalogues, a_file_is_read_once,
	  errors_in_loaded_files_name_the_file, shipped_files_are_loaded_by_default)
