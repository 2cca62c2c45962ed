"""Baselines on real files: `python tests/acceptance/baseline.py [--reload] CORPUS_DIR [NAME...]`.

Of each file a baseline is made. Then its rows are shuffled and its ids numbered anew: nothing may be new and nothing resolved. Then one
defect is put into the shuffled file: that one must be reported, with what the same defect adds to the file as it was, and nothing
else. Exits with 1 if not.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shuffling import shuffled

from cocoproof.checking.baseline import Baseline
from cocoproof.checking.check_file import check_source, start_readers
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import FileReport, Kind
from cocoproof.readers.reload_run import ReloadMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.readers.reload_run import Readers

Json = Any
"""A document as json.load gives it."""

OBJECTS = {Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS}
SEEDS = 3


def put(field: str, value: object) -> Callable[[Json, Json], str]:
    def plant(document: Json, row: Json) -> str:
        del document
        row[field] = value
        return field

    return plant


def flat_box(document: Json, row: Json) -> str:
    del document
    row["bbox"] = [*row["bbox"][:3], 0] if isinstance(row.get("bbox"), list) and len(row["bbox"]) == 4 else [1, 1, 1, 0]
    return "bbox"


def copied(document: Json, row: Json) -> str:
    document["annotations"].append(copy.deepcopy(row) | {"id": max_id(document) + 1})
    return ""


def max_id(document: Json) -> int:
    return max((row["id"] for row in document["annotations"] if isinstance(row.get("id"), int)), default=0)


DEFECTS: dict[str, Callable[[Json, Json], str]] = {
    "area": put("area", -320.5),
    "iscrowd": put("iscrowd", 7),
    "category": put("category_id", 987_654_321),
    "image": put("image_id", "nowhere"),
    "box": flat_box,
    "copy": copied,
}


def counts(report: FileReport) -> Counter[str]:
    """How many breaches each rule found."""
    return Counter({rule.code: rule.count for rule in report.rules if rule.count})


def sound_row(document: Json, report: FileReport, dice: random.Random) -> int | None:
    """An annotation that nothing was found in, nor in another row with its id."""
    spoken = {pointer for finding in report.findings for pointer in (finding.pointer, *finding.related)}
    troubled = {
        int(parts[2]) for parts in (one.split("/") for one in spoken) if len(parts) > 2 and parts[1] == "annotations" and parts[2].isdigit()
    }
    rows = document["annotations"]
    if not isinstance(rows, list):
        return None
    good = [k for k in range(len(rows)) if k not in troubled and isinstance(rows[k], dict) and "bbox" in rows[k]]
    return dice.choice(good) if good else None


def judged(path: Path, document: Json, options: CheckSettings, readers: Readers) -> FileReport:
    path.write_text(json.dumps(document), encoding="ascii")
    return check_source(str(path), options, readers)


def troubles(source: Path, folder: Path, options: CheckSettings, readers: Readers, tally: Counter[str]) -> list[str]:
    """What is wrong with the baseline of one file."""
    try:
        document = json.loads(source.read_text(encoding="utf-8-sig"))
    except ValueError:
        return []  # what is no document cannot be shuffled as one
    path = folder / "file.json"
    plain = judged(path, document, options, readers)
    recording = Baseline(str(folder), recording=True)
    accepting = replace(options, baseline=recording.updated([judged(path, document, replace(options, baseline=recording), readers)]))
    if plain.kind is Kind.UNKNOWN:
        return []
    out = []
    tally["files"] += 1
    tally["accepted"] += sum(counts(plain).values())
    for seed in range(SEEDS):
        moved = shuffled(document, seed)
        report = judged(path, moved, accepting, readers)
        tally["shuffled"] += 1
        if report.findings:
            out += [f"shuffled {seed}: new {finding.code} {finding.pointer}: {finding.message}" for finding in report.findings[:3]]
        if report.baseline is None or report.baseline.resolved:
            out += [
                f"shuffled {seed}: resolved {entry.code} {entry.hint}"
                for entry in (report.baseline.resolved if report.baseline else ())[:3]
            ]
        if plain.kind in OBJECTS:
            for name, plant in DEFECTS.items():
                out += one_defect(name, plant, document, plain, path, accepting, readers, seed, tally)
    return out


def one_defect(
    name: str,
    plant: Callable[[Json, Json], str],
    document: Json,
    plain: FileReport,
    path: Path,
    accepting: CheckSettings,
    readers: Readers,
    seed: int,
    tally: Counter[str],
) -> list[str]:
    """What is wrong when one defect is new."""
    row = sound_row(document, plain, random.Random(seed))  # noqa: S311
    if row is None:
        return []
    worse = copy.deepcopy(document)
    worse["annotations"][row]["the one"] = name
    field = plant(worse, worse["annotations"][row])
    due = counts(judged(path, worse, replace(accepting, baseline=None), readers))
    due.subtract(counts(plain))
    moved = shuffled(worse, seed)
    report = judged(path, moved, accepting, readers)
    new = counts(report)
    tally["seeded"] += 1
    tally["exactly one"] += sum(new.values()) == 1
    expected = +due
    # What other programs make of a file is accepted as a whole.
    for code in ("COCO901", "COCO903", "COCO904", "COCO905"):
        if plain_has(plain, code):
            expected.pop(code, None)
    if new != expected:
        return [f"{name} {seed}: new {dict(new)}, expected {dict(expected)}"]
    places = [k for k, one in enumerate(moved["annotations"]) if one.get("the one") == name]
    wanted = {f"/annotations/{place}" for place in places}
    if not any(any(finding.pointer.startswith(one) and finding.pointer.endswith(field) for one in wanted) for finding in report.findings):
        return [f"{name} {seed}: nothing is reported at {sorted(wanted)}"]
    return []


def plain_has(report: FileReport, code: str) -> bool:
    return counts(report)[code] > 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, metavar="CORPUS_DIR")
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts of file names")
    parser.add_argument("--reload", action="store_true", help="reload through pycocotools and supervision, too (slow)")
    given = parser.parse_args()
    mode = ReloadMode.AUTO if given.reload else ReloadMode.NEVER
    options = CheckSettings(max_findings=None, reload=mode)
    tally: Counter[str] = Counter()
    bad = 0
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, start_readers(options) as readers:
        for source in sorted((given.corpus / "files").glob("*.json")):
            if given.names and not any(name in source.name for name in given.names):
                continue
            for trouble in troubles(source, Path(folder), options, readers, tally):
                bad += 1
                print(f"{source.name}: {trouble}")
    print(", ".join(f"{count:,} {what}" for what, count in tally.items()))
    print(f"{bad} wrong, {time.perf_counter() - start:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
