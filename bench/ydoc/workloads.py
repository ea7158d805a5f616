#!/usr/bin/env python3
"""Writes the edit lists that all engines replay: workloads.py TRACE_DIR OUT_DIR.

  trace.ops           the editing trace B4
  b1.1.ops … b1.11    one author, each operation a transaction
  b2.init.ops         the text both authors of B2 start from
  b2.1.a.ops, .b.ops  what each author does in a single transaction, not seeing the other
  b3.1.ops …          the n-th operation belongs to the n-th client
  tasks.json          small task lists: [[client, task, field, value], …] each
  b4.end.txt          the text the trace ends with

The rows B1.1 to B3.5 are those of github.com/dmonad/crdt-benchmarks with N = 6000. All draws come
from one seeded generator, so every machine and every engine gets the same edits.

ops     := { kind:u8 index:u32 count:u32 payload }            integers little-endian
kind 0  insert text at index: payload is count bytes, ASCII
kind 1  delete count characters at index
kind 2  insert numbers into the array at index: payload is count times u32
kind 3  map.v = count
kind 4  map.v = {name, address: "here"}: payload is count bytes, the name
kind 5  map.v = string: payload is count bytes
kind 6  insert a string into the array at index: payload is count bytes
"""

import gzip
import json
import math
import pathlib
import struct
import sys

N = 6000
CLIENTS = int(math.sqrt(N)) * 20
TASK_LISTS = 100
TASKS = 50

TEXT_INSERT, TEXT_DELETE, NUMBERS, MAP_NUMBER, MAP_OBJECT, MAP_STRING, ARRAY_STRING = range(7)


class Rng:
    """splitmix64: the same numbers on every version of Python."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        return z ^ (z >> 31)

    def between(self, low, high):
        return low + self.next() % (high - low + 1)

    def word(self, low, high):
        return "".join(chr(97 + self.next() % 26) for _ in range(self.between(low, high)))

    def number(self):
        return self.next() & 0x7FFFFFFF


def text_op(kind, index, text):
    data = text.encode("ascii")
    return struct.pack("<BII", kind, index, len(data)) + data


def insert(index, text):
    return text_op(TEXT_INSERT, index, text)


def delete(index, length):
    return struct.pack("<BII", TEXT_DELETE, index, length)


def numbers(index, values):
    return struct.pack("<BII", NUMBERS, index, len(values)) + struct.pack(f"<{len(values)}I", *values)


def random_inserts(rng, length, low, high):
    """N words at random places of a text that has `length` characters to begin with."""
    ops = []
    for _ in range(N):
        word = rng.word(low, high)
        ops.append(insert(rng.between(0, length), word))
        length += len(word)
    return ops


def random_edits(rng, length):
    """N words inserted or up to nine characters deleted, at random places."""
    ops = []
    for _ in range(N):
        index = rng.between(0, length)
        if index == length or rng.next() & 1:
            word = rng.word(2, 10)
            ops.append(insert(index, word))
            length += len(word)
        else:
            count = rng.between(1, min(9, length - index))
            ops.append(delete(index, count))
            length -= count
    return ops


def b1(rng):
    text = rng.word(N, N)
    values = [rng.number() for _ in range(N)]
    yield "b1.1", [insert(i, c) for i, c in enumerate(text)]
    yield "b1.2", [insert(0, text)]
    yield "b1.3", [insert(0, c) for c in reversed(text)]
    yield "b1.4", random_inserts(rng, 0, 1, 1)
    yield "b1.5", random_inserts(rng, 0, 2, 10)
    yield "b1.6", [insert(0, text), delete(0, N)]
    yield "b1.7", random_edits(rng, 0)
    yield "b1.8", [numbers(i, [v]) for i, v in enumerate(values)]
    yield "b1.9", [numbers(0, values)]
    yield "b1.10", [numbers(0, [v]) for v in values]
    yield "b1.11", [numbers(rng.between(0, i), [v]) for i, v in enumerate(values)]


def b2_insert_and_delete(rng, length):
    """A word, and after it another word or a deletion, N times."""
    ops = []
    for _ in range(N):
        index = rng.between(0, length)
        word = rng.word(3, 9)
        ops.append(insert(index, word))
        length += len(word)
        index = rng.between(0, length)
        if index == length or rng.next() & 1:
            word = rng.word(2, 10)
            ops.append(insert(index, word))
            length += len(word)
        else:
            count = rng.between(1, min(9, length - index))
            ops.append(delete(index, count))
            length -= count
    return ops


def b2(rng):
    start = 100
    yield "b2.init", [insert(0, rng.word(start, start))]
    for author in "ab":
        yield f"b2.1.{author}", [insert(0, rng.word(N, N))]
        yield f"b2.2.{author}", random_inserts(rng, start, 1, 1)
        yield f"b2.3.{author}", random_inserts(rng, start, 3, 9)
        yield f"b2.4.{author}", b2_insert_and_delete(rng, start)


def b3():
    clients = range(CLIENTS)
    yield "b3.1", [struct.pack("<BII", MAP_NUMBER, 0, i) for i in clients]
    yield "b3.2", [text_op(MAP_OBJECT, 0, str(i)) for i in clients]
    yield "b3.3", [text_op(MAP_STRING, 0, str(i) * CLIENTS) for i in clients]
    yield "b3.4", [text_op(ARRAY_STRING, 0, str(i)) for i in clients]
    yield "b3.5", [insert(0, str(i)) for i in clients]


def trace_ops(trace):
    for transaction in trace["txns"]:
        for position, deleted, inserted in transaction:
            if deleted:
                yield delete(position, deleted)
            if inserted:
                yield insert(position, inserted)


def task_list(rng):
    """Fifty tasks by three people, and a hundred later changes of single fields."""
    clients = [rng.number() for _ in range(3)]
    fields = {
        "title": lambda: " ".join(rng.word(2, 9) for _ in range(rng.between(3, 7))),
        "completed": lambda: bool(rng.next() & 1),
        "priority": lambda: ["low", "medium", "high"][rng.between(0, 2)],
        "order": lambda: "a" + rng.word(2, 4),
        "estimatedHours": lambda: rng.between(1, 40),
        "updatedAt": lambda: 1_750_000_000_000 + rng.number(),
    }
    ids = [f"{rng.next():016x}" for _ in range(TASKS)]
    edits = [[clients[i % 3], t, f, make()] for i, t in enumerate(ids) for f, make in fields.items()]
    for _ in range(2 * TASKS):
        field = ["completed", "title", "priority", "order"][rng.between(0, 3)]
        author, task = clients[rng.between(0, 2)], ids[rng.between(0, TASKS - 1)]
        edits.append([author, task, field, fields[field]()])
        edits.append([author, task, "updatedAt", fields["updatedAt"]()])
    return edits


def main():
    traces, out = map(pathlib.Path, sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    rng = Rng(42)
    for workload in (b1(rng), b2(rng), b3()):
        for name, ops in workload:
            (out / f"{name}.ops").write_bytes(b"".join(ops))
    with gzip.open(traces / "automerge-paper.json.gz") as file:
        trace = json.load(file)
    (out / "trace.ops").write_bytes(b"".join(trace_ops(trace)))
    (out / "b4.end.txt").write_text(trace["end"])
    lists = [task_list(rng) for _ in range(TASK_LISTS)]
    (out / "tasks.json").write_text(json.dumps(lists))


if __name__ == "__main__":
    main()
