/* SPDX-License-Identifier: MIT */
/* verdict_report: the verdicts on a client as JSON text, for that client (service/report.h). */
#ifndef SYNACKD_CONTROL_VERDICT_REPORT_H
#define SYNACKD_CONTROL_VERDICT_REPORT_H

#include "worker/report_queue.h"

#define VERDICT_REPORT_MAX 2000 /* connections and verdicts of one report, the newest first */

/* A report_maker for report_queue_open(); `context` is a struct verb_context. Makes the report in
 * the job thread, from the config and the endpoints at the time of the request. */
void verdict_report_make(void *context, struct report_job *job);

#endif
