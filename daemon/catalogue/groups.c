/* SPDX-License-Identifier: MIT */
#include "catalogue/groups.h"

#include "catalogue/catalogue.h"
#include "catalogue/compile_actions.h"
#include "catalogue/compile_choose.h"
#include "catalogue/compile_ip.h"
#include "catalogue/compile_rule.h"
#include "catalogue/compile_shape.h"
#include "catalogue/compile_use.h"
#include "catalogue/compile_when.h"
#include "catalogue/parameters.h"
#include "tcp/settings.h"

const struct key_group catalogue_groups[] = {
	{"behaviours.NAME", behaviour_keys, &behaviour_keys_count},
	{"parameters.NAME", parameter_keys, &parameter_keys_count},
	{"choose", choose_keys, &choose_keys_count},
	{"rules", rule_keys, &rule_keys_count},
	{"if", condition_keys, &condition_keys_count},
	{"if", when_keys, &when_keys_count},
	{"set", set_keys, &set_keys_count},
	{"set", ip_keys, &ip_keys_count},
	{"set", shape_keys, &shape_keys_count},
	{"emit", emit_keys, &emit_keys_count},
	{"use", use_service_keys, &use_service_keys_count},
	{"use", tcp_settings_keys, &tcp_settings_keys_count},
	{NULL, NULL, NULL},
};
