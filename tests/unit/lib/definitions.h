/* SPDX-License-Identifier: MIT */
/* Tests of behaviours as config files define them. */
#ifndef SYNACKD_TESTS_DEFINITIONS_H
#define SYNACKD_TESTS_DEFINITIONS_H

#include "files.h"

#include "behaviour/compile.h"

static struct catalogue catalogue;
static struct diag diag;

/* A catalogue of one file, t.conf. The errors of reading it must be these. */
static inline void define(const char *source, const char *errors)
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

/* The rule of a behaviour that has but one, from the text that stands for it in a file. */
static inline struct ruleset *one_rule(const char *rule)
{
	static const struct service service;
	struct tcp_settings settings;
	struct ruleset *rs;
	char source[1024];

	snprintf(source, sizeof(source),
		 "behaviours = { x = { summary = \"x\"; rules = ( %s ); }; };", rule);
	define(source, "");
	tcp_settings_default(&settings);
	rs = behaviour_compile(&catalogue, "x", &settings, &service, &diag, NULL, 0, NULL);
	ck_assert_msg(rs != NULL, "%s", text_str(&diag.lines));
	ck_assert_uint_eq(rs->rules, 1);
	catalogue_free(&catalogue);
	return rs;
}

/* What is wrong in the one rule, on line 1 of t.conf, without what stands in front of it. */
static inline void one_wrong(const char *rule, const char *expected)
{
	char source[1024], errors[1024];

	snprintf(source, sizeof(source),
		 "behaviours = { x = { summary = \"x\"; rules = ( %s ); }; };", rule);
	snprintf(errors, sizeof(errors), "t.conf:1: behaviours.x.rules[0]%s\n", expected);
	define(source, errors);
	ck_assert(catalogue.behaviour[0].broken);
	catalogue_free(&catalogue);
}

#endif
