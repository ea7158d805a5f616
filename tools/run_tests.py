#!/usr/bin/env python3
"""Runs the test suites one after the other, shows what they print, and adds up their counts.

Usage: tools/run_tests.py quick|all
The last line is "N passed, N failed". A suite that ends badly without naming a failed test counts
as one failure, and so does one that ran no test.
"""

import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Suite:
    name: str
    command: str
    passed: str  # regular expressions whose first group is a number; all matches are added
    failed: str
    minutes: int
    env: dict = field(default_factory=dict)
    tier: str = "quick"


NODE_PASSED, NODE_FAILED = r"^(?:# |ℹ )pass (\d+)", r"^(?:# |ℹ )fail (\d+)"
CTEST_PASSED = r"^\s*\d+/\d+ Test\s+#\d+: .*?\s(Passed)\s"
CTEST_FAILED = r"^\s*\d+/\d+ Test\s+#\d+: .*?\*\*\*"

SUITES = [
    Suite("unit tests under ASan and UBSan", "ctest --preset asan -j2 --timeout 300",
          CTEST_PASSED, CTEST_FAILED, 15),
    Suite("web unit tests", "cd web && npm test --silent",
          r"^\s*Tests\s+.*?(\d+) passed", r"^\s*Tests\s+.*?(\d+) failed", 5,
          {"NO_COLOR": "1", "CI": "1"}),
    Suite("interop with the real clients",
          "cd tests/interop && npm ci --no-audit --no-fund --loglevel=error && npm test --silent",
          NODE_PASSED, NODE_FAILED, 10, {"NO_COLOR": "1"}),
    Suite("crashes under real clients", "cd tests/crash && npm test --silent",
          NODE_PASSED, NODE_FAILED, 10, {"NO_COLOR": "1"}),
    Suite("end to end in Chromium",
          "cd tests/e2e && npm ci --no-audit --no-fund --loglevel=error && npm test --silent",
          r"^\s*(\d+) passed", r"^\s*(\d+) failed", 10, {"NO_COLOR": "1", "CI": "1"}),
    Suite("unit tests under TSan",
          "cmake --preset tsan >/dev/null && cmake --build --preset tsan && "
          "setarch -R ctest --preset tsan -j2 --timeout 600",
          CTEST_PASSED, CTEST_FAILED, 60, tier="all"),
    Suite("interop, long", "cd tests/interop && npm run --silent test:long",
          NODE_PASSED, NODE_FAILED, 60, {"NO_COLOR": "1", "RIGHTTASK_LONG": "1"}, tier="all"),
    Suite("crashes, long", "cd tests/crash && npm run --silent test:long",
          NODE_PASSED, NODE_FAILED, 60, {"NO_COLOR": "1"}, tier="all"),
    Suite("simulation, 2,000 seeds", "build/asan/bin/sim_test --gtest_filter='Simulation.Keeps*'",
          r"^\[       (OK) \]", r"^\[  (FAILED)  \] \S+ \(", 180, {"RIGHTTASK_LONG": "1"},
          tier="all"),
    Suite("store, every pair of faults",
          "build/asan/bin/store_sqlite_test --gtest_filter='DatabaseCrash*'",
          r"^\[       (OK) \]", r"^\[  (FAILED)  \] \S+ \(", 60, {"RIGHTTASK_LONG": "1"},
          tier="all"),
    Suite("static analysis", "tools/lint.sh all", r"^lint: .*: (ok)$", r"^lint: .*: (FAILED)$", 120,
          tier="all"),
    Suite("fuzzing, ten minutes a target", "tools/fuzz.sh 600",
          r"^fuzz: .* (ok),", r"^fuzz: .* (FAILED),", 240, tier="all"),
]

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def count(pattern, text):
    total = 0
    for match in re.finditer(pattern, text, re.MULTILINE):
        group = match.group(1) if match.re.groups else "x"
        total += int(group) if group.isdigit() else 1
    return total


def run(suite):
    print(f"\n==== {suite.name}: {suite.command}", flush=True)
    started = time.monotonic()
    process = subprocess.Popen(suite.command, shell=True, executable="/bin/bash", text=True,
                               errors="replace", stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env={**os.environ, **suite.env}, start_new_session=True)
    lines = []
    deadline = started + 60 * suite.minutes
    timer = threading.Timer(60 * suite.minutes, lambda: os.killpg(process.pid, 9))
    timer.start()
    for line in process.stdout:
        sys.stdout.write(line)
        lines.append(ANSI.sub("", line))
    code = process.wait()
    timer.cancel()
    text = "".join(lines)
    passed, failed = count(suite.passed, text), count(suite.failed, text)
    late = time.monotonic() >= deadline
    if (code != 0 or passed == 0) and failed == 0:
        failed = 1
    note = " (out of time)" if late else f" (exit {code})" if code else ""
    print(f"==== {suite.name}: {passed} passed, {failed} failed{note}, "
          f"{time.monotonic() - started:.0f} s", flush=True)
    return suite.name, passed, failed


def main():
    tier = sys.argv[1] if len(sys.argv) > 1 else "quick"
    if tier not in {"quick", "all"}:
        sys.exit(__doc__)
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    results = [run(suite) for suite in SUITES if tier == "all" or suite.tier == "quick"]
    print()
    for name, passed, failed in results:
        print(f"{'ok  ' if failed == 0 else 'FAIL'} {name}: {passed} passed, {failed} failed")
    passed = sum(r[1] for r in results)
    failed = sum(r[2] for r in results)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
