/* SPDX-License-Identifier: MIT */
/* How the files that load a config share the work: config.c reads files, places.c makes endpoints
 * of `endpoints` and `catalogues`, tuns.c has `tuns`, suites.c `suites` and `profiles`,
 * config_keys.c the tables. */
#ifndef SYNACKD_CONFIG_CONFIG_PRIVATE_H
#define SYNACKD_CONFIG_CONFIG_PRIVATE_H

#include "config/config.h"

/* Of struct config: the top level, and `control`. */
extern const struct key config_keys[], control_keys[];
extern const size_t config_keys_count, control_keys_count;

/* Of struct endpoint_config: what endpoints and catalogues share, and what is theirs. The `base` of
 * a catalogue goes to port_from, its `network` to address. */
extern const struct key place_keys[], endpoint_keys[], catalogue_keys[];
extern const size_t place_keys_count, endpoint_keys_count, catalogue_keys_count;

/* Of struct tun_config. */
extern const struct key tun_keys[];
extern const size_t tun_keys_count;

/* Call `read` on each entry of the list `name`, if there is one. */
void config_each_entry(config_setting_t *root, const char *name, struct diag *diag,
		       void (*read)(void *arg, config_setting_t *entry), void *arg);

extern const struct key client_keys[];
extern const size_t client_keys_count;

/* Read `clients`, or what is in their place. */
void config_read_clients(struct config *c, config_setting_t *root, struct diag *diag);
void config_allow(struct config *c, const struct allowed *allowed); /* one more; copied */
/* The network of a TUN device: on that link it has no bounds, on any other one those by default. */
void config_allow_tun(struct config *c, const struct prefix *network);

/* Read `tuns`; their networks are clients. */
void config_read_tuns(struct config *c, config_setting_t *root, struct diag *diag);

/* Read `suites` and `profiles` of a file, whose path outlives the config. */
void config_read_suites(struct config *c, config_setting_t *root, const char *path,
			struct diag *diag);

/* Once all behaviours and suites are known: are those that suites name there? */
void config_check_suites(const struct config *c, struct diag *diag);

/* Read both groups of a main file (each may be absent). `complete`: every file of behaviours could
 * be read, so that one which is not there is an error. */
void config_read_places(struct config *c, config_setting_t *root, bool complete, struct diag *diag);

#endif
