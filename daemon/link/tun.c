/* SPDX-License-Identifier: MIT */
#include "link/tun.h"

#include "base/container.h"
#include "base/steady.h"
#include "base/text.h"
#include "link/interface.h"
#include "link/interface_set.h"
#include "link/neighbour.h"
#include "wire/ip_numbers.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICE "/dev/net/tun"

struct tun {
	struct link link;
	struct neighbour neighbour;
	uint8_t packet[IP_LENGTH_MAX];
	uint8_t reply[NEIGHBOUR_FRAME_MAX];
};

/* --- packets ---------------------------------------------------------------------------------- */

static void tun_write(struct link *l, const uint8_t *packet, size_t len)
{
	if (write(l->fd, packet, len) == (ssize_t)len) {
		l->counters.frames_out++;
		l->counters.bytes_out += len;
		return;
	}
	l->counters.failed_out++;
	l->counters.last_error = l->fd < 0 ? ENODEV : errno;
}

/* Returns true if the packet is for the responder. */
static bool receive_packet(struct tun *t, size_t len)
{
	struct link_counters *counters = &t->link.counters;
	size_t reply_len;

	switch (neighbour_receive_packet(&t->neighbour, t->packet, len, t->reply, &reply_len)) {
	case NEIGHBOUR_PACKET: return true;
	case NEIGHBOUR_ANSWERED:
		counters->neighbour_out++;
		tun_write(&t->link, t->reply, reply_len);
		return false;
	case NEIGHBOUR_REFUSED: counters->neighbour_refused++; return false;
	case NEIGHBOUR_STRAY: counters->stray_in++; return false;
	}
	return false;
}

/* Returns 0 if no packet waits. Returns -1 and sets errno if the device was deleted. */
static int nothing(struct link *l)
{
	if (l->fd < 0 || errno != EBADFD)
		return 0;
	tun_shut(l);
	errno = ENODEV;
	return -1;
}

static int tun_receive(struct link *l, struct frame *out)
{
	struct tun *t = container_of(l, struct tun, link);
	ssize_t len;

	for (int i = 0; i < STRAYS_MAX; i++) {
		len = read(l->fd, t->packet, sizeof(t->packet));
		if (len <= 0)
			return nothing(l);
		if (!receive_packet(t, (size_t)len))
			continue;
		*out = (struct frame){
			.packet = t->packet,
			.len = (size_t)len,
			.when = wall_now(),
			.path = {.link = l->index},
		};
		l->counters.frames_in++;
		l->counters.bytes_in += out->len;
		return 1;
	}
	return 0; /* remaining packets keep `fd` readable */
}

static void tun_send(struct link *l, const struct path *to, const uint8_t *packet, size_t len,
		     nstime when)
{
	(void)to;
	(void)when;
	tun_write(l, packet, len);
}

static void tun_flush(struct link *l)
{
	(void)l; /* packets are never queued */
}

static bool tun_answer_for(struct link *l, struct answering *answering)
{
	struct tun *t = container_of(l, struct tun, link);

	neighbour_use(&t->neighbour, answering, l->name);
	return true;
}

void tun_shut(struct link *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

static void tun_close(struct link *l)
{
	struct tun *t = container_of(l, struct tun, link);

	tun_shut(l);
	neighbour_release(&t->neighbour);
	broadcasts_free(&l->broadcasts);
	free(t);
}

static const struct link_ops tun_ops = {
	.kind = "tun",
	.receive = tun_receive,
	.send = tun_send,
	.flush = tun_flush,
	.answer_for = tun_answer_for,
	.close = tun_close,
};

bool tun_is(const struct link *l)
{
	return l->ops == &tun_ops;
}

/* --- the device ------------------------------------------------------------------------------- */

static int open_device(char **error)
{
	int fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		*error = xasprintf("missing " DEVICE ", which 'tuns' requires: load it with "
				   "'modprobe tun', or start the container with '--device " DEVICE
				   "'");
	else if (errno == EPERM)
		*error =
			xasprintf("cannot open " DEVICE ": the container does not permit it: start "
				  "it with '--device " DEVICE "'");
	else if (errno == EACCES)
		*error = xasprintf("cannot open " DEVICE
				   ": permission denied: run as root, or grant "
				   "the user of synackd read and write access");
	else
		*error = xasprintf("cannot open " DEVICE ": %s", strerror(errno));
	return -1;
}

/* Creates the device of this name, or attaches to it. */
static bool attach(int fd, const char *name, char **error)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	/* The previous user of a persistent device may have enabled offloads. */
	if (ioctl(fd, TUNSETIFF, &request) == 0 && ioctl(fd, TUNSETOFFLOAD, 0) == 0)
		return true;
	switch (errno) {
	case EPERM:
		*error = xasprintf("cannot create the TUN device %s: missing capability "
				   "CAP_NET_ADMIN: run as root, or as a service, or start the "
				   "container with '--cap-add NET_ADMIN'",
				   name);
		return false;
	case EBUSY:
		*error = xasprintf("TUN device %s: in use by another program: stop it, or choose "
				   "another name",
				   name);
		return false;
	case EINVAL:
		*error = xasprintf("%s: in use by an interface that is not a TUN device: choose "
				   "another name ('ip link' lists the interfaces)",
				   name);
		return false;
	default:
		*error = xasprintf("cannot create the TUN device %s: %s", name, strerror(errno));
		return false;
	}
}

bool tun_persist(struct link *l, bool persistent)
{
	struct ifreq request = {0};
	bool is = ioctl(l->fd, TUNGETIFF, &request) == 0 && request.ifr_flags & IFF_PERSIST;

	return is == persistent || ioctl(l->fd, TUNSETPERSIST, persistent) == 0;
}

bool tun_change(struct link *l, const struct tun_setup *s, char **error)
{
	struct tun *t = container_of(l, struct tun, link);
	struct prefix *own = xcalloc(s->networks, sizeof(*own));
	bool good;

	for (unsigned i = 0; i < s->networks; i++)
		own[i] = (struct prefix){prefix_last_host(&s->network[i]), s->network[i].bits};
	good = interface_set_mtu(s->name, s->mtu, error) && interface_set_up(s->name, error) &&
	       interface_set_addresses(s->name, own, s->networks, error);
	l->mtu = t->neighbour.mtu = s->mtu;
	for (unsigned i = 0; i < s->networks; i++)
		own[i].bits = 128;
	prefix_table_fill(&t->neighbour.kernels, own, s->networks);
	free(own);
	return good;
}

struct link *tun_open(const struct tun_setup *setup, char **error)
{
	int fd = open_device(error);
	struct tun *t;

	if (fd < 0)
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->link = (struct link){.ops = &tun_ops, .fd = fd, .tun = true};
	t->neighbour.broadcasts = &t->link.broadcasts;
	snprintf(t->link.name, sizeof(t->link.name), "%s", setup->name);
	if (attach(fd, setup->name, error) && tun_change(&t->link, setup, error))
		return &t->link;
	tun_close(&t->link);
	return NULL;
}
