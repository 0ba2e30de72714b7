# SPDX-License-Identifier: MIT
"""CPUs, addresses and processes of the benchmark.

With two CPUs, the server has the first CPU and the clients have the last. synackd has an address
that the server's kernel does not own, and so has the reflector."""
import os
import pathlib

PATIENCE = 4  # seconds that a generator waits for its last answers
CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, CLIENT_CPU = str(CPUS[0]), str(CPUS[-1])
ALL_CPUS = ",".join(map(str, CPUS))
# Addresses of synackd, of the server's kernel, and the first of the generators. The last are of no
# kernel.
OURS = {4: "10.77.0.100", 6: "fd77::100"}
KERNEL = {4: "10.77.0.1", 6: "fd77::1"}
CLIENTS = {4: "10.96.0.0", 6: "fd96::"}
NETWORKS = {4: "10.96.0.0/12", 6: "fd96::/32"}
GATEWAYS = {4: "10.77.0.9", 6: "fd77::9"}
CLIENT_MAC = "02:5e:00:00:00:02"     # of the generators
REFLECTOR_MAC = "02:5e:00:00:00:01"
NO_MAC = "02:5e:00:00:00:03"         # of no station
PORT = 7000
# Addresses of the kernel's clients.
CLIENT_FIRST, CLIENT_ADDRESSES = "10.77.0.150", 16
# Behind the router that loses packets.
LOSSY_OURS, LOSSY_KERNEL = "10.79.0.100", "10.79.0.1"



def cpu_time(pid):
    """Returns the CPU time of all threads of a process, in ns."""
    return sum(int(path.read_text().split()[0])
               for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"))


def resident(pid):
    """Returns the resident memory of a process, in octets."""
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def backlog_lost():
    """Returns the number of frames that the kernel lost between the ends of veth pairs."""
    lines = pathlib.Path("/proc/net/softnet_stat").read_text().splitlines()
    return sum(int(line.split()[1], 16) for line in lines)
