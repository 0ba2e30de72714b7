/* SPDX-License-Identifier: MIT */
#include "service/service.h"

#include "base/container.h"
#include "base/text.h"
#include "service/service_ops.h"
#include "wire/notation_parse.h"

#include <stdlib.h>
#include <string.h>

static const struct service_ops *const services[] = {
	&service_discard, &service_echo,   &service_chargen, &service_banner,
	&service_http,    &service_report, &service_relay,
};

#define SERVICES COUNT_OF(services)

const char *const service_close_names[] = {
	[CLOSE_AT_EOF] = "eof",
	[CLOSE_REPLY] = "reply",
	[CLOSE_LEAVE] = "leave",
	[CLOSE_NEVER] = "never",
	NULL,
};

static char *unknown_service(const char *text)
{
	struct text t = {0};

	text_addf(&t, "expected a service (");
	for (size_t i = 0; i < SERVICES; i++) {
		text_addf(&t, "%s%s", i ? ", " : "", services[i]->name);
		if (services[i]->takes)
			text_addf(&t, ", %s", services[i]->name);
		if (services[i]->argument)
			text_addf(&t, ":%s", services[i]->argument);
	}
	text_addf(&t, "), got '%s'", text);
	return t.s;
}

static bool parse_argument(const struct service_ops *ops, const char *argument, struct service *out,
			   char **error)
{
	struct relay_target *target = NULL;
	uint8_t *octets = NULL;
	uint32_t len = 0;

	if (ops == &service_banner && argument &&
	    !payload_parse(argument, UINT32_MAX, &octets, &len, error))
		return false;
	if (ops == &service_relay) {
		target = relay_target_parse(argument ? argument : "", error);
		if (!target)
			return false;
	}
	if (argument && ops->takes && !ops->takes(argument, error))
		return false;
	*out = (struct service){.ops = ops,
				.target = target,
				.octets = octets,
				.octets_len = len,
				.close = CLOSE_AT_EOF};
	if (argument)
		out->argument = xstrdup(argument);
	return true;
}

bool service_parse(const char *text, struct service *out, char **error)
{
	size_t name = strcspn(text, ":");

	for (size_t i = 0; i < SERVICES; i++) {
		const struct service_ops *ops = services[i];

		if (strlen(ops->name) != name || strncmp(ops->name, text, name) != 0)
			continue;
		if (text[name] && !ops->argument) {
			*error = xasprintf("%s: unexpected argument '%s'", ops->name,
					   text + name + 1);
			return false;
		}
		return parse_argument(ops, text[name] ? text + name + 1 : NULL, out, error);
	}
	*error = unknown_service(text);
	return false;
}

void service_copy(const struct service *from, struct service *to)
{
	*to = *from;
	if (from->argument)
		to->argument = xstrdup(from->argument);
	if (from->octets)
		to->octets = memcpy(xcalloc(1, from->octets_len), from->octets, from->octets_len);
	relay_target_get(to->target);
}

void service_free(struct service *s)
{
	free(s->argument);
	free(s->octets);
	relay_target_put(s->target);
	*s = (struct service){0};
}

const char *service_name(const struct service *s)
{
	return s->ops->name;
}

/* Decides if the service closes: by `close`, and by the client's FIN. */
static void decide(const struct service *s, struct service_run *run, const struct tcp_conn *c)
{
	bool begun = run->offset && !run->replied;

	/* If the client closes before its first request, it receives no reply; a reply in progress
	 * is completed. */
	if ((service_replies_once(s) && run->replied) ||
	    (s->close != CLOSE_NEVER && tcp_eof(c) && !begun))
		run->closed = true;
}

void service_turn(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	if (c->user_gone)
		return;
	s->ops->turn(s, run, c);
	/* While writing is paused the service does not close, as it may have more to write. */
	if (!s->ops->closes_itself && !c->writing_paused)
		decide(s, run, c);
	if (run->closed && s->close == CLOSE_LEAVE)
		tcp_leave(c);
	else if (run->closed && s->close != CLOSE_NEVER)
		tcp_close(c);
}

bool service_waits(const struct service_run *run)
{
	return run->peer || run->report;
}

void service_end(const struct service *s, struct service_run *run, struct tcp_conn *c)
{
	if (s->ops && s->ops->end)
		s->ops->end(run, c);
}
