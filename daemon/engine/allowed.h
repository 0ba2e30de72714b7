/* SPDX-License-Identifier: MIT */
/* allowed: an entry of the allow-list, the key `clients` of the config. */
#ifndef SYNACKD_ENGINE_ALLOWED_H
#define SYNACKD_ENGINE_ALLOWED_H

#include "wire/addr.h"

/* Clients that synackd answers, and the limits until a client has proved its address. */
struct allowed {
	struct prefix network;
	uint32_t amplification; /* octets sent per octet received; 0: no limit */
	size_t rate;            /* octets per second beyond the octets received; 0: no limit */
	bool tun;               /* it is the network of our TUN device */
};

#endif
