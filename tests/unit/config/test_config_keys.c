/* SPDX-License-Identifier: MIT */
/* Errors for keys in groups that do not have them. */
#include "config/config_keys.h"
#include "loading.h"

static bool is_top_level(const char *name)
{
	for (size_t i = 0; i < config_keys_count; i++)
		if (strcmp(config_keys[i].name, name) == 0)
			return true;
	return false;
}

START_TEST(misplaced_keys_name_their_group)
{
	wrong(ACCEPT "mss = 1400;\n"
		     "control = { user = \"nobody\"; };\n"
		     "endpoints = ( { name = \"e\"; address = \"::1\"; ports = 1;\n"
		     "  interfaces = \"lo\"; hold = \"3s\"; } );\n",
	      "m.conf:2: mss: unexpected key 'mss': it belongs in 'endpoints' or in 'catalogues' "
	      "or in 'use'\n"
	      "m.conf:3: control.user: unexpected key 'user': it belongs at the top level of the "
	      "main file\n"
	      "m.conf:5: endpoints[0].interfaces: unexpected key 'interfaces': it belongs at the "
	      "top level of the main "
	      "file; did you mean 'interface'?\n"
	      "m.conf:5: endpoints[0].hold: unexpected key 'hold': it belongs in 'rules'\n");
	wrong("behaviours = {\n"
	      "a = { summary = \"A\"; hold = \"3s\"; };\n"
	      "b = { summary = \"B\"; use = { base = 1; }; };\n"
	      "c = { summary = \"C\"; rules = ( { on = \"receive SYN\"; nth = 1; drop = true; } ); "
	      "};\n"
	      "};\n",
	      "m.conf:2: behaviours.a.hold: unexpected key 'hold': it belongs in 'rules'\n"
	      "m.conf:3: behaviours.b.use.base: unexpected key 'base': it belongs in 'catalogues'\n"
	      "m.conf:4: behaviours.c.rules[0].nth: unexpected key 'nth': it belongs in 'if'\n");
}
END_TEST

/* Each key at the top level, where none of them is valid. */
START_TEST(every_misplaced_key_names_its_group)
{
	unsigned keys = 0;

	files_enter();
	for (const struct key_group *const *list = config_all_groups; *list; list++) {
		for (const struct key_group *g = *list; g->name; g++) {
			for (size_t i = 0; *g->name && i < *g->count; i++) {
				struct diag diag = {0};
				char source[80], said[80];

				snprintf(source, sizeof(source), "%s = 1;", g->keys[i].name);
				snprintf(said, sizeof(said), "in '%s'", g->name);
				files_write("m.conf", source);
				if (!is_top_level(g->keys[i].name)) {
					ck_assert_ptr_null(config_load("m.conf", NULL, &diag));
					ck_assert_msg(strstr(text_str(&diag.lines), said), "%s",
						      text_str(&diag.lines));
					keys++;
				}
				diag_free(&diag);
			}
		}
	}
	ck_assert_uint_gt(keys, 100);
	files_leave();
}
END_TEST

UNIT_MAIN("config_keys", misplaced_keys_name_their_group, every_misplaced_key_names_its_group)
