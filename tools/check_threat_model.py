#!/usr/bin/env python3
"""Fails if docs/threat-model.md names a file, rule, flag or test that does not exist.

In the document, a code span `file: name` is a test: `Suite.Name` in C++, a part of its name as it
stands in the source in JavaScript, a part of what it says it shows in a fuzz target. Files are
paths from the root, or names that only one file has. `PREFIX-n` is a rule of docs/spec/.
"""

import pathlib
import re
import subprocess
import sys

DOCUMENT = "docs/threat-model.md"
RULE = re.compile(r"\b([A-Z][A-Z0-9]*)-(\d+)\b")
VERDICTS = ("Met.", "Partly.", "Not met.", "n/a")
TEST = re.compile(r"^(\S+\.(?:cc|js|ts|tsx)): (.+)$")
FILE = re.compile(r"^[\w./-]*\.(?:cc|h|js|ts|tsx|py|sh|md|txt)$"
                  r"|^(?:\.ci|src|docs|tests|tools|web)/[\w./-]+$")


def spans_of(text):
    fenced = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.findall(r"`([^`\n]+)`", fenced)


class Tree:
    def __init__(self, root):
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root,
                                capture_output=True, text=True, check=True)
        self.root = root
        self.files = [f for f in listed.stdout.splitlines() if (root / f).exists()]
        spec = "".join(p.read_text() for p in sorted((root / "docs" / "spec").glob("*.md")))
        rows = re.findall(r"^\| ([A-Z][A-Z0-9]*-\d+) \|", spec, re.MULTILINE)
        items = re.findall(r"\*\*([A-Z][A-Z0-9]*-\d+)\*\*", spec)
        self.rules = set(rows) | set(items)
        self.prefixes = {rule.split("-")[0] for rule in self.rules}
        self.program = "".join(self.text(f) for f in self.files
                               if f.startswith("src/app/") and not f.endswith("_test.cc"))

    def text(self, file):
        return (self.root / file).read_text()

    def find(self, name):
        """The files meant by a path or by a name."""
        if name in self.files or any(f.startswith(name.rstrip("/") + "/") for f in self.files):
            return [name]
        return [f for f in self.files if f.rsplit("/", 1)[-1] == name]

    def fault_of_test(self, name, test):
        places = self.find(name)
        for place in places:
            text = self.text(place)
            if place.endswith("_test.cc"):
                suite, _, case = test.partition(".")
                head = rf"^TEST(?:_F|_P)?\({re.escape(suite)}, {re.escape(case)}\)"
                if re.search(head, text, re.MULTILINE):
                    return None
            elif place.endswith("_fuzz.cc"):
                if test in re.sub(r"\n// ?", " ", text):
                    return None
            elif test in re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE):
                return None
        return f"there is no test '{test}' in {name}" if places else f"there is no file {name}"


def check_spans(tree, text):
    for span in spans_of(text):
        test = TEST.match(span)
        if test:
            fault = tree.fault_of_test(*test.groups())
            if fault:
                yield fault
        elif FILE.match(span):
            found = tree.find(span)
            if len(found) != 1:
                yield f"{span}: " + ("no such file" if not found else f"one of {len(found)} files")
        elif span.startswith("--") and f'"{span.split()[0]}"' not in tree.program:
            yield f"there is no flag {span}"


def check_rules(tree, text):
    prose = re.sub(r"`[^`\n]*`", "", text)
    for prefix, number in RULE.findall(prose):
        rule = f"{prefix}-{number}"
        if prefix in tree.prefixes and rule not in tree.rules:
            yield f"there is no rule {rule} in docs/spec"


def check_rows(text):
    threats = text[text.index("## Threats"):]
    rows = [line.strip("| \n").split(" | ") for line in threats.splitlines()
            if line.startswith("|") and not line.startswith(("| threat", "| ---"))]
    if len(rows) < 50:
        yield "the tables cannot be read"
    for row in rows:
        verdict = re.match(r"\*\*(.+?)\*\*", row[1]) if len(row) > 1 else None
        if not verdict or verdict.group(1) not in VERDICTS:
            yield f"'{row[0]}': no verdict of {', '.join(VERDICTS)}"
        elif verdict.group(1) == "Not met." and "Needed:" not in row[1]:
            yield f"'{row[0]}': what would be needed?"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    tree = Tree(root)
    text = (root / DOCUMENT).read_text()
    faults = [*check_spans(tree, text), *check_rules(tree, text), *check_rows(text)]
    tests = sum(1 for span in spans_of(text) if TEST.match(span))
    print("\n".join(faults) if faults else f"threat model: the {tests} tests it names are there")
    return 1 if faults or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
