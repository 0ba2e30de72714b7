/* SPDX-License-Identifier: MIT */
#include "commands.h"
#include "fields.h"

#include <stdlib.h>

/* The output is for a file, so it has no colours and no heading. */
static void print_hosts(const struct request *request, const json_t *result,
			const struct screen *screen, struct text *out)
{
	const json_t *host;
	size_t i;

	(void)request;
	(void)screen;
	json_array_foreach (result, i, host) {
		char *address = printable(field_string(host, "address"));
		char *name = printable(field_string(host, "name"));

		text_addf(out, "%s %s\n", address, name);
		free(address);
		free(name);
	}
}

const struct command command_hosts = {
	.name = METHOD_HOSTS,
	.operands = "",
	.summary = "Print host names for /etc/hosts",
	.help = "Prints one line for each endpoint that answers. The endpoint v4/synack-delay is "
		"the host synack-delay.v4.synack.test; 'synackctl endpoints' shows its port. An "
		"endpoint that has all ports of its address, as in the network of a TUN device, is "
		"also the host synack-delay.synack.test.\n"
		"\n"
		"  # synackctl hosts >> /etc/hosts\n"
		"  $ curl http://synack-delay.v4.synack.test:7002/\n",
	.for_a_file = true,
	.print = print_hosts,
};
