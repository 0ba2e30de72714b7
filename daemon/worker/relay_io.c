/* SPDX-License-Identifier: MIT */
#include "worker/relay_io.h"

#include "base/descriptors.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/advance.h"
#include "engine/responder.h"
#include "worker/buffered.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct timeval connect_timeout = {.tv_sec = 10}; /* for each address */
static const struct timeval linger_timeout = {.tv_sec = 60};  /* without progress */

struct relay_io {
	struct event_base *base;
	struct responder *responder;
	void (*event)(void *worker);
	void *worker;
	uint32_t count;
	struct relay_peer *first;
};

struct relay_peer {
	struct relay_io *all;
	struct relay_peer *next, **prev; /* the pointer that points here */
	struct bufferevent *bev;         /* NULL: no address could be tried */
	struct event *patience;          /* timer while connecting */
	struct relay_target *target;     /* reference counted */
	unsigned tried;                  /* number of its addresses tried */
	struct flow_key key;             /* of the client's connection */
	uint64_t flow;
	bool connected, failed;
	bool eof;        /* the server has sent FIN */
	bool starved;    /* octets of the client wait for buffer space */
	bool shut;       /* send a FIN to the server after the buffer */
	bool on_its_own; /* the client's connection has ended, and octets are still being sent */
};

static struct evbuffer *input_of(const struct relay_peer *p)
{
	return bufferevent_get_input(p->bev);
}

static struct evbuffer *output_of(const struct relay_peer *p)
{
	return bufferevent_get_output(p->bev);
}

static void peer_free(struct relay_peer *p)
{
	*p->prev = p->next;
	if (p->next)
		p->next->prev = p->prev;
	p->all->count--;
	if (p->bev)
		bufferevent_free(p->bev);
	event_free(p->patience);
	relay_target_put(p->target);
	free(p);
}

/* Gives the client's connection a turn. That may free the peer, so the caller must not use it
 * afterwards. */
static void wake(const struct relay_peer *p)
{
	struct responder *r = p->all->responder;
	const struct flow_key key = p->key;
	const uint64_t flow = p->flow;

	p->all->event(p->all->worker);
	responder_wake(r, &key, flow);
}

/* Logs the first failure since the server last worked. */
static void log_failure(const struct relay_peer *p, const char *why)
{
	static struct log_limit limit = {.what = "failed relays", .lines = 20};
	struct relay_target *t = p->target;

	if (!__atomic_exchange_n(&t->failing, true, __ATOMIC_RELAXED))
		log_limited(&limit, LOG_LEVEL_WARN,
			    &(struct log_subject){.message = MESSAGE_RELAY_FAILED},
			    "relay to %s port %u: %s; clients are reset; further failures are "
			    "not logged until the server serves a client",
			    t->host, t->port, why);
}

static void log_full(const struct relay_target *t)
{
	static struct log_limit limit = {.what = "relays without a file descriptor", .lines = 2};

	log_limited(&limit, LOG_LEVEL_WARN, &(struct log_subject){.message = MESSAGE_RELAY_FAILED},
		    "relay to %s port %u: no file descriptor left, the client is reset: raise "
		    "LimitNOFILE= or 'ulimit -n', or lower connections_max",
		    t->host, t->port);
}

/* --- connecting ------------------------------------------------------------------------------- */

static socklen_t socket_address(const struct addr *a, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;

	if (addr_is_v4(a)) {
		*v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
		memcpy(&v4->sin_addr, a->b + 12, 4);
		return sizeof(*v4);
	}
	*v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
	memcpy(&v6->sin6_addr, a->b, sizeof(a->b));
	return sizeof(*v6);
}

static void on_read(struct bufferevent *bev, void *arg);
static void on_write(struct bufferevent *bev, void *arg);
static void on_event(struct bufferevent *bev, short what, void *arg);
static void on_impatience(evutil_socket_t fd, short what, void *arg);

/* Callbacks are deferred, because the responder, which is the caller, must not be called back. */
static struct bufferevent *connect_to(struct relay_peer *p, const struct addr *a)
{
	struct sockaddr_storage address;
	socklen_t len = socket_address(a, p->target->port, &address);
	struct bufferevent *bev;
	int error, fd = descriptor_not_kept(socket(address.ss_family,
						   SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));

	if (fd < 0)
		return NULL;
	bev = bufferevent_socket_new(p->all->base, fd,
				     BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!bev) {
		close(fd);
		errno = ENOMEM;
		return NULL;
	}
	bufferevent_setcb(bev, on_read, on_write, on_event, p);
	bufferevent_setwatermark(bev, EV_WRITE, RELAY_BUFFER / 2, 0);
	if (bufferevent_socket_connect(bev, (struct sockaddr *)&address, (int)len) == 0 &&
	    bufferevent_enable(bev, EV_READ | EV_WRITE) == 0)
		return bev;
	error = errno;
	bufferevent_free(bev);
	errno = error;
	return NULL;
}

/* Tries the next address. Returns false if none is left. Uses its own timer, because libevent
 * continues to apply a timeout of a bufferevent to later writes. */
static bool connect_next(struct relay_peer *p)
{
	if (p->bev)
		bufferevent_free(p->bev);
	p->bev = NULL;
	errno = EDESTADDRREQ; /* if no address is left to try */
	while (!p->bev && p->tried < p->target->addresses)
		p->bev = connect_to(p, &p->target->address[p->tried++]);
	return p->bev && event_add(p->patience, &connect_timeout) == 0;
}

/* Sends the FIN when the buffer is empty. */
static void finish_if_sent(const struct relay_peer *p)
{
	if (p->shut && p->connected && evbuffer_get_length(output_of(p)) == 0)
		shutdown(bufferevent_getfd(p->bev), SHUT_WR);
}

static void connected(struct relay_peer *p)
{
	const int on = 1, fd = bufferevent_getfd(p->bev);

	p->connected = true;
	event_del(p->patience);
	finish_if_sent(p);
	/* The client determines the segment boundaries; keep-alives detect a dead server. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

/* --- events of libevent
 * ------------------------------------------------------------------------ */

/* At its high watermark libevent would call back without end while octets remain, so stop
 * reading here. The buffer may exceed the limit by one read. */
static void on_read(struct bufferevent *bev, void *arg)
{
	if (evbuffer_get_length(bufferevent_get_input(bev)) >= RELAY_BUFFER)
		bufferevent_disable(bev, EV_READ);
	wake(arg);
}

/* At most half of the buffer is left. */
static void on_write(struct bufferevent *bev, void *arg)
{
	struct relay_peer *p = arg;

	(void)bev;
	finish_if_sent(p);
	if (p->on_its_own && evbuffer_get_length(output_of(p)) == 0) {
		peer_free(p);
	} else if (p->starved) {
		p->starved = false;
		wake(p);
	}
}

static void on_failure(struct relay_peer *p, const char *why)
{
	if (p->on_its_own) {
		peer_free(p);
	} else if (p->connected || !connect_next(p)) {
		log_failure(p, why);
		p->failed = true;
		wake(p);
	}
}

static void on_impatience(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	on_failure(arg, strerror(ETIMEDOUT));
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	const char *why = strerror(errno);
	struct relay_peer *p = arg;

	(void)bev;
	if (what & (BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) {
		on_failure(p, why);
	} else if (what & BEV_EVENT_CONNECTED) {
		connected(p);
		wake(p);
	} else if (what & BEV_EVENT_EOF && !p->on_its_own) {
		__atomic_store_n(&p->target->failing, false, __ATOMIC_RELAXED);
		p->eof = true;
		wake(p);
	}
}

/* --- operations for the service
 * ---------------------------------------------------------------- */

static struct relay_peer *peer_new(struct relay_io *all, struct relay_target *target,
				   const struct flow *f)
{
	struct relay_peer *p = calloc(1, sizeof(*p));

	if (p)
		p->patience = evtimer_new(all->base, on_impatience, p);
	if (!p || !p->patience) {
		responder_count(all->responder, COUNT_NO_MEMORY);
		free(p);
		return NULL;
	}
	p->all = all;
	p->target = relay_target_get(target);
	p->key = flow_key_of(f);
	p->flow = f->id;
	p->next = all->first;
	p->prev = &all->first;
	if (p->next)
		p->next->prev = &p->next;
	all->first = p;
	all->count++;
	return p;
}

static struct relay_peer *peer_open(void *context, struct relay_target *target,
				    const struct flow *f)
{
	struct relay_io *all = context;
	struct relay_peer *p;

	/* Peers whose connection has ended count, too. */
	if (all->count >= responder_limits(all->responder)->connections_max) {
		responder_count(all->responder, COUNT_CONNECTIONS_FULL);
		return NULL;
	}
	p = peer_new(all, target, f);
	if (!p)
		return NULL;
	responder_count(all->responder, COUNT_RELAYS);
	if (connect_next(p))
		return p;
	if (errno == EMFILE || errno == ENFILE) {
		responder_count(all->responder, COUNT_RELAYS_FULL);
		log_full(target);
	} else {
		log_failure(p, strerror(errno));
	}
	p->failed = true;
	return p;
}

static size_t peer_room(struct relay_peer *p)
{
	size_t waiting = p->connected ? evbuffer_get_length(output_of(p)) : RELAY_BUFFER;

	p->starved = waiting >= RELAY_BUFFER;
	return p->starved ? 0 : RELAY_BUFFER - waiting;
}

static void peer_write(struct relay_peer *p, const void *data, size_t n)
{
	if (buffered_write(p->bev, data, n))
		return;
	responder_count(p->all->responder, COUNT_NO_MEMORY);
	p->failed = true; /* a missing part would corrupt the stream */
}

static size_t peer_readable(struct relay_peer *p, const uint8_t **data)
{
	struct evbuffer_iovec first;

	if (evbuffer_peek(input_of(p), -1, NULL, &first, 1) < 1)
		return 0;
	*data = first.iov_base;
	return first.iov_len;
}

static void peer_consume(struct relay_peer *p, size_t n)
{
	evbuffer_drain(input_of(p), n);
	if (!p->eof && evbuffer_get_length(input_of(p)) < RELAY_BUFFER / 2 &&
	    !(bufferevent_get_enabled(p->bev) & EV_READ))
		p->failed = p->failed || bufferevent_enable(p->bev, EV_READ) < 0;
}

static bool peer_eof(const struct relay_peer *p)
{
	return p->eof && evbuffer_get_length(input_of(p)) == 0;
}

static bool peer_failed(const struct relay_peer *p)
{
	return p->failed;
}

static void peer_shutdown(struct relay_peer *p)
{
	p->shut = true;
	finish_if_sent(p);
}

/* Makes close(2) send an RST, also if the server has accepted and libevent has not reported it. */
static void reset_on_close(const struct relay_peer *p)
{
	const struct linger at_once = {.l_onoff = 1};

	if (p->bev && bufferevent_getfd(p->bev) >= 0)
		(void)setsockopt(bufferevent_getfd(p->bev), SOL_SOCKET, SO_LINGER, &at_once,
				 sizeof(at_once));
}

static void peer_close(struct relay_peer *p)
{
	bool unsent = !p->failed && p->shut && evbuffer_get_length(output_of(p));

	if (!unsent) {
		if (!p->shut)
			reset_on_close(p);
		peer_free(p);
		return;
	}
	p->on_its_own = true;
	bufferevent_disable(p->bev, EV_READ);
	bufferevent_set_timeouts(p->bev, NULL, &linger_timeout);
}

static const struct relay_ops relay_ops = {
	.open = peer_open,
	.room = peer_room,
	.write = peer_write,
	.readable = peer_readable,
	.consume = peer_consume,
	.eof = peer_eof,
	.failed = peer_failed,
	.shutdown = peer_shutdown,
	.close = peer_close,
};

/* --- creation --------------------------------------------------------------------------------- */

struct relay_io *relay_io_new(struct event_base *base, struct responder *r,
			      void (*event)(void *worker), void *worker)
{
	struct relay_io *all = xcalloc(1, sizeof(*all));

	*all = (struct relay_io){.base = base, .responder = r, .event = event, .worker = worker};
	responder_set_relays(r, &(struct relay_provider){&relay_ops, all});
	return all;
}

void relay_io_free(struct relay_io *all)
{
	while (all->first)
		peer_free(all->first);
	free(all);
}
