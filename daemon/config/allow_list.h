/* SPDX-License-Identifier: MIT */
/* `clients`: which clients are answered, and how much each is sent until its address is proved. */
#ifndef SYNACKD_CONFIG_ALLOW_LIST_H
#define SYNACKD_CONFIG_ALLOW_LIST_H

#include "config/config.h"
#include "schema/schema.h"

/* Keys of struct allowed. */
extern const struct key client_keys[];
extern const size_t client_keys_count;

/* Read `clients` of the main file; without that key, loopback is a client. Errors are in `diag`. */
void config_read_clients(struct config *c, config_setting_t *root, struct diag *diag);
/* Add `clients` of another file, which may be absent. A network that an earlier file has keeps the
 * bounds of that file, with a warning. Errors are in `diag`. */
void config_add_clients(struct config *c, config_setting_t *root, struct diag *diag);

/* Is any of these clients answered? */
bool config_answers(const struct config *c, const struct prefix *clients);

/* The network of a TUN device: on that link it has no bounds, on any other the default ones. */
void config_allow_tun(struct config *c, const struct prefix *network);

#endif
