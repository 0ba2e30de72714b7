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
	 .help = "Files that may have behaviours, reserved, suites, profiles, clients, endpoints "
		 "and "
		 "catalogues: glob patterns, relative to this file."},
	{"control", KEY_OTHER, .flags = CONFIG_RESTART, .help = "The control socket."},
	{"user", KEY_TEXT, .flags = CONFIG_RESTART | CONFIG_OPTION, CONFIG(user), .fallback = "",
	 .help = "Whom to become once everything is open; \"\" stays who we are."},
	{"log_level", KEY_CUSTOM, .flags = CONFIG_AT_ONCE | CONFIG_OPTION, .parse = parse_log_level,
	 .format = format_log_level, .fallback = "info", .help = "error, warning, info or debug."},
	{"seed", KEY_CUSTOM, .flags = CONFIG_RESTART | CONFIG_OPTION, .parse = parse_seed,
	 .format = format_seed,
	 .help = "Makes chance the same in each run, and in a replay ISNs; live these are "
		 "secrets, whatever the seed."},
	{"workers", KEY_CUSTOM, .flags = CONFIG_RESTART, .parse = parse_workers,
	 .format = format_workers, .fallback = "1",
	 .help = "Threads that answer, each its own clients; auto is one for each CPU."},
	{"trace_size", KEY_SIZE, .flags = CONFIG_AT_ONCE, CONFIG(trace_size), .min = "64k",
	 .max = "64G", .fallback = "16M",
	 .help = "Octets of the ring in which a worker keeps what happened."},
	{"half_open_max", .flags = CONFIG_AT_ONCE, COUNTED(half_open_max), .min = "1",
	 .max = "16777216", .fallback = "1048576",
	 .help = "Half-open connections a worker; beyond it a SYN is lost."},
	{"connections_max", .flags = CONFIG_AT_ONCE, COUNTED(connections_max), .min = "1",
	 .max = "16777216", .fallback = "131072",
	 .help = "Open connections a worker; each relay takes a file descriptor."},
	{"delayed_max", .flags = CONFIG_AT_ONCE, COUNTED(delayed_max), .min = "1",
	 .max = "16777216", .fallback = "1048576",
	 .help = "Segments a worker that wait to be sent, or are held; beyond it none waits."},
	{"reflection_rate", KEY_SIZE, .flags = CONFIG_AT_ONCE, CONFIG(reflection_rate), .max = "1G",
	 .fallback = "100M",
	 .help = "Octets a second a worker, beyond those that came, to all clients together whose "
		 "`clients` entry has a bound and that have not proved their address. 0 is no "
		 "bound."},
	{"loop_syns", .flags = CONFIG_AT_ONCE, COUNTED(loops.syns), .max = "1000000",
	 .fallback = "20",
	 .help = "SYNs without ACK that one address and port is sent from another, until there was "
		 "none for 2min; and turns of rules without a connection, with one more a second. "
		 "0 is no bound."},
	{"loop_segments", .flags = CONFIG_AT_ONCE, COUNTED(loops.segments), .max = "1000000",
	 .fallback = "100",
	 .help = "Segments a second of all connections with an address that such SYNs asked for, "
		 "both ways, and at once those of 16 seconds; 0 is no bound."},
	{"loop_octets", KEY_SIZE, .flags = CONFIG_AT_ONCE, CONFIG(loops.octets), .max = "1G",
	 .fallback = "64k", .help = "Octets on the wire a second of these connections, both ways."},
	{"probe", KEY_BOOL, .flags = CONFIG_AT_ONCE, CONFIG(probe), .fallback = "true",
	 .help = "Ask on the link whether a virtual address is free before it is used."},
	{"interfaces", KEY_OTHER, .format = format_interfaces,
	 .flags = CONFIG_AT_ONCE | CONFIG_OPTION, .fallback = "( )",
	 .help = "Where to listen; none: those that own an endpoint's address, and lo."},
	{"tuns", KEY_OTHER, .flags = CONFIG_AT_ONCE, .fallback = "( )",
	 .help = "TUN devices of our own, each with networks in which every address can be used."},
	{"clients", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED,
	 .fallback = "( \"127.0.0.0/8\", \"::1\" )",
	 .help = "Which clients are answered: addresses and prefixes, or groups with bounds."},
	{"endpoints", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED, .fallback = "( )",
	 .help = "Addresses and ports that are answered, and how."},
	{"catalogues", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED, .fallback = "( )",
	 .help = "An endpoint for each behaviour with a number, at the port base + number."},
	{"behaviours", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED,
	 .help = "Behaviours of your own."},
	{"reserved", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED,
	 .help = "Names, each with a number, that no behaviour may take."},
	{"suites", KEY_OTHER, .flags = CONFIG_AT_ONCE | CONFIG_LOADED,
	 .help = "Scenarios of your own for `synackctl judge`."},
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
	 .help = "Of the Unix socket."},
	{"group", KEY_TEXT, .flags = CONFIG_RESTART, CONFIG(control_group), .fallback = "",
	 .help = "Who may change things, beside root and the daemon's own user; \"\" is nobody."},
	{"read", KEY_CHOICE, .flags = CONFIG_RESTART, CONFIG(control_read), .choices = read_names,
	 .fallback = "group",
	 .help = "Who may ask and change nothing: those of the group alone, or everyone."},
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
