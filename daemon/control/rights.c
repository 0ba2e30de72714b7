/* SPDX-License-Identifier: MIT */
#include "control/rights.h"

#include "base/text.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUPS_MAX 65536 /* NGROUPS_MAX of Linux */

void peer_of(int fd, struct peer *peer)
{
	struct ucred cred = {.uid = (uid_t)-1, .gid = (gid_t)-1};
	socklen_t size = sizeof(cred);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size);
	*peer = (struct peer){.uid = cred.uid, .gid = cred.gid, .pid = cred.pid};
}

const char *peer_name(const struct peer *peer)
{
	const struct passwd *user = getpwuid(peer->uid);

	return user ? user->pw_name : "?";
}

static bool contains(const gid_t *list, int count, gid_t group)
{
	for (int i = 0; i < count; i++)
		if (list[i] == group)
			return true;
	return false;
}

/* Checks the groups of the process, by which the kernel let it open the socket. */
static bool process_in_group(int fd, gid_t group)
{
	gid_t *list = xcalloc(GROUPS_MAX, sizeof(*list));
	socklen_t size = GROUPS_MAX * sizeof(*list);
	bool in = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &size) == 0 &&
		  contains(list, (int)(size / sizeof(*list)), group);

	free(list);
	return in;
}

static bool user_in_group(uid_t uid, gid_t group)
{
	const struct passwd *user = getpwuid(uid);
	int count = GROUPS_MAX;
	gid_t *list;
	bool in;

	if (!user)
		return false;
	list = xcalloc(GROUPS_MAX, sizeof(*list));
	in = getgrouplist(user->pw_name, user->pw_gid, list, &count) >= 0 &&
	     contains(list, count, group);
	free(list);
	return in;
}

bool peer_may_change(int fd, const struct peer *peer, const struct control_access *access)
{
	const struct group *group;
	gid_t gid;

	if (peer->uid == 0 || peer->uid == geteuid())
		return true;
	if (!*access->group || !(group = getgrnam(access->group)))
		return false;
	gid = group->gr_gid;
	return peer->gid == gid || process_in_group(fd, gid) || user_in_group(peer->uid, gid);
}

char *peer_refusal(const struct peer *peer, const struct control_access *access, const char *path)
{
	const struct passwd *own = geteuid() ? getpwuid(geteuid()) : NULL;
	char *owners = own ? xasprintf("root%s %s", *access->group ? "," : " or", own->pw_name)
			   : xstrdup("root");
	const bool named = getpwuid(peer->uid) != NULL;
	char *who = named ? xstrdup(peer_name(peer)) : xasprintf("%u", peer->uid), *sentence;
	const char *kind = named ? "user" : "uid";

	if (*access->group && !named)
		sentence = xasprintf("%s %s may only read at %s: changes require %s or the group "
				     "'%s': use sudo",
				     kind, who, path, owners, access->group);
	else if (*access->group)
		sentence = xasprintf("%s %s may only read at %s: changes require %s or the group "
				     "'%s': join it with 'sudo usermod -aG %s %s'",
				     kind, who, path, owners, access->group, access->group, who);
	else
		sentence = xasprintf("%s %s may only read at %s: changes require %s, as the config "
				     "sets no control.group: use sudo",
				     kind, who, path, owners);
	free(owners);
	free(who);
	return sentence;
}
