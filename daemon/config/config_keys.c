/* SPDX-License-Identifier: MIT */
#include "config/config_keys.h"

#include "base/container.h"
#include "base/text.h"
#include "catalogue/groups.h"
#include "config/allow_list.h"
#include "config/config.h"
#include "config/endpoint_keys.h"
#include "config/suites.h"
#include "config/tuns.h"
#include "engine/responder.h"
#include "tcp/settings.h"

#include <inttypes.h>
#include <string.h>

static bool parse_log_level(const char *text, void *target, char **wrong)
{
	struct config *c = target;

	return log_level_parse(text, &c->log_level) ||
	       text_expected(wrong, text, "error, warning, info or debug");
}

static bool parse_seed(const char *text, void *target, char **wrong)
{
	struct config *c = target;

	if (!number_parse(text, &c->seed))
		return text_expected(wrong, text, "a number below 2^63, decimal or 0x hex");
	c->has_seed = true;
	return true;
}

static bool parse_workers(const char *text, void *target, char **wrong)
{
	struct config *c = target;
	uint64_t count = 0;

	if (strcmp(text, "auto") != 0 &&
	    (!number_parse(text, &count) || count < 1 || count > WORKERS_MAX))
		return text_expected(wrong, text, "auto, or a number from 1 to %d", WORKERS_MAX);
	c->workers = (uint32_t)count;
	return true;
}

static char *format_log_level(const void *target)
{
	const struct config *c = target;

	return xstrdup(log_level_name(c->log_level));
}

static char *format_seed(const void *target)
{
	const struct config *c = target;

	return c->has_seed ? xasprintf("0x%" PRIx64, c->seed) : xstrdup("");
}

static char *format_workers(const void *target)
{
	const struct config *c = target;

	return c->workers ? xasprintf("%u", c->workers) : xstrdup("auto");
}

static char *format_interfaces(const void *target)
{
	const struct config *c = target;
	struct text out = {0};

	for (unsigned i = 0; i < c->interfaces; i++)
		text_addf(&out, "%s%s", i ? " " : "", c->interface[i]);
	return out.s ? out.s : xstrdup("");
}

#define CONFIG(member)  .offset = offsetof(struct config, member)
#define COUNTED(member) .type = KEY_NUMBER, CONFIG(member), .size = 4

const struct key config_keys[] = {
	{"load", KEY_OTHER, .flags = CONFIG_AT_ONCE,
	 .fallback = "the shipped behaviours, suites and profiles",
	 .help = "Files with behaviours, reserved, suites, profiles, clients, endpoints or "
		 "catalogues: glob patterns, relative to the directory of this file."},
	{"control", KEY_OTHER, .flags = CONFIG_RESTART, .help = "The control socket."},
	{"user", KEY_TEXT, .flags = CONFIG_RESTART | CONFIG_OPTION, CONFIG(user), .fallback = "",
	 .help = "User to switch to after start-up; \"\" keeps the user that started the daemon."},
	{"log_level", KEY_CUSTOM, .flags = CONFIG_AT_ONCE | CONFIG_OPTION, .parse = parse_log_level,
	 .format = format_log_level, .fallback = "info", .help = "error, warning, info or debug."},
	{"seed", KEY_CUSTOM, .flags = CONFIG_RESTART | CONFIG_OPTION, .parse = parse_seed,
	 .format = format_seed,
	 .help = "Seed of the random number generator, which also determines the ISNs of a replay. "
		 "ISNs of a live run are secret and do not depend on it."},
	{"workers", KEY_CUSTOM, .flags = CONFIG_RESTART, .parse = parse_workers,
	 .format = format_workers, .fallback = "1",
	 .help = "Threads that answer clients; each client belongs to one of them. auto is one "
		 "thread per CPU."},
	{"trace_size", KEY_SIZE, .flags = CONFIG_AT_ONCE, CONFIG(trace_size), .min = "64k",
	 .max = "64G", .fallback = "16M",
	 .help = "Size of the ring in which each worker records segments and events, in octets."},
	{"half_open_max", .flags = CONFIG_AT_ONCE, COUNTED(half_open_max), .min = "1",
	 .max = "16777216", .fallback = "1048576",
	 .help = "Half-open connections per worker; beyond that a SYN is discarded."},
	{"connections_max", .flags = CONFIG_AT_ONCE, COUNTED(connections_max), .min = "1",
	 .max = "16777216", .fallback = "131072",
	 .help = "Open connections per worker; each connection to a relay also takes a file "
		 "descriptor."},
	{"time_wait_max", .flags = CONFIG_AT_ONCE, COUNTED(time_wait_max), .min = "1",
	 .max = "16777216", .fallback = "262144",
	 .help = "Connections in TIME-WAIT per worker, of 128 octets each, which do not count in "
		 "connections_max; beyond that the oldest is deleted silently."},
	{"delayed_max", .flags = CONFIG_AT_ONCE, COUNTED(delayed_max), .min = "1",
	 .max = "16777216", .fallback = "1048576",
	 .help = "Segments per worker that are delayed or held; beyond that a segment is sent or "
		 "delivered at once."},
	{"reflection_rate", KEY_SIZE, .flags = CONFIG_AT_ONCE, CONFIG(reflection_rate), .max = "1G",
	 .fallback = "100M",
	 .help = "Octets per second that a worker sends, beyond the octets received, to all "
		 "clients together that have a bound in 'clients' and have not proved their "
		 "address; 0 is no bound."},
	{"loop_syns", .flags = CONFIG_AT_ONCE, COUNTED(loops.syns), .max = "1000000",
	 .fallback = "20",
	 .help = "SYNs without ACK that the responder sends between the same addresses and ports, "
		 "until it has sent none for 2min. Also the burst of segments that rules send "
		 "without a connection, refilled by one per second. 0 is no bound."},
	{"loop_segments", .flags = CONFIG_AT_ONCE, COUNTED(loops.segments), .max = "1000000",
	 .fallback = "100",
	 .help = "Segments per second, in both directions, of all connections with one peer that "
		 "such a SYN began, with a burst of 16 seconds; 0 is no bound."},
	{"loop_octets", KEY_SIZE, .flags = CONFIG_AT_ONCE, CONFIG(loops.octets), .max = "1G",
	 .fallback = "64k",
	 .help = "Octets of frames per second of these connections, in both directions, with the "
		 "same burst; 0 is no bound."},
	{"probe", KEY_BOOL, .flags = CONFIG_AT_ONCE, CONFIG(probe), .fallback = "true",
	 .help = "Probe on the link whether a virtual address is free before it is used."},
	{"interfaces", KEY_OTHER, .format = format_interfaces,
	 .flags = CONFIG_AT_ONCE | CONFIG_OPTION, .fallback = "( )",
	 .help = "Interfaces to listen on; ( ) is lo and each interface that has the address of an "
		 "endpoint or, for a virtual address, a network with it."},
	{"tuns", KEY_OTHER, .flags = CONFIG_AT_ONCE, .fallback = "( )",
	 .help = "TUN devices of the daemon, each with networks in which every address can be "
		 "used."},
	{"clients", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED,
	 .fallback = "( \"127.0.0.0/8\", \"::1\" )",
	 .help = "Clients that are answered: addresses and prefixes, or groups with bounds."},
	{"endpoints", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED, .fallback = "( )",
	 .help = "Addresses and ports that are answered, each with a behaviour."},
	{"catalogues", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED, .fallback = "( )",
	 .help = "Endpoints for all behaviours with a number, each at the port base + number or at "
		 "an address of its own."},
	{"behaviours", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED,
	 .help = "Behaviours of your own."},
	{"reserved", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED,
	 .help = "Names, each with a number, that no behaviour may take."},
	{"suites", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED,
	 .help = "Scenarios of your own for synackctl judge."},
	{"profiles", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED,
	 .help = "Known deviations of your clients."},
};

const size_t config_keys_count = COUNT_OF(config_keys);

static const char *const read_names[] = {
	[READ_GROUP] = "group",
	[READ_EVERYONE] = "everyone",
	NULL,
};

const struct key control_keys[] = {
	{"path", KEY_TEXT, .flags = CONFIG_RESTART | CONFIG_OPTION, CONFIG(control_path),
	 .min = "1", .max = "107", .fallback = "/run/synackd/control",
	 .help = "Path of the Unix socket."},
	{"group", KEY_TEXT, .flags = CONFIG_RESTART, CONFIG(control_group), .fallback = "",
	 .help = "Group whose members may change things, as may root and the user of the daemon; "
		 "\"\" is none."},
	{"read", KEY_CHOICE, .flags = CONFIG_RESTART, CONFIG(control_read), .choices = read_names,
	 .fallback = "group",
	 .help = "Users that may read: only the members of the group (group), or all users "
		 "(everyone)."},
};

const size_t control_keys_count = COUNT_OF(control_keys);

const struct key_group config_groups[] = {
	{"", config_keys, &config_keys_count},
	{"control", control_keys, &control_keys_count},
	{"clients", client_keys, &client_keys_count},
	{"endpoints", place_keys, &place_keys_count},
	{"endpoints", endpoint_keys, &endpoint_keys_count},
	{"endpoints", tcp_settings_keys, &tcp_settings_keys_count},
	{"tuns", tun_keys, &tun_keys_count},
	{"catalogues", place_keys, &place_keys_count},
	{"catalogues", catalogue_keys, &catalogue_keys_count},
	{"catalogues", tcp_settings_keys, &tcp_settings_keys_count},
	{NULL, NULL, NULL},
};

const struct key_group *const config_all_groups[] = {config_groups, catalogue_groups, suite_groups,
						     NULL};
