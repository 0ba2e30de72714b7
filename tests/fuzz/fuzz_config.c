/* SPDX-License-Identifier: MIT */
/* fuzz_config: libFuzzer target. Compiles the input as an endpoint's behaviour, with a fixed
 * catalogue. Either compilation succeeds, or it reports an error. */
#include "catalogue/compile.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT(name, value) name " = { type = \"text\"; default = \"" value "\"; };"

/* One parameter for each place with a language of its own, in the syntax of config files. */
/* clang-format off */
static const char definitions[] =
	"behaviours = {"
	" a = { number = 1; summary = \"a\"; };"
	" b-c = { number = 2; summary = \"b\"; parameters = {"
	"   t = { type = \"duration\"; default = \"3s\"; min = \"0s\"; max = \"1h\"; };"
	"   n = { type = \"number\"; default = 3; min = 0; max = 100000; };"
	"   s = { type = \"sequence\"; default = \"0xffffffff\"; };"
	TEXT("options", "mss 1460,nop") TEXT("id", "counter:7") TEXT("on", "receive SYN")
	TEXT("nth", "1-2") TEXT("state", "LISTEN") TEXT("client", "::1") TEXT("chance", "25%")
	TEXT("expr", "snd.nxt-1") TEXT("payload", "a") TEXT("flags", "S.") TEXT("sum", "bad")
	TEXT("segment", "S. 0:0(0) ack 1") TEXT("icmp", "too-big") TEXT("machine", "close")
	TEXT("after", "1s in CLOSED") TEXT("schedule", "on 1s, off 2s") TEXT("scope", "client")
	TEXT("source", "+1") " };"
	" use = { options = \"$options\"; mss = \"$n\"; isn = \"$s\"; time_wait = \"$t\";"
	"         ip_id = \"$id\"; };"
	" rules = ("
	"   { on = \"$on\"; duplicate = \"$n\"; if = { nth = \"$nth\"; state = \"$state\";"
	"       client = \"$client\"; probability = \"$chance\"; schedule = \"$schedule\";"
	"       with = \"$flags\"; remembered = \"$scope\"; within = \"$t\"; };"
	"     remember = \"$scope\";"
	"     set = { seq = \"$expr\"; options = \"$options\"; payload = \"$payload\";"
	"       flags = \"$flags\"; checksum = \"$sum\"; window = \"$expr\";"
	"       saddr = \"$source\"; };"
	"     emit = ( \"$segment\", { icmp = \"$icmp\"; mtu = \"$n\"; } );"
	"     machine = ( \"$machine\", \"window $n\" ); },"
	"   { on = \"after $after\"; emit = ( { segment = \"$segment\"; delay = \"$t\"; } ); } );"
	" };"
	" d = { number = 3; summary = \"d\"; parameters = {"
	TEXT("among", "a,2*b-c=1s+a") TEXT("by", "rota") TEXT("per", "client") " };"
	" choose = { among = \"$among\"; by = \"$by\"; per = \"$per\"; within = \"1s\"; }; };"
	"};";
/* clang-format on */

static struct catalogue *catalogue_once(void)
{
	static struct catalogue catalogue;
	struct diag diag = {0};
	config_t *file;

	if (catalogue.count)
		return &catalogue;
	file = calloc(1, sizeof(*file));
	config_init(file);
	if (config_read_string(file, definitions) != CONFIG_TRUE)
		abort();
	catalogue_add(&catalogue, file, "fixed", &diag);
	if (diag.errors)
		abort();
	return &catalogue;
}

/* Returns true if the text of the ruleset is `text` with names in place of numbers, and if this
 * text does not change when it is converted again. */
static bool has_names_of(const struct ruleset *rs, const char *text)
{
	char *named = catalogue_with_names(catalogue_once(), text);
	char *again = catalogue_with_names(catalogue_once(), named);
	bool same = strcmp(rs->text, named) == 0 && strcmp(again, named) == 0;

	free(again);
	free(named);
	return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct service service;
	struct tcp_settings settings;
	struct diag diag = {0};
	struct ruleset *rs;
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	tcp_settings_default(&settings);
	rs = behaviour_compile(catalogue_once(), text, &settings, &service, &diag, "fuzz.conf", 1,
			       "behaviour");
	if (!rs == !diag.errors)
		abort();
	if (rs && (!has_names_of(rs, text) || rs->references != 1))
		abort();
	ruleset_put(rs);
	diag_free(&diag);
	free(text);
	return 0;
}
