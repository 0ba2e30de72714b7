/* SPDX-License-Identifier: MIT */
#include "config/config_values.h"

#include "base/text.h"
#include "config/config_keys.h"

#include <stdlib.h>

static void add_values(struct config_values *v, const struct config *c, const char *group,
		       const struct key *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct key *k = &keys[i];

		if (!(k->flags & (CONFIG_RESTART | CONFIG_OPTION)) ||
		    (k->type == KEY_OTHER && !k->format))
			continue; /* `control` is a group; its keys follow */
		v->value = xrealloc(v->value, (v->count + 1) * sizeof(*v->value));
		v->value[v->count++] =
			(struct config_value){.name = xasprintf("%s%s", group, k->name),
					      .flags = k->flags,
					      .text = key_format(k, c)};
	}
}

struct config_values config_values(const struct config *c)
{
	struct config_values v = {0};

	add_values(&v, c, "", config_keys, config_keys_count);
	add_values(&v, c, "control.", control_keys, control_keys_count);
	return v;
}

void config_values_free(struct config_values *v)
{
	for (unsigned i = 0; i < v->count; i++) {
		free(v->value[i].name);
		free(v->value[i].text);
	}
	free(v->value);
	*v = (struct config_values){0};
}
