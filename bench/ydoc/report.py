"""The Markdown that run.py prints, from what it found."""

import collections

ORDER = ["ydoc", "yrs", "y-octo", "yjs", "ywasm"]

TITLES = {
    ("b4.load", "load_v1"): "Load B4 from one V1 update",
    ("b4.load", "load_v2"): "Load B4 from one V2 update",
    ("b4.encode", "encode_v1"): "Small edit, then encode B4, V1",
    ("b4.encode", "encode_v2"): "Small edit, then encode B4, V2",
    ("b4.apply", "apply_and_encode"): "Apply 259,778 small updates, then encode",
    ("b4.local", "edit"): "259,778 local edits, an update event each",
    ("b4.merge", "merge_v1"): "Merge 10,000 small updates, no document",
    ("b4.merge", "apply"): "… the same applied to a document",
    ("b4.cold", "diff_v1"): "Diff of encoded B4 at half time, V1",
    ("b4.cold", "state_vector_v1"): "State vector of encoded B4, V1",
    ("b4.cold", "diff_v2"): "Diff of encoded B4 at half time, V2",
    ("b4.cold", "state_vector_v2"): "State vector of encoded B4, V2",
    ("tasks", "load"): "Load 100 task lists of 50 tasks",
    ("mem.b4", "memory"): "B4, each of 100 documents",
    ("mem.tasks", "memory"): "Task list of 50 tasks, each of 10,000 documents",
}
MICRO = {
    "b1.1": "Append N characters",
    "b1.2": "Insert a string of length N",
    "b1.3": "Prepend N characters",
    "b1.4": "Insert N characters at random places",
    "b1.5": "Insert N words at random places",
    "b1.6": "Insert a string, then delete it",
    "b1.7": "Insert and delete strings at random places",
    "b1.8": "Append N numbers",
    "b1.9": "Insert an array of N numbers",
    "b1.10": "Prepend N numbers",
    "b1.11": "Insert N numbers at random places",
    "b2.1": "Two insert a string of length N at 0",
    "b2.2": "Two insert N characters at random places",
    "b2.3": "Two insert N words at random places",
    "b2.4": "Two insert and delete",
    "b3.1": "20√N clients set a number in a map",
    "b3.2": "20√N clients set an object in a map",
    "b3.3": "20√N clients set a string in a map",
    "b3.4": "20√N clients insert a text in an array",
    "b3.5": "20√N clients insert a text",
}


def duration(ns):
    for limit, unit in ((1e3, "ns"), (1e6, "µs"), (1e9, "ms")):
        if ns < limit:
            break
    else:
        limit, unit = 1e12, "s"
    value = ns / (limit / 1e3)
    return f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"


def size(number):
    return f"{number / 1024:.1f} KiB" if number < 1 << 20 else f"{number / (1 << 20):.2f} MiB"


def figure(entry):
    return entry.get("cpu_ns") or entry.get("private_bytes_each")


def counts(entry):
    """Whether an entry may be the one that others are compared with."""
    return bool(figure(entry)) and not any(entry.get(key) for key in ("wrong", "note", "failed"))


def cell(entry):
    if entry is None:
        return "—"
    found = figure(entry)
    if entry.get("failed"):
        return "fails"
    if not found:
        return entry.get("absent", "—")
    form = size if "private_bytes_each" in entry else duration
    text = form(found["median"])
    if "cpu_ns" in entry:
        spread = 50 * (found["max"] - found["min"]) / found["median"]
        text += f" ±{spread:.0f}%"
    return text + (" †" if entry.get("note") else "") + (" ✗" if entry.get("wrong") else "")


def ratio(line):
    """Ours against the best peer."""
    peers = {name: figure(entry)["median"] for name, entry in line.items() if name != "ydoc" and counts(entry)}
    ours = line.get("ydoc")
    if not peers or ours is None or not counts(ours):
        return "—"
    best = min(peers, key=peers.get)
    return f"{figure(ours)['median'] / peers[best]:.2f} of {best}"


def table(title, lines, engines):
    rows = [f"| {title} | {' | '.join(engines)} | ours |", "| --- |" + " ---: |" * (len(engines) + 1)]
    for name, line in lines:
        cells = " | ".join(cell(line.get(engine)) for engine in engines)
        rows.append(f"| {name} | {cells} | {ratio(line)} |")
    return "\n".join(rows) if lines else ""


def heading(found):
    machine = found["machine"]
    versions = "; ".join(
        f"{name} {about['version']} ({about['runtime']})" for name, about in found["engines"].items()
    )
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB; {machine['system']}, "
        f"Linux {machine['kernel']}; {machine['date']}, commit {machine['commit']}; load "
        f"{machine['load_before']:.1f} before, {machine['load_after']:.1f} after.\n{versions}.\n\n"
        f"CPU time of the process, median of all samples of {found['rounds']} rounds; ± is half the distance from the "
        "smallest to the largest. *ours*: ydoc against the best peer of the row."
    )


def doc_sizes(lines):
    """Bytes of each micro workload: all updates, and the document, as Yjs writes them."""
    rows = []
    for row, title in MICRO.items():
        checks = {metric: line.get("yjs", {}).get("check", {}) for (r, metric), line in lines.items() if r == row}
        if "edit" in checks and checks["edit"]:
            updates, doc = checks["edit"].get("update_bytes", 0), checks["edit"].get("doc_bytes", 0)
            rows.append(f"| {row.upper()} {title} | {updates:,} | {doc:,} |")
    head = ["| bytes, V1 | all updates | document |", "| --- | ---: | ---: |"]
    return "\n".join(head + rows) if rows else ""


def markdown(found):
    lines = collections.OrderedDict()
    for entry in found["rows"]:
        lines.setdefault((entry["row"], entry["metric"]), {})[entry["engine"]] = entry
    engines = [name for name in ORDER if name in found["engines"]]
    parts = [heading(found)]
    times = [(TITLES[key], line) for key, line in lines.items() if key in TITLES and key[1] != "memory"]
    parts.append(table("B4, cold documents, task lists", times, engines))
    for metric, title in (
        ("edit", "Local edits, an update event each"),
        ("integrate", "Integrate the recorded updates"),
        ("encode", "Encode"),
        ("load", "Load and read"),
    ):
        chosen = [(f"{row.upper()} {MICRO[row]}", line) for (row, m), line in lines.items() if m == metric and row in MICRO]
        parts.append(table(title, chosen, engines))
    memory = [(TITLES[key], line) for key, line in lines.items() if key[1] == "memory"]
    parts.append(table("Private memory", memory, engines))
    parts.append(doc_sizes(lines))
    if any(entry.get("note") for entry in found["rows"]):
        parts.append("† makes no update of each transaction: less work, not compared.")
    if found["problems"]:
        listed = "\n".join(f"- {problem}" for problem in found["problems"])
        parts.append(f"✗ ends with another document than Yjs: not compared. Found in this run:\n\n{listed}")
    return "\n\n".join(part for part in parts if part)
