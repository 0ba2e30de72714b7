/* SPDX-License-Identifier: MIT */
#include "base/program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool path_of_program(struct program_path *out)
{
	ssize_t n = readlink("/proc/self/exe", out->text, sizeof(out->text) - 1);

	out->text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

bool program_is_in(const char *tree)
{
	struct program_path self;
	size_t len = strlen(tree);

	return path_of_program(&self) && strncmp(self.text, tree, len) == 0 &&
	       self.text[len] == '/';
}

const char *program_beside(struct program_path *out, const char *relative, int mode)
{
	char *slash = path_of_program(out) ? strrchr(out->text, '/') : NULL;
	size_t left = slash ? sizeof(out->text) - (size_t)(slash + 1 - out->text) : 0;

	if (slash && (size_t)snprintf(slash + 1, left, "%s", relative) < left &&
	    access(out->text, mode) == 0)
		return out->text;
	return NULL;
}
