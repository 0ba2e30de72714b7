/* SPDX-License-Identifier: MIT */
/* tuns: reads the key `tuns`: TUN devices of the daemon, and the networks that the kernel routes to
 * them. */
#ifndef SYNACKD_CONFIG_TUNS_H
#define SYNACKD_CONFIG_TUNS_H

#include "schema/schema.h"
#include "wire/addr.h"

struct config;

/* A TUN device. The config owns its pointers. */
struct tun_config {
	char *name;
	unsigned networks;
	struct prefix *network;
	uint16_t mtu; /* size of the largest packet, in octets */
	bool persistent;
};

/* The keys of struct tun_config. */
extern const struct key tun_keys[];
extern const size_t tun_keys_count;

/* Reads `tuns` of a main file. Adds their networks to the clients. Errors are reported in `diag`.
 */
void config_read_tuns(struct config *c, config_setting_t *root, struct diag *diag);

/* Returns the TUN device whose network contains the address or network `p`, or NULL if there is
 * none. */
const struct tun_config *config_tun_of(const struct config *c, const struct prefix *p);

#endif
