/* SPDX-License-Identifier: MIT */
/* allow_list: the key `clients`: which clients are answered, and how much each may be sent before
 * it has proved its address. */
#ifndef SYNACKD_CONFIG_ALLOW_LIST_H
#define SYNACKD_CONFIG_ALLOW_LIST_H

#include "config/config.h"
#include "schema/schema.h"

/* The keys of struct allowed. */
extern const struct key client_keys[];
extern const size_t client_keys_count;

/* Reads `clients` of the main file. Without that key, only loopback addresses are clients. Errors
 * are reported in `diag`. */
void config_read_clients(struct config *c, config_setting_t *root, struct diag *diag);
/* Adds `clients` of another file, where the key may be absent. A network that an earlier file also
 * has keeps the bounds of that file, with a warning. Errors are reported in `diag`. */
void config_add_clients(struct config *c, config_setting_t *root, struct diag *diag);

/* Returns true if any of these clients is answered. */
bool config_answers(const struct config *c, const struct prefix *clients);

/* Adds the network of a TUN device. Its clients have no bounds on that link, and the default bounds
 * on any other. */
void config_allow_tun(struct config *c, const struct prefix *network);

#endif
