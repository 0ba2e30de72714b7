/* SPDX-License-Identifier: MIT */
/* `tuns`: TUN devices of ours, and the networks that the kernel routes to each. */
#ifndef SYNACKD_CONFIG_TUNS_H
#define SYNACKD_CONFIG_TUNS_H

#include "schema/schema.h"
#include "wire/addr.h"

struct config;

/* What it points to is owned by the config. */
struct tun_config {
	char *name;
	unsigned networks;
	struct prefix *network;
	uint16_t mtu; /* octets of a packet */
	bool persistent;
};

/* Keys of struct tun_config. */
extern const struct key tun_keys[];
extern const size_t tun_keys_count;

/* Read `tuns` of a main file; their networks are clients. What is wrong is in `diag`. */
void config_read_tuns(struct config *c, config_setting_t *root, struct diag *diag);

/* The TUN device that an address, or all of a network, is on. Returns NULL if there is none. */
const struct tun_config *config_tun_of(const struct config *c, const struct prefix *p);

#endif
