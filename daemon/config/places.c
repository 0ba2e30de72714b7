/* SPDX-License-Identifier: MIT */
/* Endpoints: those that are written, and those that a catalogue makes. */
#include "behaviour/compile.h"
#include "behaviour/effects.h"
#include "config/config_private.h"

#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/"

#define OWN_LOOPBACK "127.7.0.1" /* for what 127.0.0.1 is no place */

/* Places of a config under way. */
struct places {
	struct config *config;
	struct schema_reader reader;
	bool complete; /* all behaviours are known */
};

static struct endpoint_config *add_endpoint(struct config *c)
{
	struct endpoint_config *e;

	c->endpoint = xrealloc(c->endpoint, (c->endpoints + 1) * sizeof(*c->endpoint));
	e = &c->endpoint[c->endpoints++];
	*e = (struct endpoint_config){0};
	return e;
}

static void place_defaults(struct endpoint_config *e)
{
	tcp_settings_default(&e->tcp);
	schema_defaults(place_keys, place_keys_count, e);
}

static void require(const struct places *p, config_setting_t *s, const char *key)
{
	if (!config_setting_get_member(s, key))
		schema_error(&p->reader, s, "expected a key `%s`", key);
}

/* A catalogue whose behaviours have an address each, rather than a port. */
static bool is_network(config_setting_t *s)
{
	return strcmp(config_setting_name(config_setting_parent(s)), "catalogues") == 0 &&
	       config_setting_get_member(s, "network");
}

static void refuse(const struct places *p, config_setting_t *s, const char *key)
{
	config_setting_t *member = config_setting_get_member(s, key);

	if (member)
		schema_error(&p->reader, member,
			     "expected either `network`, or `address` and "
			     "`base`");
}

/* The keys of one entry, of which `own` are those that the other kind of place has not. */
static void read_place(const struct places *p, config_setting_t *s, const struct key *own,
		       size_t own_count, struct endpoint_config *e)
{
	const struct key_table tables[] = {
		{place_keys, place_keys_count, e},
		{own, own_count, e},
		{tcp_keys, tcp_keys_count, &e->tcp},
	};
	const config_setting_t *service;

	e->file = config_setting_source_file(s);
	e->line = e->service_line = config_setting_source_line(s);
	schema_read(&p->reader, s, tables, 3);
	if (!config_setting_is_group(s))
		return;
	service = config_setting_get_member(s, "service");
	if (service)
		e->service_line = config_setting_source_line(service);
	require(p, s, "name");
	if (is_network(s)) {
		refuse(p, s, "address");
		refuse(p, s, "base");
	} else {
		require(p, s, "address");
		require(p, s, own[0].name); /* ports, base */
	}
	if (e->name && e->name[strspn(e->name, NAME_CHARACTERS)])
		schema_error(&p->reader, config_setting_get_member(s, "name"),
			     "expected a name of letters, digits and . _ - /, got `%s`", e->name);
}

/* Do local connections go there that have nothing to do with us? */
static bool shared_loopback(const struct prefix *p)
{
	char text[ADDR_TEXT_MAX];

	prefix_format(p, text);
	return strcmp(text, "127.0.0.1") == 0 || strcmp(text, "::1") == 0;
}

struct ruleset *endpoint_config_compile(const struct endpoint_config *e,
					const struct catalogue *catalogue, const char *text,
					struct diag *diag, const char *file, unsigned line,
					const char *key)
{
	struct ruleset *rules =
		behaviour_compile(catalogue, text, &e->tcp, &e->service, diag, file, line, key);
	char address[ADDR_TEXT_MAX];

	if (!rules || !ruleset_shrinks_paths(rules) || !shared_loopback(&e->address))
		return rules;
	diag_error(diag, file, line, key,
		   "expected an address that nothing else uses, as " OWN_LOOPBACK " is: `%s` "
		   "sends ICMP too-big, and one from %s lowers the MSS of every connection to it, "
		   "for ten minutes",
		   text, prefix_format(&e->address, address));
	ruleset_put(rules);
	return NULL;
}

static void compile(const struct places *p, config_setting_t *s, const char *key,
		    struct endpoint_config *e)
{
	config_setting_t *written = config_setting_get_member(s, key);
	char *path = xasprintf("%s[%d]%s%s", config_setting_name(config_setting_parent(s)),
			       config_setting_index(s), written ? "." : "", written ? key : "");

	if (p->complete)
		e->rules = endpoint_config_compile(
			e, &p->config->catalogue, e->behaviour, p->reader.diag, e->file,
			written ? config_setting_source_line(written) : e->line, path);
	free(path);
}

static void read_endpoint(void *arg, config_setting_t *s)
{
	const struct places *p = arg;
	struct endpoint_config *e = add_endpoint(p->config);

	place_defaults(e);
	schema_defaults(endpoint_keys, endpoint_keys_count, e);
	read_place(p, s, endpoint_keys, endpoint_keys_count, e);
	if (config_setting_is_group(s))
		compile(p, s, "behaviour", e);
}

/* What must not be at 127.0.0.1 is beside it in a catalogue of that address, so that such a
 * catalogue can have every behaviour. False: as for ::1, there is no such place. */
static bool find_address(const struct places *p, struct endpoint_config *e)
{
	struct diag unsaid = {0};
	struct ruleset *rules = behaviour_compile(&p->config->catalogue, e->behaviour, &e->tcp,
						  &e->service, &unsaid, NULL, 0, NULL);
	bool stays = !rules || !ruleset_shrinks_paths(rules) || !shared_loopback(&e->address);

	ruleset_put(rules);
	diag_free(&unsaid);
	return stays || (addr_is_v4(&e->address.addr) && prefix_parse(OWN_LOOPBACK, &e->address));
}

/* The port of a behaviour, at the address of all. */
static bool give_port(const struct places *p, config_setting_t *s, const struct behaviour *b,
		      struct endpoint_config *e)
{
	unsigned port = e->port_from + b->number;

	e->port_from = e->port_to = (uint16_t)port;
	if (port <= UINT16_MAX)
		return true;
	schema_error(&p->reader, config_setting_get_member(s, "base"),
		     "expected at most %u, as `%s` has the number %u and ports end at 65535",
		     UINT16_MAX - (b->number < UINT16_MAX ? b->number : UINT16_MAX), b->name,
		     b->number);
	return false;
}

/* The address of a behaviour, with every port. The last host is the kernel's own end of a tun. */
static bool give_address(const struct places *p, config_setting_t *s, const struct behaviour *b,
			 struct endpoint_config *e)
{
	const struct prefix network = e->address;
	struct addr last = prefix_last_host(&network);
	char text[ADDR_TEXT_MAX];

	e->port_from = 1;
	e->port_to = UINT16_MAX;
	e->address.bits = 128;
	e->probe = false; /* a network takes what is in it */
	if (prefix_host(&network, b->number, &e->address.addr) &&
	    memcmp(&e->address.addr, &last, sizeof(last)) < 0)
		return true;
	schema_error(&p->reader, config_setting_get_member(s, "network"),
		     "expected a wider network, as `%s` has the number %u and must come before "
		     "the last address, %s",
		     b->name, b->number, addr_format(&last, text));
	return false;
}

/* One behaviour of a catalogue, at its own port, or address. */
static void add_entry(const struct places *p, config_setting_t *s,
		      const struct endpoint_config *common, const struct behaviour *b)
{
	struct endpoint_config own = *common, *e;

	if (!(is_network(s) ? give_address : give_port)(p, s, b, &own))
		return;
	e = add_endpoint(p->config);
	*e = own;
	service_copy(&common->service, &e->service);
	e->interface = xstrdup(common->interface);
	e->name = xasprintf("%s/%s", common->name, b->name);
	e->behaviour = xstrdup(b->name);
	if (find_address(p, e))
		compile(p, s, "", e);
	else
		endpoint_config_release(&p->config->endpoint[--p->config->endpoints]);
}

static void read_catalogue(void *arg, config_setting_t *s)
{
	const struct places *p = arg;
	const struct catalogue *catalogue = &p->config->catalogue;
	unsigned errors = p->reader.diag->errors;
	struct endpoint_config common = {0};

	place_defaults(&common);
	read_place(p, s, catalogue_keys, catalogue_keys_count, &common);
	for (unsigned i = 0; i < catalogue->count; i++)
		if (p->reader.diag->errors == errors && catalogue->behaviour[i].number)
			add_entry(p, s, &common, &catalogue->behaviour[i]);
	free(common.name);
	free(common.interface);
	service_free(&common.service);
}

void config_each_entry(config_setting_t *root, const char *name, struct diag *diag,
		       void (*read)(void *arg, config_setting_t *entry), void *arg)
{
	const struct schema_reader reader = {.diag = diag};
	config_setting_t *list = config_setting_get_member(root, name);

	if (!list)
		return;
	if (!config_setting_is_list(list)) {
		schema_error(&reader, list, "expected a list, ( { name = …; … }, { … } )");
		return;
	}
	for (int i = 0; i < config_setting_length(list); i++)
		read(arg, config_setting_get_elem(list, (unsigned)i));
}

/* Errors are told of the later one in the file, so what is equal stays in that order. */
static int by_line(const struct endpoint_config *x, const struct endpoint_config *y)
{
	return (x > y) - (x < y);
}

static int by_name(const void *a, const void *b)
{
	const struct endpoint_config *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	return order ? order : by_line(*x, *y);
}

static unsigned width(const struct endpoint_config *e)
{
	return (unsigned)e->port_to - e->port_from;
}

/* By address, then by how many ports there are, then by the first of them. */
static int by_place(const void *a, const void *b)
{
	const struct endpoint_config *const *x = a, *const *y = b;
	int order = memcmp(&(*x)->address, &(*y)->address, sizeof((*x)->address));

	if (order == 0)
		order = (width(*x) > width(*y)) - (width(*x) < width(*y));
	if (order == 0)
		order = (int)(*x)->port_from - (int)(*y)->port_from;
	return order ? order : by_line(*x, *y);
}

bool endpoint_config_clash(const struct endpoint_config *a, const struct endpoint_config *b)
{
	return memcmp(&a->address, &b->address, sizeof(a->address)) == 0 && width(a) == width(b) &&
	       b->port_from <= a->port_to && a->port_from <= b->port_to;
}

static void check_names(struct endpoint_config **sorted, unsigned count, struct diag *diag)
{
	qsort(sorted, count, sizeof(struct endpoint_config *), by_name);
	for (unsigned i = 1; i < count; i++) {
		const struct endpoint_config *a = sorted[i - 1], *b = sorted[i];

		if (strcmp(a->name, b->name) == 0)
			diag_error(diag, b->file, b->line, b->name,
				   "expected another name: the endpoint of line %u has it",
				   a->line);
	}
}

/* Of two endpoints for one port the narrower one answers; of two that are as wide, neither is. */
static void check_overlaps(struct endpoint_config **sorted, unsigned count, struct diag *diag)
{
	char address[ADDR_TEXT_MAX];

	qsort(sorted, count, sizeof(struct endpoint_config *), by_place);
	for (unsigned i = 1; i < count; i++) {
		const struct endpoint_config *a = sorted[i - 1], *b = sorted[i];

		if (endpoint_config_clash(a, b))
			diag_error(diag, b->file, b->line, b->name,
				   "expected another address or port: `%s` is at %s port %u, too",
				   a->name, prefix_format(&a->address, address), b->port_from);
	}
}

static void check_places(struct config *c, struct diag *diag)
{
	struct endpoint_config **sorted = xcalloc(c->endpoints, sizeof(struct endpoint_config *));

	for (unsigned i = 0; i < c->endpoints; i++)
		sorted[i] = &c->endpoint[i];
	check_names(sorted, c->endpoints, diag);
	check_overlaps(sorted, c->endpoints, diag);
	free(sorted);
}

/* --- one that is not of the file -------------------------------------------------------------- */

/* One word, which is a key's value. */
static bool take_word(struct endpoint_config *e, const struct key *keys, size_t count,
		      const char *name, const char *text, struct diag *diag)
{
	char *wrong = NULL;
	size_t i = 0;

	while (i < count && strcmp(keys[i].name, name) != 0)
		i++;
	if (!text || i == count || schema_read_text(&keys[i], text, e, &wrong))
		return true;
	diag_error(diag, NULL, 0, name, "%s", wrong);
	free(wrong);
	return false;
}

static bool take_words(struct endpoint_config *e, const struct endpoint_words *w, struct diag *diag)
{
	const struct key *p = place_keys, *own = endpoint_keys;
	bool good = take_word(e, p, place_keys_count, "name", w->name, diag);

	good &= take_word(e, p, place_keys_count, "address", w->address, diag);
	good &= take_word(e, own, endpoint_keys_count, "ports", w->ports, diag);
	good &= take_word(e, own, endpoint_keys_count, "behaviour", w->behaviour, diag);
	good &= take_word(e, p, place_keys_count, "service", w->service, diag);
	good &= take_word(e, p, place_keys_count, "interface", w->interface, diag);
	if (good && e->name[strspn(e->name, NAME_CHARACTERS)]) {
		diag_error(diag, NULL, 0, "name",
			   "expected a name of letters, digits and . _ - /, got `%s`", e->name);
		good = false;
	}
	return good;
}

struct endpoint_config *endpoint_config_make(const struct catalogue *catalogue,
					     const struct endpoint_words *words, struct diag *diag)
{
	struct endpoint_config *e = xcalloc(1, sizeof(*e));

	place_defaults(e);
	schema_defaults(endpoint_keys, endpoint_keys_count, e);
	if (take_words(e, words, diag))
		e->rules = endpoint_config_compile(e, catalogue, e->behaviour, diag, NULL, 0, NULL);
	if (e->rules)
		return e;
	endpoint_config_release(e);
	free(e);
	return NULL;
}

void config_read_places(struct config *c, config_setting_t *root, bool complete, struct diag *diag)
{
	struct places p = {.config = c, .reader = {.diag = diag}, .complete = complete};
	unsigned errors = diag->errors;

	config_each_entry(root, "endpoints", diag, read_endpoint, &p);
	config_each_entry(root, "catalogues", diag, read_catalogue, &p);
	if (diag->errors == errors)
		check_places(c, diag);
}
