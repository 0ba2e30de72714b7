/* SPDX-License-Identifier: MIT */
#include "config/endpoint_config.h"

#include "base/text.h"
#include "behaviour/effects.h"
#include "catalogue/compile.h"
#include "config/endpoint_keys.h"

#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/"

void endpoint_config_defaults(struct endpoint_config *e)
{
	tcp_settings_default(&e->tcp);
	key_defaults(place_keys, place_keys_count, e);
}

char *endpoint_config_name_problem(const char *name)
{
	return name[strspn(name, NAME_CHARACTERS)]
		       ? xasprintf("expected a name of letters, digits and . _ - /, got '%s'", name)
		       : NULL;
}

/* Returns true if connections of other programs of this host use the address, too. */
static bool shared_loopback(const struct prefix *p)
{
	char text[ADDR_TEXT_MAX];

	prefix_format(p, text);
	return strcmp(text, "127.0.0.1") == 0 || strcmp(text, "::1") == 0;
}

bool endpoint_config_may_run(const struct endpoint_config *e, const struct ruleset *rules)
{
	return !ruleset_shrinks_paths(rules) || !shared_loopback(&e->address);
}

struct ruleset *endpoint_config_compile(const struct endpoint_config *e,
					const struct catalogue *catalogue, const char *text,
					struct diag *diag, const char *file, unsigned line,
					const char *key)
{
	struct ruleset *rules =
		behaviour_compile(catalogue, text, &e->tcp, &e->service, diag, file, line, key);
	char address[ADDR_TEXT_MAX];

	if (!rules || endpoint_config_may_run(e, rules))
		return rules;
	diag_error(diag, file, line, key,
		   "expected an address that nothing else uses, such as " ENDPOINT_OWN_LOOPBACK
		   ": '%s' sends ICMP too-big messages, and one from %s lowers the MSS of every "
		   "connection to that address for ten minutes",
		   text, prefix_format(&e->address, address));
	ruleset_put(rules);
	return NULL;
}

void endpoint_config_name_behaviours(struct endpoint_config *e, const struct catalogue *catalogue)
{
	char *named = catalogue_with_names(catalogue, e->behaviour);

	free(e->behaviour);
	e->behaviour = named;
}

void endpoint_config_release(struct endpoint_config *e)
{
	free(e->name);
	free(e->interface);
	free(e->behaviour);
	ruleset_put(e->rules);
	service_free(&e->service);
}

/* Reads one word as the value of the key `name`. */
static bool take_word(struct endpoint_config *e, const struct key *keys, size_t count,
		      const char *name, const char *text, struct diag *diag)
{
	char *wrong = NULL;
	size_t i = 0;

	while (i < count && strcmp(keys[i].name, name) != 0)
		i++;
	if (!text || i == count || key_read(&keys[i], text, e, &wrong))
		return true;
	diag_error(diag, NULL, 0, name, "%s", wrong);
	free(wrong);
	return false;
}

static bool take_words(struct endpoint_config *e, const struct endpoint_words *w, struct diag *diag)
{
	const struct key *p = place_keys, *own = endpoint_keys;
	bool good = take_word(e, p, place_keys_count, "name", w->name, diag);
	char *problem;

	good &= take_word(e, p, place_keys_count, "address", w->address, diag);
	good &= take_word(e, own, endpoint_keys_count, "ports", w->ports, diag);
	good &= take_word(e, own, endpoint_keys_count, "behaviour", w->behaviour, diag);
	good &= take_word(e, p, place_keys_count, "service", w->service, diag);
	good &= take_word(e, p, place_keys_count, "interface", w->interface, diag);
	if (!good)
		return false;
	problem = endpoint_config_name_problem(e->name);
	if (problem)
		diag_error(diag, NULL, 0, "name", "%s", problem);
	free(problem);
	return !problem;
}

struct endpoint_config *endpoint_config_make(const struct catalogue *catalogue,
					     const struct endpoint_words *words, struct diag *diag)
{
	struct endpoint_config *e = xcalloc(1, sizeof(*e));

	endpoint_config_defaults(e);
	key_defaults(endpoint_keys, endpoint_keys_count, e);
	if (take_words(e, words, diag)) {
		endpoint_config_name_behaviours(e, catalogue);
		e->rules = endpoint_config_compile(e, catalogue, e->behaviour, diag, NULL, 0, NULL);
	}
	if (e->rules)
		return e;
	endpoint_config_release(e);
	free(e);
	return NULL;
}

unsigned endpoint_config_width(const struct endpoint_config *e)
{
	return (unsigned)e->port_to - e->port_from;
}

bool endpoint_config_clash(const struct endpoint_config *a, const struct endpoint_config *b)
{
	return memcmp(&a->address, &b->address, sizeof(a->address)) == 0 &&
	       endpoint_config_width(a) == endpoint_config_width(b) && b->port_from <= a->port_to &&
	       a->port_from <= b->port_to;
}

/* Parses ADDRESS:PORT or [ADDRESS]:PORT. */
static bool parse_place(const char *text, struct addr *address, uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	uint64_t number;
	char host[ADDR_TEXT_MAX];

	if (!len || len >= sizeof(host) || !number_parse(colon + 1, &number) || number > UINT16_MAX)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		memmove(host, host + 1, len - 1);
	}
	*port = (uint16_t)number;
	return addr_parse(host, address);
}

/* Returns true if `a` has precedence over `b` (which may be NULL) at a place that both have. */
static bool answers_rather(const struct endpoint_config *a, const struct endpoint_config *b)
{
	if (!b || a->address.bits != b->address.bits)
		return !b || a->address.bits > b->address.bits;
	return endpoint_config_width(a) < endpoint_config_width(b);
}

int endpoint_config_at(const struct endpoint_config *const *list, unsigned count,
		       const struct addr *address, uint16_t port)
{
	int best = -1;

	for (unsigned i = 0; i < count; i++) {
		const struct endpoint_config *e = list[i];

		if (e && prefix_contains(&e->address, address) && port >= e->port_from &&
		    port <= e->port_to && answers_rather(e, best < 0 ? NULL : list[best]))
			best = (int)i;
	}
	return best;
}

int endpoint_config_find(const struct endpoint_config *const *list, unsigned count,
			 const char *name)
{
	struct addr address;
	uint16_t port;

	for (unsigned i = 0; i < count; i++)
		if (list[i] && strcmp(list[i]->name, name) == 0)
			return (int)i;
	return parse_place(name, &address, &port) ? endpoint_config_at(list, count, &address, port)
						  : -1;
}
