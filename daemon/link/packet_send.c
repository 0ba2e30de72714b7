/* SPDX-License-Identifier: MIT */
#include "link/packet_send.h"

#include "base/text.h"
#include "link/ether.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <unistd.h>

#define BATCH_MAX   64
#define BATCH_BYTES (256 * 1024)
#define SEND_BUFFER (4 * 1024 * 1024)
#define LOCAL_CACHE 16

union destination {
	struct sockaddr_ll link;
	union sockaddr_ip ip;
};

struct batch {
	int fd;
	unsigned count;
	size_t used; /* octets of `bytes` */
	uint8_t *bytes;
	struct mmsghdr message[BATCH_MAX];
	struct iovec piece[BATCH_MAX];
	union destination to[BATCH_MAX];
	size_t packet_len[BATCH_MAX]; /* without the link header */
};

/* An address that was found to be local; cached until the link is closed. */
struct local {
	struct addr addr;
	union sockaddr_ip to;
	socklen_t len; /* 0: an empty entry */
};

struct sender {
	struct interface interface;
	struct link_counters *counters;
	struct batch batch[2]; /* the second one for IPv6 on loopback */
	struct local local[LOCAL_CACHE];
};

static void failed(struct sender *s, int error)
{
	s->counters->failed_out++;
	s->counters->last_error = error;
}

static void batch_flush(struct sender *s, struct batch *b)
{
	unsigned done = 0;

	while (done < b->count) {
		int n = sendmmsg(b->fd, b->message + done, b->count - done, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			/* This packet failed; the ones after it may not. */
			failed(s, errno);
			done++;
			continue;
		}
		s->counters->frames_out += (unsigned)n;
		for (; n > 0; n--)
			s->counters->bytes_out += b->packet_len[done++];
	}
	b->count = 0;
	b->used = 0;
}

/* Returns the space for the next message of at most `len` octets, to be added by batch_add(). */
static uint8_t *batch_room(struct sender *s, struct batch *b, size_t len)
{
	if (b->count == BATCH_MAX || len > BATCH_BYTES - b->used)
		batch_flush(s, b);
	return b->bytes + b->used;
}

/* Adds a message to the destination of the socket. The first `header_len` octets are in place. */
static void batch_add(struct batch *b, size_t header_len, const uint8_t *packet, size_t len)
{
	unsigned i = b->count++;
	uint8_t *start = b->bytes + b->used;

	if (packet != start + header_len)
		memcpy(start + header_len, packet, len);
	b->piece[i] = (struct iovec){.iov_base = start, .iov_len = header_len + len};
	b->packet_len[i] = len;
	b->used += header_len + len;
}

/* Sets the destination of the message that was added last. */
static void batch_address(struct batch *b, const void *to, socklen_t to_len)
{
	unsigned i = b->count - 1;

	memcpy(&b->to[i], to, to_len);
	b->message[i].msg_hdr.msg_name = &b->to[i];
	b->message[i].msg_hdr.msg_namelen = to_len;
}

static struct sockaddr_ll address_of(const struct interface *interface, uint16_t type)
{
	return (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(type),
		.sll_ifindex = interface->index,
	};
}

static void send_packet(struct sender *s, const struct path *to, const uint8_t *packet, size_t len)
{
	uint8_t *room = batch_room(s, &s->batch[0], ETHER_HEADER_MAX + len);
	uint16_t type = ether_protocol_of(packet);
	struct sockaddr_ll address;

	if (s->interface.ethernet) {
		batch_add(&s->batch[0], ether_write(room, to, type), packet, len);
		return;
	}
	address = address_of(&s->interface, type);
	batch_add(&s->batch[0], 0, packet, len);
	batch_address(&s->batch[0], &address, sizeof(address));
}

uint8_t *sender_room(struct sender *s, const struct path *to)
{
	size_t header = s->interface.ethernet ? ether_header_len(to) : 0;

	if (s->interface.loopback)
		return NULL;
	return batch_room(s, &s->batch[0], header + LINK_ROOM) + header;
}

/* Reads the destination address of an IP packet. Returns false if it is too short for an IP
 * header. */
static bool destination(const uint8_t *packet, size_t len, struct addr *out)
{
	switch (ether_protocol_of(packet)) {
	case ETHER_IPV4:
		if (len < 20)
			return false;
		addr_from_v4(out, packet + 16);
		return true;
	case ETHER_IPV6:
		if (len < 40)
			return false;
		memcpy(out->b, packet + 24, sizeof(out->b));
		return true;
	default: return false;
	}
}

/* Looks up a local address. A raw IP socket uses the routing table, which must not lead to
 * another host. */
static const struct local *find_local(struct sender *s, const struct addr *a)
{
	struct local *entry = &s->local[(a->b[15] ^ a->b[14]) % LOCAL_CACHE];

	if (entry->len && addr_equal(&entry->addr, a))
		return entry;
	/* All of 127.0.0.0/8 is local, although only 127.0.0.1 is configured. */
	if (!addr_is_loopback(a) && !interface_is_local(a))
		return NULL;
	entry->addr = *a;
	entry->len = interface_sockaddr(a, 0, &entry->to);
	return entry;
}

static void send_loopback(struct sender *s, const uint8_t *packet, size_t len)
{
	const struct local *local;
	struct addr to;
	struct batch *b;

	if (!destination(packet, len, &to)) {
		failed(s, EINVAL);
		return;
	}
	local = find_local(s, &to);
	if (!local) {
		failed(s, EHOSTUNREACH);
		return;
	}
	b = &s->batch[!addr_is_v4(&to)];
	batch_room(s, b, len);
	batch_add(b, 0, packet, len);
	batch_address(b, &local->to, local->len);
}

void sender_send(struct sender *s, const struct path *to, const uint8_t *packet, size_t len)
{
	if (len == 0 || len > BATCH_BYTES - ETHER_HEADER_MAX)
		failed(s, EMSGSIZE);
	else if (s->interface.loopback)
		send_loopback(s, packet, len);
	else
		send_packet(s, to, packet, len);
}

void sender_send_frame(struct sender *s, const uint8_t *frame, size_t header, size_t len)
{
	uint8_t *room = batch_room(s, &s->batch[0], len);

	memcpy(room, frame, header);
	batch_add(&s->batch[0], header, frame + header, len - header);
}

void sender_flush(struct sender *s)
{
	batch_flush(s, &s->batch[0]);
	batch_flush(s, &s->batch[1]);
}

void sender_close(struct sender *s)
{
	if (!s)
		return;
	for (int i = 0; i < 2; i++) {
		if (s->batch[i].fd >= 0)
			close(s->batch[i].fd);
		free(s->batch[i].bytes);
	}
	free(s);
}

/* Opens a socket for sending only. If its buffer is full, packets are lost rather than delayed. */
static bool batch_open(struct batch *b, int family, int protocol)
{
	int size = SEND_BUFFER;

	b->fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (b->fd < 0)
		return false;
	b->bytes = xcalloc(1, BATCH_BYTES);
	for (unsigned i = 0; i < BATCH_MAX; i++)
		b->message[i].msg_hdr = (struct msghdr){.msg_iov = &b->piece[i], .msg_iovlen = 1};
	/* Exceeding the system's limit requires CAP_NET_ADMIN, which is optional. */
	if (setsockopt(b->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(b->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return true;
}

static bool open_loopback(struct sender *s)
{
	int on = 1;

	/* IPPROTO_RAW implies that packets have their IP header; IPv6 requires IPV6_HDRINCL. */
	if (!batch_open(&s->batch[0], AF_INET, IPPROTO_RAW))
		return false;
	if (batch_open(&s->batch[1], AF_INET6, IPPROTO_RAW))
		return setsockopt(s->batch[1].fd, IPPROTO_IPV6, IPV6_HDRINCL, &on, sizeof(on)) == 0;
	return errno == EAFNOSUPPORT; /* a kernel without IPv6 receives none either */
}

static bool open_frames(struct sender *s)
{
	/* Protocol 0: this socket receives nothing, and the kernel reads the type of an Ethernet
	 * frame from its header. Other frames have an address of their own. */
	struct sockaddr_ll address = address_of(&s->interface, 0);
	int on = 1;

	return batch_open(&s->batch[0], AF_PACKET, 0) &&
	       bind(s->batch[0].fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	       setsockopt(s->batch[0].fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) == 0;
}

struct sender *sender_open(const struct interface *interface, struct link_counters *counters,
			   char **error)
{
	struct sender *s = xcalloc(1, sizeof(*s));

	s->interface = *interface;
	s->counters = counters;
	s->batch[0].fd = -1;
	s->batch[1].fd = -1;
	if (interface->loopback ? open_loopback(s) : open_frames(s))
		return s;
	*error = xasprintf("cannot open a socket to send on %s: %s", interface->name,
			   strerror(errno));
	sender_close(s);
	return NULL;
}
