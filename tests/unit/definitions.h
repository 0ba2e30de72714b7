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

#endif
