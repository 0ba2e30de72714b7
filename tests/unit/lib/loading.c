/* SPDX-License-Identifier: MIT */
#include "loading.h"

void load_expecting(const char *errors)
{
	struct diag diag = {0};
	struct config *c = config_load("m.conf", NULL, &diag);

	ck_assert_str_eq(text_str(&diag.lines), errors);
	ck_assert(errors[0] ? c == NULL : c != NULL);
	config_free(c);
	diag_free(&diag);
}

void wrong(const char *source, const char *errors)
{
	files_enter();
	files_write("m.conf", source);
	load_expecting(errors);
	files_leave();
}

struct config *right(const char *source)
{
	struct diag diag = {0};
	struct config *c;

	files_enter();
	files_write("m.conf", source);
	c = config_load("m.conf", NULL, &diag);
	ck_assert_msg(c != NULL, "%s", text_str(&diag.lines));
	ck_assert_uint_eq(diag.warnings, 0);
	return c;
}

const struct endpoint_config *config_find_endpoint(const struct config *c, const char *name)
{
	const struct endpoint_config *list[1024];
	int found;

	ck_assert_uint_le(c->endpoints, 1024);
	for (unsigned i = 0; i < c->endpoints; i++)
		list[i] = &c->endpoint[i];
	found = endpoint_config_find(list, c->endpoints, name);
	return found < 0 ? NULL : list[found];
}
