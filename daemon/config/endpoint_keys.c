/* SPDX-License-Identifier: MIT */
#include "config/endpoint_keys.h"

#include "base/container.h"
#include "base/text.h"
#include "config/endpoint_config.h"

#include <string.h>

static bool parse_address(const char *text, void *target, char **wrong)
{
	struct endpoint_config *e = target;

	return prefix_read(text, "an address or a prefix, as in 192.0.2.0/24", &e->address, wrong);
}

/* Keeps `close`, which may precede `service`. */
static bool parse_service(const char *text, void *target, char **wrong)
{
	struct endpoint_config *e = target;
	uint8_t close = e->service.close;
	struct service parsed;

	if (!service_parse(text, &parsed, wrong))
		return false;
	service_free(&e->service);
	e->service = parsed;
	e->service.close = close;
	return true;
}

static bool parse_ports(const char *text, void *target, char **wrong)
{
	struct endpoint_config *e = target;
	const char *dash = strchr(text, '-');
	uint64_t from, to;
	char first[8];
	bool right;

	if (dash && dash - text < (long)sizeof(first)) {
		memcpy(first, text, (size_t)(dash - text));
		first[dash - text] = '\0';
		right = number_parse(first, &from) && number_parse(dash + 1, &to);
	} else {
		right = number_parse(text, &from);
		to = from;
	}
	if (!right || from < 1 || from > to || to > UINT16_MAX)
		return text_expected(wrong, text,
				     "a port from 1 to 65535, or a range such as 80-90");
	e->port_from = (uint16_t)from;
	e->port_to = (uint16_t)to;
	return true;
}

#define NETWORK "a network, as in 10.123.0.0/16"

static bool parse_network(const char *text, void *target, char **wrong)
{
	struct endpoint_config *e = target;

	if (!prefix_read(text, NETWORK, &e->address, wrong))
		return false;
	return e->address.bits < ADDR_BITS || text_expected(wrong, text, NETWORK);
}

#define PLACE(member) .offset = offsetof(struct endpoint_config, member)

const struct key place_keys[] = {
	{"name", KEY_TEXT, PLACE(name), .min = "1", .max = "64",
	 .help = "Name of the endpoint: letters, digits and . _ - /"},
	{"address", KEY_CUSTOM, .parse = parse_address, .help = "An address, or a prefix."},
	{"interface", KEY_TEXT, PLACE(interface), .max = "15", .fallback = "",
	 .help = "Interface on which to answer for a virtual address, which this host does not "
		 "have; \"\" finds it by the networks of the interfaces."},
	{"probe", KEY_BOOL, PLACE(probe), .fallback = "true",
	 .help = "Probe on the link whether a virtual address is free before it is used."},
	{"service", KEY_CUSTOM, .parse = parse_service, .fallback = "http",
	 .help = "The application: discard, echo, chargen, banner:TEXT, http, http:early[=STATUS] "
		 "(replies before it reads a body), report, relay:HOST:PORT."},
	{"close", KEY_CHOICE, PLACE(service.close), .choices = service_close_names,
	 .fallback = "eof",
	 .help = "When the application closes: at the client's FIN (eof), after its first reply "
		 "(reply), after its first reply without reading more, so that further octets draw "
		 "a reset (leave), or never."},
};

const size_t place_keys_count = COUNT_OF(place_keys);

const struct key endpoint_keys[] = {
	{"ports", KEY_CUSTOM, .parse = parse_ports, .help = "A port, or a range such as 80-90."},
	{"behaviour", KEY_TEXT, PLACE(behaviour), .fallback = "accept",
	 .help = "A behaviour, or several joined by +, as in synack-delay=3s+close-merged; each by "
		 "name or number."},
};

const size_t endpoint_keys_count = COUNT_OF(endpoint_keys);

const struct key catalogue_keys[] = {
	{"base", KEY_NUMBER, PLACE(port_from), .size = 2,
	 .help = "Port to which the number of a behaviour is added."},
	{"network", KEY_CUSTOM, .parse = parse_network,
	 .help = "Network, instead of address and base: each behaviour has the address network + "
		 "number, with all ports."},
};

const size_t catalogue_keys_count = COUNT_OF(catalogue_keys);
