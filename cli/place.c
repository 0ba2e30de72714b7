/* SPDX-License-Identifier: MIT */
#include "place.h"

#include "base/program.h"

#include <unistd.h>

/* Returns `relative` to the directory of this program if access(2) permits `mode`, else
 * `installed`. */
static const char *beside(struct program_path *out, const char *relative, int mode,
			  const char *installed)
{
	const char *found = program_beside(out, relative, mode);

	return found ? found : installed;
}

const char *place_data(void)
{
	static struct program_path place;

	if (program_is_in(SYNACKD_BINARY_DIR))
		return SYNACKD_SOURCE_DATA;
	return beside(&place, SYNACKD_DATA_BESIDE, X_OK, SYNACKD_DATA);
}

const char *place_daemon(void)
{
	static struct program_path place;
	const char *found;

	if (program_is_in(SYNACKD_BINARY_DIR))
		return SYNACKD_BINARY_DIR "/daemon/synackd";
	found = beside(&place, SYNACKD_DAEMON_BESIDE, X_OK, SYNACKD_DAEMON);
	return access(found, X_OK) == 0 ? found : "synackd";
}

const char *place_catalogue(void)
{
	static struct program_path place;

	if (program_is_in(SYNACKD_BINARY_DIR))
		return SYNACKD_BINARY_DIR "/packaging/catalogue";
	return beside(&place, SYNACKD_DATA_BESIDE "/catalogue", R_OK, SYNACKD_DATA "/catalogue");
}

const char *place_of_endpoints(void)
{
	if (program_is_in(SYNACKD_BINARY_DIR))
		return "No endpoints. To add one, see 'synackctl add --help'.";
	return "No endpoints. To add one for each behaviour, on ports from 7000, run as root:\n"
	       "  ln -s " SYNACKD_DATA "/examples/catalogue.conf " SYNACKD_CONF_D "/\n"
	       "  synackctl reload\n"
	       "To add a single endpoint, see 'synackctl add --help' or synackd.conf(5).";
}
