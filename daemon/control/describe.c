/* SPDX-License-Identifier: MIT */
#include "control/describe.h"

#include "base/steady.h"
#include "catalogue/parameters.h"
#include "runtime/limitations.h"
#include "runtime/live_endpoint.h"
#include "runtime/restart.h"
#include "tcp/settings.h"

#include <stdlib.h>
#include <string.h>

json_t *describe_text(const char *s)
{
	json_t *all = json_string(s);
	struct text t = {0};

	if (all)
		return all;
	for (; *s; s++)
		text_addf(&t, *s & 0x80 ? "\\x%02x" : "%c", (uint8_t)*s);
	all = json_string(text_str(&t));
	text_free(&t);
	return all;
}

/* Returns a string, or null for NULL. */
static json_t *text_or_null(const char *s)
{
	return s ? describe_text(s) : json_null();
}

/* Returns a string and frees `s`. */
static json_t *text_of(char *s)
{
	json_t *text = describe_text(s);

	free(s);
	return text;
}

json_t *describe_place(const struct addr *a, uint16_t port)
{
	char host[ADDR_TEXT_MAX];

	return json_sprintf(addr_is_v4(a) ? "%s:%u" : "[%s]:%u", addr_format(a, host), port);
}

static json_t *ports_of(const struct endpoint_config *e)
{
	if (e->port_from == e->port_to)
		return json_sprintf("%u", e->port_from);
	return json_sprintf("%u-%u", e->port_from, e->port_to);
}

static json_t *service_of(const struct service *s)
{
	if (!s->argument)
		return json_string(service_name(s));
	return text_of(xasprintf("%s:%s", service_name(s), s->argument));
}

/* Returns the policy for ports that nothing listens on, or null. */
static json_t *closed_of(const struct live_endpoint *l)
{
	enum closed_policy closed = l->rules->tcp.closed;

	return text_or_null(closed == CLOSED_NOT ? NULL : closed_policy_names[closed]);
}

/* Returns "owned" (by the kernel), "virtual" (of synackd), or null. */
static json_t *kind_of(const struct live_endpoint *l)
{
	if (l->place.owned)
		return json_string("owned");
	return *l->place.interface ? json_string("virtual") : json_null();
}

/* Adds the time of an end, and the time left until then; null if there is no end. */
static void add_end(json_t *o, nstime until)
{
	nstime now = steady_now(), left = until > now ? until - now : 0;
	bool ends = until != NS_NEVER;

	json_object_set_new(o, "until", ends ? json_integer(until) : json_null());
	json_object_set_new(o, "until_s", ends ? json_real(clock_seconds(until)) : json_null());
	json_object_set_new(o, "left_ns", ends ? json_integer(left) : json_null());
	json_object_set_new(o, "left_s", ends ? json_real(clock_seconds(left)) : json_null());
}

json_t *describe_endpoint(const struct daemon *d, const struct live_endpoint *l)
{
	const struct endpoint_config *e = l->config;
	const char *change = live_endpoint_change_name(live_endpoint_change(l));
	const char *behaviour = live_endpoint_behaviour(l);
	char address[ADDR_TEXT_MAX];
	char *unavailable = limitations_of(d, l);
	json_t *o = json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", l->name,
		"address", prefix_format(&e->address, address), "kind", kind_of(l), "interface",
		text_or_null(*l->place.interface ? l->place.interface : NULL), "ports", ports_of(e),
		"behaviour", describe_text(behaviour), "service", service_of(&e->service), "closed",
		closed_of(l), "problem", text_or_null(l->problem), "probing",
		json_boolean(l->probing), "unavailable", text_or_null(unavailable), "change",
		text_or_null(change));

	add_end(o, live_endpoint_until(l));
	free(unavailable);
	if (strcmp(behaviour, e->behaviour) != 0)
		json_object_set_new(o, "configured", describe_text(e->behaviour));
	return o;
}

static json_t *describe_parameter(const struct parameter *p)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "name", p->name, "type",
			 parameter_type_name(p->type), "default", text_or_null(p->fallback), "min",
			 text_or_null(p->min), "max", text_or_null(p->max), "among",
			 text_or_null(p->among), "help", text_or_null(p->help));
}

json_t *describe_behaviour(const struct behaviour *b)
{
	json_t *parameters = json_array();

	for (unsigned i = 0; i < b->parameters; i++)
		json_array_append_new(parameters, describe_parameter(&b->parameter[i]));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "name", b->name, "number",
			 b->number ? json_integer(b->number) : json_null(), "summary",
			 text_or_null(b->summary), "reference", text_or_null(b->reference),
			 "client", text_or_null(b->client), "reveals", text_or_null(b->reveals),
			 "parameters", parameters, "file", text_or_null(b->file), "line",
			 (int)b->line);
}

json_t *describe_problems(const struct daemon *d)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < d->lives; i++)
		if (d->live[i].problem)
			json_array_append_new(all, text_of(xasprintf("%s: %s", d->live[i].name,
								     d->live[i].problem)));
	for (unsigned i = 0; i < d->config->tuns; i++)
		if (!workers_has_interface(d->workers, d->config->tun[i].name))
			json_array_append_new(all,
					      json_sprintf("%s: the TUN device was deleted: "
							   "'synackctl reload' creates it again",
							   d->config->tun[i].name));
	return all;
}

json_t *describe_lines(const struct diag *diag)
{
	const char *line = text_str(&diag->lines);
	json_t *all = json_array();

	while (*line) {
		size_t len = strcspn(line, "\n");

		json_array_append_new(all, text_of(xasprintf("%.*s", (int)len, line)));
		line += len + (line[len] == '\n');
	}
	return all;
}

static void add_restart(void *all, const struct restart *r)
{
	json_array_append_new(all, json_pack("{s:o, s:o, s:o}", "key", describe_text(r->key),
					     "in_force", describe_text(r->in_force), "config",
					     describe_text(r->wanted)));
}

json_t *describe_restarts(struct daemon *d)
{
	json_t *all = json_array();

	daemon_restarts(d, add_restart, all);
	return all;
}
