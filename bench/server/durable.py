#!/usr/bin/env python3
"""What durability costs, measured at the sockets: acknowledged updates a second beside the disk's own
rate, relaying with and without a store, opening a long room, starting with many rooms.

Usage: durable.py REPETITIONS
"""

import os
import re
import statistics
import sys
import tempfile
import time
import urllib.request

from measure import Server, bench, fan_out, machine, spread

LOOPS = [(1, 1), (10, 8), (100, 8)]  # rooms, updates in flight in each
SECONDS = 5
FREE = ("--messages-per-second-max", "1000000")  # one client stands for many here


def raw_syncs_a_second(seconds=2):
    """4 KiB written in place and fdatasync, one after the other, in the folder the servers use."""
    with tempfile.NamedTemporaryFile(prefix="righttask-bench-") as file:
        os.pwrite(file.fileno(), b"x" * 4096, 0)
        os.fsync(file.fileno())
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            os.pwrite(file.fileno(), b"%4096d" % count, 0)
            os.fdatasync(file.fileno())
            count += 1
    return count / seconds


def metric(server, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics") as page:
        return float(re.search(rf"^{name} (\S+)$", page.read().decode(), re.MULTILINE).group(1))


def write(server, rooms, each):
    """So many updates into every room, all acknowledged."""
    load = ["--senders", 1, "--in-flight", 100, "--updates", each] if each else []
    bench(server, "--connections", rooms, "--members-per-room", 1, *load)


def enter(server):
    """One client comes into room 0."""
    return bench(server, "--connections", 1, "--settle", 0)["joining"]


def acknowledgements(repetitions):
    print(f"Acknowledged updates in closed loops of {SECONDS} s, {repetitions} runs, median "
          "(lowest-highest); the disk's own rate was measured before each run:\n")
    print("| rooms × in flight | acknowledged/s | `fdatasync`/s of the disk | updates a sync "
          "| p50, ms | p99, ms | server, µs of CPU an update |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for rooms, in_flight in LOOPS:
        runs, raw, shared = [], [], []
        for _ in range(repetitions):
            raw.append(raw_syncs_a_second())
            with Server(*FREE) as server:
                run = bench(server, "--connections", rooms, "--members-per-room", 1, "--senders", 1,
                            "--in-flight", in_flight, "--duration", SECONDS)["load"]
                shared.append(metric(server, "righttask_store_updates_total") /
                              metric(server, "righttask_store_commits_total"))
            runs.append(run)
        of = lambda value: [value(run) for run in runs]
        whole = lambda v: f"{v:,.0f}"
        ms = lambda v: f"{v:.2f}"
        print(f"| {rooms} × {in_flight} | {spread(of(lambda r: r['acknowledged_per_second']), whole)} "
              f"| {spread(raw, whole)} | {spread(shared, lambda v: f'{v:.1f}')} "
              f"| {spread(of(lambda r: r['acknowledgement_ms']['p50']), ms)} "
              f"| {spread(of(lambda r: r['acknowledgement_ms']['p99']), ms)} "
              f"| {spread(of(lambda r: r['server_ns'] / r['acknowledged'] / 1e3), ms)} |")
    print()


def relaying(repetitions):
    print(f"Relaying in a room of 100 members, 5 of whom send 20 updates/s each, {repetitions} "
          "pairs of runs:\n")
    print("| | p50, ms | p99, ms |")
    print("| --- | ---: | ---: |")
    kept, forgotten = [], []
    for _ in range(repetitions):
        for flags, into in ((), kept), (("--memory",), forgotten):
            with Server(*flags) as server:
                into.append(fan_out(server, 100, 5, 20, 5))
    ms = lambda v: f"{v:.2f}"
    for name, runs in ("kept on disk", kept), ("`--memory`", forgotten):
        print(f"| {name} | {spread([r['latency_ms']['p50'] for r in runs], ms)} "
              f"| {spread([r['latency_ms']['p99'] for r in runs], ms)} |")
    ratio = lambda of: [a["latency_ms"][of] / b["latency_ms"][of] for a, b in zip(kept, forgotten)]
    print(f"| ratio of the pairs | {spread(ratio('p50'), ms)} "
          f"| {spread(ratio('p99'), ms)} |\n")


def opening(repetitions):
    """The servers are killed, so that none leaves a state behind that it did not have to write."""
    print(f"Opening a room, {repetitions} runs, CPU for connect, load and join; a state takes the "
          "place of the log after every 5,000 edits, so the second row has the longest log:\n")
    print("| edits in it | CPU, ms |")
    print("| ---: | ---: |")
    for edits in 0, 4_990, 10_000:
        costs = []
        with tempfile.TemporaryDirectory(prefix="righttask-bench-") as data:
            with Server(*FREE, data=data) as server:
                write(server, 1, edits)
                server.process.kill()
            for _ in range(repetitions):
                with Server(data=data) as server:
                    costs.append(enter(server)["server_ns"] / 1e6)
                    server.process.kill()
        print(f"| {edits:,} | {spread(costs, lambda v: f'{v:.1f}')} |")
    print()


def starting(repetitions):
    rooms = 10_000
    ready, first = [], []
    with tempfile.TemporaryDirectory(prefix="righttask-bench-") as data:
        with Server(*FREE, data=data) as server:
            write(server, rooms, 1)
            server.process.kill()
        for _ in range(repetitions):
            started = time.monotonic()
            with Server(data=data) as server:
                ready.append((time.monotonic() - started) * 1e3)
                first.append(enter(server)["took_ms"]["max"])
    ms = lambda v: f"{v:.0f}"
    print(f"Starting with {rooms:,} rooms on disk, {repetitions} runs, the first after `kill -9`: "
          f"listening after {spread(ready, ms)} ms, the first join takes "
          f"{spread(first, lambda v: f'{v:.1f}')} ms.\n")


def main():
    if len(sys.argv) != 2 or not sys.argv[1].isdigit() or int(sys.argv[1]) < 1:
        sys.exit(__doc__)
    repetitions = int(sys.argv[1])
    machine()
    acknowledgements(repetitions)
    relaying(repetitions)
    opening(repetitions)
    starting(repetitions)


if __name__ == "__main__":
    main()
