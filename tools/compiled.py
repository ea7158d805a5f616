#!/usr/bin/env python3
"""Passes through the source paths (standard input) that a compile_commands.json knows."""

import json
import pathlib
import sys

known = {str(pathlib.Path(entry["file"]).resolve()) for entry in json.load(open(sys.argv[1]))}
for line in sys.stdin:
    if str(pathlib.Path(line.strip()).resolve()) in known:
        print(line.strip())
