/* SPDX-License-Identifier: MIT */
/* Properties of interfaces, and the owner of an address. */
#include "link/interface.h"
#include "link_bench.h"

#include "wire/packet_decode.h"
#include "wire/packet_encode.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* lo has a route to the client's network, but the link must not send there. */
START_TEST(loopback_sends_nothing_to_networks)
{
	int sniffer = open_sniffer(client_side, "veth1");
	struct link *l = open_link(server_side, "lo");
	struct segment v4 = syn_to(SERVER_V4, "10.9.0.2", 1);
	struct segment v6 = syn_to(SERVER_V6, "fd09::2", 1);
	struct path none = {0};
	uint8_t flags;

	v4.sport = PORT;
	v6.sport = PORT;
	ck_assert(l->loopback);
	ck_assert_uint_eq(l->mtu, 65535);
	send_segment(l, &none, &v4);
	send_segment(l, &none, &v6);
	v4.dst = addr_of("224.0.0.1");
	send_segment(l, &none, &v4);
	ck_assert_uint_eq(l->counters.failed_out, 3);
	ck_assert_int_eq(l->counters.last_error, EHOSTUNREACH);
	l->ops->send(l, &none, (const uint8_t *)"\x45\0", 2, 0);
	l->ops->flush(l);
	ck_assert_uint_eq(l->counters.failed_out, 4);
	ck_assert_int_eq(l->counters.last_error, EINVAL);
	ck_assert_uint_eq(l->counters.frames_out, 0);
	usleep(50000);
	ck_assert_uint_eq(sniffed(sniffer, &flags), 0);
	l->ops->close(l);
	close(sniffer);
}
END_TEST

static void expect_refused(const char *interface, const char *why)
{
	char *error = NULL;

	ck_assert_ptr_null(packet_open(interface, &error));
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, why) != NULL, "%s", error);
	free(error);
}

START_TEST(refused_interfaces)
{
	enter(server_side);
	expect_refused("eth99", "unknown interface 'eth99'");
	expect_refused("an-interface-name-of-unusual-length", "unknown interface 'an-inter");
	ck_assert(drop_capability(CAP_NET_RAW));
	expect_refused("lo", "CAP_NET_RAW");
}
END_TEST

START_TEST(owners)
{
	static const char *const expected[][2] = {
		{"127.0.0.1", "lo"},  {"127.7.0.1", "lo"},  {"::1", "lo"},
		{SERVER_V4, "veth0"}, {SERVER_V6, "veth0"}, {"fe80::1", "veth0"},
	};
	static const char *const foreign[] = {"10.9.0.2", "192.0.2.1", "fd09::2", "::2"};
	char name[IF_NAMESIZE];

	enter(server_side);
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		struct addr a = addr_of(expected[i][0]);

		ck_assert(interface_of_address(&a, name));
		ck_assert_str_eq(name, expected[i][1]);
	}
	for (size_t i = 0; i < COUNT_OF(foreign); i++) {
		struct addr a = addr_of(foreign[i]);

		ck_assert(!interface_of_address(&a, name));
		ck_assert(!interface_is_local(&a));
	}
}
END_TEST

static bool is_veth0(const char *name, void *arg)
{
	(void)arg;
	return strcmp(name, "veth0") == 0;
}

/* The labels that some tools give to addresses are not interfaces. */
START_TEST(labels_of_addresses)
{
	struct addr labelled = addr_of("10.9.7.1"), own;
	struct prefix beside = {.addr = addr_of("10.9.7.2"), .bits = 128};
	struct prefix around = {.addr = addr_of("10.9.7.0"), .bits = 120};
	char name[IF_NAMESIZE];

	enter(server_side);
	ck_assert(ip("address add 10.9.7.1/24 dev veth0 label veth0:7"));
	ck_assert(interface_of_address(&labelled, name));
	ck_assert_str_eq(name, "veth0");
	ck_assert(interface_beside(&beside, is_veth0, NULL, name));
	ck_assert_str_eq(name, "veth0");
	ck_assert(interface_owns_within(&around, is_veth0, NULL, &own, name));
	ck_assert_str_eq(name, "veth0");
	expect_refused("veth0:7", "unknown interface 'veth0:7'");
	ck_assert(ip("address del 10.9.7.1/24 dev veth0"));
}
END_TEST

static bool is_broadcast(const struct broadcasts *b, const char *text)
{
	struct addr a = addr_of(text);

	return broadcasts_have(b, &a);
}

/* Each network has two broadcast addresses: that of its prefix, and the configured one. A network
 * of two hosts has none. */
START_TEST(broadcast_addresses)
{
	static const char *const networks[] = {"10.7.3.1/24", "10.7.4.1/16 brd 10.7.99.255",
					       "10.8.0.1/30", "10.8.1.4/31",
					       "10.8.1.7/32", "10.8.2.1 peer 10.8.3.9/24"};
	static const char *const yes[] = {"10.7.3.255", "10.7.255.255", "10.7.99.255",
					  "10.8.0.3",   "10.9.0.255",   "127.255.255.255"};
	static const char *const no[] = {"10.7.3.1", "10.7.3.254",      "10.7.4.255", "10.8.0.2",
					 "10.8.1.5", "10.8.1.7",        "10.9.0.1",   "0.0.0.0",
					 "fd09::ff", "255.255.255.255", "10.8.0.255", "10.8.2.255",
					 "10.8.2.1", "10.8.3.9"};
	char name[IF_NAMESIZE];
	struct broadcasts found, copy = {0};
	struct addr a = addr_of("10.7.99.255");

	enter(server_side);
	for (size_t i = 0; i < COUNT_OF(networks); i++)
		ck_assert(ip("address add %s dev veth0", networks[i]));
	broadcasts_find(&found);
	broadcasts_copy(&copy, &found);
	broadcasts_free(&found);
	for (size_t i = 0; i < COUNT_OF(yes); i++)
		ck_assert_msg(is_broadcast(&copy, yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < COUNT_OF(no); i++)
		ck_assert_msg(!is_broadcast(&copy, no[i]), "%s", no[i]);
	ck_assert(!is_broadcast(&found, yes[0]) && !is_broadcast(NULL, yes[0]));
	ck_assert(broadcast_of_interface(&a, name));
	ck_assert_str_eq(name, "veth0");
	a = addr_of("10.7.4.255");
	ck_assert(!broadcast_of_interface(&a, name));
	broadcasts_copy(&copy, &found);
	ck_assert(!is_broadcast(&copy, yes[0]));
	for (size_t i = 0; i < COUNT_OF(networks); i++)
		ck_assert(ip("address del %.*s dev veth0", (int)strcspn(networks[i], "b"),
			     networks[i]));
}
END_TEST

static void write_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(local_addresses)
{
	struct addr any_ip = addr_of("198.51.100.7");
	struct addr foreign = addr_of("10.9.0.2");
	struct addr own = addr_of(SERVER_V4);

	enter(server_side);
	ck_assert(interface_is_local(&own));
	ck_assert(!interface_is_local(&any_ip));
	ck_assert(ip("route add local 198.51.100.0/24 dev lo"));
	ck_assert(interface_is_local(&any_ip));
	write_file("/proc/sys/net/ipv4/ip_nonlocal_bind", "1");
	ck_assert(!interface_is_local(&foreign));
	write_file("/proc/sys/net/ipv4/ip_nonlocal_bind", "0");
}
END_TEST

/* An interface without Ethernet headers: a TUN device. */
START_TEST(plain_ip_interface)
{
	struct ifreq request = {.ifr_name = "tun9", .ifr_flags = IFF_TUN | IFF_NO_PI};
	struct segment syn = syn_to("10.8.0.2", "10.8.0.77", 5);
	struct path none = {0};
	struct segment got;
	uint8_t packet[128];
	size_t len = packet_encode(&syn, packet, sizeof(packet));
	struct link *l;
	int tun;

	enter(server_side);
	tun = open("/dev/net/tun", O_RDWR);
	if (tun < 0)
		return; /* not permitted on this machine */
	ck_assert_int_eq(ioctl(tun, TUNSETIFF, &request), 0);
	ck_assert(ip("link set tun9 up"));
	l = open_link(server_side, "tun9");
	ck_assert_int_eq(write(tun, packet, len), (ssize_t)len);
	ck_assert(next_segment(l, &got, PATIENCE));
	ck_assert_uint_eq(got.seq, 5);
	ck_assert_mem_eq(came_by.remote, none.remote, sizeof(none.remote));

	syn.seq = 6;
	send_segment(l, &came_by, &syn);
	ck_assert_uint_eq(l->counters.failed_out, 0);
	do
		len = (size_t)read(tun, packet, sizeof(packet));
	while (len != 40); /* IPv6 sends packets of its own first */
	ck_assert_int_eq(packet_decode(packet, len, true, &got), WIRE_OK);
	ck_assert_uint_eq(got.seq, 6);
	l->ops->close(l);
	close(tun);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		loopback_sends_nothing_to_networks,
		refused_interfaces,
		owners,
		labels_of_addresses,
		broadcast_addresses,
		local_addresses,
		plain_ip_interface,
		NULL,
	};

	return bench_run("interface", tests);
}
