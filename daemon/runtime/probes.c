/* SPDX-License-Identifier: MIT */
#include "runtime/probes.h"

#include "base/steady.h"
#include "base/text.h"
#include "link/probe.h"
#include "link/probe_socket.h"
#include "runtime/probe_interface.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS       4096 /* a power of two */
#define FRAMES_A_TURN 64
#define GRAIN         (20 * NS_PER_MS) /* steps within this time are done together */

/* A virtual address of endpoints, on an interface. */
struct claim {
	struct claim *next;         /* in the same bucket */
	struct probe_interface *on; /* interface of its probes */
	struct probe probe;
	bool used;
	bool unasked; /* one of its endpoints has `probe = false` */
};

struct probes {
	struct daemon *daemon;
	void (*changed)(struct daemon *d);
	struct probe_interface *first;
	struct claim *bucket[BUCKETS];
	struct event *timer;
	uint64_t conflicts;
	unsigned networks;
	const struct live_endpoint *
		*network;          /* endpoints that are networks; used in probes_follow() */
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

static struct claim **bucket_of(struct probes *all, const struct addr *a)
{
	return &all->bucket[addr_hash(a, 0) & (BUCKETS - 1)];
}

static struct claim *claim_find(struct probes *all, const struct probe_interface *on,
				const struct addr *a)
{
	struct claim *claim = *bucket_of(all, a);

	while (claim && (claim->on != on || !addr_equal(&claim->probe.address, a)))
		claim = claim->next;
	return claim;
}

static struct claim *claim_make(struct probes *all, struct probe_interface *on,
				const struct addr *a, bool ask)
{
	struct claim **bucket = bucket_of(all, a), *claim = xcalloc(1, sizeof(*claim));

	claim->on = on;
	claim->next = *bucket;
	*bucket = claim;
	if (ask)
		probe_begin(&claim->probe, a, on->mac, steady_now(), &on->rng);
	else
		probe_keep(&claim->probe, a, on->mac);
	return claim;
}

static void each_claim(struct probes *all, void (*call)(struct claim *claim, void *arg), void *arg)
{
	for (unsigned i = 0; i < BUCKETS; i++)
		for (struct claim *claim = all->bucket[i]; claim; claim = claim->next)
			call(claim, arg);
}

/* Frees claims that no endpoint has, and interfaces without claims. */
static void drop_unused(struct probes *all)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		struct claim **at = &all->bucket[i];

		while (*at) {
			struct claim *claim = *at;

			if (claim->used) {
				at = &claim->next;
				continue;
			}
			*at = claim->next;
			free(claim);
		}
	}
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
	each_claim(all, note_state, &s);
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
	each_claim(all, step, &s);
	if (s.changed) {
		/* The workers must answer before the address is announced. */
		all->changed(all->daemon);
		each_claim(all, step, &s);
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
		claim = claim_find(all, on, &sighting.address);
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

/* Returns true if a network of an endpoint contains the address, so that it is answered for in any
 * case. */
static bool is_covered(const struct probes *all, const struct live_endpoint *l)
{
	for (unsigned i = 0; i < all->networks; i++)
		if (strcmp(all->network[i]->place.interface, l->place.interface) == 0 &&
		    prefix_contains(&all->network[i]->config->address, &l->config->address.addr))
			return true;
	return false;
}

static void find_networks(struct probes *all)
{
	const struct daemon *d = all->daemon;

	all->network = xcalloc(d->lives + 1, sizeof(struct live_endpoint *));
	all->networks = 0;
	for (unsigned i = 0; i < d->lives; i++)
		if (!d->live[i].removed && !d->live[i].problem &&
		    d->live[i].config->address.bits < 128)
			all->network[all->networks++] = &d->live[i];
}

static bool may_ask(const struct probes *all, const struct live_endpoint *l)
{
	return all->daemon->config->probe && l->config->probe && !is_covered(all, l);
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
	claim = claim_find(all, on, a);
	return claim ? claim : claim_make(all, on, a, may_ask(all, l));
}

static const struct claim *use_claim(struct probes *all, const struct live_endpoint *l)
{
	struct claim *claim = claim_of(all, l);

	if (!claim)
		return NULL;
	claim->on->used = claim->used = true;
	claim->unasked |= !may_ask(all, l);
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
		workers_abort_endpoints(all->daemon->workers, &l->number, 1);
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

	each_claim(all, mark_unused, NULL);
	for (struct probe_interface *on = all->first; on; on = on->next) {
		on->used = false;
		on->stands = probe_interface_stands(on);
	}
	find_networks(all);
	all->missing[0] = '\0';
	for (unsigned i = 0; i < d->lives; i++)
		claim[i] = use_claim(all, &d->live[i]);
	each_claim(all, settle, NULL);
	for (unsigned i = 0; i < d->lives; i++)
		follow(all, &d->live[i], claim[i]);
	free(claim);
	free(all->network);
	all->network = NULL;
	drop_unused(all);
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
	each_claim(d->probes, ask_again, NULL);
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
	all->timer = event_new(d->base, -1, 0, on_timer, all);
	if (!all->timer)
		abort(); /* no memory at the start */
	return all;
}

void probes_close(struct probes *all)
{
	if (!all)
		return;
	each_claim(all, mark_unused, NULL);
	for (struct probe_interface *on = all->first; on; on = on->next)
		on->used = false;
	drop_unused(all);
	event_free(all->timer);
	free(all);
}
