#!/usr/bin/env python3
"""Measures what a flood by one client does to the others, and the memory that readers cost which do
not read. Prints Markdown.

Usage: measure_limits.py REPETITIONS
The server has core 0; load generator and flood share core 1.
"""

import json
import os
import select
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "server"))

import wire
from measure import Server, fan_out, machine, pinned, spread

MEMBERS, SENDERS, RATE, SECONDS = 100, 5, 20, 5
FLOODS = [
    ("heartbeats", "heartbeats"),
    ("pings", "pings"),
    ("malformed updates of 60 kB", "malformed"),
    ("updates of another room", "updates-elsewhere"),
    ("awareness in the same room", "awareness-here"),
    ("updates of the same room", "updates-here"),
]
UNLIMITED = ["--messages-per-second-max", "0", "--bytes-per-second-max", "0",
             "--awareness-per-second-max", "0"]

READERS = 100
WRITTEN = 200_000_000
UPDATE = 60_000
RETURN = 20_000_000  # written, after which all readers come anew


class Flood:
    def __init__(self, server, kind):
        here = os.path.dirname(__file__)
        self.process = subprocess.Popen(
            pinned(1, [sys.executable, f"{here}/flooder.py", server.port, kind]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            sys.exit(f"the flood of {kind} did not connect")

    def begin(self):
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self):
        out, _ = self.process.communicate("stop\n", timeout=20)
        if self.process.returncode != 0:
            sys.exit("the flood ended early")
        return json.loads(out)


def p99(flags, kind):
    """Of deliveries to a hundred members, with that flood or without, in ms."""
    with Server(*flags) as server:
        flood = Flood(server, kind) if kind else None
        if flood:
            flood.begin()
        run = fan_out(server, MEMBERS, SENDERS, RATE, SECONDS)
        if flood:
            flood.end()
    return run["latency_ms"]["p99"]


def floods(repetitions):
    print(f"One room of {MEMBERS} members, {SENDERS} of whom send {RATE} updates a second each, for "
          f"{SECONDS} s, while one more client floods; p99 of a delivery, {repetitions} runs, without "
          f"and with the flood in turns, median (lowest-highest):\n")
    print("| flood | p99 without, ms | p99 with, ms | ratio of the medians |")
    print("| --- | ---: | ---: | ---: |")
    ms = lambda value: f"{value:.2f}"
    for flags, more in [([], ""), (UNLIMITED, ", limits off")]:
        for name, kind in FLOODS if not more else FLOODS[:1] + FLOODS[3:4]:
            quiet, loud = [], []
            for _ in range(repetitions):
                quiet.append(p99(flags, None))
                loud.append(p99(flags, kind))
            ratio = statistics.median(loud) / statistics.median(quiet)
            print(f"| {name}{more} | {spread(quiet, ms)} | {spread(loud, ms)} | {ratio:.2f} |",
                  flush=True)
    print()


# ---- memory ------------------------------------------------------------------------------------


def private_bytes(pid):
    total = 0
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith(("Private_Clean", "Private_Dirty")):
                total += int(line.split()[1]) * 1024
    return total


class Readers:
    """Join a room and never read."""

    def __init__(self, port, topic):
        self.port, self.topic = port, topic
        self.sockets = []
        self.come()

    def come(self):
        for sock in self.sockets:
            sock.close()
        self.sockets = [wire.connect(self.port, receive_buffer=4096) for _ in range(READERS)]
        for sock in self.sockets:
            wire.join(sock, self.topic)


def drain(sock):
    while select.select([sock], [], [], 0)[0]:
        if not sock.recv(1 << 18):
            sys.exit("the server closed the writer")


def peak_of_writing():
    """Private bytes before, at the peak, and 10 s after."""
    with Server() as server:
        pid = server.process.pid
        writer = wire.connect(int(server.port))
        wire.join(writer, "room:m")
        before = private_bytes(pid)
        readers = Readers(int(server.port), "room:m")
        peak = before
        for clock in range(0, WRITTEN, UPDATE):
            if clock % RETURN < UPDATE:
                readers.come()
            writer.sendall(wire.binary_push("room:m", "update", wire.replaced(7, clock, UPDATE)))
            drain(writer)
            peak = max(peak, private_bytes(pid))
        settled = time.monotonic() + 10
        while time.monotonic() < settled:
            drain(writer)
            peak = max(peak, private_bytes(pid))
            time.sleep(0.05)
        return before, peak, private_bytes(pid)


def peak_of_joining():
    """The same, of readers who join a large document and do not read it."""
    with Server() as server:
        pid = server.process.pid
        writer = wire.connect(int(server.port))
        wire.join(writer, "room:m")
        size = 1_000_000
        for clock in range(0, 30 * size, size):  # 30 MB, of which nothing is deleted
            writer.sendall(wire.binary_push("room:m", "update", wire.typed_block(7, clock, size)))
            drain(writer)
        before = private_bytes(pid)
        readers = Readers(int(server.port), "room:m")
        peak = before
        settled = time.monotonic() + 20
        while time.monotonic() < settled:
            drain(writer)
            peak = max(peak, private_bytes(pid))
            time.sleep(0.02)
        del readers
        return before, peak, private_bytes(pid)


def memory(repetitions):
    print(f"Memory of the server, {repetitions} runs, median (lowest-highest), in MiB:\n")
    print("| | before | at the peak | at the end |")
    print("| --- | ---: | ---: | ---: |")
    mib = lambda value: f"{value / 2**20:.1f}"
    for name, measured in [
            (f"{READERS} readers never read while {WRITTEN / 1e6:.0f} MB are written in "
             f"{WRITTEN // UPDATE:,} updates; all come anew every {RETURN / 1e6:.0f} MB",
             peak_of_writing),
            (f"{READERS} readers join a document of 30 MB and never read", peak_of_joining)]:
        runs = [measured() for _ in range(repetitions)]
        before, peak, after = zip(*runs)
        print(f"| {name} | {spread(before, mib)} | {spread(peak, mib)} | {spread(after, mib)} |",
              flush=True)
    print()


def main():
    if len(sys.argv) != 2 or not sys.argv[1].isdigit() or int(sys.argv[1]) < 1:
        sys.exit(__doc__)
    machine()
    floods(int(sys.argv[1]))
    memory(min(3, int(sys.argv[1])))


if __name__ == "__main__":
    main()
