# SPDX-License-Identifier: MIT
"""The state of the machine before a run."""
import datetime
import os
import platform
import re


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def describe():
    model = re.search(r"^model name\s*: (.*)", read("/proc/cpuinfo"), re.M)
    memory = re.search(r"^MemTotal:\s*(\d+)", read("/proc/meminfo"), re.M)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "cpu": model[1] if model else platform.processor(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_mb": int(memory[1]) // 1024 if memory else None,
        "load": os.getloadavg(),
    }
