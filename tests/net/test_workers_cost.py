#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The cost of several workers, compared with one."""
import pathlib
import statistics
import time
import unittest

from lib import clients, frames, lab, tolerances
from lib.clients import VIRTUAL


class Costs(unittest.TestCase):
    """The clients take one CPU."""

    SECONDS, ROUNDS = 0.5, 9

    def cpu(self, pid):
        """Returns the nanoseconds that all threads of the process have run."""
        each = pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")
        return sum(int(path.read_text().split()[0]) for path in each)

    def flood(self, count):
        """Returns (answers per second, CPU time of one in us, share of SYNs without an answer)."""
        self.lab.start(self.lab.config(
            f"workers = {count};\nendpoints = ( {{ name = \"a\"; address = \"{VIRTUAL[4]}\"; "
            "ports = \"1-65535\"; service = \"echo\"; closed = \"reset\"; } );\n"))
        head = self.lab.mac_at(VIRTUAL[4], refused=True) + self.lab.mac + clients.KINDS[4]
        send, frames_out, sent = self.lab.raw.send, self.frames_out, 0
        pid, before = self.lab.pid(), frames_out()
        cpu, began = self.cpu(pid), time.monotonic()
        while time.monotonic() - began < self.SECONDS:
            for packet in self.packets:
                send(head + packet)
            sent += len(self.packets)
        took, last = time.monotonic() - began, None
        while last != (last := frames_out()):  # frames in the rings are still answered
            time.sleep(0.02)
        answers = last - before
        cpu = self.cpu(pid) - cpu
        self.lab.stop()
        return answers / took, cpu / answers / 1000, 1 - answers / sent

    def frames_out(self):
        return sum(each["counters"]["frames-out"] for each in self.lab.ctl("status")["links"])

    def test_throughput_is_not_lower(self):
        self.lab = clients.Lab("Costs", sample=4096)
        self.addCleanup(self.lab.close)
        self.lab.raw.setsockopt(263, 20, 1)  # PACKET_QDISC_BYPASS: saturates one worker
        self.packets = [frames.tcp(clients.stranger(4, i % 50), VIRTUAL[4], 1024 + i, 7000,
                                   frames.SYN, i) for i in range(1000)]
        rates, costs = [], []
        for number in range(self.ROUNDS):
            both = {count: self.flood(count) for count in ((1, 2), (2, 1))[number % 2]}
            rates.append(both[2][0] / both[1][0])
            costs.append(both[2][1] / both[1][1])
            for count, (rate, cpu, unanswered) in sorted(both.items()):
                print(f"\n{count} worker{'s' * (count > 1)}: {rate:,.0f} answers per second, "
                      f"{cpu:.2f} us of CPU each, {unanswered:.0%} of SYNs unanswered", flush=True)
            rate, cost = statistics.median(rates), statistics.median(costs)
            if number >= 2 and rate > tolerances.THROUGHPUT_RATIO and cost < tolerances.CPU_RATIO:
                break
        print(f"\n2 workers by 1: {rate:.2f} of the answers, {cost:.2f} of the CPU time of each")
        self.assertGreater(rate, tolerances.THROUGHPUT_RATIO)
        self.assertLess(cost, tolerances.CPU_RATIO)

    def test_an_idle_daemon_takes_no_cpu(self):
        self.lab = clients.Lab("Idle", sample=4096)
        self.addCleanup(self.lab.close)
        self.lab.start(self.lab.config(f"workers = 4;\nendpoints = (\n{clients.ENDPOINTS} );\n"))
        self.lab.mac_at(VIRTUAL[4])
        lab.wait_for("no connections", lambda: not self.lab.ctl("connections"))
        pid = self.lab.pid()
        share = min(self.share(pid) for _ in range(3))
        print(f"\n4 workers, idle: {share:.4%} of a CPU", flush=True)
        self.assertLess(share, tolerances.IDLE)

    def share(self, pid):
        """Returns the share of a CPU that the process takes, measured for half a second."""
        cpu, began = self.cpu(pid), time.monotonic()
        time.sleep(0.5)  # the time of the measurement
        return (self.cpu(pid) - cpu) / (time.monotonic() - began) / 1e9


if __name__ == "__main__":
    lab.main()
