/* SPDX-License-Identifier: MIT */
#include "place.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

bool place_in_build_tree(void)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t tree = strlen(SYNACKD_BINARY_DIR);

	return n > 0 && (size_t)n > tree && strncmp(self, SYNACKD_BINARY_DIR, tree) == 0 &&
	       self[tree] == '/';
}

const char *place_catalogue(void)
{
	return place_in_build_tree() ? SYNACKD_BINARY_DIR "/packaging/catalogue"
				     : SYNACKD_DATA "/catalogue";
}
