/* SPDX-License-Identifier: MIT */
/* host_names: checks that the users, groups and interfaces of a config exist on this host. */
#ifndef SYNACKD_CONFIG_HOST_NAMES_H
#define SYNACKD_CONFIG_HOST_NAMES_H

#include "config/config.h"

/* Reports an unknown `user` or `control.group` as an error in `diag`. Returns false if either is
 * unknown. */
bool config_check_accounts(const struct config *c, struct diag *diag);

/* Reports a missing interface, of `interfaces` or of an endpoint, as a warning in `diag`: it may
 * exist when synackd starts. The TUN devices of the config do not count as missing. */
void config_check_interfaces(const struct config *c, struct diag *diag);

#endif
