/* SPDX-License-Identifier: MIT */
#include "definitions.h"

#include "base/text.h"
#include "catalogue/catalogue_finish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct catalogue catalogue;
struct diag diag;

void define(const char *source, const char *errors)
{
	config_t *file = calloc(1, sizeof(*file));

	files_enter();
	files_write("t.conf", source);
	config_init(file);
	ck_assert_msg(config_read_file(file, "t.conf") == CONFIG_TRUE, "%s at %d",
		      config_error_text(file), config_error_line(file));
	catalogue_add(&catalogue, file, "t.conf", &diag);
	catalogue_finish(&catalogue, &diag);
	ck_assert_str_eq(text_str(&diag.lines), errors);
	diag_free(&diag);
	files_leave();
}

#define ONE_RULE "behaviours = { x = { summary = \"x\"; rules = ( %s ); }; };"

struct ruleset *one_rule(const char *rule)
{
	static const struct service service;
	struct tcp_settings settings;
	struct ruleset *rs;
	char *source = xasprintf(ONE_RULE, rule);

	define(source, "");
	free(source);
	tcp_settings_default(&settings);
	rs = behaviour_compile(&catalogue, "x", &settings, &service, &diag, NULL, 0, NULL);
	ck_assert_msg(rs != NULL, "%s", text_str(&diag.lines));
	ck_assert_uint_eq(rs->rules, 1);
	catalogue_free(&catalogue);
	return rs;
}

void one_wrong(const char *rule, const char *expected)
{
	char *source = xasprintf(ONE_RULE, rule);
	char *errors = xasprintf("t.conf:1: behaviours.x.rules[0]%s\n", expected);

	define(source, errors);
	free(source);
	free(errors);
	ck_assert(catalogue.behaviour[0].broken);
	catalogue_free(&catalogue);
}

struct ruleset *compile_text(const char *text)
{
	struct service service = {.argument = strdup("hello"), .close = CLOSE_REPLY};
	struct tcp_settings settings;
	struct ruleset *rs;

	tcp_settings_default(&settings);
	rs = behaviour_compile(&catalogue, text, &settings, &service, &diag, "e.conf", 9,
			       "endpoints[0].behaviour");
	free(service.argument);
	return rs;
}

void compile_fails(const char *text, const char *expected)
{
	char errors[512];

	ck_assert_ptr_null(compile_text(text));
	snprintf(errors, sizeof(errors), "e.conf:9: endpoints[0].behaviour: %s\n", expected);
	ck_assert_str_eq(text_str(&diag.lines), errors);
	diag_free(&diag);
}

void compile_warns(const char *text, const char *expected)
{
	struct ruleset *rs = compile_text(text);

	ck_assert_msg(rs != NULL, "%s", text_str(&diag.lines));
	ck_assert_str_eq(text_str(&diag.lines), expected);
	diag_free(&diag);
	ruleset_put(rs);
}
