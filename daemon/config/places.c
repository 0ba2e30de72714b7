/* SPDX-License-Identifier: MIT */
#include "config/places.h"

#include "base/text.h"
#include "catalogue/compile.h"
#include "config/endpoint_keys.h"
#include "tcp/settings.h"

#include <stdlib.h>
#include <string.h>

/* State while endpoints are read. */
struct places {
	struct config *config;
	struct schema_reader reader;
	bool complete; /* all files with behaviours were read */
	unsigned at;   /* index of the present entry; config_setting_index() is linear */
};

static struct endpoint_config *add_endpoint(struct config *c)
{
	struct endpoint_config *e;

	c->endpoint = xrealloc(c->endpoint, (c->endpoints + 1) * sizeof(*c->endpoint));
	e = &c->endpoint[c->endpoints++];
	*e = (struct endpoint_config){0};
	return e;
}

static void require(const struct places *p, config_setting_t *s, const char *key)
{
	if (!config_setting_get_member(s, key))
		schema_error(&p->reader, s, "missing key '%s'", key);
}

/* Returns true for a catalogue that gives each behaviour an address instead of a port. */
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
			     "expected either 'network', or 'address' and 'base'");
}

/* Reads the keys of one entry. `own` are the keys that only this kind of entry has. */
static void read_place(const struct places *p, config_setting_t *s, const struct key *own,
		       size_t own_count, struct endpoint_config *e)
{
	const struct key_table tables[] = {
		{place_keys, place_keys_count, e},
		{own, own_count, e},
		{tcp_settings_keys, tcp_settings_keys_count, &e->tcp},
	};
	const config_setting_t *service;
	char *problem;

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
		require(p, s, own[0].name); /* `ports` or `base` */
	}
	problem = e->name ? endpoint_config_name_problem(e->name) : NULL;
	if (problem)
		schema_error(&p->reader, config_setting_get_member(s, "name"), "%s", problem);
	free(problem);
}

static void compile(const struct places *p, config_setting_t *s, const char *key,
		    struct endpoint_config *e)
{
	config_setting_t *written = config_setting_get_member(s, key);
	char *path = xasprintf("%s[%u]%s%s", config_setting_name(config_setting_parent(s)), p->at,
			       written ? "." : "", written ? key : "");

	if (p->complete)
		endpoint_config_name_behaviours(e, &p->config->catalogue);
	if (p->complete)
		e->rules = endpoint_config_compile(
			e, &p->config->catalogue, e->behaviour, p->reader.diag, e->file,
			written ? config_setting_source_line(written) : e->line, path);
	free(path);
}

static void read_endpoint(void *arg, config_setting_t *s)
{
	struct places *p = arg;
	struct endpoint_config *e = add_endpoint(p->config);

	endpoint_config_defaults(e);
	key_defaults(endpoint_keys, endpoint_keys_count, e);
	read_place(p, s, endpoint_keys, endpoint_keys_count, e);
	if (config_setting_is_group(s))
		compile(p, s, "behaviour", e);
	p->at++;
}

/* Moves an endpoint of a catalogue whose rules must not run at 127.0.0.1 to another loopback
 * address, so that a catalogue at 127.0.0.1 can have every behaviour. Returns false if there is no
 * such address, as for ::1. */
static bool find_address(const struct places *p, struct endpoint_config *e)
{
	struct diag unsaid = {0};
	struct ruleset *rules = behaviour_compile(&p->config->catalogue, e->behaviour, &e->tcp,
						  &e->service, &unsaid, NULL, 0, NULL);
	bool stays = !rules || endpoint_config_may_run(e, rules);

	ruleset_put(rules);
	diag_free(&unsaid);
	return stays ||
	       (addr_is_v4(&e->address.addr) && prefix_parse(ENDPOINT_OWN_LOOPBACK, &e->address));
}

/* Sets the port of a behaviour, at the common address. */
static bool give_port(const struct places *p, config_setting_t *s, const struct behaviour *b,
		      struct endpoint_config *e)
{
	unsigned port = e->port_from + b->number;

	e->port_from = e->port_to = (uint16_t)port;
	if (port <= UINT16_MAX)
		return true;
	schema_error(&p->reader, config_setting_get_member(s, "base"),
		     "expected at most %u: '%s' has the number %u, and the highest port is 65535",
		     UINT16_MAX - (b->number < UINT16_MAX ? b->number : UINT16_MAX), b->name,
		     b->number);
	return false;
}

/* Sets the address of a behaviour, with every port. The last host address belongs to the kernel, as
 * on a TUN device. */
static bool give_address(const struct places *p, config_setting_t *s, const struct behaviour *b,
			 struct endpoint_config *e)
{
	const struct prefix network = e->address;
	struct addr last = prefix_last_host(&network);
	char text[ADDR_TEXT_MAX];

	e->port_from = 1;
	e->port_to = UINT16_MAX;
	e->address.bits = 128;
	e->probe = false; /* a network is answered as a whole */
	if (prefix_host(&network, b->number, &e->address.addr) &&
	    memcmp(&e->address.addr, &last, sizeof(last)) < 0)
		return true;
	schema_error(&p->reader, config_setting_get_member(s, "network"),
		     "expected a larger network: '%s' has the number %u, which must be below that "
		     "of the last address, %s",
		     b->name, b->number, addr_format(&last, text));
	return false;
}

/* Adds one behaviour of a catalogue, at its own port or address. */
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
	struct places *p = arg;
	const struct catalogue *catalogue = &p->config->catalogue;
	unsigned errors = p->reader.diag->errors;
	struct endpoint_config common = {0};

	endpoint_config_defaults(&common);
	read_place(p, s, catalogue_keys, catalogue_keys_count, &common);
	for (unsigned i = 0; i < catalogue->count; i++)
		if (p->reader.diag->errors == errors && catalogue->behaviour[i].number)
			add_entry(p, s, &common, &catalogue->behaviour[i]);
	free(common.name);
	free(common.interface);
	service_free(&common.service);
	p->at++;
}

/* Keeps equal endpoints in the order in which they were read, as errors are reported at the later
 * one. */
static int by_age(const struct endpoint_config *x, const struct endpoint_config *y)
{
	return (x > y) - (x < y);
}

static int by_name(const void *a, const void *b)
{
	const struct endpoint_config *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	return order ? order : by_age(*x, *y);
}

/* Orders by address, then by number of ports, then by first port. */
static int by_place(const void *a, const void *b)
{
	const struct endpoint_config *const *x = a, *const *y = b;
	int order = memcmp(&(*x)->address, &(*y)->address, sizeof((*x)->address));

	if (order == 0)
		order = (endpoint_config_width(*x) > endpoint_config_width(*y)) -
			(endpoint_config_width(*x) < endpoint_config_width(*y));
	if (order == 0)
		order = (int)(*x)->port_from - (int)(*y)->port_from;
	return order ? order : by_age(*x, *y);
}

static void check_names(struct endpoint_config **sorted, unsigned count, struct diag *diag)
{
	qsort(sorted, count, sizeof(struct endpoint_config *), by_name);
	for (unsigned i = 1; i < count; i++) {
		const struct endpoint_config *a = sorted[i - 1], *b = sorted[i];

		if (strcmp(a->name, b->name) == 0)
			diag_error(diag, b->file, b->line, b->name,
				   "name in use by the endpoint at %s:%u: choose another name",
				   a->file, a->line);
	}
}

/* If two endpoints have a common port, the one with fewer ports answers. Reports two endpoints with
 * the same number of ports. */
static void check_overlaps(struct endpoint_config **sorted, unsigned count, struct diag *diag)
{
	char address[ADDR_TEXT_MAX];

	qsort(sorted, count, sizeof(struct endpoint_config *), by_place);
	for (unsigned i = 1; i < count; i++) {
		const struct endpoint_config *a = sorted[i - 1], *b = sorted[i];

		if (endpoint_config_clash(a, b))
			diag_error(diag, b->file, b->line, b->name,
				   "%s port %u in use by '%s': choose another address or port",
				   prefix_format(&a->address, address), b->port_from, a->name);
	}
}

void config_check_places(struct config *c, struct diag *diag)
{
	struct endpoint_config **sorted = xcalloc(c->endpoints, sizeof(struct endpoint_config *));

	for (unsigned i = 0; i < c->endpoints; i++)
		sorted[i] = &c->endpoint[i];
	check_names(sorted, c->endpoints, diag);
	check_overlaps(sorted, c->endpoints, diag);
	free(sorted);
}

void config_read_places(struct config *c, config_setting_t *root, bool complete, struct diag *diag)
{
	struct places p = {.config = c,
			   .reader = {.diag = diag, .groups = c->catalogue.groups},
			   .complete = complete};

	schema_each_entry(root, "endpoints", diag, read_endpoint, &p);
	p.at = 0;
	schema_each_entry(root, "catalogues", diag, read_catalogue, &p);
}
