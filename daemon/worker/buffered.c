/* SPDX-License-Identifier: MIT */
#include "worker/buffered.h"

#include <event2/buffer.h>
#include <event2/bufferevent_struct.h>
#include <event2/event.h>

bool buffered_write(struct bufferevent *io, const void *data, size_t n)
{
	return bufferevent_write(io, data, n) == 0 &&
	       (!evbuffer_get_length(bufferevent_get_output(io)) ||
		event_pending(&io->ev_write, EV_WRITE, NULL));
}
