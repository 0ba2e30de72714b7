# SPDX-License-Identifier: MIT
"""Tolerances of measurements in real time, in seconds. A test that imports this module holds the
CTest lock `real_time`, so only one of them runs at a time."""

# A wait for a CPU after which a failure may be due to the machine, see tests/stalls/repeat. Linux
# retransmits after 200 ms (TCP_RTO_MIN), and the shortest delay that a test distinguishes from none
# is of that order. Waits of half of it, at synackd and at the client, imitate such a delay.
STALL = 0.1

# An operation may take this much longer than specified: shorter waits than STALL are not evidence,
# so a test tolerates one at synackd and one at the client.
LATE = 2 * STALL

# It may appear this much shorter: frames are stamped a moment before or after synackd reads its
# clock.
EARLY = 0.01

# The gap after a segment that was sent late is shorter by this.
NEARER = STALL

# An event without delay occurs before this. It exceeds LATE, and is less than the delays from which
# tests distinguish it: 500 ms of a behaviour, and one second until a client retransmits its SYN.
AT_ONCE = 0.4

# A client retransmits a SYN after a second, data after 200 ms, by timers of the kernel that start
# at an event which the capture does not show.
SYN_AGAIN = 0.9
DATA_AGAIN = 0.15

# The longest that an ACK may be delayed (RFC 9293 3.8.6.3, MUST-40). Linux takes 200 ms at most, so
# a stall is within it.
ACK_DELAYED = 0.5

# The time that commands with several processes take in all on a busy machine. The failures that
# such a test looks for last 5 s or forever.
SLOW = 4

# A client that does not read its report loses its place after ten seconds (REPORT_PATIENCE). Two
# such clients wait at the same time, not in turn.
REPORTS_TAKEN_BACK = 20

# The longest `synackctl judge --suite connect` may take: less than a minute, while other suites
# run.
JUDGE_CONNECT = 60

# MB/s each way, while the threads have a CPU: a tenth of the rate of two idle cores.
BULK_RATE = 50

# Bounds of the ratio of two equal amounts, measured alternately: the median of the ratios. The
# clients take one CPU, and a crowded machine gives two workers less than one.
THROUGHPUT_RATIO = 0.75
CPU_RATIO = 1.3
# The share of a CPU that an idle thread may take.
IDLE = 0.01


def takes(seconds, wanted):
    """Returns true if the duration is within the tolerances of `wanted`."""
    return wanted - EARLY <= seconds < wanted + LATE


def doubled(first, second, most=2.6):
    """Returns true if the second gap between segments is the double of the first, as of a timer
    that backs off. The shortest gaps that a test compares are 200 ms and 400 ms. These are timers
    of the kernel, which a process that waits for a CPU does not delay."""
    return 1.5 < second / first < most
