# SPDX-License-Identifier: MIT
"""How far what a test measures in real time may be from what it should be, in seconds. A test that
imports this module holds the lock `real_time` of CTest, so no two of them run at a time."""

# A wait for a CPU that proves that a failure may be the machine's, see tests/stalls/repeat. Linux
# retransmits after 200 ms (TCP_RTO_MIN), and the shortest delay that a test tells from none is of
# that order. Waits of half of it, at synackd and at the client, make such a delay out of nothing.
STALL = 0.1

# What is to take some time may take as much longer: shorter waits than STALL prove nothing, so a
# test bears one at synackd and one at the client.
LATE = 2 * STALL

# It may seem shorter by so much: frames are stamped a moment before or after synackd looks at its
# clock.
EARLY = 0.01

# A segment that follows one that was sent late is nearer to it by that.
NEARER = STALL

# What comes without any delay comes before this. It is more than LATE, and less than the delays
# that tests tell it from: 500 ms of a behaviour, a second until a client sends its SYN again.
AT_ONCE = 0.4

# A SYN comes again after a second, data after 200 ms, by timers of the kernel that count from an
# event which the capture does not show.
SYN_AGAIN = 0.9
DATA_AGAIN = 0.15

# The longest that an ACK may be delayed (RFC 9293 3.8.6.3, MUST-40). Linux takes 200 ms at most,
# so a stall is within it.
ACK_DELAYED = 0.5

# What commands with several processes take in all while others want every CPU. Those that such a
# test is about wait for 5 s or for ever.
SLOW = 4

# A client that does not read its report loses its place after ten seconds (REPORT_PATIENCE). Two
# that ask meanwhile have waited at once, not one after the other.
REPORTS_TAKEN_BACK = 20

# A user waits for `synackctl judge --suite connect`: less than a minute, while other suites run
# beside it.
JUDGE_CONNECT = 60

# MB/s each way, while the threads have a CPU: a tenth of what two cores do that have nothing else
# to do.
BULK_RATE = 50

# Two amounts that are to be the same, measured side by side in turn: the median of their ratios.
# The clients take one CPU, and a crowded machine gives two workers less than it gives one.
THROUGHPUT_RATIO = 0.75
CPU_RATIO = 1.3
# The part of a CPU that a thread without work may take.
IDLE = 0.01


def takes(seconds, wanted):
    """Whether it took as long as it should."""
    return wanted - EARLY <= seconds < wanted + LATE


def doubled(first, second, most=2.6):
    """Whether a time between two segments is the double of the one before it, as by a timer that
    backs off. The shortest that a test compares are 200 ms and 400 ms; such timers are the
    kernel's, which a process that waits for a CPU does not delay."""
    return 1.5 < second / first < most
