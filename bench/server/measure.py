#!/usr/bin/env python3
"""Starts the release server anew for every repetition, loads it, and prints tables.

Usage: measure.py REPETITIONS
The server has core 0 and the load generator core 1, where the machine has two.
"""

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

from targets import BIN, GENERATOR_CORE, SERVER_CORE, SOURCES, pinned

LOG = f"{BIN}/../bench-server.log"
ROOM = 10
COUNTS = [0, 1_000, 10_000]

# name, members, senders, updates a second of each, seconds
FANOUT = [
    ("100 members, 5 send 20/s each", 100, 5, 20, 10),
    ("1,000 members, 5 send 20/s each", 1000, 5, 20, 5),
]


class Server:
    """`righttask serve` on a free port, with its log read until it listens."""

    def __init__(self, *flags, data=None):
        """`data`: the folder that keeps the documents; by default one of its own."""
        self.flags = flags
        self.folder = data

    def __enter__(self):
        self.data = tempfile.TemporaryDirectory(prefix="righttask-bench-")
        command = [f"{BIN}/righttask", "serve", "--listen", "127.0.0.1:0", "--log-level", "info",
                   "--data", self.folder or self.data.name, *self.flags]
        self.log = open(LOG, "w+")
        self.process = subprocess.Popen(pinned(SERVER_CORE, command), stderr=self.log,
                                        stdout=subprocess.DEVNULL)
        self.port = self.wait_for_port()
        return self

    def wait_for_port(self):
        while self.process.poll() is None:
            time.sleep(0.01)
            self.log.seek(0)
            found = re.search(r"listening on http://\S+:(\d+)", self.log.read())
            if found:
                return found.group(1)
        sys.exit(f"the server did not start: see {LOG}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()
        self.data.cleanup()


def bench(server, *flags):
    """One run of the load generator. Whatever it finds amiss ends the program."""
    command = [f"{BIN}/righttask", "bench", f"ws://127.0.0.1:{server.port}", "--from", SOURCES,
               "--pid", server.process.pid, "--quiet", "--json", "-", *flags]
    done = subprocess.run(pinned(GENERATOR_CORE, [str(part) for part in command]), stdout=subprocess.PIPE,
                          text=True)
    if done.returncode != 0:
        sys.exit(f"righttask bench failed: {done.stdout}")
    return json.loads(done.stdout)


def fan_out(server, members, senders, rate, seconds):
    """One room, loaded at that pace."""
    return bench(server, "--connections", members, "--senders", senders, "--rate", rate,
                 "--duration", seconds)["load"]


def spread(values, form):
    """Median and range, as "3.1 (2.9-3.4)"."""
    low, high = min(values), max(values)
    return f"{form(statistics.median(values))} ({form(low)}-{form(high)})"


def memory(repetitions):
    runs = []
    for _ in range(repetitions):
        with Server() as server:
            runs.append(bench(server, "--connections", COUNTS[-1], "--members-per-room", ROOM,
                              "--memory-at", ",".join(map(str, COUNTS)))["memory"])
    print(f"Memory of the server, {repetitions} runs, median (lowest-highest):\n")
    print("| joined idle connections | private memory, MiB | of it dirty, MiB |")
    print("| ---: | ---: | ---: |")
    mib = lambda value: f"{value / 2**20:.2f}"
    for i, count in enumerate(COUNTS):
        private = spread([run[i]["private"] for run in runs], mib)
        dirty = spread([run[i]["dirty"] for run in runs], mib)
        print(f"| {count:,} | {private} | {dirty} |")
    few, many = len(COUNTS) - 2, len(COUNTS) - 1
    marginal = [(run[many]["dirty"] - run[few]["dirty"]) / (COUNTS[many] - COUNTS[few])
                for run in runs]
    print(f"\nMarginal, {COUNTS[few]:,} to {COUNTS[many]:,} connections: "
          f"{spread(marginal, lambda v: f'{v:,.0f}')} bytes a connection, "
          f"its share of room, presence and channel included.\n")


def fanout(repetitions):
    print(f"Fan-out in one room, {repetitions} runs, median (lowest-highest):\n")
    print("| load | deliveries/s | server, µs of CPU a delivery | of it outside the kernel | p50, ms "
          "| p99, ms | generator's core |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, members, senders, rate, seconds in FANOUT:
        runs = []
        for _ in range(repetitions):
            with Server() as server:
                runs.append(fan_out(server, members, senders, rate, seconds))
        of = lambda value: [value(run) for run in runs]
        us = lambda v: f"{v:.2f}"
        cost = of(lambda r: (r["server_ns"] + r["ksoftirqd_ns"]) / r["deliveries"] / 1e3)
        user = of(lambda r: r["server_user_ns"] / r["deliveries"] / 1e3)
        busy = of(lambda r: 100 * r["generator_share"])
        rate = statistics.median(of(lambda r: r["deliveries_per_second"]))
        print(f"| {name} | {rate:,.0f} | {spread(cost, us)} | {spread(user, us)} "
              f"| {spread(of(lambda r: r['latency_ms']['p50']), us)} "
              f"| {spread(of(lambda r: r['latency_ms']['p99']), us)} "
              f"| {spread(busy, lambda v: f'{v:.0f}%')} |")
    print("\nCPU is that of the server's threads and of ksoftirqd together. "
          "Every delivery was counted: each member had every update but its own, once.\n")


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as info:
        found = re.search(r"model name\s*:\s*(.+)", info.read())
        model = found.group(1) if found else model
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True)
    print(f"{date.today()}, {os.cpu_count()} × {model}, Linux {platform.release().split('-')[0]}, "
          f"g++ {compiler.stdout.strip()}, release build, load average "
          f"{os.getloadavg()[0]:.1f} at the start.\n")


def main():
    if len(sys.argv) != 2 or not sys.argv[1].isdigit() or int(sys.argv[1]) < 1:
        sys.exit(__doc__)
    repetitions = int(sys.argv[1])
    machine()
    memory(repetitions)
    fanout(repetitions)


if __name__ == "__main__":
    main()
