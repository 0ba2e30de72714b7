/* SPDX-License-Identifier: MIT */
#include "worker/worker_tuns.h"

#include "base/log.h"
#include "base/text.h"
#include "worker/listening.h"

#include <errno.h>
#include <string.h>

/* Opens a device that is not open yet. */
static bool open_tun(struct worker *w, const struct tun_setup *setup, char **error)
{
	struct link *l;

	if (!worker_has_room(w, setup->name, error))
		return false;
	l = tun_open(setup, error);
	if (l)
		worker_add_link(w, l);
	return l;
}

struct tun_work {
	const struct tun_setup *setup;
	struct link *link;
	char **error;
	bool done;
};

static void change_tun(struct responder *r, void *arg)
{
	struct tun_work *work = arg;

	(void)r;
	work->done = tun_change(work->link, work->setup, work->error);
}

bool worker_set_tun(struct worker *w, const struct tun_setup *setup, char **error)
{
	struct link *l = listening_named(worker_listening(w), setup->name);
	struct tun_work work = {.setup = setup, .link = l, .error = error};

	if (!listening_hears(l))
		return open_tun(w, setup, error);
	if (!tun_is(l)) {
		*error = xasprintf(
			"%s: in use as an interface: choose another name for the TUN device",
			setup->name);
		return false;
	}
	worker_call(w, change_tun, &work);
	return work.done;
}

struct tun_fates {
	struct listening *listening;
	enum tun_fate (*fate)(const char *name, void *arg);
	void *arg;
};

static void settle_tuns(struct responder *r, void *arg)
{
	const struct tun_fates *fates = arg;

	for (unsigned i = 0; i < responder_links(r); i++) {
		struct link *l = responder_link(r, i);
		enum tun_fate fate;

		if (!tun_is(l) || l->fd < 0)
			continue;
		fate = fates->fate(l->name, fates->arg);
		if (fate == TUN_SHUT) {
			listening_stop(fates->listening, l);
			tun_shut(l);
		} else if (!tun_persist(l, fate == TUN_PERSISTENT)) {
			log_warn("TUN device %s: cannot make it %spersistent: %s", l->name,
				 fate == TUN_PERSISTENT ? "" : "not ", strerror(errno));
		}
	}
}

void worker_settle_tuns(struct worker *w, enum tun_fate (*fate)(const char *name, void *arg),
			void *arg)
{
	struct tun_fates fates = {worker_listening(w), fate, arg};

	worker_call(w, settle_tuns, &fates);
}
