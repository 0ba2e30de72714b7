/* SPDX-License-Identifier: MIT */
#include "base/outfile.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINKS_MOST 40 /* as in the kernel */

/* The walk along a path: `dir` is the current directory, `rest` the remaining path. */
struct walk {
	int dir;
	char *rest; /* owned */
	unsigned links;
	char *why; /* owned; NULL: strerror(errno) */
};

static bool trusts(uid_t uid)
{
	const char *sudo = geteuid() == 0 ? getenv("SUDO_UID") : NULL;
	struct stat root;

	return uid == geteuid() || uid == getuid() ||
	       (stat("/", &root) == 0 && uid == root.st_uid) ||
	       (sudo && uid == (uid_t)strtoul(sudo, NULL, 10));
}

/* Moves to `dir`. Returns false, with errno unchanged, if `dir` is -1. */
static bool enter(struct walk *w, int dir)
{
	if (dir < 0)
		return false;
	close(w->dir);
	w->dir = dir;
	return true;
}

static bool begin(struct walk *w, const char *path)
{
	size_t len = strlen(path);

	*w = (struct walk){.rest = xstrdup(path)};
	while (len > 1 && w->rest[len - 1] == '/')
		w->rest[--len] = '\0';
	w->dir = open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return w->dir >= 0;
}

static void end(struct walk *w, char **why)
{
	*why = w->why ? w->why : xstrdup(strerror(errno));
	if (w->dir >= 0)
		close(w->dir);
	free(w->rest);
}

/* Removes the next name from w->rest. Returns the name, which the caller frees, or NULL if none
 * is left. Sets *last if it is the last name. */
static char *next_name(struct walk *w, bool *last)
{
	char *begin = w->rest + strspn(w->rest, "/"), *name, *rest;
	size_t len = strcspn(begin, "/");

	*last = !begin[len];
	if (!len)
		return NULL;
	name = xasprintf("%.*s", (int)len, begin);
	rest = xstrdup(begin + len);
	free(w->rest);
	w->rest = rest;
	return name;
}

/* Replaces the symbolic link in the current directory, open as `fd`, by its target. */
static bool follow(struct walk *w, int fd)
{
	char target[PATH_MAX], *rest;
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	if (++w->links > LINKS_MOST) {
		errno = ELOOP;
		return false;
	}
	if (*target == '/' && !enter(w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)))
		return false;
	rest = xasprintf("%s%s", target, w->rest);
	free(w->rest);
	w->rest = rest;
	return true;
}

enum found { FOUND_NONE, FOUND_LINK, FOUND_MAGIC, FOUND_OTHER, FOUND_REFUSED };

/* Determines the type of the file `name` in the current directory. Sets *fd to a descriptor of
 * it, which the caller closes, or to -1. */
static enum found find(struct walk *w, const char *name, int *fd)
{
	struct statfs fs;
	struct stat st;

	*fd = openat(w->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0)
		return errno == ENOENT ? FOUND_NONE : FOUND_REFUSED;
	if (fstat(*fd, &st) < 0 || !S_ISLNK(st.st_mode))
		return FOUND_OTHER;
	if (!trusts(st.st_uid)) {
		w->why = xasprintf("symbolic link '%s' belongs to another user: name its target",
				   name);
		return FOUND_REFUSED;
	}
	/* A link in /proc can lead to an object without a path, such as a pipe. */
	return fstatfs(*fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC ? FOUND_MAGIC : FOUND_LINK;
}

/* Moves into the directory `name`, or follows it if it is a symbolic link. `name` is not the
 * last name of the path. */
static bool step(struct walk *w, const char *name)
{
	int fd;
	enum found found = find(w, name, &fd);
	bool good = false;

	if (found == FOUND_LINK)
		good = follow(w, fd);
	else if (found == FOUND_OTHER || found == FOUND_MAGIC)
		good = enter(w, openat(w->dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC));
	if (fd >= 0)
		close(fd);
	return good;
}

/* Walks to the directory of the file. Returns the last name of the path, which the caller frees,
 * or NULL on failure. All symbolic links have been followed, except one in /proc: then sets
 * *magic. */
static char *last_name(struct walk *w, bool *magic)
{
	for (;;) {
		bool last, good;
		char *name = next_name(w, &last);
		enum found found;
		int fd;

		*magic = false;
		if (!name || !last) {
			good = name && step(w, name);
			free(name);
			if (!name)
				return xstrdup(".");
			if (!good)
				return NULL;
			continue;
		}
		found = find(w, name, &fd);
		good = found != FOUND_REFUSED && (found != FOUND_LINK || follow(w, fd));
		if (fd >= 0)
			close(fd);
		*magic = found == FOUND_MAGIC;
		if (good && found != FOUND_LINK)
			return name;
		free(name);
		if (!good)
			return NULL;
	}
}

/* Returns true if another user could have created this name as a hard link to a file of this
 * user. */
static bool is_planted(const struct walk *w, const struct stat *file)
{
	struct stat dir;

	return S_ISREG(file->st_mode) && file->st_nlink > 1 &&
	       (fstat(w->dir, &dir) < 0 || !trusts(dir.st_uid) || dir.st_mode & S_IWOTH);
}

static int open_last(struct walk *w)
{
	bool magic = false;
	char *name = last_name(w, &magic);
	struct stat st;
	int fd = -1;
	bool good;

	if (name)
		fd = openat(w->dir, name, O_WRONLY | O_CREAT | O_CLOEXEC | (magic ? 0 : O_NOFOLLOW),
			    0666);
	free(name);
	if (fd < 0)
		return -1;
	good = fstat(fd, &st) == 0;
	if (good && !magic && is_planted(w, &st)) {
		w->why = xstrdup("the file has a hard link, which another user may have created: "
				 "remove it");
		good = false;
	}
	if (good && (!S_ISREG(st.st_mode) || ftruncate(fd, 0) == 0))
		return fd;
	close(fd);
	return -1;
}

FILE *outfile_open(const char *path, char **why)
{
	struct walk w;
	int fd = begin(&w, path) ? open_last(&w) : -1;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	end(&w, why);
	if (f) {
		free(*why);
		*why = NULL;
	}
	return f;
}

int outfile_directory(const char *path, char **why)
{
	bool magic = false;
	struct walk w;
	char *name = begin(&w, path) ? last_name(&w, &magic) : NULL;
	int fd = -1;

	if (name && (mkdirat(w.dir, name, 0777) == 0 || errno == EEXIST))
		fd = openat(w.dir, name,
			    O_PATH | O_DIRECTORY | O_CLOEXEC | (magic ? 0 : O_NOFOLLOW));
	free(name);
	end(&w, why);
	if (fd >= 0) {
		free(*why);
		*why = NULL;
	}
	return fd;
}
