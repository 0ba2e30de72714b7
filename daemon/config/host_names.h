/* SPDX-License-Identifier: MIT */
/* The names in a config that belong to this host: its users, groups and interfaces. */
#ifndef SYNACKD_CONFIG_HOST_NAMES_H
#define SYNACKD_CONFIG_HOST_NAMES_H

#include "config/config.h"

/* An unknown `user` or `control.group` is an error in `diag`. Returns false if there was one. */
bool config_check_accounts(const struct config *c, struct diag *diag);

/* A missing interface, of `interfaces` or of an endpoint, is a warning in `diag`: it may exist when
 * synackd starts. A TUN device of the config is none. */
void config_check_interfaces(const struct config *c, struct diag *diag);

#endif
