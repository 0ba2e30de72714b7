/* SPDX-License-Identifier: MIT */
/*
 * place: the paths of the files that belong to this program.
 *
 * In the build tree these are files of the build tree and the source tree. An installed tree can be
 * anywhere, as after `DESTDIR=/x cmake --install`: the functions look first beside the program,
 * then below the prefix of the build. The returned strings are static.
 */
#ifndef SYNACKCTL_PLACE_H
#define SYNACKCTL_PLACE_H

/* Returns the directory with `behaviours`, `suites` and `profiles`. */
const char *place_data(void);

/* Returns the path of the daemon. If it is in neither place, returns `synackd`, which execvp(3)
 * finds in PATH. */
const char *place_daemon(void);

/* Returns the path of the list of shipped behaviours, suites and profiles, for completion. Its
 * lines are `KIND<TAB>NAME<TAB>summary`. */
const char *place_catalogue(void);

/* Returns text for a user whose daemon has no endpoints: sentences and commands to add some. */
const char *place_of_endpoints(void);

#endif
