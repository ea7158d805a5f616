#!/usr/bin/env python3
"""Fails on an #include that cmake/layers.txt does not allow, and on threads outside their home."""

import pathlib
import re
import sys

THREAD_HOMES = {"runtime", "ops"}
THREAD_WORDS = re.compile(r"\bstd::(jthread|thread|mutex|shared_mutex|atomic|condition_variable)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def read_layers(path):
    layers = {}
    for line in path.read_text().splitlines():
        line = line.split("#", 1)[0].strip()
        if line:
            module, _, allowed = line.partition(":")
            layers[module.strip()] = set(allowed.split())
    return layers


def adapter_of(path):
    """The protocol folder a path such as protocol/phoenix/codec.h belongs to, if any."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "protocol" else None


def check_file(src, file, layers):
    relative = file.relative_to(src).as_posix()
    module = relative.split("/", 1)[0]
    if module not in layers:
        yield f"{relative}: module '{module}' is not in cmake/layers.txt"
        return
    allowed = layers[module]
    for number, line in enumerate(file.read_text().splitlines(), 1):
        where = f"{relative}:{number}"
        code = line.split("//", 1)[0]
        if module not in THREAD_HOMES and not relative.endswith("_test.cc"):
            if THREAD_WORDS.search(code):
                yield f"{where}: threads live in runtime/ and ops/ alone"
        found = INCLUDE.match(line)
        if not found:
            continue
        target = found.group(1)
        if not (src / target).exists():
            yield f'{where}: "{target}" is not a path from src/'
            continue
        other = target.split("/", 1)[0]
        if other != module and "*" not in allowed and other not in allowed:
            yield f"{where}: {module} may not include {other}"
        ours, theirs = adapter_of(relative), adapter_of(target)
        if theirs and ours != theirs and module == "protocol":
            yield f"{where}: protocol folders may not include one another"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    src = root / "src"
    layers = read_layers(root / "cmake" / "layers.txt")
    files = sorted(p for p in src.rglob("*") if p.suffix in {".h", ".cc"})
    faults = [fault for file in files for fault in check_file(src, file, layers)]
    print("\n".join(faults) if faults else f"layers: {len(files)} files follow cmake/layers.txt")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
