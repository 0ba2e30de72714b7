/* SPDX-License-Identifier: MIT */
/* An entry of the allow-list, which is the key `clients` of the config. */
#ifndef SYNACKD_ENGINE_ALLOWED_H
#define SYNACKD_ENGINE_ALLOWED_H

#include "wire/addr.h"

/* Clients that are answered, and how much each may be sent before it has proved its address. */
struct allowed {
	struct prefix network;
	uint32_t amplification; /* octets for each that came; 0: no bound */
	size_t rate;            /* octets a second beyond those that came; 0: no bound */
	bool tun;               /* it is the network of a TUN device of ours */
};

#endif
