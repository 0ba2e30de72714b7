/* SPDX-License-Identifier: MIT */
#include "place.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A path and the terminating NUL; longer than PATH_MAX it cannot be opened anyway. */
struct place {
	char path[PATH_MAX];
};

/* The file of this program; false: /proc does not tell. */
static bool program_path(struct place *out)
{
	ssize_t n = readlink("/proc/self/exe", out->path, sizeof(out->path) - 1);

	out->path[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool in_build_tree(void)
{
	struct place self;
	size_t tree = strlen(SYNACKD_BINARY_DIR);

	return program_path(&self) && strncmp(self.path, SYNACKD_BINARY_DIR, tree) == 0 &&
	       self.path[tree] == '/';
}

/* `relative` to the directory of this program, if `mode` of it is permitted; else `installed`. */
static const char *beside(struct place *out, const char *relative, int mode, const char *installed)
{
	char *slash = program_path(out) ? strrchr(out->path, '/') : NULL;
	size_t left = slash ? sizeof(out->path) - (size_t)(slash + 1 - out->path) : 0;

	if (slash && (size_t)snprintf(slash + 1, left, "%s", relative) < left &&
	    access(out->path, mode) == 0)
		return out->path;
	return installed;
}

const char *place_data(void)
{
	static struct place place;

	if (!in_build_tree())
		return beside(&place, SYNACKD_DATA_BESIDE, X_OK, SYNACKD_DATA);
	snprintf(place.path, sizeof(place.path), "%s", SYNACKD_SOURCE_CONF);
	*strrchr(place.path, '/') = '\0';
	return place.path;
}

const char *place_daemon(void)
{
	static struct place place;
	const char *found;

	if (in_build_tree())
		return SYNACKD_BINARY_DIR "/daemon/synackd";
	found = beside(&place, SYNACKD_DAEMON_BESIDE, X_OK, SYNACKD_DAEMON);
	return access(found, X_OK) == 0 ? found : "synackd";
}

const char *place_catalogue(void)
{
	static struct place place;

	if (in_build_tree())
		return SYNACKD_BINARY_DIR "/packaging/catalogue";
	return beside(&place, SYNACKD_DATA_BESIDE "/catalogue", R_OK, SYNACKD_DATA "/catalogue");
}
