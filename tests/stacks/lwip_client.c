/* SPDX-License-Identifier: MIT */
/*
 * lwip_client: a client with lwIP's TCP in place of the kernel's.
 *
 *     lwip_client INTERFACE OWN-ADDRESS HOST PORT
 *
 * Uses an address in a /16 or a /64 that no kernel owns, with a MAC of its own. Connects, sends its
 * standard input, closes its side, and writes received data to standard output. Exit status: 0 if
 * both sides closed; 1 after an error, which it prints; 2: usage.
 *
 * If SYNACK_STAY is in the environment, acts as a client for 'synackctl judge': sends SYNACK_OCTETS
 * octets, reads nothing for the first SYNACK_PAUSE seconds, stays for SYNACK_STAY seconds after the
 * last octet is sent, and closes. The TCP ends with this process, so the process waits until the
 * connection is closed, and for another SYNACK_WATCH seconds.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/sockets.h>
#include <lwip/tcpip.h>
#include <net/if.h>
#include <netif/ethernet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX 65536
#define MTU       1500
#define PATIENCE  30.0 /* for connect(), in seconds */
#define CLOSING   5.0  /* for the end of the connection, in seconds */
#define NEVER     1e9

static int packets;
static struct netif interface;

/* Returns a packet socket, or -1 with errno. */
static int packet_socket_open(const char *interface)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = (int)if_nametoindex(interface)};
	/* Frames arrive for a MAC that the interface does not have. */
	struct packet_mreq all = {.mr_ifindex = at.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
	int fd = at.sll_ifindex ? socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0) : -1;

	if (fd >= 0 && (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) != 0 ||
			bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Returns the length of the next frame that another host sent. */
static long packet_socket_receive(int fd, void *frame, size_t size)
{
	struct sockaddr_ll from;
	socklen_t len;
	long got;

	do {
		len = sizeof(from);
		got = recvfrom(fd, frame, size, 0, (struct sockaddr *)&from, &len);
	} while (got >= 0 && from.sll_pkttype == PACKET_OUTGOING);
	return got;
}

static err_t send_frame(struct netif *netif, struct pbuf *p)
{
	char frame[FRAME_MAX];

	(void)netif;
	pbuf_copy_partial(p, frame, p->tot_len, 0);
	return send(packets, frame, p->tot_len, 0) == p->tot_len ? ERR_OK : ERR_IF;
}

static err_t set_up(struct netif *netif)
{
	static const u8_t mac[ETH_HWADDR_LEN] = {0x06, 'l', 'w', 'i', 'p', 1};

	memcpy(netif->hwaddr, mac, sizeof(mac));
	netif->hwaddr_len = ETH_HWADDR_LEN;
	netif->mtu = MTU;
	netif->name[0] = 'p';
	netif->name[1] = 's';
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
		       NETIF_FLAG_MLD6 | NETIF_FLAG_LINK_UP;
	netif->output = etharp_output;
	netif->output_ip6 = ethip6_output;
	netif->linkoutput = send_frame;
	return ERR_OK;
}

static void *receive_frames(void *arg)
{
	static char frame[FRAME_MAX];

	(void)arg;
	for (;;) {
		long len = packet_socket_receive(packets, frame, sizeof(frame));
		struct pbuf *p = len > 0 ? pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_RAM) : NULL;

		/* Not from lwIP's pool: in Debian its buffers are smaller than the pbufs that it
		 * returns. */
		if (!p)
			continue; /* a full ring would drop it, too */
		pbuf_take(p, frame, (u16_t)len);
		if (interface.input(p, &interface) != ERR_OK)
			pbuf_free(p);
	}
	return NULL;
}

/* Runs in lwIP's thread, as all functions on interfaces must. */
static void add_interface(void *arg)
{
	const ip_addr_t *own = arg;
	ip4_addr_t mask, v4 = {0};
	s8_t index;

	IP4_ADDR(&mask, 255, 255, 0, 0);
	if (IP_IS_V4(own))
		v4 = *ip_2_ip4(own);
	netif_add(&interface, &v4, &mask, NULL, NULL, set_up, tcpip_input);
	netif_set_default(&interface);
	netif_create_ip6_linklocal_address(&interface, 1);
	netif_ip6_addr_set_state(&interface, 0, IP6_ADDR_PREFERRED);
	if (IP_IS_V6(own)) {
		netif_add_ip6_address(&interface, ip_2_ip6(own), &index);
		netif_ip6_addr_set_state(&interface, index, IP6_ADDR_PREFERRED);
	}
	netif_set_up(&interface);
}

static int connect_to(const ip_addr_t *host, u16_t port)
{
	struct sockaddr_storage to = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to;
	int s = lwip_socket(IP_IS_V4(host) ? AF_INET : AF_INET6, SOCK_STREAM, 0);

	if (IP_IS_V4(host)) {
		v4->sin_family = AF_INET;
		v4->sin_port = lwip_htons(port);
		inet_addr_from_ip4addr(&v4->sin_addr, ip_2_ip4(host));
	} else {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = lwip_htons(port);
		inet6_addr_from_ip6addr(&v6->sin6_addr, ip_2_ip6(host));
	}
	if (lwip_connect(s, (struct sockaddr *)&to, IP_IS_V4(host) ? sizeof(*v4) : sizeof(*v6)))
		return -1;
	return s;
}

/* Prints the error of a call to lwIP, and returns the exit status. */
static int failed(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

static void *send_input(void *arg)
{
	static char part[4096];
	const int *s = arg;
	long got;

	while ((got = read(0, part, sizeof(part))) > 0)
		if (lwip_write(*s, part, (size_t)got) != got)
			return NULL; /* the reader gets the error */
	lwip_shutdown(*s, SHUT_WR);
	return NULL;
}

static int talk(int s)
{
	pthread_t sender;
	char part[4096];
	ssize_t got;

	pthread_create(&sender, NULL, send_input, &s);
	while ((got = lwip_read(s, part, sizeof(part))) > 0)
		fwrite(part, 1, (size_t)got, stdout);
	if (got < 0)
		return failed("read");
	fflush(stdout);
	pthread_join(sender, NULL);
	lwip_close(s);
	return 0;
}

/* --- for the judge ---------------------------------------------------------------------------- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double asked(const char *name)
{
	const char *value = getenv(name);

	return value ? strtod(value, NULL) : 0;
}

static void rest(double seconds)
{
	const struct timespec t = {.tv_sec = (time_t)seconds,
				   .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};

	nanosleep(&t, NULL);
}

/* Returns false if no more data will arrive. */
static bool drain(int s)
{
	char part[4096];
	ssize_t got;

	while ((got = lwip_read(s, part, sizeof(part))) > 0)
		;
	return got < 0 && errno == EWOULDBLOCK;
}

/* Returns false after an error. */
static bool send_some(int s, size_t *left)
{
	static const char octets[4096];
	ssize_t sent = lwip_write(s, octets, *left < sizeof(octets) ? *left : sizeof(octets));

	if (sent > 0)
		*left -= (size_t)sent;
	return sent > 0 || errno == EWOULDBLOCK;
}

/* Returns true after all data is sent and the stay is over, false after a reset. */
static bool meet_scenario(int s)
{
	double reads = now() + asked("SYNACK_PAUSE"), closes = NEVER;
	size_t left = (size_t)asked("SYNACK_OCTETS");
	bool open = true;

	while (now() < closes) {
		short events =
			(short)((left ? POLLOUT : 0) | (open && now() >= reads ? POLLIN : 0));
		struct pollfd ready = {.fd = s, .events = events};

		if (!left && closes == NEVER)
			closes = now() + asked("SYNACK_STAY");
		lwip_poll(&ready, 1, 20);
		if (ready.revents & POLLERR)
			return false;
		if (ready.revents & POLLIN && !(open = drain(s)) && !left)
			rest(closes - now());
		if (ready.revents & POLLOUT && left && !send_some(s, &left))
			return false;
	}
	return true;
}

static void count_connections(void *arg)
{
	int *count = arg;

	*count = 0;
	for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
		++*count;
}

static int be_judged(int s)
{
	double until;
	int count = 1;
	bool well;

	lwip_fcntl(s, F_SETFL, O_NONBLOCK);
	well = meet_scenario(s);
	if (!well)
		rest(asked("SYNACK_STAY")); /* lwIP answers segments for the dead connection */
	lwip_close(s);
	for (until = now() + CLOSING; count && now() < until; rest(0.01))
		tcpip_callback_wait(count_connections, &count);
	rest(asked("SYNACK_WATCH"));
	return !well;
}

/* --- main ------------------------------------------------------------------------------------- */

int main(int argc, char **argv)
{
	ip_addr_t own, host;
	pthread_t receiver;
	int s;

	if (argc != 5 || !ipaddr_aton(argv[2], &own) || !ipaddr_aton(argv[3], &host)) {
		fprintf(stderr, "usage: lwip_client INTERFACE OWN-ADDRESS HOST PORT\n");
		return 2;
	}
	packets = packet_socket_open(argv[1]);
	if (packets < 0)
		return failed(argv[1]);
	srand((unsigned)getpid()); /* lwIP draws its port from rand() */
	tcpip_init(NULL, NULL);
	tcpip_callback_wait((tcpip_callback_fn)add_interface, &own);
	pthread_create(&receiver, NULL, receive_frames, NULL);
	if (getenv("SYNACK_STAY"))
		alarm((unsigned)PATIENCE);
	s = connect_to(&host, (u16_t)atoi(argv[4]));
	alarm(0);
	if (s >= 0)
		return getenv("SYNACK_STAY") ? be_judged(s) : talk(s);
	failed("connect");
	rest(asked("SYNACK_WATCH"));
	return 1;
}
