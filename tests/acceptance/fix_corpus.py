"""Fix every file of a folder of real COCO files, and compare the results with an independent oracle.

    python tests/acceptance/fix_corpus.py CORPUS_DIR

The oracle is plain `json` (with the digits of each number as they are written) and pycocotools; it shares nothing with the program but its
command line. For each file:

- what `fix` wrote differs from the file in nothing but values that a list of allowed changes explains, each worked out anew;
- pieces of the text between commas that differ are no more than those values account for;
- `check` finds nothing there that `fix` fixes safely, except where the oracle does not know the value either;
- a second `fix` changes nothing, with `--unsafe-fixes` neither;
- a file with an annotation of id 0 is evaluated against itself by pycocotools, before and after.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import csv
import io
import json
import re
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pycocotools.mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cocoproof.cli.main import run

NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


class Pairs(list):  # type: ignore[type-arg]  # an object's members in order, equal keys included
    pass


class Digits(str):
    """A number as it is spelt."""

    __slots__ = ()


def parse(data: bytes) -> Any:
    """The document with its order of keys and its digits."""
    return json.loads(data.decode("utf-8-sig"), object_pairs_hook=Pairs, parse_int=Digits, parse_float=Digits, parse_constant=Digits)


def plain(value: Any) -> Any:
    """What `json.load` would give for a value of `parse`."""
    if isinstance(value, Pairs):
        return {key: plain(one) for key, one in value}
    if isinstance(value, Digits):
        return float(value) if set(value) & set(".eENI") else int(value)
    return [plain(one) for one in value] if isinstance(value, list) else value


GONE = object()
WHOLE = {"bbox", "segmentation", "keypoints", "skeleton"}
"""Values that are told as a whole where a part of them differs."""


def differences(old: Any, new: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any, Any]]:
    """Places where two parsed documents differ, as deep as they can be told."""
    if path and path[-1] in WHOLE:
        return [] if old == new and repr(old) == repr(new) else [(path, old, new)]
    if isinstance(old, Pairs) and isinstance(new, Pairs):
        keys = [key for key, _ in old], [key for key, _ in new]
        if len(set(keys[0])) < len(keys[0]) or [key for key in keys[1] if key in keys[0]] != keys[0]:
            return [(path, old, new)] if old != new else []
        found = [one for (key, value), other in zip(old, new, strict=False) for one in differences(value, other[1], (*path, key))]
        return found + [((*path, key), GONE, value) for key, value in new[len(old) :]]
    if (
        isinstance(old, list)
        and isinstance(new, list)
        and not isinstance(old, Pairs)
        and not isinstance(new, Pairs)
        and len(old) == len(new)
    ):
        return [one for k, pair in enumerate(zip(old, new, strict=True)) for one in differences(*pair, (*path, k))]
    return [] if type(old) is type(new) and old == new else [(path, old, new)]


@dataclass
class Document:
    """A file as the oracle sees it."""

    data: bytes
    parsed: Any = None
    value: Any = None
    sizes: dict[Any, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parsed = parse(self.data)
        self.value = plain(self.parsed)
        if isinstance(self.value, dict) and isinstance(self.value.get("images"), list):
            for image in self.value["images"]:
                if isinstance(image, dict) and all(type(image.get(side)) is int and image[side] > 0 for side in ("width", "height")):
                    self.sizes[image.get("id")] = (image["height"], image["width"])

    def rows(self, section: str) -> list[Any]:
        rows = self.value if isinstance(self.value, list) else self.value.get(section)
        return rows if isinstance(rows, list) else []


def is_number(value: Any) -> bool:
    return type(value) in (int, float) and np.isfinite(value)


def rings_of(row: Any) -> list[list[float]] | None:
    """The polygons of an annotation, where they are sound."""
    rings = row.get("segmentation")
    if not isinstance(rings, list) or not rings or not all(isinstance(ring, list) for ring in rings):
        return None
    sound = all(len(ring) >= 6 and len(ring) % 2 == 0 and all(is_number(one) and abs(one) < 2**20 for one in ring) for ring in rings)
    return rings if sound else None


def runs_of(row: Any) -> tuple[tuple[int, int], list[int]] | None:
    """Size and runs of an RLE, where they are sound."""
    rle = row.get("segmentation")
    if not isinstance(rle, dict) or not isinstance(rle.get("size"), list) or len(rle["size"]) != 2:
        return None
    counts = rle.get("counts")
    if isinstance(counts, str):
        mask = pycocotools.mask.decode({"size": rle["size"], "counts": counts.encode()})
        flat = mask.ravel(order="F")
        edges = np.flatnonzero(np.diff(flat, prepend=0))
        return tuple(rle["size"]), np.diff([0, *edges, flat.size]).tolist()
    return (tuple(rle["size"]), counts) if isinstance(counts, list) and sum(counts) == rle["size"][0] * rle["size"][1] else None


def pixels(document: Document, row: Any) -> int | None:
    """Pixels of an annotation's mask as pycocotools counts them; None where there is no sound mask."""
    runs = runs_of(row)
    if runs is not None:
        return sum(runs[1][1::2])
    rings, size = rings_of(row), document.sizes.get(row.get("image_id"))
    if rings is None or size is None:
        return None
    return int(pycocotools.mask.area(pycocotools.mask.merge(pycocotools.mask.frPyObjects(copy.deepcopy(rings), *size))))


def box_of(row: Any) -> list[float] | None:
    box = row.get("bbox")
    usable = isinstance(box, list) and len(box) == 4 and all(map(is_number, box)) and box[2] > 0 and box[3] > 0
    return box if usable else None


def has_mask(row: Any) -> bool:
    return row.get("segmentation") not in (None, []) if "segmentation" in row else False


def due_area(document: Document, row: Any) -> float | None:
    """The area that follows from the rest of the row, by the oracle's reckoning."""
    if has_mask(row):
        return pixels(document, row) or None
    box = box_of(row)
    return None if box is None else box[2] * box[3]


def due_box(document: Document, row: Any) -> list[float] | None:
    """The envelope of the mask within its image."""
    runs = runs_of(row)
    if runs is not None:
        box = pycocotools.mask.toBbox(pycocotools.mask.frPyObjects({"size": list(runs[0]), "counts": runs[1]}, *runs[0])).tolist()
        return box if box[2] > 0 else None
    rings = rings_of(row)
    if rings is None:
        return None
    high, wide = document.sizes.get(row.get("image_id"), (np.inf, np.inf))
    xs, ys = ([min(max(one, 0), most) for ring in rings for one in ring[k::2]] for k, most in ((0, wide), (1, high)))
    box = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
    return box if box[2] > 0 and box[3] > 0 else None


def as_whole(value: Any) -> int | None:
    """An integer that a text or a fraction is in one way alone."""
    if isinstance(value, str):
        value = value.strip(" \t\r\n")
        if not NUMBER.fullmatch(value):
            return None
        value = float(value) if set(value) & set(".eE") else int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else None
    return value if type(value) is int else None


def labelled(row: Any) -> int | None:
    points = row.get("keypoints")
    if isinstance(points, list) and points and len(points) % 3 == 0 and all(map(is_number, points)):
        return sum(v > 0 for v in points[2::3])
    return None


class Oracle:
    """Judges one file before and after."""

    def __init__(self, before: Document, after: Document) -> None:
        self.before, self.after = before, after
        self.new_ids = Counter(row.get("id") for row in after.rows("annotations") if isinstance(row, dict))
        self.old_ids = Counter(row.get("id") for row in before.rows("annotations") if isinstance(row, dict) and "id" in row)

    def explained(self, path: tuple[Any, ...], old: Any, new: Any) -> bool:
        """Whether a difference is one of those that a repair may make, to the value that it must have."""
        where = path if isinstance(self.before.value, dict) else ("annotations", *path)
        section, place, names = where[0], where[1], where[2:]
        row = self.after.rows(section)[place]
        was, now = (None if old is GONE else plain(old)), plain(new)
        name = names[0] if names else None
        absent = old is GONE or old is None
        if section == "annotations" and names == ("id",) and (absent or was == 0 or self.old_ids[was] > 1):
            return type(now) is int and now > 0 and self.new_ids[now] == 1 and now not in self.old_ids
        if names in {("id",), ("image_id",), ("category_id",), ("width",), ("height",)} or (len(names) == 3 and name == "segments_info"):
            return type(was) is not int and as_whole(was) is not None and as_whole(was) == now
        if section == "annotations" and name == "iscrowd":
            return now == (0 if absent else int(was) if isinstance(was, bool) else as_whole(was)) and type(now) is int
        if section == "annotations" and name == "area":
            due = due_area(self.after, row)
            given = was if is_number(was) else None
            near = given is not None and due is not None and abs(given - due) <= max(0.05 * due, 2) and given > 0
            if not has_mask(row) and given is not None and given > 0:
                return False  # a wrong area without a mask changes on request only
            return due is not None and bool(np.isclose(now, due, rtol=1e-12)) and not near
        if section == "annotations" and name == "num_keypoints":
            return now == labelled(row) and now != was and (absent or not self.counts_by_another_convention())
        if section == "annotations" and name == "bbox":
            broken = absent or box_of({"bbox": was}) is None
            due_b = due_box(self.after, row)
            return broken and due_b is not None and bool(np.allclose(now, due_b, rtol=1e-12, atol=1e-9))
        if section == "categories" and name == "skeleton":
            return min(end for edge in was for end in edge) == 0 and now == [[end + 1 for end in edge] for edge in was]
        if section == "annotations" and name == "keypoints":
            return (
                isinstance(old, list)
                and all(isinstance(one, list) and len(one) == 3 for one in old)
                and [v for one in old for v in one] == new
            )
        if section == "annotations" and name == "segmentation":
            if not isinstance(old, list) or not isinstance(new, list):
                return False
            return (
                new == [old] if old and not isinstance(old[0], list) else new == [ring for ring in old if len(ring) % 2 or len(ring) >= 6]
            )
        return False

    def answerable(self, finding: dict[str, Any]) -> bool:
        """Whether the oracle knows what would be right in the place of a finding that is left."""
        code, parts = finding["code"], finding["pointer"].split("/")[1:]
        if code == "COCO504":  # the masks say that they are no corners either
            masked = [(box_of(row), due_box(self.after, row)) for row in self.after.rows("annotations")]
            return not any(
                box and due and not np.allclose([box[0], box[1], box[2] - box[0], box[3] - box[1]], due, atol=2) for box, due in masked
            )
        if isinstance(self.after.value, list):
            parts = ["annotations", *parts]
        row: Any = self.after.rows(parts[0])[int(parts[1])] if len(parts) > 1 else {}
        if code == "COCO102":
            return parts[0] == "annotations" and ("id" not in row or ("bbox" not in row and due_box(self.after, row) is not None))
        if code == "COCO103":
            value: Any = self.after.value
            for part in finding["pointer"].split("/")[1:]:
                value = value[int(part)] if isinstance(value, list) else value[part]
            return as_whole(value) is not None or isinstance(value, bool)
        if code in {"COCO106", "COCO507"}:
            missing = finding["message"].rpartition("has no ")[2] if code == "COCO106" else "area"
            due = {"area": due_area(self.after, row), "num_keypoints": labelled(row)}
            return len(parts) == 2 and due.get(missing, 0) is not None if "segments_info" not in parts else missing == "iscrowd"
        if code == "COCO501":
            return due_box(self.after, row) is not None
        if code == "COCO506":
            return has_mask(row)  # else box or area may be the wrong one
        if code == "COCO702":
            return not self.counts_by_another_convention()
        if code == "COCO705":
            ends = [end for edge in row["skeleton"] for end in edge]
            return min(ends) == 0 and max(ends) < len(row["keypoints"])
        if code == "COCO913":
            return as_whole(row.get("score")) in (0, 1) and isinstance(row["score"], str)
        return True

    def counts_by_another_convention(self) -> bool:
        """Whether nearly all counts of keypoints differ from the number of v > 0."""
        counted = [
            (row["num_keypoints"], due)
            for row in self.before.rows("annotations")
            if "num_keypoints" in row and (due := labelled(row)) is not None
        ]
        return len(counted) >= 5 and sum(given != due for given, due in counted) >= 0.9 * len(counted)


def said(arguments: list[str]) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = run([*arguments, "--format", "json"])
    return code, json.loads(out.getvalue() or "{}")


def safe_rules() -> set[str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        run(["rules", "--format", "json"])
    return {rule["code"] for rule in json.loads(out.getvalue()) if rule["fix"] and rule["fix"]["safe"]}


def pieces(data: bytes) -> Counter[bytes]:
    return Counter(data.split(b","))


def weight(value: Any) -> int:
    """How many pieces between commas a value may account for."""
    return 1 if not isinstance(value, list) else 1 + sum(weight(one[1] if isinstance(value, Pairs) else one) for one in value)


def self_ap(path: Path) -> str:
    """AP of a file's boxes evaluated against themselves, without a limit on detections; "-" where pycocotools cannot."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            truth = COCO(str(path))
            if "categories" not in truth.dataset:  # results in the form of a dataset have none
                truth.dataset["categories"] = [
                    {"id": number} for number in sorted({row["category_id"] for row in truth.dataset["annotations"]})
                ]
                truth.createIndex()
            rows = [row | {"score": 1.0} for row in copy.deepcopy(truth.dataset["annotations"])]
            for row in rows:
                row.pop("segmentation", None)
                row.pop("keypoints", None)
            evaluation = COCOeval(truth, truth.loadRes(rows), "bbox")
            evaluation.params.maxDets = [10**6]
            evaluation.evaluate()
            evaluation.accumulate()
        except (KeyError, TypeError, AssertionError, IndexError, ValueError) as error:
            return f"{type(error).__name__}"
    precision = evaluation.eval["precision"][:, :, :, 0, -1]
    return f"{precision[precision > -1].mean():.6f}" if (precision > -1).any() else "-"


def judge(file: Path, scratch: Path, safe: set[str], seen: Counter[str], left: Counter[str]) -> tuple[str, list[str], int]:
    """A word for what came of a file, what is wrong with it, and how many values changed."""
    out, again = scratch / f"1-{file.name}", scratch / f"2-{file.name}"
    code, report = said(["fix", str(file), "-o", str(out)])
    if code == 2:
        return "no COCO file", [], 0
    if code not in (0, 1):  # 1 where errors are left
        return "FAILED", [f"exit code {code}"], 0
    wrong: list[str] = []
    before, after = Document(file.read_bytes()), Document(out.read_bytes())
    oracle = Oracle(before, after)
    found = differences(before.parsed, after.parsed)
    for path, old, new in found:
        if not oracle.explained(path, old, new):
            wrong.append(
                f"changed without a reason: {path}: {str(plain(old) if old is not GONE else 'none')[:60]} -> {str(plain(new))[:60]}"
            )
    one, other = pieces(before.data), pieces(after.data)
    odd = sum(((one - other) + (other - one)).values())
    if odd > sum(weight(old) + weight(new) + 2 for _, old, new in found):
        wrong.append(f"{odd} pieces of the text differ, for {len(found)} values")
    _, verdict = said(["check", str(out), "--reload", "never", "--no-images", "--max-findings", "0"])
    for finding in verdict["files"][0]["findings"]:
        if finding["code"] in safe:
            left[finding["code"]] += 1
            if oracle.answerable(finding):
                wrong.append(f"left, though there is an answer: {finding['code']} {finding['message'][:100]}")
    for changes in report["files"]:
        seen.update(changes["counts"])
    for options in ([], ["--unsafe-fixes"]):
        code, _ = said(["fix", str(out), "-o", str(again), *options])
        first = again.read_bytes()
        if code > 1 or (not options and first != after.data):
            wrong.append(f"a second run ends with {code}, and changed something")
        code, _ = said(["fix", str(again), "-o", str(again.with_suffix(".3")), *options])
        if code > 1 or again.with_suffix(".3").read_bytes() != first:
            wrong.append(f"a third run ends with {code}, and changed something ({' '.join(options)})")
    return ("WRONG" if wrong else "mended" if found else "the same"), wrong, len(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, metavar="CORPUS_DIR")
    parser.add_argument("--only", default="", help="files whose name has this in it")
    options = parser.parse_args()
    folder = options.corpus / "files" if (options.corpus / "files").is_dir() else options.corpus
    kinds: dict[str, str] = {}
    if (options.corpus / "index.tsv").is_file():
        with (options.corpus / "index.tsv").open(encoding="utf-8", newline="") as text:
            kinds = {row["file"]: row["kind"] for row in csv.DictReader(text, delimiter="\t")}
    start, safe = time.perf_counter(), safe_rules()
    table: dict[str, Counter[str]] = {}
    seen: Counter[str] = Counter()
    left: Counter[str] = Counter()
    evaluated: list[tuple[str, str, str]] = []
    bad = 0
    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stderr(io.StringIO()):
        for file in sorted(path for path in folder.iterdir() if options.only in path.name):
            word, wrong, count = judge(file, Path(name), safe, seen, left)
            row = table.setdefault(kinds.get(file.name, "file").partition("-")[0].partition("(")[0], Counter())
            row.update({"files": 1, word: 1, "values changed": count})
            bad += bool(wrong) or word.isupper()
            for one in wrong[:5]:
                print(f"{file.name}: {one}", flush=True)
            if word in {"mended", "WRONG"} and any(
                one.get("id") == 0 for one in Document(file.read_bytes()).rows("annotations") if isinstance(one, dict)
            ):
                evaluated.append((file.name, self_ap(file), self_ap(Path(name) / f"1-{file.name}")))
    table["all"] = sum(table.values(), Counter())
    columns = [
        "files",
        "mended",
        "the same",
        "no COCO file",
        "values changed",
        *sorted({word for row in table.values() for word in row if word.isupper()}),
    ]
    print("| kind | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
    for kind, row in table.items():
        print(f"| {kind} | " + " | ".join(str(row[column]) for column in columns) + " |")
    print("\n| rule | rows mended | findings left, none with an answer |\n|---|---|---|")
    for rule in sorted({*seen, *left}):
        print(f"| {rule} | {seen[rule]} | {left[rule]} |")
    print("\n| file with an annotation of id 0 | AP against itself before | after |\n|---|---|---|")
    for row_ in evaluated:
        print("| " + " | ".join(row_) + " |")
    worse = [row_ for row_ in evaluated if row_[2] < row_[1] and row_[1][0].isdigit()]
    print(
        f"\n{table['all']['files']} files, {bad} not as they should be, {len(worse)} evaluated worse; {time.perf_counter() - start:.0f} s"
    )
    return 1 if bad or worse else 0


if __name__ == "__main__":
    sys.exit(main())
