/* SPDX-License-Identifier: MIT */
#include "privilege.h"

#include "base/text.h"
#include "link/guard.h"

#include <cap-ng.h>
#include <pwd.h>
#include <unistd.h>

#define REMEDY "run it as root, as the service that the package installs, or inside `unshare -rn`"

bool privilege_check(char **error)
{
	capng_get_caps_process();
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_RAW)) {
		*error = xasprintf("CAP_NET_RAW is missing, and without it no segment can be read "
				   "or sent: " REMEDY);
		return false;
	}
	if (!guard_permitted()) {
		*error = xasprintf("CAP_NET_ADMIN is missing, and this kernel has no TCP "
				   "signatures (CONFIG_TCP_MD5SIG) to be kept quiet about our "
				   "ports without it: " REMEDY);
		return false;
	}
	return true;
}

bool privilege_drop(const char *user, char **error)
{
	static const unsigned keep[] = {CAP_NET_RAW, CAP_NET_ADMIN, CAP_NET_BIND_SERVICE};
	capng_type_t both = CAPNG_EFFECTIVE | CAPNG_PERMITTED;
	bool had[3];
	int failed;

	capng_get_caps_process();
	for (int i = 0; i < 3; i++)
		had[i] = capng_have_capability(CAPNG_PERMITTED, keep[i]);
	capng_clear(CAPNG_SELECT_BOTH);
	for (int i = 0; i < 3; i++)
		if (had[i])
			capng_update(CAPNG_ADD, both, keep[i]);
	if (*user && geteuid() == 0) {
		const struct passwd *pw = getpwnam(user);

		if (!pw) {
			*error = xasprintf("there is no user `%s` to become: create it, or set "
					   "`user` in the config to \"\"",
					   user);
			return false;
		}
		failed = capng_change_id((int)pw->pw_uid, (int)pw->pw_gid,
					 CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	} else {
		failed = capng_apply(CAPNG_SELECT_CAPS);
	}
	if (failed)
		*error = xasprintf("capabilities could not be dropped (libcap-ng says %d)", failed);
	return !failed;
}
