#!/usr/bin/env python3
"""Runs the engines side by side and writes the tables; run.sh calls it once all is built.

  run.py --data DIR --build DIR [--rows REGEX] [--engines a,b] [--rounds N] [--quick] [--out DIR]

Each round measures every engine on a row before it goes to the next row, each time in a process of
its own, and starts with another engine; so what disturbs the machine for a while disturbs all.
Samples of all rounds are pooled: median, and the smallest and largest.
"""

import argparse
import collections
import datetime
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

import report

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENGINES = ["ydoc", "yrs", "y-octo", "yjs", "ywasm"]
ROWS = (
    ["b4.load", "b4.encode", "b4.apply", "b4.local", "b4.merge", "b4.cold", "tasks"]
    + [f"b1.{n}" for n in range(1, 12)]
    + [f"b2.{n}" for n in range(1, 5)]
    + [f"b3.{n}" for n in range(1, 6)]
    + ["mem.b4", "mem.tasks"]
)
# The recorded document that a row must end with, where it does not have the row's own name.
EXPECTED = {
    "b4.encode": "b4.edited",
    "b4.merge": "b4.first",
    "mem.tasks": "tasks",
    **dict.fromkeys(["b4.load", "b4.apply", "b4.local", "b4.cold", "mem.b4"], "b4"),
}
TIMEOUT_SECONDS = 900
# Memory that an engine frees stays with its process, as it does in one that has run for a while.
# Otherwise short rows measure page faults: whether glibc returns the heap's end to the kernel after
# each batch is luck, of whatever was freed last. Memory rows are measured without.
SETTLED_HEAP = "glibc.malloc.trim_threshold=1073741824:glibc.malloc.mmap_threshold=33554432"


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--rows", default="")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--fresh-heap", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round, two short samples")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench" / "results")
    return parser.parse_args()


def commands(build):
    node = ["node", "--expose-gc", "--max-old-space-size=8192", str(HERE / "peers/node/bench.mjs")]
    return {
        "ydoc": [str(build / "release/bin/ydoc_bench")],
        "yrs": [str(build / "cargo/release/bench-yrs")],
        "y-octo": [str(build / "cargo/release/bench-y-octo")],
        "yjs": [*node, "yjs"],
        "ywasm": [*node, "ywasm"],
    }


def available(names, command):
    """The engines that start, with what they say about themselves."""
    found = {}
    for name in names:
        try:
            done = subprocess.run([*command[name], "--version"], capture_output=True, text=True)
        except FileNotFoundError:
            done = None
        if done is None or done.returncode:
            print(f"run: {name} is not built and is left out", file=sys.stderr)
        else:
            found[name] = json.loads(done.stdout)
    return found


class Results:
    """Everything measured, by (row, metric) and engine."""

    def __init__(self):
        self.lines = collections.OrderedDict()
        self.problems = []

    def cell(self, row, metric, engine):
        line = self.lines.setdefault((row, metric), {})
        return line.setdefault(engine, {"cpu": [], "wall": [], "memory": []})

    def take(self, row, engine, text, expected):
        for entry in map(json.loads, text.splitlines()):
            cell = self.cell(row, entry["metric"], engine)
            for key in ("absent", "note", "repetitions", "count"):
                if key in entry:
                    cell[key] = entry[key]
            cell["cpu"] += entry.get("cpu", [])
            cell["wall"] += entry.get("wall", [])
            if "after" in entry:
                after, before = entry["after"], entry["before"]
                for key in after:
                    found = (after[key] - before[key]) / entry["count"]
                    cell.setdefault("memory" if key == "private_bytes" else key, []).append(found)
            self.check(row, entry, engine, cell, expected)

    def check(self, row, entry, engine, cell, expected):
        """Same content as Yjs, or the number does not count; from ydoc also the same bytes."""
        check = entry.get("check", {})
        cell["check"] = check
        if "hash" not in check or "wrong" in cell:
            return
        keys = ["hash", "doc_hash"] if engine == "ydoc" else ["hash"]
        wrong = [key for key in keys if check[key] != expected[key]]
        if wrong:
            cell["wrong"] = "another document" if "hash" in wrong else "other bytes"
            self.problems.append(f"{row} {entry['metric']}: {engine} ends with {cell['wrong']}")

    def fail(self, row, engine, why):
        self.problems.append(f"{row}: {engine} failed: {why}")
        for line_row, metric in list(self.lines):
            if line_row == row and engine not in self.lines[line_row, metric]:
                self.cell(row, metric, engine)["failed"] = why
        self.lines.setdefault((row, None), {})[engine] = {"failed": why}

    def settle_failures(self):
        """A failure before the row's metrics were known counts for all that have no number."""
        for row, metric in [key for key in self.lines if key[1] is None]:
            for engine, cell in self.lines.pop((row, metric)).items():
                for line in [line for (r, _), line in self.lines.items() if r == row]:
                    line.setdefault(engine, cell)


def run_row(results, row, engines, command, limits, data, expect, fresh_heap):
    environment = dict(os.environ)
    if not fresh_heap and not row.startswith("mem."):
        environment["GLIBC_TUNABLES"] = SETTLED_HEAP
    for engine in engines:
        arguments = [*command[engine], row, str(data), *map(str, limits)]
        try:
            done = subprocess.run(arguments, capture_output=True, text=True, timeout=TIMEOUT_SECONDS,
                                  env=environment)
        except subprocess.TimeoutExpired:
            results.fail(row, engine, f"no end within {TIMEOUT_SECONDS} s")
            continue
        results.take(row, engine, done.stdout, expect[EXPECTED.get(row, row)])
        if done.returncode:
            lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            panic = next((i for i, line in enumerate(lines) if "panicked" in line), None)
            why = lines[panic + 1] if panic is not None and panic + 1 < len(lines) else "".join(lines[-1:])
            results.fail(row, engine, why)


def summarise(samples):
    return {"median": statistics.median(samples), "min": min(samples), "max": max(samples)}


def to_json(results):
    rows = []
    for (row, metric), line in results.lines.items():
        for engine, cell in line.items():
            entry = {"row": row, "metric": metric, "engine": engine}
            for key in ("absent", "note", "failed", "wrong", "count", "repetitions", "check"):
                if cell.get(key):
                    entry[key] = cell[key]
            for key, name in (("cpu", "cpu_ns"), ("wall", "wall_ns"), ("memory", "private_bytes_each"),
                              ("heap_bytes", "heap_bytes_each")):
                if cell.get(key):
                    entry[name] = {**summarise(cell[key]), "samples": cell[key]}
            rows.append(entry)
    return rows


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    system = re.search(r'PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text())
    return {
        "cpu": cpu.group(1) if cpu else "unknown",
        "cores": os.cpu_count(),
        "memory_gib": round(int(memory.group(1)) / 2**20) if memory else None,
        "kernel": os.uname().release,
        "system": system.group(1) if system else "unknown",
        "load_before": os.getloadavg()[0],
        "date": datetime.date.today().isoformat(),
        "commit": commit.stdout.strip() or "unknown",
    }


def main():
    options = parse_arguments()
    command = commands(options.build)
    engines = available(options.engines.split(","), command)
    rows = [row for row in ROWS if re.match(options.rows, row)]
    rounds, limits = options.rounds, [options.samples, 10, 300, 1000]
    if options.quick:
        rounds, limits = 1, [2, 10, 50, 100]
    expect = json.loads((options.data / "expect.json").read_text())
    about = machine()
    results = Results()
    for number in range(rounds):
        for row in rows:
            print(f"run: round {number + 1} of {rounds}, {row}", file=sys.stderr)
            names = list(engines)
            turned = names[number % len(names):] + names[:number % len(names)]
            if row == "mem.tasks" and number:
                continue  # gigabytes, and the same every time
            run_row(results, row, turned, command, limits, options.data, expect, options.fresh_heap)
    results.settle_failures()
    about["load_after"] = os.getloadavg()[0]

    found = {"machine": about, "engines": engines, "rounds": rounds, "problems": sorted(set(results.problems)),
             "rows": to_json(results)}
    table = report.markdown(found)
    print(table)
    whole = not options.fresh_heap and not options.rows and not options.quick and options.engines == ",".join(ENGINES)
    stem = f"ydoc-{about['date']}-{about['commit']}" if whole else "ydoc-partial"
    target = options.out if whole else options.build
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{stem}.json").write_text(json.dumps(found, indent=1) + "\n")
    (target / f"{stem}.md").write_text(table + "\n")
    print(f"run: wrote {target / stem}.json and .md", file=sys.stderr)
    if any(line.split(": ", 1)[1].startswith("ydoc ") for line in found["problems"]):
        sys.exit(1)


if __name__ == "__main__":
    main()
