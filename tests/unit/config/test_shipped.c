/* SPDX-License-Identifier: MIT */
/* The shipped config files load, and synackd.conf documents all keys. */
#include "config/config_keys.h"
#include "loading.h"

#include <stdio.h>
#include <string.h>

/* Parses a line `KEY = …`, commented out or not. Returns the text after the `=`, or NULL. */
static const char *documented(const char *line, char key[32])
{
	size_t len;

	line += strspn(line, "# ");
	len = strspn(line, "abcdefghijklmnopqrstuvwxyz_0123456789");
	if (!len || len > 31 || strncmp(line + len, " = ", 3) != 0)
		return NULL;
	memcpy(key, line, len);
	key[len] = '\0';
	return line + len + 3;
}

/* Returns true if the value of a line begins with the default, in quotes or not. */
static bool is_default(const char *value, const char *fallback)
{
	size_t len = strlen(fallback);

	if (value[0] == '"')
		return strncmp(value + 1, fallback, len) == 0 && value[1 + len] == '"';
	return strncmp(value, fallback, len) == 0 && value[len] == ';';
}

static bool is_documented(const char *text, const struct key *k)
{
	bool any = false;
	char key[32];

	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *value;

		line += *line == '\n';
		value = documented(line, key);
		if (!value || strcmp(key, k->name) != 0)
			continue;
		any |= !k->fallback || k->type == KEY_OTHER || is_default(value, k->fallback);
	}
	return any;
}

static bool is_key(const char *name)
{
	for (const struct key_group *g = config_groups; g->name; g++)
		for (size_t i = 0; i < *g->count; i++)
			if (strcmp(g->keys[i].name, name) == 0)
				return true;
	return false;
}

START_TEST(synackd_conf_documents_every_key_with_its_default)
{
	char *text = files_read(SYNACKD_SOURCE_CONF);

	for (const struct key_group *g = config_groups; g->name; g++) {
		for (size_t i = 0; i < *g->count; i++) {
			ck_assert_msg(is_documented(text, &g->keys[i]), "%s", g->keys[i].name);
			ck_assert_msg(g->keys[i].help != NULL, "%s", g->keys[i].name);
		}
	}
	free(text);
}
END_TEST

START_TEST(synackd_conf_documents_nothing_else)
{
	char *text = files_read(SYNACKD_SOURCE_CONF), key[32];
	unsigned found = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (documented(line, key)) {
			ck_assert_msg(is_key(key), "%s", key);
			found++;
		}
	}
	ck_assert_uint_gt(found, 30);
	free(text);
}
END_TEST

START_TEST(the_shipped_files_load)
{
	static const char *const examples[] = {"kb172983-open", "kb172983-close", "wireshark-open",
					       "wireshark-close"};
	struct diag diag = {0};
	struct config *c = config_load(SYNACKD_SOURCE_CONF, NULL, &diag);
	size_t folder = strlen(SYNACKD_SOURCE_CONF) - strlen("synackd.conf");
	char path[512];

	ck_assert_msg(c != NULL, "%s", text_str(&diag.lines));
	ck_assert_str_eq(config_find_endpoint(c, "127.0.0.1:7002")->name, "v4/synack-delay");
	ck_assert_str_eq(config_find_endpoint(c, "[::1]:7080")->name, "v6/hdr-bad-cksum");
	for (unsigned i = 0; i < c->clients; i++)
		ck_assert(addr_is_loopback(&c->client[i].network.addr));
	for (unsigned i = 0; i < c->catalogue.count; i++) {
		const struct behaviour *b = &c->catalogue.behaviour[i];

		ck_assert_msg(b->reference && b->client && b->reveals, "%s", b->name);
		/* A behaviour that only the judge uses has no number. The numbers of all others fit
		 * in a /24. */
		ck_assert_msg(b->number < 254 && (b->number || strstr(b->file, "judging")), "%s",
			      b->name);
	}
	config_free(c);
	for (size_t i = 0; i < COUNT_OF(examples); i++) {
		snprintf(path, sizeof(path), "%.*sexamples/%s.conf", (int)folder,
			 SYNACKD_SOURCE_CONF, examples[i]);
		c = config_load(path, NULL, &diag);
		ck_assert_msg(c != NULL, "%s", text_str(&diag.lines));
		config_free(c);
	}
	diag_free(&diag);
}
END_TEST

/* Each key takes effect at a reload, or needs a restart. tests/net/test_reload_keys.py checks
 * which. */
START_TEST(every_key_is_at_once_or_restart)
{
	const struct key *const tables[] = {config_keys, control_keys};
	const size_t counts[] = {config_keys_count, control_keys_count};

	for (unsigned t = 0; t < COUNT_OF(tables); t++)
		for (size_t i = 0; i < counts[t]; i++)
			ck_assert_msg(!(tables[t][i].flags & CONFIG_AT_ONCE) !=
					      !(tables[t][i].flags & CONFIG_RESTART),
				      "%s", tables[t][i].name);
}
END_TEST

UNIT_MAIN("shipped", synackd_conf_documents_every_key_with_its_default,
	  synackd_conf_documents_nothing_else, the_shipped_files_load,
	  every_key_is_at_once_or_restart)
