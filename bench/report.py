#!/usr/bin/env python3
"""Makes Markdown with charts of what scenarios.py has measured.

Usage: report.py RESULTS.json OUT.md       charts are written beside OUT.md
"""

import json
import os
import statistics
import sys

import charts
from scenarios import load_scenarios
from targets import OURS, TARGETS

TITLES = {target.name: target.title for target in TARGETS}
MIB = 2**20


class Metric:
    """A column: what it is called, how it is taken from a run, and whether less is better."""

    def __init__(self, name, unit, of, less_is_better=True, chart=False, compared=True):
        self.name, self.unit, self.of = name, unit, of
        self.less_is_better, self.chart, self.compared = less_is_better, chart, compared


def server_share(phase):
    return 100 * (phase["server_ns"] + phase["ksoftirqd_ns"]) / 1e9 / phase["seconds"]


def server_seconds(phase):
    return (phase["server_ns"] + phase["ksoftirqd_ns"]) / 1e9


def until_in(phase):
    """Of the generator's core, while clients came in."""
    return 100 * phase["generator_share_until_in"]


def memory_step(result, index, key="private"):
    return result["memory"][index][key]


def marginal(result):
    few, many = result["memory"][-2], result["memory"][-1]
    return (many["private"] - few["private"]) / (many["connections"] - few["connections"]) / 1024


def load(key):
    return lambda result: result["load"][key]


def latency(key):
    return lambda result: result["load"]["latency_ms"][key]


GENERATOR = Metric("generator's core", "%", lambda r: 100 * r["load"]["generator_share"],
                   compared=False)
CORE = Metric("server's core", "%", lambda r: server_share(r["load"]), compared=False)
METRICS = {
    "memory": [
        Metric("before, MiB", "MiB", lambda r: memory_step(r, 0) / MIB, compared=False),
        Metric("1,000 in, MiB", "MiB", lambda r: memory_step(r, 1) / MIB),
        Metric("10,000 in, MiB", "MiB", lambda r: memory_step(r, 2) / MIB, chart=True),
        Metric("each beyond 1,000, KiB", "KiB", marginal, chart=True),
    ],
    "fanout": [
        Metric("deliveries/s", "/s", load("deliveries_per_second"), less_is_better=False,
               compared=False),
        Metric("CPU of a delivery, µs", "µs", load("server_us_per_delivery"), chart=True),
        Metric("p50, ms", "ms", latency("p50")),
        Metric("p99, ms", "ms", latency("p99"), chart=True),
        CORE, GENERATOR,
    ],
    "search": [
        Metric("deliveries/s", "/s", load("deliveries_per_second"), less_is_better=False,
               chart=True),
        Metric("CPU of a delivery, µs", "µs", load("server_us_per_delivery")),
        Metric("p50, ms", "ms", latency("p50"), compared=False),
        Metric("p99, ms", "ms", latency("p99"), compared=False),
        CORE, GENERATOR,
    ],
    "storm": [
        Metric("all back after, s", "s", lambda r: r["storm"]["all_in_seconds"], chart=True),
        Metric("server's CPU, s", "s", lambda r: server_seconds(r["storm"])),
        Metric("p99 of coming back, ms", "ms", lambda r: r["storm"]["took_ms"]["p99"],
               compared=False),
        Metric("generator's core", "%", lambda r: until_in(r["storm"]),
               compared=False),
    ],
    "join": [
        Metric("server's CPU, s", "s", lambda r: server_seconds(r["joining"]), chart=True),
        Metric("all in after, s", "s", lambda r: r["joining"]["all_in_seconds"]),
        Metric("generator's core", "%", lambda r: until_in(r["joining"]),
               compared=False),
    ],
    "slow": [
        Metric("memory at the peak, MiB", "MiB", lambda r: r["load"]["private_peak"] / MIB,
               chart=True),
        Metric("CPU of a delivery, µs", "µs", load("server_us_per_delivery")),
        Metric("p99 of the others, ms", "ms", latency("p99"), chart=True),
        Metric("slow readers closed", "", load("slow_readers_closed"), compared=False),
        CORE, GENERATOR,
    ],
}


def counts(result):
    return "failed" not in result and not result["generator_overloaded"]


class Rows:
    """One scenario's runs, by target, in the order of TARGETS."""

    def __init__(self, runs, scenario):
        self.by_target = {}
        for target in TARGETS:
            results = [r["result"] for r in runs
                       if r["scenario"] == scenario and r["target"] == target.name]
            if results:
                self.by_target[target.name] = results

    def values(self, target, metric):
        return [metric.of(result) for result in self.by_target[target] if counts(result)]


def cell(values):
    if not values:
        return "–"
    middle, low, high = statistics.median(values), min(values), max(values)
    if charts.number(low) == charts.number(high):
        return charts.number(middle)
    return f"{charts.number(middle)} ({charts.number(low)}–{charts.number(high)})"


def table(rows, metrics):
    out = ["| | " + " | ".join(metric.name for metric in metrics) + " |",
           "| --- |" + " ---: |" * len(metrics)]
    for target in rows.by_target:
        cells = [cell(rows.values(target, metric)) for metric in metrics]
        out.append(f"| {TITLES[target]} | " + " | ".join(cells) + " |")
    return out


def ratios(rows, metrics):
    """Ours to the best peer's, by the medians."""
    parts = []
    for metric in metrics:
        if not metric.compared or not (ours := rows.values(OURS[0], metric) if OURS[0] in
                                       rows.by_target else []):
            continue
        peers = {t: statistics.median(v) for t in rows.by_target
                 if t not in OURS and (v := rows.values(t, metric))}
        if not peers:
            continue
        best = (min if metric.less_is_better else max)(peers, key=peers.get)
        if peers[best]:
            parts.append(f"{metric.name.split(',')[0]} {charts.number(statistics.median(ours) / peers[best])} "
                         f"({TITLES[best]})")
    return ["", "Ours, of the best peer's: " + "; ".join(parts) + "."] if parts else []


def notes(rows):
    """What went wrong, and runs that do not count."""
    out = []
    for target, results in rows.by_target.items():
        told = set()
        for result in results:
            if "failed" in result:
                told.add(f"not measured: {result['failed']}")
                continue
            if result["generator_overloaded"]:
                told.add("a run does not count, since the generator was the bottleneck")
            told.update(result["faults"])
            told.update([f"{result['joining']['attempts_failed']:,} attempts to join failed and "
                         f"were repeated ({result['joining']['first_failure']})"]
                        if result["joining"]["attempts_failed"] else [])
        out += [f"- {TITLES[target]}: {what}" for what in sorted(told)]
    return ["", *out] if out else []


def ends(rows):
    """What ended each search: the lowest rate above the highest that was sustained."""
    out = []
    for target, results in rows.by_target.items():
        for result in results:
            probes = result.get("probes", [])
            best = max((p["rate"] for p in probes if p["sustained"]), default=0)
            beyond = sorted((p for p in probes if p["rate"] > best), key=lambda p: p["rate"])
            if not beyond or not beyond[0]["deliveries_per_second"]:
                continue
            at = beyond[0]
            why = ("the generator did not keep its pace" if at["overloaded"] else
                   f"p99 {charts.number(at['p99'])} ms" if not at["faults"] else
                   "; ".join(at["faults"]))
            out.append(f"- {TITLES[target]}: beyond it, at {at['deliveries_per_second']:,.0f}/s: {why}")
    return ["", *out] if out else []


def chart_files(name, scenario, rows, metrics, folder):
    links = []
    if len(rows.by_target) < 2:
        return links
    for i, metric in enumerate(m for m in metrics if m.chart):
        bars = []
        for target in rows.by_target:
            if values := rows.values(target, metric):
                bars.append((TITLES[target], statistics.median(values), min(values), max(values),
                             target in OURS))
        if not bars:
            continue
        file = f"{name}-{i + 1}.svg"
        better = "less is better" if metric.less_is_better else "more is better"
        with open(os.path.join(folder, file), "w") as out:
            out.write(charts.bars(f"{metric.name.split(',')[0]} ({better})", metric.unit, bars))
        links += ["", f"![{scenario['title']}: {metric.name}]({file})"]
    return links


def head(data):
    machine = data["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in data["versions"].items())
    dates = sorted({run["started"][:10] for run in data["runs"]})
    loads = [run["load_average"] for run in data["runs"]]
    repetitions = {}
    for run in data["runs"]:
        key = (run["scenario"], run["target"])
        repetitions[key] = repetitions.get(key, 0) + 1
    few, many = min(repetitions.values()), max(repetitions.values())
    return [
        "# Scenarios",
        "",
        "Made by `bench/report.py`; not to be edited. Each run is on a server started anew, the servers of a",
        "scenario in turns; server on core 0, load generator (`righttask bench`, [bench.md](../bench.md)) on core 1.",
        "RightTask keeps everything on disk, and answers an update once it is; Hocuspocus with SQLite writes",
        "documents 2 s after a change; the others keep nothing. Peers run in Node.js with `NODE_ENV=production`, without",
        "compression, with `bufferutil`, as their documentation starts them.",
        "",
        f"{', '.join(dates)}; {machine['cores']} × {machine['processor']}, {machine['memory_gib']} GiB, "
        f"Linux {machine['linux']}, {machine['compiler']}, release build; {versions}. "
        f"{few if few == many else f'{few} to {many}'} run{'s' if many > 1 else ''} each, median (lowest–highest); load average "
        f"before a run {min(loads):.1f} to {max(loads):.1f}.",
    ]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1]) as file:
        data = json.load(file)
    folder = os.path.dirname(os.path.abspath(sys.argv[2]))
    os.makedirs(folder, exist_ok=True)
    out = head(data)
    for name, scenario in load_scenarios(None).items():
        rows = Rows(data["runs"], name)
        if not rows.by_target:
            continue
        metrics = METRICS[scenario["kind"]]
        flags = " ".join(scenario["bench"])
        out += ["", f"## {scenario['title']}", "",
                f"`righttask bench URL --dialect … {flags}`", "",
                f"*Favours:* {scenario['favours']}", "",
                *table(rows, metrics), *ratios(rows, metrics), *ends(rows), *notes(rows),
                *chart_files(name, scenario, rows, metrics, folder)]
    with open(sys.argv[2], "w") as file:
        file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
