/* SPDX-License-Identifier: MIT */
#include "link/probe_socket.h"

#include "base/text.h"
#include "link/bpf.h"
#include "link/ndp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FILTER_MAX 32

static bool set_filter(int fd)
{
	struct sock_filter code[FILTER_MAX];
	struct program p = {.at = code, .room = FILTER_MAX};
	struct sock_fprog program = {.filter = code};

	/* A frame with a VLAN tag belongs to another network. */
	ADD(&p, LOAD_AUX(SKF_AD_VLAN_TAG_PRESENT), IF(0, 0, 9), LOAD_PROTOCOL, IF(ETH_P_ARP, 6, 0),
	    IF(ETH_P_IPV6, 0, 6), LOAD_V6_NEXT, IF(IPPROTO_ICMPV6, 0, 4), LOAD_PACKET(BPF_B, 40),
	    IF(NDP_SOLICITATION, 1, 0), IF(NDP_ADVERTISEMENT, 0, 1), PASS, DROP);
	program.len = (unsigned short)p.count;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

static bool bind_to(int fd, const struct interface *interface, uint16_t type)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(type),
				 .sll_ifindex = interface->index};

	return bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
}

int probe_socket_open(const struct interface *interface, char **error)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	/* The filter is attached before the socket can receive a frame. */
	if (fd >= 0 && set_filter(fd) &&
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) == 0 &&
	    bind_to(fd, interface, ETH_P_ARP))
		return fd;
	*error =
		xasprintf("cannot probe for addresses on %s: %s", interface->name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

bool probe_socket_listen(int fd, const struct interface *interface, bool answers)
{
	struct packet_mreq request = {.mr_ifindex = interface->index, .mr_type = PACKET_MR_PROMISC};
	int option = answers ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;

	return setsockopt(fd, SOL_PACKET, option, &request, sizeof(request)) == 0 &&
	       bind_to(fd, interface, answers ? ETH_P_ALL : ETH_P_ARP);
}

bool probe_socket_carries(int fd, const struct interface *interface)
{
	struct ethtool_value carrier = {.cmd = ETHTOOL_GLINK};
	struct ifreq request = {0};

	memcpy(request.ifr_name, interface->name, sizeof(request.ifr_name));
	if (ioctl(fd, SIOCGIFFLAGS, &request) < 0 || !(request.ifr_flags & IFF_UP) ||
	    !(request.ifr_flags & IFF_RUNNING))
		return false;
	/* The kernel reports an interface as running for up to a second after its carrier is
	 * lost. */
	request.ifr_data = (char *)&carrier;
	return ioctl(fd, SIOCETHTOOL, &request) < 0 || carrier.data;
}

bool probe_socket_send(int fd, const struct interface *interface, const uint8_t *frame, size_t len)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = interface->index};

	memcpy(&to.sll_protocol, frame + 2 * ETH_ALEN, sizeof(to.sll_protocol));
	return sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to)) == (ssize_t)len;
}

size_t probe_socket_receive(int fd, uint8_t *frame, size_t size)
{
	ssize_t n = recv(fd, frame, size, 0);

	return n > 0 ? (size_t)n : 0;
}
