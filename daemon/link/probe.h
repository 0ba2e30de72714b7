/* SPDX-License-Identifier: MIT */
/*
 * probe: checks that an address is free on a link.
 *
 * It implements address conflict detection for IPv4 (RFC 5227) and duplicate address detection
 * for IPv6 (RFC 4862 5.4), for addresses that the kernel does not own. It processes frames
 * without sockets; time and random numbers are arguments.
 */
#ifndef SYNACKD_LINK_PROBE_H
#define SYNACKD_LINK_PROBE_H

#include "base/clock.h"
#include "base/random.h"
#include "wire/addr.h"

#define PROBE_FRAME_MAX 86 /* octets of the longest frame, an advertisement */

enum probe_state {
	PROBE_ASKING, /* the address must not be used yet */
	PROBE_FREE,   /* the address is in use here; announcements may still be pending */
	PROBE_TAKEN,  /* another station has the address, or probes for it, too */
};

struct probe {
	struct addr address;
	uint8_t mac[6];     /* the link address of this station */
	uint8_t state;      /* enum probe_state */
	bool kept;          /* keep the address even if another station claims it */
	bool disputed;      /* another station claimed the address at `disputed_at` */
	uint8_t sent;       /* number of probes, or of announcements in state FREE */
	uint8_t rival[6];   /* link address of the other station, if TAKEN or disputed */
	nstime due;         /* time of the next step; NS_NEVER: none */
	nstime disputed_at; /* RFC 5227 2.4 (b) */
};

/* Starts to probe for an address. */
void probe_begin(struct probe *p, const struct addr *address, const uint8_t mac[6], nstime now,
		 struct rng *rng);
/* Uses an address without probing. It is not announced, but defended. */
void probe_keep(struct probe *p, const struct addr *address, const uint8_t mac[6]);
/* Postpones the next step, because the link has no carrier. */
void probe_put_off(struct probe *p, nstime now);

/* Performs the step that is due by `now`. Returns the length in octets of the frame to send, in
 * `frame`, or 0 if there is none. When the state becomes FREE there is no frame: the caller
 * starts to use the address, and the announcement is due at once. */
size_t probe_step(struct probe *p, nstime now, struct rng *rng, uint8_t frame[PROBE_FRAME_MAX]);

/* A frame of another station that concerns an address. */
struct sighting {
	struct addr address;
	uint8_t mac[6];
	bool claims; /* the station uses the address; else it probes for it */
};

/* Parses a frame without a VLAN tag. Returns false if it is no such frame, or invalid. */
bool sighting_read(const uint8_t *frame, size_t len, struct sighting *out);

/* Returns true if the sighting conflicts with the use of the address, or with probing for it. */
bool probe_conflicts(const struct probe *p, const struct sighting *s);
/* Handles a conflicting sighting. In state ASKING, the address becomes TAKEN. An address in use
 * is defended once in 10 s; a second claim within that time makes it TAKEN (RFC 5227 2.4 (b)),
 * unless it is kept. Returns the length of the frame to send, as probe_step() does. */
size_t probe_handle_conflict(struct probe *p, const struct sighting *s, nstime now,
			     uint8_t frame[PROBE_FRAME_MAX]);

#endif
