/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "control/rights.h"

#include <string.h>

START_TEST(a_refusal_names_socket_and_group)
{
	const struct peer stranger = {.uid = 65534, .gid = 65534, .pid = 1};
	const struct peer nameless = {.uid = 4000000000, .gid = 65534, .pid = 1};
	struct control_access access = {.group = "netops", .user = "", .everyone = true};
	char *sentence = peer_refusal(&stranger, &access, "/run/x");

	ck_assert_ptr_nonnull(strstr(sentence, "at /run/x"));
	ck_assert_ptr_nonnull(strstr(sentence, "the group 'netops'"));
	ck_assert_ptr_nonnull(strstr(sentence, "usermod -aG netops"));
	free(sentence);
	sentence = peer_refusal(&nameless, &access, "/run/x");
	ck_assert_ptr_nonnull(strstr(sentence, "uid 4000000000 may only read"));
	ck_assert_ptr_nonnull(strstr(sentence, "the group 'netops'"));
	ck_assert_ptr_null(strstr(sentence, "usermod"));
	free(sentence);
	access.group = "";
	sentence = peer_refusal(&stranger, &access, "/run/x");
	ck_assert_ptr_nonnull(strstr(sentence, "control.group"));
	free(sentence);
}
END_TEST

UNIT_MAIN("rights", a_refusal_names_socket_and_group)
