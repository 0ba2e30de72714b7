/* SPDX-License-Identifier: MIT */
/* The verdicts on a client as JSON text, for that client (service/report.h). */
#ifndef SYNACKD_CONTROL_VERDICT_REPORT_H
#define SYNACKD_CONTROL_VERDICT_REPORT_H

#include "worker/report_queue.h"

#define VERDICT_REPORT_MAX 2000 /* connections and verdicts of one report; the newest are told */

/* A report_maker for report_queue_open(); `context` is a struct verb_context. The report is made
 * from the config and the endpoints that its daemon has then, in the thread of its jobs. */
void verdict_report_make(void *context, struct report_job *job);

#endif
