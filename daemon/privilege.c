/* SPDX-License-Identifier: MIT */
#include "privilege.h"

#include "base/container.h"
#include "base/text.h"
#include "link/guard.h"

#include <cap-ng.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#define REMEDY "run synackd as root, as the service of the package, or inside 'unshare -rn'"

bool privilege_check(char **error)
{
	capng_get_caps_process();
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW)) {
		*error = xasprintf("missing capability CAP_NET_RAW: segments cannot be received or "
				   "sent: " REMEDY);
		return false;
	}
	if (!guard_permitted()) {
		*error = xasprintf(
			"missing capability CAP_NET_ADMIN: without it, and without TCP signatures "
			"(CONFIG_TCP_MD5SIG), the kernel also answers on the responder's "
			"ports: " REMEDY);
		return false;
	}
	return true;
}

static const unsigned kept[] = {CAP_NET_RAW, CAP_NET_ADMIN, CAP_NET_BIND_SERVICE};

#define KEPT COUNT_OF(kept)

/* Selects the kept ones of the present capabilities, in the state of libcap-ng. */
static void select_kept(void)
{
	bool had[KEPT];

	capng_get_caps_process();
	for (size_t i = 0; i < KEPT; i++)
		had[i] = capng_have_capability(CAPNG_PERMITTED, kept[i]);
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; i < KEPT; i++)
		if (had[i])
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, kept[i]);
}

/* Asks the kernel, independently of the results of the calls. */
static bool has_more_than_kept(void)
{
	capng_get_caps_process();
	for (size_t i = 0; i < KEPT; i++)
		capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, kept[i]);
	return capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE;
}

/* Returns 0 or an error of libcap-ng. Reducing the bounding set requires CAP_SETPCAP. The service
 * starts with the reduced set, and its system call filter prohibits capset(2). */
static int stay(void)
{
	bool may;

	if (!has_more_than_kept())
		return 0;
	capng_get_caps_process();
	may = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	select_kept();
	return capng_apply(may ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);
}

static int become(const struct passwd *pw)
{
	select_kept();
	return capng_change_id((int)pw->pw_uid, (int)pw->pw_gid,
			       CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
}

bool privilege_drop(const char *user, char **error)
{
	const struct passwd *pw = *user ? getpwnam(user) : NULL;
	int failed;

	if (*user && !pw) {
		*error = xasprintf(
			"unknown user '%s': create it, or set 'user' in the config to \"\"", user);
		return false;
	}
	if (pw && geteuid() && geteuid() != pw->pw_uid) {
		*error = xasprintf("cannot switch to the user '%s': only root can: set 'user' in "
				   "the config to \"\", or " REMEDY,
				   user);
		return false;
	}
	failed = pw && geteuid() == 0 ? become(pw) : stay();
	if (!failed && !has_more_than_kept() && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		return true;
	if (pw)
		*error = xasprintf(
			"cannot switch to the user '%s' and drop privileges (libcap-ng: %d): grant "
			"CAP_SETUID, CAP_SETGID and CAP_SETPCAP, or start synackd as that user",
			user, failed);
	else
		*error = xasprintf("cannot drop capabilities (libcap-ng: %d)", failed);
	return false;
}
