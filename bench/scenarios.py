#!/usr/bin/env python3
"""Runs scenarios on servers, in turns, each run on a server started anew; adds what was measured to a
file of JSON, from which report.py makes tables.

Usage: scenarios.py RESULTS [--targets NAME,…] [--scenarios NAME,…] [--repetitions N]
By default the scenarios of bench/scenarios on righttask, three times. `--targets all`: on the peers too.
The server has core 0, the load generator core 1, where the machine has two.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
import tomllib
from datetime import datetime, timezone

from targets import BIN, GENERATOR_CORE, OURS, ROOT, SOURCES, TARGETS, pinned, versions

OVERLOADED, UNUSABLE = 3, 2


def load_scenarios(names):
    folder = os.path.join(ROOT, "bench/scenarios")
    found = {}
    for file in sorted(os.listdir(folder)):
        name, extension = os.path.splitext(file)
        if extension == ".toml" and (not names or name in names):
            with open(os.path.join(folder, file), "rb") as opened:
                found[name] = tomllib.load(opened)
    for name in names or []:
        if name not in found:
            sys.exit(f"there is no scenario {name} in bench/scenarios")
    return found


def bench(target, flags):
    """One run: what was measured, or why nothing was."""
    command = pinned(GENERATOR_CORE, [
        f"{BIN}/righttask", "bench", target.url, "--dialect", target.dialect, "--from", SOURCES,
        "--pid", str(target.process.pid), "--json", "-", "--quiet", *flags])
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == UNUSABLE or not done.stdout.startswith("{"):
        return {"failed": done.stderr.strip() or f"exit code {done.returncode}"}
    return json.loads(done.stdout)


def sustained(result, limits):
    """Whether this rate was: nothing lost, everything in time, and the generator fit to tell."""
    if "failed" in result or result["generator_overloaded"] or result["faults"]:
        return False
    return result["load"]["latency_ms"]["p99"] <= limits["latency_p99_ms_max"]


def search(target, scenario):
    """The highest rate that is sustained, to within 10%. From the first one up in doubles until one is
    not, or down in halves until one is; then in between."""
    limits = scenario["search"]
    best, probes = None, []

    def probe(rate):
        nonlocal best
        with target:
            result = bench(target, [*scenario["bench"], "--rate", f"{rate:.6g}"])
        good = sustained(result, limits)
        load = result.get("load", {})
        probes.append({"rate": rate, "sustained": good,
                       "deliveries_per_second": load.get("deliveries_per_second"),
                       "p99": load.get("latency_ms", {}).get("p99"),
                       "generator_share": load.get("generator_share"),
                       "overloaded": result.get("generator_overloaded"),
                       "faults": result.get("faults") or result.get("failed")})
        if good:
            best = result
        return good

    low, high, rate = 0, None, limits["from"]
    while low < limits["to"] and (high is None or low == 0) and rate >= 0.5:
        if probe(rate):
            low = rate
            rate = min(rate * 2, limits["to"])
        else:
            high = rate
            rate /= 2
    while high and low and high > low * 1.1:
        middle = (low * high) ** 0.5
        if probe(middle):
            low = middle
        else:
            high = middle
    if best is None:
        return {"failed": "not even the lowest rate was sustained", "probes": probes}
    # What stopped it: at the target nothing did.
    best["probes"] = probes
    return best


def run(target, scenario):
    if scenario["kind"] == "search":
        return search(target, scenario)
    with target:
        return bench(target, scenario["bench"])


def machine():
    with open("/proc/cpuinfo") as info:
        found = re.search(r"model name\s*:\s*(.+)", info.read())
    with open("/proc/meminfo") as info:
        kib = int(re.search(r"MemTotal:\s*(\d+)", info.read()).group(1))
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True)
    return {"cores": os.cpu_count(), "processor": found.group(1) if found else "unknown",
            "memory_gib": round(kib / 2**20, 1), "linux": platform.release().split("-")[0],
            "compiler": f"g++ {compiler.stdout.strip()}"}


def summary(result):
    if "failed" in result:
        return result["failed"]
    parts = []
    if load := result.get("load"):
        parts.append(f"{load['deliveries_per_second']:,.0f} deliveries/s, "
                     f"p99 {load['latency_ms']['p99']:.2f} ms, "
                     f"{load.get('server_us_per_delivery', 0):.2f} µs each, "
                     f"generator {100 * load['generator_share']:.0f}%")
    if storm := result.get("storm"):
        parts.append(f"all back after {storm['all_in_seconds']:.2f} s")
    if not parts:
        parts.append(f"all in after {result['joining']['all_in_seconds']:.2f} s")
    return "; ".join(parts + result["faults"] +
                     (["DOES NOT COUNT"] if result["generator_overloaded"] else []))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("results")
    parser.add_argument("--targets", default=OURS[0])
    parser.add_argument("--scenarios", default="")
    parser.add_argument("--repetitions", type=int, default=3)
    arguments = parser.parse_args()

    names = arguments.targets.split(",")
    targets = [t for t in TARGETS if names == ["all"] or t.name in names]
    for target in targets:
        if not target.installed():
            sys.exit(f"{target.name} is not installed: bench/peers/install.sh")
    scenarios = load_scenarios([n for n in arguments.scenarios.split(",") if n])

    runs = []
    if os.path.exists(arguments.results):
        with open(arguments.results) as file:
            runs = json.load(file)["runs"]
    for name, scenario in scenarios.items():
        for repetition in range(arguments.repetitions):
            # In turns, and not always in the same order.
            for i in range(len(targets)):
                target = targets[(i + repetition) % len(targets)]
                began = time.monotonic()
                started = datetime.now(timezone.utc).isoformat(timespec="seconds")
                busy = os.getloadavg()[0]
                result = run(target, scenario)
                runs.append({"scenario": name, "target": target.name, "started": started,
                             "load_average": round(busy, 2), "result": result})
                print(f"{name}, {target.name}: {summary(result)} "
                      f"({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
                with open(arguments.results, "w") as file:
                    json.dump({"machine": machine(), "versions": versions(), "runs": runs}, file,
                              indent=1)


if __name__ == "__main__":
    main()
