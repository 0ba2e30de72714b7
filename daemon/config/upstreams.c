/* SPDX-License-Identifier: MIT */
#include "config/upstreams.h"

#include "base/text.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Limit for all names together: half of the watchdog's time. getaddrinfo() alone takes 10 s or more
 * if no name server answers. */
#define PATIENCE (5 * NS_PER_S)

/* --- names ------------------------------------------------------------------------------------ */

/* A query to the C library, which resolves it in a thread. */
struct question {
	struct question *next;
	struct gaicb request;
	char *host;
};

/* Queries that timed out. The C library uses them until they are answered. */
static struct question *abandoned;

static void question_free(struct question *q)
{
	if (q->request.ar_result)
		freeaddrinfo(q->request.ar_result);
	free(q->host);
	free(q);
}

static void free_answered(void)
{
	for (struct question **at = &abandoned; *at;) {
		struct question *q = *at;

		if (gai_error(&q->request) == EAI_INPROGRESS) {
			at = &q->next;
			continue;
		}
		*at = q->next;
		question_free(q);
	}
}

/* Returns EAI_INPROGRESS if there is no answer until then. */
static int await(struct question *q, nstime until)
{
	const struct gaicb *const one[] = {&q->request};
	nstime left;

	while (gai_error(&q->request) == EAI_INPROGRESS &&
	       (left = until - clock_read(CLOCK_MONOTONIC)) > 0) {
		const struct timespec span = {.tv_sec = (time_t)(left / NS_PER_S),
					      .tv_nsec = (long)(left % NS_PER_S)};

		gai_suspend(one, 1, &span);
	}
	return gai_error(&q->request);
}

/* Returns the result of getaddrinfo(), or EAI_INPROGRESS after the limit. */
static int look_up(const char *host, nstime until, struct addrinfo **found)
{
	static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	static const struct addrinfo number = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
	struct question *q;
	struct gaicb *all[1];
	int result;

	free_answered();
	if (getaddrinfo(host, NULL, &number, found) == 0)
		return 0;
	q = xcalloc(1, sizeof(*q));
	q->host = xstrdup(host);
	q->request = (struct gaicb){.ar_name = q->host, .ar_request = &hints};
	all[0] = &q->request;
	result = getaddrinfo_a(GAI_NOWAIT, all, 1, NULL);
	if (result == 0)
		result = await(q, until);
	if (result == EAI_INPROGRESS && gai_cancel(&q->request) != EAI_CANCELED) {
		q->next = abandoned;
		abandoned = q;
		return result;
	}
	*found = q->request.ar_result;
	q->request.ar_result = NULL;
	question_free(q);
	return result;
}

/* --- servers ---------------------------------------------------------------------------------- */

/* Returns false if the address is neither IPv4 nor IPv6. */
static bool address_of(const struct addrinfo *info, struct addr *out)
{
	if (info->ai_family == AF_INET) {
		const struct sockaddr_in *v4 = (const void *)info->ai_addr;

		addr_from_v4(out, (const uint8_t *)&v4->sin_addr);
		return true;
	}
	if (info->ai_family != AF_INET6)
		return false;
	memcpy(out->b, &((const struct sockaddr_in6 *)(const void *)info->ai_addr)->sin6_addr,
	       sizeof(out->b));
	return true;
}

/* Stores the addresses in the order of getaddrinfo(). Returns NULL, or the reason why there is
 * none. */
static const char *resolve(struct relay_target *t, nstime until)
{
	struct addrinfo *found;
	int result = look_up(t->host, until, &found);

	if (result == EAI_INPROGRESS)
		return "no name server answers within 5 s";
	if (result != 0)
		return gai_strerror(result);
	for (const struct addrinfo *i = found; i && t->addresses < RELAY_ADDRESSES_MAX;
	     i = i->ai_next)
		t->addresses += address_of(i, &t->address[t->addresses]);
	freeaddrinfo(found);
	return t->addresses ? NULL : "no address";
}

/* Resolves the server of a relay. All endpoints of a catalogue share it. */
static void find_server(const struct endpoint_config *e, nstime until, struct diag *diag)
{
	struct relay_target *t = e->service.target;
	const char *why = t && !t->addresses ? resolve(t, until) : NULL;

	if (why)
		diag_error(diag, e->file, e->service_line, "service", "cannot resolve '%s': %s",
			   t->host, why);
}

/* Reports a relay to a relay: such relays would connect to each other endlessly. */
static void check_circle(const struct endpoint_config *const *list, unsigned count,
			 const struct endpoint_config *e, struct diag *diag)
{
	const struct relay_target *t = e->service.target;

	for (unsigned i = 0; t && i < t->addresses; i++) {
		int at = endpoint_config_at(list, count, &t->address[i], t->port);

		if (at >= 0 && list[at]->service.target) {
			diag_error(diag, e->file, e->service_line, "service",
				   "unexpected server: %s port %u is the endpoint '%s', which is a "
				   "relay, too: name another server",
				   t->host, t->port, list[at]->name);
			return;
		}
	}
}

bool endpoint_configs_resolve(const struct endpoint_config *const *list, unsigned count,
			      struct diag *diag)
{
	const struct relay_target *last = NULL;
	unsigned errors = diag->errors;
	nstime until = clock_read(CLOCK_MONOTONIC) + PATIENCE;

	for (unsigned i = 0; i < count; i++) {
		if (list[i]->service.target != last)
			find_server(list[i], until, diag);
		last = list[i]->service.target;
	}
	last = NULL;
	for (unsigned i = 0; i < count; i++) {
		if (list[i]->service.target != last)
			check_circle(list, count, list[i], diag);
		last = list[i]->service.target;
	}
	return diag->errors == errors;
}

bool config_resolve(const struct config *c, struct diag *diag)
{
	const struct endpoint_config **list = xcalloc(c->endpoints + 1, sizeof(*list));
	bool good;

	for (unsigned i = 0; i < c->endpoints; i++)
		list[i] = &c->endpoint[i];
	good = endpoint_configs_resolve(list, c->endpoints, diag);
	free(list);
	return good;
}
