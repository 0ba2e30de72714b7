/* SPDX-License-Identifier: MIT */
#include "link/guard.h"

#include "base/descriptors.h"
#include "base/random.h"
#include "base/text.h"
#include "link/interface.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define KEY_OCTETS 16

/* Attaches a filter that discards every segment. */
static bool drop_all(int fd)
{
	struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	struct sock_fprog program = {.len = 1, .filter = nothing};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

/* Accepts only segments with a TCP MD5 signature (RFC 2385) under a random key, from any
 * address. Like the filter, the kernel checks it after the look-up of the socket and before the
 * state machine. */
static bool hear_signed(int fd, sa_family_t family)
{
	struct tcp_md5sig everybody = {.tcpm_addr.ss_family = family,
				       .tcpm_flags = TCP_MD5SIG_FLAG_PREFIX,
				       .tcpm_keylen = KEY_OCTETS};

	return random_secret(everybody.tcpm_key, KEY_OCTETS) &&
	       setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG_EXT, &everybody, sizeof(everybody)) == 0;
}

/* Lets the kernel find the socket, but deliver no segments to it. On failure returns false with
 * the errno of the filter. */
static bool hear_nobody(int fd, sa_family_t family)
{
	if (drop_all(fd))
		return true;
	if (errno != EPERM)
		return false;
	if (hear_signed(fd, family))
		return true;
	errno = EPERM;
	return false;
}

bool guard_permitted(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool permitted = fd < 0 || hear_nobody(fd, AF_INET) || errno != EPERM;

	if (fd >= 0)
		close(fd);
	return permitted;
}

static char *reason(const char *host, uint16_t port, int error)
{
	switch (error) {
	case EADDRINUSE:
		return xasprintf("port %u of %s: in use: stop the program that 'ss -ltnp' shows, "
				 "wait up to 60 s for its last connections, or choose another port",
				 port, host);
	case EADDRNOTAVAIL:
		return xasprintf("%s: no interface has this address: add it with 'ip address "
				 "add', or correct the endpoint",
				 host);
	case EACCES:
		return xasprintf("port %u of %s: missing capability CAP_NET_BIND_SERVICE: run as "
				 "root, or choose a port of at least 1024",
				 port, host);
	case EPERM:
		return xasprintf("port %u of %s: missing capability CAP_NET_ADMIN, because this "
				 "kernel has no TCP signatures (CONFIG_TCP_MD5SIG): run as root, "
				 "or grant it to the service",
				 port, host);
	case EMFILE:
	case ENFILE:
		return xasprintf("port %u of %s: too many open files: raise LimitNOFILE= or "
				 "'ulimit -n', or use fewer ports",
				 port, host);
	case EAFNOSUPPORT:
		return xasprintf("port %u of %s: this kernel has no IPv6: enable it, or remove the "
				 "endpoint",
				 port, host);
	default: return xasprintf("port %u of %s: cannot guard: %s", port, host, strerror(error));
	}
}

static bool guard(int fd, const union sockaddr_ip *address, socklen_t len)
{
	int on = 1;

	if (address->any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return false;
	/* The filter must be attached before bind(): a SYN between them would be answered.
	 * SO_REUSEADDR is not set: bind() would succeed beside live connections of another
	 * program, and the kernel could no longer tell which segments are for it. */
	return hear_nobody(fd, address->any.sa_family) && bind(fd, &address->any, len) == 0 &&
	       listen(fd, 1) == 0;
}

int guard_open(const struct addr *address, uint16_t port, char **error)
{
	union sockaddr_ip to;
	socklen_t len = interface_sockaddr(address, port, &to);
	char host[ADDR_TEXT_MAX];
	int fd;

	addr_format(address, host);
	if (port == 0) {
		/* bind() with port 0 would select any free port. */
		*error = xasprintf("port 0 of %s: cannot guard: the kernel has no port 0: use an "
				   "address that this host does not own",
				   host);
		return -1;
	}
	fd = descriptor_not_kept(socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (fd >= 0 && guard(fd, &to, len))
		return fd;
	*error = reason(host, port, errno);
	if (fd >= 0)
		close(fd);
	return -1;
}
