/* SPDX-License-Identifier: MIT */
#include "engine/operation.h"

#include "engine/session.h"

#define WINDOW_MAX (1u << 30) /* RFC 7323 2.3 */

nstime time_later(const struct responder *r, nstime time)
{
	return time == NS_NEVER || r->now > NS_NEVER - time ? NS_NEVER : r->now + time;
}

static void set_window(struct tcp_conn *c, const struct rule_machine *op)
{
	uint32_t most = WINDOW_MAX - op->number, base = op->more ? c->rcv_buffer : 0;

	tcp_set_window(c, (base < most ? base : most) + op->number);
}

/* Writes as many octets of the text as there is space for. */
static void write_text(struct tcp_conn *c, const struct rule_machine *op)
{
	size_t room = tcp_room(c), n = op->text_len < room ? op->text_len : room;

	if (n)
		tcp_write(c, op->text, n);
}

/* Sets s->keep: a duration, which the end of the turn converts to a time. For a session that was
 * closed before this turn, sets the time at once. */
static void keep(const struct responder *r, struct session *s, nstime span, bool kept)
{
	s->keep = kept ? time_later(r, span) : span;
}

static void silence(const struct responder *r, struct session *s, const struct rule_machine *op)
{
	s->silent_until = time_later(r, op->time);
	s->silent_by = op->label;
}

void session_do(const struct responder *r, struct session *s, const struct rule_machine *op,
		bool kept)
{
	switch ((enum machine_op)op->op) {
	case MACHINE_CLOSE: tcp_close(&s->tcp); break;
	case MACHINE_LEAVE: tcp_leave(&s->tcp); break;
	case MACHINE_SILENCE: silence(r, s, op); break;
	case MACHINE_KEEP: keep(r, s, op->time, kept); break;
	case MACHINE_READ_PAUSE: s->tcp.reading_paused = true; break;
	case MACHINE_READ_RESUME: s->tcp.reading_paused = false; break;
	case MACHINE_WINDOW: set_window(&s->tcp, op); break;
	case MACHINE_RENEGE: tcp_renege(&s->tcp); break;
	case MACHINE_TIMESTAMPS: tcp_timestamps_jump(&s->tcp, op->number); break;
	case MACHINE_SHRINK: tcp_shrink_window(&s->tcp, op->number); break;
	case MACHINE_WRITE_PAUSE: s->tcp.writing_paused = true; break;
	case MACHINE_WRITE_RESUME: s->tcp.writing_paused = false; break;
	case MACHINE_WRITE: write_text(&s->tcp, op); break;
	default: break;
	}
}
