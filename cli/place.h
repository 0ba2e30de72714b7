/* SPDX-License-Identifier: MIT */
/* Where the files are that belong to this program: in its build tree and its source tree, or where
 * it was installed. An installed tree may stand anywhere, as after `DESTDIR=/x cmake --install`:
 * files are looked for beside the program first, and then below the prefix of the build.
 *
 * The strings that are returned belong to this file and stay valid. */
#ifndef SYNACKCTL_PLACE_H
#define SYNACKCTL_PLACE_H

/* The directory that holds `behaviours`, `suites` and `profiles`. */
const char *place_data(void);

/* The daemon; `synackd`, to be looked for in PATH, if it is in neither place. */
const char *place_daemon(void);

/* The list of what is shipped, for completion: `KIND<TAB>NAME<TAB>summary` a line, of the kinds
 * behaviour, suite and profile. */
const char *place_catalogue(void);

/* Sentences and commands for a user whose daemon has no endpoints: how to add them. */
const char *place_of_endpoints(void);

#endif
