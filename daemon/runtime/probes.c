/* SPDX-License-Identifier: MIT */
#include "runtime/probes.h"

#include "base/steady.h"
#include "base/text.h"
#include "link/probe_socket.h"
#include "runtime/claims.h"
#include "runtime/probe_interface.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_A_TURN 64
#define GRAIN         (20 * NS_PER_MS) /* steps within this time are done together */

struct probes {
	struct daemon *daemon;
	void (*changed)(struct daemon *d);
	struct probe_interface *first;
	struct claims claims;
	struct event *timer;
	uint64_t conflicts;
	char missing[IF_NAMESIZE]; /* the last interface that cannot be opened; used in
				      probes_follow() */
};

/* --- interfaces ------------------------------------------------------------------------------- */

static void on_frames(evutil_socket_t fd, short what, void *arg);

static struct probe_interface *interface_named(struct probes *all, const char *name)
{
	struct probe_interface *on = all->first;

	while (on && (strcmp(on->interface.name, name) != 0 || !on->stands))
		on = on->next;
	return on;
}

/* --- claims ----------------------------------------------------------------------------------- */

static struct claim *claim_make(struct probes *all, struct probe_interface *on,
				const struct addr *a, bool ask)
{
	struct claim *claim = claims_add(&all->claims, on, a);

	if (ask)
		probe_begin(&claim->probe, a, on->mac, steady_now(), &on->rng);
	else
		probe_keep(&claim->probe, a, on->mac);
	return claim;
}

static void close_unused_interfaces(struct probes *all)
{
	for (struct probe_interface **at = &all->first; *at;) {
		struct probe_interface *on = *at;

		if (on->used) {
			at = &on->next;
			continue;
		}
		*at = on->next;
		probe_interface_close(on);
	}
}

/* --- time ------------------------------------------------------------------------------------- */

struct schedule {
	nstime now, next;
	bool changed; /* an address became free to use */
};

static void note_state(struct claim *claim, void *arg)
{
	struct schedule *s = arg;

	if (claim->probe.state == PROBE_ASKING)
		claim->on->used = true;
	if (claim->probe.due < s->next)
		s->next = claim->probe.due;
}

/* Starts the timer for the next step. Receives answers on the interfaces on which an address is
 * being probed. */
static void arm(struct probes *all)
{
	struct schedule s = {.next = NS_NEVER};
	struct timeval wait;
	nstime left;

	for (struct probe_interface *on = all->first; on; on = on->next)
		on->used = false;
	claims_each(&all->claims, note_state, &s);
	for (struct probe_interface *on = all->first; on; on = on->next)
		probe_interface_listen(on, on->used);
	if (s.next == NS_NEVER) {
		event_del(all->timer);
		return;
	}
	left = s.next - steady_now();
	left = (left > 0 ? left : 0) + GRAIN;
	wait = (struct timeval){.tv_sec = (time_t)(left / NS_PER_S),
				.tv_usec = (suseconds_t)(left % NS_PER_S / NS_PER_US)};
	event_add(all->timer, &wait);
}

static void step(struct claim *claim, void *arg)
{
	struct schedule *s = arg;
	struct probe_interface *on = claim->on;
	uint8_t frame[PROBE_FRAME_MAX];
	bool asked = claim->probe.state == PROBE_ASKING;
	size_t len;

	if (claim->probe.due > s->now)
		return;
	if (!probe_socket_carries(on->fd, &on->interface)) {
		probe_put_off(&claim->probe, s->now);
		return;
	}
	len = probe_step(&claim->probe, s->now, &on->rng, frame);
	if (len)
		probe_socket_send(on->fd, &on->interface, frame, len);
	s->changed |= asked && claim->probe.state == PROBE_FREE;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct probes *all = arg;
	struct schedule s = {.now = steady_now()};

	(void)fd;
	(void)what;
	claims_each(&all->claims, step, &s);
	if (s.changed) {
		/* The workers must answer before the address is announced. */
		all->changed(all->daemon);
		claims_each(&all->claims, step, &s);
	}
	arm(all);
}

/* --- other stations --------------------------------------------------------------------------- */

static const char *mac_format(const uint8_t mac[6], char out[18])
{
	snprintf(out, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return out;
}

/* Limited, as a station on the link can send any number of claims. */
static void log_claim(struct probes *all, const struct claim *claim)
{
	static struct log_limit limit = {.what = "claims of virtual addresses", .lines = 10};
	char address[ADDR_TEXT_MAX], mac[18];

	all->conflicts++;
	log_warn_limited(&limit, "%s on %s: also claimed by %s",
			 addr_format(&claim->probe.address, address), claim->on->interface.name,
			 mac_format(claim->probe.rival, mac));
}

static char *taken_by(const struct claim *claim)
{
	char address[ADDR_TEXT_MAX], mac[18];

	return xasprintf("%s is in use on %s by %s: choose another address, or free it there and "
			 "run 'synackctl reload'",
			 addr_format(&claim->probe.address, address), claim->on->interface.name,
			 mac_format(claim->probe.rival, mac));
}

static void log_taken(const struct claim *claim)
{
	static struct log_limit limit = {.what = "addresses that are in use", .lines = 50};
	char *why = taken_by(claim);

	log_limited(&limit, LOG_LEVEL_WARN, &(struct log_subject){.message = MESSAGE_NO_ANSWER},
		    "endpoints do not answer: %s", why);
	free(why);
}

/* Returns true if the state of the claim changed. */
static bool handle_conflict(struct probes *all, struct claim *claim,
			    const struct sighting *sighting)
{
	uint8_t frame[PROBE_FRAME_MAX], before = claim->probe.state;
	nstime now = steady_now();
	size_t len = probe_handle_conflict(&claim->probe, sighting, now, frame);

	if (before == PROBE_FREE)
		log_claim(all, claim);
	if (len)
		probe_socket_send(claim->on->fd, &claim->on->interface, frame, len);
	if (claim->probe.state == before)
		return false;
	log_taken(claim);
	return true;
}

static void on_frames(evutil_socket_t fd, short what, void *arg)
{
	struct probe_interface *on = arg;
	struct probes *all = on->owner;
	struct sighting sighting;
	bool changed = false;
	uint8_t frame[2048];
	size_t len;

	(void)what;
	for (int i = 0; i < FRAMES_A_TURN; i++) {
		struct claim *claim;

		len = probe_socket_receive(fd, frame, sizeof(frame));
		if (!len)
			break;
		if (!sighting_read(frame, len, &sighting))
			continue;
		claim = claims_find(&all->claims, on, &sighting.address);
		if (claim && probe_conflicts(&claim->probe, &sighting))
			changed |= handle_conflict(all, claim, &sighting);
	}
	if (!changed)
		return;
	all->changed(all->daemon);
	arm(all);
}

/* --- endpoints -------------------------------------------------------------------------------- */

/* Returns true if the endpoint has a virtual address that can be probed. A network cannot: every
 * address in it is answered for. A TUN device is not a link to probe on. */
static bool is_claim(const struct daemon *d, const struct live_endpoint *l)
{
	const struct prefix *p = &l->config->address;

	return !l->removed && !l->place.owned && *l->place.interface && p->bits == 128 &&
	       !config_tun_of(d->config, p) && (!l->problem || l->taken);
}

/* Finds the networks of endpoints on this interface. */
static void find_networks(const struct daemon *d, struct probe_interface *on)
{
	struct prefix *network = xcalloc(d->lives + 1, sizeof(*network));
	uint32_t networks = 0;

	for (unsigned i = 0; i < d->lives; i++) {
		const struct live_endpoint *l = &d->live[i];

		if (!l->removed && !l->problem && l->config->address.bits < ADDR_BITS &&
		    strcmp(l->place.interface, on->interface.name) == 0)
			network[networks++] = l->config->address;
	}
	prefix_table_fill(&on->networks, network, networks);
	free(network);
}

/* Returns true if the address of the endpoint is to be probed: not if a network of an endpoint
 * contains it, as it is answered for in any case. */
static bool may_ask(const struct probes *all, const struct probe_interface *on,
		    const struct live_endpoint *l)
{
	return all->daemon->config->probe && l->config->probe &&
	       !prefix_table_has(&on->networks, &l->config->address.addr);
}

/* Returns the interface of this name, and opens it if necessary; NULL if it cannot be opened. */
static struct probe_interface *interface_on(struct probes *all, const char *interface)
{
	struct probe_interface *on = interface_named(all, interface);
	char *error = NULL;

	if (on || strcmp(all->missing, interface) == 0)
		return on;
	on = probe_interface_open(interface, all->daemon->seed, all->daemon->base, on_frames, all,
				  &error);
	if (!on) {
		snprintf(all->missing, sizeof(all->missing), "%s", interface);
		log_warn("%s", error);
		free(error);
		return NULL;
	}
	find_networks(all->daemon, on);
	on->next = all->first;
	all->first = on;
	return on;
}

/* Returns the claim of the endpoint's address, and makes one if necessary. Returns NULL if the
 * address cannot be probed or its interface cannot be opened. */
static struct claim *claim_of(struct probes *all, const struct live_endpoint *l)
{
	const struct addr *a = &l->config->address.addr;
	struct claim *claim;
	struct probe_interface *on;

	if (!is_claim(all->daemon, l))
		return NULL;
	on = interface_on(all, l->place.interface);
	if (!on)
		return NULL;
	claim = claims_find(&all->claims, on, a);
	return claim ? claim : claim_make(all, on, a, may_ask(all, on, l));
}

static const struct claim *use_claim(struct probes *all, const struct live_endpoint *l)
{
	struct claim *claim = claim_of(all, l);

	if (!claim)
		return NULL;
	claim->on->used = claim->used = true;
	claim->unasked |= !may_ask(all, claim->on, l);
	return claim;
}

/* Call when all endpoints of the address are known. */
static void settle(struct claim *claim, void *arg)
{
	const struct addr address = claim->probe.address;

	(void)arg;
	if (claim->unasked && claim->probe.state != PROBE_FREE)
		probe_keep(&claim->probe, &address, claim->on->mac);
	else if (!claim->unasked)
		claim->probe.kept = false; /* from now on, another station may take it */
}

static void follow(struct probes *all, struct live_endpoint *l, const struct claim *claim)
{
	bool taken = claim && claim->probe.state == PROBE_TAKEN;

	/* RFC 5227 2.4: connections are reset before an address is given up. */
	if (taken && !l->taken && !l->probing)
		workers_abort_endpoints(all->daemon->workers, &l->number->value, 1);
	l->probing = claim && claim->probe.state == PROBE_ASKING;
	if (l->taken && !taken) {
		free(l->problem);
		l->problem = NULL;
	}
	if (taken && !l->problem)
		l->problem = taken_by(claim);
	l->taken = taken;
}

static void mark_unused(struct claim *claim, void *arg)
{
	(void)arg;
	claim->used = claim->unasked = false;
}

void probes_follow(struct daemon *d)
{
	struct probes *all = d->probes;
	const struct claim **claim = xcalloc(d->lives + 1, sizeof(struct claim *));

	claims_each(&all->claims, mark_unused, NULL);
	for (struct probe_interface *on = all->first; on; on = on->next) {
		on->used = false;
		on->stands = probe_interface_stands(on);
		find_networks(d, on);
	}
	all->missing[0] = '\0';
	for (unsigned i = 0; i < d->lives; i++)
		claim[i] = use_claim(all, &d->live[i]);
	claims_each(&all->claims, settle, NULL);
	for (unsigned i = 0; i < d->lives; i++)
		follow(all, &d->live[i], claim[i]);
	free(claim);
	claims_drop_unused(&all->claims);
	close_unused_interfaces(all);
	arm(all);
}

static void ask_again(struct claim *claim, void *arg)
{
	struct probe *p = &claim->probe;
	const struct addr address = p->address;

	(void)arg;
	if (p->state == PROBE_TAKEN)
		probe_begin(p, &address, claim->on->mac, steady_now(), &claim->on->rng);
}

void probes_ask_again(struct daemon *d)
{
	claims_each(&d->probes->claims, ask_again, NULL);
}

uint64_t probes_conflicts(const struct probes *all)
{
	return all->conflicts;
}

struct probes *probes_open(struct daemon *d, void (*changed)(struct daemon *d))
{
	struct probes *all = xcalloc(1, sizeof(*all));

	all->daemon = d;
	all->changed = changed;
	claims_init(&all->claims);
	all->timer = event_new(d->base, -1, 0, on_timer, all);
	if (!all->timer)
		abort(); /* no memory at the start */
	return all;
}

void probes_close(struct probes *all)
{
	if (!all)
		return;
	claims_free(&all->claims);
	for (struct probe_interface *on = all->first; on; on = on->next)
		on->used = false;
	close_unused_interfaces(all);
	event_free(all->timer);
	free(all);
}
